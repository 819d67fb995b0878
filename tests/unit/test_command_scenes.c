/* test_command_scenes.c — promises of /scene/…: what was saved comes back, all of it at one frame, over a time if
 * asked; one step of /undo takes it back, before it has come and after; nothing is lost that control could lose. */
#include "command_rig.h"

#include <understudy/limiter.h>
#include <understudy/pattern.h>

enum { BEAT = 24000 }; /* frames, at 120 beats per minute */

static void answer_of(struct rig *r, const char *wanted)
{
	if (!r->answers || strcmp(r->answer[r->answers - 1], wanted))
		fail_msg("'%s', not '%s'", r->answers ? r->answer[r->answers - 1] : "nothing", wanted);
	forget(r);
}

static const char *pattern_of(struct rig *r, const char *name)
{
	return us_pattern_text(us_engine_pattern(us_commander_model(r->commander), find(r, name)));
}

/* Left is what the pattern says, right a knob. */
static struct rig *open_set(void)
{
	struct rig *r = open_rig_at(false, 0);
	say(r, "/patch/begin", "");
	say(r, "/patch/create", "ss", "out", "out");
	say(r, "/patch/create", "ss", "steps", "pattern");
	say(r, "/patch/create", "ss", "level", "constant");
	say(r, "/patch/create", "ss", "env", "adsr");
	say(r, "/mod/steps/cycle", "d", 0.5);
	say(r, "/mod/level/a", "d", 0.25);
	say(r, "/pattern", "sss", "steps", "<1 2 3>", "now");
	say(r, "/patch/connect", "ssd", "steps.value", "out.left", 0.01);
	say(r, "/patch/connect", "ss", "level.a", "out.right");
	say(r, "/patch/commit", "");
	if (r->answers)
		fail_msg("%s", r->answer[0]);
	return r;
}

static int set_up(void **state)
{
	*state = open_set();
	return 0;
}
#define on_set(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void save_verse_and_move_on(struct rig *r)
{
	say(r, "/scene/save", "s", "verse");
	say(r, "/pattern", "sss", "steps", "<7 8 9>", "now");
	say(r, "/mod/level/a", "d", 0.75);
	say(r, "/mod/level/b", "s", "2");
	go_to(r, BEAT / US_BLOCK - LOOKAHEAD); /* what is said now is carried out at beat 1 */
	forget(r);
}

static void all_of_it_comes_at_one_frame(void **state)
{
	static const struct {
		const char *when;
		uint64_t begins; /* told at beat 1 */
	} cases[] = {{"bar", 4 * BEAT}, {"beat", 2 * BEAT}, {"now", BEAT + 2 * US_BLOCK}};
	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		struct rig *r = open_set();
		struct us_engine *e;
		float sound[US_BLOCK * US_CHANNELS];
		uint64_t left = 0, right = 0;
		save_verse_and_move_on(r);
		r->out.count = 0;
		assert_int_equal(
		    us_engine_open(&e, &(struct us_engine_config){.rate = 48000, .master = true}, library, NULL),
		    US_OK);
		const struct us_engine *model = us_commander_model(r->commander);
		void *bytes = malloc(us_engine_save_max(model));
		assert_int_equal(us_engine_load(e, bytes, us_engine_save(model, bytes), NULL), US_OK);
		free(bytes);
		say(r, "/scene/recall", "ss", "verse", cases[k].when);
		expect_answer(r, "/scene/recalled verse 2 1 ", "");
		for (uint32_t i = 0; i < r->out.count; i++)
			assert_int_equal(us_engine_apply(e, &r->record[i], NULL), US_OK);
		while (us_engine_block(e) * US_BLOCK < 5 * BEAT) {
			const uint64_t first = us_engine_block(e) * US_BLOCK - US_LIMITER_FRAMES; /* of what is heard */
			us_engine_render(e, sound);
			for (uint64_t i = 0; i < US_BLOCK; i++) {
				const float value = sound[i * US_CHANNELS] * 100, level = sound[i * US_CHANNELS + 1];
				const bool young = value > 6.5f;
				if (first + i > BEAT + 480 && !left && !young)
					left = first + i;
				if (first + i > BEAT + 480 && !right && fabsf(level - 0.75f) > 1e-4f)
					right = first + i;
			}
		}
		if (strcmp(cases[k].when, "now")) { /* the new pattern's first step falls on the beat */
			assert_int_equal(left, cases[k].begins);
			assert_in_range(right, cases[k].begins, cases[k].begins + 1);
		} else {
			assert_in_range(left, cases[k].begins, cases[k].begins + BEAT / 2);
			assert_in_range(right, BEAT, cases[k].begins + 480);
		}
		us_engine_close(e);
		us_commander_close(r->commander);
		free(r);
	}
}

static void only_what_differs_is_said_and_gates_are_played_not_kept(void **state)
{
	struct rig *r = *state;
	say(r, "/gate/env", "i", 1);
	save_verse_and_move_on(r);
	say(r, "/gate/env", "i", 0);
	forget(r);
	say(r, "/scene/recall", "ss", "verse", "now");
	for (uint32_t i = 0; i < r->out.count; i++) {
		assert_true(r->record[i].type == US_REC_SET || r->record[i].type == US_REC_PATTERN);
		assert_true(r->record[i].instance != find(r, "env"));
	}
	go_to(r, r->block + 100);
	forget(r);
	assert_string_equal(pattern_of(r, "steps"), "<1 2 3>");
	assert_true(knob(r, "level", "a") == 0.25f && knob(r, "level", "b") == 0);
	say(r, "/scene/recall", "ss", "verse", "now");
	expect_answer(r, "/scene/recalled verse 0 0 ", "");
	assert_int_equal(r->out.count, 0);
	say(r, "/mod/steps/run", "i", 0); /* whether it runs belongs to the scene */
	forget(r);
	say(r, "/scene/recall", "ss", "verse", "now");
	assert_int_equal(r->out.count, 1);
}

static void knobs_may_take_their_time_but_steps_do_not(void **state)
{
	struct rig *r = *state;
	say(r, "/mod/steps/scale", "s", "dorian");
	save_verse_and_move_on(r);
	say(r, "/mod/steps/scale", "s", "major");
	forget(r);
	say(r, "/scene/recall", "sss", "verse", "bar", "2 bars");
	uint32_t knobs = 0;
	for (uint32_t i = 0; i < r->out.count; i++)
		if (r->record[i].type == US_REC_SET) {
			assert_true(r->record[i].at == 4 * BEAT);
			const bool slow = r->record[i].instance == find(r, "level");
			assert_int_equal(r->record[i].set.ramp_frames, slow ? 8 * BEAT : 0);
			knobs++;
		}
	assert_int_equal(knobs, 3);
	forget(r);
	say(r, "/scene/recall", "ssd", "verse", "beat", 0.5);
	assert_true(r->out.count > 0);
	for (uint32_t i = 0; i < r->out.count; i++) /* something is on its way: all of it is said */
		if (r->record[i].type == US_REC_SET && r->record[i].instance == find(r, "level"))
			assert_int_equal(r->record[i].set.ramp_frames, 24000);
}

static void is_as_before(struct rig *r)
{
	assert_string_equal(pattern_of(r, "steps"), "<7 8 9>");
	assert_true(knob(r, "level", "a") == 0.75f && knob(r, "level", "b") == 2);
}

static void is_the_verse(struct rig *r)
{
	assert_string_equal(pattern_of(r, "steps"), "<1 2 3>");
	assert_true(knob(r, "level", "a") == 0.25f && knob(r, "level", "b") == 0);
}

static void undo_takes_it_back_after_it_has_come(void **state)
{
	struct rig *r = *state;
	save_verse_and_move_on(r);
	say(r, "/scene/recall", "ss", "verse", "bar");
	is_as_before(r);
	go_to(r, 5 * BEAT / US_BLOCK);
	is_the_verse(r);
	say(r, "/undo", "");
	go_to(r, r->block + 1000); /* at the next cycle */
	is_as_before(r);
	say(r, "/redo", "");
	go_to(r, r->block + 1000);
	is_the_verse(r);
	say(r, "/undo", "");
	go_to(r, r->block + 1000);
	is_as_before(r);
}

static void undo_takes_it_back_before_it_has_come(void **state)
{
	struct rig *r = *state;
	save_verse_and_move_on(r);
	say(r, "/scene/recall", "ss", "verse", "bar");
	forget(r);
	say(r, "/undo", "");
	expect_answer(r, "/undone", "");
	go_to(r, 5 * BEAT / US_BLOCK);
	is_as_before(r);
	forget(r);
	say(r, "/redo", "");
	expect_answer(r, "/error /redo", "nothing to do again");
}

static void what_is_gone_is_left_out_and_said(void **state)
{
	struct rig *r = *state;
	save_verse_and_move_on(r);
	say(r, "/patch/delete", "s", "steps");
	forget(r);
	say(r, "/scene/recall", "ss", "verse", "now");
	expect_answer(r, "/warning /scene/recall", "left out: there is no steps.play any more");
	expect_answer(r, "/scene/recalled verse 2 0 ", "");
	say(r, "/patch/create", "ss", "steps", "pattern");
	go_to(r, r->block + 100);
	forget(r);
	say(r, "/scene/recall", "ss", "verse", "now"); /* it was made anew, and has its place */
	expect_answer(r, "/scene/recalled verse 1", " 1 ");
	assert_string_equal(pattern_of(r, "steps"), "<1 2 3>");
}

static void a_scene_may_be_written_by_hand(void **state)
{
	struct rig *r = *state;
	say(r, "/scene/set", "sss", "drop", "steps.play", "1*8");
	say(r, "/scene/set", "sss", "drop", "level.a", "0.5");
	say(r, "/scene/set", "ssd", "drop", "level.a", 0.125);
	say(r, "/scene/set", "sss", "drop", "tempo", "140");
	say(r, "/scene/set", "sss", "drop", "later.cutoff", "3khz");
	expect_silence(r);
	say(r, "/scene/list", "");
	expect_answer(r, "/scene/list drop", " 4");
	answer_of(r, "/scene/list 1");
	say(r, "/scene/recall", "ss", "drop", "now");
	expect_answer(r, "/scene/recalled drop 2 1 ", "");
	go_to(r, r->block + 100);
	assert_true(knob(r, "level", "a") == 0.125f);
	assert_true(us_engine_tempo(us_commander_model(r->commander)) == 140);
	forget(r);
	say(r, "/scene/delete", "ss", "drop", "tempo");
	say(r, "/scene/list", "");
	expect_answer(r, "/scene/list drop", " 3");
	say(r, "/scene/delete", "s", "drop");
	say(r, "/scene/list", "");
	answer_of(r, "/scene/list 0");
	say(r, "/undo", "");
	say(r, "/scene/list", "");
	expect_answer(r, "/scene/list drop", " 3");
}

static void what_is_wrong_is_said_and_changes_nothing(void **state)
{
	struct rig *r = *state;
	forget(r);
	say(r, "/scene/recall", "s", "verse");
	expect_refusal(r, "/scene/recall", "there is no scene 'verse'; /scene/save verse keeps");
	say(r, "/scene/save", "s", "list");
	expect_refusal(r, "/scene/save", "no name for a scene");
	say(r, "/scene/save", "s", "two words");
	expect_refusal(r, "/scene/save", "no name for a scene");
	say(r, "/scene/save", "ss", "verse", "stepz");
	expect_refusal(r, "/scene/save", "did you mean 'steps'");
	say(r, "/scene/set", "sss", "verse", "steps.play", "bd [sn");
	expect_refusal(r, "/scene/set", "column 7: a bracket is not closed");
	say(r, "/scene/set", "sss", "verse", "level.play", "bd");
	expect_refusal(r, "/scene/set", "plays no patterns");
	say(r, "/scene/set", "sss", "verse", "level.z", "1");
	expect_refusal(r, "/scene/set", "z");
	say(r, "/scene/set", "sss", "verse", "level.a", "5parsecs");
	expect_refusal(r, "/scene/set", "5parsecs");
	say(r, "/scene/set", "sss", "verse", "volume", "1");
	expect_refusal(r, "/scene/set", "is no place");
	say(r, "/scene/list", "");
	answer_of(r, "/scene/list 0");
	say(r, "/scene/save", "s", "verse");
	forget(r);
	say(r, "/scene/recall", "s", "vers");
	expect_refusal(r, "/scene/recall", "did you mean 'verse'");
	say(r, "/scene/recall", "ss", "verse", "later");
	expect_refusal(r, "/scene/recall", "right are now, beat and bar");
	say(r, "/scene/recall", "sss", "verse", "bar", "some bars");
	expect_refusal(r, "/scene/recall", "no length");
	say(r, "/scene/delete", "ss", "verse", "tempo");
	expect_refusal(r, "/scene/delete", "nothing in the scene 'verse' is said about tempo");
	say(r, "/tempo", "d", 3.0);
	go_to(r, 64);
	forget(r);
	say(r, "/scene/recall", "ss", "verse", "bar");
	expect_refusal(r, "/scene/recall", "more than 60 s ahead");
}

static void there_is_an_end_to_the_room(void **state)
{
	struct rig *r = *state;
	char name[16];
	int saved = 0;
	for (int i = 0; i < 16; i++) {
		snprintf(name, sizeof name, "c%d", i);
		say(r, "/patch/create", "ss", name, "vocoder");
	}
	forget(r);
	for (; saved < 400 && !r->answers;
	     saved += !strncmp(r->answer[0], "/scene/saved", 12), r->answers = !strncmp(r->answer[0], "/error", 6)) {
		snprintf(name, sizeof name, "s%d", saved);
		say(r, "/scene/save", "s", name);
	}
	assert_in_range(saved, 5, 399);
	expect_answer(r, "/error /scene/save", "have room for 65535 letters; delete one");
	forget(r);
	say(r, "/scene/list", "");
	assert_int_equal(r->answers, (uint32_t)saved + 1); /* what was there is there */
}

static void a_patch_brings_its_scenes_or_none_of_it(void **state)
{
	struct rig *r = *state;
	save_verse_and_move_on(r);
	say(r, "/patch/begin", "");
	say(r, "/patch/clear", "");
	say(r, "/scene/set", "sss", "other", "tempo", "100");
	say(r, "/patch/create", "ss", "x", "no_such_module");
	say(r, "/patch/commit", "");
	forget(r);
	say(r, "/scene/list", "");
	expect_answer(r, "/scene/list verse", "");
	answer_of(r, "/scene/list 1");
	say(r, "/patch/begin", "");
	say(r, "/patch/clear", "");
	say(r, "/scene/set", "sss", "other", "tempo", "100");
	say(r, "/patch/create", "ss", "x", "sine");
	say(r, "/patch/commit", "");
	expect_silence(r);
	say(r, "/scene/list", "");
	expect_answer(r, "/scene/list other", " 1");
	answer_of(r, "/scene/list 1");
	forget(r);
	say(r, "/undo", "");
	expect_answer(r, "/error /undo", "nothing to take back"); /* a loaded patch is where undo stops */
}

static void a_clear_takes_its_scenes_and_undo_brings_them_back(void **state)
{
	struct rig *r = *state;
	save_verse_and_move_on(r);
	say(r, "/patch/clear", "");
	forget(r);
	say(r, "/scene/list", "");
	answer_of(r, "/scene/list 0");
	say(r, "/undo", "");
	forget(r);
	say(r, "/scene/list", "");
	expect_answer(r, "/scene/list verse", "");
	say(r, "/patch/text", "");
	expect_answer(r, "/patch/text", "scene verse");
	expect_answer(r, "/patch/text", "steps.play=\"<1 2 3>\"");
}

/* In one breath with other edits: what it brings follows their commit, and undo takes back all of it. */
static void a_scene_may_be_recalled_within_a_batch(void **state)
{
	struct rig *r = *state;
	save_verse_and_move_on(r);
	say(r, "/patch/begin", "");
	say(r, "/patch/create", "ss", "more", "sine");
	say(r, "/scene/recall", "ss", "verse", "now");
	say(r, "/patch/commit", "");
	expect_answer(r, "/scene/recalled verse 2 1", "");
	bool committed = false;
	for (uint32_t i = 0; i < r->out.count; i++) {
		committed |= r->record[i].type == US_REC_COMMIT;
		assert_true(committed == (r->record[i].type == US_REC_COMMIT || !(r->record[i].flags & US_STAGED)));
	}
	go_to(r, r->block + 1000);
	is_the_verse(r);
	say(r, "/undo", "");
	go_to(r, r->block + 1000);
	is_as_before(r);
	assert_int_equal(find(r, "more"), US_NOBODY);
}

/* Control dies between two words; its successor has the same memory. */
/* Only what differs from the modules' own values is written down; what was not touched then comes back all the same. */
static void save_keeps_what_was_touched(void **state)
{
	struct rig *r = *state;
	forget(r);
	say(r, "/scene/save", "s", "verse");
	answer_of(r, "/scene/saved verse 3");
	say(r, "/mod/env/attack", "d", 700.0);
	say(r, "/mod/steps/swing", "d", 0.4);
	say(r, "/scene/save", "ss", "slow", "env");
	answer_of(r, "/scene/saved slow 1");
	say(r, "/scene/recall", "ss", "verse", "now");
	go_to(r, 500);
	assert_true(knob(r, "env", "attack") == 10);
	assert_true(knob(r, "steps", "swing") == 0);
	say(r, "/scene/recall", "ss", "slow", "now");
	go_to(r, 1000);
	assert_true(knob(r, "env", "attack") == 700);
	assert_true(knob(r, "steps", "swing") == 0); /* it is not about steps */
	forget(r);
	say(r, "/scene/set", "sss", "slow", "level", "default");
	say(r, "/scene/set", "sss", "slow", "no/name", "default");
	answer_of(r, "/error /scene/set 'no/name' is no name of an instance");
}

static void the_next_commander_has_them(void **state)
{
	(void)state;
	static struct us_scenes scenes;
	struct us_err err;
	for (int life = 0; life < 2; life++) {
		struct rig *r = calloc(1, sizeof *r);
		const struct us_commander_config config = {.rate = 48000, .library = library, .scenes = &scenes};
		assert_int_equal(us_commander_open(&r->commander, &config, &err), US_OK);
		r->out = (struct us_outbox){.record = r->record, .room = US_OUTBOX_RECORDS};
		if (!life)
			say(r, "/scene/set", "sss", "verse", "tempo", "100");
		say(r, "/scene/recall", "ss", "verse", "now");
		expect_answer(r, "/scene/recalled verse 1 0", "");
		us_commander_close(r->commander);
		free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_of_it_comes_at_one_frame),
	    on_set(only_what_differs_is_said_and_gates_are_played_not_kept),
	    on_set(knobs_may_take_their_time_but_steps_do_not),
	    on_set(undo_takes_it_back_after_it_has_come),
	    on_set(undo_takes_it_back_before_it_has_come),
	    on_set(what_is_gone_is_left_out_and_said),
	    on_set(a_scene_may_be_written_by_hand),
	    on_set(what_is_wrong_is_said_and_changes_nothing),
	    on_set(there_is_an_end_to_the_room),
	    on_set(a_patch_brings_its_scenes_or_none_of_it),
	    on_set(a_clear_takes_its_scenes_and_undo_brings_them_back),
	    on_set(a_scene_may_be_recalled_within_a_batch),
	    on_set(save_keeps_what_was_touched),
	    cmocka_unit_test(the_next_commander_has_them),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
