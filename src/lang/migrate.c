/* migrate.c — us_lang_migrate, see lang.h: a patch of the first convention, written in the second. Words are added to
 * lines, nothing else is touched. [any] */
#include "compiler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct instance {
	char name[US_NAME_BYTES];
	const struct us_module *module;
};

struct migration {
	const struct us_lang_catalogue *catalogue;
	struct us_line line;
	struct instance instance[US_LANG_INSTANCES];
	uint32_t instances;
	bool begun; /* a statement has come */
	bool done;  /* it is in the present convention */
	FILE *out;
};

/* freq=440hz, or osc.freq=440hz in a scene */
static void add_rests(struct migration *m, const char *prefix, const struct us_module *module)
{
	for (uint32_t i = 0; module->inputs[i].name; i++) {
		const char *value = us_convention_rested(module, i);
		if (value && !us_convention_said(&m->line, 3, prefix, module, i))
			fprintf(m->out, " %s%s%s=%s", prefix ? prefix : "", prefix ? "." : "", module->inputs[i].name,
			        value);
	}
}

static const struct instance *find(const struct migration *m, const char *name)
{
	for (uint32_t i = m->instances; i > 0; i--)
		if (strcmp(m->instance[i - 1].name, name) == 0)
			return &m->instance[i - 1];
	return NULL;
}

/* osc = saw */
static void define(struct migration *m, const struct us_word *word)
{
	const struct us_module *module = m->catalogue->find(m->catalogue->context, word[2].text);
	if (!module || m->instances == US_LANG_INSTANCES || strlen(word->text) >= US_NAME_BYTES)
		return;
	struct instance *i = &m->instance[m->instances++];
	strcpy(i->name, word->text);
	i->module = module;
	add_rests(m, NULL, module);
}

/* scene verse osc=default */
static void add_scene(struct migration *m)
{
	for (uint32_t i = 2; i + 2 < m->line.count; i++) {
		const struct us_word *word = &m->line.word[i];
		const struct instance *known = find(m, word->text);
		if (known && word[1].kind == US_WORD_EQUALS && strcmp(word[2].text, "default") == 0)
			add_rests(m, known->name, known->module);
	}
}

static bool is_convention(const struct us_line *line)
{
	return line->count == 2 && strcmp(line->word[0].text, US_CONVENTION_WORD) == 0 &&
	       line->word[1].kind == US_WORD_TEXT;
}

/* Where the statement of the line ends: its comment and blanks follow. */
static size_t body_bytes(const struct us_line *line)
{
	const struct us_word *last = &line->word[line->count - 1];
	return last->column - 1 + last->bytes;
}

static int migrate_line(struct migration *m, const char *text, size_t bytes, uint32_t *column, struct us_err *err)
{
	*column = 1;
	if (bytes > US_LANG_LINE_BYTES)
		return us_fail(err, "a line of %zu bytes; the longest may have %d", bytes, US_LANG_LINE_BYTES);
	if (us_line_cut(&m->line, text, bytes, column, err))
		return US_FAILED;
	const struct us_word *word = m->line.word;
	const bool first = m->line.count && !m->begun;
	m->begun |= m->line.count > 0;
	if (first && is_convention(&m->line)) {
		m->done = strcmp(word[1].text, "1") != 0;
		return US_OK; /* it stands in front already */
	}
	const size_t body = m->line.count ? body_bytes(&m->line) : 0;
	fwrite(text, 1, body, m->out);
	if (!m->done && m->line.count > 2 && word[1].kind == US_WORD_EQUALS)
		define(m, word);
	else if (!m->done && m->line.count > 3 && strcmp(word[0].text, "scene") == 0)
		add_scene(m);
	fwrite(text + body, 1, bytes - body, m->out);
	fputc('\n', m->out);
	return US_OK;
}

static int migrate_lines(struct migration *m, const struct us_lang_text *text, struct us_err *err)
{
	const char *at = text->text, *end = at + text->bytes;
	fprintf(m->out, "%s %d\n", US_CONVENTION_WORD, US_CONVENTION);
	for (uint32_t line = 1; at < end; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const size_t bytes = (size_t)((newline ? newline : end) - at);
		uint32_t column;
		if (migrate_line(m, at, bytes, &column, err)) {
			us_err_locate(err, text->file, line, at, column);
			return US_FAILED;
		}
		at += bytes + 1;
	}
	return US_OK;
}

int us_lang_migrate(const struct us_lang_text *text, const struct us_lang_catalogue *catalogue, char **migrated,
                    size_t *bytes, struct us_err *err)
{
	struct us_err unread;
	char *rewritten = NULL;
	struct us_lang_text again = *text;
	struct migration *m = calloc(1, sizeof *m);
	*migrated = NULL;
	err = err ? err : &unread;
	if (m) {
		m->catalogue = catalogue;
		m->out = open_memstream(&rewritten, &again.bytes);
	}
	int failed = m && m->out ? migrate_lines(m, text, err) : us_fail(err, "no memory to migrate a patch");
	if (m && m->out && fclose(m->out) && !failed)
		failed = us_fail(err, "no memory to migrate a patch");
	free(m);
	again.text = rewritten;
	if (!failed)
		failed = us_lang_format(&again, migrated, bytes, err);
	free(rewritten);
	return failed;
}
