/* audio_jack.c — a JACK server (jackd, or PipeWire's) without PortAudio between: its period as it is and as it changes,
 * its latency, its xruns, ports with names, and their connections as they were after the server has come back. The only
 * file of the supervisor that knows libjack. No server is ever started. libjack may wait for its server in any call but
 * those that a callback may make: it is called by the main loop and by device.c's own thread only. */
#include "audio.h"
#include "connections.h"

#include <jack/jack.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NAME_TRIES = 40, NAME_PAUSE_MS = 25, TURN_MS = 200, RESTORE_MS = 30000 };

struct us_audio {
	struct us_player *player;
	jack_client_t *client;
	jack_port_t *out[US_CHANNELS], *in[US_CHANNELS]; /* in: NULL without an input */
	uint32_t ticket, rate;
	_Atomic uint32_t frames; /* its period */
	_Atomic uint64_t xruns;
	_Atomic bool gone; /* the server has said good-bye */
	bool started, hears;
	char device[128], input[128];      /* clients to connect to, "" for the first that is physical */
	struct us_connections connections; /* the connections that are wanted back */
	struct us_connections seen;        /* at the last look */
	uint64_t started_ns, looked_ns, base_xruns;
	float played[US_MAX_FRAMES * US_CHANNELS], heard[US_MAX_FRAMES * US_CHANNELS];
};

/* --- callbacks: libjack's threads ------------------------------------------------------------------------------- */

static int process(jack_nframes_t frames, void *context)
{
	struct us_audio *a = context;
	const float *in[US_CHANNELS];
	float *out[US_CHANNELS];
	us_player_expect(a->player, a->ticket, frames);
	atomic_store_explicit(&a->frames, frames, memory_order_relaxed);
	for (int ch = 0; ch < US_CHANNELS; ch++) {
		out[ch] = jack_port_get_buffer(a->out[ch], frames);
		in[ch] = a->hears ? jack_port_get_buffer(a->in[ch], frames) : NULL;
	}
	for (jack_nframes_t from = 0, n; from < frames; from += n) { /* a period longer than may be: in pieces */
		n = frames - from < US_MAX_FRAMES ? frames - from : US_MAX_FRAMES;
		for (jack_nframes_t i = 0; a->hears && i < n; i++)
			for (int ch = 0; ch < US_CHANNELS; ch++)
				a->heard[i * US_CHANNELS + ch] = in[ch][from + i];
		us_player_process(a->player, a->ticket, a->hears ? a->heard : NULL, a->played, n);
		for (jack_nframes_t i = 0; i < n; i++)
			for (int ch = 0; ch < US_CHANNELS; ch++)
				out[ch][from + i] = a->played[i * US_CHANNELS + ch];
	}
	return 0;
}

/* Before the first call with the new period: so much the sooner can the workers begin. */
static int resize(jack_nframes_t frames, void *context)
{
	struct us_audio *a = context;
	us_player_expect(a->player, a->ticket, frames);
	atomic_store_explicit(&a->frames, frames, memory_order_relaxed);
	return 0;
}

static int count_xrun(void *context)
{
	struct us_audio *a = context;
	atomic_fetch_add_explicit(&a->xruns, 1, memory_order_relaxed);
	return 0;
}

static void shut_down(void *context)
{
	struct us_audio *a = context;
	atomic_store_explicit(&a->gone, true, memory_order_release);
}

/* From a frame that is heard to the frame in which it sounds, or from the moment to what is decided in it. */
static jack_nframes_t own_latency(const struct us_audio *a)
{
	const uint32_t frames = atomic_load_explicit(&a->frames, memory_order_relaxed);
	const uint32_t rest = a->hears && frames % US_BLOCK; /* see give_ear */
	return (us_player_blocks_ahead(a->player->clock, frames) + rest) * US_BLOCK;
}

static void tell_latency(jack_latency_callback_mode_t mode, void *context)
{
	struct us_audio *a = context;
	for (int ch = 0; ch < US_CHANNELS; ch++) {
		jack_port_t *from = mode == JackCaptureLatency ? a->in[ch] : a->out[ch];
		jack_port_t *to = mode == JackCaptureLatency ? a->out[ch] : a->in[ch];
		jack_latency_range_t range = {0, 0};
		if (!to)
			continue;
		if (from)
			jack_port_get_latency_range(from, mode, &range);
		range.min += own_latency(a);
		range.max += own_latency(a);
		jack_port_set_latency_range(to, mode, &range);
	}
}

/* --- ports and connections ---------------------------------------------------------------------------------------- */

static void quiet(const char *text)
{
	(void)text;
}

/* What libjack has to say is said by us, where somebody can act on it. */
static void silence_library(void)
{
	setenv("JACK_NO_START_SERVER", "1", 1);
	setenv("PIPEWIRE_DEBUG", "0", 0);
	jack_set_error_function(quiet);
	jack_set_info_function(quiet);
}

static bool is_audio(jack_client_t *client, const char *port)
{
	const jack_port_t *p = jack_port_by_name(client, port);
	const char *type = p ? jack_port_type(p) : NULL;
	return type && strcmp(type, JACK_DEFAULT_AUDIO_TYPE) == 0;
}

static bool is_of(const char *port, const char *client)
{
	const size_t length = strlen(client);
	return strncmp(port, client, length) == 0 && port[length] == ':';
}

/* The ports of a client that play (or hear); "" for those of a device. At most US_CHANNELS; returns how many. */
static int ports_of(jack_client_t *client, const char *wanted, bool input, char name[US_CHANNELS][US_PORT_BYTES])
{
	const unsigned long flags = (input ? JackPortIsOutput : JackPortIsInput) | (*wanted ? 0 : JackPortIsPhysical);
	const char **all = jack_get_ports(client, NULL, JACK_DEFAULT_AUDIO_TYPE, flags);
	const char *first = NULL;
	int count = 0;
	for (int i = 0; all && all[i] && count < US_CHANNELS; i++) {
		if (*wanted ? !is_of(all[i], wanted) : jack_port_is_mine(client, jack_port_by_name(client, all[i])))
			continue;
		if (first && strncmp(all[i], first, strcspn(first, ":") + 1) != 0)
			continue; /* the other side of another device */
		first = first ? first : all[i];
		snprintf(name[count++], US_PORT_BYTES, "%s", all[i]);
	}
	if (all)
		jack_free(all);
	return count;
}

/* A client by its whole name, or the only one whose name contains the text; with ports of that direction. */
static bool find_client(jack_client_t *client, const char *text, bool input, char found[static 128])
{
	const char **all =
	    jack_get_ports(client, NULL, JACK_DEFAULT_AUDIO_TYPE, input ? JackPortIsOutput : JackPortIsInput);
	bool exact = false, several = false;
	found[0] = 0;
	for (int i = 0; all && all[i] && !exact; i++) {
		char name[128];
		snprintf(name, sizeof name, "%.*s", (int)strcspn(all[i], ":"), all[i]);
		exact = strcmp(name, text) == 0;
		if (!exact && (!strstr(name, text) || strcmp(name, found) == 0))
			continue;
		several = !exact && (several || found[0]);
		strcpy(found, name);
	}
	if (all)
		jack_free(all);
	return found[0] && !several;
}

static void connect_to(struct us_audio *a, bool input)
{
	char port[US_CHANNELS][US_PORT_BYTES];
	const int count = ports_of(a->client, input ? a->input : a->device, input, port);
	for (int ch = 0; count && ch < US_CHANNELS; ch++) {
		const char *theirs = port[ch < count ? ch : 0];
		if (input)
			jack_connect(a->client, theirs, jack_port_name(a->in[ch]));
		else
			jack_connect(a->client, jack_port_name(a->out[ch]), theirs);
	}
}

/* Those of our ports, as "out_1" and the name of the other one. */
static void read_connections(const struct us_audio *a, struct us_connections *w)
{
	*w = (struct us_connections){.known = 1};
	for (int i = 0; i < 2 * US_CHANNELS; i++) {
		const jack_port_t *port = i < US_CHANNELS ? a->out[i] : a->in[i - US_CHANNELS];
		const char **peers = port ? jack_port_get_connections(port) : NULL;
		for (int n = 0; peers && peers[n]; n++)
			us_connections_add(w, jack_port_short_name(port), peers[n]);
		if (peers)
			jack_free(peers);
	}
}

/* True when all are there that were wanted. */
static bool restore_connections(struct us_audio *a)
{
	bool all = true;
	for (uint32_t i = 0; i < a->connections.count; i++) {
		const struct us_connection *w = &a->connections.list[i];
		for (int ch = 0; ch < US_CHANNELS; ch++) {
			if (strcmp(w->ours, jack_port_short_name(a->out[ch])) == 0) {
				if (!jack_port_connected_to(a->out[ch], w->theirs))
					all &= is_audio(a->client, w->theirs) &&
					       !jack_connect(a->client, jack_port_name(a->out[ch]), w->theirs);
			} else if (a->in[ch] && strcmp(w->ours, jack_port_short_name(a->in[ch])) == 0) {
				if (!jack_port_connected_to(a->in[ch], w->theirs))
					all &= is_audio(a->client, w->theirs) &&
					       !jack_connect(a->client, w->theirs, jack_port_name(a->in[ch]));
			}
		}
	}
	return all;
}

/* --- the five functions of a back end -------------------------------------------------------------------------------
 */

/* Our predecessor's name is free as soon as the server has seen that it is dead. */
static jack_client_t *join(const char *name)
{
	const struct timespec pause = {.tv_nsec = NAME_PAUSE_MS * 1000000L};
	jack_status_t status = 0;
	silence_library();
	for (int i = 0; i < NAME_TRIES; i++) {
		jack_client_t *client = jack_client_open(name, JackNoStartServer | JackUseExactName, &status);
		if (client || !(status & JackNameNotUnique))
			return client;
		nanosleep(&pause, NULL);
	}
	return jack_client_open(name, JackNoStartServer, &status);
}

static int add_ports(struct us_audio *a, struct us_err *err)
{
	for (int ch = 0; ch < US_CHANNELS; ch++) {
		char name[16];
		snprintf(name, sizeof name, "out_%d", ch + 1);
		a->out[ch] = jack_port_register(a->client, name, JACK_DEFAULT_AUDIO_TYPE,
		                                JackPortIsOutput | JackPortIsTerminal, 0);
		snprintf(name, sizeof name, "in_%d", ch + 1);
		if (a->hears)
			a->in[ch] = jack_port_register(a->client, name, JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
		if (!a->out[ch] || (a->hears && !a->in[ch]))
			return us_fail(err, "JACK has no ports left");
	}
	return US_OK;
}

static int refuse(struct us_audio *a, const char *wanted, bool input, struct us_err *err)
{
	char names[160] = "", last[128] = "";
	const char **all =
	    jack_get_ports(a->client, NULL, JACK_DEFAULT_AUDIO_TYPE, input ? JackPortIsOutput : JackPortIsInput);
	for (int i = 0; all && all[i]; i++) {
		char name[128];
		const size_t used = strlen(names);
		snprintf(name, sizeof name, "%.*s", (int)strcspn(all[i], ":"), all[i]);
		if (strcmp(name, last) != 0)
			snprintf(names + used, sizeof names - used, "%s'%s'", used ? ", " : "", name);
		strcpy(last, name);
	}
	if (all)
		jack_free(all);
	return us_fail(err, "JACK has no %s device '%s'; there is %s", input ? "input" : "output", wanted,
	               names[0] ? names : "none");
}

static int choose_clients(struct us_audio *a, const struct us_audio_config *config, struct us_err *err)
{
	if (*config->device && !find_client(a->client, config->device, false, a->device))
		return refuse(a, config->device, false, err);
	if (config->input && *config->input && !find_client(a->client, config->input, true, a->input))
		return refuse(a, config->input, true, err);
	return US_OK;
}

static int prepare(struct us_audio *a, const struct us_audio_config *config, struct us_err *err)
{
	a->rate = jack_get_sample_rate(a->client);
	atomic_store(&a->frames, jack_get_buffer_size(a->client));
	if (a->rate != config->rate)
		return us_fail(err, "JACK runs at %u frames per second, and the session at %u", a->rate, config->rate);
	/* After a restart of the server the device's ports may come later than the server. */
	if (!(config->connections && config->connections->known) && choose_clients(a, config, err))
		return US_FAILED;
	jack_set_process_callback(a->client, process, a);
	jack_set_buffer_size_callback(a->client, resize, a);
	jack_set_xrun_callback(a->client, count_xrun, a);
	jack_set_latency_callback(a->client, tell_latency, a);
	jack_on_shutdown(a->client, shut_down, a);
	return add_ports(a, err);
}

static int open_device(struct us_audio **audio, const struct us_audio_config *config, struct us_player *player,
                       struct us_err *err)
{
	struct us_audio *a = calloc(1, sizeof *a);
	if (!a)
		return us_fail(err, "no memory for the audio device");
	a->player = player;
	a->ticket = config->ticket;
	a->hears = config->input != NULL;
	if (config->connections)
		a->connections = *config->connections;
	a->client = join(config->client);
	if (!a->client) {
		free(a);
		return us_fail(err, "no JACK server answers");
	}
	if (prepare(a, config, err)) {
		jack_client_close(a->client);
		free(a);
		return US_FAILED;
	}
	*audio = a;
	return US_OK;
}

static int start(struct us_audio *a, struct us_err *err)
{
	if (jack_activate(a->client))
		return us_fail(err, "JACK does not let us play");
	a->started = true;
	if (a->connections.known)
		return US_OK; /* turn() brings them back */
	connect_to(a, false);
	if (a->hears)
		connect_to(a, true);
	return US_OK;
}

static void stop(struct us_audio *a)
{
	if (a->started && !atomic_load(&a->gone))
		jack_deactivate(a->client);
	a->started = false;
}

static void close_device(struct us_audio *a)
{
	stop(a);
	if (!atomic_load(&a->gone))
		jack_client_close(a->client);
	free(a);
}

static void describe(const struct us_audio *a, char name[static 128], uint32_t *frames, uint32_t *latency_us)
{
	char port[US_CHANNELS][US_PORT_BYTES];
	jack_latency_range_t range = {0, 0};
	uint32_t latency = 0;
	*frames = atomic_load_explicit(&a->frames, memory_order_relaxed);
	for (int ch = 0; ch < US_CHANNELS; ch++) {
		jack_port_get_latency_range(a->out[ch], JackPlaybackLatency, &range);
		latency = range.max > latency ? range.max : latency;
	}
	const int count = ports_of(a->client, a->device, false, port);
	if (!latency && count && !a->started) { /* what it will be connected to */
		jack_port_get_latency_range(jack_port_by_name(a->client, port[0]), JackPlaybackLatency, &range);
		latency = range.max;
	}
	*latency_us = (uint32_t)(1000000ull * latency / a->rate);
	snprintf(name, 128, "%.*s (JACK)", count ? (int)strcspn(port[0], ":") : 10, count ? port[0] : "no outputs");
}

/* What the board says of the connections is what is wanted back after a restart of the server: it changes only when all
 * that was wanted is back, or has been waited for, and when two looks agree; a server that dies takes its ports one by
 * one. */
static void follow_connections(struct us_audio *a, struct us_connections *board, uint64_t now_ns)
{
	if (a->connections.known && now_ns - a->started_ns < RESTORE_MS * 1000000ull && !restore_connections(a))
		return;
	a->connections.known = 0;
	struct us_connections now;
	read_connections(a, &now);
	if (us_connections_equal(&now, &a->seen) && !us_connections_equal(&now, board) && !atomic_load(&a->gone))
		us_connections_publish(board, &now);
	a->seen = now;
}

static bool turn(struct us_audio *a, struct us_board *board, uint64_t now_ns)
{
	if (atomic_load_explicit(&a->gone, memory_order_acquire))
		return false;
	a->started_ns = a->started_ns ? a->started_ns : now_ns;
	const uint64_t xruns = atomic_load_explicit(&a->xruns, memory_order_relaxed);
	atomic_fetch_add_explicit(&board->device_xruns, xruns - a->base_xruns, memory_order_relaxed);
	a->base_xruns = xruns;
	if (now_ns - a->looked_ns < TURN_MS * 1000000ull)
		return true;
	a->looked_ns = now_ns;
	follow_connections(a, &board->connections, now_ns);
	char name[128];
	uint32_t frames, latency;
	describe(a, name, &frames, &latency);
	atomic_store(&board->device_latency_us, latency);
	return true;
}

const struct us_audio_backend us_audio_jack = {
    .open = open_device, .start = start, .stop = stop, .close = close_device, .describe = describe, .turn = turn};

bool us_jack_probe(const char *device, uint32_t *rate)
{
	char found[128];
	jack_status_t status;
	silence_library();
	jack_client_t *client = jack_client_open("understudy-probe", JackNoStartServer, &status);
	if (!client)
		return false;
	const bool has = !*device || find_client(client, device, false, found);
	*rate = jack_get_sample_rate(client);
	jack_client_close(client);
	return has;
}
