/* address.c — from names to indices: instances, endpoints, and the addresses /mod/… and /gate/…, with a cache because
 * a fader sends the same address a thousand times. */
#include "internal.h"

#include <string.h>
#include <understudy/names.h>

bool us_name_ok(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789-");
	return n > 0 && n < US_NAME_BYTES && !name[n] && name[0] != '-' && !(name[0] >= '0' && name[0] <= '9');
}

int us_turn_instance(struct us_turn *turn, const char *name, struct us_instance_view *view)
{
	const struct us_engine *model = turn->commander->model;
	uint16_t index = strlen(name) < US_NAME_BYTES ? us_engine_find(model, name) : US_NOBODY;
	if (index != US_NOBODY && us_engine_instance(model, index, view))
		return US_OK;
	struct us_spelling spelling = {.wanted = name};
	uint32_t count = 0;
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(model, i, view)) {
			us_spelling_offer(&spelling, view->name);
			count++;
		}
	const char *near = us_spelling_best(&spelling);
	if (near)
		return us_fail(&turn->err, "there is no instance '%.60s'; did you mean '%s'", name, near);
	if (count == 0)
		return us_fail(&turn->err,
		               "there is no instance '%.60s'; the patch is empty, /patch/create name type "
		               "makes one",
		               name);
	return us_fail(&turn->err, "there is no instance '%.60s'; /patch/list names those that exist", name);
}

/* "freq, phase, amp": what fits. */
static void list_inputs(const struct us_module *module, char *text, size_t bytes)
{
	size_t used = 0;
	text[0] = 0;
	for (uint32_t i = 0; i < us_module_input_count(module); i++) {
		const char *name = module->inputs[i].name;
		if (used + strlen(name) + 8 > bytes) {
			strcpy(text + used, ", ...");
			return;
		}
		used += (size_t)sprintf(text + used, "%s%s", i ? ", " : "", name);
	}
}

int us_turn_input_of(struct us_turn *turn, const struct us_instance_view *view, const char *name, uint16_t *input)
{
	int found = us_input_named(view->module, name);
	if (found >= 0) {
		*input = (uint16_t)found;
		return US_OK;
	}
	char inputs[100];
	struct us_spelling spelling = {.wanted = name};
	for (uint32_t i = 0; i < us_module_input_count(view->module); i++)
		us_spelling_offer(&spelling, view->module->inputs[i].name);
	list_inputs(view->module, inputs, sizeof inputs);
	const char *near = us_spelling_best(&spelling);
	if (near)
		return us_fail(&turn->err, "'%s' has no input '%.30s'; did you mean '%s' (it has: %s)", view->name,
		               name, near, inputs);
	return us_fail(&turn->err, "'%s' has no input '%.30s'; it has: %s", view->name, name, inputs);
}

/* Cuts "name.port" into its two halves; port is empty when there is none. */
static int cut(struct us_turn *turn, const char *endpoint, char name[US_NAME_BYTES], char port[US_NAME_BYTES])
{
	const char *dot = strchr(endpoint, '.');
	size_t n = dot ? (size_t)(dot - endpoint) : strlen(endpoint);
	const char *rest = dot ? dot + 1 : "";
	if (n >= US_NAME_BYTES || strlen(rest) >= US_NAME_BYTES || strchr(rest, '.') || (dot && !*rest))
		return us_fail(&turn->err, "'%.60s' is no end of a cable; right would be osc, osc.out or vcf.cutoff",
		               endpoint);
	memcpy(name, endpoint, n);
	name[n] = 0;
	strcpy(port, rest);
	return US_OK;
}

int us_turn_output(struct us_turn *turn, const char *endpoint, struct us_instance_view *view, uint8_t *output)
{
	char name[US_NAME_BYTES], port[US_NAME_BYTES];
	if (cut(turn, endpoint, name, port) || us_turn_instance(turn, name, view))
		return US_FAILED;
	if (us_module_output_count(view->module) == 0)
		return us_fail(&turn->err, "'%s' has no output", view->name);
	const struct us_pattern *p = us_turn_pattern(turn, view->index);
	int found = *port ? us_output_find(view->module, p, port) : 0;
	if (found < 0)
		return us_output_refuse(turn, view, p, port);
	*output = (uint8_t)found;
	return US_OK;
}

int us_turn_input(struct us_turn *turn, const char *endpoint, struct us_instance_view *view, uint8_t *input)
{
	char name[US_NAME_BYTES], port[US_NAME_BYTES];
	uint16_t found;
	if (cut(turn, endpoint, name, port) || us_turn_instance(turn, name, view))
		return US_FAILED;
	if (us_module_input_count(view->module) == 0)
		return us_fail(&turn->err, "'%s' has no input", view->name);
	if (*port) {
		if (us_turn_input_of(turn, view, port, &found))
			return US_FAILED;
	} else {
		int in = us_module_input(view->module, "in");
		found = in < 0 ? 0 : (uint16_t)in;
	}
	*input = (uint8_t)found;
	return US_OK;
}

/* --- /mod/… and /gate/… ---------------------------------------------------------------------------------------- */

/* FNV-1a. */
static struct cached *place_of(struct us_commander *c, const char *address)
{
	uint32_t h = 2166136261u;
	for (const char *p = address; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	return &c->cache[(h ^ h >> 16) % CACHE_ENTRIES];
}

static bool remembers(const struct us_commander *c, const struct cached *place, const char *address)
{
	return place->generation == c->generation && strcmp(place->address, address) == 0;
}

static int split(struct us_turn *turn, const char *path, char first[US_NAME_BYTES], char second[US_NAME_BYTES])
{
	const char *slash = strchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : strlen(path);
	const char *rest = slash ? slash + 1 : "";
	if (n >= US_NAME_BYTES || strlen(rest) >= US_NAME_BYTES)
		return us_fail(&turn->err, "a name has at most %d characters", US_NAME_BYTES - 1);
	memcpy(first, path, n);
	first[n] = 0;
	strcpy(second, rest);
	return US_OK;
}

static int find_knob(struct us_turn *turn, const char *address, struct cached *target)
{
	char instance[US_NAME_BYTES], input[US_NAME_BYTES];
	struct us_instance_view view;
	if (split(turn, address + strlen("/mod/"), instance, input))
		return US_FAILED;
	if (!*instance || !*input || strchr(input, '/'))
		return us_fail(&turn->err, "right would be /mod/<instance>/<input> value, as in /mod/sine/freq 440");
	if (us_turn_instance(turn, instance, &view) || us_turn_input_of(turn, &view, input, &target->input))
		return US_FAILED;
	target->instance = view.index;
	target->row = &view.module->inputs[target->input];
	return US_OK;
}

static int find_gate(struct us_turn *turn, const char *address, struct cached *target)
{
	const struct us_engine *model = turn->commander->model;
	struct us_instance_view view;
	const char *name = address + strlen("/gate/");
	if (!*name || strchr(name, '/'))
		return us_fail(&turn->err, "right would be /gate/<instance> 0 or 1, as in /gate/adsr 1");
	if (us_turn_instance(turn, name, &view))
		return US_FAILED;
	if (!us_has_gate(view.module, &target->input) && us_keys_of(model, view.index) != US_NOBODY) {
		target->instance = us_keys_of(model, view.index);
		target->input = US_NOBODY;
		target->row = NULL;
		return US_OK;
	}
	target->instance = us_reach(model, view.index, us_has_gate, &target->input);
	if (target->instance == US_NOBODY)
		return us_fail(&turn->err, "'%s' has no gate input, and nothing that it is connected to has one", name);
	us_engine_instance(model, target->instance, &view);
	target->row = &view.module->inputs[target->input];
	return US_OK;
}

static int resolve(struct us_turn *turn, const char *address, struct cached *target,
                   int (*find)(struct us_turn *, const char *, struct cached *))
{
	struct us_commander *c = turn->commander;
	struct cached *place = place_of(c, address);
	if (remembers(c, place, address)) {
		*target = *place;
		return US_OK;
	}
	if (find(turn, address, target))
		return US_FAILED;
	target->generation = c->generation;
	if (strlen(address) >= sizeof target->address)
		return US_OK;
	strcpy(target->address, address);
	*place = *target;
	return US_OK;
}

int us_resolve_knob(struct us_turn *turn, const char *address, struct cached *target)
{
	return resolve(turn, address, target, find_knob);
}

int us_resolve_gate(struct us_turn *turn, const char *address, struct cached *target)
{
	return resolve(turn, address, target, find_gate);
}
