/* clock_out.c — see clock_out.h. */
#include "clock_out.h"

#include "message.h"

#include <math.h>

enum { CLOCK = 0xf8, START = 0xfa, CONTINUE = 0xfb, STOP = 0xfc, POSITION = 0xf2, TICKS_PER_STEP = 6 };
#define FORGIVEN 0.002  /* of a tick: rounding */
#define LEAP_BEATS 0.05 /* farther from where it should be than any tempo brings it: somebody has moved it */
#define LATE_TICKS 24   /* more than a beat at once is a burst that no slave follows: it is a leap, too */
#define POSITIONS 16383

static void byte(struct us_clock_out *c, uint8_t what)
{
	c->send(c->context, &what, 1);
}

static void send_position(struct us_clock_out *c, int64_t tick)
{
	int64_t step = tick / TICKS_PER_STEP;
	step = step > POSITIONS ? POSITIONS : step;
	const uint8_t bytes[] = {POSITION, (uint8_t)(step & 127), (uint8_t)(step >> 7)};
	c->send(c->context, bytes, sizeof bytes);
}

/* Begins at the next sixteenth, or at the one that has just been: a song that is started is seen a moment later. */
static void begin(struct us_clock_out *c, double tick)
{
	c->runs = c->waits = true;
	c->next = (int64_t)floor(tick / TICKS_PER_STEP) * TICKS_PER_STEP;
	if (tick - (double)c->next >= 1)
		c->next += TICKS_PER_STEP;
	if (c->next > 0)
		send_position(c, c->next);
}

void us_clock_out_end(struct us_clock_out *c)
{
	if (c->runs && !c->waits)
		byte(c, STOP);
	c->runs = false;
}

static bool has_leapt(const struct us_clock_out *c, const struct us_synth_song *song, uint64_t now_ns)
{
	const double expected = c->beat + (double)(now_ns - c->looked_ns) / 60e9 * song->bpm;
	const double tick = song->beat * US_MIDI_TICKS;
	return fabs(song->beat - expected) > LEAP_BEATS || (!c->waits && tick - (double)c->next > LATE_TICKS);
}

uint64_t us_clock_out_run(struct us_clock_out *c, const struct us_synth_song *song, uint64_t now_ns)
{
	const double tick = song->beat * US_MIDI_TICKS;
	if (c->runs && (!song->plays || has_leapt(c, song, now_ns)))
		us_clock_out_end(c);
	if (!song->plays || song->bpm <= 0)
		return UINT64_MAX;
	if (!c->runs)
		begin(c, tick);
	c->beat = song->beat;
	c->looked_ns = now_ns;
	for (; (double)c->next <= tick + FORGIVEN; c->next++) {
		if (c->waits)
			byte(c, c->next ? CONTINUE : START);
		c->waits = false;
		byte(c, CLOCK);
	}
	const double wait_ns = ((double)c->next - tick) * 60e9 / US_MIDI_TICKS / song->bpm;
	return now_ns + (uint64_t)(wait_ns > 0 ? wait_ns : 0);
}
