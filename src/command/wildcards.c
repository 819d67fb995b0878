/* wildcards.c — one message to many addresses, as in "every freq". A pattern reaches knobs and the instances that have
 * a gate of their own, nothing else: a star must not clear a patch. First all matches are found, within a budget; only
 * then something is done. */
#include "internal.h"

#include <stdio.h>
#include <string.h>
#include <understudy/names.h>

struct matches {
	uint32_t count;
	struct match {
		uint16_t instance, input;
		bool gate;
	} at[US_WILDCARD_MATCHES];
};

static int add(struct us_turn *turn, struct matches *m, uint16_t instance, uint16_t input, bool gate)
{
	if (m->count == US_WILDCARD_MATCHES)
		return us_fail(&turn->err, "the pattern reaches more than %d inputs; use a narrower one",
		               US_WILDCARD_MATCHES);
	m->at[m->count++] = (struct match){instance, input, gate};
	return US_OK;
}

/* By its own name, or by one of its second names. */
static bool matches_input(struct us_wildcard *p, const char *instance, const struct us_instance_view *view, uint16_t i,
                          bool second)
{
	const struct us_input *input = &view->module->inputs[i];
	const char *const knob[] = {"mod", instance, input->name};
	char name[US_MODULE_NAME_BYTES];
	const char *const other[] = {"mod", instance, name};
	if (!second)
		return us_wildcard_match(p, knob, 3);
	for (const char *also = input->also; also && *also; also += strcspn(also, "|") + (strchr(also, '|') != NULL)) {
		snprintf(name, sizeof name, "%.*s", (int)strcspn(also, "|"), also);
		if (us_input_named(view->module, name) == i && us_wildcard_match(p, other, 3))
			return true;
	}
	return false;
}

static int match_instance(struct us_turn *turn, struct us_wildcard *p, const struct us_instance_view *view, bool second,
                          struct matches *m)
{
	const char *const gate[] = {"gate", view->name};
	uint16_t input;
	if (!second && us_has_gate(view->module, &input) && us_wildcard_match(p, gate, 2) &&
	    add(turn, m, view->index, input, true))
		return US_FAILED;
	for (uint16_t i = 0; i < us_module_input_count(view->module); i++) {
		if (matches_input(p, view->name, view, i, second) && add(turn, m, view->index, i, false))
			return US_FAILED;
	}
	return US_OK;
}

static int find_all(struct us_turn *turn, struct matches *m)
{
	struct us_wildcard p;
	struct us_instance_view view;
	if (us_wildcard_read(&p, turn->command->address, &turn->err))
		return US_FAILED;
	m->count = 0;
	/* Second names count where no first one matches: "every freq" does not mean the filters. */
	for (int second = 0; second < 2 && m->count == 0; second++)
		for (uint16_t i = 0; i < US_INDICES && p.budget; i++)
			if (us_engine_instance(turn->commander->model, i, &view) &&
			    match_instance(turn, &p, &view, second, m))
				return US_FAILED;
	if (!p.budget)
		return us_fail(&turn->err, "the pattern takes too long to match; use a simpler one");
	if (m->count == 0)
		return us_fail(&turn->err, "the pattern matches no /mod/<instance>/<input> and no /gate/<instance>");
	return US_OK;
}

static int act_on(struct us_turn *turn, const struct match *match)
{
	char address[CACHED_ADDRESS_BYTES];
	struct us_instance_view view;
	struct cached target = {.instance = match->instance, .input = match->input};
	if (!us_engine_instance(turn->commander->model, match->instance, &view))
		return US_OK;
	target.row = &view.module->inputs[match->input];
	if (match->gate)
		return us_turn_gate(turn, &target);
	snprintf(address, sizeof address, "/mod/%s/%s", view.name, target.row->name);
	return us_turn_knob(turn, address, &target);
}

int us_act_wildcard(struct us_turn *turn)
{
	struct matches m;
	if (find_all(turn, &m))
		return US_FAILED;
	uint32_t failures = 0;
	for (uint32_t i = 0; i < m.count; i++)
		if (act_on(turn, &m.at[i])) {
			failures++;
			us_turn_complain_in_part(turn);
		}
	if (failures == m.count)
		return us_fail(&turn->err, "none of the %u inputs that match could be set", m.count);
	return US_OK;
}
