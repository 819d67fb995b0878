/* time_rt.c — sequences, things at once, speed, shift and mirror. See query.h. */
#include "query.h"

static struct us_hap *once(struct query *q, int64_t cycle, struct span s)
{
	struct us_hap *h = us_hap_add(q);
	if (!h)
		return NULL;
	const struct span piece = us_within(s, cycle);
	*h = (struct us_hap){.begin = cycle * s.length,
	                     .end = (cycle + 1) * s.length,
	                     .from = piece.from,
	                     .to = piece.to,
	                     .stop = 1,
	                     .speed = 1};
	return h;
}

void us_answer_atom(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	(void)x;
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		struct us_hap *h = once(q, c, s);
		if (!h)
			return;
		h->value = n->value;
		h->velocity = n->velocity;
		h->name = n->name;
		h->sharp = (int8_t)n->kind;
		h->flags |= n->flags & US_PAT_IS_NOTE ? US_HAP_NOTE : 0;
		h->place = n->place;
	}
}

void us_answer_number(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		struct us_hap *h = once(q, c, s);
		if (!h)
			return;
		h->num = x->num;
		h->den = x->den;
		h->value = (float)((double)x->num / (double)x->den);
		h->place = n->place;
	}
}

/* A cycle of child `child` in [at, at + length) of cycle c. */
static void ask_step(struct query *q, const struct us_pattern_node *n, uint32_t child, struct span s, int64_t c,
                     int64_t at, int64_t length)
{
	const struct span step = {us_later_of(s.from, at), us_sooner_of(s.to, at + length), length};
	if (step.from < step.to)
		us_ask_later(q, n, child, step, at - c * length);
}

/* The child that plays at this part of the cycle. */
static uint32_t step_at(const struct query *q, const struct us_pattern_node *n, int64_t part)
{
	uint32_t low = 0, high = n->children;
	while (high - low > 1) {
		const uint32_t middle = (low + high) / 2;
		if (q->node[n->first + middle].from <= part)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void us_answer_seq(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const int64_t unit = x->num > 0 ? s.length / x->num : 0;
	if (unit <= 0)
		return;
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		const struct span piece = us_within(s, c);
		uint32_t i = step_at(q, n, (piece.from - c * s.length) / unit);
		for (; i < n->children && us_spend(q); i++) {
			const struct us_pattern_node *step = &q->node[n->first + i];
			const int64_t at = c * s.length + step->from * unit;
			if (at >= piece.to)
				break;
			ask_step(q, n, i, piece, c, at, step->weight * unit);
		}
	}
}

void us_answer_times(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const int64_t unit = x->num > 0 ? s.length / x->num : 0;
	if (unit <= 0)
		return;
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		const struct span piece = us_within(s, c);
		int64_t at = c * s.length + (piece.from - c * s.length) / unit * unit;
		for (; at < piece.to && us_spend(q); at += unit)
			ask_step(q, n, 0, piece, c, at, unit);
	}
}

void us_answer_euclid(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	bool on[US_PATTERN_EUCLID] = {false};
	const int steps = x->den < 1 ? 1 : x->den > US_PATTERN_EUCLID ? US_PATTERN_EUCLID : x->den;
	const int64_t unit = s.length / steps;
	us_bjorklund(x->num, steps, on);
	if (unit <= 0)
		return;
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		const struct span piece = us_within(s, c);
		int64_t i = (piece.from - c * s.length) / unit;
		for (; i < steps && c * s.length + i * unit < piece.to; i++)
			if (on[((i + x->turn) % steps + steps) % steps] != (n->kind & 1))
				ask_step(q, n, 0, piece, c, c * s.length + i * unit, unit);
	}
}

void us_answer_stack(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	(void)x;
	for (uint32_t i = 0; i < n->children; i++)
		us_ask_child(q, n, i, s);
}

void us_answer_fast(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const int64_t above = n->kind ? x->den : x->num, below = n->kind ? x->num : x->den;
	if (above <= 0 || below <= 0)
		return;
	us_ask_child(q, n, 0, (struct span){s.from, s.to, s.length / above * below});
}

void us_answer_late(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const int64_t later = us_part_of(s.length, x->num, x->den);
	us_ask_later(q, n, 0, s, n->kind ? -later : later);
}

void us_answer_rev(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	(void)x;
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		const struct span piece = us_within(s, c);
		const int64_t both = (2 * c + 1) * s.length;
		const uint32_t mark = q->count;
		us_ask_child(q, n, 0, (struct span){both - piece.to, both - piece.from, s.length});
		for (uint32_t i = mark; i < q->count; i++) {
			struct us_hap *h = &q->hap[i];
			const struct us_hap was = *h;
			h->begin = both - was.end;
			h->end = both - was.begin;
			h->from = both - was.to;
			h->to = both - was.from;
		}
	}
}
