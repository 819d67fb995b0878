/* replay.c — see replay.h. */
#include "replay.h"

#include <string.h>

/* The next amendment of one list that is not applied yet; NULL if there is none. */
static const struct us_amendment *next_amendment(struct us_replay *r, uint32_t list)
{
	for (; r->amended[list] < r->log->amendments; r->amended[list]++)
		if (r->log->amendment[r->amended[list]].list == list)
			return &r->log->amendment[r->amended[list]].amendment;
	return NULL;
}

static void amend(struct us_replay *r, uint64_t block)
{
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++) {
		const struct us_amendment *a;
		for (; (a = next_amendment(r, l)) && a->block <= block; r->amended[l]++)
			us_engine_amend(r->engine, a);
	}
}

/* A record that killed who applied it was skipped by everybody, from that block on: one that waited for its frame was
 * accepted before. */
static bool is_struck_out(const struct us_log *log, uint64_t seq, uint64_t block)
{
	for (uint64_t i = 0; i < log->amendments; i++) {
		const struct us_amendment *a = &log->amendment[i].amendment;
		if (a->type == US_AMEND_TOMBSTONE && a->seq == seq && a->block <= block)
			return true;
	}
	return false;
}

static void apply(struct us_replay *r, uint64_t block)
{
	const uint64_t tail = us_log_granted(r->log, &r->grant, block);
	for (; r->applied < tail; r->applied++) {
		const struct us_record *record = &r->log->record[r->applied];
		if (is_struck_out(r->log, r->applied, block))
			us_engine_strike(r->engine, record);
		else
			us_engine_apply(r->engine, record, NULL);
	}
}

static bool was_gap(struct us_replay *r, uint64_t block)
{
	while (r->log->play[r->play].first + r->log->play[r->play].count <= block)
		r->play++;
	return r->log->play[r->play].kind == US_PLAY_GAP;
}

void us_replay_block(struct us_replay *r, float samples[US_SAMPLES])
{
	const uint64_t block = us_engine_block(r->engine);
	amend(r, block);
	apply(r, block);
	if (r->log->head.ear)
		us_engine_hear(r->engine, r->log->ear[block].samples);
	us_engine_render(r->engine, samples);
	if (was_gap(r, block)) {
		memset(samples, 0, US_SAMPLES * sizeof *samples);
		r->gaps++;
	}
}
