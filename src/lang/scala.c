/* scala.c — see scala.h. */
#include "scala.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 256 };
#define LARGEST_OCTAVE 32.0

struct scala {
	const char *at, *end;
	uint32_t line;
	char text[LINE_BYTES];
};

/* The next line that is no comment; false at the end. */
static bool next_line(struct scala *s)
{
	while (s->at < s->end) {
		const char *stop = memchr(s->at, '\n', (size_t)(s->end - s->at));
		const char *begin = s->at;
		size_t bytes = (size_t)((stop ? stop : s->end) - begin);
		s->at = stop ? stop + 1 : s->end;
		s->line++;
		if (bytes && *begin == '!')
			continue;
		if (bytes >= sizeof s->text)
			bytes = sizeof s->text - 1;
		memcpy(s->text, begin, bytes);
		s->text[bytes] = 0;
		return true;
	}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == 0;
}

/* What follows the first number of a line is for people. Locale-free: the digits are read by hand. */
static const char *read_digits(const char *p, double *value)
{
	for (*value = 0; *p >= '0' && *p <= '9'; p++)
		*value = *value * 10 + (*p - '0');
	return p;
}

static bool read_pitch(const char *p, double *octave)
{
	double whole, part = 0, scale = 1, sign = 1;
	while (*p == ' ' || *p == '\t')
		p++;
	if (*p == '-' || *p == '+')
		sign = *p++ == '-' ? -1 : 1;
	const char *digits = p;
	p = read_digits(p, &whole);
	bool any = p > digits;
	if (*p == '.') {
		for (p++; *p >= '0' && *p <= '9'; p++, any = true)
			part += (scale /= 10) * (*p - '0');
		*octave = sign * (whole + part) / 1200;
		return any && is_blank(*p) && fabs(*octave) <= LARGEST_OCTAVE;
	}
	double below = 1;
	if (*p == '/') {
		digits = ++p;
		p = read_digits(p, &below);
		any &= p > digits;
	}
	if (!any || sign < 0 || !(whole > 0) || !(below > 0) || !is_blank(*p))
		return false;
	*octave = log2(whole / below);
	return fabs(*octave) <= LARGEST_OCTAVE;
}

static int by_size(const void *a, const void *b)
{
	const float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

int us_scala_read(const char *text, size_t bytes, float octave[static US_SCALA_DEGREES], uint32_t *degrees,
                  struct us_err *err)
{
	struct scala s = {.at = text, .end = text + bytes};
	if (!next_line(&s))
		return us_fail(err, "an empty file; a Scala tuning begins with a line that describes it");
	if (!next_line(&s))
		return us_fail(err, "line %u: the number of degrees is missing", s.line + 1);
	char *rest;
	const long count = strtol(s.text, &rest, 10);
	if (rest == s.text || !is_blank(*rest) || count < 1 || count > US_SCALA_DEGREES)
		return us_fail(err, "line %u: expected the number of degrees, 1 to %d", s.line, US_SCALA_DEGREES);
	for (*degrees = 0; *degrees < (uint32_t)count; ++*degrees) {
		double pitch;
		if (!next_line(&s))
			return us_fail(err, "the file ends after %u of %ld degrees", *degrees, count);
		if (!read_pitch(s.text, &pitch))
			return us_fail(err, "line %u: expected a pitch: cents (701.955) or a ratio (3/2)", s.line);
		octave[*degrees] = (float)pitch;
	}
	const float period = octave[*degrees - 1];
	qsort(octave, *degrees, sizeof octave[0], by_size);
	if (!(period > 0) || period < octave[*degrees - 1])
		return us_fail(err, "line %u: the last degree is the period and must lie above all others", s.line);
	return US_OK;
}
