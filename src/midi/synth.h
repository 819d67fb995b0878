/* synth.h — the synth that plays, seen from a client: an own model of it that follows what is heard, and a way to speak
 * to its control. Both survive the death of anybody over there: what is in shared memory stays true, and datagrams wait
 * for the next control. Nothing over there waits for this. [one thread] */
#ifndef US_MIDI_SYNTH_H
#define US_MIDI_SYNTH_H

#include "client/sender.h"
#include "ipc/follow.h"
#include "ipc/shm.h"
#include "replica/replica.h"

#include <stdbool.h>

struct us_synth {
	const char *name; /* the session */
	uint32_t port;    /* 0: the session's own */
	struct us_session session;
	struct us_library *library;
	struct us_replica replica; /* without an engine: there is no synth */
	struct us_sender *sender;
	struct us_follow follow;
	bool said; /* that there is none */
};

/* Where the song is in what is heard at this moment. */
struct us_synth_song {
	bool plays;
	double beat, bpm;
};

/* Looks whether the synth is there, and which one. True if it is another one than before; false also while there is
 * none (there is no engine then). Says on stderr what has changed. */
bool us_synth_renew(struct us_synth *synth);
void us_synth_close(struct us_synth *synth);

/* Goes on to what is heard now. */
void us_synth_catch_up(struct us_synth *synth, uint64_t now_ns);
void us_synth_song(const struct us_synth *synth, uint64_t now_ns, struct us_synth_song *song);

/* Sends; without a synth it is forgotten. us_command_sink; context: struct us_synth. */
us_command_sink us_synth_send;

/* What control has refused is said on stderr. */
void us_synth_hear(struct us_synth *synth);

#endif
