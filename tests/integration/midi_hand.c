/* midi_hand NAME — a keyboard and a pair of ears on the JACK server, for the tests of understudy midi. Port NAME:keys
 * says what it is told on standard input, a line at a time:
 *
 *   90 3c 64                     these bytes, now
 *   wait 250                     so many milliseconds
 *   clock 120 480 1.0            so many ticks of MIDI clock at a tempo, each up to so many ms early or late
 *   again                        as a plug that is pulled and put in again at once does
 *   quit                         as pulling the plug does
 *
 * Audio port NAME:mic prints "MICROSECONDS 00" whenever the signal rises above 0.2. Port NAME:ears prints what it hears
 * on standard output: "MICROSECONDS BYTES…". */
#include <jack/jack.h>
#include <jack/midiport.h>
#include <jack/ringbuffer.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct event {
	double frame; /* of the server's */
	unsigned char count, bytes[7];
};

static jack_client_t *client;
static jack_port_t *keys, *ears, *mic;
static jack_ringbuffer_t *said, *heard;

static void speak(jack_nframes_t frames, double begin)
{
	void *out = jack_port_get_buffer(keys, frames);
	struct event e;
	jack_midi_clear_buffer(out);
	while (jack_ringbuffer_peek(said, (char *)&e, sizeof e) == sizeof e && e.frame < begin + frames) {
		const double at = e.frame - begin;
		jack_midi_event_write(out, at > 0 ? (jack_nframes_t)at : 0, e.bytes, e.count);
		jack_ringbuffer_read_advance(said, sizeof e);
	}
}

static void listen(jack_nframes_t frames, double begin)
{
	static float before = 1;
	const float *in = jack_port_get_buffer(mic, frames);
	for (jack_nframes_t i = 0; i < frames; before = in[i++]) {
		const struct event e = {.frame = begin + i, .count = 1};
		if (in[i] > 0.2f && before <= 0.2f)
			jack_ringbuffer_write(heard, (const char *)&e, sizeof e);
	}
}

static int process(jack_nframes_t frames, void *context)
{
	const jack_nframes_t begin = jack_last_frame_time(client);
	void *in = jack_port_get_buffer(ears, frames);
	(void)context;
	speak(frames, begin);
	listen(frames, begin);
	for (uint32_t i = 0; i < jack_midi_get_event_count(in); i++) {
		jack_midi_event_t m;
		struct event e = {0};
		if (jack_midi_event_get(&m, in, i) || m.size > sizeof e.bytes)
			continue;
		e.frame = (double)begin + m.time;
		e.count = (unsigned char)m.size;
		memcpy(e.bytes, m.buffer, m.size);
		jack_ringbuffer_write(heard, (const char *)&e, sizeof e);
	}
	return 0;
}

static void print_heard(void)
{
	struct event e;
	while (jack_ringbuffer_read(heard, (char *)&e, sizeof e) == sizeof e) {
		printf("%.0f", e.frame / jack_get_sample_rate(client) * 1e6);
		for (int i = 0; i < e.count; i++)
			printf(" %02x", e.bytes[i]);
		printf("\n");
	}
	fflush(stdout);
}

static void sleep_ms(double ms)
{
	for (; ms > 0; ms -= 10) {
		const struct timespec t = {.tv_nsec = (long)((ms < 10 ? ms : 10) * 1e6)};
		nanosleep(&t, NULL);
		print_heard();
	}
}

static void say(struct event *e)
{
	while (jack_ringbuffer_write_space(said) < sizeof *e)
		sleep_ms(5);
	jack_ringbuffer_write(said, (const char *)e, sizeof *e);
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The server's time goes by its periods: on a busy machine they come late. What the tempo really was is said at the
 * end, for who judges those that follow it. */
static void play_clock(double bpm, int ticks, double jitter_ms)
{
	const double rate = jack_get_sample_rate(client), period = rate * 60 / bpm / 24, began = seconds();
	const double first = jack_frame_time(client), begin = first + rate * 0.02;
	for (int i = 0; i < ticks; i++) {
		const double late = jitter_ms * 2 * ((double)rand() / RAND_MAX - 0.5);
		struct event e = {.frame = begin + i * period + late * rate / 1000, .count = 1, .bytes = {0xf8}};
		while (e.frame - jack_frame_time(client) > rate * 0.2)
			sleep_ms(10);
		say(&e);
	}
	sleep_ms(200);
	const double speed = (jack_frame_time(client) - first) / rate / (seconds() - began);
	fprintf(stderr, "tempo %.3f\n", bpm * speed);
}

static void say_bytes(const char *line)
{
	struct event e = {0};
	unsigned byte;
	int used;
	for (; e.count < sizeof e.bytes && sscanf(line, "%2x%n", &byte, &used) == 1; line += used)
		e.bytes[e.count++] = (unsigned char)byte;
	if (e.count)
		say(&e);
}

static int plug_in(const char *name)
{
	client = jack_client_open(name, JackNoStartServer | JackUseExactName, NULL);
	if (!client)
		return fprintf(stderr, "midi_hand: no JACK server, or the name %s is taken\n", name), 1;
	keys = jack_port_register(client, "keys", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
	ears = jack_port_register(client, "ears", JACK_DEFAULT_MIDI_TYPE, JackPortIsInput, 0);
	mic = jack_port_register(client, "mic", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
	jack_set_process_callback(client, process, NULL);
	return !keys || !ears || !mic || jack_activate(client);
}

int main(int argc, char **argv)
{
	char line[256];
	double bpm, jitter, ms;
	int ticks;
	if (argc < 2)
		return fprintf(stderr, "usage: midi_hand NAME\n"), 1;
	said = jack_ringbuffer_create(64 * sizeof(struct event));
	heard = jack_ringbuffer_create(65536 * sizeof(struct event));
	if (plug_in(argv[1]))
		return 1;
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "wait %lf", &ms) == 1)
			sleep_ms(ms);
		else if (sscanf(line, "clock %lf %d %lf", &bpm, &ticks, &jitter) == 3)
			play_clock(bpm, ticks, jitter);
		else if (strncmp(line, "again", 5) == 0) {
			jack_client_close(client);
			if (plug_in(argv[1]))
				return 1;
		} else if (strncmp(line, "quit", 4) == 0)
			break;
		else
			say_bytes(line);
		print_heard();
	}
	sleep_ms(50);
	print_heard();
	jack_client_close(client);
	return 0;
}
