/* client.c — see client.h: the loop. It sleeps until a message comes, a tick is due or a second has passed. */
#include "client.h"

#include "ipc/clock.h"

#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define LOOK_NS 1000000000ull /* at ports, session and map */
#define REST_NS 100000000ull  /* at what the synth has answered */
#define WATCH_NS 2000000ull   /* at the song's place, with a clock */
#define GONE_OUT_NS 50000000  /* until the last bytes are out */

static void complain(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "understudy-midi: %s\n", text);
}

static int say(void *context, const struct us_command *command, struct us_err *err)
{
	struct us_midi_client *c = context;
	return us_synth_send(&c->synth, command, err);
}

static void send_bytes(void *context, const uint8_t *bytes, size_t count)
{
	us_midi_ports_send(context, bytes, count);
}

static bool look_at_input(void *context, const char *instance, const char *input, const struct us_input **row,
                          float *value)
{
	struct us_midi_client *c = context;
	us_synth_catch_up(&c->synth, us_now_ns());
	return c->synth.replica.engine && us_player_input(c->synth.replica.engine, instance, input, row, value);
}

/* By the map, else who was named on the command line, else the first one that takes notes. */
static void route(void *context, uint8_t channel, uint8_t key, struct us_midi_target *target)
{
	struct us_midi_client *c = context;
	const char *player = us_map_player(&c->map, channel, key);
	*target = (struct us_midi_target){0};
	if (!c->synth.replica.engine)
		return;
	us_synth_catch_up(&c->synth, us_now_ns());
	if (player || c->options->note)
		snprintf(target->instance, sizeof target->instance, "%.39s", player ? player : c->options->note);
	else
		us_player_first(c->synth.replica.engine, target->instance);
	if (target->instance[0])
		us_player_describe(c->synth.replica.engine, target);
}

static void gone(void *context, uint8_t port)
{
	struct us_midi_client *c = context;
	us_midi_notes_end(c->notes, port, US_MIDI_ANY);
}

/* Once a second. */
static void look_around(struct us_midi_client *c)
{
	if (!c->options->learn && us_synth_renew(&c->synth)) {
		us_midi_notes_forget(c->notes);
		us_clock_out_end(&c->clock_out);
		us_midi_knobs_begin(&c->knobs, &c->map);
		memset(c->bend, 0, sizeof c->bend);
	}
	us_midi_watch_map(c);
	const uint32_t outputs = c->ports.outputs;
	if (!us_midi_ports_look(&c->ports, gone, c)) {
		c->exit_code = US_EXIT_AGAIN;
		c->over = true;
	}
	if (c->ports.outputs != outputs)
		c->clock_out.runs = false;     /* who has just come is told where the song is */
	while (waitpid(-1, NULL, WNOHANG) > 0) /* those that loaded patches */
		;
}

/* Returns when there is something to do next. */
static uint64_t keep_time(struct us_midi_client *c, uint64_t now)
{
	struct us_synth_song song;
	if (c->options->clock == US_CLOCK_OFF || !c->synth.replica.engine)
		return now + REST_NS;
	us_synth_catch_up(&c->synth, now);
	us_synth_song(&c->synth, now, &song);
	if (c->options->clock == US_CLOCK_LED) {
		us_clock_in_lead(&c->clock_in, &song, now);
		return now + WATCH_NS;
	}
	const uint64_t next = us_clock_out_run(&c->clock_out, &song, now);
	return next < now + WATCH_NS ? next : now + WATCH_NS;
}

static void wait_until(struct us_midi_client *c, int signals, uint64_t ns)
{
	struct pollfd p[] = {{.fd = c->ports.pipe[0], .events = POLLIN}, {.fd = signals, .events = POLLIN}};
	const uint64_t now = us_now_ns(), wait = ns > now ? ns - now : 0;
	const struct timespec time = {.tv_sec = (time_t)(wait / 1000000000u), .tv_nsec = (long)(wait % 1000000000u)};
	if (ppoll(p, 2, &time, NULL) > 0 && p[1].revents)
		c->over = true;
}

static void loop(struct us_midi_client *c, int signals)
{
	struct us_midi_event event;
	uint64_t next_look = 0;
	while (!c->over) {
		uint64_t now = us_now_ns();
		if (now >= next_look) {
			look_around(c);
			next_look = now + LOOK_NS;
			now = us_now_ns();
		}
		const uint64_t next = keep_time(c, now);
		us_synth_hear(&c->synth);
		if (!c->over)
			wait_until(c, signals, next < next_look ? next : next_look);
		while (!c->over && us_midi_ports_next(&c->ports, &event))
			us_midi_heed(c, &event);
	}
}

static void prepare(struct us_midi_client *c, const struct us_midi_options *o, struct us_midi_notes *notes)
{
	c->options = o;
	snprintf(c->client, sizeof c->client, "understudy-%s-midi", o->session);
	c->synth = (struct us_synth){.name = o->session, .port = o->port};
	c->ports = (struct us_midi_ports){.which = o->api,
	                                  .client = c->client,
	                                  .in = o->in,
	                                  .out = o->out,
	                                  .wants_out = o->clock == US_CLOCK_LEADS && !o->learn};
	c->knobs.look = (struct us_midi_look){.input = look_at_input, .context = c};
	c->knobs.sink = say;
	c->knobs.context = c;
	c->knobs.complain = complain;
	c->notes = notes;
	notes->sink = say;
	notes->route = route;
	notes->context = c;
	c->clock_in = (struct us_clock_in){.sink = say, .context = c};
	c->clock_out = (struct us_clock_out){.send = send_bytes, .context = &c->ports};
}

int us_midi_client_run(const struct us_midi_options *o, struct us_midi_kept *kept, int signals)
{
	static struct us_midi_client client; /* too big for a stack */
	struct us_err err;
	prepare(&client, o, &kept->notes);
	if (kept->began && !o->learn) { /* what the one before has held is ended before anything of MIDI is touched */
		us_synth_renew(&client.synth);
		us_midi_notes_end(client.notes, US_MIDI_ANY, US_MIDI_ANY);
	}
	if (us_midi_ports_open(&client.ports, &err)) {
		if (!kept->began)
			fprintf(stderr, "understudy-midi: %s\n", err.text);
		return kept->began ? US_EXIT_AGAIN : 1;
	}
	kept->began = true;
	if (o->learn)
		fprintf(stderr, "understudy-midi: move the controller that shall turn %s\n", o->learn);
	else
		us_synth_renew(&client.synth);
	loop(&client, signals);
	us_midi_notes_end(client.notes, US_MIDI_ANY, US_MIDI_ANY);
	if (client.exit_code == US_EXIT_AGAIN)
		return client.exit_code;
	us_clock_out_end(&client.clock_out);
	nanosleep(&(struct timespec){.tv_nsec = GONE_OUT_NS}, NULL);
	us_midi_ports_close(&client.ports);
	us_synth_close(&client.synth);
	return client.exit_code;
}

static void print(const char *what, const struct us_midi_names *names)
{
	for (uint32_t i = 0; i < names->count; i++)
		printf("%-4s %s\n", what, names->name[i]);
}

static void ignore(void *context, uint64_t now_ns, const uint8_t *bytes, size_t count)
{
	(void)context, (void)now_ns, (void)bytes, (void)count;
}

int us_midi_client_list(const struct us_midi_options *o)
{
	static struct us_midi_names ins, outs;
	struct us_midi_api *api;
	struct us_err err;
	if (us_midi_api_open(&api, o->api, "understudy-midi-list", ignore, NULL, &err)) {
		fprintf(stderr, "understudy-midi: %s\n", err.text);
		return 1;
	}
	us_midi_api_list(api, true, &ins);
	us_midi_api_list(api, false, &outs);
	printf("%s:\n", us_midi_api_name(api));
	print("in", &ins);
	print("out", &outs);
	us_midi_api_close(api);
	return 0;
}
