/* test_command_knobs.c — promises of /mod: what a message does to a knob, and that a wrong one does nothing. */
#include "command_rig.h"

static void every_type_of_number_is_taken_for_a_number(void **state)
{
	struct rig *r = *state;
	say(r, "/mod/sine/freq", "i", 660);
	assert_true(knob(r, "sine", "freq") == 660);
	say(r, "/mod/sine/freq", "d", 331.5);
	assert_true(knob(r, "sine", "freq") == 331.5f);
	say(r, "/mod/sine/freq", "s", "220");
	assert_true(knob(r, "sine", "freq") == 220);
	say(r, "/mod/sine/freq", "s", "0.8khz");
	assert_true(fabsf(knob(r, "sine", "freq") - 800) < 0.01f);
	say(r, "/mod/adsr/gate", "T");
	assert_true(knob(r, "adsr", "gate") == 1);
	say(r, "/mod/adsr/gate", "F");
	assert_true(knob(r, "adsr", "gate") == 0);
	say(r, "/mod/adsr/gate", "I");
	assert_true(knob(r, "adsr", "gate") == 1);
	say(r, "/mod/adsr/gate", "N");
	assert_true(knob(r, "adsr", "gate") == 0);
	expect_silence(r);
	assert_int_equal(r->out.count, 8);
}

static void without_arguments_a_knob_answers_with_its_value(void **state)
{
	struct rig *r = *state;
	say(r, "/mod/sine/freq", "d", 660.0);
	say(r, "/mod/sine/freq", "");
	assert_string_equal(r->answer[0], "/mod/sine/freq 660");
	assert_int_equal(r->out.count, 1);
	say(r, "/engine/gain", "d", 0.25);
	say(r, "/engine/gain", "");
	expect_answer(r, "/engine/gain", "0.25");
	say(r, "/tempo", "i", 90);
	say(r, "/engine/tempo", "");
	expect_answer(r, "/engine/tempo", "90");
}

static void a_ramp_is_given_in_seconds(void **state)
{
	struct rig *r = *state;
	say(r, "/mod/sine/freq", "dd", 880.0, 0.5);
	assert_int_equal(r->record[0].type, US_REC_SET);
	assert_int_equal(r->record[0].set.ramp_frames, 24000);
	expect_silence(r);
}

static struct us_song_view song_of(struct rig *r)
{
	struct us_song_view song;
	us_engine_song(us_commander_model(r->commander), &song);
	return song;
}

static void the_tempo_moves_in_a_straight_line_when_it_is_told_to(void **state)
{
	struct rig *r = *state;
	say(r, "/tempo", "i", 60);
	const double before = song_of(r).beat;
	say(r, "/tempo", "is", 120, "2 beats"); /* of the tempo of now: two seconds */
	go_to(r, 1000 + 750);
	assert_true(fabsf(song_of(r).bpm - 90) < 0.01f);
	go_to(r, 1000 + 1500);
	assert_true(fabs(song_of(r).beat - before - 3) < 1e-6);
	expect_silence(r);
}

static void the_song_stops_plays_and_is_located(void **state)
{
	struct rig *r = *state;
	say(r, "/tempo", "i", 60);
	say(r, "/transport/stop", "");
	go_to(r, 1000 + 750);
	say(r, "/transport/locate", "d", 16.0);
	say(r, "/transport", "");
	expect_answer(r, "/transport", "0 16 60");
	forget(r);
	say(r, "/transport/play", "");
	go_to(r, 1000 + 1500);
	assert_true(fabs(song_of(r).beat - 17) < 1e-6);
	forget(r);
	say(r, "/transport/locate", "d", -1.0);
	expect_refusal(r, "/transport/locate", "from 0");
	say(r, "/transport/locate", "d", 1e9);
	expect_refusal(r, "/transport/locate", "a song has 1048576");
}

static void taps_set_the_tempo_and_a_pause_begins_anew(void **state)
{
	struct rig *r = *state;
	say(r, "/tempo/tap", "");
	for (int n = 1; n <= 10; n++) {
		go_to(r, 1000 + (uint64_t)n * 375); /* half a second each: 120 */
		say(r, "/tempo/tap", "");
	}
	assert_true(fabsf(song_of(r).bpm - 120) < 0.01f);
	go_to(r, 1000 + 3750 + 1875); /* more than two seconds later */
	say(r, "/tempo/tap", "");
	assert_true(fabsf(song_of(r).bpm - 120) < 0.01f);
	go_to(r, 1000 + 3750 + 1875 + 750);
	say(r, "/tempo/tap", "");
	assert_true(fabsf(song_of(r).bpm - 60) < 0.01f);
}

static void a_ramp_may_be_said_in_bars_of_the_tempo(void **state)
{
	struct rig *r = *state;
	say(r, "/tempo", "i", 120);
	forget(r);
	say(r, "/mod/sine/freq", "ds", 880.0, "2 bars");
	say(r, "/mod/sine/freq", "ss", "440", "1.5s");
	assert_int_equal(r->record[0].set.ramp_frames, 4 * 48000);
	assert_int_equal(r->record[1].set.ramp_frames, 72000);
	expect_silence(r);
	say(r, "/mod/sine/freq", "ss", "440", "a while");
	expect_answer(r, "/error /mod/sine/freq", "no length");
	assert_int_equal(r->out.count, 2);
}

static void a_step_is_taken_from_where_the_knob_stands(void **state)
{
	struct rig *r = *state;
	say(r, "/mod/sine/freq", "d", 400.0);
	say(r, "/mod/sine/freq", "s", "*1.5");
	assert_true(knob(r, "sine", "freq") == 600);
	say(r, "/mod/sine/freq", "s", "+1oct");
	assert_true(knob(r, "sine", "freq") == 1200);
	say(r, "/mod/sine/freq", "s", "-12st");
	assert_true(knob(r, "sine", "freq") == 600);
	say(r, "/tempo", "d", 120.0);
	say(r, "/tempo", "s", "+8");
	say(r, "/engine/gain", "s", "/2");
	expect_silence(r);
	say(r, "/tempo", "");
	expect_answer(r, "/tempo", "128");
	forget(r);
	say(r, "/mod/sine/freq", "s", "*1000");
	expect_answer(r, "/warning /mod/sine/freq", "clamped");
	forget(r);
	say(r, "/mod/sine/freq", "s", "/0");
	expect_answer(r, "/error /mod/sine/freq", "divided by 0");
	assert_int_equal(r->out.count, 0);
}

static void steps_in_a_batch_follow_one_another(void **state)
{
	struct rig *r = *state;
	say(r, "/mod/sine/freq", "d", 100.0);
	say(r, "/patch/begin", "");
	say(r, "/mod/sine/freq", "s", "*2");
	say(r, "/mod/sine/freq", "s", "+50");
	assert_true(knob(r, "sine", "freq") == 100);
	say(r, "/patch/commit", "");
	assert_true(knob(r, "sine", "freq") == 250);
	say(r, "/undo", "");
	assert_true(knob(r, "sine", "freq") == 100);
}

static void out_of_range_is_clamped_and_said(void **state)
{
	struct rig *r = *state;
	struct us_instance_view v = view_of(r, "sine");
	float max = v.module->inputs[us_module_input(v.module, "freq")].max;
	say(r, "/mod/sine/freq", "d", 1e9);
	assert_true(knob(r, "sine", "freq") == max);
	expect_answer(r, "/warning /mod/sine/freq", "clamped");
	forget(r);
	say(r, "/engine/gain", "d", -3.0);
	assert_true(r->record[0].set.value == 0);
	expect_answer(r, "/warning /engine/gain", "clamped");
}

static void nan_and_infinity_are_refused(void **state)
{
	struct rig *r = *state;
	float before = knob(r, "sine", "freq");
	const double bad[] = {NAN, INFINITY, -INFINITY, 1e300};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		say(r, "/mod/sine/freq", "d", bad[i]);
		expect_refusal(r, "/mod/sine/freq", "finite");
		say(r, "/engine/gain", "d", bad[i]);
		expect_refusal(r, "/engine/gain", "finite");
	}
	say(r, "/mod/sine/freq", "s", "nan");
	expect_refusal(r, "/mod/sine/freq", "");
	assert_true(knob(r, "sine", "freq") == before);
}

static void what_is_no_number_is_refused(void **state)
{
	struct rig *r = *state;
	say(r, "/mod/sine/freq", "s", "loud");
	expect_refusal(r, "/mod/sine/freq", "loud");
	say(r, "/mod/sine/freq", "b");
	expect_refusal(r, "/mod/sine/freq", "type");
	say(r, "/mod/sine/freq", "ddd", 1.0, 2.0, 3.0);
	expect_refusal(r, "/mod/sine/freq", "argument");
	say(r, "/patch/create", "ii", 1, 2);
	expect_refusal(r, "/patch/create", "string");
	say(r, "/patch/create", "s", "x");
	expect_refusal(r, "/patch/create", "name type");
}

static void a_misspelled_name_is_answered_with_the_nearest(void **state)
{
	struct rig *r = *state;
	say(r, "/mod/sine/frq", "d", 1.0);
	expect_refusal(r, "/mod/sine/frq", "did you mean 'freq'");
	say(r, "/mod/sien/freq", "d", 1.0);
	expect_refusal(r, "/mod/sien/freq", "did you mean 'sine'");
	say(r, "/patch/create", "ss", "x", "filtr");
	expect_refusal(r, "/patch/create", "did you mean 'filter'");
	say(r, "/patch/crate", "ss", "x", "sine");
	expect_refusal(r, "/patch/crate", "/patch/create");
	say(r, "/mod/sine/zzzzzz", "d", 1.0);
	expect_refusal(r, "/mod/sine/zzzzzz", "it has: ");
	say(r, "/something/else/altogether", "");
	expect_refusal(r, "/something/else/altogether", "/mod/<instance>/<input>");
	say(r, "/mod/sine", "d", 1.0);
	expect_refusal(r, "/mod/sine", "/mod/<instance>/<input>");
	say(r, "/mod/sine/freq/x", "d", 1.0);
	expect_refusal(r, "/mod/sine/freq/x", "/mod/<instance>/<input>");
}

static void an_index_may_come_as_a_float_but_not_as_a_half(void **state)
{
	struct rig *r = *state;
	struct us_instance_view v = view_of(r, "filter");
	uint32_t i = 0;
	while (i < us_module_input_count(v.module) && v.module->inputs[i].unit != US_CHOICE)
		i++;
	assert_true(i < us_module_input_count(v.module));
	char address[64];
	snprintf(address, sizeof address, "/mod/filter/%s", v.module->inputs[i].name);
	say(r, address, "d", 1.0);
	expect_silence(r);
	assert_true(knob(r, "filter", v.module->inputs[i].name) == 1);
	forget(r);
	say(r, address, "d", 0.5);
	expect_refusal(r, address, "whole");
	say(r, "/patch/create", "ssd", "choir", "sine", 3.0);
	expect_silence(r);
	assert_int_equal(view_of(r, "choir").voices, 3);
	forget(r);
	say(r, "/patch/create", "ssd", "half", "sine", 3.5);
	expect_refusal(r, "/patch/create", "whole");
}

static void the_same_address_follows_the_patch(void **state)
{
	struct rig *r = *state;
	for (int i = 0; i < 1000; i++)
		say(r, "/mod/sine/freq", "d", 100.0 + i);
	assert_int_equal(r->out.count, 1000);
	assert_true(knob(r, "sine", "freq") == 1099);
	say(r, "/patch/delete", "s", "sine");
	forget(r);
	say(r, "/mod/sine/freq", "d", 1.0);
	expect_refusal(r, "/mod/sine/freq", "no instance");
	say(r, "/patch/create", "ss", "other", "sine");
	say(r, "/patch/create", "ss", "sine", "sine");
	say(r, "/mod/sine/freq", "d", 55.0);
	expect_silence(r);
	assert_true(knob(r, "sine", "freq") == 55 && knob(r, "other", "freq") != 55);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    on_patch(every_type_of_number_is_taken_for_a_number),
	    on_patch(without_arguments_a_knob_answers_with_its_value),
	    on_patch(a_ramp_is_given_in_seconds),
	    on_patch(the_tempo_moves_in_a_straight_line_when_it_is_told_to),
	    on_patch(the_song_stops_plays_and_is_located),
	    on_patch(taps_set_the_tempo_and_a_pause_begins_anew),
	    on_patch(a_ramp_may_be_said_in_bars_of_the_tempo),
	    on_patch(a_step_is_taken_from_where_the_knob_stands),
	    on_patch(steps_in_a_batch_follow_one_another),
	    on_patch(out_of_range_is_clamped_and_said),
	    on_patch(nan_and_infinity_are_refused),
	    on_patch(what_is_no_number_is_refused),
	    on_patch(a_misspelled_name_is_answered_with_the_nearest),
	    on_patch(an_index_may_come_as_a_float_but_not_as_a_half),
	    on_patch(the_same_address_follows_the_patch),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
