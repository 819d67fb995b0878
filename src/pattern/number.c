/* number.c — letters, and numbers as fractions of whole numbers. See parse.h. */
#include "parse.h"

#include <stdio.h>
#include <string.h>

int us_refuse(struct parse *m, const char *expected)
{
	if (*m->at)
		return us_fail(m->err, "'%.12s' cannot stand here; expected %s", m->at, expected);
	return us_fail(m->err, "the pattern ends too soon; expected %s", expected);
}

bool us_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool us_is_digit(char c)
{
	return c >= '0' && c <= '9';
}
bool us_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A blank that does not break a line is one, too; and what a line says behind two strokes. */
void us_skip_blanks(struct parse *m)
{
	for (;;) {
		while (us_is_blank(*m->at) || strncmp(m->at, "\xc2\xa0", 2) == 0)
			m->at += us_is_blank(*m->at) ? 1 : 2;
		if (m->at[0] != '/' || m->at[1] != '/')
			return;
		m->at += strcspn(m->at, "\n");
	}
}

/* Shorthands of a cycle: w whole, h half, q quarter, e eighth, s sixteenth, t third, f fifth, x sixth. */
static int suffix_of(char c)
{
	static const char letters[] = "whqestfx";
	static const int parts[] = {1, 2, 4, 8, 16, 3, 5, 6};
	const char *found = c ? strchr(letters, c) : NULL;
	return found ? parts[found - letters] : 0;
}

/* A number as it is written: digits over a power of ten, times ten to the power. */
struct digits {
	int64_t num, den;
	double value;
	bool exact;
	size_t bytes;
};

static bool scan(const char *p, struct digits *d)
{
	const char *begin = p;
	const bool minus = *p == '-';
	*d = (struct digits){.den = 1, .exact = true};
	p += *p == '-' || *p == '+';
	if (!us_is_digit(*p) && !(*p == '.' && us_is_digit(p[1])))
		return false;
	double scale = 1;
	for (bool point = false; us_is_digit(*p) || (*p == '.' && !point && us_is_digit(p[1])); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		d->exact &= d->num < INT64_MAX / 100 && d->den < INT64_MAX / 100;
		if (d->exact) {
			d->num = d->num * 10 + (*p - '0');
			d->den *= point ? 10 : 1;
		}
		d->value = d->value * 10 + (*p - '0');
		scale *= point ? 10 : 1;
	}
	d->value /= scale;
	if (*p == 'e' && (us_is_digit(p[1]) || ((p[1] == '-' || p[1] == '+') && us_is_digit(p[2])))) {
		const bool down = p[1] == '-';
		int power = 0;
		for (p += us_is_digit(p[1]) ? 1 : 2; us_is_digit(*p); p++)
			power = power < 100 ? power * 10 + (*p - '0') : power;
		for (; power > 0; power--) {
			int64_t *side = down ? &d->den : &d->num;
			d->exact &= *side < INT64_MAX / 10;
			*side *= d->exact ? 10 : 1;
			d->value = down ? d->value / 10 : d->value * 10;
		}
	}
	d->num = minus ? -d->num : d->num;
	d->value = minus ? -d->value : d->value;
	d->bytes = (size_t)(p - begin);
	return true;
}

static bool ends(char c)
{
	return !us_is_letter(c) && !us_is_digit(c) && c != '_' && c != '#' && c != '\'';
}

bool us_number_is_here(const struct parse *m)
{
	struct digits d;
	if (!scan(m->at, &d))
		return false;
	const char *p = m->at + d.bytes;
	if (*p == '.' && p[1] != '.' && !ends(p[1])) /* 11.19.1, 1.x */
		return false;
	if (*p == '#' || (*p == 'b' && ends(p[1]))) /* a degree, sharp or flat */
		return true;
	return ends(*p) || (suffix_of(*p) && ends(p[1]));
}

static int too_fine(struct parse *m)
{
	return us_fail(m->err,
	               "'%.20s' is finer or larger than a fraction of whole numbers can hold; expected fewer digits",
	               m->at);
}

int us_fraction_read(struct parse *m, struct fraction *x)
{
	struct digits d, below;
	if (!scan(m->at, &d))
		return us_refuse(m, "a number");
	if (!d.exact || !us_fraction_of(d.num, d.den, x))
		return too_fine(m);
	const char *p = m->at + d.bytes;
	const int part = suffix_of(*p);
	if (part && ends(p[1])) {
		if (!us_fraction_of(x->num, (int64_t)x->den * part, x))
			return too_fine(m);
		p++;
	}
	if (*p == '%' && us_is_digit(p[1]) && scan(p + 1, &below)) {
		if (!below.exact || below.den != 1 || below.num <= 0 || below.num > INT32_MAX ||
		    !us_fraction_of(x->num, (int64_t)x->den * below.num, x))
			return too_fine(m);
		p += 1 + below.bytes;
	}
	m->at = p;
	return US_OK;
}

int us_value_read_here(struct parse *m, float *value)
{
	struct digits d, below;
	if (!scan(m->at, &d))
		return us_refuse(m, "a number");
	if (!(d.value < 1e15 && d.value > -1e15))
		return us_refuse(m, "a number below 1e15");
	m->at += d.bytes;
	const int part = suffix_of(*m->at);
	if (part && ends(m->at[1])) {
		d.value /= part;
		m->at++;
	}
	if (*m->at == '%' && us_is_digit(m->at[1]) && scan(m->at + 1, &below) && below.value > 0) {
		d.value /= below.value;
		m->at += 1 + below.bytes;
	}
	*value = (float)d.value;
	return US_OK;
}
