/* test_command_notes.c — promises of /note, /gate and /test where the patch has keys. */
#include "command_rig.h"

#include <understudy/pitch.h>

/* keys -> saw -> amp -> out, and keys -> amp, as a player has it. */
static void build(struct rig *r, int voices)
{
	say(r, "/patch/create", "ssi", "k", "keys", voices);
	say(r, "/patch/create", "ss", "osc", "saw");
	say(r, "/patch/create", "ss", "amp", "adsr");
	say(r, "/patch/create", "ss", "speaker", "out");
	say(r, "/patch/connect", "ss", "k.pitch", "osc.pitch");
	say(r, "/patch/connect", "ss", "k.gate", "amp.gate");
	say(r, "/patch/connect", "ss", "osc", "amp");
	say(r, "/patch/connect", "ss", "amp", "speaker");
	expect_silence(r);
	r->out.count = 0;
}

static const struct us_record *note(const struct rig *r, uint32_t n)
{
	for (uint32_t i = 0; i < r->out.count; i++)
		if (r->record[i].type == US_REC_NOTE && n-- == 0)
			return &r->record[i];
	return NULL;
}

static void a_note_on_keys_is_one_record_and_turns_no_knob(void **state)
{
	struct rig *r = *state;
	build(r, 16);
	assert_int_equal(view_of(r, "amp").voices, 16);
	say(r, "/note", "ssi", "k", "c4", 127);
	expect_silence(r);
	assert_int_equal(r->out.count, 1);
	assert_true(note(r, 0)->note.key == 60 && note(r, 0)->note.velocity == 1 && note(r, 0)->at == US_NOW);
	say(r, "/note", "sii", "k", 60, 0);
	assert_true(note(r, 1)->note.key == 60 && note(r, 1)->note.velocity == 0 && note(r, 1)->note.id == 0);
	assert_true(knob(r, "amp", "gate") == 0 && knob(r, "osc", "freq") == US_C4_HZ);
}

static void a_note_on_what_keys_feed_goes_to_the_keys(void **state)
{
	struct rig *r = *state;
	static const char *const fed[] = {"osc", "amp", "speaker"};
	build(r, 4);
	for (uint32_t i = 0; i < 3; i++) {
		say(r, "/note", "sii", fed[i], 69, 100);
		assert_true(note(r, i) && note(r, i)->instance == find(r, "k"));
	}
	/* What they do not feed plays as it always did, even if both are heard together. */
	r->out.count = 0;
	say(r, "/patch/connect", "ss", "adsr", "speaker");
	say(r, "/note", "sii", "sine", 57, 100);
	assert_true(!note(r, 0) && fabsf(knob(r, "sine", "freq") - 220) < 0.001f);
}

static void the_end_of_a_note_carries_its_number_and_comes_first(void **state)
{
	struct rig *r = *state;
	build(r, 4);
	for (uint32_t i = 0; i < 2; i++)
		say(r, "/note", "siid", "k", 60, 100, 0.5);
	expect_silence(r);
	const uint64_t start = (r->block + LOOKAHEAD) * US_BLOCK;
	for (uint32_t i = 0; i < 4; i += 2) {
		assert_true(note(r, i)->at == start + 24000 - 1 && note(r, i)->note.velocity == 0);
		assert_true(note(r, i + 1)->at == US_NOW && note(r, i + 1)->note.velocity > 0);
		assert_true(note(r, i)->note.id != 0 && note(r, i)->note.id == note(r, i + 1)->note.id);
	}
	assert_true(note(r, 0)->note.id != note(r, 2)->note.id);
}

static void numbers_of_notes_do_not_return_after_a_restart(void **state)
{
	struct rig *r = *state;
	struct us_commander *before = r->commander;
	build(r, 4);
	go_to(r, r->block + 10);
	for (int i = 0; i < 20; i++)
		say(r, "/note", "siid", "k", 40 + i, 100, 30.0);
	const uint32_t last = note(r, 39)->note.id;
	struct rig *again = open_rig(false);
	assert_true(again->commander != before);
	build(again, 4);
	go_to(again, r->block + 750); /* a second later */
	say(again, "/note", "siid", "k", 60, 100, 30.0);
	assert_true((int32_t)(note(again, 0)->note.id - last) > 0);
	void *other = again;
	tear_down(&other);
}

static void a_gate_of_keys_plays_the_last_pitch(void **state)
{
	struct rig *r = *state;
	build(r, 4);
	say(r, "/note", "sii", "k", 67, 100);
	say(r, "/note", "sii", "k", 67, 0);
	r->out.count = 0;
	say(r, "/gate/k", "i", 1);
	say(r, "/gate/osc", "i", 0);
	expect_silence(r);
	assert_true(note(r, 0)->note.key == 67 && note(r, 0)->note.velocity > 0);
	assert_true(note(r, 1)->note.key == 67 && note(r, 1)->note.velocity == 0);
	say(r, "/gate/amp", "i", 1); /* a gate that is one is meant */
	assert_true(knob(r, "amp", "gate") == 1);
}

static void a_test_plays_one_note_and_not_all_voices_at_once(void **state)
{
	struct rig *r = *state;
	build(r, 16);
	say(r, "/test", "");
	expect_silence(r);
	assert_true(note(r, 0) && note(r, 1) && !note(r, 2));
	assert_true(knob(r, "amp", "gate") == 0 && knob(r, "adsr", "gate") == 1);
}

static void a_note_in_a_batch_sounds_after_its_commit(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/begin", "");
	build(r, 4);
	say(r, "/note", "sii", "k", 60, 100);
	assert_int_equal(r->out.count, 0);
	say(r, "/patch/commit", "");
	expect_silence(r);
	assert_true(r->record[r->out.count - 1].type == US_REC_NOTE);
	assert_true(r->record[r->out.count - 2].type == US_REC_COMMIT);
}

static void what_is_wrong_with_a_note_is_said(void **state)
{
	struct rig *r = *state;
	build(r, 4);
	say(r, "/note", "sid", "k", 60, (double)NAN);
	expect_refusal(r, "/note", "finite");
	forget(r);
	say(r, "/note", "sii", "k", 200, 100); /* brought into range, and said */
	expect_answer(r, "/warning /note", "127");
	assert_true(note(r, 0)->note.key == 127);
	forget(r);
	say(r, "/note", "siid", "k", 60, 100, -1.0);
	expect_refusal(r, "/note", "longer than 0");
	forget(r);
	say(r, "/patch/create", "ssi", "big", "keys", 1025);
	expect_refusal(r, "/patch/create", "1024");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    on_patch(a_note_on_keys_is_one_record_and_turns_no_knob),
	    on_patch(a_note_on_what_keys_feed_goes_to_the_keys),
	    on_patch(the_end_of_a_note_carries_its_number_and_comes_first),
	    on_patch(numbers_of_notes_do_not_return_after_a_restart),
	    on_patch(a_gate_of_keys_plays_the_last_pitch),
	    on_patch(a_test_plays_one_note_and_not_all_voices_at_once),
	    on_patch(a_note_in_a_batch_sounds_after_its_commit),
	    on_patch(what_is_wrong_with_a_note_is_said),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
