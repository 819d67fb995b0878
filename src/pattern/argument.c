/* argument.c — numbers that a step or a change takes, and patterns of numbers in their place. See parse.h. */
#include "parse.h"

/* `slice`: of a step, where what stands behind a bracket belongs to the step: bd*<2 3>!2. */
static int read_argument(struct parse *m, double least, double most, bool whole, bool slice, struct argument *a)
{
	const int64_t before_least = m->least, before_most = m->most;
	const bool before_whole = m->whole;
	const enum mode mode = m->mode;
	*a = (struct argument){{1, 1}, NONE};
	us_skip_blanks(m);
	m->least = (int64_t)(least * 4096);
	m->most = (int64_t)(most * 4096);
	m->whole = whole;
	m->mode = MODE_NUMBERS;
	const char *begin = m->at;
	int failed = US_OK;
	m->token = m->at;
	if (us_is_group(m) || *m->at == '(') {
		a->pattern = slice && *m->at != '(' ? us_group(m) : us_step_alone(m);
		failed = a->pattern == NONE;
	} else if (us_fraction_read(m, &a->x)) {
		failed = US_FAILED;
	} else if (!slice && *m->at == '/' && (us_is_digit(m->at[1]) || m->at[1] == '.')) {
		struct fraction below;
		m->at++;
		failed = us_fraction_read(m, &below);
		if (!failed && (!below.num ||
		                !us_fraction_of((int64_t)a->x.num * below.den, (int64_t)a->x.den * below.num, &a->x))) {
			m->at = begin;
			failed = us_refuse(m, "a number such as 1/8");
		}
	}
	const double x = (double)a->x.num / (double)a->x.den;
	if (!failed && a->pattern == NONE && (x < least || x > most || (whole && a->x.den != 1))) {
		m->at = begin;
		failed = us_fail(m->err, "expected a %s from %g to %g", whole ? "whole number" : "number", least, most);
	}
	m->least = before_least;
	m->most = before_most;
	m->whole = before_whole;
	m->mode = mode;
	return failed ? US_FAILED : US_OK;
}

int us_argument_read(struct parse *m, double least, double most, bool whole, struct argument *a)
{
	return read_argument(m, least, most, whole, false, a);
}

int us_slice_read(struct parse *m, double least, double most, bool whole, struct argument *a)
{
	return read_argument(m, least, most, whole, true, a);
}

uint16_t us_twig_with(struct parse *m, enum us_pattern_op op, uint16_t child, const struct argument *a)
{
	const uint16_t t = us_twig_over(m, op, child);
	if (t == NONE)
		return NONE;
	m->twig[t].node.num = a->x.num;
	m->twig[t].node.den = a->x.den;
	if (a->pattern != NONE) {
		m->twig[m->twig[t].child].next = a->pattern;
		m->twig[t].node.children++;
		m->twig[t].node.arguments = 1;
	}
	return t;
}
