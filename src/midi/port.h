/* port.h — MIDI ports of this machine. What is behind them (RtMidi with ALSA, or JACK) is known to port_rtmidi.c and
 * server_jack.c alone. Ports go by name: their numbers change whenever somebody plugs something. [one thread, but for
 * the receiver]
 */
#ifndef US_MIDI_PORT_H
#define US_MIDI_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <understudy/error.h>

enum { US_MIDI_NAME_BYTES = 128, US_MIDI_NAMES = 64 };

/* One way to MIDI: ALSA or JACK. */
struct us_midi_api;
struct us_midi_port;

struct us_midi_names {
	uint32_t count;
	char name[US_MIDI_NAMES][US_MIDI_NAME_BYTES];
};

/* `which`: "alsa", "jack", or "auto": the first of both that works. Makes an input under our own name, to which others
 * can be connected. Fails with what each of them lacks. */
typedef void us_midi_receiver(void *context, uint64_t now_ns, const uint8_t *bytes, size_t count);
int us_midi_api_open(struct us_midi_api **api, const char *which, const char *client, us_midi_receiver *receive,
                     void *context, struct us_err *err);
void us_midi_api_close(struct us_midi_api *api);
const char *us_midi_api_name(const struct us_midi_api *api);

/* The ports that can be listened to, or sent to; our own are not among them. False: the API works no more. */
bool us_midi_api_list(struct us_midi_api *api, bool inputs, struct us_midi_names *names);

/* The receiver is called in a thread of the API's. Bytes of more than 8 (system exclusive) do not come. No bytes at all
 * say that a connection of this port has been cut: what was held through it is held no more. */
int us_midi_port_listen(struct us_midi_port **port, struct us_midi_api *api, const char *name,
                        us_midi_receiver *receive, void *context, struct us_err *err);
/* To send to; without a name a port of our own that others can be connected to. */
int us_midi_port_speak(struct us_midi_port **port, struct us_midi_api *api, const char *name, struct us_err *err);
void us_midi_port_send(struct us_midi_port *port, const uint8_t *bytes, size_t count);
/* What it was opened for has gone since, even if something of that name is there again. JACK says so; with ALSA it is
 * known by the list of names alone. */
bool us_midi_port_lost(const struct us_midi_port *port);
void us_midi_port_close(struct us_midi_port *port);

#endif
