/* clock_out.h — the song as MIDI clock: 24 ticks a beat at the moment at which each is heard, start, continue, stop and
 * song position. Ticks are counted along the beat, not along time: a ramp or a late wake-up loses none. [one thread] */
#ifndef US_MIDI_CLOCK_OUT_H
#define US_MIDI_CLOCK_OUT_H

#include "synth.h"

struct us_clock_out {
	/* Sends bytes now. */
	void (*send)(void *context, const uint8_t *bytes, size_t count);
	void *context;
	bool runs;
	int64_t next; /* tick of the song that is due */
	bool waits;   /* not begun: with tick .next, which is at a sixteenth */
	double beat;  /* where the song was when it was looked at last */
	uint64_t looked_ns;
};

/* Sends what is due. Returns when the next tick will be, UINT64_MAX while the song stands. */
uint64_t us_clock_out_run(struct us_clock_out *clock, const struct us_synth_song *song, uint64_t now_ns);

/* The song is not to be seen any more, or the program ends: stop. */
void us_clock_out_end(struct us_clock_out *clock);

#endif
