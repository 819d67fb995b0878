/* relative.c — see relative.h. */
#include "relative.h"

#include "value.h"

#include <math.h>
#include <string.h>
#include <understudy/letters.h>

static bool is_number(const char *text)
{
	const char *digit = text + (*text == '-' || *text == '+');
	digit += *digit == '.';
	return *digit >= '0' && *digit <= '9';
}

static bool ends_with(const char *text, const char *end)
{
	const size_t n = strlen(text), m = strlen(end);
	return n >= m && us_same_word(text + n - m, end);
}

static bool is_interval(const char *text)
{
	return ends_with(text, "st") || ends_with(text, "oct") || ends_with(text, "c");
}

bool us_relative_is(const char *text, const struct us_input *input)
{
	if (text[0] == '-')
		return text[1] == '=' || (input && input->unit == US_HZ && is_interval(text));
	return text[0] == '*' || text[0] == '/' || text[0] == '+';
}

/* Steps on a scale that is not the input's: semitones of a frequency, decibels of a level. */
static bool read_ratio(const char *text, enum us_unit unit, double *ratio)
{
	static const struct us_input steps = {.name = "", .unit = US_SEMITONE}, level = {.name = "", .unit = US_RATIO};
	float value;
	if (unit == US_HZ && is_interval(text) && us_value_parse(text, &steps, &value, NULL) == 0)
		*ratio = exp2((double)value / 12);
	else if ((unit == US_RATIO || unit == US_SIGNAL) && ends_with(text, "db") &&
	         us_value_parse(text, &level, &value, NULL) == 0)
		*ratio = (double)value;
	else
		return false;
	return true;
}

static int scale(const char *text, char sign, double *now, struct us_err *err)
{
	static const struct us_input factor = {.name = "a factor", .unit = US_RATIO};
	float value;
	if (us_value_parse(text, &factor, &value, err))
		return US_FAILED;
	if (sign == '/' && value == 0)
		return us_fail(err, "nothing can be divided by 0");
	*now = sign == '*' ? *now * (double)value : *now / (double)value;
	return US_OK;
}

static int shift(const char *text, char sign, const struct us_input *input, double *now, struct us_err *err)
{
	double ratio;
	float value;
	if (read_ratio(text, input ? input->unit : US_RATIO, &ratio)) {
		*now = sign == '+' ? *now * ratio : *now / ratio;
		return US_OK;
	}
	if (us_value_parse(text, input, &value, err))
		return US_FAILED;
	*now += sign == '+' ? (double)value : -(double)value;
	return US_OK;
}

int us_relative_apply(const char *text, const struct us_input *input, float now, float *value, struct us_err *err)
{
	const char sign = text[0], *by = text + 1;
	double v = (double)now;
	by += *by == '=';
	by += strspn(by, " ");
	if (!is_number(by))
		return us_fail(err, "'%.40s' says no number; right would be *1.2, /2, +2st or -=3db", text);
	if (input && (input->unit == US_GATE || input->unit == US_TRIGGER))
		return us_fail(err, "%s is on or off; it cannot be changed by a step", input->name);
	if (sign == '*' || sign == '/' ? scale(by, sign, &v, err) : shift(by, sign, input, &v, err))
		return US_FAILED;
	if (input && (input->curve == US_STEP || input->unit == US_CHOICE || input->unit == US_COUNT))
		v = rint(v);
	if (!isfinite((float)v))
		return us_fail(err, "'%.40s' makes it too large a number", text);
	*value = (float)v;
	return US_OK;
}
