/* warn.c — for who wants to hear all of it (understudy check): errors one after the other, without those that only
 * follow from one before, and warnings of what is right as it stands but may be meant otherwise. */
#include "compiler.h"
#include "pattern/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 4))) static void warn(struct us_compiler *c, uint32_t column, const char *format, ...)
{
	struct us_err text;
	va_list args;
	if (!c->text->complain)
		return;
	va_start(args, format);
	vsnprintf(text.text, sizeof text.text, format, args);
	va_end(args);
	us_err_locate(&text, c->text->file, c->number, c->begin, column);
	c->text->complain(c->text->complain_context, text.text, true);
}

void us_warn_name(struct us_compiler *c, const struct us_word *name)
{
	const char *word, *example;
	if (c->inside) /* its name has another in front */
		return;
	for (uint32_t i = 0; (word = us_lang_word(i, &example)); i++)
		if (strcmp(word, name->text) == 0)
			warn(c, name->column,
			     "'%s' is a word of the language: a line that begins with it is about that, unless an "
			     "arrow or an "
			     "= follows; another name would be clearer",
			     word);
}

/* A whole text that does not say which convention it is written in. */
void us_warn_convention(struct us_compiler *c)
{
	if (c->text->whole && c->convention == US_CONVENTION_FIRST)
		warn(c, 1,
		     "no first line says 'understudy 2', so it is read as a patch of before, in which most oscillators "
		     "rest at a4; understudy fmt --migrate writes it as it is meant");
}

/* bd*4 fast 2: a name, where a change was meant. */
void us_warn_pattern(struct us_compiler *c, const struct us_word *text)
{
	const char *change;
	const size_t end = strcspn(text->text, ";");
	for (size_t at = 0; c->text->complain && at < end;) {
		at += strspn(text->text + at, " \t\n[]<>(){},");
		const size_t n = strcspn(text->text + at, " \t\n[]<>(){},;*/!@?:");
		for (uint32_t i = 0; at && at < end && (change = us_pattern_word(i)); i++)
			if (strlen(change) == n && strncmp(change, text->text + at, n) == 0 &&
			    text->text[at + n] != ':')
				warn(c, us_quoted_column(c->begin, text, (uint32_t)at + 1),
				     "'%s' is a name here; a ; before it would make it a change of what stands before "
				     "it",
				     change);
		at += n + strspn(text->text + at + n, "*/!@?:");
	}
}

/* Who defines something on a line that is wrong is not told of each line that speaks of it. */
static void remember_broken(struct us_compiler *c)
{
	const struct us_word *word = c->line.word;
	if (c->line.count > 1 && word[0].kind == US_WORD_TEXT && word[1].kind == US_WORD_EQUALS &&
	    c->broken_count < US_LANG_PARTS && strlen(word[0].text) < US_NAME_BYTES)
		strcpy(c->broken[c->broken_count++], word[0].text);
}

bool us_complain(struct us_compiler *c)
{
	if (!c->text->complain)
		return false;
	remember_broken(c);
	if (!c->follows)
		c->text->complain(c->text->complain_context, c->err->text, false);
	c->errors++;
	c->follows = c->stranger = false;
	return true;
}
