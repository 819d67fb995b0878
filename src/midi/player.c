/* player.c — see player.h. */
#include "player.h"

#include <string.h>
#include <understudy/names.h>

static int input_of(const struct us_module *m, const char *name, enum us_unit unit)
{
	const int i = us_module_input(m, name);
	return i >= 0 && m->inputs[i].unit == unit ? i : -1;
}

static int first_of_unit(const struct us_module *m, enum us_unit unit)
{
	for (int i = 0; m->inputs[i].name; i++)
		if (m->inputs[i].unit == unit)
			return i;
	return -1;
}

typedef bool fits(const struct us_module *module);

static bool tells_notes_apart(const struct us_module *m)
{
	return m->flags & US_NOTE_PORT;
}
static bool has_gate(const struct us_module *m)
{
	return input_of(m, "gate", US_GATE) >= 0;
}
static bool has_bend(const struct us_module *m)
{
	return input_of(m, "bend", US_SEMITONE) >= 0;
}
static bool is_oscillator(const struct us_module *m)
{
	return input_of(m, "freq", US_HZ) >= 0 && input_of(m, "pitch", US_OCTAVE) >= 0;
}

/* The instance itself, or the nearest one whose cables lead to it. */
static bool find_above(const struct us_engine *model, const char *instance, fits *wanted,
                       struct us_instance_view *found)
{
	uint16_t queue[US_INDICES];
	bool seen[US_INDICES] = {false};
	uint32_t head = 0, tail = 0;
	struct us_cable_view cable;
	const uint16_t from = us_engine_find(model, instance);
	if (from == US_NOBODY)
		return false;
	queue[tail++] = from;
	seen[from] = true;
	while (head < tail) {
		const uint16_t at = queue[head++];
		if (us_engine_instance(model, at, found) && wanted(found->module))
			return true;
		for (uint32_t n = 0; us_engine_cable(model, n, &cable); n++)
			if (cable.instance == at && !seen[cable.source]) {
				seen[cable.source] = true;
				queue[tail++] = cable.source;
			}
	}
	return false;
}

static bool first(const struct us_engine *model, fits *wanted, char instance[static US_NAME_BYTES])
{
	struct us_instance_view v;
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(model, i, &v) && wanted(v.module)) {
			snprintf(instance, US_NAME_BYTES, "%s", v.name);
			return true;
		}
	return false;
}

void us_player_first(const struct us_engine *model, char instance[static US_NAME_BYTES])
{
	if (!first(model, tells_notes_apart, instance) && !first(model, has_gate, instance))
		instance[0] = 0;
}

void us_player_describe(const struct us_engine *model, struct us_midi_target *t)
{
	struct us_instance_view v;
	t->chords = find_above(model, t->instance, tells_notes_apart, &v);
	t->trigger[0] = 0;
	const uint16_t at = us_engine_find(model, t->instance);
	if (t->chords || at == US_NOBODY || !us_engine_instance(model, at, &v))
		return;
	const int trigger = first_of_unit(v.module, US_TRIGGER);
	if (trigger < 0 || first_of_unit(v.module, US_GATE) >= 0)
		return;
	strcpy(t->trigger, v.module->inputs[trigger].name);
	t->has_velocity = us_module_input(v.module, "velocity") >= 0;
}

bool us_player_bend(const struct us_engine *model, const char *instance, struct us_player_bend *bend)
{
	struct us_instance_view v;
	bend->octaves = !find_above(model, instance, has_bend, &v);
	if (bend->octaves && !find_above(model, instance, is_oscillator, &v))
		return false;
	bend->input = bend->octaves ? "pitch" : "bend";
	snprintf(bend->instance, sizeof bend->instance, "%s", v.name);
	bend->now = us_engine_knob(model, v.index, (uint16_t)us_module_input(v.module, bend->input));
	return true;
}

bool us_player_input(const struct us_engine *model, const char *instance, const char *input,
                     const struct us_input **row, float *value)
{
	struct us_instance_view v;
	const uint16_t at = us_engine_find(model, instance);
	if (at == US_NOBODY || !us_engine_instance(model, at, &v))
		return false;
	const int i = us_input_named(v.module, input);
	if (i < 0)
		return false;
	*row = &v.module->inputs[i];
	*value = us_engine_knob(model, at, (uint16_t)i);
	return true;
}
