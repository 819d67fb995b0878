/* mini_word.c — names, notes, numbers, chords and drums: the words of a pattern. */
#include "mini_tree.h"

#include "chords.h"

#include <string.h>

int us_mini_refuse(struct mini *m, const char *right)
{
	if (*m->at)
		return us_fail(m->err, "'%.12s' cannot stand here; %s", m->at, right);
	return us_fail(m->err, "the pattern ends too soon; %s", right);
}

bool us_mini_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool us_mini_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
bool us_mini_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void us_mini_skip_blanks(struct mini *m)
{
	while (us_mini_is_blank(*m->at))
		m->at++;
}

/* Without the locale: the C library's would take a comma for a point in some countries. */
int us_mini_number(struct mini *m, float *value)
{
	const char *p = m->at;
	double sign = 1, x = 0, scale = 1;
	if (*p == '-' || *p == '+')
		sign = *p++ == '-' ? -1 : 1;
	if (!us_mini_is_digit(*p) && !(*p == '.' && us_mini_is_digit(p[1])))
		return us_mini_refuse(m, "a number would be right");
	for (; us_mini_is_digit(*p) && x < 1e7; p++)
		x = x * 10 + (*p - '0');
	if (*p == '.' && us_mini_is_digit(p[1]))
		for (p++; us_mini_is_digit(*p); p++)
			x += (scale /= 10) * (*p - '0');
	if (us_mini_is_digit(*p))
		return us_mini_refuse(m, "a number below ten million would be right");
	m->at = p;
	*value = (float)(sign * x);
	return US_OK;
}

int us_mini_whole(struct mini *m, int least, int most, int *value)
{
	float x;
	us_mini_skip_blanks(m);
	const char *begin = m->at;
	if (us_mini_number(m, &x))
		return US_FAILED;
	if (x < (float)least || x > (float)most || x != (float)(int)x) {
		m->at = begin;
		return us_fail(m->err, "a whole number from %d to %d would be right", least, most);
	}
	*value = (int)x;
	us_mini_skip_blanks(m);
	return US_OK;
}

/* c, f#, eb3, as5: semitones above c4. Only if the whole word is one. */
static bool is_note(const char *word, size_t bytes, float *semitones)
{
	static const int8_t of_letter[] = {9, 11, 0, 2, 4, 5, 7};
	size_t n = 1;
	if (word[0] < 'a' || word[0] > 'g')
		return false;
	int pitch = of_letter[word[0] - 'a'];
	for (; n < bytes && n < 3 && (word[n] == '#' || word[n] == 's' || word[n] == 'b' || word[n] == 'f'); n++)
		pitch += word[n] == '#' || word[n] == 's' ? 1 : -1;
	if (n < bytes) {
		const bool below = word[n] == '-';
		n += below;
		if (n + 1 != bytes || !us_mini_is_digit(word[n]))
			return false;
		pitch += 12 * ((below ? -1 : 1) * (word[n] - '0') - 4);
	}
	*semitones = (float)pitch;
	return true;
}

static int name_number(struct mini *m, const char *word, size_t bytes, uint8_t *number)
{
	if (bytes >= NAME_BYTES)
		return us_fail(m->err, "a name of %zu letters; the longest has %d", bytes, NAME_BYTES - 1);
	for (uint32_t i = 0; i < m->names; i++)
		if (strlen(m->name[i]) == bytes && memcmp(m->name[i], word, bytes) == 0) {
			*number = (uint8_t)(i + 1);
			return US_OK;
		}
	if (m->names == NAMES)
		return us_fail(m->err, "more than %d different names in one pattern", NAMES);
	memcpy(m->name[m->names], word, bytes);
	*number = (uint8_t)++m->names;
	return US_OK;
}

uint16_t us_mini_atom(struct mini *m, float value, uint8_t name, float velocity)
{
	const uint16_t t = us_twig_grow(m, US_PAT_ATOM);
	if (t != NONE) {
		m->twig[t].node.value = value;
		m->twig[t].node.name = name;
		m->twig[t].node.velocity = velocity;
		m->twig[t].node.column = (uint8_t)(m->token - m->text + 1);
	}
	return t;
}

/* X.x.: each letter is a step of the row that it stands in. */
bool us_mini_is_drums(const char *word, size_t bytes)
{
	bool hit = false;
	for (size_t i = 0; i < bytes; i++) {
		if (word[i] != 'x' && word[i] != 'X' && word[i] != '.')
			return false;
		hit |= word[i] != '.';
	}
	return hit;
}

int us_mini_drums(struct mini *m, size_t bytes, struct row *row)
{
	uint8_t number;
	if (name_number(m, "x", 1, &number))
		return US_FAILED;
	for (; bytes--; m->at++) {
		m->token = m->at;
		const uint16_t t =
		    *m->at == '.' ? us_twig_grow(m, US_PAT_REST) : us_mini_atom(m, 0, number, *m->at == 'X' ? 1 : 0.7f);
		if (t == NONE)
			return US_FAILED;
		us_twig_hang(m, row, t);
	}
	return US_OK;
}

/* c4'min7: its tones at once. */
static uint16_t chord(struct mini *m, float root)
{
	struct row row = {0};
	char name[16] = "";
	size_t n = 0;
	for (m->at++; (us_mini_is_letter(*m->at) || us_mini_is_digit(*m->at)) && n + 1 < sizeof name; m->at++)
		name[n++] = *m->at;
	const int8_t *tones = us_chord(name);
	if (!tones) {
		m->at -= n;
		us_fail(m->err, "there is no chord '%s'; there are %s", name, us_chord_names());
		return NONE;
	}
	for (int i = 0; i == 0 || tones[i]; i++) {
		const uint16_t t = us_mini_atom(m, root + tones[i], 0, 0.8f);
		if (t == NONE)
			return NONE;
		us_twig_hang(m, &row, t);
	}
	return us_twig_bind(m, US_PAT_STACK, &row);
}

uint16_t us_mini_word(struct mini *m)
{
	const char *begin = m->at;
	float value;
	uint8_t number = 0;
	size_t n = 0;
	const char *digit = begin + (*begin == '-');
	if (us_mini_is_digit(*digit) || (*digit == '.' && us_mini_is_digit(digit[1])))
		return us_mini_number(m, &value) ? NONE : us_mini_atom(m, value, 0, 0.8f);
	while (us_mini_is_letter(begin[n]) || us_mini_is_digit(begin[n]) || begin[n] == '#' ||
	       (n && begin[n] == '-' && us_mini_is_digit(begin[n + 1])))
		n++;
	if (!n) {
		us_mini_refuse(m, "a step would be right: a name, a note, a number, ~ or [");
		return NONE;
	}
	m->at += n;
	if (is_note(begin, n, &value))
		return *m->at == '\'' ? chord(m, value) : us_mini_atom(m, value, 0, 0.8f);
	m->at = begin;
	if (memchr(begin, '#', n) || name_number(m, begin, n, &number)) {
		if (memchr(begin, '#', n))
			us_mini_refuse(m, "a note such as c#4 or a name would be right");
		return NONE;
	}
	m->at += n;
	return us_mini_atom(m, 0, number, 0.8f);
}
