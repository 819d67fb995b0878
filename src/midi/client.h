/* client.h — understudy-midi: MIDI of this machine ─▶ OSC to control, and the song as MIDI clock. A client like any
 * other: nobody waits for it. main.c is the keeper: RtMidi, a foreign library with threads of its own, may take this
 * process with it; then the keeper starts another one, which first ends the notes that were held. [one thread] */
#ifndef US_MIDI_CLIENT_H
#define US_MIDI_CLIENT_H

#include "clock_in.h"
#include "clock_out.h"
#include "knobs.h"
#include "player.h"
#include "ports.h"
#include "synth.h"

enum us_clock_role { US_CLOCK_OFF, US_CLOCK_LED, US_CLOCK_LEADS };
enum { US_EXIT_AGAIN = 75 }; /* the keeper shall start another one */

struct us_midi_options {
	const char *session, *in, *out, *api, *note, *map, *learn;
	uint32_t port;
	int channel; /* 0 to 15, or US_MAP_EVERY */
	enum us_clock_role clock;
	bool list;
};
/* Words of which each has its value behind it; `understudy midi` has checked them. */
int us_midi_options_read(struct us_midi_options *options, int argc, char **argv, struct us_err *err);

/* What outlives a process: in memory that it shares with its keeper. */
struct us_midi_kept {
	struct us_midi_notes notes;
	bool began; /* at least once there was a way to MIDI */
};

struct us_midi_client {
	const struct us_midi_options *options;
	struct us_midi_notes *notes;
	struct us_synth synth;
	struct us_midi_ports ports;
	struct us_map map;
	int64_t map_time[2];
	struct us_midi_knobs knobs;
	struct us_clock_in clock_in;
	struct us_clock_out clock_out;
	char client[48];
	struct us_midi_bend {
		bool bent;
		float base; /* where the input stands without it */
	} bend[US_MIDI_CHANNELS];
	bool learnt, over;
	int exit_code;
};

/* Returns the exit code. `signals`: a signalfd that is readable when it shall end. */
int us_midi_client_run(const struct us_midi_options *options, struct us_midi_kept *kept, int signals);
/* understudy midi --list */
int us_midi_client_list(const struct us_midi_options *options);

/* heed.c: what a message means. */
void us_midi_heed(struct us_midi_client *client, const struct us_midi_event *event);
/* map_watch.c: reads the map, and again when it has been written. */
void us_midi_watch_map(struct us_midi_client *client);

#endif
