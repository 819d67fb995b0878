/* compile.c — see lang.h. Line by line; a line's first words say which statement it is. No recursion, nothing grows. */
#include "lang.h"
#include "value.h"
#include "words.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct known {
	char name[US_LANG_WORD_BYTES];
	const struct us_module *module;
};

struct compiler {
	const struct us_lang_catalogue *catalogue;
	us_command_sink *sink;
	void *context;
	struct known *known;
	uint32_t known_count;
	struct us_line line;
	uint32_t at;     /* the word that is looked at */
	uint32_t column; /* where an error is */
	struct us_err *err;
};

static const struct us_word *word(const struct compiler *c)
{
	return &c->line.word[c->at];
}

static const struct us_word *next(struct compiler *c)
{
	const struct us_word *w = word(c);
	c->column = w->column;
	if (w->kind != US_WORD_END)
		c->at++;
	return w;
}

static bool is(const struct compiler *c, enum us_word_kind kind)
{
	return word(c)->kind == kind;
}

static int refuse(struct compiler *c, const struct us_word *w, const char *right)
{
	c->column = w->column;
	if (w->kind == US_WORD_END)
		return us_fail(c->err, "something is missing here; %s", right);
	return us_fail(c->err, "'%s' cannot stand here; %s", w->text, right);
}

static int expect_text(struct compiler *c, const struct us_word **w, const char *right)
{
	*w = next(c);
	return (*w)->kind == US_WORD_TEXT ? US_OK : refuse(c, *w, right);
}

static int expect_end(struct compiler *c)
{
	return is(c, US_WORD_END) ? US_OK : refuse(c, word(c), "the statement is complete before it");
}

static int give(struct compiler *c, const struct us_command *command)
{
	return c->sink(c->context, command, c->err);
}

static struct us_arg text_arg(const char *s)
{
	return (struct us_arg){.type = 's', .s = s};
}
static struct us_arg number_arg(double d)
{
	return (struct us_arg){.type = 'f', .d = d};
}

/* --- names ---------------------------------------------------------------------------------------------------------
 */

static bool name_ok(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789-");
	return n > 0 && n < 40 && !name[n] && strchr(letters, name[0]);
}

static const struct known *find_known(const struct compiler *c, const char *name, size_t bytes)
{
	for (uint32_t i = 0; i < c->known_count; i++)
		if (strlen(c->known[i].name) == bytes && memcmp(c->known[i].name, name, bytes) == 0)
			return &c->known[i];
	return NULL;
}

/* "freq, pitch, phase": for messages. */
static const char *list_inputs(const struct us_module *m, char text[static 120])
{
	size_t used = 0;
	text[0] = 0;
	for (uint32_t i = 0; m->inputs[i].name && used + 24 < 120; i++)
		used += (size_t)snprintf(text + used, 120 - used, "%s%s", i ? ", " : "", m->inputs[i].name);
	return text;
}

static const struct us_input *find_input(const struct us_module *m, const char *name)
{
	for (uint32_t i = 0; m->inputs[i].name; i++)
		if (strcmp(m->inputs[i].name, name) == 0)
			return &m->inputs[i];
	return NULL;
}

static bool has_output(const struct us_module *m, const char *name)
{
	for (uint32_t i = 0; m->outputs[i].name; i++)
		if (strcmp(m->outputs[i].name, name) == 0)
			return true;
	return false;
}

/* --- values ----------------------------------------------------------------------------------------------------------
 */

static int read_value(struct compiler *c, const struct us_word *w, const struct us_input *input, bool knob,
                      float *value)
{
	char least[48], most[48];
	c->column = w->column;
	if (us_value_parse(w->text, input, value, c->err))
		return US_FAILED;
	if (knob && (*value < input->min || *value > input->max))
		return us_fail(c->err, "%s is out of range for %s: %s to %s", w->text, input->name,
		               us_value_print(least, input->min, input), us_value_print(most, input->max, input));
	return US_OK;
}

static int set_knob(struct compiler *c, const char *instance, const char *name, const struct us_module *module)
{
	char address[2 * US_LANG_WORD_BYTES + 8], inputs[120];
	const struct us_word *at = &c->line.word[c->at ? c->at - 1 : 0], *w;
	const struct us_input *input = module ? find_input(module, name) : NULL;
	if (module && !input) {
		c->column = at->column;
		return us_fail(c->err, "%s has no input '%s'; it has %s", module->name, name,
		               list_inputs(module, inputs));
	}
	if (is(c, US_WORD_EQUALS))
		next(c);
	snprintf(address, sizeof address, "/mod/%s/%s", instance, name);
	struct us_command command = {.address = address};
	if (is(c, US_WORD_END)) /* a question */
		return give(c, &command);
	if (expect_text(c, &w, "a value, such as 440, 5ms or 0.5"))
		return US_FAILED;
	command.argc = 1;
	if (input) {
		float value;
		if (read_value(c, w, input, true, &value))
			return US_FAILED;
		command.arg[0] = number_arg((double)value);
	} else {
		command.arg[0] = text_arg(w->text);
	}
	return give(c, &command);
}

/* --- statements
 * --------------------------------------------------------------------------------------------------------- */

static int remember(struct compiler *c, const char *name, const struct us_module *module)
{
	if (c->known_count == US_LANG_INSTANCES)
		return us_fail(c->err, "more than %d instances in one patch", US_LANG_INSTANCES);
	struct known *k = &c->known[c->known_count++];
	strcpy(k->name, name);
	k->module = module;
	return US_OK;
}

/* name = module input=value ... */
static int create(struct compiler *c)
{
	const struct us_word *name = next(c), *type;
	if (!name_ok(name->text))
		return us_fail(c->err,
		               "'%s' is no name for an instance: letters, digits, - and _, a letter first, at most 39",
		               name->text);
	if (find_known(c, name->text, strlen(name->text)))
		return us_fail(c->err, "there is a '%s' already; choose another name", name->text);
	next(c);
	if (expect_text(c, &type, "the name of a module, such as sine"))
		return US_FAILED;
	const struct us_module *module = c->catalogue->find(c->catalogue->context, type->text);
	if (!module) {
		const char *near = c->catalogue->nearest(c->catalogue->context, type->text);
		return us_fail(c->err, "there is no module '%s'%s%s%s; `understudy modules` lists them", type->text,
		               near ? ", did you mean '" : "", near ? near : "", near ? "'" : "");
	}
	struct us_command command = {
	    .address = "/patch/create", .argc = 2, .arg = {text_arg(name->text), text_arg(type->text)}};
	uint32_t knobs = c->at;
	for (uint32_t i = c->at; c->line.word[i].kind == US_WORD_TEXT && c->line.word[i + 1].kind == US_WORD_EQUALS;
	     i += 3)
		if (strcmp(c->line.word[i].text, "voices") == 0 && !find_input(module, "voices")) {
			float voices;
			c->column = c->line.word[i + 2].column;
			if (us_value_parse(c->line.word[i + 2].text, NULL, &voices, c->err))
				return US_FAILED;
			if (voices < 1 || voices > 1024 || voices != (float)(int)voices)
				return us_fail(c->err, "%s voices; 1 to 1024 would be right", c->line.word[i + 2].text);
			command.arg[command.argc++] = (struct us_arg){.type = 'i', .i = (int64_t)voices};
		}
	if (give(c, &command) || remember(c, name->text, module))
		return US_FAILED;
	c->at = knobs;
	while (!is(c, US_WORD_END)) {
		const struct us_word *input;
		if (expect_text(c, &input, "input=value"))
			return US_FAILED;
		if (!is(c, US_WORD_EQUALS))
			return refuse(c, word(c), "right would be input=value, as in freq=440");
		if (strcmp(input->text, "voices") == 0 && !find_input(module, "voices"))
			c->at += 2;
		else if (set_knob(c, name->text, input->text, module))
			return US_FAILED;
	}
	return US_OK;
}

/* Checks one end of a cable as far as its instance is known. Sets *input where it is an input that is known. */
static int check_end(struct compiler *c, const struct us_word *w, bool is_input, const struct us_input **input)
{
	char inputs[120];
	size_t name = strcspn(w->text, ".");
	const char *port = w->text[name] ? w->text + name + 1 : NULL;
	const struct known *k = find_known(c, w->text, name);
	*input = NULL;
	c->column = w->column;
	if (!k)
		return US_OK;
	if (!is_input) {
		if (port && !has_output(k->module, port))
			return us_fail(c->err, "%s has no output '%s'; its first is '%s'", k->module->name, port,
			               k->module->outputs[0].name ? k->module->outputs[0].name : "none");
		return US_OK;
	}
	*input = find_input(k->module, port ? port : "in");
	if (!*input && !port && k->module->inputs[0].name)
		*input = &k->module->inputs[0];
	if (!*input)
		return us_fail(c->err, "%s has no input '%s'; it has %s", k->module->name, port ? port : "in",
		               list_inputs(k->module, inputs));
	return US_OK;
}

static int read_amount(struct compiler *c, const struct us_input *input, struct us_arg *amount)
{
	const struct us_word *w;
	float value;
	next(c);
	if (expect_text(c, &w, "an amount after *, such as *0.5 or *4khz"))
		return US_FAILED;
	if (!input) {
		*amount = text_arg(w->text);
		return US_OK;
	}
	if (read_value(c, w, input, false, &value))
		return US_FAILED;
	*amount = number_arg((double)value);
	return US_OK;
}

/* a -> b [*amount] -> c ..., or -/> to take cables out. */
static int cables(struct compiler *c, bool out)
{
	const struct us_word *from, *to;
	const struct us_input *input;
	if (expect_text(c, &from, "an instance"))
		return US_FAILED;
	do {
		bool take_out = out || is(c, US_WORD_NO_ARROW);
		if (!is(c, US_WORD_ARROW) && !is(c, US_WORD_NO_ARROW))
			return refuse(c, word(c), "an arrow would be right, as in osc -> out");
		next(c);
		if (expect_text(c, &to, "where the cable goes, as in osc -> vcf.cutoff"))
			return US_FAILED;
		if (check_end(c, from, false, &input) || check_end(c, to, true, &input))
			return US_FAILED;
		struct us_command command = {.address = take_out ? "/patch/disconnect" : "/patch/connect",
		                             .argc = 2,
		                             .arg = {text_arg(from->text), text_arg(to->text)}};
		if (is(c, US_WORD_TIMES) && read_amount(c, input, &command.arg[command.argc++]))
			return US_FAILED;
		if (give(c, &command))
			return US_FAILED;
		from = to;
	} while (!is(c, US_WORD_END));
	return US_OK;
}

static int one_number(struct compiler *c, const char *address, const char *right)
{
	const struct us_word *w;
	struct us_command command = {.address = address};
	float value;
	if (is(c, US_WORD_END))
		return give(c, &command);
	if (expect_text(c, &w, right))
		return US_FAILED;
	const struct us_input as = {.name = "it", .unit = strcmp(address, "/tempo") == 0 ? US_BPM : US_RATIO};
	if (us_value_parse(w->text, &as, &value, c->err))
		return US_FAILED;
	command.argc = 1;
	command.arg[0] = number_arg((double)value);
	return give(c, &command) || expect_end(c);
}

static int gate(struct compiler *c)
{
	const struct us_word *instance, *value;
	char address[US_LANG_WORD_BYTES + 8];
	if (expect_text(c, &instance, "right would be: gate env on"))
		return US_FAILED;
	snprintf(address, sizeof address, "/gate/%s", instance->text);
	struct us_command command = {.address = address, .argc = 1, .arg = {{.type = 'i', .i = 1}}};
	if (!is(c, US_WORD_END)) {
		if (expect_text(c, &value, "on or off"))
			return US_FAILED;
		command.arg[0] = text_arg(value->text);
	}
	return give(c, &command) || expect_end(c);
}

/* Seconds, for the length of a note: 0.5, 0.5s or 500ms. */
static int read_seconds(struct compiler *c, const struct us_word *w, double *seconds)
{
	static const struct us_input milliseconds = {.name = "a length", .unit = US_MS};
	float value;
	bool unit = strpbrk(w->text, "sm") != NULL;
	c->column = w->column;
	if (us_value_parse(w->text, unit ? &milliseconds : NULL, &value, c->err))
		return US_FAILED;
	*seconds = unit ? (double)value / 1000 : (double)value;
	return US_OK;
}

static int note(struct compiler *c)
{
	const struct us_word *w;
	struct us_command command = {.address = "/note"};
	float number;
	static const struct us_input pitch = {.name = "a pitch", .unit = US_SEMITONE};
	if (expect_text(c, &w, "right would be: note osc c4 100 0.5s"))
		return US_FAILED;
	command.arg[command.argc++] = text_arg(w->text);
	if (expect_text(c, &w, "a pitch, such as 60 or c4"))
		return US_FAILED;
	if (us_value_parse(w->text, &pitch, &number, c->err))
		return US_FAILED;
	command.arg[command.argc++] = number_arg((double)number);
	command.arg[command.argc++] = number_arg(100);
	if (!is(c, US_WORD_END)) {
		w = next(c);
		if (us_value_parse(w->text, NULL, &number, c->err))
			return US_FAILED;
		command.arg[2] = number_arg((double)number);
	}
	if (!is(c, US_WORD_END)) {
		double seconds;
		if (read_seconds(c, next(c), &seconds))
			return US_FAILED;
		command.arg[command.argc++] = number_arg(seconds);
	}
	return give(c, &command) || expect_end(c);
}

static int delete (struct compiler *c)
{
	const struct us_word *w;
	if (expect_text(c, &w, "the name of an instance"))
		return US_FAILED;
	struct us_command command = {.address = "/patch/delete", .argc = 1, .arg = {text_arg(w->text)}};
	for (uint32_t i = 0; i < c->known_count; i++)
		if (strcmp(c->known[i].name, w->text) == 0)
			c->known[i] = c->known[--c->known_count];
	return give(c, &command) || expect_end(c);
}

static int bare(struct compiler *c, const char *address)
{
	const struct us_command command = {.address = address};
	return expect_end(c) || give(c, &command);
}

static int statement(struct compiler *c)
{
	static const struct {
		const char *word, *address;
	} plain[] = {{"panic", "/panic"},        {"begin", "/patch/begin"}, {"commit", "/patch/commit"},
	             {"abort", "/patch/abort"},  {"clear", "/patch/clear"}, {"list", "/patch/list"},
	             {"cables", "/patch/cables"}};
	const struct us_word *first = word(c), *second = first + 1;
	if (first->kind != US_WORD_TEXT)
		return refuse(c, first, "a statement begins with a name, as in osc = sine");
	if (second->kind == US_WORD_EQUALS && !strchr(first->text, '.'))
		return create(c);
	if (second->kind == US_WORD_ARROW || second->kind == US_WORD_NO_ARROW)
		return cables(c, false);
	next(c);
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (strcmp(first->text, plain[i].word) == 0)
			return bare(c, plain[i].address);
	if (strcmp(first->text, "tempo") == 0)
		return one_number(c, "/tempo", "beats per minute, such as 128");
	if (strcmp(first->text, "gain") == 0)
		return one_number(c, "/engine/gain", "a gain, such as 0.5 or -6db");
	if (strcmp(first->text, "gate") == 0)
		return gate(c);
	if (strcmp(first->text, "note") == 0)
		return note(c);
	if (strcmp(first->text, "delete") == 0)
		return delete (c);
	if (strcmp(first->text, "disconnect") == 0)
		return cables(c, true);
	char *dot = strchr(c->line.word[0].text, '.');
	if (!dot || dot == first->text || !dot[1])
		return us_fail(
		    c->err,
		    "'%s' is no statement; right would be name = module, a -> b, name.input value, tempo, gate, "
		    "note, delete or disconnect",
		    first->text);
	const struct known *k = find_known(c, first->text, (size_t)(dot - first->text));
	*dot = 0;
	return set_knob(c, first->text, dot + 1, k ? k->module : NULL) || expect_end(c);
}

static int compile_line(struct compiler *c, const char *text, size_t bytes)
{
	c->at = 0;
	c->column = 1;
	if (bytes > US_LANG_LINE_BYTES)
		return us_fail(c->err, "a line of %zu bytes; the longest may have %d", bytes, US_LANG_LINE_BYTES);
	if (us_line_cut(&c->line, text, bytes, &c->column, c->err))
		return US_FAILED;
	return c->line.count ? statement(c) : US_OK;
}

static int located(struct us_err *err, const char *file, uint32_t line, uint32_t column)
{
	struct us_err what = *err;
	if (file)
		return us_fail(err, "%.80s:%u:%u: %s", file, line, column, what.text);
	return us_fail(err, "column %u: %s", column, what.text);
}

int us_lang_compile(const char *text, size_t bytes, const char *file, const struct us_lang_catalogue *catalogue,
                    us_command_sink *sink, void *context, struct us_err *err)
{
	struct us_err unused;
	struct compiler c = {.catalogue = catalogue, .sink = sink, .context = context, .err = err ? err : &unused};
	c.known = calloc(US_LANG_INSTANCES, sizeof *c.known);
	if (!c.known)
		return us_fail(err, "no memory to compile a patch");
	int failed = US_OK;
	uint32_t line = 1;
	for (size_t at = 0; at < bytes && !failed; line++) {
		const char *end = memchr(text + at, '\n', bytes - at);
		size_t n = end ? (size_t)(end - text) - at : bytes - at;
		if (line > US_LANG_LINES)
			failed = us_fail(c.err, "a patch has at most %d lines", US_LANG_LINES);
		else
			failed = compile_line(&c, text + at, n);
		if (failed)
			located(c.err, file, line, c.column);
		at += n + 1;
	}
	free(c.known);
	return failed ? US_FAILED : US_OK;
}
