/* pattern_events.h — the one function that says what happens in one cycle of a pattern. [rt] For the module pattern,
 * for control, which tells clients what sounds, and for their tests.
 *
 * Time. A pattern's own time counts cycles. Each node, asked for its cycle c, which shall fill [at, at + span), gives
 * events; it asks its children for cycles of theirs. This is the semantics of Tidal (McLean, Making Programming
 * Languages to Dance to, FARM 2014) restricted to whole cycles, where it can be computed in bounded time and memory.
 *
 * Nothing in a tree is trusted: indices, depth, events and work are bounded. */
#ifndef UNDERSTUDY_PATTERN_EVENTS_H
#define UNDERSTUDY_PATTERN_EVENTS_H

#include <stdbool.h>
#include <understudy/pattern.h>

enum {
	US_PATTERN_VALUES = 8, /* of a pattern that is a factor, in one cycle; more are not looked at */
	US_PATTERN_BACK = 8,   /* cycles in which the one that still lasts may have begun */
};

struct us_pattern_event {
	double at, span; /* in cycles, from the beginning of the cycle that was asked for */
	float value, velocity, side;
	uint16_t name, column;
};
_Static_assert(sizeof(struct us_pattern_event) == 32, "no hidden padding in a state");

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

/* Of the events from `before` on, those that begin in [from, to). */
static inline void us_pattern_keep(struct us_pattern_query *q, uint32_t before, double from, double to)
{
	uint32_t kept = before;
	for (uint32_t i = before; i < q->count; i++)
		if (q->event[i].at >= from - 1e-9 && q->event[i].at < to - 1e-9)
			q->event[kept++] = q->event[i];
	q->count = kept;
}

/* The events of a pattern that is a factor, as far as they last in this cycle: from 0 to 1 in it. One that began in a
 * cycle before counts, too. */
static inline uint32_t us_pattern_values(struct us_pattern_query *q, uint32_t index, int64_t cycle, uint32_t depth,
                                         struct us_pattern_event value[static US_PATTERN_VALUES])
{
	uint32_t count = 0;
	for (int back = 0; back <= US_PATTERN_BACK; back++) {
		struct us_pattern_query sub = {
		    .pattern = q->pattern, .event = value + count, .room = US_PATTERN_VALUES - count, .work = q->work};
		bool begins = false;
		us_pattern_cycle(&sub, index, cycle - back, 0, 1, depth);
		q->work = sub.work;
		for (uint32_t i = 0; i < sub.count; i++) {
			struct us_pattern_event e = sub.event[i];
			const double end = e.at + e.span - back;
			e.at = e.at > back ? e.at - back : 0;
			e.span = (end < 1 ? end : 1) - e.at;
			if (!(e.span > 1e-9))
				continue;
			begins |= e.at < 1e-9;
			value[count++] = e;
		}
		if (begins)
			break;
	}
	return count;
}

/* Cycles of a child that runs `speed` times as fast, beginning at its own time `from`. */
static inline void us_pattern_cycles(struct us_pattern_query *q, uint32_t child, double from, double speed, double at,
                                     double span, uint32_t depth)
{
	const double length = span / speed; /* of one of its cycles */
	const int64_t first = us_pattern_floor(from + 1e-9);
	const uint32_t before = q->count;
	for (int64_t c = first; (double)c < from + speed - 1e-9 && q->work; c++)
		us_pattern_cycle(q, child, c, at + ((double)c - from) * length, length, depth);
	us_pattern_keep(q, before, at, at + span); /* what begins outside of our time is another cycle's */
}

static inline void us_pattern_faster(struct us_pattern_query *q, const struct us_pattern_node *n, double speed,
                                     int64_t cycle, double at, double span, uint32_t depth)
{
	if (speed > 1e-3 && speed <= 256)
		us_pattern_cycles(q, n->first, (double)cycle * speed, speed, at, span, depth);
}

/* bd*<2 3>: while a number lasts, what begins in its time in a cycle at its speed. */
static inline void us_pattern_fast(struct us_pattern_query *q, const struct us_pattern_node *n, int64_t cycle,
                                   double at, double span, uint32_t depth)
{
	struct us_pattern_event factor[US_PATTERN_VALUES];
	const double divisor = (double)n->divisor;
	if (n->children < 2) {
		us_pattern_faster(q, n, (double)n->value / divisor, cycle, at, span, depth);
		return;
	}
	const uint32_t factors = us_pattern_values(q, n->first + 1u, cycle, depth, factor);
	for (uint32_t i = 0; i < factors; i++) {
		const uint32_t before = q->count;
		const double number = (double)factor[i].value;
		us_pattern_faster(q, n, n->steps[0] ? divisor / number : number / divisor, cycle, at, span, depth);
		us_pattern_keep(q, before, at + span * factor[i].at, at + span * (factor[i].at + factor[i].span));
	}
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

/* Hits, steps, rotation. */
static inline void us_pattern_spread(struct us_pattern_query *q, uint32_t child, const int part[static 3],
                                     int64_t cycle, double at, double span, uint32_t depth)
{
	bool on[US_PATTERN_STEPS] = {false};
	const int steps = part[1] < 1 ? 1 : part[1] > US_PATTERN_STEPS ? US_PATTERN_STEPS : part[1];
	us_pattern_bjorklund(part[0], steps, on);
	for (int i = 0; i < steps; i++)
		if (on[((i + part[2]) % steps + steps) % steps])
			us_pattern_cycle(q, child, cycle, at + span * i / steps, span / steps, depth);
}

/* One of the three numbers of bd(<3 5>,8,<0 2>), while it lasts within [from, to). */
static inline void us_pattern_euclid_part(struct us_pattern_query *q, const struct us_pattern_node *n, int64_t cycle,
                                          double at, double span, uint32_t depth, int part[static 3], int which,
                                          double from, double to)
{
	struct us_pattern_event value[US_PATTERN_VALUES];
	if (which == 3) {
		const uint32_t before = q->count;
		us_pattern_spread(q, n->first, part, cycle, at, span, depth);
		us_pattern_keep(q, before, at + span * from, at + span * to);
		return;
	}
	const uint32_t values = us_pattern_values(q, n->first + 1u + (uint32_t)which, cycle, depth, value);
	for (uint32_t i = 0; i < values; i++) {
		const double begin = value[i].at > from ? value[i].at : from, end = value[i].at + value[i].span;
		const float whole = value[i].value;
		part[which] = whole > -US_PATTERN_STEPS && whole < US_PATTERN_STEPS ? (int)whole : US_PATTERN_STEPS;
		if (begin < (end < to ? end : to) - 1e-9)
			us_pattern_euclid_part(q, n, cycle, at, span, depth, part, which + 1, begin,
			                       end < to ? end : to);
	}
}

static inline void us_pattern_euclid(struct us_pattern_query *q, const struct us_pattern_node *n, int64_t cycle,
                                     double at, double span, uint32_t depth)
{
	int part[3] = {n->steps[0], n->steps[1], n->steps[2]};
	if (n->children < 4)
		us_pattern_spread(q, n->first, part, cycle, at, span, depth);
	else
		us_pattern_euclid_part(q, n, cycle, at, span, depth, part, 0, 0, 1);
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

/* What is done to each event by itself: +7, +<0 5>, vel 0.5, jux. A second child says the amount where the event
 * begins; where it says nothing, all stays as it is. */
static inline void us_pattern_alter(struct us_pattern_query *q, const struct us_pattern_node *n, uint32_t before,
                                    int64_t cycle, double at, double span, uint32_t depth)
{
	struct us_pattern_event amount[US_PATTERN_VALUES];
	const uint32_t amounts = n->children < 2 ? 0 : us_pattern_values(q, n->first + 1u, cycle, depth, amount);
	for (uint32_t i = before; i < q->count; i++) {
		struct us_pattern_event *e = &q->event[i];
		const double where = (e->at - at) / span + 1e-9;
		bool said = n->children < 2;
		float x = n->value;
		for (uint32_t k = 0; k < amounts; k++)
			if (amount[k].at <= where && where < amount[k].at + amount[k].span) {
				x = amount[k].value;
				said = true;
			}
		if (!said)
			continue;
		if (n->op == US_PAT_SIDE)
			e->side = x;
		else if (n->op == US_PAT_ADD)
			e->value += e->name ? 0 : x;
		else
			e->velocity = e->velocity * x > 0 ? (e->velocity * x < 1 ? e->velocity * x : 1) : 0;
	}
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
	case US_PAT_FAST:
		us_pattern_fast(q, n, cycle, at, span, depth);
		break;
	case US_PAT_LATE:
		us_pattern_cycles(q, n->first, (double)cycle - (double)n->value, 1, at, span, depth);
		break;
	case US_PAT_PLY:
		us_pattern_cycle(q, n->first, cycle, at, span, depth);
		us_pattern_ply(q, before, n->value);
		break;
	case US_PAT_ADD:
	case US_PAT_SOFTEN:
	case US_PAT_SIDE:
		us_pattern_cycle(q, n->first, cycle, at, span, depth);
		us_pattern_alter(q, n, before, cycle, at, span, depth);
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
