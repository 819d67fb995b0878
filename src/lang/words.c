/* words.c — see words.h. "->", "-/>", "=" and "*" stand for themselves; all else up to a space, a comment or one of
 * those is a word. A minus belongs to its number. What stands in double quotes is one word, whatever is in it. */
#include "words.h"

#include <stdbool.h>
#include <string.h>
#include <understudy/letters.h>

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const struct {
	const char *sign;
	enum us_word_kind kind;
} signs[] = {{"->", US_WORD_ARROW}, {"-/>", US_WORD_NO_ARROW}, {"=", US_WORD_EQUALS}, {"*", US_WORD_TIMES}};
enum { SIGNS = sizeof signs / sizeof signs[0] };

static size_t sign_at(const char *text, size_t left, enum us_word_kind *kind)
{
	for (size_t i = 0; i < SIGNS; i++) {
		size_t n = strlen(signs[i].sign);
		if (n <= left && memcmp(text, signs[i].sign, n) == 0) {
			*kind = signs[i].kind;
			return n;
		}
	}
	return 0;
}

/* A '#' after a note's letter is a sharp ("c#4"), elsewhere the beginning of a comment. */
static bool is_sharp(const char *text, size_t at, size_t start)
{
	return at == start + 1 &&
	       ((text[start] >= 'a' && text[start] <= 'g') || (text[start] >= 'A' && text[start] <= 'G'));
}

static size_t word_end(const char *text, size_t at, size_t bytes)
{
	enum us_word_kind kind;
	size_t start = at;
	while (at < bytes && !is_space(text[at]) && !sign_at(text + at, bytes - at, &kind) &&
	       (text[at] != '#' || is_sharp(text, at, start)))
		at++;
	return at;
}

/* Just past the closing quote, or 0 if there is none. */
static size_t quote_end(const char *text, size_t at, size_t bytes)
{
	for (at++; at < bytes && text[at] != '"'; at++)
		at += text[at] == '\\' && at + 1 < bytes;
	return at < bytes ? at + 1 : 0;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : us_lower(c) >= 'a' && us_lower(c) <= 'f' ? us_lower(c) - 'a' + 10 : -1;
}

/* One letter of what stands in quotes: \" \\ \n \t and \x1b stand for what cannot stand there itself, any other
 * backslash for itself. Returns how many bytes it took. */
static size_t read_letter(const char *text, size_t left, char *letter)
{
	static const char escaped[] = "\"\\nt", means[] = "\"\\\n\t";
	const char *found = text[0] == '\\' && left > 1 ? memchr(escaped, text[1], sizeof escaped - 1) : NULL;
	*letter = found ? means[found - escaped] : text[0];
	if (text[0] == '\\' && left > 3 && text[1] == 'x' && hex(text[2]) >= 0 && hex(text[3]) >= 0 &&
	    (text[2] != '0' || text[3] != '0')) {
		*letter = (char)(hex(text[2]) * 16 + hex(text[3]));
		return 4;
	}
	return found ? 2 : 1;
}

/* What the quotes hold. False: it is too long for a word. */
static bool read_quoted(struct us_word *w, const char *text, size_t bytes)
{
	size_t used = 0;
	for (size_t at = 0; at < bytes;) {
		char letter;
		at += read_letter(text + at, bytes - at, &letter);
		if (used == US_LANG_WORD_BYTES - 1)
			return false;
		w->text[used++] = letter;
	}
	w->text[used] = 0;
	return true;
}

uint32_t us_quoted_column(const char *line, const struct us_word *w, uint32_t n)
{
	const char *text = line + w->column - 1;
	size_t at = 1;
	char letter;
	if (text[0] != '"')
		return w->column + n - 1;
	for (; n > 1 && at + 1 < w->bytes; n--)
		at += read_letter(text + at, w->bytes - 1 - at, &letter);
	return w->column + (uint32_t)at;
}

int us_line_cut(struct us_line *line, const char *text, size_t bytes, uint32_t *column, struct us_err *err)
{
	line->count = 0;
	for (size_t at = 0;;) {
		while (at < bytes && is_space(text[at]))
			at++;
		struct us_word *w = &line->word[line->count];
		*column = w->column = (uint32_t)at + 1;
		w->kind = US_WORD_END;
		w->text[0] = 0;
		w->bytes = 0;
		if (at >= bytes || text[at] == '#')
			return US_OK;
		if (line->count == US_LANG_WORDS)
			return us_fail(err, "more than %d words; put the rest on a line of its own", US_LANG_WORDS);
		const bool quoted = text[at] == '"';
		size_t n = sign_at(text + at, bytes - at, &w->kind), end = n        ? at + n
		                                                           : quoted ? quote_end(text, at, bytes)
		                                                                    : word_end(text, at, bytes);
		if (!end)
			return us_fail(err, "a quote that is not closed; another \" would be right where it ends");
		if (!n)
			w->kind = US_WORD_TEXT;
		if (!quoted && end - at >= US_LANG_WORD_BYTES)
			return us_fail(err, "a word of %zu characters; the longest may have %d", end - at,
			               US_LANG_WORD_BYTES - 1);
		for (size_t i = at; i < end; i++)
			if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
				return us_fail(err, "a control character (code %u); a patch is plain text",
				               (unsigned)(unsigned char)text[i]);
		if (quoted && !read_quoted(w, text + at + 1, end - at - 2))
			return us_fail(err, "more than %d characters in quotes", US_LANG_WORD_BYTES - 1);
		if (!quoted) {
			memcpy(w->text, text + at, end - at);
			w->text[end - at] = 0;
		}
		w->bytes = (uint32_t)(end - at);
		at = end;
		line->count++;
	}
}
