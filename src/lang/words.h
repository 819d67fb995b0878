/* words.h — a line of the patch language cut into words, for compile.c alone. */
#ifndef US_LANG_WORDS_H
#define US_LANG_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <understudy/error.h>
#include <understudy/pattern.h>

/* A pattern fits into a word, however it is written. */
enum { US_LANG_WORDS = 128, US_LANG_WORD_BYTES = US_PATTERN_TEXT + 8 };

enum us_word_kind { US_WORD_END, US_WORD_TEXT, US_WORD_ARROW, US_WORD_NO_ARROW, US_WORD_EQUALS, US_WORD_TIMES };

struct us_word {
	enum us_word_kind kind;
	uint32_t column; /* from 1 */
	uint32_t bytes;  /* as it is written, with its quotes */
	char text[US_LANG_WORD_BYTES];
};

struct us_line {
	struct us_word word[US_LANG_WORDS + 1]; /* the last is US_WORD_END */
	uint32_t count;
};

/* Cuts one line, without its end. Fails with the column in *column. */
int us_line_cut(struct us_line *line, const char *text, size_t bytes, uint32_t *column, struct us_err *err);
/* Where in the line the n-th letter of a word stands, both from 1: behind its quote, and what stands for one letter is
 * longer than that. */
uint32_t us_quoted_column(const char *line, const struct us_word *word, uint32_t n);

#endif
