/* ports.c — see ports.h. */
#include "ports.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <understudy/letters.h>
#include <unistd.h>

bool us_midi_name_has(const char *name, const char *part)
{
	const size_t n = strlen(part);
	for (; strlen(name) >= n; name++)
		if (us_same_letters(name, part, n))
			return true;
	return false;
}

/* In a thread of the API's. Full (this process is stopped, or the machine is) means that it is lost. */
static void receive(void *context, uint64_t now_ns, const uint8_t *bytes, size_t count)
{
	const struct us_midi_in *in = context;
	struct us_midi_event e = {.now_ns = now_ns, .port = (uint8_t)(in - in->ports->open), .count = (uint8_t)count};
	if (count > sizeof e.bytes)
		return;
	if (count)
		memcpy(e.bytes, bytes, count);
	if (write(in->ports->pipe[1], &e, sizeof e) < 0)
		return;
}

static int open_api(struct us_midi_ports *p, struct us_err *err)
{
	if (us_midi_api_open(&p->api, p->which, p->client, receive, &p->open[0], err)) {
		p->api = NULL;
		return US_FAILED;
	}
	if (p->wants_out && !p->out && us_midi_port_speak(&p->output, p->api, NULL, err)) {
		us_midi_api_close(p->api);
		p->api = NULL;
		return US_FAILED;
	}
	fprintf(stderr, "understudy-midi: listens on %s as %s:in\n", us_midi_api_name(p->api), p->client);
	return US_OK;
}

int us_midi_ports_open(struct us_midi_ports *p, struct us_err *err)
{
	if (pipe2(p->pipe, O_CLOEXEC | O_NONBLOCK))
		return us_fail(err, "no pipe for MIDI: %s", strerror(errno));
	for (uint32_t i = 0; i < US_MIDI_PORTS; i++)
		p->open[i].ports = p;
	return open_api(p, err);
}

static void close_all(struct us_midi_ports *p)
{
	for (uint32_t i = 0; i < US_MIDI_PORTS; i++) {
		if (p->open[i].port)
			us_midi_port_close(p->open[i].port);
		p->open[i].port = NULL;
	}
	if (p->output)
		us_midi_port_close(p->output);
	p->output = NULL;
	if (p->api)
		us_midi_api_close(p->api);
	p->api = NULL;
}

void us_midi_ports_close(struct us_midi_ports *p)
{
	close_all(p);
	close(p->pipe[0]);
	close(p->pipe[1]);
}

static bool is_there(const struct us_midi_names *names, const char *name)
{
	for (uint32_t i = 0; i < names->count; i++)
		if (strcmp(names->name[i], name) == 0)
			return true;
	return false;
}

static bool is_open(const struct us_midi_ports *p, const char *name)
{
	for (uint32_t i = 0; i < US_MIDI_PORTS; i++)
		if (p->open[i].port && strcmp(p->open[i].name, name) == 0)
			return true;
	return false;
}

static struct us_midi_in *free_place(struct us_midi_ports *p)
{
	for (uint32_t i = 1; i < US_MIDI_PORTS; i++)
		if (!p->open[i].port)
			return &p->open[i];
	return NULL;
}

static void look_at_inputs(struct us_midi_ports *p, const struct us_midi_names *names,
                           void (*gone)(void *context, uint8_t port), void *context)
{
	for (uint32_t i = 1; i < US_MIDI_PORTS; i++) {
		struct us_midi_in *in = &p->open[i];
		if (!in->port || (is_there(names, in->name) && !us_midi_port_lost(in->port)))
			continue;
		us_midi_port_close(in->port);
		in->port = NULL;
		fprintf(stderr, "understudy-midi: %s is gone\n", in->name);
		gone(context, (uint8_t)i);
	}
	for (uint32_t i = 0; i < names->count; i++) {
		struct us_midi_in *in = free_place(p);
		if (!in || is_open(p, names->name[i]) || (p->in && !us_midi_name_has(names->name[i], p->in)))
			continue;
		strcpy(in->name, names->name[i]);
		if (us_midi_port_listen(&in->port, p->api, in->name, receive, in, NULL) == US_OK)
			fprintf(stderr, "understudy-midi: listens to %s\n", in->name);
	}
}

static void look_at_outputs(struct us_midi_ports *p, const struct us_midi_names *names)
{
	if (p->output && (!is_there(names, p->output_name) || us_midi_port_lost(p->output))) {
		us_midi_port_close(p->output);
		p->output = NULL;
		fprintf(stderr, "understudy-midi: %s is gone\n", p->output_name);
	}
	for (uint32_t i = 0; i < names->count && !p->output; i++) {
		if (!us_midi_name_has(names->name[i], p->out))
			continue;
		strcpy(p->output_name, names->name[i]);
		if (us_midi_port_speak(&p->output, p->api, p->output_name, NULL) == US_OK) {
			p->outputs++;
			fprintf(stderr, "understudy-midi: sends to %s\n", p->output_name);
		}
	}
}

bool us_midi_ports_look(struct us_midi_ports *p, void (*gone)(void *context, uint8_t port), void *context)
{
	struct us_midi_names names;
	if (!us_midi_api_list(p->api, true, &names)) {
		fprintf(stderr, "understudy-midi: %s has ended; waiting for it\n", us_midi_api_name(p->api));
		for (uint8_t i = 0; i < US_MIDI_PORTS; i++)
			gone(context, i);
		return false;
	}
	look_at_inputs(p, &names, gone, context);
	if (p->out && us_midi_api_list(p->api, false, &names))
		look_at_outputs(p, &names);
	return true;
}

bool us_midi_ports_next(struct us_midi_ports *p, struct us_midi_event *event)
{
	return read(p->pipe[0], event, sizeof *event) == sizeof *event;
}

void us_midi_ports_send(struct us_midi_ports *p, const uint8_t *bytes, size_t count)
{
	if (p->output)
		us_midi_port_send(p->output, bytes, count);
}
