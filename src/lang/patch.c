/* patch.c — the statements that make a patch: instances with their knobs, cables, and what is taken away again. */
#include "compiler.h"
#include "pattern/read.h"
#include "plain.h"
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/names.h>

/* --- knobs ---------------------------------------------------------------------------------------------------------
 */

enum { ADDRESS_BYTES = US_NAME_BYTES + US_LANG_WORD_BYTES + 8 };

/* The value that comes next, for input `port` of an instance. `input` is NULL where only a running synth knows it. */
int us_say_value(struct us_compiler *c, const char *instance, const char *port, const struct us_input *input)
{
	char address[ADDRESS_BYTES];
	const struct us_word *word;
	float value;
	snprintf(address, sizeof address, "/mod/%s/%s", instance, port);
	struct us_command command = {.address = address, .argc = 1};
	if (us_word_text(c, &word, "a value would be right, such as 440, 5ms or 0.5"))
		return US_FAILED;
	command.arg[0] = us_text_arg(word->text);
	if (input) {
		if (us_value_read(c, word, input, true, &value))
			return US_FAILED;
		command.arg[0] = us_number_arg(value);
	}
	return us_give(c, &command);
}

/* --- instances -----------------------------------------------------------------------------------------------------
 */

enum { MOST_VOICES = 1024 }; /* as the engine */

/* "voices=8" is said where an input would be, but it is the instance's own: how many voices begin here. */
static bool is_voices(const struct us_word *word, const struct us_module *module)
{
	for (uint32_t i = 0; module->inputs[i].name; i++)
		if (strcmp(module->inputs[i].name, "voices") == 0)
			return false;
	return strcmp(word->text, "voices") == 0;
}

static int read_voices(struct us_compiler *c, const struct us_word *word, struct us_command *create)
{
	static const struct us_input voices = {
	    .name = "voices", .unit = US_COUNT, .min = 1, .max = MOST_VOICES, .curve = US_STEP};
	float value;
	if (us_value_read(c, word, &voices, true, &value))
		return US_FAILED;
	create->argc = 3;
	create->arg[2] = (struct us_arg){.type = 'i', .i = (int64_t)value};
	return US_OK;
}

/* --- files ---------------------------------------------------------------------------------------------- */

static bool is_file(const struct us_word *word)
{
	return strcmp(word->text, "file") == 0;
}

int us_path_read(struct us_compiler *c, const struct us_word *word, char path[static US_LANG_PATH_BYTES])
{
	char home[US_LANG_PATH_BYTES + 64];
	const char *said = us_plain_path(word->text, home, sizeof home);
	const char *slash = c->text->file && said[0] != '/' ? strrchr(c->text->file, '/') : NULL;
	const int n = snprintf(path, US_LANG_PATH_BYTES, "%.*s%s", slash ? (int)(slash + 1 - c->text->file) : 0,
	                       slash ? c->text->file : "", said);
	if (n >= 0 && n < US_LANG_PATH_BYTES)
		return US_OK;
	c->column = word->column;
	return us_fail(c->err, "the path has more than %d bytes", US_LANG_PATH_BYTES - 1);
}

static int give_file(struct us_compiler *c, const char *instance, const struct us_word *word)
{
	char path[US_LANG_PATH_BYTES];
	if (us_path_read(c, word, path))
		return US_FAILED;
	return us_give(c, &(struct us_command){
			      .address = "/patch/file", .argc = 2, .arg = {us_text_arg(instance), us_text_arg(path)}});
}

static int check_reads_file(struct us_compiler *c, const struct us_module *module, const struct us_word *word)
{
	if (!module || module->flags & US_TABLE)
		return US_OK;
	c->column = word->column;
	return us_fail(c->err, "a %s reads no file", module->name);
}

int us_say_file(struct us_compiler *c)
{
	const struct us_word *name, *path;
	struct us_place place;
	if (us_word_text(c, &name, "right would be file kit kick.wav") || us_instance_read(c, name, &place) ||
	    (place.known && check_reads_file(c, place.known->module, name)) ||
	    us_word_text(c, &path, "the path of a file would be right, such as kick.wav") || us_line_end(c))
		return US_FAILED;
	return give_file(c, place.instance, path);
}

/* --- patterns ------------------------------------------------------------------------------------------ */

static bool is_play(const struct us_word *word, const struct us_module *module)
{
	return module->flags & US_PATTERN && strcmp(word->text, "play") == 0;
}

int us_pattern_check(struct us_compiler *c, const struct us_word *text)
{
	struct us_err why;
	uint32_t column;
	struct us_pattern *pattern = us_pattern_new(text->text, &column, &why);
	free(pattern);
	us_warn_pattern(c, text);
	if (pattern)
		return US_OK;
	c->column = us_quoted_column(c->begin, text, column);
	return us_fail(c->err, "%s", why.text);
}

static int give_pattern(struct us_compiler *c, const char *instance, const struct us_word *text, const char *when)
{
	if (us_pattern_check(c, text))
		return US_FAILED;
	return us_give(c, &(struct us_command){
			      .address = "/pattern",
			      .argc = when ? 3 : 2,
			      .arg = {us_text_arg(instance), us_text_arg(text->text), us_text_arg(when ? when : "")}});
}

int us_say_play(struct us_compiler *c)
{
	const struct us_word *name, *text, *when = NULL;
	struct us_place place;
	if (us_word_text(c, &name, "right would be play drums \"bd sn\"") || us_instance_read(c, name, &place))
		return US_FAILED;
	if (us_word_is(c, US_WORD_END) && !c->text->whole) /* a question */
		return us_give(
		    c, &(struct us_command){.address = "/pattern", .argc = 1, .arg = {us_text_arg(name->text)}});
	if (us_word_text(c, &text, "a pattern in quotes would be right, such as \"bd sn\""))
		return US_FAILED;
	if (!us_word_is(c, US_WORD_END) && us_word_text(c, &when, "now, beat, bar or cycle would be right"))
		return US_FAILED;
	if (when && strcmp(when->text, "now") && strcmp(when->text, "beat") && strcmp(when->text, "bar") &&
	    strcmp(when->text, "cycle"))
		return us_word_refuse(
		    c, when, "now, beat, bar or cycle would be right; a pattern of several steps stands in quotes");
	return us_line_end(c) || give_pattern(c, place.instance, text, when ? when->text : NULL) ? US_FAILED : US_OK;
}

/* Looks over input=value input=value … before anything is created, and finds the voices among them. */
static int look_over_knobs(struct us_compiler *c, const struct us_module *module, struct us_command *create)
{
	const struct us_word *name, *value;
	const struct us_input *input;
	while (!us_word_is(c, US_WORD_END)) {
		if (us_word_text(c, &name, "right would be input=value, as in freq=440"))
			return US_FAILED;
		bool voices = is_voices(name, module), file = is_file(name), play = is_play(name, module);
		if (file && check_reads_file(c, module, name))
			return US_FAILED;
		if (!voices && !file && !play && us_input_find(c, module, name->text, name->column, &input))
			return US_FAILED;
		if (!us_word_is(c, US_WORD_EQUALS))
			return us_word_refuse(c, us_word_next(c), "right would be input=value, as in freq=440");
		us_word_take(c);
		if (us_word_text(c, &value, "a value would be right, such as 440, 5ms or 0.5") ||
		    (voices && read_voices(c, value, create)))
			return US_FAILED;
		if (voices && module && module->flags & (US_MIXDOWN | US_SINK) && create->arg[2].i > 1)
			return us_fail(c->err, "%s runs after the mixdown, so it cannot have %d voices", module->name,
			               (int)create->arg[2].i);
	}
	return US_OK;
}

/* A module's second name may say where one of its knobs stands: "hpf" is a filter with mode=high. */
static int say_preset(struct us_compiler *c, const char *local, const struct us_module *module,
                      const struct us_word *type)
{
	struct us_word word = {.kind = US_WORD_TEXT, .column = type->column};
	char address[ADDRESS_BYTES];
	const char *text;
	size_t bytes;
	float value;
	const int input = us_module_preset(module, type->text, &text, &bytes);
	if (input < 0)
		return US_OK;
	snprintf(word.text, sizeof word.text, "%.*s", (int)bytes, text);
	snprintf(address, sizeof address, "/mod/%s/%s", local, module->inputs[input].name);
	return us_value_read(c, &word, &module->inputs[input], true, &value) ||
	               us_give(c, &(struct us_command){.address = address, .argc = 1, .arg = {us_number_arg(value)}})
	           ? US_FAILED
	           : US_OK;
}

/* osc = saw freq=110 */
int us_say_create(struct us_compiler *c)
{
	const struct us_word *name = us_word_take(c), *type;
	const struct us_module *module;
	us_word_take(c);
	char local[US_LANG_WORD_BYTES];
	if (us_word_text(c, &type, "the name of a module would be right, such as sine"))
		return US_FAILED;
	if (us_part_is(type))
		return us_say_part(c, name, type);
	if (us_module_find(c, type, &module) || us_name_local(c, name->text, local))
		return US_FAILED;
	us_warn_name(c, name);
	struct us_command create = {
	    .address = "/patch/create", .argc = 2, .arg = {us_text_arg(local), us_text_arg(module->name)}};
	uint32_t knobs = c->at;
	if (look_over_knobs(c, module, &create) || us_instance_define(c, name, module) || us_give(c, &create))
		return US_FAILED;
	c->at = knobs;
	if (us_say_rests(c, local, module) || say_preset(c, local, module, type))
		return US_FAILED;
	for (; !us_word_is(c, US_WORD_END);) {
		const struct us_word *port = us_word_take(c);
		const struct us_input *input = NULL;
		us_word_take(c);
		if (is_voices(port, module))
			us_word_take(c);
		else if (is_play(port, module)) {
			if (give_pattern(c, local, us_word_take(c), "now"))
				return US_FAILED;
		} else if (is_file(port)) {
			if (give_file(c, local, us_word_take(c)))
				return US_FAILED;
		} else if (us_input_find(c, module, port->text, port->column, &input) ||
		           us_say_value(c, local, input->name, input))
			return US_FAILED;
	}
	return US_OK;
}

int us_say_delete(struct us_compiler *c)
{
	const struct us_word *word;
	struct us_place place;
	if (us_word_text(c, &word, "right would be delete osc") || us_instance_read(c, word, &place) || us_line_end(c))
		return US_FAILED;
	us_instance_forget(c, place.instance);
	return us_give(c,
	               &(struct us_command){.address = "/patch/delete", .argc = 1, .arg = {us_text_arg(word->text)}});
}

/* --- cables --------------------------------------------------------------------------------------------------------
 */

static int read_amount(struct us_compiler *c, const struct us_input *input, struct us_arg *amount)
{
	const struct us_word *word;
	float value;
	us_word_take(c);
	if (us_word_text(c, &word, "an amount would be right after *, such as *0.5 or *4khz"))
		return US_FAILED;
	*amount = us_text_arg(word->text);
	if (!input)
		return US_OK;
	if (us_value_read(c, word, input, false, &value))
		return US_FAILED;
	*amount = us_number_arg(value);
	return US_OK;
}

/* A whole patch need not say `out = out`: a cable to the loudspeakers makes them. */
static int make_out(struct us_compiler *c, const struct us_word *word)
{
	static const struct us_command create = {
	    .address = "/patch/create", .argc = 2, .arg = {{.type = 's', .s = "out"}, {.type = 's', .s = "out"}}};
	struct us_word name = {.kind = US_WORD_TEXT, .column = word->column, .text = "out"};
	const struct us_module *out = c->catalogue->find(c->catalogue->context, "out");
	size_t n = strcspn(word->text, ".");
	if (!out || c->inside || !c->text->whole || n != strlen("out") || memcmp(word->text, "out", n) != 0 ||
	    us_instance_find(c, "out"))
		return US_OK;
	return us_instance_define(c, &name, out) || us_give(c, &create) ? US_FAILED : US_OK;
}

/* "vcf.cutoff", "vcf": as control takes it. */
static const char *place_text(const struct us_place *place, char text[static US_LANG_WORD_BYTES])
{
	snprintf(text, US_LANG_WORD_BYTES, "%s%s%s", place->instance, place->port ? "." : "",
	         place->port ? place->port : "");
	return text;
}

/* One cable of a chain, from `from` to the word that comes next. Moves *from on to there. */
static int cable(struct us_compiler *c, const struct us_word **from, bool first, bool out)
{
	char source_text[US_LANG_WORD_BYTES], to_text[US_LANG_WORD_BYTES];
	const struct us_word *to;
	const struct us_input *input;
	struct us_place source, destination;
	if (us_word_text(c, &to, "right would be where the cable goes, as in osc -> vcf.cutoff") ||
	    us_place_read(c, *from, &source))
		return US_FAILED;
	if (!first) /* the port was where the cable before came in */
		source.port = NULL;
	if (us_place_output(c, &source) || (!out && make_out(c, to)) || us_place_read(c, to, &destination) ||
	    us_place_input(c, &destination, &input))
		return US_FAILED;
	struct us_command command = {
	    .address = out ? "/patch/disconnect" : "/patch/connect",
	    .argc = 2,
	    .arg = {us_text_arg(place_text(&source, source_text)), us_text_arg(place_text(&destination, to_text))}};
	if (us_word_is(c, US_WORD_TIMES)) {
		if (out)
			return us_word_refuse(c, us_word_next(c), "a cable that is taken out has no amount");
		if (read_amount(c, input, &command.arg[command.argc++]))
			return US_FAILED;
	}
	*from = to;
	return us_give(c, &command);
}

int us_say_heard(struct us_compiler *c, struct us_place *source)
{
	static const struct us_word out = {.kind = US_WORD_TEXT, .text = "out"};
	char text[US_LANG_WORD_BYTES];
	return make_out(c, &out) ||
	               us_give(c,
	                       &(struct us_command){.address = "/patch/connect",
	                                            .argc = 2,
	                                            .arg = {us_text_arg(place_text(source, text)), us_text_arg("out")}})
	           ? US_FAILED
	           : US_OK;
}

/* a -> b *amount -> c …; with -/>, or `out`, cables are taken out. */
int us_say_cables(struct us_compiler *c, bool out)
{
	const struct us_word *from;
	if (us_word_text(c, &from, "right would be disconnect osc -> vcf"))
		return US_FAILED;
	bool first = true;
	do {
		bool no_arrow = us_word_is(c, US_WORD_NO_ARROW);
		if (!no_arrow && !us_word_is(c, US_WORD_ARROW))
			return us_word_refuse(c, us_word_next(c), "an arrow would be right, as in osc -> out");
		us_word_take(c);
		if (cable(c, &from, first, out || no_arrow))
			return US_FAILED;
		first = false;
	} while (!us_word_is(c, US_WORD_END));
	return US_OK;
}
