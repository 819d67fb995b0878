/* mini_change.c — what is done to a pattern that has been read, each behind a semicolon: "bd*2 sn; every 4 (fast 2);
 * rev". The names and meanings are Tidal's (McLean, TidalCycles documentation); what takes another change takes it in
 * brackets, or as all that follows up to the next semicolon. */
#include "mini_tree.h"

#include "spelling.h"

#include <string.h>

enum { WORD_BYTES = 16, MOST_ITER = 32 };

struct change {
	const char *word;
	uint16_t (*make)(struct mini *m, uint16_t pattern, const struct change *c);
	enum us_pattern_op op;
	float least, most; /* of its number */
	float given;       /* what the word itself says */
};

static uint16_t change_one(struct mini *m, uint16_t pattern);

/* 3, 0.25, 1/8, -1/3 */
static int read_fraction(struct mini *m, float least, float most, float *value)
{
	float below = 1;
	us_mini_skip_blanks(m);
	const char *begin = m->at;
	if (us_mini_number(m, value))
		return US_FAILED;
	if (*m->at == '/') {
		m->at++;
		if (us_mini_number(m, &below))
			return US_FAILED;
	}
	*value /= below;
	if (*value >= least && *value <= most)
		return US_OK;
	m->at = begin;
	return us_fail(m->err, "a number from %g to %g would be right", (double)least, (double)most);
}

/* The change that is an argument: (fast 2), (rev; +7), or without brackets. */
static uint16_t change_within(struct mini *m, uint16_t pattern)
{
	us_mini_skip_blanks(m);
	if (*m->at != '(')
		return change_one(m, pattern);
	do {
		m->at++;
		pattern = change_one(m, pattern);
	} while (pattern != NONE && *m->at == ';');
	if (pattern != NONE && *m->at != ')') {
		us_mini_refuse(m, "a ) would be right, as in every 4 (fast 2)");
		return NONE;
	}
	if (pattern != NONE)
		m->at++;
	return pattern;
}

static uint16_t pair(struct mini *m, enum us_pattern_op op, uint16_t first, uint16_t second)
{
	struct row row = {0};
	if (first == NONE || second == NONE)
		return NONE;
	us_twig_hang(m, &row, first);
	us_twig_hang(m, &row, second);
	return us_twig_bind(m, op, &row);
}

/* --- changes -------------------------------------------------------------------------------------------------------
 */

static uint16_t make_plain(struct mini *m, uint16_t pattern, const struct change *c)
{
	const uint16_t t = us_twig_over(m, c->op, pattern);
	if (t != NONE)
		m->twig[t].node.value = c->given;
	return t;
}

/* With a pattern of numbers: +<0 5>, fast <1 2>. */
static uint16_t make_by_pattern(struct mini *m, uint16_t pattern, const struct change *c)
{
	const uint16_t numbers = us_mini_numbers(m, c->least, c->most);
	const uint16_t t = us_twig_over_all(m, c->op, pattern, &numbers, 1);
	if (t != NONE && c->op == US_PAT_FAST) {
		m->twig[t].node.divisor = 1;
		m->twig[t].node.steps[0] = c->given < 0;
	}
	return t;
}

/* "+<" too: the plus stands before numbers anyhow. */
static bool takes_pattern(struct mini *m, const struct change *c)
{
	us_mini_skip_blanks(m);
	if (c->op == US_PAT_ADD && *m->at == '+' && (m->at[1] == '<' || m->at[1] == '['))
		m->at++;
	return us_mini_is_group(m) && (c->op == US_PAT_ADD || c->op == US_PAT_SOFTEN || c->op == US_PAT_FAST);
}

static uint16_t make_number(struct mini *m, uint16_t pattern, const struct change *c)
{
	float value;
	if (takes_pattern(m, c))
		return make_by_pattern(m, pattern, c);
	if (read_fraction(m, c->least, c->most, &value))
		return NONE;
	const uint16_t t = us_twig_over(m, c->op, pattern);
	if (t != NONE)
		m->twig[t].node.value = c->given * value;
	return t;
}

static uint16_t make_fast(struct mini *m, uint16_t pattern, const struct change *c)
{
	float value;
	if (takes_pattern(m, c))
		return make_by_pattern(m, pattern, c);
	if (read_fraction(m, c->least, c->most, &value))
		return NONE;
	const uint16_t t = us_twig_over(m, US_PAT_FAST, pattern);
	if (t != NONE) {
		m->twig[t].node.value = c->given > 0 ? value : 1;
		m->twig[t].node.divisor = c->given > 0 ? 1 : value;
	}
	return t;
}

static uint16_t make_palindrome(struct mini *m, uint16_t pattern, const struct change *c)
{
	(void)c;
	const uint16_t back = us_twig_over(m, US_PAT_REV, us_twig_again(m, pattern));
	return pair(m, US_PAT_ALT, pattern, back);
}

/* In cycle n it begins n / count later in the pattern. */
static uint16_t make_iter(struct mini *m, uint16_t pattern, const struct change *c)
{
	int count;
	struct row row = {0};
	(void)c;
	if (us_mini_whole(m, 1, MOST_ITER, &count))
		return NONE;
	for (int i = 0; i < count; i++) {
		const uint16_t t = us_twig_over(m, US_PAT_LATE, us_twig_again(m, pattern));
		if (t == NONE)
			return NONE;
		m->twig[t].node.value = -(float)i / (float)count;
		us_twig_hang(m, &row, t);
	}
	return us_twig_bind(m, US_PAT_ALT, &row);
}

/* every 4 (…), somecycles (…): by cycle, the changed pattern or the other. */
static uint16_t make_choice(struct mini *m, uint16_t pattern, const struct change *c)
{
	float value = c->given;
	if (c->most > 0 && read_fraction(m, c->least, c->most, &value))
		return NONE;
	const uint16_t changed = change_within(m, us_twig_again(m, pattern));
	const uint16_t t = pair(m, c->op, changed, pattern);
	if (t != NONE)
		m->twig[t].node.value = value;
	return t;
}

/* sometimes (…): by event. Those that are not dropped here are dropped there: both go by the same dice. */
static uint16_t make_sometimes(struct mini *m, uint16_t pattern, const struct change *c)
{
	float value = c->given;
	if (c->most > 0 && read_fraction(m, c->least, c->most, &value))
		return NONE;
	const uint16_t same = us_twig_again(m, pattern);
	const uint16_t others = us_twig_over(m, US_PAT_DEGRADE, pattern), some = us_twig_over(m, US_PAT_DEGRADE, same);
	if (others == NONE || some == NONE)
		return NONE;
	m->twig[others].node.value = m->twig[some].node.value = value;
	m->twig[some].node.steps[0] = 1;
	m->twig[some].node.name = m->twig[others].node.name = ++m->dice;
	return pair(m, US_PAT_STACK, others, change_within(m, some));
}

/* off 1/8 (+7): the pattern, and on top of it itself later and changed. */
static uint16_t make_off(struct mini *m, uint16_t pattern, const struct change *c)
{
	float value;
	if (read_fraction(m, c->least, c->most, &value))
		return NONE;
	const uint16_t late = us_twig_over(m, US_PAT_LATE, us_twig_again(m, pattern));
	if (late == NONE)
		return NONE;
	m->twig[late].node.value = value;
	return pair(m, US_PAT_STACK, pattern, change_within(m, late));
}

/* jux rev, juxby 0.5 (fast 2): on the left as it is, on the right changed. A jux within has the last word. */
static uint16_t make_jux(struct mini *m, uint16_t pattern, const struct change *c)
{
	float value = c->given;
	if (c->most > 0 && read_fraction(m, c->least, c->most, &value))
		return NONE;
	const uint16_t right = us_twig_over(m, US_PAT_SIDE, us_twig_again(m, pattern));
	const uint16_t left = us_twig_over(m, US_PAT_SIDE, pattern);
	if (left == NONE || right == NONE)
		return NONE;
	m->twig[left].node.value = -value;
	m->twig[right].node.value = value;
	return pair(m, US_PAT_STACK, left, change_within(m, right));
}

/* superimpose (+7): both at once. */
static uint16_t make_superimpose(struct mini *m, uint16_t pattern, const struct change *c)
{
	(void)c;
	const uint16_t same = us_twig_again(m, pattern);
	return pair(m, US_PAT_STACK, pattern, change_within(m, same));
}

static const struct change changes[] = {
    {"fast", make_fast, US_PAT_FAST, 1.f / 64, 64, 1},
    {"slow", make_fast, US_PAT_FAST, 1.f / 64, 64, -1},
    {"rev", make_plain, US_PAT_REV, 0, 0, 0},
    {"palindrome", make_palindrome, US_PAT_ALT, 0, 0, 0},
    {"iter", make_iter, US_PAT_ALT, 0, 0, 0},
    {"every", make_choice, US_PAT_EVERY, 1, 1024, 0},
    {"somecycles", make_choice, US_PAT_SOMETIMES, 0, 0, 0.5f},
    {"sometimes", make_sometimes, US_PAT_DEGRADE, 0, 0, 0.5f},
    {"often", make_sometimes, US_PAT_DEGRADE, 0, 0, 0.75f},
    {"rarely", make_sometimes, US_PAT_DEGRADE, 0, 0, 0.25f},
    {"sometimesby", make_sometimes, US_PAT_DEGRADE, 0, 1, 0},
    {"off", make_off, US_PAT_LATE, -16, 16, 0},
    {"superimpose", make_superimpose, US_PAT_STACK, 0, 0, 0},
    {"jux", make_jux, US_PAT_SIDE, 0, 0, 1},
    {"juxby", make_jux, US_PAT_SIDE, 0, 1, 0},
    {"late", make_number, US_PAT_LATE, -64, 64, 1},
    {"early", make_number, US_PAT_LATE, -64, 64, -1},
    {"degrade", make_plain, US_PAT_DEGRADE, 0, 0, 0.5f},
    {"degradeby", make_number, US_PAT_DEGRADE, 0, 1, 1},
    {"ply", make_number, US_PAT_PLY, 1, 16, 1},
    {"add", make_number, US_PAT_ADD, -1000, 1000, 1},
    {"vel", make_number, US_PAT_SOFTEN, 0, 2, 1},
};
enum { CHANGES = sizeof changes / sizeof changes[0] };

static uint16_t refuse_change(struct mini *m, const char *word)
{
	struct us_spelling s = {.wanted = word};
	for (int i = 0; i < CHANGES; i++)
		us_spelling_offer(&s, changes[i].word);
	const char *near = us_spelling_best(&s);
	if (!word[0])
		us_mini_refuse(m, "a change would be right, such as rev or every 4 (fast 2)");
	else if (near)
		us_fail(m->err, "there is no change '%s'; did you mean '%s'", word, near);
	else
		us_fail(m->err,
		        "there is no change '%s'; there are fast, slow, rev, every, sometimes, off, jux, iter and more",
		        word);
	return NONE;
}

static uint16_t change_one(struct mini *m, uint16_t pattern)
{
	static const struct change plus = {"add", make_number, US_PAT_ADD, -1000, 1000, 1};
	char word[WORD_BYTES] = "";
	size_t n = 0;
	us_mini_skip_blanks(m);
	if (pattern == NONE)
		return NONE;
	if (m->depth >= DEPTH) {
		us_fail(m->err, "changes within changes, more than %d deep", DEPTH);
		return NONE;
	}
	uint16_t t;
	m->depth++;
	if (*m->at == '+' || *m->at == '-') {
		t = make_number(m, pattern, &plus);
	} else {
		const char *begin = m->at;
		for (; us_mini_is_letter(*m->at) && n + 1 < sizeof word; m->at++)
			word[n++] = *m->at | 0x20;
		const struct change *c = changes;
		while (c < changes + CHANGES && strcmp(c->word, word) != 0)
			c++;
		if (c == changes + CHANGES) {
			m->at = begin;
			return refuse_change(m, word);
		}
		t = c->make(m, pattern, c);
	}
	m->depth--;
	us_mini_skip_blanks(m);
	return t;
}

uint16_t us_mini_change(struct mini *m, uint16_t pattern)
{
	return change_one(m, pattern);
}
