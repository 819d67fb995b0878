/* number.c — arguments as controllers send them: TouchOSC says 1.0 for a button, Max says 1, a script says "on". Every
 * type of number is taken for a number; what is none is refused with words. */
#include "internal.h"

#include "lang/value.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <understudy/letters.h>

static const char *type_name(char type)
{
	switch (type) {
	case 'i':
		return "an integer";
	case 'd':
		return "a number";
	case 's':
		return "a string";
	case 'T':
	case 'F':
		return "a truth value";
	case 'N':
		return "nil";
	case 'I':
		return "an impulse";
	default:
		return "something else";
	}
}

static const char *const ordinal[] = {"first", "second", "third", "fourth", "fifth", "sixth"};

static const char *place(uint32_t n)
{
	return n < sizeof ordinal / sizeof ordinal[0] ? ordinal[n] : "next";
}

static bool steps(const struct us_input *input)
{
	return input && (input->curve == US_STEP || input->unit == US_CHOICE || input->unit == US_COUNT);
}

int us_turn_text(struct us_turn *turn, uint32_t n, const char **text)
{
	const struct us_arg *a = &turn->command->arg[n];
	if (n >= turn->command->argc || a->type != 's')
		return us_fail(&turn->err, "the %s argument must be a name (a string), not %s; usage: %s %s", place(n),
		               n < turn->command->argc ? type_name(a->type) : "missing", turn->command->address,
		               turn->route->usage);
	*text = a->s;
	return US_OK;
}

/* As a double, before anything is known of its use. */
static int plain(struct us_turn *turn, const struct us_arg *a, const struct us_input *input, double *value)
{
	float parsed;
	switch (a->type) {
	case 'i':
	case 'h':
	case 'c':
		*value = (double)a->i;
		return US_OK;
	case 'd':
	case 'f':
		*value = a->d;
		return US_OK;
	case 'T':
	case 'I':
		*value = 1;
		return US_OK;
	case 'F':
	case 'N':
		*value = 0;
		return US_OK;
	case 's':
		if (us_value_parse(a->s, input, &parsed, &turn->err))
			return US_FAILED;
		*value = (double)parsed;
		return US_OK;
	default:
		return us_fail(&turn->err, "an OSC type '%c' is not taken for a number; right are i h f d T F N I s",
		               a->type);
	}
}

int us_turn_number(struct us_turn *turn, uint32_t n, const struct us_input *input, float *value)
{
	double v = 0;
	if (n >= turn->command->argc)
		return us_fail(&turn->err, "the %s argument, a number, is missing", place(n));
	if (plain(turn, &turn->command->arg[n], input, &v))
		return US_FAILED;
	if (isnan(v))
		return us_fail(&turn->err, "NaN is not a number that can be heard; send a finite one");
	if (!(fabs(v) <= FLT_MAX))
		return us_fail(&turn->err, "an infinite or too big value; send a finite number");
	if (steps(input) && v != rint(v))
		return us_fail(&turn->err, "'%s' takes whole numbers: %.9g is between %.0f and %.0f", input->name, v,
		               floor(v), ceil(v));
	*value = (float)v;
	return US_OK;
}

int us_turn_whole(struct us_turn *turn, uint32_t n, int64_t least, int64_t most, int64_t *value)
{
	float v;
	if (us_turn_number(turn, n, NULL, &v))
		return US_FAILED;
	if (v != rintf(v) || (double)v < (double)least || (double)v > (double)most)
		return us_fail(&turn->err,
		               "the %s argument must be a whole number from %" PRId64 " to %" PRId64 ", not %.9g",
		               place(n), least, most, (double)v);
	*value = (int64_t)v;
	return US_OK;
}

int us_turn_switch(struct us_turn *turn, uint32_t n, bool *on)
{
	static const struct {
		const char *word;
		bool on;
	} words[] = {{"on", true}, {"off", false}, {"true", true}, {"false", false}, {"yes", true}, {"no", false}};
	const struct us_arg *a = &turn->command->arg[n];
	if (n < turn->command->argc && a->type == 's')
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
			if (us_same_word(a->s, words[i].word)) {
				*on = words[i].on;
				return US_OK;
			}
	float v;
	if (us_turn_number(turn, n, NULL, &v)) {
		if (n < turn->command->argc && a->type == 's')
			us_fail(&turn->err, "'%.60s' is neither on nor off; right are 0, 1, \"on\", \"off\"", a->s);
		return US_FAILED;
	}
	*on = v > 0.5f;
	return US_OK;
}
