/* recital.c — /pattern/event: tells subscribers which token of which pattern sounds now. Nothing is asked of the
 * workers: the patterns are in control's own model, and what they say for a moment of the song is a calculation
 * (understudy/pattern.h). For eyes, not for ears: it follows what is played within some milliseconds, as it is
 * written, without swing, and a new pattern's first cycle may be told a little early.
 *
 *   /pattern/event instance token value column cycle at      at: within its cycle, 0 to 1; column: in /pattern's text
 */
#include "control.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/pattern.h>
#include <understudy/visible.h>

enum { TOKEN_BYTES = 32 };

struct us_recital {
	double beat; /* up to which all has been told; below 0: nothing yet */
};

static void token_of(const struct us_pattern *p, uint32_t column, char token[static TOKEN_BYTES])
{
	token[0] = 0;
	if (!column || column > strlen(us_pattern_text(p)))
		return;
	const char *at = us_pattern_text(p) + column - 1;
	size_t n = strcspn(at, " \t[]<>{},|*/!@?():;");
	n = n ? n : 1;
	n = n < TOKEN_BYTES ? n : TOKEN_BYTES - 1;
	memcpy(token, at, n);
	token[n] = 0;
}

static void tell_event(struct us_control *c, const struct us_instance_view *v, const struct us_pattern *p,
                       int64_t cycles, const struct us_hap *e)
{
	char token[TOKEN_BYTES];
	token_of(p, e->place, token);
	const int64_t cycle = e->begin / p->ticks - (e->begin % p->ticks < 0);
	const struct us_command news = {
	    .address = "/pattern/event",
	    .argc = 6,
	    .arg = {{.type = 's', .s = v->name},
	            {.type = 's', .s = token},
	            {.type = 'd', .d = (double)e->value + e->sharp},
	            {.type = 'i', .i = us_column_of(us_pattern_text(p), e->place)},
	            {.type = 'h', .i = cycles + cycle},
	            {.type = 'd', .d = (double)(e->begin - cycle * p->ticks) / (double)p->ticks}}};
	us_control_tell_patterns(c, &news);
}

static float knob(const struct us_engine *model, const struct us_instance_view *v, const char *name, float otherwise)
{
	const int input = us_module_input(v->module, name);
	return input < 0 ? otherwise : us_engine_knob(model, v->index, (uint16_t)input);
}

/* All that begins in [from, to), in cycles: less at once where there is much. */
static void recite(struct us_control *c, const struct us_instance_view *v, const struct us_pattern *p, double from,
                   double to)
{
	static struct us_hap hap[US_PATTERN_HAPS];
	const int64_t before = (int64_t)floor(from), cycles = before - before % us_pattern_cycles(p);
	int64_t at = (int64_t)ceil((from - (double)cycles) * (double)p->ticks);
	const int64_t end = (int64_t)ceil((to - (double)cycles) * (double)p->ticks);
	for (int64_t span = p->ticks; at < end;) {
		span = span < end - at ? span : end - at;
		const int count = us_pattern_onsets(p, at, at + span, hap, US_PATTERN_HAPS);
		if (count < 0 && span > 1) {
			span = (span + 1) / 2;
			continue;
		}
		for (int i = 0; i < count; i++)
			tell_event(c, v, p, cycles, &hap[i]);
		at += span;
	}
}

void us_control_recite(struct us_control *c)
{
	const struct us_engine *model = us_commander_model(c->commander);
	struct us_song_view song;
	if (!us_control_has_pattern_listeners(c)) {
		free(c->recital);
		c->recital = NULL;
		return;
	}
	if (!c->recital)
		c->recital = calloc(1, sizeof *c->recital);
	if (!c->recital)
		return;
	us_engine_song(model, &song);
	const uint64_t heard = atomic_load_explicit(&c->clock->played, memory_order_relaxed) * US_BLOCK;
	const double before = c->recital->beat, now = us_engine_beat_at(model, heard);
	c->recital->beat = now;
	if (!song.plays || now <= before || now - before > 4 || before == 0)
		return; /* it stands, or has leapt, or has just begun */
	for (uint16_t i = 0; i < US_INDICES; i++) {
		const struct us_pattern *p = us_engine_pattern(model, i);
		struct us_instance_view v;
		if (!p || !p->nodes || !us_engine_instance(model, i, &v) || knob(model, &v, "run", 1) <= 0.5f)
			continue;
		const double beats = (double)knob(model, &v, "cycle", 4);
		if (beats > 0)
			recite(c, &v, p, before / beats, now / beats);
	}
}

void us_control_recite_end(struct us_control *c)
{
	free(c->recital);
	c->recital = NULL;
}
