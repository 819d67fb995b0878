/* jack_ear.c — a minimal JACK client, beside which a synth is judged: it plays and hears nothing of its own for some
 * seconds and counts the periods that the server did not give it in time. What it misses the machine has missed.
 *
 *   jack_ear SECONDS                            prints "missed N period P rate R"
 *   jack_ear SECONDS IN OUT                     the same; and it sends clicks to the port IN and hears the port OUT:
 *                                               "latency MEASURED reported SAID after PLAYBACK clicks N", in frames:
 * from IN to OUT as it is, as the graph says it is, and from OUT to what one hears as the device's ports say jack_ear
 * SECONDS resize FRAMES              asks the server for another period in the middle of that time
 *
 * Two clients, one that sends and one that hears, so that the graph has no cycle, which would add a period. */
#include <jack/jack.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLICKS = 256, SILENCE_MS = 700 };

static jack_client_t *sender, *hearer;
static jack_port_t *send, *hear;
static _Atomic uint32_t missed, clicks, measured_min = UINT32_MAX, measured_max;
static _Atomic uint32_t sent_at, waiting; /* a click is on its way since */
static jack_nframes_t expected, next_click, rate;
static bool begun;

static int do_send(jack_nframes_t frames, void *unused)
{
	(void)unused;
	float *out = jack_port_get_buffer(send, frames);
	const jack_nframes_t now = jack_last_frame_time(sender);
	memset(out, 0, frames * sizeof *out);
	if (begun && now != expected)
		atomic_fetch_add(&missed, 1);
	else if (begun && (int32_t)(now + frames - next_click) > 0) {
		const uint32_t at = (int32_t)(next_click - now) > 0 ? next_click - now : 0;
		out[at] = 0.9f;
		atomic_store(&sent_at, now + at);
		atomic_store(&waiting, 1);
		next_click = now + at + rate * SILENCE_MS / 1000 + 37; /* each at another place of the period */
	}
	if (!begun)
		next_click = now + rate / 4;
	begun = true;
	expected = now + frames;
	return 0;
}

static int do_hear(jack_nframes_t frames, void *unused)
{
	(void)unused;
	const float *in = jack_port_get_buffer(hear, frames);
	const jack_nframes_t now = jack_last_frame_time(hearer);
	for (jack_nframes_t i = 0; i < frames; i++) {
		if (in[i] < 0.3f || !atomic_load(&waiting))
			continue;
		const uint32_t took = now + i - atomic_load(&sent_at);
		atomic_store(&waiting, 0);
		atomic_fetch_add(&clicks, 1);
		if (took < atomic_load(&measured_min))
			atomic_store(&measured_min, took);
		if (took > atomic_load(&measured_max))
			atomic_store(&measured_max, took);
	}
	return 0;
}

static int on_resize(jack_nframes_t frames, void *unused)
{
	(void)frames, (void)unused;
	begun = false; /* the time that the change takes is nobody's */
	return 0;
}

static jack_client_t *join(const char *name, JackProcessCallback process, jack_port_t **port, const char *port_name,
                           unsigned long flags)
{
	jack_client_t *c = jack_client_open(name, JackNoStartServer, NULL);
	if (!c) {
		fprintf(stderr, "no JACK server answers\n");
		exit(1);
	}
	*port = jack_port_register(c, port_name, JACK_DEFAULT_AUDIO_TYPE, flags, 0);
	jack_set_process_callback(c, process, NULL);
	if (flags & JackPortIsOutput)
		jack_set_buffer_size_callback(c, on_resize, NULL);
	return c;
}

static uint32_t latency_of(jack_port_t *port, jack_latency_callback_mode_t mode)
{
	jack_latency_range_t range = {0, 0};
	if (port)
		jack_port_get_latency_range(port, mode, &range);
	return mode == JackCaptureLatency ? range.min : range.max; /* we are its nearest source */
}

static int connect_both(const char *in, const char *out)
{
	int failed = jack_connect(sender, jack_port_name(send), in) || jack_connect(hearer, out, jack_port_name(hear));
	if (failed)
		fprintf(stderr, "cannot connect to %s and %s\n", in, out);
	return failed;
}

int main(int argc, char **argv)
{
	const double seconds = argc > 1 ? atof(argv[1]) : 0;
	const bool resizes = argc == 4 && strcmp(argv[2], "resize") == 0, measures = argc == 4 && !resizes;
	if (seconds <= 0 || (argc != 2 && argc != 4))
		return fprintf(stderr, "usage: jack_ear SECONDS [IN OUT | resize FRAMES]\n"), 2;
	sender = join("ear-send", do_send, &send, "click", JackPortIsOutput);
	hearer = join("ear-hear", do_hear, &hear, "ear", JackPortIsInput);
	rate = jack_get_sample_rate(sender);
	if (jack_activate(sender) || jack_activate(hearer) || (measures && connect_both(argv[2], argv[3])))
		return 1;
	usleep(300000); /* the first periods of a new client may be late, and are nobody's */
	atomic_store(&missed, 0);
	usleep((useconds_t)(seconds * 5e5));
	if (resizes && jack_set_buffer_size(sender, (jack_nframes_t)atoi(argv[3])))
		return fprintf(stderr, "the server keeps its period\n"), 1;
	usleep((useconds_t)(seconds * 5e5));
	printf("missed %u period %u rate %u\n", atomic_load(&missed), jack_get_buffer_size(sender), rate);
	if (measures)
		printf("latency %u to %u reported %u after %u clicks %u\n", atomic_load(&measured_min),
		       atomic_load(&measured_max), latency_of(hear, JackCaptureLatency),
		       latency_of(jack_port_by_name(hearer, argv[3]), JackPlaybackLatency), atomic_load(&clicks));
	jack_deactivate(sender);
	jack_deactivate(hearer);
	jack_client_close(sender);
	jack_client_close(hearer);
	return 0;
}
