/* knob_rt.c — knobs and everything else that moves in a straight line to where it was sent.
 *
 * A block reads the knobs without changing them (us_knob_trace, as often as there are groups of voices); when it is
 * over they are moved on once (us_knobs_advance), by the same arithmetic. */
#include "inside.h"

#include <math.h>

/* On arrival the value is the target itself, whatever the sum of the steps says. */
static void arrive(struct us_ramp *ramp)
{
	ramp->now = ramp->target;
	ramp->left = 0;
}

void us_ramp_to(struct us_ramp *ramp, float target, uint32_t frames)
{
	ramp->target = target;
	ramp->left = frames;
	if (!frames || ramp->now == target)
		arrive(ramp);
}

/* Frames from..until-1 of a block; `to` may be NULL. */
void us_ramp_run(struct us_ramp *ramp, us_vec *to, uint32_t from, uint32_t until)
{
	if (ramp->left && from < until) {
		uint32_t frames = ramp->left < until - from ? ramp->left : until - from;
		float step = (ramp->target - ramp->now) / (float)ramp->left, start = ramp->now;
		float low = fminf(start, ramp->target), high = fmaxf(start, ramp->target);
		for (uint32_t i = 0; to && i < frames; i++)
			to[from + i] = us_splat(fminf(fmaxf(start + step * (float)(i + 1), low), high));
		ramp->now = fminf(fmaxf(start + step * (float)frames, low), high);
		ramp->left -= frames;
		from += frames;
		if (!ramp->left) {
			arrive(ramp);
			if (to)
				to[from - 1] = us_splat(ramp->now);
		}
	}
	if (to) {
		us_vec rest = us_splat(ramp->now);
		for (; from < until; from++)
			to[from] = rest;
	}
}

float us_knob_clamp(const struct us_input *input, float value)
{
	if (input->unit == US_CHOICE || input->unit == US_COUNT || input->curve == US_STEP)
		value = rintf(value);
	return value < input->min ? input->min : value > input->max ? input->max : value;
}

static void send(const struct us_engine *e, const struct us_input *input, struct us_ramp *ramp, float value,
                 uint32_t ramp_frames, bool fresh)
{
	us_ramp_to(ramp, us_knob_clamp(input, value),
	           fresh || us_input_steps(input) ? 0
	           : ramp_frames                  ? ramp_frames
	                                          : e->smooth_frames);
}

void us_knob_set(struct us_engine *e, uint32_t seat, uint32_t input, float value, uint32_t ramp_frames)
{
	struct us_ramp *ramp = &us_knobs(e, seat)[input].ramp;
	send(e, &e->node[seat].module->inputs[input], ramp, value, ramp_frames, e->seat[seat].flags & US_SEAT_FRESH);
	e->node[seat].pulled_at = 0;
	if (ramp->left)
		us_set_add(&e->busy, seat);
}

/* One block of a knob with the moves that fall into it. */
static struct us_ramp travel(const struct us_engine *e, uint32_t seat, uint32_t input, us_vec *to)
{
	struct us_ramp ramp = us_knobs(e, seat)[input].ramp;
	uint32_t frame = 0;
	for (uint32_t m = 0; us_set_has(&e->moving, seat) && m < e->moves; m++) {
		const struct us_move *move = &e->move[m];
		if (move->seat != seat || move->input != input)
			continue;
		us_ramp_run(&ramp, to, frame, move->offset);
		frame = move->offset;
		send(e, &e->node[seat].module->inputs[input], &ramp, move->value, move->ramp_frames, false);
	}
	us_ramp_run(&ramp, to, frame, US_BLOCK);
	return ramp;
}

void us_knob_trace(struct us_engine *e, uint32_t seat, uint32_t input, us_vec *to)
{
	travel(e, seat, input, to);
}

void us_knobs_advance(struct us_engine *e)
{
	for (uint32_t s = us_set_next(&e->busy, 0); s < US_SEATS; s = us_set_next(&e->busy, s + 1)) {
		struct us_knob *knob = us_knobs(e, s);
		bool busy = false;
		for (uint32_t k = 0; k < e->node[s].inputs; k++) {
			knob[k].ramp = travel(e, s, k, NULL);
			busy |= knob[k].ramp.left > 0;
		}
		e->node[s].pulled_at = 0;
		if (!busy)
			us_set_remove(&e->busy, s);
	}
	e->moves = 0; /* panic and deletion may have cleared it before */
	if (e->moving.words)
		e->moving = (struct us_set){0};
}

void us_knobs_land(struct us_engine *e)
{
	for (uint32_t s = us_set_next(&e->busy, 0); s < US_SEATS; s = us_set_next(&e->busy, s + 1)) {
		for (uint32_t k = 0; k < e->node[s].inputs; k++)
			arrive(&us_knobs(e, s)[k].ramp);
		e->node[s].pulled_at = 0;
	}
	e->busy = (struct us_set){0};
}
