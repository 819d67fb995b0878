/* query.h — private to the _rt.c files of src/pattern: a question to a pattern while it is worked out. Each kind of
 * node is one function that asks the node's children about spans of theirs and carries the answers back; nothing is
 * dropped before the node above has seen it. [rt]: bounded work, no allocation, whole numbers for all that is time.
 *
 *   query_rt.c    the question, and which function answers for which node
 *   time_rt.c     sequences, speed, shift, mirror
 *   cycle_rt.c    what differs from cycle to cycle
 *   event_rt.c    what is done to each event by itself
 *   join_rt.c     patterns that meet: numbers that are patterns, struct, mask, add
 *   chance_rt.c   dice and signals
 *   sound_rt.c    is what came from elsewhere a pattern at all?
 *
 * Ticks are the same everywhere: a node that is twice as fast has a cycle of half as many. So speed costs nothing, and
 * every function is told how long a cycle of its node is. */
#ifndef US_PATTERN_QUERY_H
#define US_PATTERN_QUERY_H

#include <understudy/pattern.h>

struct query {
	const struct us_pattern_node *node;
	uint32_t nodes, seed;
	struct us_hap *hap;
	uint32_t count, room;
	uint32_t work, depth; /* that are left */
	bool full, tired;
	bool sampled; /* what asks is one event, whole, or a whole cycle: a signal may answer with one value */
};

/* Of a node's own time: events and pieces in [from, to), where a cycle lasts `length`. */
struct span {
	int64_t from, to, length;
};

/* The numbers of a node, whether they stand in it or came from a pattern. */
struct numbers {
	int32_t num, den, turn;
};

/* Puts the answer of one node behind what is there. */
void us_ask(struct query *q, uint32_t index, struct span s);
/* The same for a node's child n. */
void us_ask_child(struct query *q, const struct us_pattern_node *n, uint32_t child, struct span s);
/* The same in a child's time, which lies `later` behind the span's: its answers come back so much later. */
void us_ask_later(struct query *q, const struct us_pattern_node *n, uint32_t child, struct span s, int64_t later);
/* The same of [from, to) as one: a signal in it has one value there. */
void us_ask_sampled(struct query *q, const struct us_pattern_node *n, uint32_t child, struct span s);
/* Is there a signal in it? */
bool us_is_signal(const struct query *q, const struct us_pattern_node *n, uint32_t child);
/* The same of a child that steers: which number, which of the others. Signals in it have a value for each cycle, unless
 * the question is sampled already: never one that depends on where a question begins or ends. */
void us_ask_steering(struct query *q, const struct us_pattern_node *n, uint32_t child, struct span s);
/* Room for one more. NULL: there is none, and the question fails. */
struct us_hap *us_hap_add(struct query *q);
/* Takes back what was between `mark` and `until`: what lies behind moves there. */
void us_haps_drop(struct query *q, uint32_t mark, uint32_t until);
/* False: too much work. */
bool us_spend(struct query *q);

/* The function of a node, by its op. */
typedef void us_answer(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s);
us_answer us_answer_atom, us_answer_number, us_answer_seq, us_answer_times, us_answer_stack, us_answer_fast,
    us_answer_late, us_answer_rev;
us_answer us_answer_iter, us_answer_linger, us_answer_shuffle, us_answer_when, us_answer_chunk, us_answer_choose;
us_answer us_answer_ply, us_answer_press, us_answer_keep, us_answer_degrade, us_answer_chop, us_answer_arp,
    us_answer_rot;
us_answer us_answer_value, us_answer_struct, us_answer_mask, us_answer_segment, us_answer_if, us_answer_pick,
    us_answer_bite;
us_answer us_answer_signal, us_answer_euclid;

/* Runs a node whose numbers are patterns, once for each span in which they stay the same. */
void us_join(struct query *q, const struct us_pattern_node *n, struct span s);

/* A number from 0 to 1 that depends on the pattern, a place in its text and a moment: the same in every replica, and
 * however finely the cycle is divided. */
float us_chance(const struct query *q, uint32_t place, int64_t at, int64_t length);

/* hits spread over steps, the first on the first; negative hits are the rests of the positive ones. */
void us_bjorklund(int hits, int steps, bool on[static US_PATTERN_EUCLID]);

static inline int64_t us_floor_div(int64_t a, int64_t b)
{
	const int64_t n = a / b;
	return n - (a % b < 0);
}
static inline int64_t us_later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}
static inline int64_t us_sooner_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}
/* num / den of a cycle. */
static inline int64_t us_part_of(int64_t length, int64_t num, int64_t den)
{
	return den ? length / den * num : 0;
}
/* The part of a span within one cycle. */
static inline struct span us_within(struct span s, int64_t cycle)
{
	return (struct span){us_later_of(s.from, cycle * s.length), us_sooner_of(s.to, (cycle + 1) * s.length),
	                     s.length};
}

#endif
