/* format.c — us_lang_format, see lang.h: a patch as it should look. It knows words, not statements, so that whatever
 * compiles can be formatted, and what does not compile yet can be too. [any] */
#include "compiler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	COMMENT_GAP = 2,
	COMMENT_COLUMN_MOST = 80, /* a statement that is longer has its comment right behind it */
};

struct row {
	const char *body; /* in `bodies` */
	uint32_t body_bytes;
	const char *comment;
	uint32_t comment_bytes;
};

struct formatter {
	const struct us_lang_text *text;
	struct us_line line;
	struct row *row; /* of the paragraph: lines without a blank one between them */
	uint32_t rows;
	char *bodies;
	size_t used;
	bool begun; /* something is written */
	FILE *out;
	struct us_err *err;
};

/* --- one line -------------------------------------------------------------------------------------------------- */

/* osc = saw freq=110, input cutoff = vcf.cutoff: the first equals sign defines, those that follow belong to their
 * knobs. */
static bool is_apart(const struct us_line *line, uint32_t i)
{
	const char *first = line->word[0].text;
	const uint32_t defines = strcmp(first, "input") == 0 || strcmp(first, "output") == 0 ? 2 : 1;
	const enum us_word_kind before = line->word[i - 1].kind, here = line->word[i].kind;
	if (before == US_WORD_TIMES)
		return false;
	return (here != US_WORD_EQUALS || i <= defines) && (before != US_WORD_EQUALS || i <= defines + 1);
}

static uint32_t write_body(const struct us_line *line, const char *text, char *to)
{
	size_t n = 0;
	for (uint32_t i = 0; i < line->count; i++) {
		const struct us_word *word = &line->word[i];
		if (i && is_apart(line, i))
			to[n++] = ' ';
		memcpy(to + n, text + word->column - 1, word->bytes);
		n += word->bytes;
	}
	return (uint32_t)n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts a line, and lays its words out anew. */
static int read_row(struct formatter *f, const char *text, size_t bytes, uint32_t *column)
{
	struct row *row = &f->row[f->rows];
	*column = 1;
	if (bytes > US_LANG_LINE_BYTES)
		return us_fail(f->err, "a line of %zu bytes; the longest may have %d", bytes, US_LANG_LINE_BYTES);
	if (us_line_cut(&f->line, text, bytes, column, f->err))
		return US_FAILED;
	const size_t comment = f->line.word[f->line.count].column - 1;
	while (bytes > comment && is_blank(text[bytes - 1]))
		bytes--;
	row->body = f->bodies + f->used;
	row->body_bytes = write_body(&f->line, text, f->bodies + f->used);
	row->comment = text + comment;
	row->comment_bytes = (uint32_t)(bytes - comment);
	if (row->body_bytes + COMMENT_COLUMN_MOST + row->comment_bytes > US_LANG_LINE_BYTES)
		return us_fail(f->err, "a line that would be longer than %d bytes", US_LANG_LINE_BYTES);
	f->used += row->body_bytes;
	return US_OK;
}

/* --- a paragraph ------------------------------------------------------------------------------------------------- */

static uint32_t comment_column(const struct formatter *f)
{
	uint32_t column = 0;
	for (uint32_t i = 0; i < f->rows; i++) {
		const struct row *row = &f->row[i];
		if (row->comment_bytes && row->body_bytes > column && row->body_bytes <= COMMENT_COLUMN_MOST)
			column = row->body_bytes;
	}
	return column;
}

static void write_paragraph(struct formatter *f)
{
	const uint32_t column = comment_column(f);
	if (!f->rows)
		return;
	if (f->begun)
		fputc('\n', f->out);
	for (uint32_t i = 0; i < f->rows; i++) {
		const struct row *row = &f->row[i];
		fwrite(row->body, 1, row->body_bytes, f->out);
		if (row->body_bytes && row->comment_bytes) {
			uint32_t to = row->body_bytes < column ? column : row->body_bytes;
			fprintf(f->out, "%*s", (int)(to - row->body_bytes) + COMMENT_GAP, "");
		}
		fwrite(row->comment, 1, row->comment_bytes, f->out);
		fputc('\n', f->out);
	}
	f->begun = true;
	f->rows = 0;
	f->used = 0;
}

static int format_lines(struct formatter *f)
{
	const char *at = f->text->text, *end = at + f->text->bytes;
	for (uint32_t line = 1; at < end; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const size_t bytes = (size_t)((newline ? newline : end) - at);
		uint32_t column = 1;
		int failed = US_OK;
		if (line > US_LANG_LINES)
			failed = us_fail(f->err, "more than %d lines; no patch needs so many", US_LANG_LINES);
		if (failed || read_row(f, at, bytes, &column)) {
			us_err_locate(f->err, f->text->file, line, at, column);
			return US_FAILED;
		}
		if (f->row[f->rows].body_bytes || f->row[f->rows].comment_bytes)
			f->rows++;
		else
			write_paragraph(f);
		at += bytes + 1;
	}
	write_paragraph(f);
	return US_OK;
}

int us_lang_format(const struct us_lang_text *text, char **formatted, size_t *bytes, struct us_err *err)
{
	struct us_err unread;
	struct formatter *f = calloc(1, sizeof *f);
	int failed = US_FAILED;
	*formatted = NULL;
	if (!f)
		return us_fail(err, "no memory to format a patch");
	f->text = text;
	f->err = err ? err : &unread;
	f->row = calloc(US_LANG_LINES + 1, sizeof *f->row);
	f->bodies = malloc(2 * text->bytes + 1); /* each word gets one space at most */
	f->out = open_memstream(formatted, bytes);
	if (f->row && f->bodies && f->out)
		failed = format_lines(f);
	else
		us_fail(f->err, "no memory to format a patch");
	if (f->out && fclose(f->out) && !failed)
		failed = us_fail(f->err, "no memory to format a patch");
	if (failed) {
		free(*formatted);
		*formatted = NULL;
	}
	free(f->bodies);
	free(f->row);
	free(f);
	return failed;
}
