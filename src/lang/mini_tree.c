/* mini_tree.c — the tree that a pattern is while it is read, and its laying flat, children behind their parents, so
 * that the player can trust that nothing goes round in circles. */
#include "mini_tree.h"

#include <string.h>

uint16_t us_twig_grow(struct mini *m, enum us_pattern_op op)
{
	if (m->count == TWIGS) {
		us_fail(m->err, "more than %d steps; a pattern of so many is better cut in two", TWIGS);
		return NONE;
	}
	m->twig[m->count] = (struct twig){
	    .node = {.op = (uint8_t)op, .weight = 1, .velocity = 0.8f}, .child = NONE, .next = NONE, .laid = NONE};
	return (uint16_t)m->count++;
}

void us_twig_hang(struct mini *m, struct row *row, uint16_t twig)
{
	if (row->count++)
		m->twig[row->last].next = twig;
	else
		row->first = twig;
	row->last = twig;
}

/* A twig over a row. */
uint16_t us_twig_bind(struct mini *m, enum us_pattern_op op, const struct row *row)
{
	const uint16_t t = us_twig_grow(m, op);
	if (t == NONE)
		return NONE;
	if (row->count > 255) {
		us_fail(m->err, "more than 255 steps side by side");
		return NONE;
	}
	m->twig[t].child = row->count ? row->first : NONE;
	m->twig[t].node.children = (uint8_t)row->count;
	return t;
}

uint16_t us_twig_over_all(struct mini *m, enum us_pattern_op op, uint16_t child, const uint16_t *more, uint32_t count)
{
	struct row row = {0};
	if (child == NONE)
		return NONE;
	const float weight = m->twig[child].node.weight;
	m->twig[child].node.weight = 1;
	us_twig_hang(m, &row, child);
	for (uint32_t i = 0; i < count; i++) {
		if (more[i] == NONE)
			return NONE;
		us_twig_hang(m, &row, more[i]);
	}
	const uint16_t t = us_twig_bind(m, op, &row);
	if (t != NONE)
		m->twig[t].node.weight = weight;
	return t;
}

uint16_t us_twig_over(struct mini *m, enum us_pattern_op op, uint16_t child)
{
	return us_twig_over_all(m, op, child, NULL, 0);
}

/* The same again; what lies below is shared. */
uint16_t us_twig_again(struct mini *m, uint16_t twig)
{
	const uint16_t t = us_twig_grow(m, US_PAT_REST);
	if (t == NONE)
		return NONE;
	m->twig[t] = m->twig[twig];
	m->twig[t].next = NONE;
	return t;
}

/* Breadth first, so children lie side by side and behind their parents. Twigs that share what lies below share it here.
 */
int us_twig_lay(struct mini *m, uint16_t root, struct us_pattern *p)
{
	uint16_t order[US_PATTERN_NODES];
	uint32_t count = 1;
	order[0] = root;
	for (uint32_t i = 0; i < count; i++) {
		struct twig *t = &m->twig[order[i]];
		p->node[i] = t->node;
		if (t->child == NONE)
			continue;
		struct twig *owner = &m->twig[t->child]; /* the first child knows where the row lies */
		if (owner->laid != NONE && owner->laid > i) {
			p->node[i].first = owner->laid;
			continue;
		}
		if (count + t->node.children > US_PATTERN_NODES)
			return us_fail(m->err, "more than %d steps, with what repeats; cut it in two",
			               US_PATTERN_NODES);
		p->node[i].first = owner->laid = (uint16_t)count;
		uint16_t c = t->child;
		for (uint32_t n = 0; n < t->node.children; n++, c = m->twig[c].next)
			order[count++] = c;
	}
	p->nodes = (uint16_t)count;
	return US_OK;
}
