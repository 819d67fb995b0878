/* oracle.h — mini-notation once more, as simply as it can be said: patterns are trees of a few combinators, an answer
 * is a list, time is a fraction, nothing has a bound. It shares no code with src/pattern; test_oracle.c compares the
 * two.
 *
 *   oracle.c   what a tree does in a span of time
 *   draw.c     a random text, and the tree that it means */
#ifndef US_ORACLE_H
#define US_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frac {
	int64_t num, den; /* lowest terms, den > 0 */
};
extern bool oracle_spoilt; /* a fraction did not fit 64 bits: what came out counts for nothing */

struct frac frac_of(int64_t num, int64_t den);
struct frac frac_add(struct frac a, struct frac b);
struct frac frac_sub(struct frac a, struct frac b);
struct frac frac_mul(struct frac a, struct frac b);
struct frac frac_div(struct frac a, struct frac b);
int frac_compare(struct frac a, struct frac b);

struct event {
	struct frac begin, end, from, to; /* the whole, and the part of it that was asked for */
	struct frac number;               /* of a pattern of numbers */
	float value, velocity, side, start, stop, speed;
	int sharp;
	const char *name; /* NULL: a number */
	bool analog;
};
struct events {
	struct event *at;
	size_t count, room;
};

enum oracle_op {
	O_SILENCE,
	O_PURE,   /* the event in `event`, once a cycle */
	O_SIGNAL, /* name says which */
	O_STACK,
	O_ROW,   /* kids share each cycle by their weights */
	O_CAT,   /* one kid a cycle, each goes on where it stopped */
	O_FAST,  /* x times as fast */
	O_LATE,  /* x later */
	O_REV,   /* each cycle backwards */
	O_JOIN,  /* the last kid's numbers are the x of what `inner` says */
	O_PLY,   /* each event x times in its own time */
	O_CHOP,  /* the same, with parts of its sound */
	O_PRESS, /* each event without the first x of it */
	O_EUCLID,
	O_ITER, /* x */
	O_LINGER,
	O_BITE, /* x parts */
	O_ROT,
	O_ARP,
	O_WHEN,   /* by cycle, kid 0 or 1: cycle mod num is, or is not below, den */
	O_KEEP,   /* kid's events of a name, of a value, or that begin within two parts of the cycle; `turn`: the others
	           */
	O_CHANGE, /* values, by `value` */
	O_CHANGE_WITH, /* values, by those of kid 1 */
	O_STRUCT,
	O_MASK,
	O_SEGMENT,
	O_IF,
	O_PICK,
	O_BY_NUMBER, /* the kid whose weight is what kid 0 says */
};

enum oracle_change {
	C_ADD,
	C_SUB,
	C_MUL,
	C_DIV,
	C_INVERT,
	C_VELOCITY,
	C_SIDE,
	C_SPEED,
	C_BEGIN,
	C_END,
	C_PART,
	C_NUMBER, /* of a name */
	C_SET_VELOCITY,
	C_IS, /* only where it is x */
};

enum oracle_keep { K_NAME, K_VALUE, K_WITHIN };

struct tree {
	enum oracle_op op, inner;
	struct tree **kid;
	struct frac *weight;
	size_t kids;
	struct frac x, y;             /* numbers of the op */
	int hits, steps, turn, given; /* EUCLID; given: how many of them are known */
	int kind;
	float value;
	const char *name;
	struct event event;
};

/* Puts what happens in [from, to) behind what is there. */
void oracle_ask(const struct tree *t, struct frac from, struct frac to, struct events *all);
/* What begins there, in order. */
void oracle_onsets(const struct tree *t, struct frac from, struct frac to, struct events *all);

/* A random text of at most `room` bytes, and what it means. The tree is good until the next call. */
const struct tree *oracle_draw(uint64_t seed, char *text, size_t room);
/* One with chance in it, whose meaning nobody knows beforehand: only the text. */
void oracle_draw_chance(uint64_t seed, char *text, size_t room);
void *oracle_get(size_t bytes);

#endif
