/* test_relative.c — promises of steps and lengths: what "+2st" makes of a knob, how long "4 bars" are, and what the
 * language makes of both. */
#include "lang_rig.h"

#include "lang/duration.h"
#include "lang/relative.h"

#include <math.h>

static const struct us_input *input_of(const struct us_module *m, const char *name)
{
	for (const struct us_input *i = m->inputs; i->name; i++)
		if (strcmp(i->name, name) == 0)
			return i;
	fail_msg("no input %s", name);
	return NULL;
}

static void makes(const char *step, const struct us_input *input, float now, double wanted)
{
	struct us_err err;
	float value;
	assert_true(us_relative_is(step, input));
	if (us_relative_apply(step, input, now, &value, &err))
		fail_msg("%s: %s", step, err.text);
	if (fabs((double)value - wanted) > 1e-5 * fabs(wanted) + 1e-7)
		fail_msg("%s of %.9g is %.9g, not %.9g", step, (double)now, (double)value, wanted);
}

static void a_step_is_taken_from_where_the_knob_stands(void **state)
{
	(void)state;
	const struct us_input *freq = input_of(&osc_module, "freq"), *pitch = input_of(&osc_module, "pitch"),
			      *res = input_of(&filter_module, "res"), *mode = input_of(&filter_module, "mode"),
			      *attack = input_of(&adsr_module, "attack"), *steps = input_of(&adsr_module, "steps");
	makes("*1.5", freq, 440, 660);
	makes("*=50%", freq, 440, 220);
	makes("/4", freq, 440, 110);
	makes("+12st", freq, 440, 880);
	makes("+1oct", freq, 440, 880);
	makes("+-1oct", freq, 440, 220);
	makes("-12st", freq, 440, 220);
	makes("-1oct", freq, 440, 220);
	makes("-=700c", freq, 440, 440 / exp2(7.0 / 12));
	makes("+100", freq, 440, 540);
	makes("+0.1khz", freq, 440, 540);
	makes("+= 6db", res, 0.25f, 0.25 * pow(10, 0.3));
	makes("-=6db", res, 0.25f, 0.25 / pow(10, 0.3));
	makes("+10%", res, 0.25f, 0.35);
	makes("+7st", pitch, 1, 1 + 7.0 / 12);
	makes("+0.5s", attack, 10, 510);
	makes("*1.4", steps, 4, 6);
	makes("+1", mode, 1, 2);
}

static void a_minus_alone_belongs_to_its_number(void **state)
{
	(void)state;
	assert_false(us_relative_is("-3db", input_of(&filter_module, "res")));
	assert_false(us_relative_is("-1", input_of(&osc_module, "pitch")));
	assert_false(us_relative_is("-7st", input_of(&osc_module, "pitch")));
	assert_false(us_relative_is("-7st", NULL));
	assert_false(us_relative_is("440", NULL));
	assert_false(us_relative_is("", NULL));
}

static void a_step_that_makes_no_sense_is_refused(void **state)
{
	static const char *const wrong[] = {"*",   "/",    "+",     "-=", "/0", "*x",
	                                    "+c4", "+5ms", "*1e30", "++", "+ ", "*nan"};
	const struct us_input *freq = input_of(&osc_module, "freq"), *gate = input_of(&adsr_module, "gate");
	struct us_err err;
	float value = 7;
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		err.text[0] = 0;
		if (us_relative_apply(wrong[i], freq, 1e20f, &value, &err) == US_OK)
			fail_msg("'%s' is taken", wrong[i]);
		assert_true(strlen(err.text) > 8);
	}
	assert_int_equal(us_relative_apply("+1", gate, 0, &value, &err), US_FAILED);
	assert_true(value == 7);
}

static void lasts(const char *text, float bpm, double wanted)
{
	struct us_err err;
	float seconds;
	if (us_duration_parse(text, bpm, &seconds, &err))
		fail_msg("%s", err.text);
	if (fabs((double)seconds - wanted) > 1e-6)
		fail_msg("%s lasts %.9g s, not %.9g", text, (double)seconds, wanted);
}

static void a_length_is_said_in_seconds_or_in_bars(void **state)
{
	struct us_err err;
	float seconds;
	(void)state;
	lasts("2", 90, 2);
	lasts("2s", 90, 2);
	lasts("250ms", 90, 0.25);
	lasts("1min", 90, 60);
	lasts("4 bars", 120, 8);
	lasts("1bar", 60, 4);
	lasts("1/2 beat", 120, 0.25);
	lasts("3 beats", 90, 2);
	assert_int_equal(us_duration_parse("bars", 120, &seconds, &err), US_FAILED);
	assert_int_equal(us_duration_parse("-1s", 120, &seconds, &err), US_FAILED);
	assert_int_equal(us_duration_parse("4 parsecs", 120, &seconds, &err), US_FAILED);
	assert_int_equal(us_duration_parse("440hz", 120, &seconds, &err), US_FAILED);
}

static void control_is_given_the_words_of_a_step(void **state)
{
	(void)state;
	line_becomes("vcf.cutoff *1.2", "/mod/vcf/cutoff \"*1.2\"\n");
	line_becomes("vcf.cutoff * 1.2", "/mod/vcf/cutoff \"*1.2\"\n");
	line_becomes("vcf.cutoff *= 1.2", "/mod/vcf/cutoff \"*1.2\"\n");
	line_becomes("vcf.cutoff /2", "/mod/vcf/cutoff \"/2\"\n");
	line_becomes("vcf.cutoff +2st", "/mod/vcf/cutoff \"+2st\"\n");
	line_becomes("vcf.cutoff += 2st", "/mod/vcf/cutoff \"+2st\"\n");
	line_becomes("vcf.level -=3db", "/mod/vcf/level \"-=3db\"\n");
	line_becomes("vcf.level -3db", "/mod/vcf/level \"-3db\"\n");
	line_becomes("tempo *2", "/tempo \"*2\"\n");
	line_becomes("tempo 140 over 4 bars", "/tempo 140 \"4 bars\"\n");
	line_becomes("tempo +10 over 3s", "/tempo \"+10\" 3\n");
	line_becomes("transport stop", "/transport/stop\n");
	line_becomes("transport locate 16", "/transport/locate 16\n");
	line_becomes("transport", "/transport\n");
	line_becomes("tap", "/tempo/tap\n");
	line_becomes("gain -= 3db", "/engine/gain \"-=3db\"\n");
}

static void a_ramp_is_no_cable(void **state)
{
	(void)state;
	line_becomes("vcf.cutoff -> 4khz over 2s", "/mod/vcf/cutoff \"4khz\" 2\n");
	line_becomes("vcf.cutoff -> c4 over 4 bars", "/mod/vcf/cutoff \"c4\" \"4 bars\"\n");
	line_becomes("vcf.cutoff 4khz over 500ms", "/mod/vcf/cutoff \"4khz\" 0.5\n");
	line_becomes("vcf.cutoff -> *2 over 1/2 beat", "/mod/vcf/cutoff \"*2\" \"1/2 beat\"\n");
	line_becomes("vcf.cutoff +1oct over 2beats", "/mod/vcf/cutoff \"+1oct\" \"2beats\"\n");
	line_becomes("vcf.low -> over", "/patch/connect \"vcf.low\" \"over\"\n");
	becomes("f = filter\nf.cutoff -> 4khz over 2s\n", "/patch/create \"f\" \"filter\"\n/mod/f/cutoff 4000 2\n");
}

static void what_is_wrong_with_a_change_is_said_with_its_place(void **state)
{
	static const struct {
		const char *line, *words;
		uint32_t column;
		bool whole;
	} wrong[] = {
	    {"vcf.cutoff *", "something is missing", 13, false},
	    {"vcf.cutoff 4khz over", "something is missing", 21, false},
	    {"vcf.cutoff 4khz over tea", "no length", 22, false},
	    {"vcf.cutoff 4khz over 2 teas", "no length", 22, false},
	    {"vcf.cutoff 4khz over 2s now", "no length", 22, false},
	    {"vcf.cutoff 4khz over 2 bars now", "the statement ends before it", 29, false},
	    {"vcf.cutoff 4khz under 2s", "one value would be right", 17, false},
	    {"tempo *2 over", "right would be over 2s", 14, false},
	    {"f = filter\nf.cutoff *2", "a step from what plays", 10, true},
	    {"f = filter\nf.cutoff +5ms", "no value for cutoff", 10, false},
	};
	const struct us_lang_catalogue catalogue = {.find = rig_find, .nearest = rig_nearest};
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct us_lang_fault fault = {0};
		struct us_err err = {""};
		static struct rig rig;
		const struct us_lang_text text = {
		    .text = wrong[i].line, .bytes = strlen(wrong[i].line), .whole = wrong[i].whole, .fault = &fault};
		rig = (struct rig){0};
		if (us_lang_compile(&text, &catalogue, rig_hear, &rig, &err) == US_OK)
			fail_msg("'%s' is taken for %s", wrong[i].line, rig.said);
		if (!strstr(err.text, wrong[i].words) || fault.column != wrong[i].column)
			fail_msg("'%s', column %u: %s", wrong[i].line, fault.column, err.text);
		assert_false(fault.stranger);
	}
}

static void a_line_that_is_no_statement_is_told_from_a_wrong_one(void **state)
{
	const struct us_lang_catalogue catalogue = {.find = rig_find, .nearest = rig_nearest};
	static const char line[] = "make it darker";
	static struct rig rig;
	struct us_lang_fault fault = {0};
	struct us_err err;
	const struct us_lang_text text = {.text = line, .bytes = sizeof line - 1, .fault = &fault};
	(void)state;
	assert_int_equal(us_lang_compile(&text, &catalogue, rig_hear, &rig, &err), US_FAILED);
	assert_true(fault.stranger);
	assert_int_equal(fault.column, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_step_is_taken_from_where_the_knob_stands),
	    cmocka_unit_test(a_minus_alone_belongs_to_its_number),
	    cmocka_unit_test(a_step_that_makes_no_sense_is_refused),
	    cmocka_unit_test(a_length_is_said_in_seconds_or_in_bars),
	    cmocka_unit_test(control_is_given_the_words_of_a_step),
	    cmocka_unit_test(a_ramp_is_no_cable),
	    cmocka_unit_test(what_is_wrong_with_a_change_is_said_with_its_place),
	    cmocka_unit_test(a_line_that_is_no_statement_is_told_from_a_wrong_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
