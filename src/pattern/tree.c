/* tree.c — the tree that a pattern is while it is read, and its laying flat, children behind their parents, so that
 * nothing goes round in circles. See parse.h. */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

uint16_t us_twig_grow(struct parse *m, enum us_pattern_op op)
{
	if (m->count == TWIGS) {
		us_fail(m->err, "more than %d steps; cut the pattern in two", TWIGS);
		return NONE;
	}
	m->twig[m->count] = (struct twig){.node = {.op = (uint8_t)op, .num = 1, .den = 1},
	                                  .child = NONE,
	                                  .next = NONE,
	                                  .laid = NONE,
	                                  .long_num = 1,
	                                  .long_den = 1};
	return (uint16_t)m->count++;
}

void us_twig_hang(struct parse *m, struct row *row, uint16_t twig)
{
	if (row->count++)
		m->twig[row->last].next = twig;
	else
		row->first = twig;
	row->last = twig;
}

uint16_t us_twig_bind(struct parse *m, enum us_pattern_op op, const struct row *row)
{
	const uint16_t t = us_twig_grow(m, op);
	if (t == NONE)
		return NONE;
	m->twig[t].child = row->count ? row->first : NONE;
	m->twig[t].node.children = (uint16_t)row->count;
	return t;
}

uint16_t us_twig_over(struct parse *m, enum us_pattern_op op, uint16_t child)
{
	struct row row = {0};
	if (child == NONE)
		return NONE;
	const struct fraction weight = {m->twig[child].long_num, m->twig[child].long_den};
	m->twig[child].long_num = m->twig[child].long_den = 1;
	us_twig_hang(m, &row, child);
	const uint16_t t = us_twig_bind(m, op, &row);
	if (t != NONE) {
		m->twig[t].long_num = weight.num;
		m->twig[t].long_den = weight.den;
	}
	return t;
}

uint16_t us_twig_pair(struct parse *m, enum us_pattern_op op, uint16_t first, uint16_t second)
{
	struct row row = {0};
	if (first == NONE || second == NONE)
		return NONE;
	us_twig_hang(m, &row, first);
	us_twig_hang(m, &row, second);
	return us_twig_bind(m, op, &row);
}

uint16_t us_twig_again(struct parse *m, uint16_t twig)
{
	const uint16_t t = twig == NONE ? NONE : us_twig_grow(m, US_PAT_REST);
	if (t == NONE)
		return NONE;
	m->twig[t] = m->twig[twig];
	m->twig[t].next = NONE;
	return t;
}

/* Weights become whole numbers without a common factor: a step begins where those before it end. */
uint16_t us_twig_sequence(struct parse *m, const struct row *row, struct fraction *total)
{
	int64_t below = 1, sum = 0, factor = 0; /* below 0: too large */
	uint16_t t = row->first;
	for (uint32_t i = 0; i < row->count && below; i++, t = m->twig[t].next)
		below = us_least_common(below, m->twig[t].long_den);
	below = below <= INT32_MAX ? below : 0;
	t = row->first;
	for (uint32_t i = 0; i < row->count && sum <= INT32_MAX && below; i++, t = m->twig[t].next) {
		const int64_t weight = below / m->twig[t].long_den * m->twig[t].long_num;
		factor = factor ? us_common(factor, weight) : weight;
		sum += weight;
	}
	if (!below || sum > INT32_MAX || (total && !us_fraction_of(sum, below, total))) {
		us_fail(m->err, "weights that no cycle can be divided by; expected simpler ones");
		return NONE;
	}
	const uint16_t s = us_twig_bind(m, US_PAT_SEQ, row);
	uint32_t from = 0;
	t = row->first;
	for (uint32_t i = 0; i < row->count && s != NONE; i++, t = m->twig[t].next) {
		struct twig *step = &m->twig[t];
		step->node.from = from;
		step->node.weight = (uint32_t)(below / step->long_den * step->long_num / factor);
		from += step->node.weight;
		step->long_num = step->long_den = 1;
	}
	if (s != NONE)
		m->twig[s].node.num = (int32_t)from;
	return s;
}

uint16_t us_twig_fast(struct parse *m, uint16_t child, struct fraction speed)
{
	if (child == NONE || speed.num == speed.den)
		return child;
	const uint16_t t = us_twig_over(m, US_PAT_FAST, child);
	if (t != NONE) {
		m->twig[t].node.num = speed.num;
		m->twig[t].node.den = speed.den;
	}
	return t;
}

uint16_t us_twig_late(struct parse *m, uint16_t child, struct fraction later)
{
	if (child == NONE || !later.num)
		return child;
	const uint16_t t = us_twig_over(m, US_PAT_LATE, child);
	if (t != NONE) {
		m->twig[t].node.num = later.num;
		m->twig[t].node.den = later.den;
	}
	return t;
}

/* Breadth first. Twigs that share what lies below share it here. */
int us_twig_lay(struct parse *m, uint16_t root, struct us_pattern *p)
{
	uint16_t *order = malloc(US_PATTERN_NODES * sizeof *order);
	uint32_t count = 1;
	if (!order)
		return us_fail(m->err, "no memory to read a pattern");
	order[0] = root;
	for (uint32_t i = 0; i < count; i++) {
		struct twig *t = &m->twig[order[i]];
		p->node[i] = t->node;
		p->node[i].first = 0;
		if (t->child == NONE)
			continue;
		struct twig *owner = &m->twig[t->child]; /* the first child knows where the row lies */
		if (owner->laid != NONE && owner->laid > i) {
			p->node[i].first = owner->laid;
			continue;
		}
		if (count + t->node.children > US_PATTERN_NODES) {
			free(order);
			return us_fail(m->err, "more than %d steps, with what repeats; cut the pattern in two",
			               US_PATTERN_NODES);
		}
		p->node[i].first = owner->laid = (uint16_t)count;
		uint16_t c = t->child;
		for (uint32_t n = 0; n < t->node.children; n++, c = m->twig[c].next)
			order[count++] = c;
	}
	p->nodes = (uint16_t)count;
	free(order);
	return US_OK;
}
