/* test_eval.c — promises of /eval: a line of the patch language over OSC does what its commands would do, at one block
 * or not at all, and only for senders on this machine. With control's own route, on a commander. */
#include "command_rig.h"

#include "control/control.h"

#include <arpa/inet.h>

static struct us_control control;

static void come_from(const char *address)
{
	static union us_source source;
	memset(&source, 0, sizeof source);
	if (inet_pton(AF_INET, address, &source.in.sin_addr) == 1)
		source.in.sin_family = AF_INET;
	else if (inet_pton(AF_INET6, address, &source.in6.sin6_addr) == 1)
		source.in6.sin6_family = AF_INET6;
	else
		fail_msg("%s is no address", address);
	us_control_meet(&control, &source);
	sender = control.from;
}

static int with_eval(void **state)
{
	struct us_err err = {""};
	struct rig *r = *state = calloc(1, sizeof *r);
	const struct us_commander_config config = {
	    .rate = 48000, .library = library, .routes = us_control_routes, .host = &control};
	if (us_commander_open(&r->commander, &config, &err))
		fail_msg("%s", err.text);
	r->out = (struct us_outbox){.record = r->record, .room = US_OUTBOX_RECORDS};
	go_to(r, 1000);
	come_from("127.0.0.1");
	return 0;
}

static void eval(struct rig *r, const char *line)
{
	say(r, "/eval", "s", line);
}

static void a_line_does_what_its_commands_would_do(void **state)
{
	struct rig *r = *state;
	eval(r, "osc = sine freq=220");
	eval(r, "out = out\nosc -> out");
	eval(r, "osc.freq +1oct   # and a comment");
	expect_silence(r);
	assert_true(knob(r, "osc", "freq") == 440);
	eval(r, "osc.freq");
	assert_string_equal(r->answer[0], "/mod/osc/freq 440");
	forget(r);
	eval(r, "");
	expect_silence(r);
	assert_int_equal(r->out.count, 0);
}

static void several_edits_are_one_step_or_none(void **state)
{
	struct rig *r = *state;
	eval(r, "a = sine freq=100");
	go_to(r, r->block + 800);
	forget(r);
	eval(r, "b = sine\na.freq 300\nb -> a.pitch");
	expect_silence(r);
	assert_int_equal(r->record[r->out.count - 1].type, US_REC_COMMIT);
	go_to(r, r->block + 800);
	eval(r, "undo");
	assert_true(knob(r, "a", "freq") == 100);
	assert_int_equal(find(r, "b"), US_NOBODY);
	forget(r);
	eval(r, "a.freq 500\nnone.freq 2\na.freq 600");
	expect_answer(r, "/error /mod/none/freq", "there is no instance 'none'");
	expect_answer(r, "/error /eval", "nothing is changed, because 1 of 3");
	assert_true(knob(r, "a", "freq") == 100);
	assert_int_equal(r->out.count, 0);
}

static void a_slip_is_answered_with_its_column_and_nothing_is_done(void **state)
{
	struct rig *r = *state;
	eval(r, "a = sine\na.freq 300\nb = sinus");
	expect_refusal(r, "/eval", "column 5: there is no module 'sinus'");
	eval(r, "include \"x.us\"");
	expect_refusal(r, "/eval", "no file can be included here");
	say(r, "/eval", "");
	expect_refusal(r, "/eval", "right would be: /eval \"line\"");
	say(r, "/eval", "i", 5);
	expect_refusal(r, "/eval", "must be a name");
	assert_int_equal(find(r, "a"), US_NOBODY);
}

static void a_batch_of_the_sender_collects_its_lines(void **state)
{
	struct rig *r = *state;
	say(r, "/patch/begin", "");
	eval(r, "a = sine freq=100");
	eval(r, "b = sine freq=200");
	assert_int_equal(find(r, "a"), US_NOBODY);
	eval(r, "commit");
	expect_silence(r);
	assert_true(knob(r, "a", "freq") == 100);
	assert_true(knob(r, "b", "freq") == 200);
}

static void only_this_machine_is_listened_to(void **state)
{
	static const char *const here[] = {"127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"},
				 *const elsewhere[] = {"192.0.2.1",   "10.0.0.1",         "128.0.0.1",
	                                               "2001:db8::1", "::ffff:192.0.2.1", "0.0.0.0"};
	struct rig *r = *state;
	for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
		come_from(elsewhere[i]);
		eval(r, "a = sine");
		expect_refusal(r, "/eval", "from this machine only");
	}
	for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
		come_from(here[i]);
		forget(r);
		eval(r, i ? "a.freq 440" : "a = sine");
		expect_silence(r);
		assert_true(r->out.count > 0);
	}
}

/* What somebody with fewer rights has put into a batch does not get those of who commits it. */
static void a_batch_may_do_what_all_who_gave_to_it_may(void **state)
{
	struct rig *r = *state;
	come_from("127.0.0.1");
	eval(r, "a = fault");
	say(r, "/patch/begin", "");
	say(r, "/mod/a/do", "d", 0.0);
	come_from("192.0.2.1");
	say(r, "/mod/a/do", "d", 0.0);
	say(r, "/fault/module", "ss", "a", "segv"); /* is not even collected */
	expect_answer(r, "/error /fault/module", "from this machine only");
	forget(r);
	come_from("127.0.0.1");
	say(r, "/fault/module", "ss", "a", "segv");
	say(r, "/patch/commit", "");
	expect_answer(r, "/error /fault/module", "from this machine only");
	forget(r);
	say(r, "/fault/module", "ss", "a", "segv");
	expect_refusal(r, "/fault/module", "--chaos");
}

static void a_time_tag_holds_for_what_the_line_says(void **state)
{
	struct rig *r = *state;
	eval(r, "a = sine");
	forget(r);
	const uint64_t at = r->block * US_BLOCK + 4800;
	say_at(r, at, "/eval", "s", "a.freq 330");
	expect_silence(r);
	assert_true(r->out.count == 1 && r->record[0].at == at);
	forget(r);
	say_at(r, at, "/eval", "s", "b = sine");
	expect_refusal(r, "/patch/create", "cannot be scheduled");
}

int main(void)
{
#define with(test) cmocka_unit_test_setup_teardown(test, with_eval, tear_down)
	const struct CMUnitTest tests[] = {
	    with(a_line_does_what_its_commands_would_do),
	    with(several_edits_are_one_step_or_none),
	    with(a_slip_is_answered_with_its_column_and_nothing_is_done),
	    with(a_batch_of_the_sender_collects_its_lines),
	    with(only_this_machine_is_listened_to),
	    with(a_batch_may_do_what_all_who_gave_to_it_may),
	    with(a_time_tag_holds_for_what_the_line_says),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
