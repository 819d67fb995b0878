/* play.c — /gate, /note, /test, /panic: what a player does.
 *
 * The end of a note that carries its length lies in the journal as a timed record, so that it comes even if control
 * dies meanwhile. Records cannot be taken back; but the next note on the same gate must not be cut by the end of the
 * one before. So the commander remembers the ends that are still to come, and when the gate is told something new
 * that contradicts one of them, it writes a second record for the same frame that says the new thing. The worst that
 * forgetting (a restart of control) can do is one note cut short. */
#include "internal.h"

#include "lang/value.h"

#include <math.h>
#include <string.h>

#define TEST_SECONDS 0.5f

void us_play_forget(struct us_commander *c, uint16_t instance)
{
	memset(c->off[instance], 0, sizeof c->off[instance]);
}

/* --- one gate ------------------------------------------------------------------------------------------------------
 */

struct stroke {
	uint16_t instance, input;
	bool on;
	uint64_t at;  /* US_NOW or a frame */
	uint64_t end; /* frame of the gate's end; 0: until told */
};

/* What the gate shall be at `frame`, if it was up to this stroke. */
static bool intended(const struct stroke *s, uint64_t frame)
{
	return s->on && (s->end == 0 || frame < s->end);
}

static int overrule(struct us_turn *turn, const struct stroke *s, uint64_t start)
{
	struct pending_off *off = turn->commander->off[s->instance];
	for (uint32_t i = 0; i < PENDING_OFFS; i++) {
		if (off[i].frame < turn->commander->played * US_BLOCK)
			off[i].frame = 0;
		if (off[i].frame <= start || off[i].input != s->input || off[i].value == intended(s, off[i].frame))
			continue;
		off[i].value = !off[i].value;
		if (us_turn_set(turn, s->instance, s->input, off[i].value, 0, off[i].frame))
			return US_FAILED;
	}
	return US_OK;
}

static void remember(struct us_turn *turn, const struct stroke *s)
{
	struct pending_off *off = turn->commander->off[s->instance], *place = &off[0];
	for (uint32_t i = 1; i < PENDING_OFFS; i++)
		if (off[i].frame < place->frame)
			place = &off[i];
	*place = (struct pending_off){.frame = s->end, .input = s->input, .value = false};
}

static int strike(struct us_turn *turn, const struct stroke *s)
{
	uint64_t start = s->at == US_NOW ? us_turn_frame(turn) : s->at;
	/* The end first: if there is no room for it, the note does not begin. */
	if (s->end && us_turn_set(turn, s->instance, s->input, 0, 0, s->end))
		return US_FAILED;
	if (overrule(turn, s, start))
		return US_FAILED;
	if (s->end)
		remember(turn, s);
	return us_turn_set(turn, s->instance, s->input, s->on, 0, s->at);
}

/* Where a note that starts with this command ends: a frame early, so that notes end to end are struck anew. */
static int end_after(struct us_turn *turn, float seconds, uint64_t *end)
{
	float rate = turn->commander->config.rate;
	uint64_t start = turn->command->at == US_NOW ? us_turn_frame(turn) : turn->command->at;
	if (!(seconds > 0))
		return us_fail(&turn->err, "a note lasts longer than 0 seconds, not %.9g", (double)seconds);
	double frames = (double)seconds * (double)rate;
	double room = (double)US_TIMED_AHEAD_SECONDS * (double)rate;
	if ((double)(start - turn->commander->played * US_BLOCK) + frames > room)
		return us_fail(&turn->err, "the note would end more than %d seconds ahead; use /gate and end it later",
		               US_TIMED_AHEAD_SECONDS);
	*end = start + (frames < 2 ? 1 : (uint64_t)frames - 1);
	return US_OK;
}

/* --- /gate/<instance> ------------------------------------------------------------------------------------------------
 */

int us_turn_gate(struct us_turn *turn, const struct cached *target)
{
	struct stroke s = {.instance = target->instance, .input = target->input, .on = true, .at = turn->command->at};
	if (turn->command->argc > 0 && us_turn_switch(turn, 0, &s.on))
		return US_FAILED;
	return target->input == US_NOBODY ? us_keys_gate(turn, target->instance, s.on, 0) : strike(turn, &s);
}

static int act_gate(struct us_turn *turn)
{
	struct cached target;
	if (us_resolve_gate(turn, turn->command->address, &target))
		return US_FAILED;
	return us_turn_gate(turn, &target);
}

const struct us_route us_gate_route = {
    .usage = "0|1|\"on\"|\"off\"",
    .most = 1,
    .flags = US_ROUTE_EDIT | US_ROUTE_TIMED,
    .act = act_gate,
};

/* --- /note inst pitch vel [dur]
 * ----------------------------------------------------------------------------------------- */

static bool has_input(const struct us_module *module, const char *name, enum us_unit unit, uint16_t *input)
{
	int found = us_module_input(module, name);
	*input = (uint16_t)found;
	return found >= 0 && module->inputs[found].unit == unit;
}

/* What an oscillator has, or whatever takes note numbers. */
static bool has_pitch(const struct us_module *module, uint16_t *input)
{
	return has_input(module, "freq", US_HZ, input) || has_input(module, "note", US_SEMITONE, input) ||
	       has_input(module, "pitch", US_SEMITONE, input);
}

/* A filter has that too: it is asked only when there is no oscillator. */
static bool has_octaves(const struct us_module *module, uint16_t *input)
{
	return has_input(module, "pitch", US_OCTAVE, input);
}

static bool has_velocity(const struct us_module *module, uint16_t *input)
{
	int found = us_module_input(module, "velocity");
	*input = (uint16_t)found;
	return found >= 0;
}

/* A MIDI number, a name like c#4, or a frequency like 440hz: as a MIDI number. */
static int read_pitch(struct us_turn *turn, float *midi)
{
	static const struct us_input note = {.name = "pitch", .unit = US_SEMITONE, .min = 0, .max = 127};
	static const struct us_input hertz = {.name = "pitch", .unit = US_HZ, .min = 1, .max = 20000};
	const struct us_arg *a = &turn->command->arg[1];
	if (us_turn_number(turn, 1, &note, midi)) {
		float hz;
		if (a->type != 's' || us_value_parse(a->s, &hertz, &hz, NULL) || !(hz > 0))
			return US_FAILED;
		*midi = 69 + 12 * log2f(hz / 440);
	}
	*midi = us_turn_clamp(turn, &note, *midi);
	return US_OK;
}

static int set_pitch(struct us_turn *turn, uint16_t from, float midi)
{
	const struct us_engine *model = turn->commander->model;
	struct us_instance_view view;
	uint16_t input;
	uint16_t at = us_reach(model, from, has_pitch, &input);
	if (at == US_NOBODY)
		at = us_reach(model, from, has_octaves, &input);
	if (at == US_NOBODY) /* a drum has no pitch */
		return US_OK;
	us_engine_instance(model, at, &view);
	const struct us_input *row = &view.module->inputs[input];
	float value = row->unit == US_HZ       ? 440 * exp2f((midi - 69) / 12)
	              : row->unit == US_OCTAVE ? (midi - 60) / 12
	                                       : midi;
	return us_turn_set(turn, at, input, us_turn_clamp(turn, row, value), 0, turn->command->at);
}

static int set_velocity(struct us_turn *turn, uint16_t from, float velocity)
{
	const struct us_engine *model = turn->commander->model;
	struct us_instance_view view;
	uint16_t input;
	uint16_t at = us_reach(model, from, has_velocity, &input);
	if (at == US_NOBODY)
		return US_OK;
	us_engine_instance(model, at, &view);
	const struct us_input *row = &view.module->inputs[input];
	float value = row->max >= 127 ? velocity : row->min + velocity / 127 * (row->max - row->min);
	return us_turn_set(turn, at, input, value, 0, turn->command->at);
}

int us_act_note(struct us_turn *turn)
{
	static const struct us_input range = {.name = "velocity", .min = 0, .max = 127};
	struct stroke s = {.at = turn->command->at};
	struct us_instance_view view;
	const char *name;
	float midi, velocity, seconds;
	if (us_turn_text(turn, 0, &name) || us_turn_instance(turn, name, &view) || read_pitch(turn, &midi) ||
	    us_turn_number(turn, 2, &range, &velocity))
		return US_FAILED;
	velocity = us_turn_clamp(turn, &range, velocity);
	s.on = velocity > 0;
	const uint16_t keys = us_keys_of(turn->commander->model, view.index);
	s.instance = us_reach(turn->commander->model, view.index, us_has_gate, &s.input);
	if (s.instance == US_NOBODY && keys == US_NOBODY)
		return us_fail(&turn->err, "'%s' has no gate input, and nothing that it is connected to has one", name);
	if (turn->command->argc > 3 &&
	    (us_turn_number(turn, 3, NULL, &seconds) || (s.on && end_after(turn, seconds, &s.end))))
		return US_FAILED;
	if (keys != US_NOBODY)
		return us_keys_play(
		    turn, &(struct us_keys_note){
			      .instance = keys, .key = midi, .velocity = velocity / 127, .at = s.at, .end = s.end});
	if (s.on && (set_pitch(turn, view.index, midi) || set_velocity(turn, s.instance, velocity)))
		return US_FAILED;
	return strike(turn, &s);
}

/* --- /test and /panic
 * ------------------------------------------------------------------------------------------------------ */

static int test_instance(struct us_turn *turn, const struct us_instance_view *view, uint64_t end)
{
	struct stroke s = {.instance = view->index, .on = true, .at = turn->command->at, .end = end};
	const uint16_t keys = us_keys_of(turn->commander->model, view->index);
	if (keys != US_NOBODY) /* what it feeds will be heard through it, and not all of its voices at once */
		return keys == view->index ? us_keys_gate(turn, keys, true, end) : US_OK;
	for (uint16_t i = 0; i < us_module_input_count(view->module); i++) {
		s.input = i;
		if (view->module->inputs[i].unit == US_GATE && strike(turn, &s))
			return US_FAILED;
	}
	return US_OK;
}

/* /test, /test 1, /test "osc"; a button's release (0) does nothing. */
int us_act_test(struct us_turn *turn)
{
	const struct us_engine *model = turn->commander->model;
	struct us_instance_view view;
	uint64_t end;
	uint16_t input;
	bool on = true, named = turn->command->argc > 0 && turn->command->arg[0].type == 's';
	if (end_after(turn, TEST_SECONDS, &end))
		return US_FAILED;
	if (named && us_engine_find(model, turn->command->arg[0].s) == US_NOBODY &&
	    us_turn_switch(turn, 0, &on) == US_OK)
		named = false; /* "on" and "1", but an instance may be called so */
	if (named) {
		if (us_turn_instance(turn, turn->command->arg[0].s, &view))
			return US_FAILED;
		uint16_t at = us_keys_of(model, view.index);
		if (at == US_NOBODY)
			at = us_reach(model, view.index, us_has_gate, &input);
		if (at == US_NOBODY)
			return us_fail(&turn->err, "'%s' has no gate to be heard through", view.name);
		us_engine_instance(model, at, &view);
		return test_instance(turn, &view, end);
	}
	if (turn->command->argc > 0 && turn->command->arg[0].type != 's' && us_turn_switch(turn, 0, &on))
		return US_FAILED;
	uint32_t before = turn->message->out->count;
	for (uint16_t i = 0; on && i < US_INDICES; i++)
		if (us_engine_instance(model, i, &view) && test_instance(turn, &view, end))
			return US_FAILED;
	if (on && turn->message->out->count == before)
		return us_fail(&turn->err, "no instance has a gate: make one, as in /patch/create env adsr");
	return US_OK;
}

int us_act_panic(struct us_turn *turn)
{
	const struct us_record r = {.type = US_REC_PANIC, .instance = US_NOBODY};
	bool on = true;
	if (turn->command->argc > 0 && us_turn_switch(turn, 0, &on))
		return US_FAILED;
	if (!on) /* a button is let go */
		return US_OK;
	memset(turn->commander->off, 0, sizeof turn->commander->off);
	return us_turn_emit(turn, &r);
}
