/* stage_rt.c — the two ends of a staged batch. Commit: everything at once, at this block, or nothing. Abort: as if
 * nothing had been staged. */
#include "inside.h"

static void drop_flags(uint16_t *flags, unsigned which)
{
	*flags = (uint16_t)(*flags & ~which);
}

static void commit_cable(struct us_engine *e, struct us_cable *c)
{
	if (c->flags & US_CABLE_ADD) {
		c->amount = (struct us_ramp){0};
		us_cable_send(e, c, c->wanted);
	} else if (c->flags & US_CABLE_RESIZED) {
		us_cable_send(e, c, c->staged);
		c->staged = 0;
	}
	drop_flags(&c->flags, US_CABLE_ADD | US_CABLE_DEL | US_CABLE_RESIZED);
}

static void forget_staged_knobs(struct us_engine *e, uint32_t seat)
{
	struct us_knob *knob = us_knobs(e, seat);
	for (uint32_t k = 0; k < e->node[seat].inputs; k++) {
		knob[k].staged = 0;
		knob[k].is_staged = 0;
	}
	drop_flags(&e->seat[seat].flags, US_SEAT_RETUNED);
}

static void forget_staged_name(struct us_engine *e, uint32_t seat)
{
	memset(e->seat[seat].staged_name, 0, sizeof e->seat[seat].staged_name);
	e->node[seat].staged_name_hash = us_name_hash("");
	drop_flags(&e->seat[seat].flags, US_SEAT_RENAMED);
}

/* A new sink fades in when a fade was asked for. */
static void commit_seat(struct us_engine *e, uint32_t seat, uint32_t frames)
{
	struct us_seat *s = &e->seat[seat];
	if (s->flags & US_SEAT_ADD && frames > e->smooth_frames && e->node[seat].module->flags & US_SINK) {
		s->level.now = 0;
		us_level_to(e, seat, 1, frames);
	}
	drop_flags(&s->flags, US_SEAT_ADD);
	if (s->flags & US_SEAT_RENAMED) {
		us_seat_rename(e, seat, s->staged_name);
		forget_staged_name(e, seat);
	}
	if (s->flags & US_SEAT_RETUNED) {
		const struct us_knob *knob = us_knobs(e, seat);
		for (uint32_t k = 0; k < e->node[seat].inputs; k++)
			if (knob[k].is_staged)
				us_knob_set(e, seat, k, knob[k].staged, knob[k].is_staged - 1);
		forget_staged_knobs(e, seat);
	}
}

/* What is next takes over; what goes fades for so many frames. */
static void take_over(struct us_engine *e, uint32_t frames)
{
	for (uint32_t i = 0; i < e->head->cables; i++) {
		struct us_cable *c = &e->cable[i];
		if ((e->seat[c->source].flags | e->seat[c->instance].flags) & US_SEAT_DEL)
			us_cable_leave_with_seat(e, c);
		else if (c->flags & US_CABLE_DEL)
			us_cable_leave(e, c, e->smooth_frames);
	}
	for (uint32_t s = 0; s < e->head->seats; s++)
		if (e->seat[s].flags & US_SEAT_DEL)
			us_seat_leave(e, s, frames);
	for (uint32_t i = 0; i < e->head->cables; i++)
		commit_cable(e, &e->cable[i]);
	for (uint32_t s = 0; s < e->head->seats; s++)
		if (e->seat[s].flags)
			commit_seat(e, s, frames);
}

int us_stage_commit(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	uint32_t longest = (uint32_t)e->rate * US_FADE_SECONDS, frames = r->set.ramp_frames;
	frames = frames > longest ? longest : frames ? frames : e->smooth_frames;
	if (e->head->struck) {
		us_stage_abort(e, r, NULL);
		return us_fail(err, "a command of this batch was struck out, and the rest with it");
	}
	if (us_plan_adopt(e, US_VIEW_BOTH, err) == US_OK) {
		take_over(e, frames); /* what is both is now: the plan stays valid */
		us_hearing_settle(e, 0);
		return US_OK;
	}
	/* No room for both: then without a fade. */
	if (us_leaving(e))
		return US_FAILED; /* first cut these, see us_carry_out */
	if (us_plan_adopt(e, US_VIEW_NEXT, err))
		return US_FAILED;
	take_over(e, 0);
	us_leaving_cut(e);
	us_hearing_settle(e, 0);
	return US_OK;
}

int us_stage_abort(struct us_engine *e, const struct us_record *r, struct us_err *err)
{
	(void)r;
	(void)err;
	e->head->struck = 0;
	us_cables_sweep(e, US_CABLE_ADD);
	for (uint32_t i = 0; i < e->head->cables; i++) {
		e->cable[i].staged = 0;
		drop_flags(&e->cable[i].flags, US_CABLE_DEL | US_CABLE_RESIZED);
	}
	for (uint32_t s = e->head->seats; s-- > 0;) {
		struct us_seat *seat = &e->seat[s];
		if (!seat->flags)
			continue;
		if (seat->flags & US_SEAT_ADD) {
			us_seat_free(e, s);
			continue;
		}
		drop_flags(&seat->flags, US_SEAT_DEL);
		if (seat->flags & US_SEAT_LEAVING)
			continue;
		forget_staged_name(e, s);
		if (seat->flags & US_SEAT_RETUNED)
			forget_staged_knobs(e, s);
	}
	return US_OK;
}
