/* pattern.h — what a pattern is once it has been read: a small tree in a flat array, and the one function that says
 * what happens in one of its cycles. [rt] For the module pattern, for who writes such trees (src/lang), and for their
 * tests.
 *
 * Time. A pattern's own time counts cycles. Each node, asked for its cycle c, which shall fill [at, at + span), gives
 * events; it asks its children for cycles of theirs. This is the semantics of Tidal (McLean, Making Programming
 * Languages to Dance to, FARM 2014) restricted to whole cycles, where it can be computed in bounded time and memory.
 *
 * Nothing in a tree is trusted: indices, depth, events and work are bounded. */
#ifndef UNDERSTUDY_PATTERN_H
#define UNDERSTUDY_PATTERN_H

#include <stdbool.h>
#include <stdint.h>
#include <understudy/module.h>

enum {
	US_PATTERN_NODES = 256,
	US_PATTERN_EVENTS = 256, /* in one cycle; more are dropped */
	US_PATTERN_DEPTH = 24,
	US_PATTERN_WORK = 8192, /* nodes that are visited for one cycle at most */
	US_PATTERN_STEPS = 64,  /* of a Euclidean rhythm */
	US_PATTERN_TEXT = 256,  /* as it was written, with its terminating 0 */
};

enum us_pattern_op {
	US_PAT_REST,
	US_PAT_ATOM,      /* value, velocity, name */
	US_PAT_SEQ,       /* children share the cycle by their weights */
	US_PAT_STACK,     /* children at once */
	US_PAT_ALT,       /* one child per cycle, in turn */
	US_PAT_FAST,      /* child, value / divisor times as fast */
	US_PAT_EUCLID,    /* child on steps[0] of steps[1] steps, rotated by steps[2] */
	US_PAT_DEGRADE,   /* child, each event dropped with probability value; with steps[0] all others are. Those with
	                   * the   same name, not 0, throw the same dice */
	US_PAT_CHOOSE,    /* one child per cycle, by chance */
	US_PAT_REV,       /* child backwards */
	US_PAT_EVERY,     /* of two children the first in each value-th cycle, else the second */
	US_PAT_SOMETIMES, /* of two children the first with probability value, by cycle */
	US_PAT_LATE,      /* child, value cycles later */
	US_PAT_PLY,       /* child, each event value times in its own time */
	US_PAT_ADD,       /* child, value added to its numbers and notes */
	US_PAT_SOFTEN,    /* child, velocities times value */
	US_PAT_OPS
};

struct us_pattern_node {
	uint8_t op;
	uint8_t children;
	uint8_t name; /* ATOM: which of the pattern's names it is, from 1; 0: a number or a note. DEGRADE: its dice */
	uint8_t pad;
	uint16_t first; /* its children are nodes first, first + 1 … */
	int8_t steps[3];
	uint8_t column; /* ATOM: where it stands in the text, from 1; 0: nowhere */
	float value;    /* ATOM: number, or semitones above c4 for a note */
	float weight;   /* in a sequence */
	union {
		float velocity; /* ATOM: 0 to 1 */
		float divisor;  /* FAST: a third would not be exact as one number */
	};
};
_Static_assert(sizeof(struct us_pattern_node) == 24, "no hidden padding");

enum us_pattern_start { US_START_NOW, US_START_BEAT, US_START_CYCLE };

struct us_pattern {
	uint32_t serial; /* another one with each change */
	uint32_t seed;
	uint8_t start; /* enum us_pattern_start: when it takes over from the one before */
	uint8_t pad;
	uint16_t nodes; /* node 0 is the root; 0: silence */
	char text[US_PATTERN_TEXT];
	struct us_pattern_node node[US_PATTERN_NODES];
};

/* How a pattern travels: only as much as there is of it. Text and nodes follow, side by side. */
struct us_pattern_letter {
	uint32_t seed;
	uint8_t start, pad;
	uint16_t nodes, text_bytes, pad2;
};
_Static_assert(sizeof(struct us_pattern_letter) == 12, "no hidden padding");
enum {
	US_PATTERN_LETTER = sizeof(struct us_pattern_letter) + US_PATTERN_TEXT +
	                    US_PATTERN_NODES * sizeof(struct us_pattern_node), /* the longest, in bytes */
};

struct us_pattern_event {
	double at, span; /* in cycles, from the beginning of the cycle that was asked for */
	float value, velocity;
	uint32_t name, column;
};

struct us_pattern_query {
	const struct us_pattern *pattern;
	struct us_pattern_event *event;
	uint32_t count, room, work;
};

/* A number from 0 to 1 that depends on where and when: the same in every replica. */
static inline float us_pattern_chance(const struct us_pattern *p, uint32_t node, int64_t cycle, uint32_t which)
{
	uint64_t h = ((uint64_t)cycle * 0x9e3779b97f4a7c15u) ^ ((uint64_t)p->seed << 32 | node << 16 | which);
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	return (float)(h >> 40) * 0x1p-24f;
}

/* Bjorklund's algorithm (The Theory of Rep-Rate Pattern Generation, 2003) as Tidal plays it: hits spread over steps,
 * the first on the first. `negative` hits are the rests of the positive ones. */
static inline void us_pattern_bjorklund(int hits, int steps, bool on[static US_PATTERN_STEPS])
{
	bool word[2][US_PATTERN_STEPS] = {{true}, {false}};
	const bool inverse = hits < 0;
	hits = hits < 0 ? -hits : hits;
	steps = steps < 1 ? 1 : steps > US_PATTERN_STEPS ? US_PATTERN_STEPS : steps;
	hits = hits > steps ? steps : hits;
	/* Two kinds of words, so many of each; the rarer are hung behind the others until one kind is left over. */
	int count[2] = {hits, steps - hits}, bytes[2] = {1, 1};
	while (count[0] > 1 && count[1] > 1) {
		const int pairs = count[0] < count[1] ? count[0] : count[1];
		const int rest = count[0] < count[1] ? 1 : 0, left = count[rest] - pairs;
		bool joined[US_PATTERN_STEPS];
		int n = 0;
		for (int i = 0; i < bytes[0]; i++)
			joined[n++] = word[0][i];
		for (int i = 0; i < bytes[1]; i++)
			joined[n++] = word[1][i];
		if (rest == 0) { /* the first kind is left over: it becomes the second */
			for (int i = 0; i < bytes[0]; i++)
				word[1][i] = word[0][i];
			bytes[1] = bytes[0];
		}
		for (int i = 0; i < n; i++)
			word[0][i] = joined[i];
		bytes[0] = n;
		count[0] = pairs;
		count[1] = left;
	}
	int n = 0;
	for (int k = 0; k < 2; k++)
		for (int c = 0; c < count[k]; c++)
			for (int i = 0; i < bytes[k] && n < US_PATTERN_STEPS; i++)
				on[n++] = word[k][i] != inverse;
}

static inline void us_pattern_emit(struct us_pattern_query *q, const struct us_pattern_node *n, double at, double span)
{
	if (q->count == q->room || at < -1e-9 || at >= 1 - 1e-9)
		return; /* it began in another cycle, and sounds from there */
	q->event[q->count++] = (struct us_pattern_event){.at = at < 0 ? 0 : at,
	                                                 .span = span,
	                                                 .value = n->value,
	                                                 .velocity = n->velocity,
	                                                 .name = n->name,
	                                                 .column = n->column};
}

static inline int64_t us_pattern_floor(double x)
{
	const int64_t n = (int64_t)x;
	return n - (x < (double)n);
}

static inline void us_pattern_cycle(struct us_pattern_query *q, uint32_t index, int64_t cycle, double at, double span,
                                    uint32_t depth);

/* Cycles of a child that runs `speed` times as fast, beginning at its own time `from`. */
static inline void us_pattern_cycles(struct us_pattern_query *q, uint32_t child, double from, double speed, double at,
                                     double span, uint32_t depth)
{
	const double length = span / speed; /* of one of its cycles */
	const int64_t first = us_pattern_floor(from + 1e-9);
	const uint32_t before = q->count;
	for (int64_t c = first; (double)c < from + speed - 1e-9 && q->work; c++)
		us_pattern_cycle(q, child, c, at + ((double)c - from) * length, length, depth);
	/* What begins outside of our time is another cycle's. */
	uint32_t kept = before;
	for (uint32_t i = before; i < q->count; i++)
		if (q->event[i].at >= at - 1e-9 && q->event[i].at < at + span - 1e-9)
			q->event[kept++] = q->event[i];
	q->count = kept;
}

static inline void us_pattern_sequence(struct us_pattern_query *q, const struct us_pattern_node *n, int64_t cycle,
                                       double at, double span, uint32_t depth)
{
	double total = 0, done = 0;
	for (uint32_t i = 0; i < n->children; i++)
		total += (double)q->pattern->node[n->first + i].weight;
	for (uint32_t i = 0; i < n->children && total > 0; i++) {
		const double weight = (double)q->pattern->node[n->first + i].weight;
		us_pattern_cycle(q, n->first + i, cycle, at + span * done / total, span * weight / total, depth);
		done += weight;
	}
}

static inline void us_pattern_euclid(struct us_pattern_query *q, const struct us_pattern_node *n, int64_t cycle,
                                     double at, double span, uint32_t depth)
{
	bool on[US_PATTERN_STEPS] = {false};
	const int steps = n->steps[1] < 1 ? 1 : n->steps[1] > US_PATTERN_STEPS ? US_PATTERN_STEPS : n->steps[1];
	us_pattern_bjorklund(n->steps[0], steps, on);
	for (int i = 0; i < steps; i++)
		if (on[((i + n->steps[2]) % steps + steps) % steps])
			us_pattern_cycle(q, n->first, cycle, at + span * i / steps, span / steps, depth);
}

static inline void us_pattern_degrade(struct us_pattern_query *q, uint32_t index, int64_t cycle, double at, double span,
                                      uint32_t depth)
{
	const struct us_pattern_node *n = &q->pattern->node[index];
	const uint32_t before = q->count;
	us_pattern_cycle(q, n->first, cycle, at, span, depth);
	uint32_t kept = before;
	for (uint32_t i = before; i < q->count; i++) {
		const uint32_t when = (uint32_t)((q->event[i].at - at) / span * 65536.0);
		const uint32_t dice = n->name ? US_PATTERN_NODES + (uint32_t)n->name : index;
		const bool falls = us_pattern_chance(q->pattern, dice, cycle, when ^ (i - before)) < n->value;
		if (falls == (n->steps[0] != 0))
			q->event[kept++] = q->event[i];
	}
	q->count = kept;
}

/* Each event `times` times within its own span. */
static inline void us_pattern_ply(struct us_pattern_query *q, uint32_t before, float times)
{
	const uint32_t n = times >= 1 && times <= 64 ? (uint32_t)times : 1, count = q->count;
	for (uint32_t i = before; i < count; i++) {
		q->event[i].span /= n;
		for (uint32_t k = 1; k < n && q->count < q->room; k++) {
			struct us_pattern_event *e = &q->event[q->count];
			*e = q->event[i];
			e->at += k * e->span;
			q->count += e->at < 1 - 1e-9;
		}
	}
}

static inline void us_pattern_cycle(struct us_pattern_query *q, uint32_t index, int64_t cycle, double at, double span,
                                    uint32_t depth)
{
	if (index >= q->pattern->nodes || index >= US_PATTERN_NODES || !depth || !q->work || !(span > 1e-6))
		return;
	q->work--;
	depth--;
	const struct us_pattern_node *n = &q->pattern->node[index];
	const uint32_t before = q->count, children = n->children;
	if ((n->op > US_PAT_ATOM && !children) || n->first + children > q->pattern->nodes ||
	    (children && n->first <= index)) /* children come later: no circle */
		return;
	switch (n->op) {
	case US_PAT_ATOM:
		us_pattern_emit(q, n, at, span);
		break;
	case US_PAT_SEQ:
		us_pattern_sequence(q, n, cycle, at, span, depth);
		break;
	case US_PAT_STACK:
		for (uint32_t i = 0; i < children; i++)
			us_pattern_cycle(q, n->first + i, cycle, at, span, depth);
		break;
	case US_PAT_ALT: {
		const int64_t round = us_pattern_floor((double)cycle / children);
		us_pattern_cycle(q, n->first + (uint32_t)(cycle - round * children), round, at, span, depth);
		break;
	}
	case US_PAT_FAST: {
		const double speed = (double)n->value / (double)n->divisor;
		if (speed > 1e-3 && speed <= 256)
			us_pattern_cycles(q, n->first, (double)cycle * speed, speed, at, span, depth);
		break;
	}
	case US_PAT_LATE:
		us_pattern_cycles(q, n->first, (double)cycle - (double)n->value, 1, at, span, depth);
		break;
	case US_PAT_PLY:
		us_pattern_cycle(q, n->first, cycle, at, span, depth);
		us_pattern_ply(q, before, n->value);
		break;
	case US_PAT_ADD:
		us_pattern_cycle(q, n->first, cycle, at, span, depth);
		for (uint32_t i = before; i < q->count; i++)
			q->event[i].value += q->event[i].name ? 0 : n->value;
		break;
	case US_PAT_SOFTEN:
		us_pattern_cycle(q, n->first, cycle, at, span, depth);
		for (uint32_t i = before; i < q->count; i++) {
			const float v = q->event[i].velocity * n->value;
			q->event[i].velocity = v > 0 ? (v < 1 ? v : 1) : 0;
		}
		break;
	case US_PAT_EUCLID:
		us_pattern_euclid(q, n, cycle, at, span, depth);
		break;
	case US_PAT_DEGRADE:
		us_pattern_degrade(q, index, cycle, at, span, depth);
		break;
	case US_PAT_CHOOSE:
		us_pattern_cycle(
		    q, n->first + (uint32_t)(us_pattern_chance(q->pattern, index, cycle, 0) * (float)children), cycle,
		    at, span, depth);
		break;
	case US_PAT_REV:
		us_pattern_cycle(q, n->first, cycle, at, span, depth);
		for (uint32_t i = before; i < q->count; i++)
			q->event[i].at = 2 * at + span - q->event[i].at - q->event[i].span;
		break;
	case US_PAT_EVERY:
	case US_PAT_SOMETIMES: {
		const int64_t every = n->value >= 1 ? (int64_t)n->value : 1;
		const bool first = n->op == US_PAT_EVERY
		                       ? cycle - us_pattern_floor((double)cycle / (double)every) * every == 0
		                       : us_pattern_chance(q->pattern, index, cycle, 1) < n->value;
		us_pattern_cycle(q, n->first + (first || children < 2 ? 0 : 1), cycle, at, span, depth);
		break;
	}
	default:
		break;
	}
}

/* All that begins in one cycle, in order of time; returns how many. */
static inline uint32_t us_pattern_events(const struct us_pattern *p, int64_t cycle, struct us_pattern_event *event,
                                         uint32_t room)
{
	struct us_pattern_query q = {.pattern = p, .event = event, .room = room, .work = US_PATTERN_WORK};
	if (p->nodes)
		us_pattern_cycle(&q, 0, cycle, 0, 1, US_PATTERN_DEPTH);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < q.count;
	     i++) /* a mirror, or rubbish in the tree, may have moved it out of the cycle */
		if (event[i].at >= -1e-9 && event[i].at < 1 - 1e-9 && event[i].span > 0) {
			event[kept] = event[i];
			event[kept++].at = event[i].at > 0 ? event[i].at : 0;
		}
	q.count = kept;
	for (uint32_t i = 1; i < q.count;
	     i++) { /* insertion: mostly sorted already, and equal times keep their order */
		const struct us_pattern_event e = event[i];
		uint32_t k = i;
		for (; k > 0 && event[k - 1].at > e.at + 1e-9; k--)
			event[k] = event[k - 1];
		event[k] = e;
	}
	return q.count;
}

#endif
