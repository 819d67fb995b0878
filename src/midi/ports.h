/* ports.h — which ports are open: those whose names contain what was asked for, as soon as they are there, again and
 * again. What they say goes through a pipe to the one thread that works. [one thread] */
#ifndef US_MIDI_PORTS_H
#define US_MIDI_PORTS_H

#include "notes.h"
#include "port.h"

/* One message, as it goes through the pipe. */
struct us_midi_event {
	uint64_t now_ns;
	uint8_t port, count, bytes[6];
};

struct us_midi_ports {
	const char *which, *client; /* for us_midi_api_open */
	const char *in, *out;       /* parts of names; NULL: all inputs, an output of our own */
	bool wants_out;
	int pipe[2]; /* from the API's threads */
	struct us_midi_api *api;
	/* Number 0 is our own input. */
	struct us_midi_in {
		struct us_midi_ports *ports;
		struct us_midi_port *port;
		char name[US_MIDI_NAME_BYTES];
	} open[US_MIDI_PORTS];
	struct us_midi_port *output;
	char output_name[US_MIDI_NAME_BYTES];
	uint32_t outputs; /* opened so far */
};

/* Fails if there is no way to MIDI at all. */
int us_midi_ports_open(struct us_midi_ports *ports, struct us_err *err);
void us_midi_ports_close(struct us_midi_ports *ports);

/* Opens what has come. `gone` is told each input that is there no more. False: the API itself is gone (jackd has
 * ended). Then its client is in a state that nobody can rely on: leave, and let another process begin anew. */
bool us_midi_ports_look(struct us_midi_ports *ports, void (*gone)(void *context, uint8_t port), void *context);

/* The next message; false if there is none now. */
bool us_midi_ports_next(struct us_midi_ports *ports, struct us_midi_event *event);
void us_midi_ports_send(struct us_midi_ports *ports, const uint8_t *bytes, size_t count);

/* Does a name contain this part, in whatever letters? */
bool us_midi_name_has(const char *name, const char *part);

#endif
