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
	uint8_t leader;   /* the port whose clock is followed */
	uint64_t lead_ns; /* when it was heard last; 0: nobody leads */
	uint32_t told;    /* a bit for each port that is known to send another one */
};

/* Two clocks are one: the first that ticks is followed, as long as it does. Is this port the one? Ask before
 * us_clock_in_take. */
bool us_clock_in_follows(struct us_clock_in *clock, uint8_t port, const struct us_midi_message *message,
                         uint64_t now_ns);
/* Is this the first tick of a second clock, which somebody should be told of? */
bool us_clock_in_is_second(struct us_clock_in *clock, uint8_t port, const struct us_midi_message *message);

/* Clock, start, continue, stop, song position; `now_ns`: when it came. False for another message. */
bool us_clock_in_take(struct us_clock_in *clock, const struct us_midi_message *message, uint64_t now_ns);

/* Now and then: sends the tempo that is heard outside, a little faster or slower as long as the song is not where the
 * ticks are. NULL: it is not known where the song is. */
void us_clock_in_lead(struct us_clock_in *clock, const struct us_synth_song *song, uint64_t now_ns);

#endif
