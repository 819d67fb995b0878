/* parse.h — private to src/pattern: a pattern while it is read, and who reads what of it.
 *
 *   read.c         the whole: text, changes behind it, names, the result
 *   change.c       which changes there are, by name; change_time.c, change_value.c, change_cycle.c: what they make
 *   source.c       run 4, irand 8, sine: what stands where a row could
 *   row.c          rows of steps, groups in brackets
 *   step.c         one step and what stands behind it: *2, (3,8), ?
 *   repeat.c       what is done to the step before: ! _ ..
 *   argument.c     numbers that steps and changes take
 *   word.c         names, notes, numbers, drums; chord.c: chords
 *   names.c        which name has which number; the change names
 *   number.c       numbers, as fractions of whole numbers
 *   tree.c         the tree, and how it is laid flat
 *   measure.c      what is too much; gauge.c: how finely its cycle must be divided, how much it plays at once
 *   grid.c         arithmetic of both */
#ifndef US_PATTERN_PARSE_H
#define US_PATTERN_PARSE_H

#include "read.h"

#include <stdbool.h>

enum { TWIGS = 3 * US_PATTERN_NODES, DEPTH = 24, NONE = 0xffff, ROWS = 64 };

struct twig {
	struct us_pattern_node node;
	uint16_t child, next;       /* first child, next sibling */
	uint16_t laid;              /* where its children lie, once they do; of the twig that owns them */
	int32_t long_num, long_den; /* its weight in a row */
};

/* What a word may be where it stands. */
enum mode {
	MODE_PLAIN,
	MODE_VALUES,  /* no names */
	MODE_NUMBERS, /* exact numbers, which stand for another number */
	MODE_TRUTH,   /* t and f, 1 and 0 */
	MODE_CHORD,   /* names of chords, on parse.root */
	MODE_RUN,     /* a number n is 0 1 2 … n - 1 */
};

struct parse {
	const char *text, *at;
	const char *token; /* that is being read */
	uint32_t count, depth;
	uint16_t dice; /* thrown so far, by words that stand at no place of their own */
	enum mode mode;
	bool signals; /* sine is a signal, not a name */
	bool notes;   /* atoms that are made are notes, not numbers */
	float root;
	int64_t least, most; /* MODE_NUMBERS: of its numbers, in 1/4096 */
	bool whole;          /* and no fractions */
	const char *wrong;   /* where the pattern as a whole is not right; NULL: it is */
	char name[US_PATTERN_NAMES][US_PATTERN_NAME_BYTES];
	uint32_t names;
	uint16_t list[US_PATTERN_NAMES]; /* by the change names: which of them is the first, the second; 0: none is */
	uint32_t listed;
	struct us_err *err;
	struct twig twig[TWIGS]; /* the first `count`; the others are not even zeroed */
};

/* A fraction, in lowest terms; den > 0. */
struct fraction {
	int32_t num, den;
};

/* Children of a sequence while it is read. */
struct row {
	uint16_t first, last;
	uint32_t count;
};

/* --- tree.c. NONE: no room, or what was given is NONE; the error is set ---------------------------------------- */

uint16_t us_twig_grow(struct parse *m, enum us_pattern_op op);
/* Behind the others of a row. */
void us_twig_hang(struct parse *m, struct row *row, uint16_t twig);
/* A twig over a row; over one child, with the child's weight; over two or three. */
uint16_t us_twig_bind(struct parse *m, enum us_pattern_op op, const struct row *row);
uint16_t us_twig_over(struct parse *m, enum us_pattern_op op, uint16_t child);
uint16_t us_twig_pair(struct parse *m, enum us_pattern_op op, uint16_t first, uint16_t second);
/* The same again; what lies below is shared. */
uint16_t us_twig_again(struct parse *m, uint16_t twig);
/* A row that shares a cycle by its weights; *total, if not NULL, becomes their sum. */
uint16_t us_twig_sequence(struct parse *m, const struct row *row, struct fraction *total);
/* A twig over a child, num / den times as fast. */
uint16_t us_twig_fast(struct parse *m, uint16_t child, struct fraction speed);
uint16_t us_twig_late(struct parse *m, uint16_t child, struct fraction later);
/* Breadth first, so children lie side by side and behind their parents. */
int us_twig_lay(struct parse *m, uint16_t root, struct us_pattern *p);

/* --- number.c --------------------------------------------------------------------------------------------------- */

bool us_is_blank(char c);
bool us_is_digit(char c);
bool us_is_letter(char c);
void us_skip_blanks(struct parse *m);
/* "'x' cannot stand here; ": returns US_FAILED. */
int us_refuse(struct parse *m, const char *expected);
/* Does a number, with its suffix, end here, so that it is not the beginning of a name? */
bool us_number_is_here(const struct parse *m);
/* 3, -0.25, 1e3, 3h, 4%2; a fraction too fine fails. */
int us_fraction_read(struct parse *m, struct fraction *x);
/* The same, but for notes and velocities, which need not be exact. */
int us_value_read_here(struct parse *m, float *value);

/* --- grid.c ----------------------------------------------------------------------------------------------------- */

/* Lowest terms; false: too large. */
bool us_fraction_of(int64_t num, int64_t den, struct fraction *x);
/* The greatest common divisor; what both divide, or have as a product: 0 if it is finer than any cycle may be, or one
 * of them was. */
int64_t us_common(int64_t a, int64_t b);
int64_t us_least_common(int64_t a, int64_t b);
int64_t us_product(int64_t a, int64_t b);
/* The smallest x so that x * num / den is a multiple of grid. */
int64_t us_grid_scaled(int64_t grid, int64_t num, int64_t den);

/* --- word.c, chord.c -------------------------------------------------------------------------------------------- */

uint16_t us_atom(struct parse *m, float value, uint16_t name);
/* A name, note, number or chord. */
uint16_t us_word(struct parse *m);
/* The number of a name; a new one if need be. 0: it fails. */
uint16_t us_name_number(struct parse *m, const char *word, size_t bytes);
/* Letters of a name, from here on. */
size_t us_name_length(const struct parse *m);
/* X.x.: each letter is a step of the row that it stands in. How many letters; 0: it is none. */
size_t us_drums_length(const struct parse *m);
int us_drums(struct parse *m, size_t bytes, struct row *row);
/* 'min7, 'major'i, '<maj min>: behind a note. */
uint16_t us_chord_read(struct parse *m, float root);
/* The name of a chord, in MODE_CHORD. */
uint16_t us_chord_word(struct parse *m);

/* --- names.c ---------------------------------------------------------------------------------------------------- */

/* Names and their numbers for a text that says those of `said`: see us_pattern_next. Into `to`, which is empty. */
int us_names_settle(struct parse *to, const struct parse *said, const struct us_pattern *before, uint64_t held);

/* --- repeat.c: of the last one of a row -------------------------------------------------------------------------- */

/* So many times more. */
int us_row_again(struct parse *m, struct row *row, int times);
int us_row_lengthen(struct parse *m, struct row *row);
/* Counts on from it, to the number behind the two dots. */
int us_row_range(struct parse *m, struct row *row);

/* --- step.c, row.c, source.c ------------------------------------------------------------------------------------ */

int us_step(struct parse *m, struct row *row);
/* A step alone, with what stands behind it: where a change takes a pattern. */
uint16_t us_step_alone(struct parse *m);
/* Rows up to the closing bracket, or up to ; and the end of the text (0): side by side with a comma, one of them with a
 * bar. ')' ends with it, ';' before it too. */
uint16_t us_rows(struct parse *m, char close);
/* One row up to one of these letters, or the end. */
uint16_t us_row(struct parse *m, const char *ends);
/* One of [a b], <a b>, {a b}, up to its closing bracket. */
uint16_t us_group(struct parse *m);
bool us_is_group(const struct parse *m);
/* run 4, irand 8, choose 0 2 7: NONE without an error if none stands here. */
uint16_t us_source(struct parse *m, bool *mine);
/* sine and the like, as a word of so many letters; NONE: it is none. */
uint16_t us_signal(struct parse *m, const char *word, size_t bytes);

/* --- change.c and its rooms ------------------------------------------------------------------------------------- */

/* A number that a change takes: it, or a pattern of numbers. */
struct argument {
	struct fraction x;
	uint16_t pattern; /* NONE: it is x */
};
/* Hits, steps and rotation of what stands before; with a pattern among them all three are patterns. */
uint16_t us_spread(struct parse *m, uint16_t step, struct argument part[static 3]);
/* From least to most. */
int us_argument_read(struct parse *m, double least, double most, bool whole, struct argument *a);
/* The same in a step, where what stands behind a bracket belongs to the step. */
int us_slice_read(struct parse *m, double least, double most, bool whole, struct argument *a);
/* A number, or a pattern with values of any kind: *value if NONE is returned and no error is. */
int us_value_argument(struct parse *m, uint16_t *pattern, float *value);
/* A twig over a child with this number. */
uint16_t us_twig_with(struct parse *m, enum us_pattern_op op, uint16_t child, const struct argument *a);

struct change {
	const char *word;
	uint16_t (*make)(struct parse *m, uint16_t pattern, const struct change *c);
	int op, kind;
	double least, most; /* of its number */
	float given;        /* what the word itself says */
};
/* What stands behind a semicolon; returns the pattern, changed. */
uint16_t us_change(struct parse *m, uint16_t pattern);
/* The change that is an argument: (fast 2), (rev; +7), or without brackets. */
uint16_t us_change_within(struct parse *m, uint16_t pattern);
/* A pattern and the changes behind it, up to ) or the end. */
uint16_t us_whole(struct parse *m, char close);
/* A place for dice that no place in the text throws. */
uint16_t us_place(struct parse *m);

typedef uint16_t us_make(struct parse *m, uint16_t pattern, const struct change *c);
us_make us_make_plain, us_make_time, us_make_palindrome, us_make_off, us_make_echo, us_make_ply_with, us_make_brak,
    us_make_inside, us_make_euclid, us_make_striate, us_make_hurry, us_make_bite, us_make_nudge, us_make_arp,
    us_make_segment, us_make_press;
us_make us_make_value, us_make_range, us_make_struct, us_make_fix, us_make_degrade, us_make_pick;
us_make us_make_every, us_make_every_turn, us_make_whenmod, us_make_names, us_make_somecycles, us_make_sometimes,
    us_make_jux, us_make_superimpose, us_make_layer, us_make_within, us_make_chunk, us_make_when, us_make_always,
    us_make_fold;

/* --- measure.c -------------------------------------------------------------------------------------------------- */

/* Sets ticks and the flags of signals; refuses what is too fine or too much, with the figure. *place: where, in the
 * text, from 1; 0: nowhere in particular. */
int us_measure(struct us_pattern *p, uint32_t *place, struct us_err *err);

#endif
