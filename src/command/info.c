/* info.c — questions that the model can answer, and what is reserved: /ping, /time, /patch/list, /patch/cables,
 * /fault/module, /module/restore. */
#include "internal.h"

#include <stdio.h>

enum { PROTOCOL_VERSION = 1 };

int us_act_ping(struct us_turn *turn)
{
	int64_t frame = (int64_t)(turn->commander->played * US_BLOCK);
	const struct us_arg *id = &turn->command->arg[0];
	if (turn->command->argc == 0)
		us_turn_reply(turn, "/pong", "hi", frame, (int64_t)PROTOCOL_VERSION);
	else if (id->type == 's')
		us_turn_reply(turn, "/pong", "shi", id->s, frame, (int64_t)PROTOCOL_VERSION);
	else if (id->type == 'd')
		us_turn_reply(turn, "/pong", "dhi", id->d, frame, (int64_t)PROTOCOL_VERSION);
	else
		us_turn_reply(turn, "/pong", "ihi", id->type == 'i' ? id->i : (int64_t)(id->type == 'T'), frame,
		              (int64_t)PROTOCOL_VERSION);
	return US_OK;
}

/* /time frame rate beat bpm: of what is heard now, which is somewhat behind the model. */
int us_act_time(struct us_turn *turn)
{
	const struct us_commander *c = turn->commander;
	struct us_song_view song;
	us_engine_song(c->model, &song);
	us_turn_reply(turn, "/time", "hddd", (int64_t)(c->played * US_BLOCK), (double)c->config.rate,
	              us_engine_beat_at(c->model, c->played * US_BLOCK), (double)song.bpm);
	return US_OK;
}

/* One answer per instance, /patch/list name module voices bypassed; the last one has only their number. */
int us_act_list(struct us_turn *turn)
{
	struct us_instance_view v;
	int64_t count = 0;
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(turn->commander->model, i, &v)) {
			us_turn_reply(turn, "/patch/list", "ssii", v.name, v.module->name, (int64_t)v.voices,
			              (int64_t)v.bypassed);
			count++;
		}
	us_turn_reply(turn, "/patch/list", "i", count);
	return US_OK;
}

/* One answer per cable, /patch/cables osc.out vcf.in amount; the last one has only their number. */
int us_act_cables(struct us_turn *turn)
{
	char from[US_NAME_BYTES + US_PATTERN_NAME_BYTES], to[US_NAME_BYTES + US_MODULE_NAME_BYTES];
	const struct us_engine *model = turn->commander->model;
	struct us_instance_view source, destination;
	struct us_cable_view c;
	char output[US_PATTERN_NAME_BYTES];
	uint32_t n = 0;
	for (uint32_t place = 0; us_engine_next_cable(model, &place, &c); n++) {
		if (!us_engine_instance(model, c.source, &source) ||
		    !us_engine_instance(model, c.instance, &destination))
			continue;
		snprintf(from, sizeof from, "%s.%s", source.name,
		         us_output_name(source.module, us_engine_next_pattern(model, c.source), c.output, output));
		snprintf(to, sizeof to, "%s.%s", destination.name, destination.module->inputs[c.input].name);
		us_turn_reply(turn, "/patch/cables", "ssd", from, to, (double)c.amount);
	}
	us_turn_reply(turn, "/patch/cables", "i", (int64_t)n);
	return US_OK;
}

/* Tells an instance of the module `fault` what to do wrong. */
int us_act_fault(struct us_turn *turn)
{
	const char *name;
	struct us_instance_view view;
	float what;
	if (!turn->commander->config.chaos)
		return us_fail(&turn->err, "faults are injected only into a synth that was started with --chaos");
	if (us_turn_text(turn, 0, &name) || us_turn_instance(turn, name, &view))
		return US_FAILED;
	int input = us_module_input(view.module, "do");
	if (input < 0)
		return us_fail(&turn->err, "'%s' is no instance of the module fault: it has no input 'do'", view.name);
	if (us_turn_number(turn, 1, &view.module->inputs[input], &what))
		return US_FAILED;
	what = us_turn_clamp(turn, &view.module->inputs[input], what);
	return us_turn_set(turn, view.index, (uint16_t)input, what, 0, turn->command->at);
}

/* The journal cannot restore: an amendment can, and amendments are the supervisor's. Control serves this address
 * itself; offline there is no quarantine to come back from. */
int us_act_restore(struct us_turn *turn)
{
	const char *name;
	struct us_instance_view view;
	if (us_turn_text(turn, 0, &name) || us_turn_instance(turn, name, &view))
		return US_FAILED;
	return us_fail(&turn->err, "'%s' can be restored only in a running synth", view.name);
}
