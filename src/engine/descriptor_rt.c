/* descriptor_rt.c — reading a module's descriptor: its rows, its units' names, and whether it keeps to the ABI.
 * Anyone may call it; nothing here allocates. */
#include "descriptor.h"

#include "library.h"

#include <math.h>
#include <string.h>
#include <understudy/names.h>

uint32_t us_module_input_count(const struct us_module *module)
{
	uint32_t n = 0;
	while (n < US_MAX_INPUTS && module->inputs[n].name)
		n++;
	return n;
}

uint32_t us_module_output_count(const struct us_module *module)
{
	uint32_t n = 0;
	while (n < US_MAX_OUTPUTS && module->outputs[n].name)
		n++;
	return n;
}

int us_module_input(const struct us_module *module, const char *name)
{
	for (int i = 0; i < US_MAX_INPUTS && module->inputs[i].name; i++)
		if (!strcmp(module->inputs[i].name, name))
			return i;
	return -1;
}

int us_module_output(const struct us_module *module, const char *name)
{
	for (int i = 0; i < US_MAX_OUTPUTS && module->outputs[i].name; i++)
		if (!strcmp(module->outputs[i].name, name))
			return i;
	return -1;
}

size_t us_module_state_bytes(const struct us_module *module, float rate)
{
	return module->state_size_at ? module->state_size_at(rate) : module->state_size;
}

const char *us_unit_name(enum us_unit unit)
{
	static const char *const names[US_UNITS] = {
	    [US_SIGNAL] = "signal", [US_GATE] = "gate",   [US_TRIGGER] = "trigger", [US_HZ] = "hz",
	    [US_OCTAVE] = "octave", [US_SEMITONE] = "st", [US_MS] = "ms",           [US_DB] = "db",
	    [US_RATIO] = "ratio",   [US_BPM] = "bpm",     [US_BEAT] = "beat",       [US_CHOICE] = "choice",
	    [US_COUNT] = "count",
	};
	return (unsigned)unit < US_UNITS && names[unit] ? names[unit] : "unknown";
}

static bool name_is_sound(const char *name)
{
	size_t length = strlen(name);
	if (length == 0 || length >= US_MODULE_NAME_BYTES || name[0] < 'a' || name[0] > 'z')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static int check_input(const struct us_module *m, int k, struct us_err *err)
{
	const struct us_input *in = &m->inputs[k];
	if (!name_is_sound(in->name) || us_module_input(m, in->name) != k)
		return us_fail(err, "input %d is called '%s'; a name is [a-z][a-z0-9_]*, at most %d bytes, and unique",
		               k, in->name, US_MODULE_NAME_BYTES - 1);
	if ((unsigned)in->unit >= US_UNITS || (unsigned)in->curve > US_STEP)
		return us_fail(err, "input %s has a unit or curve that module.h does not know", in->name);
	if (!isfinite(in->min) || !isfinite(in->max) || !(in->min <= in->value && in->value <= in->max))
		return us_fail(err, "input %s: %g is not within its range %g to %g", in->name, (double)in->value,
		               (double)in->min, (double)in->max);
	if (in->curve == US_EXP && !(in->min > 0))
		return us_fail(err, "input %s: an exponential range must begin above 0, not at %g", in->name,
		               (double)in->min);
	if ((in->unit == US_CHOICE) != (in->choices != NULL))
		return us_fail(err, "input %s: choices belong to the unit US_CHOICE, and to no other", in->name);
	return US_OK;
}

/* Second names keep to the rules of first ones, and lead to one input only. */
static int check_second_names(const struct us_module *m, int k, struct us_err *err)
{
	char name[US_MODULE_NAME_BYTES];
	for (const char *p = m->inputs[k].also; p && *p;
	     p += p[strcspn(p, "|")] ? strcspn(p, "|") + 1 : strcspn(p, "|")) {
		const size_t n = strcspn(p, "|");
		memcpy(name, p, n < sizeof name ? n : sizeof name - 1);
		name[n < sizeof name ? n : sizeof name - 1] = 0;
		bool twice = n >= sizeof name || !name_is_sound(name) || us_input_named(m, name) != k;
		for (int other = k + 1; other < US_MAX_INPUTS && m->inputs[other].name; other++)
			twice |= us_also_has(m->inputs[other].also, name, NULL, NULL);
		if (twice)
			return us_fail(err, "input %s: its second name '%s' is no name, or leads to another input, too",
			               m->inputs[k].name, name);
	}
	return US_OK;
}

int us_module_check(const struct us_module *m, struct us_err *err)
{
	if (m->abi != US_ABI)
		return us_fail(err, "it was built for module interface %u, this is %d: build it again", m->abi, US_ABI);
	if (!m->name || !name_is_sound(m->name))
		return us_fail(err, "its name must be [a-z][a-z0-9_]*, at most %d bytes", US_MODULE_NAME_BYTES - 1);
	if (!m->process || !m->doc)
		return us_fail(err, "%s lacks its %s", m->name, m->process ? "doc line" : "process function");
	if (m->flags & US_NOTE_PORT &&
	    (m->state_size < sizeof(struct us_note_port) || m->state_size_at || m->flags & (US_MIXDOWN | US_SINK)))
		return us_fail(err, "%s plays notes: its state begins with struct us_note_port, and it has voices",
		               m->name);
	if (m->inputs[US_MAX_INPUTS].name || m->outputs[US_MAX_OUTPUTS].name)
		return us_fail(err, "%s has more than %d inputs or %d outputs", m->name, US_MAX_INPUTS, US_MAX_OUTPUTS);
	for (int k = 0; m->inputs[k].name; k++)
		if (check_input(m, k, err) || check_second_names(m, k, err))
			return US_FAILED;
	for (int k = 0; m->outputs[k].name; k++)
		if (!name_is_sound(m->outputs[k].name) || us_module_output(m, m->outputs[k].name) != k)
			return us_fail(err, "output %d of %s needs a unique name [a-z][a-z0-9_]*", k, m->name);
	return US_OK;
}
