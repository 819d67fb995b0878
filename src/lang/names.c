/* names.c — the instances that a text has defined, and whether what it says of them can be. */
#include "compiler.h"
#include "spelling.h"
#include "value.h"

#include <string.h>
#include <understudy/names.h>

static bool name_ok(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789-");
	return n > 0 && n < US_NAME_BYTES && !name[n] && name[0] != '-' && !(name[0] >= '0' && name[0] <= '9');
}

/* drums.3 */
static bool is_position(const char *port)
{
	const size_t n = strspn(port, "0123456789");
	return n > 0 && n < 3 && !port[n];
}

static int refuse_name(struct us_compiler *c, const char *name)
{
	return us_fail(c->err, "'%s' is no name for an instance: 1 to %d letters, digits, - and _, a letter or _ first",
	               name, US_NAME_BYTES - 1);
}

const struct us_known *us_instance_find(const struct us_compiler *c, const char *name)
{
	for (uint32_t i = 0; i < c->known_count; i++)
		if (strcmp(c->known[i].name, name) == 0)
			return &c->known[i];
	return NULL;
}

int us_name_check(struct us_compiler *c, const char *name, uint32_t column)
{
	c->column = column;
	if (!name_ok(name))
		return refuse_name(c, name);
	if (us_instance_find(c, name) || us_part_find(c, name))
		return us_fail(c->err, "there is a '%s' already; choose another name%s", name,
		               strcmp(name, "out") == 0 ? ", or define it before the first cable to it" : "");
	return US_OK;
}

int us_instance_define(struct us_compiler *c, const struct us_word *word, const struct us_module *module)
{
	char name[US_LANG_WORD_BYTES];
	c->column = word->column;
	if (us_name_local(c, word->text, name) || us_name_check(c, name, word->column))
		return US_FAILED;
	if (c->known_count == US_LANG_INSTANCES)
		return us_fail(c->err, "more than %d instances; no patch can have more", US_LANG_INSTANCES);
	struct us_known *k = &c->known[c->known_count++];
	strcpy(k->name, name);
	k->module = module;
	return US_OK;
}

void us_instance_forget(struct us_compiler *c, const char *name)
{
	for (uint32_t i = 0; i < c->known_count; i++)
		if (strcmp(c->known[i].name, name) == 0)
			c->known[i--] = c->known[--c->known_count];
}

/* "; did you mean 'vcf'", or something else that would be right. */
static const char *hint(char text[static 128], const char *near, const char *otherwise)
{
	if (near)
		snprintf(text, 128, "; did you mean '%s'", near);
	else
		snprintf(text, 128, "; %s", otherwise);
	return text;
}

static int refuse_unknown(struct us_compiler *c, const char *name)
{
	char text[128];
	struct us_spelling s = {.wanted = name};
	for (uint32_t i = 0; i < c->broken_count; i++)
		c->follows |= strcmp(c->broken[i], name) == 0;
	for (uint32_t i = 0; i < c->known_count; i++)
		us_spelling_offer(&s, c->known[i].name);
	return us_fail(c->err, "there is no '%s'%s", name,
	               hint(text, us_spelling_best(&s), "define it on a line before this one, as in osc = sine"));
}

/* --- places --------------------------------------------------------------------------------------------------------
 */

int us_place_read(struct us_compiler *c, const struct us_word *word, struct us_place *place)
{
	char said[US_LANG_WORD_BYTES], name[US_LANG_WORD_BYTES];
	size_t n = strcspn(word->text, ".");
	*place = (struct us_place){.port = word->text[n] ? word->text + n + 1 : NULL, .column = word->column};
	c->column = word->column;
	memcpy(said, word->text, n);
	said[n] = 0;
	if (us_name_local(c, said, name))
		return US_FAILED;
	if (c->inside && strcmp(said, "out") == 0 && !us_instance_find(c, name))
		return us_fail(
		    c->err, "a part has no loudspeakers; write output out = NAME here, and the cable where it is used");
	if (!name_ok(name))
		return refuse_name(c, name);
	if (place->port && !name_ok(place->port) && !is_position(place->port))
		return us_fail(c->err, "'%s' is no place in a patch; right would be osc, vcf.cutoff or vcf.band",
		               word->text);
	strcpy(place->instance, name);
	place->known = us_instance_find(c, name);
	place->part = us_part_find(c, name);
	return place->known || place->part || !c->text->whole ? US_OK : refuse_unknown(c, name);
}

int us_instance_read(struct us_compiler *c, const struct us_word *word, struct us_place *place)
{
	if (us_place_read(c, word, place))
		return US_FAILED;
	if (place->part)
		return us_fail(c->err, "'%s' is a part: say which of its instances, such as %s_osc", place->instance,
		               place->instance);
	return place->port ? us_word_refuse(c, word, "the name of an instance alone would be right") : US_OK;
}

/* "freq, pitch, phase": what a module has. */
static const char *list_inputs(const struct us_module *m, char text[static 120])
{
	size_t used = 0;
	text[0] = 0;
	for (uint32_t i = 0; m->inputs[i].name; i++) {
		if (used + strlen(m->inputs[i].name) + sizeof ", ..." > 120) {
			strcpy(text + used, ", ...");
			return text;
		}
		used += (size_t)snprintf(text + used, 120 - used, "%s%s", i ? ", " : "", m->inputs[i].name);
	}
	return used ? text : "none";
}

static bool has_output(const struct us_module *m, const char *name)
{
	for (uint32_t i = 0; m->outputs[i].name; i++)
		if (strcmp(m->outputs[i].name, name) == 0)
			return true;
	return false;
}

int us_input_find(struct us_compiler *c, const struct us_module *m, const char *name, uint32_t column,
                  const struct us_input **input)
{
	char inputs[120], text[128];
	struct us_spelling s = {.wanted = name};
	const int found = us_input_named(m, name);
	if (found >= 0) {
		*input = &m->inputs[found];
		return US_OK;
	}
	for (uint32_t i = 0; m->inputs[i].name; i++)
		us_spelling_offer(&s, m->inputs[i].name);
	c->column = column;
	if (has_output(m, name))
		return us_fail(c->err, "'%s' is an output of %s, no input; it has the inputs %s", name, m->name,
		               list_inputs(m, inputs));
	const char *near = us_spelling_best(&s);
	return us_fail(c->err, "%s has no input '%s'%s%s%s", m->name, name, near ? hint(text, near, "") : "",
	               near ? "? It has " : "; it has ", list_inputs(m, inputs));
}

static uint32_t port_column(const struct us_place *place)
{
	return place->column + (uint32_t)strlen(place->instance) + 1;
}

int us_place_input(struct us_compiler *c, struct us_place *place, const struct us_input **input)
{
	if (us_part_enter(c, place, false))
		return US_FAILED;
	*input = NULL;
	if (!place->known)
		return US_OK;
	const struct us_module *m = place->known->module;
	if (place->port) {
		if (us_input_find(c, m, place->port, port_column(place), input))
			return US_FAILED;
		place->port = (*input)->name; /* it may have been called by a second one */
		return US_OK;
	}
	for (uint32_t i = 0; m->inputs[i].name && !*input; i++)
		if (strcmp(m->inputs[i].name, "in") == 0)
			*input = &m->inputs[i];
	if (!*input && m->inputs[0].name)
		*input = &m->inputs[0];
	c->column = place->column;
	return *input ? US_OK : us_fail(c->err, "%s has no input at all", m->name);
}

int us_place_output(struct us_compiler *c, struct us_place *place)
{
	if (us_part_enter(c, place, true))
		return US_FAILED;
	if (!place->known)
		return US_OK;
	const struct us_module *m = place->known->module;
	c->column = place->column;
	if (!m->outputs[0].name)
		return us_fail(c->err, "%s has no output; nothing can be plugged into it", m->name);
	if (!place->port || has_output(m, place->port) || m->flags & US_PATTERN) /* it knows its names itself */
		return US_OK;
	c->column = port_column(place);
	char outputs[120] = "";
	for (uint32_t i = 0, used = 0; m->outputs[i].name && used < sizeof outputs - 24; i++)
		used += (uint32_t)snprintf(outputs + used, sizeof outputs - used, "%s%s", i ? ", " : "",
		                           m->outputs[i].name);
	return us_fail(c->err, "%s has no output '%s'; it has %s", m->name, place->port, outputs);
}

/* --- modules and values --------------------------------------------------------------------------------------------
 */

int us_module_find(struct us_compiler *c, const struct us_word *word, const struct us_module **module)
{
	char text[128];
	*module = c->catalogue->find(c->catalogue->context, word->text);
	c->column = word->column;
	if (*module)
		return US_OK;
	return us_fail(
	    c->err, "there is no module '%s'%s", word->text,
	    hint(text, c->catalogue->nearest(c->catalogue->context, word->text), "`understudy modules` lists them"));
}

int us_value_read(struct us_compiler *c, const struct us_word *word, const struct us_input *input, bool limits,
                  float *value)
{
	char least[48], most[48];
	c->column = word->column;
	if (us_value_parse(word->text, input, value, c->err))
		return US_FAILED;
	if (limits && (*value < input->min || *value > input->max))
		return us_fail(c->err, "%s is out of range for %s: right would be %s to %s", word->text, input->name,
		               us_value_print(least, input->min, input), us_value_print(most, input->max, input));
	bool whole = input && (input->curve == US_STEP || input->unit == US_CHOICE || input->unit == US_COUNT);
	if (limits && whole && *value != (float)(int64_t)*value)
		return us_fail(c->err, "%s takes whole numbers, not %s", input->name, word->text);
	return US_OK;
}
