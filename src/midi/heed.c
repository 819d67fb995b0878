/* heed.c — what a message means: notes, knobs, pedal, bend, program, clock. */
#include "client.h"

#include "ipc/rig.h"

#include <spawn.h>
#include <string.h>

extern char **environ;

/* --- program change -------------------------------------------------------------------------------------------------
 */

/* By another program, as somebody at a prompt would: what is wrong with the patch is said by it, on stderr. */
static void load_patch(struct us_midi_client *c, uint8_t number)
{
	char program[US_PATH_BYTES];
	struct us_err err;
	pid_t pid;
	if (number >= c->map.patches) {
		fprintf(stderr,
		        "understudy-midi: program %u: the map has %u; right would be a line 'patch FILE' for it\n",
		        number + 1u, c->map.patches);
		return;
	}
	if (us_rig_program(program, "understudy", &err) && us_rig_program(program, "../../bin/understudy", &err)) {
		fprintf(stderr, "understudy-midi: %s\n", err.text);
		return;
	}
	char *argv[] = {"understudy", "load", c->map.patch[number], "--session", (char *)c->options->session, NULL};
	us_midi_notes_end(c->notes, US_MIDI_ANY, US_MIDI_ANY);
	memset(c->bend, 0, sizeof c->bend);
	if (posix_spawn(&pid, program, NULL, NULL, argv, environ))
		fprintf(stderr, "understudy-midi: cannot start %s\n", program);
}

/* --- bend -----------------------------------------------------------------------------------------------------------
 */

static void bend(struct us_midi_client *c, uint8_t channel, uint16_t value)
{
	struct us_midi_bend *b = &c->bend[channel];
	struct us_midi_target target;
	struct us_player_bend to;
	char address[sizeof "/mod//" + US_NAME_BYTES + US_MODULE_NAME_BYTES];
	c->notes->route(c->notes->context, channel, 60, &target);
	if (!c->synth.replica.engine || !us_player_bend(c->synth.replica.engine, target.instance, &to))
		return;
	if (!b->bent)
		b->base = to.now;
	b->bent = value != US_MIDI_BEND_CENTRE;
	double moved = (value - US_MIDI_BEND_CENTRE) / (value < US_MIDI_BEND_CENTRE ? 8192.0 : 8191.0) *
	               (double)c->map.bend / (to.octaves ? 12 : 1);
	snprintf(address, sizeof address, "/mod/%s/%s", to.instance, to.input);
	const struct us_command turn = {
	    .address = address, .argc = 1, .arg = {{.type = 'd', .d = (double)b->base + moved}}};
	us_synth_send(&c->synth, &turn, NULL);
}

static void unbend(struct us_midi_client *c, uint8_t channel)
{
	if (c->bend[channel].bent)
		bend(c, channel, US_MIDI_BEND_CENTRE);
}

/* --- learning -------------------------------------------------------------------------------------------------------
 */

/* The low half of a pair, or a foot: what moves first decides. */
static void learn(struct us_midi_client *c, const struct us_midi_message *m)
{
	const char *dot = strchr(c->options->learn, '.');
	char line[160];
	struct us_map_knob knob;
	struct us_err err;
	if (c->learnt || !us_midi_knobs_source(&c->knobs, m, &knob))
		return;
	snprintf(knob.instance, sizeof knob.instance, "%.*s", (int)(dot - c->options->learn), c->options->learn);
	snprintf(knob.input, sizeof knob.input, "%s", dot + 1);
	us_map_print(&knob, line);
	c->learnt = c->over = true;
	c->exit_code = us_map_write(c->options->map, &knob, &err) ? 1 : 0;
	if (c->exit_code)
		fprintf(stderr, "understudy-midi: %s\n", err.text);
	else
		printf("%s: %s\n", c->options->map, line);
}

/* --- messages -------------------------------------------------------------------------------------------------------
 */

static void panic(struct us_midi_client *c)
{
	static const struct us_command all = {.address = "/panic"};
	us_midi_notes_forget(c->notes);
	us_synth_send(&c->synth, &all, NULL);
}

static void control(struct us_midi_client *c, const struct us_midi_event *e, const struct us_midi_message *m)
{
	if (m->number == US_MIDI_CC_SOUND_OFF || m->number >= US_MIDI_CC_NOTES_OFF)
		us_midi_notes_off(c->notes, e->port, m->channel, m->number == US_MIDI_CC_SOUND_OFF);
	else if (m->number == US_MIDI_CC_RESET) {
		us_midi_notes_pedal(c->notes, e->port, m->channel, false);
		unbend(c, m->channel);
	} else if (!us_midi_knobs_take(&c->knobs, m, e->now_ns) && m->number == US_MIDI_CC_SUSTAIN)
		us_midi_notes_pedal(c->notes, e->port, m->channel, m->value >= 64);
}

static bool is_of_our_channel(const struct us_midi_client *c, const struct us_midi_message *m)
{
	return m->kind >= US_MIDI_POSITION || c->options->channel == US_MAP_EVERY || c->options->channel == m->channel;
}

void us_midi_heed(struct us_midi_client *c, const struct us_midi_event *e)
{
	struct us_midi_message m;
	if (e->count == 0) { /* its connection has been cut */
		us_midi_notes_end(c->notes, e->port, US_MIDI_ANY);
		return;
	}
	if (!us_midi_read(&m, e->bytes, e->count) || !is_of_our_channel(c, &m))
		return;
	if (c->options->learn) {
		learn(c, &m);
		return;
	}
	switch (m.kind) {
	case US_MIDI_NOTE_ON:
	case US_MIDI_NOTE_OFF:
		us_midi_notes_play(c->notes, e->port, &m);
		break;
	case US_MIDI_CONTROL:
		control(c, e, &m);
		break;
	case US_MIDI_BEND:
		if (!us_midi_knobs_take(&c->knobs, &m, e->now_ns))
			bend(c, m.channel, m.value);
		break;
	case US_MIDI_PRESSURE:
		us_midi_knobs_take(&c->knobs, &m, e->now_ns);
		break;
	case US_MIDI_PROGRAM:
		load_patch(c, m.number);
		break;
	case US_MIDI_RESET:
		panic(c);
		break;
	default:
		if (c->options->clock != US_CLOCK_LED)
			break;
		if (us_clock_in_follows(&c->clock_in, e->port, &m, e->now_ns))
			us_clock_in_take(&c->clock_in, &m, e->now_ns);
		else if (us_clock_in_is_second(&c->clock_in, e->port, &m))
			fprintf(stderr, "understudy-midi: %s sends a clock, too; the first one is followed, of %s\n",
			        c->ports.open[e->port].name, c->ports.open[c->clock_in.leader].name);
		break;
	}
}
