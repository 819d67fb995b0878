/* outputs.c — outputs by name. Those of a pattern are called after the names in it: drums.bd is the gate of bd. Which
 * name has which output stands in the pattern itself, so it is the same after control's death, and a name keeps its
 * output whatever else the text says. */
#include "internal.h"

#include "pattern/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The pattern that follows this batch, if there is one for the instance: its parts are put together again. */
static const struct us_pattern *deferred_pattern(struct us_commander *c, uint16_t instance)
{
	uint32_t i = c->deferred_count;
	const struct us_record *r = c->deferred;
	while (i > 0 && !(r[i - 1].type == US_REC_PATTERN && r[i - 1].instance == instance && !r[i - 1].pattern.part))
		i--;
	if (i == 0)
		return NULL;
	if (!c->patched)
		c->patched = malloc(US_PATTERN_BYTES + US_PATTERN_PART_BYTES);
	if (!c->patched)
		return NULL;
	for (i--; i < c->deferred_count && r[i].type == US_REC_PATTERN && r[i].instance == instance; i++)
		memcpy((uint8_t *)c->patched + r[i].pattern.part * US_PATTERN_PART_BYTES, r[i].pattern.bytes,
		       US_PATTERN_PART_BYTES);
	return c->patched;
}

const struct us_pattern *us_turn_pattern(const struct us_turn *turn, uint16_t instance)
{
	struct us_commander *c = turn->commander;
	const struct us_pattern *deferred = turn->staged ? deferred_pattern(c, instance) : NULL;
	return deferred ? deferred : us_engine_next_pattern(c->model, instance);
}

/* Where the outputs for names begin. */
static int first_name(const struct us_module *module)
{
	return module->flags & US_PATTERN ? us_module_output(module, "n1") : -1;
}

const char *us_output_name(const struct us_module *module, const struct us_pattern *p, uint8_t output,
                           char text[static US_PATTERN_NAME_BYTES])
{
	const int first = first_name(module), n = output - first + 1;
	if (first < 0 || n < 1 || n > US_PATTERN_OUTPUTS)
		return module->outputs[output].name;
	if (p && p->bytes && n <= p->names && us_name_ok(us_pattern_name(p, (uint32_t)n)))
		return us_pattern_name(p, (uint32_t)n);
	snprintf(text, US_PATTERN_NAME_BYTES, "%d", n);
	return text;
}

uint64_t us_outputs_held(const struct us_engine *model, const struct us_instance_view *view)
{
	const int first = first_name(view->module);
	struct us_cable_view cable;
	uint64_t held = 0;
	for (uint32_t place = 0; first >= 0 && us_engine_next_cable(model, &place, &cable);)
		if (cable.source == view->index && cable.output >= first && cable.output < first + US_PATTERN_OUTPUTS)
			held |= 1ull << (cable.output - first);
	return held;
}

/* drums.3, or drums.c as it was once written. */
static int position(const char *port)
{
	const size_t digits = strspn(port, "0123456789");
	if (digits && digits < 3 && !port[digits])
		return atoi(port);
	return port[0] >= 'a' && port[0] <= 'f' && !port[1] ? port[0] - 'a' + 1 : 0;
}

int us_output_find(const struct us_module *module, const struct us_pattern *p, const char *port)
{
	const int first = first_name(module), found = us_module_output(module, port);
	if (first < 0)
		return found;
	for (int n = 1; p && p->bytes && n <= p->names && n <= US_PATTERN_OUTPUTS; n++)
		if (strcmp(us_pattern_name(p, (uint32_t)n), port) == 0)
			return first + n - 1;
	const int n = found < 0 ? position(port) : 0;
	return n >= 1 && n <= US_PATTERN_OUTPUTS ? first + n - 1 : found;
}

/* "bd, sn, hh": what there is instead. */
static const char *names_of(char *text, size_t room, const struct us_pattern *p, struct us_spelling *spelling)
{
	size_t used = 0;
	strcpy(text, "~");
	for (uint32_t n = 1; p && p->bytes && n <= p->names && n <= US_PATTERN_OUTPUTS; n++) {
		us_spelling_offer(spelling, us_pattern_name(p, n));
		if (used + US_PATTERN_NAME_BYTES + 2 < room)
			used +=
			    (size_t)snprintf(text + used, room - used, "%s%s", used ? ", " : "", us_pattern_name(p, n));
	}
	return text;
}

/* "gate, trigger, pitch": what every pattern has. */
static const char *fixed_of(char *text, size_t room, const struct us_module *module, struct us_spelling *spelling)
{
	size_t used = 0;
	for (int i = 0; i < first_name(module); i++) {
		us_spelling_offer(spelling, module->outputs[i].name);
		used += (size_t)snprintf(text + used, room - used, "%s%s", i ? ", " : "", module->outputs[i].name);
	}
	return text;
}

int us_output_refuse(struct us_turn *turn, const struct us_instance_view *view, const struct us_pattern *p,
                     const char *port)
{
	char names[90], fixed[90];
	struct us_spelling spelling = {.wanted = port};
	if (first_name(view->module) < 0)
		return us_fail(&turn->err, "'%s' has no output '%.30s'; its first is '%s'", view->name, port,
		               view->module->outputs[0].name);
	names_of(names, sizeof names, p, &spelling);
	fixed_of(fixed, sizeof fixed, view->module, &spelling);
	const char *near = us_spelling_best(&spelling);
	return us_fail(&turn->err, "'%s' has no output '%.30s'%s%s%s; its pattern has the names %s, and there are %s",
	               view->name, port, near ? "; did you mean '" : "", near ? near : "", near ? "'" : "", names,
	               fixed);
}
