/* unheard.c — names of a pattern from which no cable leaves, and cables whose name the pattern does not say: right as
 * they stand, but likely not meant. They are looked for when a command, or all of a batch, is done. */
#include "internal.h"

#include "pattern/read.h"

#include <stdio.h>
#include <string.h>

void us_unheard_mark(struct us_commander *c, uint16_t instance)
{
	c->marked[instance / 64] |= 1ull << instance % 64;
	c->any_marked = true;
}

void us_unheard_forget(struct us_commander *c)
{
	memset(c->marked, 0, sizeof c->marked);
	c->any_marked = false;
}

/* "drums.hh, drums.cp": outputs of those names whose bit is set. */
static const char *list(char text[static US_ERROR_BYTES / 2], const struct us_instance_view *view,
                        const struct us_pattern *p, uint64_t names)
{
	const size_t room = US_ERROR_BYTES / 2;
	size_t used = 0;
	text[0] = 0;
	for (uint32_t n = 1; names; n++, names >>= 1) {
		char name[US_PATTERN_NAME_BYTES];
		if (!(names & 1))
			continue;
		snprintf(name, sizeof name, "%u", n);
		if (n <= p->names && *us_pattern_name(p, n))
			snprintf(name, sizeof name, "%s", us_pattern_name(p, n));
		if (used + strlen(view->name) + strlen(name) + sizeof ", . and 64 more" > room) {
			snprintf(text + used, room - used, " and %d more", __builtin_popcountll(names));
			break;
		}
		used += (size_t)snprintf(text + used, room - used, "%s%s.%s", used ? ", " : "", view->name, name);
	}
	return text;
}

/* Bit n - 1: an event has name n. */
static uint64_t names_said(const struct us_pattern *p)
{
	uint64_t said = 0;
	for (uint32_t i = 0; i < p->nodes; i++)
		if (p->node[i].op == US_PAT_ATOM && p->node[i].name)
			said |= 1ull << (p->node[i].name - 1);
	return said;
}

static bool is_plugged(const struct us_engine *model, uint16_t instance)
{
	struct us_cable_view cable;
	for (uint32_t place = 0; us_engine_next_cable(model, &place, &cable);)
		if (cable.source == instance)
			return true;
	return false;
}

/* bd*4 fast 2: a name, where a change was meant. */
static void look_for_changes(struct us_turn *turn, const struct us_pattern *p, uint64_t said)
{
	const char *change;
	for (uint32_t i = 0; (change = us_pattern_word(i)); i++)
		for (uint32_t n = 1; n <= p->names; n++)
			if (said >> (n - 1) & 1 && strcmp(us_pattern_name(p, n), change) == 0)
				us_turn_warn(turn,
				             "'%s' is a name here; a ; before it would make it a change of what stands "
				             "before it",
				             change);
}

/* Where all names go nowhere, the names are labels of what leaves by gate or pitch; or the cables are still to come. */
static void look_at(struct us_turn *turn, const struct us_instance_view *view, const struct us_pattern *p, bool whole)
{
	const struct us_engine *model = turn->commander->model;
	const uint64_t outputs = (1ull << US_PATTERN_OUTPUTS) - 1, said = names_said(p),
		       held = us_outputs_held(model, view);
	char text[US_ERROR_BYTES / 2];
	if (!said)
		return;
	if (!whole) /* of a whole patch check says it, with its place */
		look_for_changes(turn, p, said);
	if (held || (whole && !is_plugged(model, view->index))) {
		const uint64_t unheard = said & outputs & ~held;
		if (unheard)
			us_turn_warn(turn, "no cable leaves %s: %s nowhere", list(text, view, p, unheard),
			             unheard & (unheard - 1) ? "they sound" : "it sounds");
		if (said & ~outputs)
			us_turn_warn(turn, "%s: only %d names have an output", list(text, view, p, said & ~outputs),
			             US_PATTERN_OUTPUTS);
	}
	if (held & ~said)
		us_turn_warn(turn, "nothing comes out of %s: the pattern does not say %s",
		             list(text, view, p, held & ~said), (held & ~said) & ((held & ~said) - 1) ? "them" : "it");
}

void us_unheard_say(struct us_turn *turn, bool whole)
{
	struct us_commander *c = turn->commander;
	struct us_instance_view view;
	if (!c->any_marked)
		return;
	for (uint16_t i = 0; i < US_INDICES; i++) {
		const struct us_pattern *p = NULL;
		if (c->marked[i / 64] >> i % 64 & 1 && us_engine_instance(c->model, i, &view) &&
		    view.module->flags & US_PATTERN)
			p = us_engine_next_pattern(c->model, i);
		if (p && p->bytes)
			look_at(turn, &view, p, whole);
	}
	us_unheard_forget(c);
}
