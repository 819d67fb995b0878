/* recital.c — /pattern/event: tells subscribers which token of which pattern sounds now. Nothing is asked of the
 * workers: the patterns are in control's own model, and what they say for a moment of the song is a calculation
 * (understudy/pattern_events.h). For eyes, not for ears: it follows what is played within some milliseconds, as it is
 * written, without swing, and a new pattern's first cycle may be told a little early.
 *
 *   /pattern/event instance token value column cycle at      at: within its cycle, 0 to 1; column: in /pattern's text
 */
#include "control.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/pattern_events.h>

enum { RECITED = 64, TOKEN_BYTES = 32 };

struct recited {
	uint16_t instance;
	uint32_t serial;
	int64_t cycle;
	bool loaded;
	uint32_t count;
	struct us_pattern_event event[US_PATTERN_EVENTS];
};

struct us_recital {
	double beat; /* up to which all has been told; below 0: nothing yet */
	uint32_t count;
	struct recited recited[RECITED];
};

static void token_of(const struct us_pattern *p, uint32_t column, char token[static TOKEN_BYTES])
{
	token[0] = 0;
	if (!column || column > strlen(p->text))
		return;
	const char *at = p->text + column - 1;
	size_t n = strcspn(at, " \t[]<>{},|*/!@?():;");
	n = n ? n : 1;
	n = n < TOKEN_BYTES ? n : TOKEN_BYTES - 1;
	memcpy(token, at, n);
	token[n] = 0;
}

static void tell_event(struct us_control *c, const struct us_instance_view *v, const struct us_pattern *p,
                       const struct recited *r, const struct us_pattern_event *e)
{
	char token[TOKEN_BYTES];
	token_of(p, e->column, token);
	const struct us_command news = {.address = "/pattern/event",
	                                .argc = 6,
	                                .arg = {{.type = 's', .s = v->name},
	                                        {.type = 's', .s = token},
	                                        {.type = 'd', .d = (double)e->value},
	                                        {.type = 'i', .i = e->column},
	                                        {.type = 'h', .i = r->cycle},
	                                        {.type = 'd', .d = e->at}}};
	us_control_tell_patterns(c, &news);
}

static struct recited *find(struct us_recital *r, uint16_t instance)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (r->recited[i].instance == instance)
			return &r->recited[i];
	if (r->count == RECITED)
		return NULL;
	struct recited *one = &r->recited[r->count++];
	*one = (struct recited){.instance = instance};
	return one;
}

static float knob(const struct us_engine *model, const struct us_instance_view *v, const char *name, float otherwise)
{
	const int input = us_module_input(v->module, name);
	return input < 0 ? otherwise : us_engine_knob(model, v->index, (uint16_t)input);
}

/* All that begins in [from, to), in cycles. */
static void recite(struct us_control *c, struct recited *r, const struct us_instance_view *v,
                   const struct us_pattern *p, double from, double to)
{
	for (int64_t cycle = us_pattern_floor(from); (double)cycle < to; cycle++) {
		if (!r->loaded || r->cycle != cycle || r->serial != p->serial) {
			r->count = us_pattern_events(p, cycle, r->event, US_PATTERN_EVENTS);
			r->cycle = cycle;
			r->serial = p->serial;
			r->loaded = true;
		}
		for (uint32_t i = 0; i < r->count; i++) {
			const double at = (double)cycle + r->event[i].at;
			if (at >= from && at < to)
				tell_event(c, v, p, r, &r->event[i]);
		}
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
		struct recited *r = find(c->recital, i);
		const double beats = (double)knob(model, &v, "cycle", 4);
		if (r && beats > 0)
			recite(c, r, &v, p, before / beats, now / beats);
	}
}

void us_control_recite_end(struct us_control *c)
{
	free(c->recital);
	c->recital = NULL;
}
