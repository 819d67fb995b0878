/* compile.c — see lang.h. Line by line; the first two words of a line say which statement it is. Only includes
 * recurse, and nothing grows without a limit: a text that is too large is refused with words. */
#include "compiler.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/visible.h>

/* --- words ---------------------------------------------------------------------------------------------------------
 */

const struct us_word *us_word_next(const struct us_compiler *c)
{
	return &c->line.word[c->at];
}

const struct us_word *us_word_take(struct us_compiler *c)
{
	const struct us_word *word = us_word_next(c);
	c->column = word->column;
	if (word->kind != US_WORD_END)
		c->at++;
	return word;
}

bool us_word_is(const struct us_compiler *c, enum us_word_kind kind)
{
	return us_word_next(c)->kind == kind;
}

int us_word_refuse(struct us_compiler *c, const struct us_word *word, const char *right)
{
	c->column = word->column;
	if (word->kind == US_WORD_END)
		return us_fail(c->err, "something is missing here; %s", right);
	return us_fail(c->err, "'%s' cannot stand here; %s", word->text, right);
}

int us_word_text(struct us_compiler *c, const struct us_word **word, const char *right)
{
	*word = us_word_take(c);
	return (*word)->kind == US_WORD_TEXT ? US_OK : us_word_refuse(c, *word, right);
}

int us_line_end(struct us_compiler *c)
{
	const struct us_word *word = us_word_next(c);
	if (word->kind == US_WORD_END)
		return US_OK;
	return us_word_refuse(c, word, "the statement ends before it; begin a new line");
}

int us_give(struct us_compiler *c, const struct us_command *command)
{
	if (c->commands++ == US_LANG_COMMANDS)
		return us_fail(c->err, "more than %d commands in one text; no patch needs so many", US_LANG_COMMANDS);
	return c->sink(c->context, command, c->err) ? US_FAILED : US_OK;
}

/* --- lines ---------------------------------------------------------------------------------------------------------
 */

static int refuse_statement(struct us_compiler *c, const struct us_word *first)
{
	c->column = first->column;
	if (us_instance_find(c, first->text))
		return us_fail(c->err, "'%s' alone says nothing; right would be %s -> out or %s.input value",
		               first->text, first->text, first->text);
	const char *near = us_say_nearest(first->text);
	c->stranger = true;
	return us_fail(c->err, "'%s' is no statement; %s%s%s", first->text, near ? "did you mean '" : "",
	               near ? near : "right would be osc = sine, osc -> out, osc.freq 440, tempo 128 or gate env on",
	               near ? "'" : "");
}

static int statement(struct us_compiler *c)
{
	const struct us_word *first = us_word_next(c), *second = first + 1;
	c->column = first->column;
	const bool convention = strcmp(first->text, US_CONVENTION_WORD) == 0 && second->kind == US_WORD_TEXT;
	if (!c->statements++ && !convention)
		us_warn_convention(c);
	if (first->kind != US_WORD_TEXT)
		return us_word_refuse(c, first, "a statement begins with a name, as in osc = sine");
	if (second->kind == US_WORD_NO_ARROW || (second->kind == US_WORD_ARROW && !us_knob_is_ramp(c)))
		return us_say_cables(c, false);
	const bool output = strcmp(first->text, "output") == 0;
	if ((output || strcmp(first->text, "input") == 0) && second->kind == US_WORD_TEXT)
		return us_say_port(c);
	if (strchr(first->text, '.'))
		return us_say_knob(c);
	if (second->kind == US_WORD_EQUALS)
		return us_say_create(c);
	if (c->inside && !convention && strcmp(first->text, "play") && strcmp(first->text, "file") &&
	    strcmp(first->text, "include"))
		return us_fail(c->err,
		               "'%s' cannot stand in a part; right are instances, cables, knobs, input and output",
		               first->text);
	int said = us_say_word(c);
	return said == US_NOT_MINE ? refuse_statement(c, first) : said;
}

static int compile_line(struct us_compiler *c, const char *text, size_t bytes)
{
	c->at = 0;
	c->column = 1;
	if (bytes > US_LANG_LINE_BYTES)
		return us_fail(c->err, "a line of %zu bytes; the longest may have %d", bytes, US_LANG_LINE_BYTES);
	if (us_line_cut(&c->line, text, bytes, &c->column, c->err))
		return US_FAILED;
	return c->line.count ? statement(c) : US_OK;
}

void us_err_locate(struct us_err *err, const char *file, uint32_t line, const char *text, uint32_t column)
{
	struct us_err what = *err;
	column = us_column_of(text, column);
	if (file)
		us_fail(err, "%.80s:%u:%u: %s", file, line, column, what.text);
	else
		us_fail(err, "column %u: %s", column, what.text);
}

static void locate(struct us_compiler *c, uint32_t line)
{
	struct us_lang_fault *fault = c->text->fault;
	if (fault)
		*fault = (struct us_lang_fault){.line = line, .column = c->column, .stranger = c->stranger};
	else
		us_err_locate(c->err, c->text->file, line, c->begin, c->column);
}

static int compile_lines(struct us_compiler *c)
{
	const char *at = c->text->text, *end = at + c->text->bytes;
	for (uint32_t line = 1; at < end; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t bytes = (size_t)((newline ? newline : end) - at);
		int failed = US_OK;
		c->column = 1;
		c->number = line;
		c->begin = at;
		if (line > US_LANG_LINES)
			failed = us_fail(c->err, "more than %d lines; no patch needs so many", US_LANG_LINES);
		if (failed || compile_line(c, at, bytes)) {
			locate(c, line);
			if (failed || !us_complain(c))
				return US_FAILED;
		}
		at += bytes + 1;
	}
	return US_OK;
}

/* --- includes ---------------------------------------------------------------------------------------------------- */

static int check_include(struct us_compiler *c, const char *path)
{
	if (!c->catalogue->read)
		return us_fail(c->err, "no file can be included here");
	bool cyclic = c->text->file && strcmp(c->text->file, path) == 0;
	for (uint32_t i = 0; i < c->depth; i++)
		cyclic |= strcmp(c->chain[i], path) == 0;
	if (cyclic)
		return us_fail(c->err, "%.80s would include itself, for ever; take one of the includes out", path);
	if (c->depth == US_LANG_DEPTH)
		return us_fail(c->err, "includes in includes, more than %d deep", US_LANG_DEPTH);
	if (c->includes++ == US_LANG_INCLUDES)
		return us_fail(c->err, "more than %d includes; no patch needs so many", US_LANG_INCLUDES);
	return US_OK;
}

int us_say_include(struct us_compiler *c)
{
	const struct us_word *word;
	if (us_word_text(c, &word, "right would be include \"drums.us\"") || us_line_end(c))
		return US_FAILED;
	const struct us_word file = *word; /* the line is overwritten, and nothing is left of it to read */
	return us_file_compile(c, &file);
}

int us_file_compile(struct us_compiler *c, const struct us_word *file)
{
	char path[US_LANG_PATH_BYTES], *text;
	const struct us_lang_text *outer = c->text;
	size_t bytes;
	const uint32_t column = c->column = file->column;
	if (us_path_read(c, file, path) || check_include(c, path) ||
	    c->catalogue->read(c->catalogue->context, path, &text, &bytes, c->err))
		return US_FAILED;
	const uint32_t number = c->number;
	const char *begin = c->begin;
	const struct us_lang_text inner = {.text = text,
	                                   .bytes = bytes,
	                                   .file = path,
	                                   .whole = outer->whole,
	                                   .complain = outer->complain,
	                                   .complain_context = outer->complain_context};
	c->chain[c->depth++] = outer->file ? outer->file : "";
	const uint32_t statements = c->statements;
	const int convention = c->convention;
	c->text = &inner;
	us_convention_assume(c);
	const int failed = compile_lines(c);
	c->convention = convention;
	c->statements = statements;
	c->text = outer;
	c->number = number;
	c->begin = begin;
	c->depth--;
	c->column = column;
	c->stranger = false; /* this line is a statement, whatever that file says */
	free(text);
	return failed;
}

int us_lang_compile(const struct us_lang_text *text, const struct us_lang_catalogue *catalogue, us_command_sink *sink,
                    void *context, struct us_err *err)
{
	struct us_err unread;
	struct us_compiler *c = malloc(sizeof *c);
	if (!c)
		return us_fail(err, "no memory to compile a patch");
	memset(c, 0, offsetof(struct us_compiler, line));
	c->line.count = c->self.ports = 0;
	c->self.name[0] = 0;
	c->text = text;
	c->catalogue = catalogue;
	c->sink = sink;
	c->context = context;
	c->err = err ? err : &unread;
	us_convention_assume(c);
	int failed = compile_lines(c);
	if (!failed && us_part_play(c))
		failed = us_complain(c) ? US_OK : US_FAILED;
	if (!failed && c->errors)
		failed = us_fail(err, "%u error%s", c->errors, c->errors > 1 ? "s" : "");
	free(c);
	return failed;
}
