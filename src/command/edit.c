/* edit.c — /patch/create, connect, disconnect, delete, clear: what a patch consists of. */
#include "internal.h"

#include "lang/value.h"

#include <stdio.h>
#include <string.h>
#include <understudy/names.h>

enum { MOST_VOICES = 1024 }; /* as the engine */

uint32_t us_seed_of(const char *name)
{
	uint32_t h = 2166136261u;
	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	return h;
}

static int find_module(struct us_turn *turn, const char *name, const struct us_module **module)
{
	const struct us_library *library = turn->commander->config.library;
	*module = us_library_find(library, name);
	if (*module)
		return US_OK;
	const char *near = us_library_nearest(library, name);
	if (near)
		return us_fail(&turn->err, "there is no module '%.60s'; did you mean '%s'", name, near);
	return us_fail(&turn->err, "there is no module '%.60s'; 'understudy modules' lists them", name);
}

static int check_new_name(struct us_turn *turn, const char *name)
{
	if (!us_name_ok(name))
		return us_fail(&turn->err,
		               "'%.60s' is no name; right are 1 to %d letters, digits, _ and -, a letter or _ "
		               "first",
		               name, US_NAME_BYTES - 1);
	if (us_engine_find(turn->commander->model, name) != US_NOBODY)
		return us_fail(&turn->err, "there is an instance '%s' already; choose another name or delete it", name);
	return US_OK;
}

/* "hpf" is a filter with mode=high. */
static int set_preset(struct us_turn *turn, uint16_t index, const struct us_module *module, const char *called)
{
	const char *text;
	char word[48];
	size_t bytes;
	float value;
	const int input = us_module_preset(module, called, &text, &bytes);
	if (input < 0)
		return US_OK;
	snprintf(word, sizeof word, "%.*s", (int)bytes, text);
	if (us_value_parse(word, &module->inputs[input], &value, &turn->err))
		return US_FAILED;
	return us_turn_set(turn, index, (uint16_t)input, value, 0, US_NOW);
}

int us_act_create(struct us_turn *turn)
{
	const char *name, *called;
	const struct us_module *module;
	int64_t voices = 0;
	if (us_turn_text(turn, 0, &name) || us_turn_text(turn, 1, &called) || check_new_name(turn, name) ||
	    find_module(turn, called, &module) ||
	    (turn->command->argc > 2 && us_turn_whole(turn, 2, 1, MOST_VOICES, &voices)))
		return US_FAILED;
	uint16_t index = us_engine_free_index(turn->commander->model);
	if (index == US_NOBODY)
		return us_fail(&turn->err, "the patch has %d instances, more do not fit", US_MAX_INSTANCES);
	struct us_record create = {
	    .type = US_REC_CREATE, .instance = index, .create = {.seed = us_seed_of(name), .voices = (uint16_t)voices}};
	struct us_record call = {.type = US_REC_NAME, .instance = index};
	strncpy(create.create.module, module->name, sizeof create.create.module - 1);
	strncpy(call.name, name, sizeof call.name - 1);
	us_play_forget(turn->commander, index);
	struct us_group group = us_turn_begin(turn);
	return us_turn_end(turn, group,
	                   us_turn_emit(turn, &create) || us_turn_emit(turn, &call) ||
	                       set_preset(turn, index, module, called));
}

/* Both ends of a cable, from the first two arguments. */
static int read_cable(struct us_turn *turn, struct us_record *r)
{
	struct us_instance_view source, destination;
	const char *from, *to;
	if (us_turn_text(turn, 0, &from) || us_turn_text(turn, 1, &to) ||
	    us_turn_output(turn, from, &source, &r->cable.output) ||
	    us_turn_input(turn, to, &destination, &r->cable.input))
		return US_FAILED;
	r->instance = destination.index;
	r->cable.source = source.index;
	return US_OK;
}

/* An amount is said in the unit of the input, "*7st" into octaves and "*-6db" into a level, in words as in numbers. It
 * may be a fraction where the input itself goes in steps. */
static int read_amount(struct us_turn *turn, const struct us_record *r, float *amount)
{
	struct us_instance_view to;
	if (turn->command->argc <= 2)
		return US_OK;
	if (turn->command->arg[2].type == 's' && us_engine_instance(turn->commander->model, r->instance, &to))
		return us_value_parse(turn->command->arg[2].s, &to.module->inputs[r->cable.input], amount, &turn->err);
	return us_turn_number(turn, 2, NULL, amount);
}

int us_act_connect(struct us_turn *turn)
{
	static const struct us_input amount = {.name = "amount", .min = -1e9f, .max = 1e9f};
	struct us_record r = {.type = US_REC_CONNECT, .cable = {.amount = 1}};
	if (read_cable(turn, &r) || read_amount(turn, &r, &r.cable.amount))
		return US_FAILED;
	r.cable.amount = us_turn_clamp(turn, &amount, r.cable.amount);
	return us_turn_emit(turn, &r);
}

static bool is_plugged(const struct us_engine *model, const struct us_record *r)
{
	struct us_cable_view v;
	for (uint32_t place = 0; us_engine_next_cable(model, &place, &v);)
		if (v.source == r->cable.source && v.output == r->cable.output && v.instance == r->instance &&
		    v.input == r->cable.input)
			return true;
	return false;
}

int us_act_disconnect(struct us_turn *turn)
{
	struct us_record r = {.type = US_REC_DISCONNECT};
	if (read_cable(turn, &r))
		return US_FAILED;
	if (!is_plugged(turn->commander->model, &r))
		return us_fail(&turn->err, "there is no cable from %.60s to %.60s; /patch/cables lists them",
		               turn->command->arg[0].s, turn->command->arg[1].s);
	us_unheard_mark(turn->commander, r.cable.source);
	return us_turn_emit(turn, &r);
}

static int delete (struct us_turn *turn, uint16_t index)
{
	const struct us_record r = {.type = US_REC_DELETE, .instance = index};
	struct us_cable_view cable;
	for (uint32_t place = 0; us_engine_next_cable(turn->commander->model, &place, &cable);)
		if (cable.instance == index)
			us_unheard_mark(turn->commander, cable.source);
	us_play_forget(turn->commander, index);
	return us_turn_emit(turn, &r);
}

int us_act_delete(struct us_turn *turn)
{
	const char *name;
	struct us_instance_view view;
	if (us_turn_text(turn, 0, &name) || us_turn_instance(turn, name, &view))
		return US_FAILED;
	return delete (turn, view.index);
}

/* Everything goes at one block, and the scenes with it: what `load` does before it builds anew, in the same batch. */
int us_act_clear(struct us_turn *turn)
{
	struct us_instance_view view;
	struct us_group group = us_turn_begin(turn);
	int failed = US_OK;
	for (uint16_t i = 0; i < US_INDICES && !failed; i++)
		if (us_engine_instance(turn->commander->model, i, &view))
			failed = delete (turn, i);
	failed = failed || us_turn_key_off(turn) ? US_FAILED : US_OK;
	if (!failed && us_scenes_text(turn->commander)[0]) {
		us_undo_scenes(turn->commander);
		us_scenes_put(turn->commander, "");
	}
	return us_turn_end(turn, group, failed);
}
