/* test_command_patch.c — promises of /patch: edits, and batches of edits that take effect together or not at all. */
#include "command_rig.h"

#include <understudy/pitch.h>

#include <understudy/pattern.h>

static void a_new_instance_and_its_name_appear_together(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/create", "ss", "lead-1", "sine");
	expect_silence(r);
	assert_int_equal(r->out.count, 3);
	assert_int_equal(r->record[0].type, US_REC_CREATE);
	assert_int_equal(r->record[1].type, US_REC_NAME);
	assert_int_equal(r->record[2].type, US_REC_COMMIT);
	assert_true(r->record[0].flags & r->record[1].flags & US_STAGED);
	assert_string_equal(view_of(r, "lead-1").module->name, "sine");
}

static void a_bad_name_is_refused(void **state)
{
	struct rig *r = *state;
	static const char *const bad[] = {"",    "a.b", "1st",      "a b",
	                                  "a/b", "a*",  "\xc3\xa9", "a2345678901234567890123456789012345678901"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		say(r, "/patch/create", "ss", bad[i], "sine");
		expect_refusal(r, "/patch/create", "name");
	}
	say(r, "/patch/create", "ss", "sine", "sine");
	expect_refusal(r, "/patch/create", "already");
}

static void no_voices_and_too_many_are_refused(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/create", "ssi", "choir", "sine", 0);
	expect_refusal(r, "/patch/create", "1024");
	say(r, "/patch/create", "ssi", "choir", "sine", 1025);
	expect_refusal(r, "/patch/create", "1024");
	say(r, "/patch/create", "ssi", "choir", "sine", 1024);
	expect_silence(r);
	assert_int_equal(view_of(r, "choir").voices, 1024);
}

static void what_does_not_fit_the_arena_is_refused_with_the_sizes(void **state)
{
	struct rig *r = *state;
	char name[32];
	uint32_t n = 0;
	for (; n < US_MAX_INSTANCES && !r->answers; n++) {
		forget(r);
		snprintf(name, sizeof name, "hall-%u", n);
		say(r, "/patch/create", "ss", name, "reverb");
	}
	expect_refusal(r, "/patch/create", "no room for reverb: it needs ");
	assert_true(n > 8);
	assert_int_equal(find(r, name), US_NOBODY);
}

static void cables_are_made_changed_and_taken_away(void **state)
{
	struct rig *r = *state;
	const struct us_engine *model = us_commander_model(r->commander);
	struct us_cable_view v;
	say(r, "/patch/create", "ss", "lfo", "sine");
	say(r, "/patch/connect", "ssd", "lfo.out", "filter.cutoff", 200.0);
	assert_true(us_engine_cable(model, 3, &v) && v.amount == 200);
	say(r, "/patch/connect", "ssd", "lfo", "filter.cutoff", 300.0);
	assert_true(us_engine_cable(model, 3, &v) && v.amount == 300);
	assert_false(us_engine_cable(model, 4, &v));
	say(r, "/patch/disconnect", "ss", "lfo", "filter.cutoff");
	assert_false(us_engine_cable(model, 3, &v));
	expect_silence(r);
	forget(r);
	say(r, "/patch/disconnect", "ss", "lfo", "filter.cutoff");
	expect_refusal(r, "/patch/disconnect", "no cable");
	say(r, "/patch/connect", "ss", "lfo.outt", "filter");
	expect_refusal(r, "/patch/connect", "no output");
	say(r, "/patch/connect", "ss", "lfo", "filter.cutof");
	expect_refusal(r, "/patch/connect", "cutoff");
	say(r, "/patch/connect", "ss", "lfo.", "filter");
	expect_refusal(r, "/patch/connect", "end of a cable");
	say(r, "/patch/connect", "ss", "lfo.out.x", "filter");
	expect_refusal(r, "/patch/connect", "end of a cable");
	say(r, "/patch/connect", "ssd", "lfo", "filter", (double)NAN);
	expect_refusal(r, "/patch/connect", "finite");
}

static void lists_name_everything_and_end_with_the_count(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/list", "");
	expect_answer(r, "/patch/list adsr adsr", "");
	assert_string_equal(r->answer[r->answers - 1], "/patch/list 4");
	forget(r);
	say(r, "/patch/cables", "");
	expect_answer(r, "/patch/cables sine.out adsr.in 1", "");
	assert_string_equal(r->answer[r->answers - 1], "/patch/cables 3");
	assert_int_equal(r->out.count, 0);
}

static void edits_since_begin_take_effect_together_at_commit(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/begin", "");
	say(r, "/patch/clear", "");
	say(r, "/patch/create", "ss", "sine", "sine");
	say(r, "/patch/create", "ss", "out", "out");
	say(r, "/patch/connect", "ss", "sine", "out");
	say(r, "/mod/sine/freq", "d", 123.0);
	expect_silence(r);
	assert_int_equal(r->out.count, 0);
	assert_true(find(r, "adsr") != US_NOBODY);
	say(r, "/patch/commit", "");
	expect_silence(r);
	assert_true(r->out.count > 5);
	for (uint32_t i = 0; i + 1 < r->out.count; i++)
		assert_true(r->record[i].flags & US_STAGED);
	assert_int_equal(r->record[r->out.count - 1].type, US_REC_COMMIT);
	assert_int_equal(find(r, "adsr"), US_NOBODY);
	assert_true(knob(r, "sine", "freq") == 123);
}

static void one_bad_edit_undoes_the_whole_batch(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/begin", "");
	say(r, "/patch/clear", "");
	say(r, "/patch/create", "ss", "x", "sine");
	say(r, "/patch/connect", "ss", "x", "nowhere");
	say(r, "/mod/x/freq", "s", "loud");
	say(r, "/patch/commit", "");
	expect_answer(r, "/error /patch/connect", "nowhere");
	expect_answer(r, "/error /mod/x/freq", "loud");
	expect_refusal(r, "/patch/commit", "2 of 4");
	assert_true(find(r, "adsr") != US_NOBODY && find(r, "x") == US_NOBODY);
	say(r, "/mod/sine/freq", "d", 99.0);
	assert_int_equal(r->out.count, 1); /* and the batch is over */
}

static void questions_are_answered_within_a_batch(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/begin", "");
	say(r, "/mod/sine/freq", "");
	say(r, "/ping", "i", 5);
	assert_int_equal(r->answers, 2);
	say(r, "/patch/abort", "");
	say(r, "/patch/commit", "");
	assert_int_equal(r->out.count, 0);
	expect_answer(r, "/patch/commit", "sounds at once");
}

static void batches_of_two_senders_do_not_mix(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/begin", "");
	say(r, "/patch/create", "ss", "mine", "sine");
	r->client.bytes[3] = 7;
	say(r, "/patch/create", "ss", "theirs", "sine");
	assert_true(find(r, "theirs") != US_NOBODY && find(r, "mine") == US_NOBODY);
	r->client.bytes[3] = 0;
	say(r, "/patch/commit", "");
	assert_true(find(r, "mine") != US_NOBODY);
	expect_silence(r);
}

static void a_batch_without_a_word_for_ten_seconds_is_dropped(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/begin", "");
	say(r, "/patch/create", "ss", "x", "sine");
	go_to(r, r->block + 9 * 750);
	say(r, "/mod/sine/freq", "d", 100.0);
	assert_int_equal(r->out.count, 0);
	go_to(r, r->block + 11 * 750);
	say(r, "/patch/commit", "");
	expect_refusal(r, "/patch/commit", "no batch is open");
}

static void no_more_than_eight_batches_are_open(void **state)
{
	struct rig *r = *state;
	for (unsigned char i = 0; i < US_BATCHES; i++) {
		r->client.bytes[0] = i;
		say(r, "/patch/begin", "");
	}
	expect_silence(r);
	r->client.bytes[0] = US_BATCHES;
	say(r, "/patch/begin", "");
	expect_refusal(r, "/patch/begin", "open");
}

/* A quarter of them is the session's own user's alone; from elsewhere two are open at once. */
static void strangers_leave_batches_to_the_owner(void **state)
{
	static const struct {
		enum us_from from;
		unsigned char most;
	} senders[] = {{US_FROM_ELSEWHERE, 2}, {US_FROM_HERE, 6}, {US_FROM_OWNER, 8}};
	struct rig *r = *state;
	unsigned char open = 0;
	for (size_t i = 0; i < sizeof senders / sizeof senders[0]; i++) {
		sender = senders[i].from;
		for (; open < senders[i].most; open++) {
			r->client.bytes[0] = open;
			say(r, "/patch/begin", "");
		}
		expect_silence(r);
		r->client.bytes[0] = 100;
		say(r, "/patch/begin", "");
		expect_refusal(r, "/patch/begin", "open");
		forget(r);
	}
}

static void a_batch_has_a_bounded_size(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/begin", "");
	for (int i = 0; i < 100000 && !r->answers; i++)
		say(r, "/mod/sine/freq", "s", "440hz and a lot of words that make this longer than it needs to be");
	expect_refusal(r, "/mod/sine/freq", "full");
}

static void a_note_in_a_batch_sounds_with_what_the_batch_made(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/begin", "");
	say(r, "/patch/create", "ss", "o2", "sine");
	say(r, "/patch/create", "ss", "e2", "adsr");
	say(r, "/patch/connect", "ss", "o2", "e2");
	say(r, "/note", "siid", "o2", 69, 100, 0.25);
	say(r, "/patch/commit", "");
	expect_silence(r);
	assert_true(knob(r, "e2", "gate") == 1);
	assert_int_equal(r->record[r->out.count - 1].type, US_REC_SET); /* its end, behind the commit */
	assert_true(r->record[r->out.count - 1].at != US_NOW);
	go_to(r, r->block + 400);
	assert_true(knob(r, "e2", "gate") == 0);
}

/* And undone with it. */
static void a_pattern_of_what_sounds_may_change_within_a_batch(void **state)
{
	struct rig *r = *state;
	struct us_engine *model = us_commander_model(r->commander);
	say(r, "/patch/create", "ss", "tune", "pattern");
	say(r, "/pattern", "sss", "tune", "c4", "now");
	forget(r);
	say(r, "/patch/begin", "");
	say(r, "/mod/sine/freq", "d", 300.0);
	say(r, "/pattern", "sss", "tune", "c4 e4", "now");
	say(r, "/patch/commit", "");
	expect_silence(r);
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "tune"))), "c4 e4");
	assert_true(knob(r, "sine", "freq") == 300);
	forget(r);
	say(r, "/patch/begin", "");
	say(r, "/pattern", "sss", "tune", "g4", "now");
	say(r, "/mod/nobody/freq", "d", 300.0);
	say(r, "/patch/commit", "");
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "tune"))), "c4 e4");
	forget(r);
	say(r, "/undo", "");
	assert_string_equal(us_pattern_text(us_engine_next_pattern(model, find(r, "tune"))), "c4");
	assert_true(knob(r, "sine", "freq") == US_C4_HZ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    on_patch(a_new_instance_and_its_name_appear_together),
	    on_patch(a_bad_name_is_refused),
	    on_patch(no_voices_and_too_many_are_refused),
	    on_patch(what_does_not_fit_the_arena_is_refused_with_the_sizes),
	    on_patch(cables_are_made_changed_and_taken_away),
	    on_patch(lists_name_everything_and_end_with_the_count),
	    on_patch(edits_since_begin_take_effect_together_at_commit),
	    on_patch(one_bad_edit_undoes_the_whole_batch),
	    on_patch(questions_are_answered_within_a_batch),
	    on_patch(batches_of_two_senders_do_not_mix),
	    on_patch(a_batch_without_a_word_for_ten_seconds_is_dropped),
	    on_patch(no_more_than_eight_batches_are_open),
	    on_patch(strangers_leave_batches_to_the_owner),
	    on_patch(a_batch_has_a_bounded_size),
	    on_patch(a_note_in_a_batch_sounds_with_what_the_batch_made),
	    on_patch(a_pattern_of_what_sounds_may_change_within_a_batch),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
