/* leave_rt.c — nothing stops in mid-wave. A cable that is taken away fades to amount 0 first; an instance that is
 * deleted plays on without an index while its level fades; one that is restored fades in.
 *
 * The plan does not change when the fade begins, so no deletion is ever refused. It changes when the fade is over; if
 * the smaller graph should then need room that is not there, the silent rest stays until there is. An edit that lacks
 * room cuts all fades short and is tried again, so that what is accepted does not depend on what was deleted lately. */
#include "inside.h"

/* A staged deletion of one of its ends still stands. */
static void start_leaving(struct us_engine *e, struct us_cable *c)
{
	c->flags = US_CABLE_LEAVING | (c->flags & US_CABLE_DEL);
	c->staged = 0;
	e->cables_leaving++;
}

void us_cable_leave(struct us_engine *e, struct us_cable *c, uint32_t frames)
{
	if (c->flags & US_CABLE_ADD) { /* nobody has heard it */
		c->flags |= US_CABLE_GONE;
		return;
	}
	if (c->flags & US_CABLE_LEAVING)
		return;
	start_leaving(e, c);
	e->cables_moving -= c->amount.left > 0;
	us_ramp_to(&c->amount, 0, e->seat[c->instance].flags & US_SEAT_FRESH ? 0 : frames);
	e->cables_moving += c->amount.left > 0;
}

/* A level that has arrived. At 0 the instance is bypassed from now on, which needs no level. */
static void arrive(struct us_engine *e, uint32_t seat)
{
	struct us_seat *s = &e->seat[seat];
	if (s->flags & US_SEAT_LEAVING)
		return;
	if (us_seat_sinks(s))
		s->flags |= US_SEAT_BYPASSED;
	s->level = (struct us_ramp){1, 1, 0};
	us_set_remove(&e->fading, seat);
}

void us_level_to(struct us_engine *e, uint32_t seat, float level, uint32_t frames)
{
	us_ramp_to(&e->seat[seat].level, level, frames);
	us_set_add(&e->fading, seat);
	if (!e->seat[seat].level.left)
		arrive(e, seat);
}

void us_cable_leave_with_seat(struct us_engine *e, struct us_cable *c)
{
	if (c->flags & US_CABLE_ADD)
		c->flags |= US_CABLE_GONE;
	else if (!(c->flags & US_CABLE_LEAVING))
		start_leaving(e, c);
}

void us_seat_leave(struct us_engine *e, uint32_t seat, uint32_t frames)
{
	struct us_seat *s = &e->seat[seat];
	if (s->flags & US_SEAT_ADD)
		return;
	us_timed_forget(e, s->index);
	e->door[s->index] = US_NONE;
	e->head->instances--;
	s->index = US_NOBODY;
	us_set_remove(&e->muted, seat); /* its cables stay as they are */
	us_set_remove(&e->solo, seat);
	s->flags = (uint16_t)(US_SEAT_USED | US_SEAT_LEAVING |
	                      (s->flags & (US_SEAT_BYPASSED | US_SEAT_FRESH | US_SEAT_RESTORED)));
	memset(s->name, 0, sizeof s->name);
	memset(s->staged_name, 0, sizeof s->staged_name);
	e->node[seat].name_hash = e->node[seat].staged_name_hash = us_name_hash("");
	us_level_to(e, seat, 0, s->flags & US_SEAT_FRESH ? 0 : frames);
}

bool us_leaving(const struct us_engine *e)
{
	if (e->cables_leaving)
		return true;
	for (uint32_t s = us_set_next(&e->fading, 0); s < US_SEATS; s = us_set_next(&e->fading, s + 1))
		if (e->seat[s].flags & US_SEAT_LEAVING)
			return true;
	return false;
}

static bool has_left(const struct us_ramp *ramp, bool at_once)
{
	return at_once || (!ramp->left && ramp->target == 0);
}

/* Marks what has faded, with the cables of seats that have. */
static uint32_t mark(struct us_engine *e, bool at_once)
{
	uint32_t marked = 0;
	for (uint32_t s = us_set_next(&e->fading, 0); s < US_SEATS; s = us_set_next(&e->fading, s + 1))
		if (e->seat[s].flags & US_SEAT_LEAVING && has_left(&e->seat[s].level, at_once)) {
			e->seat[s].flags |= US_SEAT_GONE;
			marked++;
		}
	for (uint32_t i = 0; e->cables_leaving && i < e->head->cables; i++) {
		struct us_cable *c = &e->cable[i];
		if ((e->seat[c->source].flags | e->seat[c->instance].flags) & US_SEAT_GONE ||
		    (c->flags & US_CABLE_LEAVING && has_left(&c->amount, at_once))) {
			c->flags |= US_CABLE_GONE;
			marked++;
		}
	}
	return marked;
}

static void unmark(struct us_engine *e)
{
	for (uint32_t s = 0; s < e->head->seats; s++)
		e->seat[s].flags &= (uint16_t)~US_SEAT_GONE;
	for (uint32_t i = 0; i < e->head->cables; i++)
		e->cable[i].flags &= (uint16_t)~US_CABLE_GONE;
}

static void take_away(struct us_engine *e, bool at_once)
{
	if (!mark(e, at_once))
		return;
	if (us_plan_adopt(e, US_VIEW_NOW, NULL)) {
		unmark(e);
		return;
	}
	us_cables_sweep(e, US_CABLE_GONE);
	for (uint32_t s = us_set_next(&e->fading, 0); s < US_SEATS; s = us_set_next(&e->fading, s + 1))
		if (e->seat[s].flags & US_SEAT_GONE)
			us_seat_free(e, s);
}

void us_leaving_cut(struct us_engine *e)
{
	take_away(e, true);
}

/* At the end of a block. */
void us_leaving_advance(struct us_engine *e)
{
	for (uint32_t s = us_set_next(&e->fading, 0); s < US_SEATS; s = us_set_next(&e->fading, s + 1)) {
		us_ramp_run(&e->seat[s].level, NULL, 0, US_BLOCK);
		if (!e->seat[s].level.left)
			arrive(e, s);
	}
	if (us_leaving(e))
		take_away(e, false);
}

void us_levels_land(struct us_engine *e)
{
	for (uint32_t s = us_set_next(&e->fading, 0); s < US_SEATS; s = us_set_next(&e->fading, s + 1))
		arrive(e, s);
}

/* Only what others hear fades: between two that leave together the signal stays as it is. */
static bool is_heard_by_others(const struct us_engine *e, uint32_t seat)
{
	const struct us_plan *p = &e->plan;
	bool heard = !(e->seat[seat].flags & US_SEAT_LEAVING) || e->node[seat].module->flags & US_SINK;
	for (uint32_t i = p->out_first[seat]; i < p->out_first[seat + 1]; i++)
		heard |= !(e->seat[p->out_to[i]].flags & US_SEAT_LEAVING);
	return heard;
}

void us_level_apply(struct us_engine *e, uint32_t seat, us_vec *const out[])
{
	us_buffer level;
	struct us_ramp ramp = e->seat[seat].level;
	const struct us_node *n = &e->node[seat];
	bool through = n->module->flags & US_THROUGH && n->inputs && !(e->seat[seat].flags & US_SEAT_LEAVING);
	if (!is_heard_by_others(e, seat))
		return;
	us_ramp_run(&ramp, level, 0, US_BLOCK);
	for (uint32_t o = 0; o < n->outputs; o++) {
		const us_vec *dry = through && o == 0 ? e->in[n->input_row] : NULL;
		for (uint32_t i = 0; i < US_BLOCK * n->width; i++) {
			const us_vec now = level[i / n->width];
			out[o][i] = dry ? dry[i] + (out[o][i] - dry[i]) * now : out[o][i] * now;
		}
	}
}
