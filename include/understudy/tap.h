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

#endif
