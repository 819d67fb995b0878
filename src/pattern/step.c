/* step.c — one step of a pattern, and what stands behind it: *2, (3,8), ?, @3, !2, :1. See parse.h. */
#include "parse.h"

#include <string.h>

enum { MOST_FACTOR = 1024 };

static uint16_t fast(struct parse *m, uint16_t step, bool slow)
{
	struct argument a;
	m->at++;
	if (us_slice_read(m, 1.0 / MOST_FACTOR, MOST_FACTOR, false, &a))
		return NONE;
	const uint16_t t = us_twig_with(m, US_PAT_FAST, step, &a);
	if (t != NONE)
		m->twig[t].node.kind = slow;
	return t;
}

/* One of hits, steps and rotation: a number, or a row of numbers. */
static int read_part(struct parse *m, int least, int most, struct argument *a)
{
	const struct parse before = {.least = m->least, .most = m->most, .whole = m->whole, .mode = m->mode};
	*a = (struct argument){{0, 1}, NONE};
	us_skip_blanks(m);
	const char *begin = m->at;
	m->least = (int64_t)least * 4096;
	m->most = (int64_t)most * 4096;
	m->whole = true;
	m->mode = MODE_NUMBERS;
	a->pattern = us_row(m, ",)");
	m->least = before.least;
	m->most = before.most;
	m->whole = before.whole;
	m->mode = before.mode;
	if (a->pattern == NONE)
		return US_FAILED;
	const struct us_pattern_node *n = &m->twig[a->pattern].node;
	if (n->op == US_PAT_REST) {
		m->at = begin;
		return us_refuse(m, "a whole number, as in (3,8)");
	}
	if (n->op == US_PAT_NUMBER) {
		a->x = (struct fraction){n->num, n->den};
		a->pattern = NONE;
	}
	return US_OK;
}

/* With a pattern among them all three are patterns. */
uint16_t us_spread(struct parse *m, uint16_t step, struct argument part[static 3])
{
	const uint16_t t = us_twig_over(m, US_PAT_EUCLID, step);
	struct row row = {0};
	bool patterned = false;
	if (t == NONE)
		return NONE;
	struct us_pattern_node *n = &m->twig[t].node;
	n->num = part[0].x.num;
	n->den = part[1].x.num;
	n->name = (uint16_t)(int16_t)part[2].x.num;
	for (int i = 0; i < 3; i++)
		patterned |= part[i].pattern != NONE;
	if (!patterned)
		return t;
	us_twig_hang(m, &row, m->twig[t].child);
	for (int i = 0; i < 3; i++) {
		uint16_t number = part[i].pattern;
		if (number == NONE && (number = us_twig_grow(m, US_PAT_NUMBER)) != NONE)
			m->twig[number].node.num = part[i].x.num;
		if (number == NONE)
			return NONE;
		us_twig_hang(m, &row, number);
	}
	n->children = 4;
	n->arguments = 3;
	return t;
}

static uint16_t euclid(struct parse *m, uint16_t step)
{
	struct argument part[3] = {{{0, 1}, NONE}, {{0, 1}, NONE}, {{0, 1}, NONE}};
	m->at++;
	if (read_part(m, -US_PATTERN_EUCLID, US_PATTERN_EUCLID, &part[0]))
		return NONE;
	if (*m->at != ',') {
		us_refuse(m, "hits and steps, as in (3,8)");
		return NONE;
	}
	m->at++;
	if (read_part(m, 1, US_PATTERN_EUCLID, &part[1]))
		return NONE;
	if (*m->at == ',') {
		m->at++;
		if (read_part(m, -4 * US_PATTERN_EUCLID, 4 * US_PATTERN_EUCLID, &part[2]))
			return NONE;
	}
	if (*m->at != ')') {
		us_refuse(m, "a ), as in (3,8) or (3,8,2)");
		return NONE;
	}
	m->at++;
	return us_spread(m, step, part);
}

static uint16_t perhaps(struct parse *m, uint16_t step)
{
	float chance = 0.5f;
	const uint16_t place = (uint16_t)(m->at - m->text + 1);
	m->at++;
	if ((us_is_digit(*m->at) || *m->at == '.') && us_number_is_here(m) && us_value_read_here(m, &chance))
		return NONE;
	const uint16_t t = us_twig_over(m, US_PAT_DEGRADE, step);
	if (t != NONE) {
		m->twig[t].node.value = chance < 0 ? 0 : chance > 1 ? 1 : chance;
		m->twig[t].node.place = place;
	}
	return t;
}

/* bd:<0 1>: the number, or the velocity, that a pattern says. */
static uint16_t colon_pattern(struct parse *m, uint16_t step, bool velocity)
{
	const enum mode mode = m->mode;
	m->mode = MODE_VALUES;
	const uint16_t numbers = us_group(m);
	m->mode = mode;
	const struct fraction weight = {m->twig[step].long_num, m->twig[step].long_den};
	const uint16_t t = us_twig_pair(m, US_PAT_VALUE, step, numbers);
	if (t == NONE)
		return NONE;
	m->twig[t].long_num = weight.num;
	m->twig[t].long_den = weight.den;
	m->twig[step].long_num = m->twig[step].long_den = 1;
	m->twig[t].node.kind = velocity ? US_CHANGE_TO_VELOCITY : US_CHANGE_TO_NUMBER;
	m->twig[t].node.flags = US_PAT_BY_VALUE;
	return t;
}

/* name:3 is a name with a number, name:3:0.4 with a velocity, too; 7:0.5 a number with a velocity. */
static uint16_t colon(struct parse *m, uint16_t step)
{
	struct us_pattern_node *n = &m->twig[step].node;
	float value;
	if (n->op != US_PAT_ATOM) {
		m->at++;
		us_refuse(m, "a : only behind a name or a number");
		return NONE;
	}
	for (bool velocity = !n->name; *m->at == ':' && step != NONE; velocity = true) {
		m->at++;
		if (us_is_group(m)) {
			step = colon_pattern(m, step, velocity);
			continue;
		}
		if (!us_number_is_here(m)) {
			us_refuse(m, "a number behind the :, as in bd:3 or 7:0.5");
			return NONE;
		}
		if (us_value_read_here(m, &value))
			return NONE;
		if (velocity)
			n->velocity = value < 0 ? 0 : value > 1 ? 1 : value;
		else
			n->value = value;
	}
	return step;
}

static int weigh(struct parse *m, uint16_t step)
{
	struct fraction weight;
	m->at++;
	const char *begin = m->at;
	if (us_fraction_read(m, &weight) || weight.num <= 0) {
		m->at = begin;
		return us_refuse(m, "a weight above 0, as in bd@3");
	}
	m->twig[step].long_num = weight.num;
	m->twig[step].long_den = weight.den;
	return US_OK;
}

static int repeat(struct parse *m, int *times)
{
	struct argument a;
	m->at++;
	if (!us_is_digit(*m->at)) {
		++*times;
		return US_OK;
	}
	if (us_slice_read(m, 1, US_PATTERN_STEPS, true, &a))
		return US_FAILED;
	*times += a.x.num - 1;
	return US_OK;
}

/* A modifier may stand behind a blank, where it could be nothing else. */
static char modifier(struct parse *m)
{
	const char *p = m->at;
	while (us_is_blank(*p))
		p++;
	const bool detached = p > m->at;
	if (!detached)
		return *p;
	const char *after = p + 1;
	while ((*p == '*' || (*p == '/' && *after != '/')) && us_is_blank(*after))
		after++;
	const bool number = us_is_digit(*after) || (*after == '.' && us_is_digit(after[1]));
	if ((strchr("*/@", *p) && *p && number) || (strchr("*/", *p) && *p && strchr("<[", *after) && *after)) {
		m->at = p;
		return *p;
	}
	return 0;
}

static uint16_t modify(struct parse *m, uint16_t step, int *times)
{
	while (step != NONE) {
		switch (modifier(m)) {
		case '*':
			step = fast(m, step, false);
			break;
		case '/':
			if (m->at[1] == '/')
				return step;
			step = fast(m, step, true);
			break;
		case '(':
			step = euclid(m, step);
			break;
		case '?':
			step = perhaps(m, step);
			break;
		case ':':
			step = colon(m, step);
			break;
		case '@':
			if (weigh(m, step))
				return NONE;
			break;
		case '!':
			if (repeat(m, times))
				return NONE;
			break;
		default:
			return step;
		}
	}
	return NONE;
}

static bool is_rest(const struct parse *m)
{
	return *m->at == '~' || (*m->at == '-' && !us_number_is_here(m));
}

/* A step, without what stands behind it. */
static uint16_t bare(struct parse *m)
{
	m->at += *m->at == '^'; /* marks a step for who counts them */
	m->token = m->at;
	if (is_rest(m)) {
		m->at++;
		return us_twig_grow(m, US_PAT_REST);
	}
	return us_is_group(m) ? us_group(m) : us_word(m);
}

uint16_t us_step_alone(struct parse *m)
{
	int times = 1;
	uint16_t step;
	if (*m->at == '(') {
		m->at++;
		step = us_whole(m, ')');
	} else {
		step = bare(m);
	}
	step = modify(m, step, &times);
	if (step != NONE && times > 1) {
		us_refuse(m, "no ! here");
		return NONE;
	}
	if (step != NONE)
		m->twig[step].long_num = m->twig[step].long_den = 1;
	return step;
}

int us_step(struct parse *m, struct row *row)
{
	const char c = *m->at;
	int times = 1;
	m->token = m->at;
	if (c == '_' || c == '!') {
		if (!row->count)
			return us_refuse(m, "a step before it, which it repeats or makes longer");
		m->at++;
		return c == '_' ? us_row_lengthen(m, row) : us_row_again(m, row, 1);
	}
	if (c == '.' && m->at[1] == '.' && (us_is_blank(m->at[2]) || us_is_digit(m->at[2]) || m->at[2] == '-'))
		return us_row_range(m, row);
	const size_t drums = us_drums_length(m);
	if (drums)
		return us_drums(m, drums, row);
	const uint16_t step = modify(m, bare(m), &times);
	if (step == NONE)
		return US_FAILED;
	us_twig_hang(m, row, step);
	return times > 1 ? us_row_again(m, row, times - 1) : US_OK;
}
