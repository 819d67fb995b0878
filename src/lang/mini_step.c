/* mini_step.c — one step of a pattern, and what stands behind it: *2, (3,8), ?, @3, !2, :1. */
#include "mini_tree.h"

/* bd*<2 3> */
static uint16_t fast_by_pattern(struct mini *m, uint16_t step, bool slow)
{
	const uint16_t numbers = us_mini_numbers(m, 1.f / 64, 64);
	const uint16_t t = us_twig_over_all(m, US_PAT_FAST, step, &numbers, 1);
	if (t != NONE) {
		m->twig[t].node.divisor = 1;
		m->twig[t].node.steps[0] = slow;
	}
	return t;
}

static uint16_t fast(struct mini *m, uint16_t step, bool slow)
{
	float factor;
	const char *begin = ++m->at;
	if (us_mini_is_group(m))
		return fast_by_pattern(m, step, slow);
	if (us_mini_number(m, &factor))
		return NONE;
	if (!(factor >= 1.f / 64 && factor <= 64)) {
		m->at = begin;
		us_fail(m->err, "a factor from 1/64 to 64 would be right");
		return NONE;
	}
	const uint16_t t = us_twig_over(m, US_PAT_FAST, step);
	if (t != NONE) {
		m->twig[t].node.value = slow ? 1 : factor;
		m->twig[t].node.divisor = slow ? factor : 1;
	}
	return t;
}

/* One of hits, steps and rotation: a number, or a pattern of numbers. */
struct part {
	int number;
	uint16_t pattern; /* NONE: there is none */
};

static int read_part(struct mini *m, int least, struct part *part)
{
	us_mini_skip_blanks(m);
	if (!us_mini_is_group(m))
		return us_mini_whole(m, least, US_PATTERN_STEPS, &part->number);
	part->pattern = us_mini_numbers(m, (float)least, US_PATTERN_STEPS);
	us_mini_skip_blanks(m);
	return part->pattern == NONE ? US_FAILED : US_OK;
}

/* With a pattern among them all three are patterns. */
static uint16_t spread(struct mini *m, uint16_t step, struct part part[static 3])
{
	uint16_t more[3];
	bool patterned = false;
	for (int i = 0; i < 3; i++)
		patterned |= part[i].pattern != NONE;
	for (int i = 0; i < 3 && patterned; i++)
		more[i] = part[i].pattern != NONE ? part[i].pattern : us_mini_atom(m, (float)part[i].number, 0, 0);
	const uint16_t t = us_twig_over_all(m, US_PAT_EUCLID, step, more, patterned ? 3 : 0);
	for (int i = 0; i < 3 && t != NONE; i++)
		m->twig[t].node.steps[i] = (int8_t)part[i].number;
	return t;
}

static uint16_t euclid(struct mini *m, uint16_t step)
{
	struct part part[3] = {{0, NONE}, {0, NONE}, {0, NONE}};
	m->at++;
	if (read_part(m, -US_PATTERN_STEPS, &part[0]))
		return NONE;
	if (*m->at != ',') {
		us_mini_refuse(m, "hits and steps would be right, as in (3,8)");
		return NONE;
	}
	m->at++;
	if (read_part(m, 1, &part[1]))
		return NONE;
	if (*m->at == ',') {
		m->at++;
		if (read_part(m, -US_PATTERN_STEPS, &part[2]))
			return NONE;
	}
	if (*m->at != ')') {
		us_mini_refuse(m, "a ) would be right, as in (3,8) or (3,8,2)");
		return NONE;
	}
	m->at++;
	return spread(m, step, part);
}

static uint16_t perhaps(struct mini *m, uint16_t step)
{
	float chance = 0.5f;
	m->at++;
	if ((us_mini_is_digit(*m->at) || *m->at == '.') && us_mini_number(m, &chance))
		return NONE;
	const uint16_t t = us_twig_over(m, US_PAT_DEGRADE, step);
	if (t != NONE)
		m->twig[t].node.value = chance < 0 ? 0 : chance > 1 ? 1 : chance;
	return t;
}

/* name:3 is a name with a number, 7:0.5 a number with a velocity. */
static uint16_t colon(struct mini *m, uint16_t step)
{
	float value;
	m->at++;
	if (m->twig[step].node.op != US_PAT_ATOM) {
		us_mini_refuse(m, "only a name or a number can have a : behind it");
		return NONE;
	}
	if (us_mini_number(m, &value))
		return NONE;
	if (m->twig[step].node.name)
		m->twig[step].node.value = value;
	else
		m->twig[step].node.velocity = value < 0 ? 0 : value > 1 ? 1 : value;
	return step;
}

static uint16_t modify(struct mini *m, uint16_t step, int *times)
{
	float weight;
	while (step != NONE) {
		switch (*m->at) {
		case '*':
		case '/':
			step = fast(m, step, *m->at == '/');
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
			m->at++;
			if (us_mini_number(m, &weight) || !(weight > 0)) {
				us_fail(m->err, "a weight above 0 would be right, as in bd@3");
				return NONE;
			}
			m->twig[step].node.weight = weight;
			break;
		case '!':
			m->at++;
			if (!us_mini_is_digit(*m->at))
				++*times;
			else if (us_mini_whole(m, 1, 64, times))
				return NONE;
			break;
		default:
			return step;
		}
	}
	return NONE;
}

/* 0 .. 3 */
static int range(struct mini *m, struct row *row)
{
	float end;
	const struct us_pattern_node *from = &m->twig[row->last].node;
	if (!row->count || from->op != US_PAT_ATOM || from->name)
		return us_mini_refuse(m, "a number before .. would be right, as in 0 .. 3");
	m->at += 2;
	us_mini_skip_blanks(m);
	if (us_mini_number(m, &end))
		return US_FAILED;
	const float step = end > from->value ? 1 : -1;
	for (float x = from->value + step; step > 0 ? x <= end : x >= end; x += step) {
		const uint16_t t = us_mini_atom(m, x, 0, 0.8f);
		if (t == NONE)
			return US_FAILED;
		us_twig_hang(m, row, t);
	}
	return US_OK;
}

int us_mini_step(struct mini *m, struct row *row)
{
	const char c = *m->at;
	size_t n = 0;
	int times = 1;
	m->token = m->at;
	uint16_t step;
	if (c == '_' || c == '!') {
		if (!row->count)
			return us_mini_refuse(m, "it belongs to a step before it");
		m->at++;
		if (c == '_') {
			m->twig[row->last].node.weight += 1;
			return US_OK;
		}
		const uint16_t t = us_twig_again(m, row->last);
		if (t != NONE)
			us_twig_hang(m, row, t);
		return t == NONE ? US_FAILED : US_OK;
	}
	if (c == '.' && m->at[1] == '.' &&
	    (us_mini_is_blank(m->at[2]) || us_mini_is_digit(m->at[2]) || m->at[2] == '-'))
		return range(m, row);
	while (m->at[n] == 'x' || m->at[n] == 'X' || m->at[n] == '.')
		n++;
	if (n && us_mini_is_drums(m->at, n) && !us_mini_is_letter(m->at[n]) && !us_mini_is_digit(m->at[n]) && n > 1)
		return us_mini_drums(m, n, row);
	if (c == '~' || (c == '-' && !us_mini_is_digit(m->at[1]) && m->at[1] != '.')) {
		m->at++;
		step = us_twig_grow(m, US_PAT_REST);
	} else if (c == '[' || c == '<' || c == '{') {
		step = us_mini_group(m);
	} else {
		step = us_mini_word(m);
	}
	step = modify(m, step, &times);
	if (step == NONE)
		return US_FAILED;
	us_twig_hang(m, row, step);
	for (; times > 1; times--) {
		const uint16_t t = us_twig_again(m, row->last);
		if (t == NONE)
			return US_FAILED;
		us_twig_hang(m, row, t);
	}
	return US_OK;
}
