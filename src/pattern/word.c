/* word.c — names, notes, numbers and drums: the words of a pattern. See parse.h. */
#include "parse.h"

#include <string.h>

/* c, f#, eb3, as5, C4: semitones above c4. Only if the whole word is one. */
static bool is_note(const char *word, size_t bytes, float *semitones)
{
	static const int8_t of_letter[] = {9, 11, 0, 2, 4, 5, 7};
	size_t n = 1;
	const char letter = (char)(word[0] | 0x20);
	if (letter < 'a' || letter > 'g')
		return false;
	int pitch = of_letter[letter - 'a'];
	for (; n < bytes && n < 3 && strchr("#sbf", word[n]); n++)
		pitch += word[n] == '#' || word[n] == 's' ? 1 : -1;
	const bool bare = n == 1;
	if (n < bytes) {
		const bool below = word[n] == '-';
		n += below;
		int octave = 0;
		const size_t first = n;
		for (; n < bytes && n < first + 2 && us_is_digit(word[n]); n++)
			octave = octave * 10 + (word[n] - '0');
		if (n == first || n != bytes)
			return false;
		pitch += 12 * ((below ? -octave : octave) - 4);
	} else if (bare && word[0] != letter) {
		return false; /* a capital alone is a name */
	}
	*semitones = (float)pitch;
	return true;
}

/* What every pattern has as an output cannot be the name of another. */
static bool is_output(const char *word, size_t bytes)
{
	static const char *const outputs[] = {"gate", "trigger", "pitch", "value", "velocity",
	                                      "side", "begin",   "end",   "speed"};
	for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
		if (strlen(outputs[i]) == bytes && memcmp(outputs[i], word, bytes) == 0)
			return true;
	return false;
}

uint16_t us_name_number(struct parse *m, const char *word, size_t bytes)
{
	if (is_output(word, bytes)) {
		us_fail(m->err, "'%.*s' is an output of every pattern already; expected another name", (int)bytes,
		        word);
		return 0;
	}
	if (bytes >= US_PATTERN_NAME_BYTES) {
		us_fail(m->err, "a name of %zu letters; the longest has %d", bytes, US_PATTERN_NAME_BYTES - 1);
		return 0;
	}
	for (uint32_t i = 0; i < m->names; i++)
		if (strlen(m->name[i]) == bytes && memcmp(m->name[i], word, bytes) == 0)
			return (uint16_t)(i + 1);
	if (m->names == US_PATTERN_NAMES) {
		us_fail(m->err, "more than %d different names in one pattern", US_PATTERN_NAMES);
		return 0;
	}
	memcpy(m->name[m->names], word, bytes);
	return (uint16_t)++m->names;
}

uint16_t us_place(struct parse *m)
{
	return (uint16_t)(m->token - m->text + 1);
}

uint16_t us_atom(struct parse *m, float value, uint16_t name)
{
	const uint16_t t = us_twig_grow(m, US_PAT_ATOM);
	if (t != NONE) {
		m->twig[t].node.value = value;
		m->twig[t].node.velocity = 0.8f;
		m->twig[t].node.name = name;
		m->twig[t].node.flags = m->notes ? US_PAT_IS_NOTE : 0;
		m->twig[t].node.place = us_place(m);
	}
	return t;
}

/* X.x.: each letter is a step of the row that it stands in. */
size_t us_drums_length(const struct parse *m)
{
	const size_t n = strspn(m->at, "xX.");
	const char after = m->at[n];
	const bool hit = memchr(m->at, 'x', n) || memchr(m->at, 'X', n);
	return n < 2 || !hit || us_is_letter(after) || us_is_digit(after) || after == '_' ? 0 : n;
}

int us_drums(struct parse *m, size_t bytes, struct row *row)
{
	const uint16_t name = us_name_number(m, "x", 1);
	if (!name)
		return US_FAILED;
	for (; bytes--; m->at++) {
		m->token = m->at;
		const uint16_t t = *m->at == '.' ? us_twig_grow(m, US_PAT_REST) : us_atom(m, 0, name);
		if (t == NONE)
			return US_FAILED;
		if (*m->at != '.')
			m->twig[t].node.velocity = *m->at == 'X' ? 1 : 0.7f;
		us_twig_hang(m, row, t);
	}
	return US_OK;
}

/* Letters and digits; behind the first one _ ~ # ^ too, and . and - if another letter follows. */
size_t us_name_length(const struct parse *m)
{
	const char *w = m->at;
	size_t n = 0;
	for (;; n++) {
		const char c = w[n], next = c ? w[n + 1] : 0;
		const bool goes_on = us_is_letter(next) || us_is_digit(next);
		if (us_is_letter(c) || us_is_digit(c) || (n && (c == '_' || c == '#' || c == '^')))
			continue;
		if (n && (c == '~' || ((c == '.' || c == '-') && goes_on)))
			continue;
		return n;
	}
}

/* A number where a pattern of numbers stands for one. */
static uint16_t exact_number(struct parse *m)
{
	const char *begin = m->at;
	struct fraction x;
	if (us_fraction_read(m, &x))
		return NONE;
	if (*m->at == '/' && !m->whole && us_is_digit(m->at[1])) { /* 1/8: a fraction, where it stands for a number */
		struct fraction below;
		m->at++;
		if (us_fraction_read(m, &below) || !below.num ||
		    !us_fraction_of((int64_t)x.num * below.den, (int64_t)x.den * below.num, &x)) {
			us_refuse(m, "a number such as 1/8");
			return NONE;
		}
	}
	const int64_t at = (int64_t)x.num * 4096, least = m->least * x.den, most = m->most * x.den;
	if (at < least || at > most || (m->whole && x.den != 1)) {
		m->at = begin;
		us_fail(m->err, "%.12s does not fit here; expected %s from %g to %g", begin,
		        m->whole ? "whole numbers" : "numbers", (double)m->least / 4096, (double)m->most / 4096);
		return NONE;
	}
	const uint16_t t = us_twig_grow(m, US_PAT_NUMBER);
	if (t != NONE) {
		m->twig[t].node.num = x.num;
		m->twig[t].node.den = x.den;
		m->twig[t].node.place = us_place(m);
	}
	return t;
}

/* 0 1 2 … n - 1 */
static uint16_t counted(struct parse *m, float count)
{
	struct row row = {0};
	for (int i = 0; i < (int)count; i++) {
		const uint16_t t = us_atom(m, (float)i, 0);
		if (t == NONE)
			return NONE;
		us_twig_hang(m, &row, t);
	}
	return us_twig_sequence(m, &row, NULL);
}

static uint16_t number(struct parse *m)
{
	const char *begin = m->at;
	float value;
	if (m->mode == MODE_NUMBERS)
		return exact_number(m);
	if (us_value_read_here(m, &value))
		return NONE;
	if (m->mode == MODE_RUN) {
		if (value >= 1 && value <= 1024 && value == (float)(int)value)
			return counted(m, value);
		m->at = begin;
		us_fail(m->err, "'%.12s' is no number to run to; expected a whole number from 1 to 1024", begin);
		return NONE;
	}
	int sharp = 0;
	for (; *m->at == '#' || (*m->at == 'b' && !us_is_letter(m->at[1])); m->at++)
		sharp += *m->at == '#' ? 1 : -1;
	const uint16_t t = us_atom(m, value, 0);
	if (t != NONE)
		m->twig[t].node.kind = (uint8_t)(int8_t)sharp;
	return t != NONE && *m->at == '\'' ? us_chord_read(m, value) : t;
}

/* t and f, where they are no notes. */
static uint16_t truth(struct parse *m, const char *word, size_t n)
{
	static const char *const words[] = {"f", "false", "t", "true"};
	for (size_t i = 0; i < 4; i++)
		if (strlen(words[i]) == n && memcmp(words[i], word, n) == 0) {
			m->at += n;
			return us_atom(m, i >= 2, 0);
		}
	return NONE;
}

/* name:other is a name as a whole; what is a number behind the colon is none of it. */
static size_t whole_name_length(struct parse *m, size_t bytes)
{
	const char *begin = m->at;
	while (begin[bytes] == ':') {
		m->at = begin + bytes + 1;
		const size_t other = us_number_is_here(m) ? 0 : us_name_length(m);
		if (!other)
			break;
		bytes += 1 + other;
	}
	m->at = begin;
	return bytes;
}

static uint16_t name_word(struct parse *m, size_t n)
{
	const char *begin = m->at;
	const size_t bytes = whole_name_length(m, n);
	if (memchr(begin, '#', n)) {
		us_refuse(m, "a note such as c#4, or a name");
		return NONE;
	}
	const uint16_t name = us_name_number(m, begin, bytes);
	if (!name)
		return NONE;
	m->at += bytes;
	return us_atom(m, 0, name);
}

uint16_t us_word(struct parse *m)
{
	float value;
	if (m->mode == MODE_CHORD)
		return us_chord_word(m);
	if (us_number_is_here(m))
		return number(m);
	if (m->mode == MODE_NUMBERS || m->mode == MODE_RUN) {
		us_refuse(m, m->mode == MODE_RUN ? "a number" : "numbers");
		return NONE;
	}
	const size_t n = us_name_length(m);
	if (m->at[0] == '\'' && us_is_letter(m->at[1]))
		return us_chord_read(m, 0);
	if (!n) {
		us_refuse(m, "a step: a name, a note, a number, ~ or [");
		return NONE;
	}
	uint16_t t = m->mode == MODE_TRUTH ? truth(m, m->at, n) : NONE;
	if (t == NONE && m->signals)
		t = us_signal(m, m->at, n);
	if (t != NONE)
		return t;
	if (m->mode == MODE_VALUES && !is_note(m->at, n, &value)) {
		us_refuse(m, "numbers");
		return NONE;
	}
	if (!is_note(m->at, n, &value) || (m->at[n] == ':' && us_is_letter(m->at[n + 1])))
		return name_word(m, n);
	m->at += n;
	m->notes = true;
	const uint16_t note = *m->at == '\'' ? us_chord_read(m, value) : us_atom(m, value, 0);
	m->notes = false;
	return note;
}
