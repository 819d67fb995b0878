/* cycle_rt.c — what differs from cycle to cycle: every, iter, chunk, shuffle, linger, one of several. See query.h. */
#include "query.h"

/* x mod n, from 0 on. */
static int64_t turn_of(int64_t x, int64_t n)
{
	return x - us_floor_div(x, n) * n;
}

void us_answer_iter(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	if (x->num < 1)
		return;
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		const int64_t turn = turn_of(c, x->num), cycle = us_floor_div(c, x->num);
		const int64_t moved = us_part_of(s.length, turn, x->num);
		us_ask_later(q, n, 0, us_within(s, c), (c - cycle) * s.length - (n->kind ? -moved : moved));
	}
}

/* Parts of a cycle, each `length` long from its beginning on, in the place of others: `source` says which. */
static void ask_part(struct query *q, const struct us_pattern_node *n, struct span piece, int64_t at, int64_t length,
                     int64_t source)
{
	const struct span part = {us_later_of(piece.from, at), us_sooner_of(piece.to, at + length), piece.length};
	if (part.from < part.to)
		us_ask_later(q, n, 0, part, at - source);
}

/* As both references: the k-th piece of time is the first part, or the last, of the child's cycle k. */
void us_answer_linger(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const int64_t length = us_part_of(s.length, x->num < 0 ? -x->num : x->num, x->den);
	if (length <= 0)
		return;
	for (int64_t k = us_floor_div(s.from, length); k * length < s.to && us_spend(q); k++)
		ask_part(q, n, s, k * length, length, x->num < 0 ? (k + 1) * s.length - length : k * s.length);
}

/* Which part comes k-th in this cycle: a random order, by sorting dice. */
static int64_t shuffled(const struct query *q, const struct us_pattern_node *n, int64_t cycle, int64_t k, int64_t parts,
                        int64_t length)
{
	const int64_t begin = cycle * length, unit = length / parts;
	const float dice = n->kind ? us_chance(q, n->place, begin + k * unit, length) : 0;
	if (n->kind)
		return (int64_t)(dice * (float)parts);
	for (int64_t i = 0; i < parts; i++) { /* the one that has k dice below its own */
		const float mine = us_chance(q, n->place, begin + i * unit, length);
		int64_t below = 0;
		for (int64_t j = 0; j < parts; j++) {
			const float other = us_chance(q, n->place, begin + j * unit, length);
			below += other < mine || (other == mine && j < i);
		}
		if (below == k)
			return i;
	}
	return k;
}

void us_answer_shuffle(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const int64_t parts = x->num, unit = parts > 0 && parts <= 64 ? s.length / parts : 0;
	if (unit <= 0)
		return;
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		const struct span piece = us_within(s, c);
		int64_t k = (piece.from - c * s.length) / unit;
		for (; k < parts && c * s.length + k * unit < piece.to && us_spend(q); k++)
			ask_part(q, n, piece, c * s.length + k * unit, unit,
			         c * s.length + shuffled(q, n, c, k, parts, s.length) * unit);
	}
}

void us_answer_when(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		bool first = false;
		if (n->kind == US_WHEN_CHANCE)
			first = us_chance(q, n->place, c * s.length, s.length) < n->value;
		else if (x->num > 0 && n->kind == US_WHEN_EVERY) /* every 0 never comes */
			first = turn_of(c, x->num) == (n->arguments ? 0 : x->den);
		else if (x->num > 0)
			first = turn_of(c, x->num) >= x->den;
		us_ask_child(q, n, first ? 0 : 1, us_within(s, c));
	}
}

void us_answer_choose(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		const float dice = us_chance(q, n->place, c * s.length, s.length);
		int64_t part = (int64_t)(dice * (float)x->num);
		uint32_t i = 0;
		while (i + 1 < n->children && part >= q->node[n->first + i].weight)
			part -= q->node[n->first + i++].weight;
		us_ask_child(q, n, i, us_within(s, c));
	}
}

/* Of what lies from `mark` on, what begins within this part of its cycle, or what does not. */
static void keep_part(struct query *q, uint32_t mark, int64_t length, int64_t at, int64_t until, bool inside)
{
	uint32_t kept = mark;
	for (uint32_t i = mark; i < q->count; i++) {
		const int64_t begin = turn_of(q->hap[i].begin, length);
		if ((begin >= at && begin < until) == inside)
			q->hap[kept++] = q->hap[i];
	}
	q->count = kept;
}

void us_answer_chunk(struct query *q, const struct us_pattern_node *n, const struct numbers *x, struct span s)
{
	const int64_t unit = x->num > 0 ? s.length / x->num : 0;
	if (unit <= 0)
		return;
	for (int64_t c = us_floor_div(s.from, s.length); c * s.length < s.to && us_spend(q); c++) {
		int64_t turn = turn_of(c, x->num);
		const int64_t cycle =
		    n->kind ? c : us_floor_div(c, x->num); /* backwards each is heard once, as in Tidal */
		turn = n->kind ? x->num - 1 - turn : turn;
		for (uint32_t child = 0; child < 2; child++) {
			const uint32_t mark = q->count;
			us_ask_later(q, n, child, us_within(s, c), (c - cycle) * s.length);
			keep_part(q, mark, s.length, turn * unit, (turn + 1) * unit, child == 0);
		}
	}
}
