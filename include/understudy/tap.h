/* tap.h — a place in a delay line that knobs move, for modules after the mixdown: it follows by up to a frame per
 * frame, as a tape does that stops or plays an octave up; beyond that it is faded across, for a jump would click and a
 * rush chirp. */
#ifndef UNDERSTUDY_TAP_H
#define UNDERSTUDY_TAP_H

#include <understudy/dsp.h>

#define US_TAP_FADE_SECONDS 0.02f

/* All zero: it has no place yet and takes the first one. */
struct us_tap {
	float at, before; /* frames back; and where it fades away from */
	float fade;       /* from `before` to `at`, 0 to 1 */
};

/* In each frame, before it is read: where the knobs want it. */
static inline void us_tap_follow(struct us_tap *t, float to, float seconds_per_frame)
{
	const float off = to - t->at;
	if (t->fade == 0 && t->at == 0 && t->before == 0) {
		t->at = to;
		t->fade = 1;
		return;
	}
	if (t->fade < 1)
		t->fade += seconds_per_frame * (1 / US_TAP_FADE_SECONDS);
	if (off <= 1 && off >= -1) {
		t->at = to;
	} else if (t->fade >= 1) {
		t->before = t->at;
		t->at = to;
		t->fade = 0;
	}
}

/* True if it stands there, alone, and will while nobody wants it elsewhere. */
static inline int us_tap_rests(const struct us_tap *t, float at)
{
	return t->fade >= 1 && t->at == at;
}

/* How much of what is read at `at`; the rest is read at `before`. */
static inline float us_tap_share(const struct us_tap *t)
{
	return t->fade >= 1 ? 1 : t->fade * t->fade * (3 - 2 * t->fade);
}

/* Behind the newest frame of a line that goes round, of mask + 1 frames. */
static inline us_vec us_line_read(const float (*line)[US_CHANNELS], uint32_t mask, uint32_t newest, float back)
{
	const uint32_t whole = (uint32_t)back, n = newest - whole;
	const float part = back - (float)whole;
	const us_vec b = us_load_stereo(line[n & mask]);
	if (part == 0)
		return b;
	const us_vec a = whole ? us_load_stereo(line[(n + 1) & mask]) : b;
	return us_between(a, b, us_load_stereo(line[(n - 1) & mask]), us_load_stereo(line[(n - 2) & mask]),
	                  us_splat(part));
}

static inline us_vec us_tap_read(const struct us_tap *t, const float (*line)[US_CHANNELS], uint32_t mask,
                                 uint32_t newest)
{
	const us_vec now = us_line_read(line, mask, newest, t->at);
	if (t->fade >= 1)
		return now;
	const us_vec then = us_line_read(line, mask, newest, t->before);
	return then + us_tap_share(t) * (now - then);
}

/* The same for each lane by itself: how many frames back it stands, and how far it swings from there. */
struct us_swing {
	us_vec stand, reach, old_stand, old_reach;
	us_vec fade;
};

static inline void us_swing_follow(struct us_swing *s, us_vec stand, us_vec reach, float seconds_per_frame)
{
	const us_ivec far = us_abs(stand - s->stand) + us_abs(reach - s->reach) > 1;
	const us_ivec fresh = (s->fade == 0) & (s->stand == 0) & (s->old_stand == 0);
	const us_vec fade = us_min(s->fade + seconds_per_frame * (1 / US_TAP_FADE_SECONDS), us_splat(1));
	const us_ivec jumps = far & (fade >= 1) & ~fresh, moves = ~far | fresh | jumps;
	s->old_stand = us_select(jumps, s->stand, s->old_stand);
	s->old_reach = us_select(jumps, s->reach, s->old_reach);
	s->stand = us_select(moves, stand, s->stand);
	s->reach = us_select(moves, reach, s->reach);
	s->fade = us_select(jumps, us_splat(0), us_select(fresh, us_splat(1), fade));
}

static inline int us_swing_rests(const struct us_swing *s, us_vec stand, us_vec reach)
{
	return !us_any((s->fade < 1) | (s->stand != stand) | (s->reach != reach));
}

static inline int us_swing_fades(const struct us_swing *s)
{
	return us_any(s->fade < 1);
}

/* Of what is read at its new place, and at the old one. */
static inline us_vec us_swing_mix(us_vec fade, us_vec now, us_vec old)
{
	return us_select(fade < 1, old + fade * fade * (3 - 2 * fade) * (now - old), now);
}

#endif
