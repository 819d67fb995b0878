/* test_command_senders.c — promises about senders: patterns, bombs, back-pressure; and that records alone make the
 * state. */
#include "command_rig.h"

static void a_pattern_reaches_every_input_that_matches(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/create", "ss", "sine2", "sine");
	forget(r);
	say(r, "/mod/sine*/freq", "d", 333.0);
	assert_true(knob(r, "sine", "freq") == 333 && knob(r, "sine2", "freq") == 333);
	assert_int_equal(r->out.count, 2);
	say(r, "//freq", "d", 444.0);
	assert_true(knob(r, "sine", "freq") == 444 && knob(r, "sine2", "freq") == 444);
	say(r, "/gate/*", "i", 1);
	assert_true(knob(r, "adsr", "gate") == 1);
	say(r, "/mod/{sine,sine2}/fre[pq]", "");
	expect_answer(r, "/mod/sine/freq", "444");
	expect_answer(r, "/mod/sine2/freq", "444");
	forget(r);
	say(r, "/mod/x*/freq", "d", 1.0);
	expect_refusal(r, "/mod/x*/freq", "matches no");
	say(r, "/mod/[/freq", "d", 1.0);
	expect_refusal(r, "/mod/[/freq", "without its ]");
}

static void a_star_does_not_clear_a_patch(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/*", "");
	say(r, "/*/clear", "");
	say(r, "//", "");
	assert_true(find(r, "sine") != US_NOBODY);
}

static void a_pattern_bomb_over_a_big_patch_is_refused(void **state)
{
	struct rig *r = *state;
	char name[64], bomb[US_ADDRESS_BYTES] = "/mod/";
	memset(name, 'a', sizeof name);
	for (int i = 0; i < 500; i++) {
		snprintf(name + 34, sizeof name - 34, "%03d", i);
		say(r, "/patch/create", "ss", name, "sine");
		forget(r);
	}
	while (strlen(bomb) < 240)
		strcat(bomb, "*a");
	strcat(bomb, "b/freq");
	say(r, bomb, "d", 1.0);
	assert_int_equal(r->answers, 1);
	expect_refusal(r, "/mod/", "pattern");
	/* Everything at once, most of it out of range: a few words, not a thousand. */
	say(r, "/mod/*/freq", "d", -5.0);
	assert_true(r->answers > 0 && r->answers < 20);
}

static void what_we_say_ourselves_is_never_answered(void **state)
{
	struct rig *r = *state;
	say(r, "/error", "ss", "/x", "y");
	say(r, "/pong", "i", 1);
	say(r, "/synced", "i", 1);
	say(r, "/late", "sd", "/x", 1.0);
	assert_int_equal(r->answers, 0);
}

static void an_answer_holds_no_control_characters(void **state)
{
	struct rig *r = *state;
	say(r, "/\x1b[2J\x07/\xff", "");
	say(r, "/mod/sine/freq", "s", "\x1b[2J\x07");
	say(r, "/patch/create", "ss", "\x1b[2J", "\x1b[2J");
	say(r, "/patch/create", "ss", "fine", "\x1b[2J");
	say(r, "/patch/connect", "ss", "\x1b[2J", "sine.\x1b[2J");
	assert_int_equal(r->answers, 5);
	for (uint32_t i = 0; i < r->answers; i++)
		for (const char *p = r->answer[i]; *p; p++)
			assert_true(*p >= ' ' && *p < 127);
	say(r, "no slash", "");
	expect_answer(r, "/error", "slash");
}

static void a_full_journal_is_said_and_changes_nothing(void **state)
{
	struct rig *r = *state;
	float before = knob(r, "sine", "freq");
	r->out.room = 0;
	say(r, "/mod/sine/freq", "d", 77.0);
	expect_refusal(r, "/mod/sine/freq", "busy");
	assert_true(knob(r, "sine", "freq") == before);
	r->out.room = 17;
	say(r, "/patch/begin", "");
	for (int i = 0; i < 10; i++) {
		char name[16];
		snprintf(name, sizeof name, "n%d", i);
		say(r, "/patch/create", "ss", name, "sine");
	}
	say(r, "/patch/commit", "");
	expect_answer(r, "/error", "busy");
	expect_refusal(r, "/patch/commit", "nothing is changed");
	assert_int_equal(find(r, "n0"), US_NOBODY);
}

static void a_patch_of_any_size_fits_one_commit(void **state)
{
	struct rig *r = *state;
	char name[16];
	say(r, "/patch/begin", "");
	for (int i = 0; i < 800; i++) {
		snprintf(name, sizeof name, "n%d", i);
		say(r, "/patch/create", "ss", name, "gain");
		say(r, "/patch/connect", "ss", name, "out");
	}
	say(r, "/patch/commit", "");
	expect_silence(r);
	assert_true(find(r, "n799") != US_NOBODY);
	say(r, "/patch/clear", "");
	expect_silence(r);
	assert_int_equal(find(r, "n0"), US_NOBODY);
}

static void faults_need_a_session_that_allows_them(void **state)
{
	struct rig *r = *state;
	say(r, "/fault/module", "ss", "sine", "segv");
	expect_refusal(r, "/fault/module", "--chaos");
	struct rig *chaos = open_rig(true);
	say(chaos, "/patch/create", "ss", "bomb", "fault");
	say(chaos, "/fault/module", "ss", "bomb", "segv");
	expect_silence(chaos);
	assert_true(knob(chaos, "bomb", "do") > 0);
	void *done = chaos;
	tear_down(&done);
}

static void ping_is_answered_with_its_id_and_the_frame(void **state)
{
	struct rig *r = *state;
	say(r, "/ping", "i", 42);
	assert_string_equal(r->answer[0], "/pong 42 64000 1");
	say(r, "/ping", "s", "me");
	assert_string_equal(r->answer[1], "/pong me 64000 1");
	say(r, "/ping", "");
	assert_string_equal(r->answer[2], "/pong 64000 1");
	say(r, "/time", "");
	assert_string_equal(r->answer[3], "/time 64000 48000 2.66666667 120");
}

/* Any of the things that people do, with names that may or may not exist. */
static void do_something(struct rig *r, unsigned *seed)
{
	static const char *const module[] = {"sine", "adsr", "filter", "gain", "mixer", "vca", "out"};
	char a[16], b[16];
	snprintf(a, sizeof a, "n%d", rand_r(seed) % 12);
	snprintf(b, sizeof b, "n%d", rand_r(seed) % 12);
	switch (rand_r(seed) % 16) {
	case 0:
	case 1:
	case 2:
		say(r, "/patch/create", "ss", a, module[rand_r(seed) % 7]);
		break;
	case 3:
		say(r, "/patch/delete", "s", a);
		break;
	case 4:
	case 5:
	case 6:
		say(r, "/patch/connect", "ssd", a, b, (double)(rand_r(seed) % 9) - 4);
		break;
	case 7:
		say(r, "/patch/disconnect", "ss", a, b);
		break;
	case 8:
		say(r, "/note", "sidd", a, rand_r(seed) % 128, 90.0, 0.3);
		break;
	case 9:
		say(r, "//freq", "d", (double)(rand_r(seed) % 5000));
		break;
	case 10:
		say(r, "/patch/begin", "");
		break;
	case 11:
	case 12:
	case 13:
		say(r, "/patch/commit", "");
		break;
	case 14:
		say(r, "/test", "");
		break;
	default:
		say_at(r, r->block * US_BLOCK + (unsigned)rand_r(seed) % 48000, "/engine/gain", "d", 0.5);
		break;
	}
}

static void expect_equal(const struct us_engine *a, const struct us_engine *b)
{
	struct us_instance_view v, w;
	struct us_cable_view c, d;
	assert_true(us_engine_gain(a) == us_engine_gain(b));
	for (uint16_t i = 0; i < US_INDICES; i++) {
		bool there = us_engine_instance(a, i, &v);
		assert_true(there == us_engine_instance(b, i, &w));
		if (there)
			assert_string_equal(v.name, w.name);
		for (uint16_t k = 0; there && k < us_module_input_count(v.module); k++)
			assert_true(us_engine_knob(a, i, k) == us_engine_knob(b, i, k));
	}
	for (uint32_t n = 0; us_engine_cable(a, n, &c); n++)
		assert_true(us_engine_cable(b, n, &d) && c.source == d.source && c.instance == d.instance &&
		            c.input == d.input && c.output == d.output && c.amount == d.amount);
}

/* Whatever is said: an engine that gets the records, and nothing else, refuses none of them and ends up the same. */
static void records_alone_make_the_same_state(void **state)
{
	struct rig *r = *state;
	struct us_engine *worker;
	struct us_err err = {""};
	const struct us_engine_config config = {.rate = 48000};
	unsigned seed = 7;
	assert_int_equal(us_engine_open(&worker, &config, library, &err), US_OK);
	us_engine_skip_to(worker, r->block);
	for (int i = 0; i < 4000; i++) {
		do_something(r, &seed);
		for (uint32_t k = 0; k < r->out.count; k++)
			if (us_engine_apply(worker, &r->record[k], &err))
				fail_msg("a worker refuses what the model took: %s", err.text);
		forget(r);
		if (i % 8)
			continue;
		go_to(r, r->block + 1);
		us_engine_skip_to(worker, r->block);
	}
	struct us_engine_counts counts;
	us_engine_counts(worker, &counts);
	assert_true(counts.instances > 2 && counts.cables > 2);
	expect_equal(worker, us_commander_model(r->commander));
	us_engine_close(worker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    on_patch(a_pattern_reaches_every_input_that_matches),
	    on_patch(a_star_does_not_clear_a_patch),
	    on_patch(a_pattern_bomb_over_a_big_patch_is_refused),
	    on_patch(what_we_say_ourselves_is_never_answered),
	    on_patch(an_answer_holds_no_control_characters),
	    on_patch(a_full_journal_is_said_and_changes_nothing),
	    on_patch(a_patch_of_any_size_fits_one_commit),
	    on_patch(faults_need_a_session_that_allows_them),
	    on_patch(ping_is_answered_with_its_id_and_the_frame),
	    cmocka_unit_test_setup_teardown(records_alone_make_the_same_state, empty, tear_down),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
