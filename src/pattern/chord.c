/* chord.c — 'min7 behind a note, and what may stand behind that: 'i 'o 'd1 '5. See parse.h. */
#include "parse.h"

#include "chords.h"

#include <stdlib.h>
#include <string.h>

enum { TONES = 32 };

struct chord {
	float tone[TONES];
	uint32_t count;
};

static void sort(struct chord *c)
{
	for (uint32_t i = 1; i < c->count; i++) {
		const float x = c->tone[i];
		uint32_t k = i;
		for (; k > 0 && c->tone[k - 1] > x; k--)
			c->tone[k] = c->tone[k - 1];
		c->tone[k] = x;
	}
}

/* The lowest an octave higher. */
static void invert(struct chord *c, uint32_t times)
{
	while (times-- && c->count) {
		c->tone[0] += 12;
		sort(c);
	}
}

/* So many tones, with those of the next octaves, or fewer. */
static void stretch(struct chord *c, uint32_t count)
{
	const uint32_t tones = c->count;
	for (uint32_t i = tones; i < count && i < TONES; i++)
		c->tone[i] = c->tone[i - tones] + 12;
	c->count = count < TONES ? count : TONES;
}

/* The first and third an octave lower. */
static void open(struct chord *c)
{
	if (c->count < 3)
		return;
	c->tone[0] -= 12;
	c->tone[2] -= 12;
	sort(c);
}

/* The n-th from the top an octave lower. */
static void drop(struct chord *c, uint32_t n)
{
	if (n < 1 || n > c->count)
		return;
	c->tone[c->count - n] -= 12;
	sort(c);
}

/* i, ii, i2, o, d1, 5: one of those behind a chord. */
static bool modify(struct chord *c, const char *word, size_t bytes)
{
	const size_t letters = strspn(word, "i"), rest = bytes - letters;
	const uint32_t number = (uint32_t)strtoul(word + (letters ? letters : word[0] == 'd'), NULL, 10);
	if (letters && letters <= bytes && rest == strspn(word + letters, "0123456789")) {
		invert(c, rest ? number : (uint32_t)letters);
		return !rest || number <= 64;
	}
	if (bytes == 1 && word[0] == 'o') {
		open(c);
		return true;
	}
	if (word[0] == 'd' && bytes > 1 && strspn(word + 1, "0123456789") == bytes - 1) {
		drop(c, number);
		return true;
	}
	if (us_is_digit(word[0]) && strspn(word, "0123456789") == bytes && number >= 1 && number <= TONES) {
		stretch(c, number);
		return true;
	}
	return false;
}

static size_t word_length(const char *at)
{
	size_t n = 0;
	while (us_is_letter(at[n]) || us_is_digit(at[n]) || at[n] == '#')
		n++;
	return n;
}

static bool is_word(const char *at, size_t n, char word[static 24])
{
	if (!n || n >= 24)
		return false;
	memcpy(word, at, n);
	word[n] = 0;
	return true;
}

static uint16_t sound(struct parse *m, const struct chord *c)
{
	struct row row = {0};
	for (uint32_t i = 0; i < c->count; i++) {
		const uint16_t t = us_atom(m, c->tone[i], 0);
		if (t == NONE)
			return NONE;
		us_twig_hang(m, &row, t);
	}
	return us_twig_bind(m, US_PAT_STACK, &row);
}

/* A name if there is one, then its modifiers. */
static uint16_t read_chord(struct parse *m, float root)
{
	struct chord c = {.tone = {root, root + 4, root + 7}, .count = 3};
	char word[24];
	size_t n = word_length(m->at);
	const int8_t *tones = is_word(m->at, n, word) ? us_chord(word) : NULL;
	if (tones) {
		for (c.count = 0; c.count == 0 || tones[c.count]; c.count++)
			c.tone[c.count] = root + tones[c.count];
		m->at += n;
	} else if (!n || !modify(&c, m->at, n)) {
		us_fail(m->err, "there is no chord '%.*s'; there are %s", (int)(n < 20 ? n : 20), m->at,
		        us_chord_names());
		return NONE;
	} else {
		m->at += n;
	}
	while (*m->at == '\'') {
		n = word_length(m->at + 1);
		if (!n || !modify(&c, m->at + 1, n)) {
			m->at++;
			us_refuse(m, "i for an inversion, o for open, d1 for a drop, or how many tones");
			return NONE;
		}
		m->at += 1 + n;
	}
	return sound(m, &c);
}

uint16_t us_chord_word(struct parse *m)
{
	return read_chord(m, m->root);
}

uint16_t us_chord_read(struct parse *m, float root)
{
	m->at++;
	if (!us_is_group(m))
		return read_chord(m, root);
	const enum mode mode = m->mode;
	const float before = m->root;
	m->mode = MODE_CHORD;
	m->root = root;
	const uint16_t t = us_group(m);
	m->mode = mode;
	m->root = before;
	return t;
}
