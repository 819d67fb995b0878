/* value.c — see value.h. */
#include "value.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/letters.h>
#include <understudy/pitch.h>

enum kind { PLAIN, FREQUENCY, TIME, LEVEL, PITCH, TEMPO };

/* A unit as it is written, and its factor to the base of its kind: Hz, ms, dB, semitones, bpm. */
static const struct {
	const char *word;
	enum kind kind;
	double factor;
} units[] = {
    {"", PLAIN, 1},      {"hz", FREQUENCY, 1}, {"khz", FREQUENCY, 1000}, {"ms", TIME, 1},  {"s", TIME, 1000},
    {"us", TIME, 0.001}, {"min", TIME, 60000}, {"db", LEVEL, 1},         {"st", PITCH, 1}, {"c", PITCH, 0.01},
    {"oct", PITCH, 12},  {"bpm", TEMPO, 1},    {"%", PLAIN, 0.01},
};
enum { UNITS = sizeof units / sizeof units[0] };

static const char *example_of(enum us_unit unit)
{
	switch (unit) {
	case US_HZ:
		return "440, 440hz, 2.5khz or a4";
	case US_OCTAVE:
		return "1, -0.5, 7st or 50c";
	case US_SEMITONE:
		return "7, -12, 7st, 50c or c4";
	case US_MS:
		return "5, 5ms or 0.3s";
	case US_DB:
		return "-6 or -6db";
	case US_BPM:
		return "128 or 128bpm";
	case US_GATE:
	case US_TRIGGER:
		return "on, off, 1 or 0";
	default:
		return "a number such as 0.5";
	}
}

/* strtod in the C locale, without hexadecimal, "inf" and "nan"; NULL if there is no number. */
static const char *read_number(const char *text, double *value)
{
	char digits[64];
	size_t n = strspn(text, "+-0123456789.");
	if (n && (text[n] == 'e' || text[n] == 'E')) {
		size_t sign = text[n + 1] == '-' || text[n + 1] == '+';
		size_t exponent = strspn(text + n + 1 + sign, "0123456789");
		if (exponent)
			n += 1 + sign + exponent;
	}
	if (!n || n >= sizeof digits)
		return NULL;
	memcpy(digits, text, n);
	digits[n] = 0;
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* glibc has it ready: no allocation */
	char *end = digits;
	*value = c ? strtod_l(digits, &end, c) : 0;
	if (c)
		freelocale(c);
	return end == digits + n ? text + n : NULL;
}

/* "c4", "f#3", "bb-1": MIDI note number, c4 = 60. */
static bool read_note(const char *text, double *note)
{
	static const int semitone[] = {9, 11, 0, 2, 4, 5, 7}; /* a to g */
	char letter = us_lower(text[0]);
	if (letter < 'a' || letter > 'g')
		return false;
	int value = semitone[letter - 'a'];
	const char *p = text + 1;
	for (; *p == '#' || us_lower(*p) == 'b'; p++)
		value += *p == '#' ? 1 : -1;
	char *end;
	long octave = strtol(p, &end, 10);
	if (end == p || *end || octave < -1 || octave > 9)
		return false;
	*note = value + 12 * ((double)octave + 1);
	return true;
}

/* The value of `kind` in base units, said in the unit that the input has. False: it does not fit. */
static bool convert(enum kind kind, double base, enum us_unit unit, double *value)
{
	*value = base;
	switch (kind) {
	case PLAIN:
		return true;
	case FREQUENCY:
		return unit == US_HZ;
	case TIME:
		return unit == US_MS;
	case LEVEL:
		if (unit == US_RATIO || unit == US_SIGNAL)
			*value = pow(10, base / 20);
		return unit == US_DB || unit == US_RATIO || unit == US_SIGNAL;
	case PITCH:
		if (unit == US_OCTAVE)
			*value = base / 12;
		return unit == US_OCTAVE || unit == US_SEMITONE;
	case TEMPO:
		return unit == US_BPM;
	}
	return false;
}

static int parse_choice(const char *text, const struct us_input *input, float *value, struct us_err *err)
{
	const char *p = input->choices;
	for (uint32_t index = 0; p && *p; index++) {
		size_t n = strcspn(p, "|");
		if (strlen(text) == n && us_same_letters(text, p, n)) {
			*value = (float)index;
			return US_OK;
		}
		p += n + (p[n] == '|');
	}
	double number;
	const char *end = read_number(text, &number);
	if (end && !*end) {
		*value = (float)number;
		return US_OK;
	}
	const int root = strncmp(input->choices, US_ROOT_NAMES, strlen(US_ROOT_NAMES)) == 0 ? us_root_read(text) : -1;
	if (root >= 0) { /* db is c# */
		*value = (float)root;
		return US_OK;
	}
	return us_fail(err, "'%.40s' is no choice of %s; right would be %s", text, input->name, input->choices);
}

static bool parse_switch(const char *text, float *value)
{
	static const struct {
		const char *word;
		float value;
	} words[] = {{"on", 1}, {"off", 0}, {"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (us_same_word(text, words[i].word)) {
			*value = words[i].value;
			return true;
		}
	return false;
}

/* "1/8" and "3/2": plain fractions. */
static bool parse_fraction(const char *text, double *value)
{
	double over, under;
	const char *p = read_number(text, &over);
	if (!p || *p != '/')
		return false;
	p = read_number(p + 1, &under);
	if (!p || *p || under == 0)
		return false;
	*value = over / under;
	return true;
}

static int parse_quantity(const char *text, enum us_unit unit, double *value, bool known)
{
	const char *word = read_number(text, value);
	if (!word)
		return US_FAILED;
	while (*word == ' ')
		word++;
	for (size_t i = 0; i < UNITS; i++)
		if (us_same_word(word, units[i].word)) {
			double base = *value * units[i].factor;
			*value = base;
			return known && !convert(units[i].kind, base, unit, value) ? US_FAILED : US_OK;
		}
	return US_FAILED;
}

int us_value_parse(const char *text, const struct us_input *input, float *value, struct us_err *err)
{
	enum us_unit unit = input ? input->unit : US_RATIO;
	double v = 0, note;
	if (unit == US_CHOICE && input->choices)
		return parse_choice(text, input, value, err);
	if ((unit == US_GATE || unit == US_TRIGGER || !input) && parse_switch(text, value))
		return US_OK;
	if (read_note(text, &note) && (unit == US_HZ || unit == US_SEMITONE || !input))
		v = unit == US_HZ ? 440 * exp2((note - 69) / 12) : note;
	else if (!parse_fraction(text, &v) && parse_quantity(text, unit, &v, input != NULL))
		return us_fail(err, "'%.40s' is no value for %s; right would be %s", text, input ? input->name : "this",
		               example_of(unit));
	*value = (float)v;
	if (!isfinite(*value))
		return us_fail(err, "'%.40s' is too large a number", text);
	return US_OK;
}

/* The shortest decimal that us_value_parse reads back as the same float. */
static void print_number(char text[static 40], float value)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t before = c ? uselocale(c) : (locale_t)0;
	double back;
	for (int digits = 6; digits <= 9; digits++) {
		snprintf(text, 40, "%.*g", digits, (double)value);
		if (read_number(text, &back) && (float)back == value)
			break;
	}
	if (c) {
		uselocale(before);
		freelocale(c);
	}
}

static void print_choice(char text[static 48], float value, const struct us_input *input)
{
	const char *p = input->choices;
	for (uint32_t i = 0; *p && (float)i < value; i++) { /* which may be far beyond any whole number */
		p += strcspn(p, "|");
		p += *p == '|';
	}
	snprintf(text, 48, "%.*s", (int)strcspn(p, "|"), p);
}

char *us_value_print(char text[static 48], float value, const struct us_input *input)
{
	static const char *const suffix[US_UNITS] = {[US_HZ] = "hz", [US_OCTAVE] = "oct", [US_SEMITONE] = "st",
	                                             [US_MS] = "ms", [US_DB] = "db",      [US_BPM] = "bpm"};
	char number[40];
	if (input && input->unit == US_CHOICE && input->choices && value >= 0 && value == floorf(value)) {
		print_choice(text, value, input);
		if (*text)
			return text;
	}
	print_number(number, value);
	const char *unit = input && input->unit < US_UNITS ? suffix[input->unit] : NULL;
	if (input && input->unit == US_OCTAVE) /* 12 × is not exact: octaves are written plainly */
		unit = NULL;
	snprintf(text, 48, "%s%s", number, unit ? unit : "");
	return text;
}
