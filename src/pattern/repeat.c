/* repeat.c — what is done to the step before in its row: ! repeats it, _ makes it longer, .. counts on from it. See
 * parse.h. */
#include "parse.h"

/* The last one of a row so many times more: the same again and again is one twig, as long as they are together. */
int us_row_again(struct parse *m, struct row *row, int times)
{
	struct twig *last = &m->twig[row->last];
	if (last->node.op != US_PAT_TIMES) {
		const struct fraction weight = {last->long_num, last->long_den};
		const uint16_t copy = us_twig_again(m, row->last);
		if (copy == NONE)
			return US_FAILED;
		struct row one = {0};
		us_twig_hang(m, &one, copy);
		m->twig[copy].long_num = m->twig[copy].long_den = 1;
		last->node = (struct us_pattern_node){.op = US_PAT_TIMES, .children = 1, .num = 1, .den = 1};
		last->child = copy;
		last->long_num = weight.num;
		last->long_den = weight.den;
	}
	const int64_t count = (int64_t)last->node.num + times;
	struct fraction weight;
	if (count > US_PATTERN_STEPS ||
	    !us_fraction_of((int64_t)last->long_num * count, (int64_t)last->long_den * last->node.num, &weight))
		return us_fail(m->err, "%lld times the same; at most %d", (long long)count, US_PATTERN_STEPS);
	last->node.num = (int32_t)count;
	last->long_num = weight.num;
	last->long_den = weight.den;
	return US_OK;
}

/* bd _: the last one is longer by a step. Of several that are the same, only the last. */
int us_row_lengthen(struct parse *m, struct row *row)
{
	struct twig *last = &m->twig[row->last];
	struct fraction weight;
	if (last->node.op == US_PAT_TIMES && last->node.num > 1) {
		us_fraction_of((int64_t)last->long_num, (int64_t)last->long_den * last->node.num, &weight);
		const uint16_t one = us_twig_again(m, last->child);
		if (one == NONE)
			return US_FAILED;
		last = &m->twig[row->last];
		struct fraction others;
		us_fraction_of((int64_t)weight.num * (last->node.num - 1), weight.den, &others);
		last->node.num--;
		last->long_num = others.num;
		last->long_den = others.den;
		m->twig[one].long_num = weight.num;
		m->twig[one].long_den = weight.den;
		us_twig_hang(m, row, one);
		last = &m->twig[one];
	}
	if (!us_fraction_of((int64_t)last->long_num + last->long_den, last->long_den, &weight))
		return us_fail(m->err, "a step longer than a cycle can be divided by");
	last->long_num = weight.num;
	last->long_den = weight.den;
	return US_OK;
}

/* 0 .. 3: what stands before it and 1 2 3 in one step. */
int us_row_range(struct parse *m, struct row *row)
{
	float end;
	struct row numbers = {0};
	const struct us_pattern_node *from = row->count ? &m->twig[row->last].node : NULL;
	if (!from || from->op != US_PAT_ATOM || from->name)
		return us_refuse(m, "a number before .., as in 0 .. 3");
	m->at += 2;
	us_skip_blanks(m);
	if (us_value_read_here(m, &end))
		return US_FAILED;
	const float first = from->value, step = end > first ? 1 : -1;
	if ((end - first) * step > 1023)
		return us_fail(m->err, "%g numbers in one step; at most 1024", (double)((end - first) * step + 1));
	for (float x = first; step > 0 ? x <= end : x >= end; x += step) {
		const uint16_t t = us_atom(m, x, 0);
		if (t == NONE)
			return US_FAILED;
		us_twig_hang(m, &numbers, t);
	}
	const uint16_t s = us_twig_sequence(m, &numbers, NULL);
	if (s == NONE)
		return US_FAILED;
	struct twig *last = &m->twig[row->last];
	last->node.op = US_PAT_SEQ;
	last->node.name = 0;
	last->node.num = m->twig[s].node.num;
	last->node.children = m->twig[s].node.children;
	last->child = m->twig[s].child;
	return US_OK;
}
