/* test_value.c — promises of values: what a musician writes is what is heard, and what is printed reads back the same.
 */
#include "lang/value.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct us_input input_of(enum us_unit unit)
{
	return (struct us_input){.name = "it", .unit = unit, .choices = unit == US_CHOICE ? "low|high|band" : NULL};
}

static void reads(const char *text, enum us_unit unit, double expected)
{
	struct us_input input = input_of(unit);
	struct us_err err = {""};
	float value = NAN;
	if (us_value_parse(text, &input, &value, &err))
		fail_msg("'%s' is refused: %s", text, err.text);
	if (value != (float)expected)
		fail_msg("'%s' reads as %.9g, not %.9g", text, (double)value, expected);
}

static void reads_plain(const char *text, double expected)
{
	struct us_err err = {""};
	float value = NAN;
	if (us_value_parse(text, NULL, &value, &err))
		fail_msg("'%s' is refused: %s", text, err.text);
	if (value != (float)expected)
		fail_msg("'%s' reads as %.9g, not %.9g", text, (double)value, expected);
}

static void refuses(const char *text, enum us_unit unit, const char *message)
{
	struct us_input input = input_of(unit);
	struct us_err err = {""};
	float value;
	if (us_value_parse(text, &input, &value, &err) == US_OK)
		fail_msg("'%s' is taken for %.9g", text, (double)value);
	assert_string_equal(err.text, message);
}

static void each_unit_is_read_as_it_is_written(void **state)
{
	(void)state;
	reads("440", US_HZ, 440);
	reads("440hz", US_HZ, 440);
	reads("440Hz", US_HZ, 440);
	reads("2.5khz", US_HZ, 2500);
	reads("5", US_MS, 5);
	reads("5ms", US_MS, 5);
	reads("0.3s", US_MS, 300);
	reads("20us", US_MS, 0.02);
	reads("2min", US_MS, 120000);
	reads("-6", US_DB, -6);
	reads("-6db", US_DB, -6);
	reads("-6dB", US_RATIO, pow(10, -6.0 / 20));
	reads("50%", US_RATIO, 0.5);
	reads("7st", US_SEMITONE, 7);
	reads("50c", US_SEMITONE, 0.5);
	reads("1oct", US_SEMITONE, 12);
	reads("12st", US_OCTAVE, 1);
	reads("-1", US_OCTAVE, -1);
	reads("128", US_BPM, 128);
	reads("128bpm", US_BPM, 128);
	reads("1e3", US_HZ, 1000);
	reads("+.5e-1", US_RATIO, 0.05);
	reads("1/8", US_BEAT, 0.125);
	reads("-3/2", US_BEAT, -1.5);
}

static void notes_have_names(void **state)
{
	(void)state;
	reads("c4", US_SEMITONE, 60);
	reads("C4", US_SEMITONE, 60);
	reads("c#4", US_SEMITONE, 61);
	reads("db4", US_SEMITONE, 61);
	reads("bb3", US_SEMITONE, 58);
	reads("b3", US_SEMITONE, 59);
	reads("c##4", US_SEMITONE, 62);
	reads("c-1", US_SEMITONE, 0);
	reads("g9", US_SEMITONE, 127);
	reads("a4", US_HZ, 440);
	reads("a3", US_HZ, 220);
	reads_plain("c4", 60);
}

static void switches_and_choices_have_names(void **state)
{
	(void)state;
	reads("on", US_GATE, 1);
	reads("OFF", US_GATE, 0);
	reads("true", US_TRIGGER, 1);
	reads("1", US_GATE, 1);
	reads("low", US_CHOICE, 0);
	reads("band", US_CHOICE, 2);
	reads("1", US_CHOICE, 1);
	reads_plain("off", 0);
}

static void without_an_input_a_unit_has_its_base(void **state)
{
	(void)state;
	reads_plain("4khz", 4000);
	reads_plain("0.5s", 500);
	reads_plain("-12db", -12);
	reads_plain("0.25", 0.25);
}

static void what_is_no_value_is_refused_with_what_would_be_right(void **state)
{
	(void)state;
	refuses("", US_HZ, "'' is no value for it; right would be 440, 440hz, 2.5khz or a4");
	refuses("5ms", US_HZ, "'5ms' is no value for it; right would be 440, 440hz, 2.5khz or a4");
	refuses("440hz", US_MS, "'440hz' is no value for it; right would be 5, 5ms or 0.3s");
	refuses("440 bananas", US_HZ, "'440 bananas' is no value for it; right would be 440, 440hz, 2.5khz or a4");
	refuses("nan", US_RATIO, "'nan' is no value for it; right would be a number such as 0.5");
	refuses("inf", US_RATIO, "'inf' is no value for it; right would be a number such as 0.5");
	refuses("0x10", US_RATIO, "'0x10' is no value for it; right would be a number such as 0.5");
	refuses("1,5", US_RATIO, "'1,5' is no value for it; right would be a number such as 0.5");
	refuses("1.2.3", US_RATIO, "'1.2.3' is no value for it; right would be a number such as 0.5");
	refuses("--1", US_RATIO, "'--1' is no value for it; right would be a number such as 0.5");
	refuses("1e", US_RATIO, "'1e' is no value for it; right would be a number such as 0.5");
	refuses("1/0", US_RATIO, "'1/0' is no value for it; right would be a number such as 0.5");
	refuses("1e39", US_RATIO, "'1e39' is too large a number");
	refuses("-1e39", US_DB, "'-1e39' is too large a number");
	refuses("9999db", US_RATIO, "'9999db' is too large a number");
	refuses("c10", US_SEMITONE, "'c10' is no value for it; right would be 7, -12, 7st, 50c or c4");
	refuses("c99999999999999999999", US_SEMITONE,
	        "'c99999999999999999999' is no value for it; right would be 7, -12, 7st, 50c or c4");
	refuses("notch", US_CHOICE, "'notch' is no choice of it; right would be low|high|band");
	refuses("maybe", US_GATE, "'maybe' is no value for it; right would be on, off, 1 or 0");
}

static void a_very_long_text_is_refused_and_cut_in_the_message(void **state)
{
	(void)state;
	static char text[60001];
	struct us_input hz = input_of(US_HZ);
	struct us_err err;
	float value;
	for (const char *c = "1#bac."; *c; c++) {
		memset(text, *c, sizeof text - 1);
		assert_int_equal(us_value_parse(text, &hz, &value, &err), US_FAILED);
		assert_true(strlen(err.text) < 120);
		text[0] = 'c';
		assert_int_equal(us_value_parse(text, &hz, &value, &err), US_FAILED);
	}
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void check_round_trip(float value, const struct us_input *input)
{
	char text[48];
	float back = NAN;
	struct us_err err = {""};
	us_value_print(text, value, input);
	if (us_value_parse(text, input, &back, &err))
		fail_msg("%a prints as '%s', which is refused: %s", (double)value, text, err.text);
	if (memcmp(&back, &value, sizeof value) != 0 && back != value)
		fail_msg("%a prints as '%s', which reads as %a", (double)value, text, (double)back);
}

/* Every bit pattern is as likely as any other: tiny, huge and subnormal numbers too. */
static void what_is_printed_reads_back_as_the_same_float(void **state)
{
	(void)state;
	uint32_t seed = 2463534242u;
	for (uint32_t i = 0; i < 100000; i++) {
		float value;
		uint32_t bits = next_random(&seed);
		memcpy(&value, &bits, sizeof value);
		if (!isfinite(value))
			continue;
		struct us_input input = input_of((enum us_unit)(i % US_UNITS));
		check_round_trip(value, i % (US_UNITS + 1) == US_UNITS ? NULL : &input);
	}
}

/* The values of real knobs: two decimals, in every unit. */
static void round_numbers_are_printed_round(void **state)
{
	(void)state;
	static const struct {
		float value;
		enum us_unit unit;
		const char *text;
	} rows[] = {{440, US_HZ, "440hz"},      {0.1f, US_RATIO, "0.1"},     {-6, US_DB, "-6db"},
	            {5, US_MS, "5ms"},          {128, US_BPM, "128bpm"},     {7, US_SEMITONE, "7st"},
	            {-0.5f, US_OCTAVE, "-0.5"}, {2, US_CHOICE, "band"},      {0, US_SIGNAL, "0"},
	            {1, US_GATE, "1"},          {261.63f, US_HZ, "261.63hz"}};
	char text[48];
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct us_input input = input_of(rows[i].unit);
		assert_string_equal(us_value_print(text, rows[i].value, &input), rows[i].text);
	}
	assert_string_equal(us_value_print(text, 0.25f, NULL), "0.25");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_unit_is_read_as_it_is_written),
	    cmocka_unit_test(notes_have_names),
	    cmocka_unit_test(switches_and_choices_have_names),
	    cmocka_unit_test(without_an_input_a_unit_has_its_base),
	    cmocka_unit_test(what_is_no_value_is_refused_with_what_would_be_right),
	    cmocka_unit_test(a_very_long_text_is_refused_and_cut_in_the_message),
	    cmocka_unit_test(what_is_printed_reads_back_as_the_same_float),
	    cmocka_unit_test(round_numbers_are_printed_round),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
