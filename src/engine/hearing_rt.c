/* hearing_rt.c — who is heard: mute and solo. Both are marks of an instance; what follows of them is which cables are
 * closed. A closed cable keeps its amount, and what goes through it is 0 until it is opened: so nothing else in a block
 * knows of it, and nothing clicks.
 *
 * Muted: every cable out of the instance is closed (of one that plays notes all but those to a pitch: what rings on
 * rings on in tune), and those into loudspeakers that are muted.
 *
 * Solo: the way is all that the sound of the instance flows through to loudspeakers. One that makes no sound, as a
 * pattern or an LFO, stands for those that it drives. Closed are cables that bring sound into the way, or into any
 * loudspeakers, from elsewhere. What feeds a solo instance stays, and so does what only steers something on the way. */
#include "inside.h"

#include <math.h>

static bool counts(const struct us_engine *e, uint32_t seat)
{
	return e->node[seat].planned && us_seat_in(&e->seat[seat], US_VIEW_NOW) &&
	       !(e->seat[seat].flags & US_SEAT_LEAVING);
}

static bool is_sink(const struct us_engine *e, uint32_t seat)
{
	return e->node[seat].module->flags & US_SINK;
}

/* Not what stands beside an `in`: a side chain, a carrier, the level of a VCA. */
static bool brings_sound(const struct us_engine *e, const struct us_cable *c)
{
	const struct us_module *to = e->node[c->instance].module;
	if (to->inputs[c->input].unit != US_SIGNAL)
		return false;
	const int in = us_module_input(to, "in");
	return in < 0 || in == c->input || to->flags & US_SINK;
}

/* Goes on along this cable, if it counts. */
static void visit(struct us_engine *e, uint32_t cable, uint32_t to, bool sound, struct us_set *seen, uint32_t *waiting)
{
	const struct us_cable *c = &e->cable[cable];
	if (c->flags & US_CABLE_LEAVING || (sound && !brings_sound(e, c)) || us_set_has(seen, to) || !counts(e, to))
		return;
	us_set_add(seen, to);
	e->list_a[(*waiting)++] = (uint16_t)to;
}

static uint32_t begin(struct us_engine *e, const struct us_set *from)
{
	uint32_t waiting = 0;
	for (uint32_t s = us_set_next(from, 0); s < US_SEATS; s = us_set_next(from, s + 1))
		e->list_a[waiting++] = (uint16_t)s;
	return waiting;
}

static void spread_down(struct us_engine *e, struct us_set *set)
{
	const struct us_plan *p = &e->plan;
	for (uint32_t waiting = begin(e, set); waiting;) {
		const uint32_t s = e->list_a[--waiting];
		for (uint32_t i = p->out_first[s]; i < p->out_first[s + 1]; i++)
			visit(e, p->out_cable[i], p->out_to[i], true, set, &waiting);
	}
}

static void spread_up(struct us_engine *e, struct us_set *set)
{
	const struct us_plan *p = &e->plan;
	for (uint32_t waiting = begin(e, set); waiting;) {
		const struct us_node *n = &e->node[e->list_a[--waiting]];
		for (uint32_t i = p->in_first[n->input_row]; i < p->in_first[n->input_row + n->inputs]; i++)
			visit(e, p->in_cable[i], e->cable[p->in_cable[i]].source, true, set, &waiting);
	}
}

/* Those whose sound reaches loudspeakers. */
static void find_sounding(struct us_engine *e, struct us_set *sounding)
{
	for (uint32_t s = us_set_next(&e->taken, 0); s < US_SEATS; s = us_set_next(&e->taken, s + 1))
		if (counts(e, s) && is_sink(e, s))
			us_set_add(sounding, s);
	spread_up(e, sounding);
}

static bool strikes(const struct us_engine *e, const struct us_cable *c)
{
	const enum us_unit unit = e->node[c->instance].module->inputs[c->input].unit;
	return unit == US_GATE || unit == US_TRIGGER;
}

static bool strikes_any(const struct us_engine *e, uint32_t seat)
{
	const struct us_plan *p = &e->plan;
	bool any = false;
	for (uint32_t i = p->out_first[seat]; i < p->out_first[seat + 1]; i++)
		any |= strikes(e, &e->cable[p->out_cable[i]]);
	return any;
}

/* The solo instances, or the first that sound and are driven by them: struck, where anything is struck. */
static void find_alone(struct us_engine *e, const struct us_set *sounding, struct us_set *alone)
{
	const struct us_plan *p = &e->plan;
	struct us_set seen = {0};
	for (uint32_t s = us_set_next(&e->solo, 0); s < US_SEATS; s = us_set_next(&e->solo, s + 1))
		if (counts(e, s))
			us_set_add(&seen, s);
	for (uint32_t waiting = begin(e, &seen); waiting;) {
		const uint32_t s = e->list_a[--waiting];
		if (us_set_has(sounding, s))
			us_set_add(alone, s);
		const bool struck = strikes_any(e, s);
		for (uint32_t i = p->out_first[s]; !us_set_has(sounding, s) && i < p->out_first[s + 1]; i++)
			if (!struck || strikes(e, &e->cable[p->out_cable[i]]))
				visit(e, p->out_cable[i], p->out_to[i], false, &seen, &waiting);
	}
}

static bool is_muted(const struct us_engine *e, const struct us_cable *c)
{
	const struct us_module *from = e->node[c->source].module;
	const enum us_unit unit = e->node[c->instance].module->inputs[c->input].unit;
	const bool tuned = from->flags & (US_PATTERN | US_NOTE_PORT) && (unit == US_OCTAVE || unit == US_SEMITONE);
	return (e->seat[c->source].flags & US_SEAT_MUTED && !tuned) ||
	       (e->seat[c->instance].flags & US_SEAT_MUTED && is_sink(e, c->instance));
}

static bool is_off_the_way(const struct us_engine *e, const struct us_cable *c, const struct us_set *alone,
                           const struct us_set *way)
{
	if (!way->words || us_set_has(way, c->source) || us_set_has(alone, c->instance) || !brings_sound(e, c))
		return false;
	return is_sink(e, c->instance) || us_set_has(way, c->instance);
}

void us_hearing_settle(struct us_engine *e, uint32_t frames)
{
	struct us_set sounding = {0}, alone = {0}, way;
	if (!(e->muted.words | e->solo.words) && !e->closed)
		return;
	if (!e->plan.valid && us_plan_adopt(e, US_VIEW_NOW, NULL))
		return;
	if (e->solo.words) {
		find_sounding(e, &sounding);
		find_alone(e, &sounding, &alone);
	}
	way = alone; /* empty if no solo reaches loudspeakers */
	spread_down(e, &way);
	e->closed = false;
	for (uint32_t i = 0; i < e->head->cables; i++) {
		struct us_cable *c = &e->cable[i];
		if (c->flags & (US_CABLE_ADD | US_CABLE_LEAVING))
			continue;
		const bool closes = is_muted(e, c) || is_off_the_way(e, c, &alone, &way);
		e->closed |= closes;
		if (closes == !!(c->flags & US_CABLE_CLOSED))
			continue;
		c->flags ^= US_CABLE_CLOSED;
		us_cable_aim(e, c, frames ? frames : e->smooth_frames);
	}
}

/* What is not heard yet is marked at once, whoever stages it; what sounds is not marked within a batch. */
static int mark(struct us_engine *e, const struct us_record *r, unsigned flag, struct us_set *set, struct us_err *err)
{
	const uint32_t seat = us_seat_of(e, r->instance);
	const bool pending = seat != US_NONE && e->seat[seat].flags & US_SEAT_ADD;
	if (us_seat_check(e, r->instance, r->flags & US_STAGED || pending, err))
		return US_FAILED;
	struct us_seat *s = &e->seat[seat];
	if (!isfinite(r->set.value))
		return us_fail(err, "%s is muted or solo: 1, or 0", s->name);
	if (r->flags & US_STAGED && !pending)
		return us_fail(err, "%s sounds already: it is muted alone, not within a batch", s->name);
	if (r->set.value > .5f) {
		s->flags = (uint16_t)(s->flags | flag);
		us_set_add(set, seat);
	} else {
		s->flags = (uint16_t)(s->flags & ~flag);
		us_set_remove(set, seat);
	}
	us_hearing_settle(e, r->set.ramp_frames);
	return US_OK;
}

int us_edit_mute(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	return mark(e, r, US_SEAT_MUTED, &e->muted, err);
}

int us_edit_solo(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	return mark(e, r, US_SEAT_SOLO, &e->solo, err);
}
