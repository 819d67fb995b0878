/* row.c — rows of steps: side by side, in feet, in brackets of each kind, one per cycle, each at its own speed. See
 * parse.h. */
#include "parse.h"

#include <string.h>

/* Steps become one pattern; *total is how many they are, by weight. */
static uint16_t finish(struct parse *m, const struct row *row, char close, struct fraction *total)
{
	*total = (struct fraction){1, 1};
	if (!row->count)
		return us_twig_grow(m, US_PAT_REST);
	const bool repeats = m->twig[row->first].node.op == US_PAT_TIMES; /* a ! behind the bracket is another one */
	if (row->count == 1 && !repeats && close != '>' && close != '}') {
		m->twig[row->first].long_num = m->twig[row->first].long_den = 1;
		return row->first;
	}
	const uint16_t s = us_twig_sequence(m, row, total);
	if (s == NONE || close != '>')
		return s;
	return us_twig_fast(m, s, (struct fraction){total->den, total->num}); /* one step per cycle */
}

/* bd sn . hh hh hh: each foot is a step. */
struct feet {
	struct row rows, row; /* those that are complete, and the one that is read */
	bool any;
};

static int end_foot(struct parse *m, struct feet *f)
{
	struct fraction unused;
	if (!f->row.count)
		return US_OK;
	const uint16_t foot = finish(m, &f->row, 0, &unused);
	if (foot == NONE)
		return US_FAILED;
	us_twig_hang(m, &f->rows, foot);
	f->row = (struct row){0};
	return US_OK;
}

static bool is_foot(const struct parse *m)
{
	return m->at[0] == '.' && (us_is_blank(m->at[1]) || !m->at[1]);
}

/* One row up to one of these letters, or the end; what they become depends on the bracket. */
static uint16_t read_row(struct parse *m, const char *ends, char close, struct fraction *total)
{
	struct feet f = {.any = false};
	for (;;) {
		us_skip_blanks(m);
		if (!*m->at || strchr(ends, *m->at))
			break;
		if (is_foot(m)) {
			f.any = true;
			m->at++;
			if (end_foot(m, &f))
				return NONE;
		} else if (us_step(m, &f.row)) {
			return NONE;
		}
	}
	if (f.any && end_foot(m, &f))
		return NONE;
	return finish(m, f.any ? &f.rows : &f.row, close, total);
}

uint16_t us_row(struct parse *m, const char *ends)
{
	struct fraction unused;
	return read_row(m, ends, 0, &unused);
}

/* {a b c}%4, or as many a cycle as the first row has. Each row runs at its own speed. */
static int polymetre(struct parse *m, struct row *rows, const struct fraction *totals)
{
	struct argument steps = {totals[0], NONE};
	struct row fastened = {0};
	if (*m->at == '%') {
		m->at++;
		if (us_slice_read(m, 1.0 / 64, 1024, false, &steps))
			return US_FAILED;
	}
	uint16_t t = rows->first;
	for (uint32_t i = 0; i < rows->count; i++) {
		const uint16_t next = m->twig[t].next;
		struct argument speed = {{1, 1}, us_twig_again(m, steps.pattern)};
		struct fraction once = {totals[i].den, totals[i].num};
		m->twig[t].next = NONE;
		if (steps.pattern == NONE &&
		    !us_fraction_of((int64_t)once.num * steps.x.num, (int64_t)once.den * steps.x.den, &once))
			return us_fail(m->err, "steps that no cycle can be divided by; expected simpler ones");
		t = us_twig_fast(m, t, once);
		if (steps.pattern != NONE)
			t = us_twig_with(m, US_PAT_FAST, t, &speed);
		if (t == NONE)
			return US_FAILED;
		us_twig_hang(m, &fastened, t);
		t = next;
	}
	*rows = fastened;
	return US_OK;
}

static const char *ends_of(char close)
{
	switch (close) {
	case ']':
		return ",|]";
	case '>':
		return ",|>";
	case '}':
		return ",|}";
	case ')':
		return ",|;)";
	default:
		return ",|;";
	}
}

static uint16_t bind_rows(struct parse *m, const struct row *rows, char between)
{
	if (rows->count == 1)
		return rows->first;
	const uint16_t t = us_twig_bind(m, between == '|' ? US_PAT_CHOOSE : US_PAT_STACK, rows);
	if (t == NONE || between != '|')
		return t;
	m->twig[t].node.place = us_place(m);
	m->twig[t].node.num = (int32_t)rows->count;
	uint16_t c = rows->first;
	for (uint32_t i = 0; i < rows->count; i++, c = m->twig[c].next)
		m->twig[c].node.weight = 1;
	return t;
}

uint16_t us_rows(struct parse *m, char close)
{
	struct fraction totals[ROWS];
	struct row rows = {0};
	char between = 0;
	bool mine = false;
	us_skip_blanks(m);
	if (!close || close == ')') {
		const uint16_t source = us_source(m, &mine);
		if (mine)
			return source;
	}
	for (;;) {
		if (rows.count == ROWS) {
			us_fail(m->err, "more than %d rows at once", ROWS);
			return NONE;
		}
		const uint16_t t = read_row(m, ends_of(close), close, &totals[rows.count]);
		if (t == NONE)
			return NONE;
		us_twig_hang(m, &rows, t);
		const char c = *m->at;
		if (!c && close) {
			us_fail(m->err, "a bracket is not closed; expected a %c", close);
			return NONE;
		}
		if (c != ',' && c != '|')
			break;
		if (between && c != between) {
			us_refuse(m, "commas or bars in a row, not both; put brackets around one of them");
			return NONE;
		}
		between = c;
		m->at++;
	}
	if (close && close != ')')
		m->at++;
	if (close == '}' && polymetre(m, &rows, totals))
		return NONE;
	return bind_rows(m, &rows, between);
}

bool us_is_group(const struct parse *m)
{
	return *m->at == '<' || *m->at == '[' || *m->at == '{';
}

uint16_t us_group(struct parse *m)
{
	const char open = *m->at;
	const char *token = m->token;
	if (++m->depth > DEPTH) {
		us_fail(m->err, "brackets within brackets, more than %d deep", DEPTH);
		return NONE;
	}
	m->at++;
	const uint16_t t = us_rows(m, open == '[' ? ']' : open == '<' ? '>' : '}');
	m->token = token;
	m->depth--;
	return t;
}
