/* change_cycle.c — the changes that take another one, and say when or where it counts. See change.c. */
#include "parse.h"

/* By cycle, the changed pattern or the other. */
static uint16_t when(struct parse *m, uint16_t pattern, enum us_pattern_when kind, const struct argument *a)
{
	const uint16_t changed = us_change_within(m, us_twig_again(m, pattern));
	if (changed == NONE)
		return NONE;
	const uint16_t t = us_twig_pair(m, US_PAT_WHEN, changed, pattern);
	if (t == NONE)
		return NONE;
	struct us_pattern_node *n = &m->twig[t].node;
	n->kind = (uint8_t)kind;
	n->num = a->x.num;
	n->den = a->x.den;
	if (a->pattern != NONE) {
		m->twig[pattern].next = a->pattern;
		n->children = 3;
		n->arguments = 1;
	}
	return t;
}

/* every 4 (…), lastof 4 (…) */
uint16_t us_make_every(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a;
	if (us_argument_read(m, c->least, c->most, true, &a))
		return NONE;
	if (c->kind && a.pattern != NONE) {
		us_fail(m->err, "expected a number here, not a pattern of them, as in lastOf 4 (rev)");
		return NONE;
	}
	a.x.den = c->kind ? a.x.num - 1 : 0;
	return when(m, pattern, US_WHEN_EVERY, &a);
}

static int two_numbers(struct parse *m, const struct change *c, struct argument *a)
{
	struct argument second;
	if (us_argument_read(m, c->least, c->most, true, a) || us_argument_read(m, 0, c->most, true, &second))
		return US_FAILED;
	if (a->pattern != NONE || second.pattern != NONE)
		return us_fail(m->err, "expected two numbers here, not patterns of them");
	a->x.den = second.x.num;
	return US_OK;
}

/* every' 3 1 (…): in cycles 1, 4, 7 … */
uint16_t us_make_every_turn(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a;
	return two_numbers(m, c, &a) ? NONE : when(m, pattern, US_WHEN_EVERY, &a);
}

/* whenmod 8 6 (…): of each eight cycles the last two. */
uint16_t us_make_whenmod(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a;
	return two_numbers(m, c, &a) ? NONE : when(m, pattern, US_WHEN_MOD, &a);
}

/* foldevery <2 3> or [2 3]: every 2, and every 3 what that has made. */
uint16_t us_make_fold(struct parse *m, uint16_t pattern, const struct change *c)
{
	us_skip_blanks(m);
	const char close = *m->at == '[' ? ']' : *m->at == '<' ? '>' : 0;
	struct argument list[8];
	uint32_t count = 0;
	if (!close) {
		us_refuse(m, "numbers in brackets, as in foldEvery [2 3] (rev)");
		return NONE;
	}
	for (m->at++; *m->at != close && count < 8; us_skip_blanks(m))
		if (us_argument_read(m, c->least, c->most, true, &list[count]) || list[count++].pattern != NONE)
			return NONE;
	if (*m->at != close) {
		us_refuse(m, "at most 8 numbers, and a closing bracket");
		return NONE;
	}
	const char *change = ++m->at;
	for (uint32_t i = 0; i < count && pattern != NONE; i++) {
		m->at = change;
		list[i].x.den = 0;
		pattern = when(m, pattern, US_WHEN_EVERY, &list[i]);
	}
	return pattern;
}

/* when <t f> (…): while it is true. */
uint16_t us_make_when(struct parse *m, uint16_t pattern, const struct change *c)
{
	const enum mode mode = m->mode;
	(void)c;
	us_skip_blanks(m);
	m->mode = MODE_TRUTH;
	m->token = m->at;
	const uint16_t truth = us_step_alone(m);
	m->mode = mode;
	struct row row = {0};
	if (truth == NONE)
		return NONE;
	const uint16_t changed = us_change_within(m, us_twig_again(m, pattern));
	if (changed == NONE)
		return NONE;
	us_twig_hang(m, &row, truth);
	us_twig_hang(m, &row, changed);
	us_twig_hang(m, &row, pattern);
	return us_twig_bind(m, US_PAT_IF, &row);
}

uint16_t us_make_somecycles(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a = {{1, 2}, NONE};
	const uint16_t place = us_place(m);
	if (c->op && us_argument_read(m, c->least, c->most, false, &a))
		return NONE;
	if (a.pattern != NONE) {
		us_fail(m->err, "expected a number here, not a pattern of them, as in someCyclesBy 0.3 (rev)");
		return NONE;
	}
	const uint16_t t = when(m, pattern, US_WHEN_CHANCE, &a);
	if (t != NONE) {
		m->twig[t].node.place = place;
		m->twig[t].node.value = (float)a.x.num / (float)a.x.den;
	}
	return t;
}

/* always (…), never (…) */
uint16_t us_make_always(struct parse *m, uint16_t pattern, const struct change *c)
{
	const uint16_t changed = us_change_within(m, us_twig_again(m, pattern));
	return changed == NONE || c->given > 0 ? changed : pattern;
}

static uint16_t some(struct parse *m, uint16_t pattern, const struct argument *a, bool others, uint16_t place)
{
	const struct argument one = {a->x, us_twig_again(m, a->pattern)};
	const uint16_t t = us_twig_with(m, US_PAT_DEGRADE, pattern, &one);
	if (t == NONE)
		return NONE;
	m->twig[t].node.place = place;
	m->twig[t].node.kind = others;
	if (one.pattern == NONE)
		m->twig[t].node.value = (float)a->x.num / (float)a->x.den;
	return t;
}

/* sometimes (…): by event. Those that are not dropped here are dropped there: both go by the same dice, thrown where
 * an event began before it was changed. */
uint16_t us_make_sometimes(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a = {{(int32_t)(c->given * 20 + 0.5f), 20}, NONE};
	const uint16_t place = us_place(m);
	if (c->op && us_argument_read(m, c->least, c->most, false, &a))
		return NONE;
	const uint16_t these = some(m, us_twig_again(m, pattern), &a, true, place);
	const uint16_t others = some(m, pattern, &a, false, place);
	if (these == NONE || others == NONE)
		return NONE;
	return us_twig_pair(m, US_PAT_STACK, others, us_change_within(m, these));
}

/* On the left as it is, on the right changed. A jux within has the last word. */
uint16_t us_make_jux(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a = {{1, 1}, NONE};
	if (c->op && us_argument_read(m, c->least, c->most, false, &a))
		return NONE;
	if (a.pattern != NONE) {
		us_fail(m->err, "expected a number here, not a pattern of them, as in juxBy 0.5 (rev)");
		return NONE;
	}
	const uint16_t right = us_twig_over(m, US_PAT_VALUE, us_twig_again(m, pattern));
	const uint16_t left = us_twig_over(m, US_PAT_VALUE, pattern);
	if (left == NONE || right == NONE)
		return NONE;
	const float side = (float)a.x.num / (float)a.x.den;
	m->twig[left].node.kind = m->twig[right].node.kind = US_CHANGE_SIDE;
	m->twig[left].node.value = -side;
	m->twig[right].node.value = side;
	return us_twig_pair(m, US_PAT_STACK, left, us_change_within(m, right));
}

uint16_t us_make_superimpose(struct parse *m, uint16_t pattern, const struct change *c)
{
	(void)c;
	const uint16_t same = us_twig_again(m, pattern);
	return us_twig_pair(m, US_PAT_STACK, pattern, us_change_within(m, same));
}

/* layer (rev) (+7; fast 2): all of them at once, without the pattern itself. */
uint16_t us_make_layer(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct row row = {0};
	(void)c;
	us_skip_blanks(m);
	do {
		const uint16_t t = us_change_within(m, us_twig_again(m, pattern));
		if (t == NONE)
			return NONE;
		us_twig_hang(m, &row, us_twig_again(m, t));
		us_skip_blanks(m);
	} while (*m->at == '(');
	return us_twig_bind(m, US_PAT_STACK, &row);
}

static uint16_t keep_within(struct parse *m, uint16_t pattern, const struct fraction *from, const struct fraction *to,
                            bool not )
{
	const int64_t den = (int64_t)from->den * to->den;
	const uint16_t t = us_twig_over(m, US_PAT_KEEP, pattern);
	if (t == NONE)
		return NONE;
	if (den > 0xffff) {
		us_refuse(m, "simpler parts of a cycle before this");
		return NONE;
	}
	m->twig[t].node.kind = not ? US_KEEP_WITHIN | US_KEEP_NOT : US_KEEP_WITHIN;
	m->twig[t].node.num = from->num * to->den;
	m->twig[t].node.den = to->num * from->den;
	m->twig[t].node.name = (uint16_t)den;
	return t;
}

/* within 0 1/2 (fast 2), within (0, 0.5) (fast 2): only what begins there in its cycle. */
uint16_t us_make_within(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument from, to;
	us_skip_blanks(m);
	const bool brackets = *m->at == '(';
	m->at += brackets;
	if (us_argument_read(m, c->least, c->most, false, &from))
		return NONE;
	us_skip_blanks(m);
	m->at += brackets && *m->at == ',';
	if (us_argument_read(m, c->least, c->most, false, &to))
		return NONE;
	us_skip_blanks(m);
	if (from.pattern != NONE || to.pattern != NONE || (brackets && *m->at != ')')) {
		us_refuse(m, "two numbers, as in within 0 1/2 (fast 2)");
		return NONE;
	}
	m->at += brackets;
	const uint16_t changed = us_change_within(m, us_twig_again(m, pattern));
	const uint16_t inside = keep_within(m, changed, &from.x, &to.x, false);
	const uint16_t outside = inside == NONE ? NONE : keep_within(m, pattern, &from.x, &to.x, true);
	return outside == NONE ? NONE : us_twig_pair(m, US_PAT_STACK, inside, outside);
}

/* chunk 4 (hurry 2): to another quarter of the cycle each time; chunk' 4, or chunk -4, from the last on. */
uint16_t us_make_chunk(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument parts;
	us_skip_blanks(m);
	const char *begin = m->at;
	if (us_argument_read(m, c->least, c->most, true, &parts))
		return NONE;
	if (parts.pattern != NONE) {
		us_fail(m->err, "expected a number here, not a pattern of them, as in chunk 4 (fast 2)");
		return NONE;
	}
	if (!parts.x.num) {
		m->at = begin;
		us_fail(m->err, "0 parts; expected a number such as 4");
		return NONE;
	}
	const uint16_t changed = us_change_within(m, us_twig_again(m, pattern));
	if (changed == NONE)
		return NONE;
	const uint16_t t = us_twig_pair(m, US_PAT_CHUNK, changed, pattern);
	if (t != NONE) {
		m->twig[t].node.num = parts.x.num < 0 ? -parts.x.num : parts.x.num;
		m->twig[t].node.kind = c->kind || parts.x.num < 0;
	}
	return t;
}
