/* change_time.c — the changes that move events in time. See change.c. */
#include "parse.h"

#include <string.h>

enum { NUMBERS = 16 }; /* different ones in a pattern of them, where each has a branch of its own */

uint16_t us_make_plain(struct parse *m, uint16_t pattern, const struct change *c)
{
	const uint16_t t = us_twig_over(m, c->op == US_PAT_VALUE ? US_PAT_VALUE : US_PAT_REV, pattern);
	if (t != NONE)
		m->twig[t].node.kind = (uint8_t)c->kind;
	return t;
}

static bool is_whole(const struct change *c)
{
	return c->op == US_PAT_ITER || c->op == US_PAT_SHUFFLE || c->op == US_PAT_ROT || c->op == US_PAT_CHOP;
}

/* fast 2, late 1/8, iter 4, each with a number or a pattern of numbers. */
uint16_t us_make_time(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a;
	const uint16_t place = us_place(m);
	us_skip_blanks(m);
	const char *begin = m->at;
	if (us_argument_read(m, c->least, c->most, is_whole(c), &a))
		return NONE;
	if (c->op == US_PAT_LINGER && a.pattern == NONE && !a.x.num) {
		m->at = begin;
		us_fail(m->err, "a part of 0; expected one such as 1/4");
		return NONE;
	}
	const uint16_t t = us_twig_with(m, (enum us_pattern_op)c->op, pattern, &a);
	if (t != NONE) {
		m->twig[t].node.kind = (uint8_t)c->kind;
		m->twig[t].node.place = place;
	}
	return t;
}

/* There, and back in the next cycle. */
uint16_t us_make_palindrome(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct row row = {0};
	(void)c;
	const uint16_t back = us_twig_over(m, US_PAT_REV, us_twig_again(m, pattern));
	if (back == NONE)
		return NONE;
	us_twig_hang(m, &row, pattern);
	us_twig_hang(m, &row, back);
	return us_twig_fast(m, us_twig_sequence(m, &row, NULL), (struct fraction){1, 2});
}

/* off 1/8 (+7): the pattern, and on top of it itself later and changed. */
uint16_t us_make_off(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a;
	if (us_argument_read(m, c->least, c->most, false, &a))
		return NONE;
	const uint16_t late = us_twig_with(m, US_PAT_LATE, us_twig_again(m, pattern), &a);
	return late == NONE ? NONE : us_twig_pair(m, US_PAT_STACK, pattern, us_change_within(m, late));
}

static uint16_t softer(struct parse *m, uint16_t pattern, float factor)
{
	const uint16_t t = us_twig_over(m, US_PAT_VALUE, pattern);
	if (t != NONE) {
		m->twig[t].node.kind = US_CHANGE_VELOCITY;
		m->twig[t].node.value = factor;
	}
	return t;
}

/* stut 3 0.5 1/8, echo 3 1/8 0.5: so many times in all, each softer and later than the one before. echowith 3 1/8 (+7):
 * each changed once more. */
uint16_t us_make_echo(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument times, step;
	float factor = 1;
	uint16_t by = NONE;
	struct row row = {0};
	if (us_argument_read(m, c->least, c->most, true, &times) ||
	    (c->op == 0 && us_value_argument(m, &by, &factor)) || us_argument_read(m, -16, 16, false, &step) ||
	    (c->op == 1 && us_value_argument(m, &by, &factor)))
		return NONE;
	if (times.pattern != NONE || step.pattern != NONE || by != NONE) {
		us_fail(m->err, "expected numbers here, not patterns of them, as in %s",
		        c->op ? "echo 3 1/8 0.5" : "stut 3 0.5 1/8");
		return NONE;
	}
	const char *change = m->at;
	float velocity = 1;
	uint16_t last = pattern;
	us_twig_hang(m, &row, us_twig_again(m, pattern));
	for (int32_t i = 1; i < times.x.num && row.last != NONE; i++) {
		struct fraction later;
		if (c->op == 2) {
			m->at = change;
			last = us_change_within(m, us_twig_late(m, us_twig_again(m, last), step.x));
			us_twig_hang(m, &row, us_twig_again(m, last));
			continue;
		}
		velocity *= factor;
		if (!us_fraction_of((int64_t)step.x.num * i, step.x.den, &later))
			return us_refuse(m, "a simpler time"), NONE;
		us_twig_hang(m, &row, softer(m, us_twig_late(m, us_twig_again(m, pattern), later), velocity));
	}
	if (c->op == 2 && times.x.num == 1 && us_change_within(m, us_twig_again(m, pattern)) == NONE)
		return NONE;
	return row.last == NONE ? NONE : us_twig_bind(m, US_PAT_STACK, &row);
}

/* plywith 3 (+7): each event so many times in its own time, each changed once more. */
uint16_t us_make_ply_with(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument times;
	struct row row = {0};
	if (us_argument_read(m, c->least, c->most, true, &times))
		return NONE;
	if (times.pattern != NONE) {
		us_fail(m->err, "expected a number here, not a pattern of them, as in plyWith 3 (+7)");
		return NONE;
	}
	const char *change = m->at;
	uint16_t last = pattern;
	us_twig_hang(m, &row, us_twig_again(m, pattern));
	for (int32_t i = 1; i < (times.x.num > 1 ? times.x.num : 2) && last != NONE; i++) {
		m->at = change;
		last = us_change_within(m, us_twig_again(m, last));
		if (last != NONE && i < times.x.num)
			us_twig_hang(m, &row, us_twig_again(m, last));
	}
	return last == NONE ? NONE : us_twig_over(m, US_PAT_ARP, us_twig_bind(m, US_PAT_STACK, &row));
}

/* Every other cycle squeezed into half of it, a quarter late: a breakbeat. */
uint16_t us_make_brak(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct row row = {0};
	(void)c;
	const uint16_t same = us_twig_again(m, pattern), rest = us_twig_grow(m, US_PAT_REST);
	if (same == NONE || rest == NONE)
		return NONE;
	us_twig_hang(m, &row, same);
	us_twig_hang(m, &row, rest);
	const uint16_t squeezed = us_twig_late(m, us_twig_sequence(m, &row, NULL), (struct fraction){1, 4});
	const uint16_t t = us_twig_pair(m, US_PAT_WHEN, squeezed, pattern);
	if (t != NONE) {
		m->twig[t].node.kind = US_WHEN_EVERY;
		m->twig[t].node.num = 2;
		m->twig[t].node.den = 1;
	}
	return t;
}

/* euclid 3 8, euclid 3 8 2: as (3,8,2) does. */
uint16_t us_make_euclid(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument part[3] = {{{0, 1}, NONE}, {{0, 1}, NONE}, {{0, 1}, NONE}};
	if (us_argument_read(m, -US_PATTERN_EUCLID, US_PATTERN_EUCLID, true, &part[0]) ||
	    us_argument_read(m, 1, US_PATTERN_EUCLID, true, &part[1]))
		return NONE;
	us_skip_blanks(m);
	if ((us_number_is_here(m) || us_is_group(m)) &&
	    us_argument_read(m, -4 * US_PATTERN_EUCLID, 4 * US_PATTERN_EUCLID, true, &part[2]))
		return NONE;
	const uint16_t t = us_spread(m, pattern, part);
	if (t != NONE)
		m->twig[t].node.kind = (uint8_t)c->kind;
	return t;
}

/* striate 4: so many times the whole, each with the next part of every sound. */
uint16_t us_make_striate(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument parts;
	struct row row = {0};
	if (us_argument_read(m, c->least, c->most, true, &parts))
		return NONE;
	if (parts.pattern != NONE) {
		us_fail(m->err, "expected a number here, not a pattern of them, as in striate 4");
		return NONE;
	}
	for (int32_t i = 0; i < parts.x.num; i++) {
		const uint16_t t = us_twig_over(m, US_PAT_VALUE, us_twig_again(m, pattern));
		if (t == NONE)
			return NONE;
		m->twig[t].node.kind = US_CHANGE_PART;
		m->twig[t].node.num = i;
		m->twig[t].node.den = parts.x.num;
		us_twig_hang(m, &row, t);
	}
	return us_twig_sequence(m, &row, NULL);
}

/* hurry 2: twice as fast, sounds too. */
uint16_t us_make_hurry(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a;
	if (us_argument_read(m, c->least, c->most, false, &a))
		return NONE;
	if (a.pattern == NONE) {
		const uint16_t t = us_twig_over(m, US_PAT_VALUE, us_twig_fast(m, pattern, a.x));
		if (t == NONE)
			return NONE;
		m->twig[t].node.kind = US_CHANGE_SPEED;
		m->twig[t].node.value = (float)a.x.num / (float)a.x.den;
		return t;
	}
	const uint16_t numbers = us_twig_again(m, a.pattern);
	const uint16_t t = us_twig_pair(m, US_PAT_VALUE, us_twig_with(m, US_PAT_FAST, pattern, &a), numbers);
	if (t != NONE) {
		m->twig[t].node.kind = US_CHANGE_SPEED;
		m->twig[t].node.flags = US_PAT_BY_VALUE;
	}
	return t;
}

/* bite 4 <0 2 [1 3]>: those quarters of the cycle. */
uint16_t us_make_bite(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument parts, which;
	if (us_argument_read(m, c->least, c->most, true, &parts) || us_argument_read(m, -256, 256, true, &which))
		return NONE;
	if (parts.pattern != NONE) {
		us_fail(m->err, "expected a number of parts here, not a pattern of them, as in bite 4 <0 2>");
		return NONE;
	}
	if (which.pattern == NONE) {
		which.pattern = us_twig_grow(m, US_PAT_NUMBER);
		if (which.pattern != NONE)
			m->twig[which.pattern].node.num = which.x.num;
	}
	const uint16_t t = us_twig_pair(m, US_PAT_BITE, pattern, which.pattern);
	if (t != NONE)
		m->twig[t].node.num = parts.x.num;
	return t;
}

/* Collects the numbers that a pattern of them can say. */
static uint32_t list_numbers(struct parse *m, uint16_t t, struct fraction *list, uint32_t count, uint32_t most)
{
	const struct us_pattern_node *n = &m->twig[t].node;
	uint16_t c = m->twig[t].child;
	if (n->op == US_PAT_NUMBER) {
		for (uint32_t i = 0; i < count; i++)
			if (list[i].num == n->num && list[i].den == n->den)
				return count;
		if (count < most)
			list[count] = (struct fraction){n->num, n->den};
		return count + 1;
	}
	for (uint32_t i = n->arguments; i < n->children && count <= most; i++, c = m->twig[c].next)
		count = list_numbers(m, c, list, count, most);
	return count;
}

/* Each of them becomes its place in the list, once. */
static void index_numbers(struct parse *m, uint16_t t, const struct fraction *list, uint32_t count)
{
	struct us_pattern_node *n = &m->twig[t].node;
	uint16_t c = m->twig[t].child;
	if (n->op == US_PAT_NUMBER && !n->kind) {
		uint32_t i = 0;
		while (i + 1 < count && (list[i].num != n->num || list[i].den != n->den))
			i++;
		n->num = (int32_t)i;
		n->den = 1;
		n->kind = 1;
	}
	for (uint32_t i = n->arguments; i < n->children; i++, c = m->twig[c].next)
		index_numbers(m, c, list, count);
}

/* inside 2 (rev): as if two cycles were one. */
static uint16_t inside(struct parse *m, uint16_t pattern, struct fraction x, bool out)
{
	const struct fraction slower = {x.den, x.num};
	const uint16_t same = us_twig_again(m, pattern);
	const uint16_t changed = us_change_within(m, us_twig_fast(m, same, out ? x : slower));
	return changed == NONE ? NONE : us_twig_fast(m, us_twig_again(m, changed), out ? slower : x);
}

/* With a pattern of numbers there is one of it for each number, and the pattern picks. */
uint16_t us_make_inside(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct fraction list[NUMBERS + 1];
	struct argument a;
	struct row row = {0};
	if (us_argument_read(m, c->least, c->most, false, &a))
		return NONE;
	if (a.pattern == NONE)
		return inside(m, pattern, a.x, c->kind);
	const uint32_t count = list_numbers(m, a.pattern, list, 0, NUMBERS);
	if (count > NUMBERS) {
		us_fail(m->err, "more than %d different numbers in one pattern of them", NUMBERS);
		return NONE;
	}
	index_numbers(m, a.pattern, list, count);
	us_twig_hang(m, &row, us_twig_again(m, a.pattern));
	const char *change = m->at;
	for (uint32_t i = 0; i < count; i++) {
		m->at = change;
		const uint16_t t = inside(m, pattern, list[i], c->kind);
		if (t == NONE || row.first == NONE)
			return NONE;
		us_twig_hang(m, &row, us_twig_again(m, t));
	}
	return us_twig_bind(m, US_PAT_PICK, &row);
}

/* nudge <0 1/32>: each event later by what the pattern says where it stands. Those of each number are moved together.
 */
uint16_t us_make_nudge(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct fraction list[NUMBERS + 1];
	struct argument a;
	struct row row = {0};
	if (us_argument_read(m, c->least, c->most, false, &a))
		return NONE;
	if (a.pattern == NONE)
		return us_twig_late(m, pattern, a.x);
	const uint32_t count = list_numbers(m, a.pattern, list, 0, NUMBERS);
	if (count > NUMBERS) {
		us_fail(m->err, "more than %d different times to be nudged by", NUMBERS);
		return NONE;
	}
	for (uint32_t i = 0; i < count; i++) {
		const uint16_t same = us_twig_again(m, pattern), numbers = us_twig_again(m, a.pattern);
		uint16_t t = us_twig_pair(m, US_PAT_VALUE, same, numbers);
		if (t == NONE)
			return NONE;
		m->twig[t].node.kind = US_CHANGE_IS;
		m->twig[t].node.flags = US_PAT_BY_VALUE;
		m->twig[t].node.num = list[i].num;
		m->twig[t].node.den = list[i].den;
		t = us_twig_late(m, t, list[i]);
		if (t == NONE)
			return NONE;
		us_twig_hang(m, &row, t);
	}
	return us_twig_bind(m, US_PAT_STACK, &row);
}

uint16_t us_make_arp(struct parse *m, uint16_t pattern, const struct change *c)
{
	static const char *const words[] = {
	    [US_ARP_UP] = "up",           [US_ARP_DOWN] = "down",         [US_ARP_UPDOWN] = "updown",
	    [US_ARP_DOWNUP] = "downup",   [US_ARP_UPANDDOWN] = "up&down", [US_ARP_CONVERGE] = "converge",
	    [US_ARP_DIVERGE] = "diverge", [US_ARP_PINKYUP] = "pinkyup",   [US_ARP_THUMBUP] = "thumbup"};
	(void)c;
	us_skip_blanks(m);
	const size_t n = strcspn(m->at, " \t\n;)");
	for (int i = 0; i <= US_ARP_LAST; i++) {
		if (strlen(words[i]) != n || memcmp(words[i], m->at, n) != 0)
			continue;
		m->at += n;
		const uint16_t t = us_twig_over(m, US_PAT_ARP, pattern);
		if (t != NONE)
			m->twig[t].node.kind = (uint8_t)i;
		return t;
	}
	us_refuse(m, "up, down, updown, downup, up&down, converge, diverge, pinkyup or thumbup");
	return NONE;
}

uint16_t us_make_segment(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a;
	return us_argument_read(m, c->least, c->most, false, &a) ? NONE : us_twig_with(m, US_PAT_SEGMENT, pattern, &a);
}

uint16_t us_make_press(struct parse *m, uint16_t pattern, const struct change *c)
{
	struct argument a = {{1, 2}, NONE};
	if (c->op && us_argument_read(m, c->least, c->most, false, &a))
		return NONE;
	return us_twig_with(m, US_PAT_PRESS, pattern, &a);
}
