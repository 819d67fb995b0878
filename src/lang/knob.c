/* knob.c — the statement that turns a knob: to a value, by a step, and at once or over some time.
 *
 *   vcf.cutoff 800hz     vcf.cutoff = 800hz     vcf.cutoff -> 4khz over 2s     vcf.cutoff +2st over 4 bars
 *
 * What a step makes of a knob only the running synth can tell, and how long a bar is: control is given the words. */
#include "compiler.h"
#include "duration.h"
#include "relative.h"

#include <string.h>

enum { ADDRESS_BYTES = US_NAME_BYTES + US_LANG_WORD_BYTES + 8 };

static bool is_over(const struct us_word *word)
{
	return word->kind == US_WORD_TEXT && strcmp(word->text, "over") == 0;
}

/* In a chain of cables no word follows another without an arrow between them. */
bool us_knob_is_ramp(const struct us_compiler *c)
{
	for (const struct us_word *w = us_word_next(c) + 1; w->kind != US_WORD_END; w++)
		if (w->kind == US_WORD_TEXT && is_over(w + 1))
			return true;
	return false;
}

/* The word that comes next, be it of the kind that stands for itself. */
static bool take_sign(struct us_compiler *c, const char **sign)
{
	const struct us_word *word = us_word_next(c), *after = word + 1;
	static const char *const signs[] = {"*", "/", "+", "-"};
	if (word->kind != US_WORD_TIMES && word->kind != US_WORD_TEXT)
		return false;
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (strcmp(word->text, signs[i]) == 0 && (signs[i][0] != '-' || after->kind == US_WORD_EQUALS)) {
			us_word_take(c);
			*sign = signs[i];
			return true;
		}
	return false;
}

/* *1.2, /2, +2st, += 2st, -= 3db: put together to one word for control. */
static int read_step(struct us_compiler *c, const struct us_input *input, char step[static US_STEP_BYTES],
                     struct us_arg *arg)
{
	const struct us_word *begin = us_word_next(c), *word;
	const char *sign = "";
	float unused;
	if (take_sign(c, &sign) && us_word_is(c, US_WORD_EQUALS))
		us_word_take(c);
	if (us_word_text(c, &word, "a number would be right, as in *1.2, +2st or -= 3db"))
		return US_FAILED;
	snprintf(step, US_STEP_BYTES, "%s%s%s", sign, *sign == '-' ? "=" : "", word->text);
	c->column = begin->column;
	if (c->text->whole)
		return us_fail(c->err, "'%s' is a step from what plays; in a patch a value would be right", step);
	if (us_relative_apply(step, input, input ? input->value : 1, &unused, input ? c->err : NULL) && input)
		return US_FAILED;
	*arg = us_text_arg(step);
	return US_OK;
}

static int read_value(struct us_compiler *c, const struct us_input *input, struct us_arg *arg)
{
	const struct us_word *word;
	float value;
	if (us_word_text(c, &word, "a value would be right, such as 440, 5ms or 0.5"))
		return US_FAILED;
	*arg = us_text_arg(word->text);
	if (!input)
		return US_OK;
	if (us_value_read(c, word, input, true, &value))
		return US_FAILED;
	*arg = us_number_arg(value);
	return US_OK;
}

int us_change_read(struct us_compiler *c, const struct us_input *input, char step[static US_STEP_BYTES],
                   struct us_arg *arg)
{
	const struct us_word *next = us_word_next(c);
	if (next->kind == US_WORD_TIMES || (next->kind == US_WORD_TEXT && us_relative_is(next->text, input)) ||
	    (strcmp(next->text, "-") == 0 && next[1].kind == US_WORD_EQUALS))
		return read_step(c, input, step, arg);
	return read_value(c, input, arg);
}

int us_over_read(struct us_compiler *c, char text[static US_OVER_BYTES], struct us_arg *arg)
{
	static const char right[] = "right would be over 2s, over 4 bars or over 2 beats";
	const struct us_word *word;
	float seconds;
	if (!is_over(us_word_next(c)))
		return us_word_refuse(c, us_word_next(c), right);
	us_word_take(c);
	if (us_word_text(c, &word, right))
		return US_FAILED;
	const struct us_word *unit = us_word_next(c);
	const bool apart = unit->kind == US_WORD_TEXT;
	snprintf(text, US_OVER_BYTES, "%.40s%s%.40s", word->text, apart ? " " : "", apart ? unit->text : "");
	if (apart)
		us_word_take(c);
	c->column = word->column;
	if (us_duration_parse(text, 120, &seconds, c->err))
		return US_FAILED;
	*arg = us_duration_is_musical(text) ? us_text_arg(text) : us_number_arg(seconds);
	return us_line_end(c);
}

int us_say_knob(struct us_compiler *c)
{
	char address[ADDRESS_BYTES], step[US_STEP_BYTES], over[US_OVER_BYTES];
	struct us_place place;
	const struct us_input *input;
	struct us_command command = {.address = address};
	if (us_place_read(c, us_word_take(c), &place) || us_place_input(c, &place, &input))
		return US_FAILED;
	snprintf(address, sizeof address, "/mod/%s/%s", place.instance, place.port);
	if (us_word_is(c, US_WORD_END) && !c->text->whole)
		return us_give(c, &command);
	if (us_word_is(c, US_WORD_EQUALS) || us_word_is(c, US_WORD_ARROW))
		us_word_take(c);
	command.argc = 1;
	if (us_change_read(c, input, step, &command.arg[0]))
		return US_FAILED;
	if (us_word_is(c, US_WORD_END))
		return us_give(c, &command);
	if (!is_over(us_word_next(c)))
		return us_word_refuse(c, us_word_next(c), "one value would be right, as in vcf.cutoff 800hz");
	command.argc = 2;
	return us_over_read(c, over, &command.arg[1]) || us_give(c, &command) ? US_FAILED : US_OK;
}
