/* unclick.h — for modules, included by dsp.h: a sound that must jump does so over some milliseconds, along a curve with
 * level ends, so that nothing clicks. A choice that changes is faded from one response to the other; what is struck
 * while it still sounds carries on for a moment. */
#ifndef UNDERSTUDY_UNCLICK_H
#define UNDERSTUDY_UNCLICK_H

#include <understudy/dsp.h>

enum { US_CHOICES = 4 }; /* at most */

#define US_CHANGE_MS 10

/* 0 to 1 with level ends; those of x and 1 - x add up to 1. */
static inline us_vec us_smoothstep(us_vec x)
{
	return x * x * (3 - 2 * x);
}

/* How much of each response is heard. Zeroed memory: none, and the first choice is there at once. */
struct us_choice {
	us_vec weight[US_CHOICES];
};

/* One frame of it; `choice` counts from 0. */
static inline void us_choose(struct us_choice *c, us_vec choice, const struct us_block *b)
{
	const us_vec which = us_floor(us_clamp(choice, 0, US_CHOICES - 1) + 0.5f);
	const us_vec step = us_splat(1000.f / US_CHANGE_MS * b->seconds_per_frame);
	us_vec sum = c->weight[0] + c->weight[1] + c->weight[2] + c->weight[3];
	for (int k = 0; k < US_CHOICES; k++) {
		const us_vec want = us_select(which == (float)k, us_splat(1), us_splat(0)), way = want - c->weight[k];
		c->weight[k] = us_select(sum > 0, c->weight[k] + us_min(us_max(way, -step), step), want);
	}
}

/* True if nothing but `choice`, which holds for the whole block, is heard. */
static inline int us_is_chosen(const struct us_choice *c, us_vec choice)
{
	const us_vec which = us_floor(us_clamp(choice, 0, US_CHOICES - 1) + 0.5f);
	us_ivec other = {0};
	for (int k = 0; k < US_CHOICES; k++)
		other |= c->weight[k] != us_select(which == (float)k, us_splat(1), us_splat(0));
	return !us_any(other);
}

static inline us_vec us_chosen(const struct us_choice *c, const us_vec response[US_CHOICES])
{
	us_vec sum = us_smoothstep(c->weight[0]) * response[0];
	for (int k = 1; k < US_CHOICES; k++)
		sum += us_smoothstep(c->weight[k]) * response[k];
	return sum;
}

/* What goes on from where it was: `now` jumps where `jumps` says so, the result does not. */
struct us_carry {
	us_vec last, jump, left; /* left: 1 at the jump, then down to 0 */
};

static inline us_vec us_carried(struct us_carry *c, us_ivec jumps, us_vec now, const struct us_block *b)
{
	const float step = 1000.f / US_CHANGE_MS * b->seconds_per_frame;
	c->left = us_select(jumps, us_splat(1), us_max(c->left - step, us_splat(0)));
	c->jump = us_select(jumps, c->last - now, c->jump);
	c->last = now + us_smoothstep(c->left) * c->jump;
	return c->last;
}

#endif
