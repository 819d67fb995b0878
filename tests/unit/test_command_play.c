/* test_command_play.c — promises of /gate, /note, /test, /panic, and of commands that carry a time. */
#include "command_rig.h"

#include <understudy/pitch.h>

#include <understudy/pattern.h>

static void a_gate_takes_numbers_words_and_nothing(void **state)
{
	struct rig *r = *state;
	static const struct {
		const char *types;
		double d;
		const char *s;
		float gate;
	} cases[] = {{"d", 1, NULL, 1}, {"d", 0, NULL, 0},  {"d", 0.8, NULL, 1}, {"d", 0.4, NULL, 0},
	             {"T", 0, NULL, 1}, {"F", 0, NULL, 0},  {"s", 0, "on", 1},   {"s", 0, "off", 0},
	             {"s", 0, "1", 1},  {"s", 0, "0.0", 0}, {"", 0, NULL, 1}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (cases[i].s)
			say(r, "/gate/adsr", cases[i].types, cases[i].s);
		else
			say(r, "/gate/adsr", cases[i].types, cases[i].d);
		assert_true(knob(r, "adsr", "gate") == cases[i].gate);
	}
	expect_silence(r);
	forget(r);
	say(r, "/gate/adsr", "s", "perhaps");
	expect_refusal(r, "/gate/adsr", "on");
	say(r, "/gate/adsr", "d", (double)NAN);
	expect_refusal(r, "/gate/adsr", "finite");
}

static void a_gate_sent_to_a_neighbour_finds_the_envelope(void **state)
{
	struct rig *r = *state;
	say(r, "/gate/sine", "i", 1);
	assert_true(knob(r, "adsr", "gate") == 1);
	say(r, "/gate/out", "i", 0);
	assert_true(knob(r, "adsr", "gate") == 0);
	expect_silence(r);
	say(r, "/patch/create", "ss", "alone", "sine");
	forget(r);
	say(r, "/gate/alone", "i", 1);
	expect_refusal(r, "/gate/alone", "gate");
}

static void a_note_sets_the_pitch_opens_the_gate_and_schedules_its_end(void **state)
{
	struct rig *r = *state;
	say(r, "/note", "sidd", "adsr", 69, 100.0, 0.5);
	expect_silence(r);
	assert_true(fabsf(knob(r, "sine", "freq") - 440) < 0.001f);
	assert_true(knob(r, "adsr", "gate") == 1);
	uint64_t start = (r->block + LOOKAHEAD) * US_BLOCK;
	uint32_t ends = 0;
	for (uint32_t i = 0; i < r->out.count; i++)
		if (r->record[i].at != US_NOW) {
			assert_true(r->record[i].at == start + 24000 - 1);
			assert_true(r->record[i].set.value == 0);
			ends++;
		}
	assert_int_equal(ends, 1);
	go_to(r, r->block + LOOKAHEAD + 24000 / US_BLOCK + 1);
	assert_true(knob(r, "adsr", "gate") == 0);
}

static void a_note_sent_anywhere_finds_the_oscillator_and_not_the_lfo(void **state)
{
	struct rig *r = *state;
	static const char *const at[] = {"sine", "adsr", "filter", "out"};
	say(r, "/patch/create", "ss", "lfo", "sine");
	say(r, "/patch/connect", "ss", "lfo", "filter.cutoff");
	for (int i = 0; i < 4; i++) {
		say(r, "/mod/sine/freq", "i", 1000);
		say(r, "/note", "sii", at[i], 69, 100);
		assert_true(fabsf(knob(r, "sine", "freq") - 440) < 0.001f);
	}
	assert_true(knob(r, "filter", "pitch") == 0 && knob(r, "lfo", "freq") == US_C4_HZ);
	say(r, "/note", "sii", "lfo", 57, 100); /* but when it is meant, it is meant */
	assert_true(fabsf(knob(r, "lfo", "freq") - 220) < 0.001f);
	expect_silence(r);
}

static void velocity_goes_to_the_envelope(void **state)
{
	struct rig *r = *state;
	say(r, "/note", "sid", "sine", 69, 63.5);
	assert_true(fabsf(knob(r, "adsr", "velocity") - 0.5f) < 0.001f);
}

static void a_note_may_be_a_name_a_number_or_a_frequency(void **state)
{
	struct rig *r = *state;
	say(r, "/note", "ssi", "sine", "a4", 100);
	assert_true(fabsf(knob(r, "sine", "freq") - 440) < 0.01f);
	say(r, "/note", "ssi", "sine", "c4", 100);
	assert_true(fabsf(knob(r, "sine", "freq") - 261.6256f) < 0.01f);
	say(r, "/note", "sdi", "sine", 69.5, 100);
	assert_true(fabsf(knob(r, "sine", "freq") - 452.893f) < 0.01f);
	say(r, "/note", "ssi", "sine", "100hz", 100);
	assert_true(fabsf(knob(r, "sine", "freq") - 100) < 0.01f);
	say(r, "/note", "sii", "sine", 60, 0);
	assert_true(knob(r, "adsr", "gate") == 0);
	expect_silence(r);
	forget(r);
	say(r, "/note", "ssi", "sine", "h9", 100);
	expect_refusal(r, "/note", "h9");
	say(r, "/note", "sii", "nobody", 60, 100);
	expect_refusal(r, "/note", "no instance");
	say(r, "/note", "siid", "sine", 60, 100, 3600.0);
	expect_refusal(r, "/note", "seconds");
	say(r, "/note", "siid", "sine", 60, 100, -1.0);
	expect_refusal(r, "/note", "0 seconds");
}

static void the_end_of_a_note_does_not_cut_the_next(void **state)
{
	struct rig *r = *state;
	say(r, "/note", "siid", "adsr", 60, 100, 0.2);
	go_to(r, r->block + 75); /* 0.1 s */
	say(r, "/note", "siid", "adsr", 62, 100, 0.2);
	go_to(r, r->block + 76 + LOOKAHEAD); /* the first one's end is past */
	assert_true(knob(r, "adsr", "gate") == 1);
	go_to(r, r->block + 76);
	assert_true(knob(r, "adsr", "gate") == 0);
}

static void a_note_that_was_ended_early_is_not_brought_back(void **state)
{
	struct rig *r = *state;
	say(r, "/note", "siid", "adsr", 60, 100, 0.4);
	say(r, "/gate/adsr", "i", 1); /* held by hand: overrules the end */
	go_to(r, r->block + 10);
	say(r, "/gate/adsr", "i", 0); /* and let go again */
	go_to(r, r->block + 1000);
	assert_true(knob(r, "adsr", "gate") == 0);
}

static void a_gate_held_by_hand_outlives_the_end_of_a_note(void **state)
{
	struct rig *r = *state;
	say(r, "/note", "siid", "adsr", 60, 100, 0.1);
	say(r, "/gate/adsr", "i", 1);
	go_to(r, r->block + 1000);
	assert_true(knob(r, "adsr", "gate") == 1);
}

static void a_test_is_heard_on_every_gate_and_its_release_does_nothing(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/create", "ss", "second", "adsr");
	forget(r);
	say(r, "/test", "d", 0.0);
	assert_int_equal(r->out.count, 0);
	say(r, "/test", "d", 1.0);
	assert_true(knob(r, "adsr", "gate") == 1 && knob(r, "second", "gate") == 1);
	go_to(r, r->block + 400);
	assert_true(knob(r, "adsr", "gate") == 0 && knob(r, "second", "gate") == 0);
	say(r, "/test", "s", "second");
	assert_true(knob(r, "adsr", "gate") == 0 && knob(r, "second", "gate") == 1);
	say(r, "/test", "");
	assert_true(knob(r, "adsr", "gate") == 1);
	expect_silence(r);
}

static void a_batch_may_give_patterns_to_what_sounds(void **state)
{
	struct rig *r = *state;
	const struct us_engine *model = us_commander_model(r->commander);
	say(r, "/patch/create", "ss", "a", "pattern");
	say(r, "/pattern", "ss", "a", "bd*4");
	go_to(r, r->block + 400);
	say(r, "/patch/begin", "");
	say(r, "/pattern", "ss", "a", "bd*8");
	say(r, "/patch/create", "ss", "b", "pattern");
	say(r, "/pattern", "ss", "b", "sn");
	say(r, "/mod/a/swing", "d", 0.5);
	say(r, "/patch/commit", "");
	forget_unheard(r);
	expect_silence(r);
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "a"))), "bd*8");
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "b"))), "sn");
	go_to(r, r->block + 400);
	say(r, "/undo", "");
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "a"))), "bd*4");
	assert_int_equal(find(r, "b"), US_NOBODY);
	assert_true(knob(r, "a", "swing") == 0);
	say(r, "/patch/begin", "");
	say(r, "/pattern", "ss", "a", "bd*2");
	say(r, "/patch/create", "ss", "c", "nothing_such");
	say(r, "/patch/commit", "");
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "a"))), "bd*4"); /* all, or nothing */
}

static void a_pattern_that_cannot_be_read_says_where_and_changes_nothing(void **state)
{
	static const struct {
		const char *text, *place;
	} bad[] = {{"bd [sn", "column 7: a bracket is not closed"},
	           {"\u00a0\u00a0bd*x", "column 6: 'x' cannot stand here"},
	           {"// äöü\nbd sn <", "column 15: a bracket is not closed"},
	           {"bd sn, <hh 0*64*64*64>", "column 12: a cycle of 262147 events; at most 4096"},
	           {"bd; revv", "column 5: there is no change 'revv'; did you mean 'rev'"}};
	struct rig *r = *state;
	const struct us_engine *model = us_commander_model(r->commander);
	say(r, "/patch/create", "ss", "a", "pattern");
	say(r, "/pattern", "ss", "a", "bd*4");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		forget(r);
		say(r, "/pattern", "ss", "a", bad[i].text);
		expect_refusal(r, "/pattern", bad[i].place);
		assert_int_equal(r->out.count, 0);
		assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "a"))), "bd*4");
	}
}

static void hush_rests_every_pattern_and_undo_brings_them_back(void **state)
{
	struct rig *r = *state;
	const struct us_engine *model = us_commander_model(r->commander);
	say(r, "/patch/create", "ss", "a", "pattern");
	say(r, "/patch/create", "ss", "b", "pattern");
	say(r, "/patch/create", "ss", "none", "pattern");
	say(r, "/pattern", "ss", "a", "bd*4");
	say(r, "/pattern", "ss", "b", "c4 e4");
	say(r, "/hush", "d", 0.0); /* a button is let go */
	go_to(r, r->block + 400);
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "a"))), "bd*4");
	say(r, "/hush", "");
	expect_silence(r);
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "a"))), "~");
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "b"))), "~");
	assert_int_equal(us_engine_pattern(model, find(r, "none"))->nodes, 0);
	say(r, "/undo", "");
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "a"))), "bd*4");
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "b"))), "c4 e4");
}

static void panic_closes_gates_and_forgets_what_was_scheduled(void **state)
{
	struct rig *r = *state;
	say(r, "/note", "siid", "adsr", 60, 100, 0.5);
	say(r, "/panic", "d", 0.0); /* a button is let go */
	assert_true(knob(r, "adsr", "gate") == 1);
	say(r, "/panic", "");
	struct us_engine_counts counts;
	us_engine_counts(us_commander_model(r->commander), &counts);
	assert_int_equal(counts.timed, 0);
	assert_true(knob(r, "adsr", "gate") == 0);
	say(r, "/gate/adsr", "i", 1);
	go_to(r, r->block + 1000);
	assert_true(knob(r, "adsr", "gate") == 1);
	expect_silence(r);
}

static void a_command_of_the_future_keeps_its_frame(void **state)
{
	struct rig *r = *state;
	uint64_t at = (r->block + 100) * US_BLOCK + 17;
	say_at(r, at, "/mod/sine/freq", "d", 1000.0);
	say_at(r, at, "/gate/adsr", "i", 1);
	say_at(r, at, "/engine/gain", "d", 0.5);
	expect_silence(r);
	assert_int_equal(r->out.count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(r->record[i].at == at);
	assert_true(knob(r, "adsr", "gate") == 0);
	go_to(r, r->block + 101);
	assert_true(knob(r, "adsr", "gate") == 1);
	assert_true(us_engine_gain(us_commander_model(r->commander)) == 0.5f);
}

static void a_late_command_is_done_at_once_and_said(void **state)
{
	struct rig *r = *state;
	say_at(r, (r->block - 100) * US_BLOCK, "/mod/sine/freq", "d", 1000.0);
	expect_answer(r, "/late /mod/sine/freq", " 137"); /* ms: 103 blocks */
	assert_int_equal(r->out.count, 1);
	assert_true(r->record[0].at == US_NOW);
	assert_int_equal(us_commander_counts(r->commander).late, 1);
}

static void a_command_more_than_a_minute_ahead_is_refused(void **state)
{
	struct rig *r = *state;
	say_at(r, r->block * US_BLOCK + 61 * 48000, "/mod/sine/freq", "d", 1000.0);
	expect_refusal(r, "/mod/sine/freq", "ahead");
	say_at(r, UINT64_MAX, "/mod/sine/freq", "d", 1000.0);
	expect_refusal(r, "/mod/sine/freq", "ahead");
}

static void a_change_of_the_patch_cannot_be_scheduled(void **state)
{
	struct rig *r = *state;
	say_at(r, (r->block + 100) * US_BLOCK, "/patch/delete", "s", "sine");
	expect_refusal(r, "/patch/delete", "scheduled");
	assert_true(find(r, "sine") != US_NOBODY);
}

static void more_timed_commands_than_there_is_room_for_are_refused_in_words(void **state)
{
	struct rig *r = *state;
	for (int i = 0; i < US_TIMED_RECORDS + 100; i++)
		say_at(r, (r->block + 100) * US_BLOCK, "/mod/sine/freq", "d", 100.0 + i);
	assert_int_equal(r->out.count, US_TIMED_RECORDS);
	assert_int_equal(r->answers, 100);
	forget(r);
	/* A note whose end cannot be scheduled does not begin. */
	say(r, "/note", "siid", "adsr", 60, 100, 0.5);
	assert_true(r->answers == 1 && knob(r, "adsr", "gate") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    on_patch(a_gate_takes_numbers_words_and_nothing),
	    on_patch(a_gate_sent_to_a_neighbour_finds_the_envelope),
	    on_patch(a_note_sets_the_pitch_opens_the_gate_and_schedules_its_end),
	    on_patch(a_note_sent_anywhere_finds_the_oscillator_and_not_the_lfo),
	    on_patch(velocity_goes_to_the_envelope),
	    on_patch(a_note_may_be_a_name_a_number_or_a_frequency),
	    on_patch(the_end_of_a_note_does_not_cut_the_next),
	    on_patch(a_note_that_was_ended_early_is_not_brought_back),
	    on_patch(a_gate_held_by_hand_outlives_the_end_of_a_note),
	    on_patch(a_test_is_heard_on_every_gate_and_its_release_does_nothing),
	    on_patch(a_batch_may_give_patterns_to_what_sounds),
	    on_patch(a_pattern_that_cannot_be_read_says_where_and_changes_nothing),
	    on_patch(hush_rests_every_pattern_and_undo_brings_them_back),
	    on_patch(panic_closes_gates_and_forgets_what_was_scheduled),
	    on_patch(a_command_of_the_future_keeps_its_frame),
	    on_patch(a_late_command_is_done_at_once_and_said),
	    on_patch(a_command_more_than_a_minute_ahead_is_refused),
	    on_patch(a_change_of_the_patch_cannot_be_scheduled),
	    on_patch(more_timed_commands_than_there_is_room_for_are_refused_in_words),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
