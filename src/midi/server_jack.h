/* server_jack.h — MIDI through a JACK server: one client of our own, with an input that others can be connected to, and
 * a port for each one that is listened to or sent to. [one thread, but for the receiver] port_rtmidi.c calls it:
 * RtMidi, which does ALSA, waits on JACK for an F7 for ever, tells nothing of cables that are pulled, and goes on to
 * list the ports of a server that has ended. */
#ifndef US_MIDI_SERVER_JACK_H
#define US_MIDI_SERVER_JACK_H

#include "port.h"

struct us_jack;
struct us_jack_port;

/* False: no server runs. */
bool us_jack_open(struct us_jack **jack, const char *client, us_midi_receiver *receive, void *context);
void us_jack_close(struct us_jack *jack);
/* The server has left, and does not come back to this client. */
bool us_jack_ended(const struct us_jack *jack);
/* Those of others, by name. */
void us_jack_list(struct us_jack *jack, bool inputs, struct us_midi_names *names);

/* NULL: there is no such port (any more), or no room. Without a name: a port that others are connected to. */
struct us_jack_port *us_jack_listen(struct us_jack *jack, const char *name, us_midi_receiver *receive, void *context);
struct us_jack_port *us_jack_speak(struct us_jack *jack, const char *name);
void us_jack_send(struct us_jack_port *port, const uint8_t *bytes, size_t count);
/* Has what it was connected with gone since? */
bool us_jack_port_lost(const struct us_jack_port *port);
void us_jack_port_close(struct us_jack_port *port);

#endif
