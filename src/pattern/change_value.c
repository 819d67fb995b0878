/* change_value.c — the changes that make other values of events, or keep some of them. See change.c. */
#include "parse.h"

#include <string.h>

/* A row, or a pattern in brackets, in this mode. */
static uint16_t read_pattern(struct parse *m, enum mode mode, bool row)
{
	const enum mode before = m->mode;
	const bool signals = m->signals;
	m->mode = mode;
	m->signals = true;
	us_skip_blanks(m);
	m->token = m->at;
	const uint16_t t = row && *m->at != '(' ? us_row(m, ";)") : us_step_alone(m);
	m->mode = before;
	m->signals = signals;
	return t;
}

int us_value_argument(struct parse *m, uint16_t *pattern, float *value)
{
	float below;
	*pattern = NONE;
	us_skip_blanks(m);
	if (!*m->at || *m->at == ';' || *m->at == ')')
		return us_refuse(m, "a number");
	if (!us_number_is_here(m)) {
		*pattern = read_pattern(m, MODE_VALUES, false);
		return *pattern == NONE ? US_FAILED : US_OK;
	}
	if (us_value_read_here(m, value))
		return US_FAILED;
	if (*m->at == '/' && (us_is_digit(m->at[1]) || m->at[1] == '.')) {
		const char *begin = m->at++;
		if (us_value_read_here(m, &below))
			return US_FAILED;
		if (!(below > 0)) {
			m->at = begin;
			return us_refuse(m, "a number to divide by");
		}
		*value /= below;
	}
	return US_OK;
}

static uint16_t make(struct parse *m, uint16_t pattern, enum us_pattern_change kind, uint16_t by, float value)
{
	const uint16_t t =
	    by == NONE ? us_twig_over(m, US_PAT_VALUE, pattern) : us_twig_pair(m, US_PAT_VALUE, pattern, by);
	if (t == NONE)
		return NONE;
	m->twig[t].node.kind = (uint8_t)kind;
	m->twig[t].node.flags = by == NONE ? 0 : US_PAT_BY_VALUE;
	m->twig[t].node.value = value;
	return t;
}

/* +7, add <0 5>, vel 0.5: where a pattern says nothing, nothing is there. */
uint16_t us_make_value(struct parse *m, uint16_t pattern, const struct change *c)
{
	uint16_t by;
	float value = 0;
	us_skip_blanks(m);
	const char *begin = m->at;
	if (us_value_argument(m, &by, &value))
		return NONE;
	const bool velocity = c->op == US_CHANGE_VELOCITY, part = c->op == US_CHANGE_BEGIN || c->op == US_CHANGE_END;
	const float least = velocity || part ? 0 : -100000, most = velocity ? 2 : part ? 1 : 100000;
	if (by == NONE && !(value >= least && value <= most)) {
		m->at = begin;
		us_fail(m->err, "expected a number from %g to %g", (double)least, (double)most);
		return NONE;
	}
	return make(m, pattern, (enum us_pattern_change)c->op, by, value);
}

/* range 20 80: what is 0 to 1 becomes 20 to 80. */
uint16_t us_make_range(struct parse *m, uint16_t pattern, const struct change *c)
{
	uint16_t low, high;
	float from = 0, to = 1;
	(void)c;
	if (us_value_argument(m, &low, &from) || us_value_argument(m, &high, &to))
		return NONE;
	if (low == NONE && high == NONE)
		return make(m, make(m, pattern, US_CHANGE_MUL, NONE, to - from), US_CHANGE_ADD, NONE, from);
	if (low == NONE)
		low = us_atom(m, from, 0);
	if (high == NONE)
		high = us_atom(m, to, 0);
	if (low == NONE || high == NONE)
		return NONE;
	const uint16_t width = make(m, high, US_CHANGE_SUB, us_twig_again(m, low), 0);
	const uint16_t wide = width == NONE ? NONE : make(m, pattern, US_CHANGE_MUL, width, 0);
	return wide == NONE ? NONE : make(m, wide, US_CHANGE_ADD, low, 0);
}

/* struct t f t t, struct (t(3,8); inv): its time, with our values. mask 1 0: only where it is true. */
uint16_t us_make_struct(struct parse *m, uint16_t pattern, const struct change *c)
{
	us_skip_blanks(m);
	if (!*m->at || *m->at == ';' || *m->at == ')') {
		us_refuse(m, "t and f, or 1 and 0, as in struct t f t t");
		return NONE;
	}
	const uint16_t truth = read_pattern(m, MODE_TRUTH, true);
	if (truth == NONE)
		return NONE;
	return c->op == US_PAT_STRUCT ? us_twig_pair(m, US_PAT_STRUCT, truth, pattern)
	                              : us_twig_pair(m, US_PAT_MASK, pattern, truth);
}

static uint16_t keep(struct parse *m, uint16_t pattern, uint8_t kind, uint16_t name, float value)
{
	const uint16_t t = us_twig_over(m, US_PAT_KEEP, pattern);
	if (t == NONE)
		return NONE;
	m->twig[t].node.kind = kind;
	if (name)
		m->twig[t].node.num = name;
	else
		m->twig[t].node.value = value;
	return t;
}

/* fix bd (fast 2), fix 3 (+12): only those events. */
uint16_t us_make_fix(struct parse *m, uint16_t pattern, const struct change *c)
{
	float value = 0;
	uint16_t name = 0;
	(void)c;
	us_skip_blanks(m);
	if (us_number_is_here(m)) {
		if (us_value_read_here(m, &value))
			return NONE;
	} else {
		const size_t n = us_name_length(m);
		if (!n) {
			us_refuse(m, "a name or a number, as in fix bd (fast 2)");
			return NONE;
		}
		if (!(name = us_name_number(m, m->at, n)))
			return NONE;
		m->at += n;
	}
	const uint8_t kind = name ? US_KEEP_NAME : US_KEEP_VALUE;
	const uint16_t these = keep(m, us_twig_again(m, pattern), kind, name, value);
	const uint16_t others = keep(m, pattern, kind | US_KEEP_NOT, name, value);
	if (these == NONE || others == NONE)
		return NONE;
	const uint16_t changed = us_change_within(m, these);
	return changed == NONE ? NONE : us_twig_pair(m, US_PAT_STACK, changed, others);
}

/* 0 <1 2>; pick [bd sn] [hh*4] ~: its numbers, from 0, say which of these plays. */
uint16_t us_make_pick(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct row row = {0};
	(void)c;
	us_twig_hang(m, &row, pattern);
	for (us_skip_blanks(m); *m->at && *m->at != ';' && *m->at != ')'; us_skip_blanks(m)) {
		const uint16_t t = read_pattern(m, MODE_PLAIN, false);
		if (t == NONE)
			return NONE;
		us_twig_hang(m, &row, t);
	}
	if (row.count < 2) {
		us_refuse(m, "patterns to pick from, as in pick [bd sn] [hh*4]");
		return NONE;
	}
	return us_twig_bind(m, US_PAT_PICK, &row);
}

uint16_t us_make_degrade(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a = {{1, 2}, NONE};
	const uint16_t place = us_place(m);
	if (c->op && us_argument_read(m, c->least, c->most, false, &a))
		return NONE;
	const uint16_t t = us_twig_with(m, US_PAT_DEGRADE, pattern, &a);
	if (t == NONE)
		return NONE;
	m->twig[t].node.place = place;
	m->twig[t].node.kind = (uint8_t)c->kind;
	if (a.pattern == NONE)
		m->twig[t].node.value = (float)a.x.num / (float)a.x.den;
	return t;
}
