/* repl_answer.c — errors, for somebody who types: with a mark under the place. */
#include "client/said.h"
#include "repl.h"

#include <stdlib.h>
#include <string.h>
#include <understudy/visible.h>
#include <wchar.h>

/* --- errors ------------------------------------------------------------------------------------------------------ */

static bool is_letter(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The place of a word in the line, from 1; 0: it is not there. */
static uint32_t column_of(const char *line, const char *word, size_t bytes)
{
	for (const char *p = line; (p = memmem(p, strlen(p), word, bytes)); p++)
		if ((p == line || !is_letter(p[-1])) && !is_letter(p[bytes]))
			return (uint32_t)(p - line) + 1;
	return 0;
}

/* Control knows no columns, but it quotes the word that is wrong, and the last one is the narrowest. */
static uint32_t quoted_column(const char *line, const char *text)
{
	uint32_t column = 0;
	const char *end = text + strcspn(text, ";");
	for (const char *open = strchr(text, '\''), *close; open && open < end; open = strchr(close + 1, '\'')) {
		close = strchr(open + 1, '\'');
		if (!close)
			break;
		const uint32_t here = close > open + 1 ? column_of(line, open + 1, (size_t)(close - open) - 1) : 0;
		column = here ? here : column;
	}
	return column;
}

/* How many cells of a terminal the bytes before a column take. */
static int width_before(const char *line, uint32_t column)
{
	int cells = 0;
	mbstate_t state = {0};
	const char *p = line, *end = line + column - 1;
	while (p < end && *p) {
		wchar_t letter;
		const size_t n = mbrtowc(&letter, p, (size_t)(end - p), &state);
		if (n == 0 || n > (size_t)(end - p))
			return cells + (int)(end - p);
		const int width = letter == L'\t' ? 8 - cells % 8 : wcwidth(letter);
		cells += width > 0 ? width : 0;
		p += n;
	}
	return cells;
}

/* "/mod/vcf/cutof: what is wrong": somebody who types has not said the address. */
static const char *without_address(const char *text)
{
	const char *end = text[0] == '/' ? strstr(text, ": ") : NULL;
	return end && !memchr(text, ' ', (size_t)(end - text)) ? end + 2 : text;
}

void us_repl_complain(struct us_repl *r, const char *line, const struct us_lang_fault *fault, const struct us_err *err)
{
	char said[US_ERROR_BYTES];
	r->failed = true;
	fflush(stdout);
	if (!r->editor) {
		fprintf(stderr, "understudy: line %u%s", r->line, fault->column ? "" : ": ");
		if (fault->column)
			fprintf(stderr, ", column %u: ", us_column_of(line, fault->column));
		fprintf(stderr, "%s\n", us_said(said, err->text));
		return;
	}
	const char *text = us_said(said, without_address(err->text)), *red = r->colour ? "\033[31m" : "",
		   *plain = r->colour ? "\033[0m" : "";
	const uint32_t column = fault->column ? fault->column : quoted_column(line, text);
	if (column)
		printf("%*s%s^%s\n", (int)sizeof US_REPL_PROMPT - 1 + width_before(line, column), "", red, plain);
	printf("%s%s%s\n", red, text, plain);
	fflush(stdout);
}
