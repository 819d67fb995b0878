/* osc_liblo.c — see osc.h. The only file of this program that includes lo/lo.h. */
#include "osc.h"

#include <lo/lo.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/record.h>
#include <unistd.h>

struct us_osc {
	lo_server server;
	us_osc_take *take; /* of the packet that is being decoded */
	void *context;
};

/* liblo's handler for errors knows no context; the return value of the dispatch says what we need. */
static void ignore_error(int number, const char *message, const char *where)
{
	(void)number, (void)message, (void)where;
}

/* An argument lies where it lay in the packet, at a multiple of 4: it is copied, not looked at. */
static struct us_arg read_argument(char type, const lo_arg *a)
{
	union {
		int32_t i;
		int64_t h;
		float f;
		double d;
		char c;
	} v;
	switch (type) {
	case LO_INT32:
		memcpy(&v.i, a, sizeof v.i);
		return (struct us_arg){.type = 'i', .i = v.i};
	case LO_INT64:
		memcpy(&v.h, a, sizeof v.h);
		return (struct us_arg){.type = 'i', .i = v.h};
	case LO_CHAR: /* in host order it is the first byte of the four */
		memcpy(&v.c, a, sizeof v.c);
		return (struct us_arg){.type = 'i', .i = v.c};
	case LO_FLOAT:
		memcpy(&v.f, a, sizeof v.f);
		return (struct us_arg){.type = 'd', .d = (double)v.f};
	case LO_DOUBLE:
		memcpy(&v.d, a, sizeof v.d);
		return (struct us_arg){.type = 'd', .d = v.d};
	case LO_STRING:
	case LO_SYMBOL:
		return (struct us_arg){.type = 's', .s = (const char *)a};
	default: /* T F N I carry no value; blobs, time tags and MIDI are refused by whoever wants a number */
		return (struct us_arg){.type = type};
	}
}

/* Of more arguments than a command can have the first are kept: no address takes as many, so it is refused in words. */
static int handle(const char *path, const char *types, lo_arg **argv, int argc, lo_message message, void *user)
{
	struct us_osc *osc = user;
	struct us_command command = {.address = path, .at = US_NOW};
	command.argc = argc < US_COMMAND_ARGS ? (uint32_t)argc : US_COMMAND_ARGS;
	for (uint32_t i = 0; i < command.argc; i++)
		command.arg[i] = read_argument(types[i], argv[i]);
	lo_timetag t = lo_message_get_timestamp(message);
	osc->take(osc->context, &command, (uint64_t)t.sec << 32 | t.frac);
	return 0;
}

int us_osc_open(struct us_osc **osc, struct us_err *err)
{
	char directory[] = "/dev/shm/understudy-XXXXXX", path[64];
	struct us_osc *o = calloc(1, sizeof *o);
	if (!o || !mkdtemp(directory)) {
		free(o);
		return us_fail(err, "cannot make a directory in /dev/shm, which liblo needs for a moment");
	}
	snprintf(path, sizeof path, "%s/osc", directory);
	o->server = lo_server_new_with_proto(path, LO_UNIX, ignore_error);
	unlink(path);
	rmdir(directory);
	if (!o->server || !lo_server_add_method(o->server, NULL, NULL, handle, o)) {
		us_osc_close(o);
		return us_fail(err, "liblo cannot make its server");
	}
	lo_server_enable_queue(o->server, 0, 1);
	*osc = o;
	return US_OK;
}

void us_osc_close(struct us_osc *o)
{
	if (o && o->server)
		lo_server_free(o->server);
	free(o);
}

int us_osc_decode(struct us_osc *o, void *packet, size_t bytes, us_osc_take *take, void *context, struct us_err *err)
{
	const char *p = packet;
	o->take = take;
	o->context = context;
	if (bytes == 0)
		return us_fail(err, "an empty packet; OSC begins with / or #bundle");
	if (bytes % 4 != 0)
		return us_fail(err, "not OSC: its size, %zu bytes, is no multiple of 4", bytes);
	if (p[0] != '/' && memcmp(p, "#bun", 4) != 0)
		return us_fail(err, "not OSC: a packet begins with / or #bundle");
	if (lo_server_dispatch_data(o->server, packet, bytes) < 0)
		return us_fail(err,
		               "malformed OSC: an address, then types like ,if padded to 4 bytes, then the arguments");
	return US_OK;
}

static int add(lo_message m, const struct us_arg *a)
{
	switch (a->type) {
	case 'i':
		return a->i >= INT32_MIN && a->i <= INT32_MAX ? lo_message_add_int32(m, (int32_t)a->i)
		                                              : lo_message_add_int64(m, a->i);
	case 'h':
		return lo_message_add_int64(m, a->i);
	case 'd':
		return (double)(float)a->d == a->d ? lo_message_add_float(m, (float)a->d)
		                                   : lo_message_add_double(m, a->d);
	case 's':
		return lo_message_add_string(m, a->s);
	case 'T':
		return lo_message_add_true(m);
	case 'F':
		return lo_message_add_false(m);
	default:
		return lo_message_add_nil(m);
	}
}

size_t us_osc_encode(const struct us_command *command, void *to, size_t room)
{
	size_t bytes = 0;
	lo_message m = lo_message_new();
	int failed = !m;
	for (uint32_t i = 0; i < command->argc && !failed; i++)
		failed = add(m, &command->arg[i]);
	if (!failed && lo_message_length(m, command->address) <= room)
		lo_message_serialise(m, command->address, to, &bytes);
	if (m)
		lo_message_free(m);
	return bytes;
}
