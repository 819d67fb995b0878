/* server_jack.c — see server_jack.h. The one file of understudy-midi that knows libjack. The server's thread calls
 * process(): it reads what has come, and writes what lies in the outputs' rings; ports come to it, and are taken away
 * from it, by one atomic word each. */
#include "server_jack.h"

#include "ipc/clock.h"
#include "stream.h"

#include <jack/jack.h>
#include <jack/midiport.h>
#include <jack/ringbuffer.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/visible.h>

enum { PORTS = 24, RING_BYTES = 8192, MESSAGE_BYTES = 8, LEAVE_MS = 300 };

struct us_jack_port {
	struct us_jack *jack;
	_Atomic(jack_port_t *) port;  /* NULL: this place is free */
	_Atomic(jack_port_t *) other; /* what we connected it with; NULL: a port of our own */
	atomic_bool lost;             /* and that is gone since */
	bool input;
	us_midi_receiver *receive;
	void *context;
	struct us_midi_stream stream;
	jack_ringbuffer_t *ring; /* of an output: a length, and so many bytes */
};

struct us_jack {
	jack_client_t *client;
	atomic_bool ended;
	_Atomic uint32_t cycles;
	struct us_jack_port port[PORTS];
};

/* --- in the server's thread -------------------------------------------------------------------------------------- */

static void take(struct us_jack_port *p, jack_port_t *port, jack_nframes_t frames)
{
	void *buffer = jack_port_get_buffer(port, frames);
	const uint32_t count = jack_midi_get_event_count(buffer);
	const uint64_t now = us_now_ns();
	const uint8_t *message;
	jack_midi_event_t e;
	for (uint32_t i = 0; i < count; i++)
		for (size_t at = 0; jack_midi_event_get(&e, buffer, i) == 0 && at < e.size; at++) {
			const size_t bytes = us_midi_stream_take(&p->stream, e.buffer[at], &message);
			if (bytes)
				p->receive(p->context, now, message, bytes);
		}
}

static void give(struct us_jack_port *p, jack_port_t *port, jack_nframes_t frames)
{
	void *buffer = jack_port_get_buffer(port, frames);
	uint8_t packet[1 + MESSAGE_BYTES];
	jack_midi_clear_buffer(buffer);
	while (jack_ringbuffer_peek(p->ring, (char *)packet, 1) == 1 &&
	       jack_ringbuffer_read_space(p->ring) >= (size_t)packet[0] + 1) {
		if (jack_midi_max_event_size(buffer) < packet[0])
			break; /* in the next period */
		jack_ringbuffer_read(p->ring, (char *)packet, (size_t)packet[0] + 1);
		jack_midi_event_write(buffer, 0, packet + 1, packet[0]);
	}
}

static int process(jack_nframes_t frames, void *context)
{
	struct us_jack *j = context;
	for (struct us_jack_port *p = j->port; p < j->port + PORTS; p++) {
		jack_port_t *port = atomic_load_explicit(&p->port, memory_order_acquire); /* with what it needs */
		if (port)
			(p->input ? take : give)(p, port, frames);
	}
	atomic_fetch_add_explicit(&j->cycles, 1, memory_order_release); /* nothing of before is in use */
	return 0;
}

/* --- in another one of libjack's --------------------------------------------------------------------------------- */

static void shut_down(void *context)
{
	struct us_jack *j = context;
	atomic_store_explicit(&j->ended, true, memory_order_relaxed); /* nothing else is told with it */
}

/* A cable of one of our inputs has been pulled: a message of no bytes says so. */
static void on_cable(jack_port_id_t a, jack_port_id_t b, int connected, void *context)
{
	struct us_jack *j = context;
	if (connected)
		return;
	const jack_port_t *ends[] = {jack_port_by_id(j->client, a), jack_port_by_id(j->client, b)};
	for (struct us_jack_port *p = j->port; p < j->port + PORTS; p++) {
		const jack_port_t *port = atomic_load_explicit(&p->port, memory_order_acquire);
		if (port && p->input && (port == ends[0] || port == ends[1]))
			p->receive(p->context, us_now_ns(), NULL, 0);
	}
}

/* Another port may come by the same name before anybody has looked: the cable went with this one. */
static void on_port(jack_port_id_t id, int registered, void *context)
{
	struct us_jack *j = context;
	const jack_port_t *gone = registered ? NULL : jack_port_by_id(j->client, id);
	for (struct us_jack_port *p = j->port; gone && p < j->port + PORTS; p++)
		if (atomic_load_explicit(&p->other, memory_order_acquire) == gone)
			atomic_store_explicit(&p->lost, true, memory_order_relaxed); /* nothing else is told with it */
}

/* --- the client -------------------------------------------------------------------------------------------------- */

bool us_jack_open(struct us_jack **jack, const char *client, us_midi_receiver *receive, void *context)
{
	struct us_jack *j = calloc(1, sizeof *j);
	if (!j)
		return false;
	j->client = jack_client_open(client, JackNoStartServer, NULL);
	if (!j->client) {
		free(j);
		return false;
	}
	jack_on_shutdown(j->client, shut_down, j);
	jack_set_process_callback(j->client, process, j);
	jack_set_port_connect_callback(j->client, on_cable, j);
	jack_set_port_registration_callback(j->client, on_port, j);
	if (us_jack_listen(j, NULL, receive, context) && jack_activate(j->client) == 0) {
		*jack = j;
		return true;
	}
	us_jack_close(j);
	return false;
}

void us_jack_close(struct us_jack *j)
{
	jack_client_close(j->client); /* its threads have ended */
	for (struct us_jack_port *p = j->port; p < j->port + PORTS; p++)
		if (p->ring)
			jack_ringbuffer_free(p->ring);
	free(j);
}

bool us_jack_ended(const struct us_jack *j)
{
	return atomic_load_explicit(&j->ended, memory_order_relaxed);
}

static const char **ports_of_others(const struct us_jack *j, bool inputs)
{
	return jack_get_ports(j->client, NULL, JACK_DEFAULT_MIDI_TYPE, inputs ? JackPortIsOutput : JackPortIsInput);
}

/* Any program may call its port what it likes. */
static void shown(char to[static US_MIDI_NAME_BYTES], const char *name)
{
	snprintf(to, US_MIDI_NAME_BYTES, "%.127s", name);
	us_visible(to);
}

void us_jack_list(struct us_jack *j, bool inputs, struct us_midi_names *names)
{
	const char **all = ports_of_others(j, inputs);
	names->count = 0;
	for (const char **name = all; name && *name && names->count < US_MIDI_NAMES; name++) {
		const jack_port_t *port = jack_port_by_name(j->client, *name);
		if (port && !jack_port_is_mine(j->client, port))
			shown(names->name[names->count++], *name);
	}
	jack_free(all);
}

/* --- ports ------------------------------------------------------------------------------------------------------- */

static bool plug(struct us_jack_port *p, jack_port_t *own, const char *wanted)
{
	jack_client_t *client = p->jack->client;
	char name[US_MIDI_NAME_BYTES];
	bool done = false;
	const char **all = ports_of_others(p->jack, p->input);
	for (const char **one = all; one && *one && !done; one++) {
		shown(name, *one);
		if (strcmp(name, wanted) != 0)
			continue;
		atomic_store_explicit(&p->other, jack_port_by_name(client, *one), memory_order_release);
		done = jack_connect(client, p->input ? *one : jack_port_name(own),
		                    p->input ? jack_port_name(own) : *one) == 0;
	}
	jack_free(all);
	return done;
}

/* "in" for our own, "in-2" … for what is connected by us. */
static struct us_jack_port *add(struct us_jack *j, bool input, const char *name, us_midi_receiver *receive,
                                void *context)
{
	char own[32];
	struct us_jack_port *p = j->port;
	while (p < j->port + PORTS && atomic_load_explicit(&p->port, memory_order_relaxed))
		p++;
	if (p == j->port + PORTS)
		return NULL;
	snprintf(own, sizeof own, name ? "%s-%d" : "%s", input ? "in" : "out", (int)(p - j->port) + 1);
	p->jack = j;
	p->input = input;
	p->receive = receive;
	p->context = context;
	p->stream = (struct us_midi_stream){0};
	atomic_store_explicit(&p->other, NULL, memory_order_relaxed);
	atomic_store_explicit(&p->lost, false, memory_order_relaxed);
	if (!input && !p->ring && !(p->ring = jack_ringbuffer_create(RING_BYTES)))
		return NULL;
	if (p->ring)
		jack_ringbuffer_reset(p->ring);
	jack_port_t *port =
	    jack_port_register(j->client, own, JACK_DEFAULT_MIDI_TYPE, input ? JackPortIsInput : JackPortIsOutput, 0);
	if (!port)
		return NULL;
	atomic_store_explicit(&p->port, port, memory_order_release);
	if (!name || plug(p, port, name))
		return p;
	us_jack_port_close(p);
	return NULL;
}

struct us_jack_port *us_jack_listen(struct us_jack *j, const char *name, us_midi_receiver *receive, void *context)
{
	return add(j, true, name, receive, context);
}

struct us_jack_port *us_jack_speak(struct us_jack *j, const char *name)
{
	return add(j, false, name, NULL, NULL);
}

void us_jack_send(struct us_jack_port *p, const uint8_t *bytes, size_t count)
{
	uint8_t packet[1 + MESSAGE_BYTES] = {(uint8_t)count};
	if (count > MESSAGE_BYTES || jack_ringbuffer_write_space(p->ring) < count + 1)
		return; /* nobody takes them */
	memcpy(packet + 1, bytes, count);
	jack_ringbuffer_write(p->ring, (const char *)packet, count + 1);
}

bool us_jack_port_lost(const struct us_jack_port *p)
{
	return atomic_load_explicit(&p->lost, memory_order_relaxed);
}

/* The server's thread may be using it until it has been around once more. */
void us_jack_port_close(struct us_jack_port *p)
{
	struct us_jack *j = p->jack;
	jack_port_t *port = atomic_exchange_explicit(&p->port, NULL, memory_order_acq_rel);
	const uint32_t before = atomic_load_explicit(&j->cycles, memory_order_acquire);
	for (int ms = 0; ms < LEAVE_MS && !us_jack_ended(j); ms++) {
		if (atomic_load_explicit(&j->cycles, memory_order_acquire) - before >= 2)
			break;
		poll(NULL, 0, 1);
	}
	if (port && !us_jack_ended(j))
		jack_port_unregister(j->client, port);
}
