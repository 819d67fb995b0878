/* clock_in.h — MIDI clock from outside leads the song: /tempo, /transport/play, /stop and /locate. [one thread] */
#ifndef US_MIDI_CLOCK_IN_H
#define US_MIDI_CLOCK_IN_H

#include "synth.h"
#include "tempo.h"

struct us_clock_in {
	us_command_sink *sink;
	void *context;
	struct us_tempo_filter filter;
	enum us_clock_in_state {
		US_CLOCK_IN_STANDS,
		US_CLOCK_IN_ARMED, /* the next tick is where it begins */
		US_CLOCK_IN_RUNS
	} state;
	uint32_t first;   /* tick of the song that it begins with */
	uint64_t ticks;   /* of the song, heard so far */
	uint64_t last_ns; /* when the last tick came; 0: none */
	double sent_bpm;  /* 0: nothing */
	uint64_t sent_ns, placed_ns;
};

/* Clock, start, continue, stop, song position; `now_ns`: when it came. False for another message. */
bool us_clock_in_take(struct us_clock_in *clock, const struct us_midi_message *message, uint64_t now_ns);

/* Now and then: sends the tempo that is heard outside, a little faster or slower as long as the song is not where the
 * ticks are. NULL: it is not known where the song is. */
void us_clock_in_lead(struct us_clock_in *clock, const struct us_synth_song *song, uint64_t now_ns);

#endif
