/* oracle.c — what should have been heard: journal, grants and amendments, rendered again by one engine that nobody
 * kills, in the order that include/understudy/record.h states. */
#include "ipc/ear_rt.h"
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oracle {
	struct us_engine *engine;
	uint64_t applied;
	uint32_t amended[US_AMENDMENT_LISTS];
};

/* What is tried counts at the end of the list. */
static bool counts(const struct us_amendments *list, uint32_t i)
{
	return list->list[i].type < US_AMEND_TRY_BYPASS || i + 1 == atomic_load(&list->count);
}

/* Of what nobody could play, up to the block in which all began afresh, nothing is left: it need not be known, and may
 * be what killed everybody. */
static void forget_what_led_to_nothing(struct oracle *o, const struct world *w, uint64_t block)
{
	const struct us_amendments *list = &w->session->clock->amendments[US_BY_ARBITER];
	for (uint32_t i = o->amended[US_BY_ARBITER]; i < atomic_load(&list->count); i++) {
		struct us_amendment a = list->list[i];
		uint64_t b = block;
		while (b < a.block && w->gap[b])
			b++;
		if (a.type != US_AMEND_AFRESH || b < a.block || a.block == block)
			continue;
		a.block = block;
		us_engine_amend(o->engine, &a);
		o->applied = a.seq;
	}
}

static bool struck_out(const struct us_clock *c, uint64_t seq, uint64_t block)
{
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++)
		for (uint32_t i = 0; i < atomic_load(&c->amendments[l].count); i++) {
			const struct us_amendment *a = &c->amendments[l].list[i];
			if ((a->type == US_AMEND_TOMBSTONE || a->type == US_AMEND_TRY_TOMBSTONE) &&
			    counts(&c->amendments[l], i) && a->seq <= seq && seq <= a->seq + a->more &&
			    a->block <= block)
				return true;
		}
	return false;
}

static void amend(struct oracle *o, const struct us_amendments *list, uint32_t i)
{
	struct us_amendment a = list->list[i];
	if (!counts(list, i))
		return;
	if (a.type == US_AMEND_TRY_BYPASS)
		a.type = US_AMEND_BYPASS;
	if (a.type == US_AMEND_AFRESH && o->applied < a.seq)
		o->applied = a.seq;
	us_engine_amend(o->engine, &a);
}

static void render(struct oracle *o, const struct world *w, uint64_t block, float samples[US_SAMPLES])
{
	const struct us_session *s = w->session;
	const struct us_clock *c = s->clock;
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++)
		for (; o->amended[l] < atomic_load(&c->amendments[l].count) &&
		       c->amendments[l].list[o->amended[l]].block <= block;
		     o->amended[l]++)
			amend(o, &c->amendments[l], o->amended[l]);
	uint64_t until = atomic_load(&c->grant[block % US_GRANTS]);
	for (; o->applied < until; o->applied++)
		if (struck_out(c, o->applied, block))
			us_engine_strike(o->engine, &w->accepted[o->applied]);
		else
			us_engine_apply(o->engine, &w->accepted[o->applied], NULL);
	float heard[US_SAMPLES];
	if (us_ear_read(s->ear, block, heard))
		us_engine_hear(o->engine, heard);
	us_engine_render(o->engine, samples);
}

bool world_check(struct world *w)
{
	struct oracle o = {.engine = w->engine_pool[SIM_ENGINES - 1]};
	float wanted[US_SAMPLES];
	if (w->failure[0])
		return false;
	us_engine_crumb_to(o.engine, NULL, NULL);
	if (setjmp(w->end_of_replay)) {
		snprintf(w->failure, sizeof w->failure, "the replay dies of the poison in block %" PRIu64,
		         us_engine_block(o.engine));
		return false;
	}
	us_engine_load(o.engine, w->pristine, w->pristine_bytes, NULL);
	for (uint64_t b = 0; b < world_played(w); b++) {
		forget_what_led_to_nothing(&o, w, b);
		render(&o, w, b, wanted);
		if (!w->gap[b] && memcmp(wanted, w->heard[b], sizeof wanted)) {
			snprintf(w->failure, sizeof w->failure,
			         "block %" PRIu64 " of %" PRIu64 " is not what the replay renders", b, world_played(w));
			return false;
		}
	}
	return true;
}
