/* source.c — what makes values by itself: run 4, irand 8, choose 0 2 7, sine. See parse.h. */
#include "parse.h"

#include <string.h>

static const struct {
	const char *word;
	enum us_pattern_signal kind;
} signals[] = {{"sine", US_SIG_SINE}, {"cosine", US_SIG_COSINE}, {"saw", US_SIG_SAW},   {"isaw", US_SIG_ISAW},
               {"tri", US_SIG_TRI},   {"square", US_SIG_SQUARE}, {"rand", US_SIG_RAND}, {"perlin", US_SIG_PERLIN}};

uint16_t us_signal(struct parse *m, const char *word, size_t bytes)
{
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		if (strlen(signals[i].word) != bytes || memcmp(signals[i].word, word, bytes) != 0)
			continue;
		const uint16_t t = us_twig_grow(m, US_PAT_SIGNAL);
		if (t != NONE) {
			m->twig[t].node.kind = (uint8_t)signals[i].kind;
			m->twig[t].node.place = us_place(m);
			m->at += bytes;
		}
		return t;
	}
	return NONE;
}

static uint16_t dice(struct parse *m, const struct argument *most)
{
	const uint16_t t = us_twig_grow(m, US_PAT_SIGNAL);
	if (t == NONE)
		return NONE;
	struct us_pattern_node *n = &m->twig[t].node;
	n->kind = US_SIG_IRAND;
	n->place = us_place(m);
	n->num = most->x.num;
	n->den = most->x.den;
	if (most->pattern != NONE) {
		m->twig[t].child = most->pattern;
		n->children = 1;
		n->arguments = 1;
	}
	return t;
}

/* The list's first is a place for the dice, which say which of the `count` others. */
static uint16_t one_of(struct parse *m, struct row *list, int count, uint16_t place)
{
	const struct argument most = {{count, 1}, NONE};
	const uint16_t made = dice(m, &most);
	if (made == NONE)
		return NONE;
	m->twig[made].node.place = place;
	m->twig[list->first].node = m->twig[made].node;
	return us_twig_bind(m, US_PAT_PICK, list);
}

/* Where a number of a change stands, they are all known, and exact. */
static uint16_t irand_of_numbers(struct parse *m, const struct argument *most, uint16_t place)
{
	struct row list = {0};
	const int count = most->x.num;
	if (most->pattern != NONE || count > 256) {
		us_fail(m->err, "expected a number up to 256 behind this irand, for it says numbers of a change");
		return NONE;
	}
	if (m->least > 0 || (int64_t)(count - 1) * 4096 > m->most) {
		us_fail(m->err, "0 to %d do not fit here; expected numbers from %g to %g, as in choose 1 2", count - 1,
		        (double)m->least / 4096, (double)m->most / 4096);
		return NONE;
	}
	const uint16_t index = us_twig_grow(m, US_PAT_REST);
	if (index == NONE)
		return NONE;
	us_twig_hang(m, &list, index);
	for (int i = 0; i < count; i++) {
		const uint16_t t = us_twig_grow(m, US_PAT_NUMBER);
		if (t == NONE)
			return NONE;
		m->twig[t].node.num = i;
		m->twig[t].node.den = 1;
		m->twig[t].node.place = place;
		us_twig_hang(m, &list, t);
	}
	return one_of(m, &list, count, place);
}

static uint16_t irand(struct parse *m)
{
	const uint16_t place = us_place(m);
	struct argument most;
	if (us_argument_read(m, 1, 1 << 16, true, &most))
		return NONE;
	return m->mode == MODE_NUMBERS ? irand_of_numbers(m, &most, place) : dice(m, &most);
}

/* 0 1 2 3; of a pattern, each of its numbers runs. */
static uint16_t run(struct parse *m)
{
	const enum mode mode = m->mode;
	m->mode = MODE_RUN;
	m->token = m->at;
	const uint16_t t = us_step_alone(m);
	m->mode = mode;
	return t;
}

/* One of the steps, by chance; with wchoose a step of weight 3 comes three times as often. */
static uint16_t choose(struct parse *m, bool weighted)
{
	struct row row = {0}, list = {0};
	const uint16_t place = us_place(m);
	for (us_skip_blanks(m); *m->at && !strchr(";),|", *m->at); us_skip_blanks(m))
		if (us_step(m, &row))
			return NONE;
	if (!row.count) {
		us_refuse(m, "what to choose from, as in choose 0 2 7");
		return NONE;
	}
	int count = 0;
	uint16_t t = row.first;
	const uint16_t index = us_twig_grow(m, US_PAT_REST);
	if (index == NONE)
		return NONE;
	us_twig_hang(m, &list, index);
	for (uint32_t i = 0; i < row.count; i++) {
		const uint16_t next = m->twig[t].next;
		const int weight = weighted ? m->twig[t].long_num : 1;
		if (m->twig[t].long_den != 1 || count + weight > 256) {
			us_fail(m->err, "expected whole weights, 256 together at most, as in wchoose 0@3 7");
			return NONE;
		}
		for (int k = 0; k < weight; k++, count++) {
			const uint16_t one = us_twig_again(m, t);
			if (one == NONE)
				return NONE;
			us_twig_hang(m, &list, one);
		}
		t = next;
	}
	return one_of(m, &list, count, place);
}

uint16_t us_source(struct parse *m, bool *mine)
{
	static const char *const words[] = {"run", "irand", "choose", "wchoose"};
	const size_t n = us_name_length(m);
	const char *begin = m->at;
	for (size_t i = 0; i < 4; i++) {
		if (strlen(words[i]) != n || memcmp(words[i], begin, n) != 0 || !us_is_blank(begin[n]))
			continue;
		m->token = begin;
		m->at += n;
		us_skip_blanks(m);
		if (i < 2 && !us_number_is_here(m) && !us_is_group(m)) {
			m->at = begin; /* a drum by that name */
			return NONE;
		}
		*mine = true;
		return i == 0 ? run(m) : i == 1 ? irand(m) : choose(m, i == 3);
	}
	return NONE;
}
