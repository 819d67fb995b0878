/* mini_row.c — rows of steps: side by side, in brackets of each kind, one per cycle, each at its own speed. */
#include "mini_tree.h"

static uint16_t finish_row(struct mini *m, const struct row *row, char close, float weight)
{
	if (!row->count)
		return us_twig_grow(m, US_PAT_REST);
	if (close == '>' && weight == (float)row->count)
		return us_twig_bind(m, US_PAT_ALT, row);
	if (close == '>') { /* <a@3 b>: a is one step of three cycles */
		const uint16_t t = us_twig_over(m, US_PAT_FAST, us_twig_bind(m, US_PAT_SEQ, row));
		if (t != NONE) {
			m->twig[t].node.value = 1;
			m->twig[t].node.divisor = weight;
		}
		return t;
	}
	if (row->count > 1)
		return us_twig_bind(m, US_PAT_SEQ, row);
	m->twig[row->first].node.weight = 1;
	return row->first;
}

/* {a b c}%4, or as many a cycle as the first row has. Each row runs at its own speed. */
static int polymetre(struct mini *m, struct row *rows, const uint32_t *counts)
{
	float steps = (float)counts[0];
	uint16_t pattern = NONE;
	if (*m->at == '%') {
		m->at++;
		if (us_mini_is_group(m) && (pattern = us_mini_numbers(m, 1, 64)) == NONE)
			return US_FAILED;
		if (pattern == NONE && (us_mini_number(m, &steps) || !(steps > 0)))
			return us_fail(m->err, "a number of steps a cycle would be right, as in {a b c}%%4");
	}
	struct row fastened = {0};
	uint16_t t = rows->first;
	for (uint32_t i = 0; i < rows->count; i++) {
		const uint16_t next = m->twig[t].next;
		m->twig[t].next = NONE;
		const uint16_t again = pattern == NONE ? NONE : us_twig_again(m, pattern);
		const uint16_t f = us_twig_over_all(m, US_PAT_FAST, t, &again, pattern != NONE);
		if (f == NONE)
			return US_FAILED;
		m->twig[f].node.value = steps;
		m->twig[f].node.divisor = (float)counts[i];
		us_twig_hang(m, &fastened, f);
		t = next;
	}
	*rows = fastened;
	return US_OK;
}

/* Rows to the closing bracket, or to the end of the text: side by side with a comma, one of them with a bar. */
uint16_t us_mini_rows(struct mini *m, char close)
{
	enum { ROWS = 32 };
	struct row rows = {0}, row = {0};
	uint32_t counts[ROWS];
	char between = 0;
	for (;;) {
		us_mini_skip_blanks(m);
		const char c = *m->at == ';' && !close ? 0 : *m->at; /* changes follow */
		if (c && c != ',' && c != '|' && c != close) {
			if (us_mini_step(m, &row))
				return NONE;
			continue;
		}
		if (c == 0 && close) {
			us_fail(m->err, "a bracket is not closed; a %c would be right", close);
			return NONE;
		}
		if (between && (c == ',' || c == '|') && c != between) {
			us_mini_refuse(m, "a row has commas or bars, not both; put brackets around one of them");
			return NONE;
		}
		float weight = 0;
		uint16_t t = row.first;
		for (uint32_t i = 0; i < row.count; i++, t = m->twig[t].next)
			weight += m->twig[t].node.weight;
		t = finish_row(m, &row, close, weight);
		if (t == NONE)
			return NONE;
		if (rows.count == ROWS) {
			us_fail(m->err, "more than %d rows at once", ROWS);
			return NONE;
		}
		counts[rows.count] = row.count ? (uint32_t)(weight + 0.5f) : 1;
		us_twig_hang(m, &rows, t);
		row = (struct row){0};
		if (c == ',' || c == '|') {
			between = c;
			m->at++;
			continue;
		}
		if (c)
			m->at++;
		break;
	}
	if (close == '}' && polymetre(m, &rows, counts))
		return NONE;
	return rows.count == 1 ? rows.first : us_twig_bind(m, between == '|' ? US_PAT_CHOOSE : US_PAT_STACK, &rows);
}

uint16_t us_mini_group(struct mini *m)
{
	const char open = *m->at;
	const char close = open == '[' ? ']' : open == '<' ? '>' : '}';
	if (++m->depth > DEPTH) {
		us_fail(m->err, "brackets within brackets, more than %d deep", DEPTH);
		return NONE;
	}
	m->at++;
	const uint16_t t = us_mini_rows(m, close);
	m->depth--;
	return t;
}

bool us_mini_is_group(const struct mini *m)
{
	return *m->at == '<' || *m->at == '[';
}

/* Rests are allowed: while there is no number, nothing sounds. */
uint16_t us_mini_numbers(struct mini *m, float least, float most)
{
	const char *begin = m->at, *token = m->token;
	const uint32_t first = m->count, names = m->names;
	const uint16_t t = us_mini_group(m);
	m->token = token;
	for (uint32_t i = first; i < m->count && t != NONE; i++) {
		const struct us_pattern_node *n = &m->twig[i].node;
		if (n->op != US_PAT_ATOM || (!n->name && n->value >= least && n->value <= most))
			continue;
		m->names = names;
		m->at = begin;
		us_fail(m->err, "numbers from %g to %g would be right within these brackets", (double)least,
		        (double)most);
		return NONE;
	}
	return t;
}
