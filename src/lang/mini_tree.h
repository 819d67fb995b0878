/* mini_tree.h — private to src/lang/mini*.c: a pattern while it is read, and who reads what of it.
 *
 *   mini.c         the whole: text, transformations behind it, the result
 *   mini_change.c  every 4 (fast 2), rev, off 1/8 (+7): what is done to a pattern that has been read
 *   mini_row.c     rows of steps, groups in brackets
 *   mini_step.c    one step and what stands behind it: *2, (3,8), ?
 *   mini_word.c    names, notes, numbers, chords, drums
 *   mini_tree.c    the tree, and how it is laid flat */
#ifndef US_MINI_TREE_H
#define US_MINI_TREE_H

#include "mini.h"

#include <stdbool.h>

enum { TWIGS = 512, NAMES = 32, NAME_BYTES = 24, DEPTH = US_PATTERN_DEPTH / 2, NONE = 0xffff };

struct twig {
	struct us_pattern_node node;
	uint16_t child, next; /* first child, next sibling */
	uint16_t laid;        /* where its children lie, once they do; of the twig that owns them */
};

struct mini {
	const char *text, *at;
	const char *token; /* that is being read */
	struct twig twig[TWIGS];
	uint32_t count, depth;
	uint8_t dice; /* thrown so far, for those who must agree */
	char name[NAMES][NAME_BYTES];
	uint32_t names;
	struct us_err *err;
};

/* Children of a sequence while it is read. */
struct row {
	uint16_t first, last;
	uint32_t count;
};

/* --- mini_tree.c. NONE: no room, or what was given is NONE; the error is set ------------------------------ */

uint16_t us_twig_grow(struct mini *m, enum us_pattern_op op);
void us_twig_hang(struct mini *m, struct row *row, uint16_t twig);
/* A twig over a row. */
uint16_t us_twig_bind(struct mini *m, enum us_pattern_op op, const struct row *row);
/* A twig over one child, with the child's weight. */
uint16_t us_twig_over(struct mini *m, enum us_pattern_op op, uint16_t child);
/* A twig over a child and `count` more, with the first child's weight. */
uint16_t us_twig_over_all(struct mini *m, enum us_pattern_op op, uint16_t child, const uint16_t *more, uint32_t count);
/* The same again; what lies below is shared. */
uint16_t us_twig_again(struct mini *m, uint16_t twig);
/* Breadth first, so children lie side by side and behind their parents. */
int us_twig_lay(struct mini *m, uint16_t root, struct us_pattern *p);

/* --- mini_word.c ------------------------------------------------------------------------------------------ */

bool us_mini_is_blank(char c);
bool us_mini_is_digit(char c);
bool us_mini_is_letter(char c);
void us_mini_skip_blanks(struct mini *m);
/* "'x' cannot stand here; ": returns US_FAILED. */
int us_mini_refuse(struct mini *m, const char *right);
int us_mini_number(struct mini *m, float *value);
int us_mini_whole(struct mini *m, int least, int most, int *value);
uint16_t us_mini_atom(struct mini *m, float value, uint8_t name, float velocity);
/* <2 3> or [2 3]: a pattern of numbers in the place of one. */
bool us_mini_is_group(const struct mini *m);
uint16_t us_mini_numbers(struct mini *m, float least, float most);
/* A name, note, number or chord. */
uint16_t us_mini_word(struct mini *m);
/* X.x.: each letter is a step of the row that it stands in. */
bool us_mini_is_drums(const char *word, size_t bytes);
int us_mini_drums(struct mini *m, size_t bytes, struct row *row);

/* --- mini_step.c, mini_row.c, mini_change.c ---------------------------------------------------------------- */

int us_mini_step(struct mini *m, struct row *row);
/* Rows to the closing bracket, or to the end of the pattern (0): side by side with a comma, one of them with a bar. */
uint16_t us_mini_rows(struct mini *m, char close);
/* One of [a b], <a b>, {a b}, up to its closing bracket. */
uint16_t us_mini_group(struct mini *m);
/* What stands behind a semicolon; returns the pattern, changed. */
uint16_t us_mini_change(struct mini *m, uint16_t pattern);

#endif
