/* port_rtmidi.c — see port.h. The one file that knows RtMidi (its C interface), which does ALSA; JACK is read directly
 * (server_jack.h). Three of its habits are met here: it
 * and the libraries below it write to stderr whatever they like, so they are silenced while they are called; the text
 * of an error it gives has been freed already, so only the flag is read; and it knows ports by number, so that each
 * number is looked up by name right before it is used. */
#include "ipc/clock.h"
#include "port.h"
#include "server_jack.h"

#include <fcntl.h>
#include <rtmidi/rtmidi_c.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/visible.h>
#include <unistd.h>

enum { QUEUE = 256, MESSAGE_BYTES = 8, CLIENT_BYTES = 64 };

struct us_midi_port {
	struct us_jack_port *jack; /* NULL: it is RtMidi's */
	RtMidiPtr device;
	bool input;
	us_midi_receiver *receive;
	void *context;
};

struct us_midi_api {
	struct us_jack *jack; /* NULL: it is ALSA, and what follows */
	char client[CLIENT_BYTES];
	struct us_midi_port *own;
	RtMidiPtr outs; /* to ask for names, with no port open */
};

/* --- silence --------------------------------------------------------------------------------------------------------
 */

static int hush(void)
{
	const int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	fflush(stderr);
	if (kept >= 0 && null >= 0)
		dup2(null, STDERR_FILENO);
	if (null >= 0)
		close(null);
	return kept;
}

static void speak_again(int kept)
{
	if (kept < 0)
		return;
	dup2(kept, STDERR_FILENO);
	close(kept);
}

/* --- devices --------------------------------------------------------------------------------------------------------
 */

static void release(RtMidiPtr device, bool input)
{
	if (device && device->ptr && input)
		rtmidi_in_free(device);
	else if (device && device->ptr)
		rtmidi_out_free(device);
}

static RtMidiPtr make(const struct us_midi_api *api, bool input)
{
	RtMidiPtr d = input ? rtmidi_in_create(RTMIDI_API_LINUX_ALSA, api->client, QUEUE)
	                    : rtmidi_out_create(RTMIDI_API_LINUX_ALSA, api->client);
	return d && d->ok && d->ptr ? d : NULL; /* what failed has no inside that could be freed */
}

static bool is_ours(const struct us_midi_api *api, const char *name)
{
	return strncmp(name, api->client, strlen(api->client)) == 0;
}

/* Names without the numbers that ALSA puts behind them: "nanoKEY:nanoKEY MIDI 1 20:0". */
static void trim(char *name)
{
	char *end = strrchr(name, ' ');
	if (end && end[1 + strspn(end + 1, "0123456789:")] == 0 && strchr(end, ':'))
		*end = 0;
}

static bool name_of(RtMidiPtr device, uint32_t number, char name[static US_MIDI_NAME_BYTES])
{
	char whole[4 * US_MIDI_NAME_BYTES] = "";
	int room = sizeof whole;
	rtmidi_get_port_name(device, number, whole, &room);
	whole[sizeof whole - 1] = 0;
	trim(whole);
	snprintf(name, US_MIDI_NAME_BYTES, "%.127s", whole);
	us_visible(name); /* any program may call its port what it likes */
	return name[0] != 0;
}

static int find(RtMidiPtr device, const char *wanted)
{
	char name[US_MIDI_NAME_BYTES];
	const uint32_t count = rtmidi_get_port_count(device);
	for (uint32_t i = 0; i < count; i++)
		if (name_of(device, i, name) && strcmp(name, wanted) == 0)
			return (int)i;
	return -1;
}

/* --- ports ----------------------------------------------------------------------------------------------------------
 */

static void receive(double since, const unsigned char *bytes, size_t count, void *context)
{
	const struct us_midi_port *p = context;
	(void)since; /* each API counts it in its own way */
	if (count <= MESSAGE_BYTES)
		p->receive(p->context, us_now_ns(), bytes, count);
}

static bool connect(const struct us_midi_port *p, const char *name)
{
	const char *own = p->input ? "in" : "out";
	if (!name) {
		rtmidi_open_virtual_port(p->device, own);
		return p->device->ok;
	}
	const int number = find(p->device, name);
	if (number < 0)
		return false;
	rtmidi_open_port(p->device, (unsigned)number, own);
	return p->device->ok;
}

static struct us_midi_port *open_port(const struct us_midi_api *api, bool input, const char *name, us_midi_receiver *to,
                                      void *context)
{
	struct us_midi_port *p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	if (api->jack) {
		p->jack = input ? us_jack_listen(api->jack, name, to, context) : us_jack_speak(api->jack, name);
		if (p->jack)
			return p;
		free(p);
		return NULL;
	}
	*p = (struct us_midi_port){.device = make(api, input), .input = input, .receive = to, .context = context};
	if (p->device && input) {
		rtmidi_in_ignore_types(p->device, true, false, true);
		rtmidi_in_set_callback(p->device, receive, p);
	}
	if (p->device && connect(p, name))
		return p;
	release(p->device, input);
	free(p);
	return NULL;
}

static int open_loudly(struct us_midi_port **port, struct us_midi_api *api, bool input, const char *name,
                       us_midi_receiver *to, void *context, struct us_err *err)
{
	const int kept = hush();
	*port = open_port(api, input, name, to, context);
	speak_again(kept);
	return *port ? US_OK : us_fail(err, "cannot open the MIDI port %s", name ? name : "of our own");
}

int us_midi_port_listen(struct us_midi_port **port, struct us_midi_api *api, const char *name, us_midi_receiver *to,
                        void *context, struct us_err *err)
{
	return open_loudly(port, api, true, name, to, context, err);
}

int us_midi_port_speak(struct us_midi_port **port, struct us_midi_api *api, const char *name, struct us_err *err)
{
	return open_loudly(port, api, false, name, NULL, NULL, err);
}

void us_midi_port_send(struct us_midi_port *p, const uint8_t *bytes, size_t count)
{
	if (p->jack)
		us_jack_send(p->jack, bytes, count);
	else
		rtmidi_out_send_message(p->device, bytes, (int)count);
}

bool us_midi_port_lost(const struct us_midi_port *p)
{
	return p->jack && us_jack_port_lost(p->jack);
}

void us_midi_port_close(struct us_midi_port *p)
{
	const int kept = hush();
	if (p->jack)
		us_jack_port_close(p->jack);
	else
		release(p->device, p->input);
	speak_again(kept);
	free(p);
}

/* --- the API --------------------------------------------------------------------------------------------------------
 */

static void close_one(struct us_midi_api *a)
{
	if (a->own)
		release(a->own->device, true);
	free(a->own);
	release(a->outs, false);
	if (a->jack)
		us_jack_close(a->jack);
	a->own = NULL;
	a->outs = NULL;
	a->jack = NULL;
}

typedef bool opener(struct us_midi_api *api, us_midi_receiver *to, void *context);

/* Our own port first: it is the one that has the name itself. */
static bool open_alsa(struct us_midi_api *a, us_midi_receiver *to, void *context)
{
	a->own = open_port(a, true, NULL, to, context);
	a->outs = a->own ? make(a, false) : NULL;
	if (a->outs)
		return true;
	close_one(a);
	return false;
}

static bool open_jack(struct us_midi_api *a, us_midi_receiver *to, void *context)
{
	return us_jack_open(&a->jack, a->client, to, context);
}

int us_midi_api_open(struct us_midi_api **result, const char *which, const char *client, us_midi_receiver *to,
                     void *context, struct us_err *err)
{
	static const struct {
		const char *name;
		opener *open;
	} kinds[] = {{"alsa", open_alsa}, {"jack", open_jack}};
	struct us_midi_api *a = calloc(1, sizeof *a);
	if (!a)
		return us_fail(err, "no memory for MIDI");
	setenv("JACK_NO_START_SERVER", "1", 1); /* who wants a server starts one */
	const int kept = hush();
	bool open = false;
	snprintf(a->client, sizeof a->client, "%s", client);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && !open; i++) {
		if (strcmp(which, "auto") != 0 && strcmp(which, kinds[i].name) != 0)
			continue;
		open = kinds[i].open(a, to, context);
	}
	speak_again(kept);
	*result = a;
	if (open)
		return US_OK;
	free(a);
	return us_fail(err, "no MIDI here:%s%s; right would be %s",
	               strcmp(which, "jack") == 0 ? "" : " ALSA has no sequencer (/dev/snd/seq)",
	               strcmp(which, "alsa") == 0   ? ""
	               : strcmp(which, "jack") == 0 ? " no JACK server runs"
	                                            : ", and no JACK server runs",
	               strcmp(which, "alsa") == 0   ? "modprobe snd-seq, as root, or --api jack"
	               : strcmp(which, "jack") == 0 ? "jackd -d alsa (or -d dummy), or PipeWire's pw-jack"
	                                            : "modprobe snd-seq, as root, or jackd -d alsa (or -d dummy)");
}

void us_midi_api_close(struct us_midi_api *a)
{
	const int kept = hush();
	close_one(a);
	speak_again(kept);
	free(a);
}

const char *us_midi_api_name(const struct us_midi_api *a)
{
	return a->jack ? "JACK" : "ALSA";
}

bool us_midi_api_list(struct us_midi_api *a, bool inputs, struct us_midi_names *names)
{
	if (a->jack && us_jack_ended(a->jack))
		return false;
	if (a->jack) {
		us_jack_list(a->jack, inputs, names);
		return true;
	}
	RtMidiPtr device = inputs ? a->own->device : a->outs;
	const int kept = hush();
	const uint32_t count = rtmidi_get_port_count(device);
	names->count = 0;
	for (uint32_t i = 0; i < count && names->count < US_MIDI_NAMES; i++) {
		char *name = names->name[names->count];
		names->count += name_of(device, i, name) && !is_ours(a, name);
	}
	speak_again(kept);
	return true;
}
