/* convention.c — see convention.h: the knobs that rested elsewhere, and the statement `understudy 2`. */
#include "convention.h"

#include "compiler.h"
#include "value.h"

#include <stdio.h>
#include <string.h>
#include <understudy/names.h>

static const struct {
	const char *module, *input, *value;
} rested[] = {
    {"sine", "freq", "440hz"},      {"saw", "freq", "440hz"},   {"pulse", "freq", "440hz"},
    {"triangle", "freq", "440hz"},  {"ring", "freq", "220hz"},  {"grain", "freq", "220hz"},
    {"fm", "freq", "220hz"},        {"modal", "freq", "220hz"}, {"pluck", "freq", "220hz"},
    {"wavetable", "freq", "220hz"}, {"comb", "freq", "220hz"},  {"supersaw", "freq", "220hz"},
    {"keys", "tune", "a4"},         {"arp", "tune", "a4"},      {"pattern", "tune", "a4"},
    {"tuner", "tune", "a4"},        {"quantize", "root", "c"},  {"quantize", "scale", "minor_penta"},
};

const char *us_convention_rested(const struct us_module *module, uint32_t input)
{
	for (size_t i = 0; i < sizeof rested / sizeof rested[0]; i++)
		if (strcmp(rested[i].module, module->name) == 0 &&
		    strcmp(rested[i].input, module->inputs[input].name) == 0)
			return rested[i].value;
	return NULL;
}

bool us_convention_said(const struct us_line *line, uint32_t from, const char *instance, const struct us_module *module,
                        uint32_t input)
{
	const size_t n = instance ? strlen(instance) : 0;
	for (uint32_t i = from; i + 1 < line->count; i++) {
		const char *text = line->word[i].text;
		if (line->word[i].kind != US_WORD_TEXT || line->word[i + 1].kind != US_WORD_EQUALS)
			continue;
		if (instance && (strncmp(text, instance, n) != 0 || text[n] != '.'))
			continue;
		if (us_input_named(module, instance ? text + n + 1 : text) == (int)input)
			return true;
	}
	return false;
}

int us_say_rests(struct us_compiler *c, const char *instance, const struct us_module *module)
{
	char address[US_NAME_BYTES + US_LANG_WORD_BYTES];
	if (c->convention != US_CONVENTION_FIRST)
		return US_OK;
	for (uint32_t i = 0; module->inputs[i].name; i++) {
		const char *rested_at = us_convention_rested(module, i);
		float value;
		if (!rested_at || us_convention_said(&c->line, c->at, NULL, module, i))
			continue;
		snprintf(address, sizeof address, "/mod/%s/%s", instance, module->inputs[i].name);
		if (us_value_parse(rested_at, &module->inputs[i], &value, c->err) ||
		    us_give(c, &(struct us_command){.address = address, .argc = 1, .arg = {us_number_arg(value)}}))
			return US_FAILED;
	}
	return US_OK;
}

int us_say_scene_rests(struct us_compiler *c, const char *scene, const struct us_known *known)
{
	char place[US_NAME_BYTES + US_LANG_WORD_BYTES];
	if (c->convention != US_CONVENTION_FIRST || !known)
		return US_OK;
	for (uint32_t i = 0; known->module->inputs[i].name; i++) {
		const struct us_input *input = &known->module->inputs[i];
		const char *value = us_convention_rested(known->module, i);
		if (!value || us_convention_said(&c->line, 0, known->name, known->module, i))
			continue;
		snprintf(place, sizeof place, "%s.%s", known->name, input->name);
		const struct us_command set = {.address = "/scene/set",
		                               .argc = 3,
		                               .arg = {us_text_arg(scene), us_text_arg(place), us_text_arg(value)}};
		if (us_give(c, &set))
			return US_FAILED;
	}
	return US_OK;
}

int us_say_convention(struct us_compiler *c)
{
	static const char right[] = "right would be understudy 2, or understudy 1 for a patch of before";
	const struct us_word *word;
	if (c->statements != 1)
		return us_fail(c->err, "'%s' says how a text is meant, so it is the first statement in it",
		               US_CONVENTION_WORD);
	if (us_word_text(c, &word, right))
		return US_FAILED;
	const bool first = strcmp(word->text, "1") == 0;
	if (!first && strcmp(word->text, "2") != 0)
		return us_word_refuse(c, word, right);
	c->convention = first ? US_CONVENTION_FIRST : US_CONVENTION;
	return us_line_end(c);
}

void us_convention_assume(struct us_compiler *c)
{
	c->convention = c->text->whole ? US_CONVENTION_FIRST : US_CONVENTION;
	c->statements = 0;
}
