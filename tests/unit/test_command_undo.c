/* test_command_undo.c — /undo brings back the text of the patch as it was before the last edit, whatever that was, and
 * /redo what came of it. */
#include "command_rig.h"

#include <understudy/pitch.h>

#include <understudy/pattern.h>

enum { TEXT_BYTES = 1 << 17, STEPS = 60 };

/* All of the patch that a view shows: names, voices, knobs, cables, tempo and gain; not the order. */
static char *portrait(struct rig *r, char *to)
{
	const struct us_engine *e = us_commander_model(r->commander);
	struct us_instance_view v;
	struct us_cable_view c;
	static char lines[4096][160];
	uint32_t count = 0;
	for (uint16_t i = 0; i < US_INDICES; i++) {
		if (!us_engine_instance(e, i, &v))
			continue;
		snprintf(lines[count++], 160, "%s %s %u", v.name, v.module->name, v.asked);
		for (uint16_t k = 0; k < us_module_input_count(v.module); k++)
			snprintf(lines[count++], 160, "%s.%s %.9g", v.name, v.module->inputs[k].name,
			         (double)us_engine_knob(e, i, k));
		const struct us_pattern *p = us_engine_next_pattern(e, i);
		if (p)
			snprintf(lines[count++], 160, "%s plays %.100s", v.name, us_pattern_text(p));
	}
	for (uint32_t place = 0; us_engine_next_cable(e, &place, &c);) {
		struct us_instance_view from, into;
		us_engine_instance(e, c.source, &from);
		us_engine_instance(e, c.instance, &into);
		snprintf(lines[count++], 160, "%s.%u -> %s.%u * %.9g", from.name, c.output, into.name, c.input,
		         (double)c.amount);
	}
	snprintf(lines[count++], 160, "tempo %.9g gain %.9g", (double)us_engine_tempo(e), (double)us_engine_gain(e));
	qsort(lines, count, sizeof lines[0], (int (*)(const void *, const void *))strcmp);
	size_t used = 0;
	for (uint32_t i = 0; i < count; i++)
		used += (size_t)snprintf(to + used, TEXT_BYTES - used, "%s\n", lines[i]);
	return to;
}

/* The first line in which two portraits differ. */
static const char *difference(const char *a, const char *b)
{
	static char line[400];
	while (*a && *b) {
		const size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");
		if (n != m || memcmp(a, b, n)) {
			snprintf(line, sizeof line, "'%.*s' and not '%.*s'", (int)n, a, (int)m, b);
			return line;
		}
		a += n + (a[n] == '\n');
		b += m + (b[m] == '\n');
	}
	return "one has more lines";
}

static uint32_t seed = 12345;
static uint32_t throw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* One random edit; false if it was refused or changed nothing. */
static bool edit(struct rig *r)
{
	static const char *const modules[] = {"sine", "saw", "adsr", "filter", "pattern", "gain", "lfo", "keys"};
	static const char *const patterns[] = {"bd sn", "c4 e4 <g4 b4>", "x(3,8)", "0 .. 7"};
	char name[16], other[16], place[32];
	snprintf(name, sizeof name, "e%u", throw(12));
	snprintf(other, sizeof other, "e%u", throw(12));
	forget(r);
	go_to(r, r->block + 400); /* more than half a second: each edit is a step of its own */
	switch (throw(10)) {
	case 0:
	case 1:
	case 2:
		say(r, "/patch/create", "ss", name, modules[throw(8)]);
		break;
	case 3:
		say(r, "/patch/delete", "s", name);
		break;
	case 4:
	case 5:
		say(r, "/patch/connect", "ssd", name, other, (double) throw(100) / 7);
		break;
	case 6:
		say(r, "/patch/disconnect", "ss", name, other);
		break;
	case 7:
		snprintf(place, sizeof place, "/mod/%s/%s", name, throw(2) ? "freq" : "attack");
		say(r, place, "d", (double)(10 + throw(150))); /* within the range of all of them */
		break;
	case 8:
		say(r, "/pattern", "ss", name, patterns[throw(4)]);
		break;
	default:
		if (throw(2)) {
			say(r, "/tempo", "d", (double)(60 + throw(100)));
			break;
		}
		say(r, "/patch/begin", "");
		say(r, "/patch/create", "ss", name, modules[throw(8)]);
		say(r, "/patch/connect", "ss", name, "out");
		say(r, "/patch/delete", "s", other);
		say(r, "/patch/commit", "");
	}
	for (uint32_t i = 0; i < r->answers; i++)
		if (!strncmp(r->answer[i], "/error", 6))
			return false;
	return true;
}

static void whatever_was_done_is_taken_back_and_done_again(void **state)
{
	struct rig *r = *state;
	static char past[STEPS + 1][TEXT_BYTES], now[TEXT_BYTES];
	say(r, "/patch/create", "ss", "out", "out");
	for (int round = 0; round < 8; round++) {
		int steps = 0;
		portrait(r, past[0]);
		while (steps < STEPS) {
			if (!edit(r))
				continue;
			portrait(r, past[steps + 1]);
			if (strcmp(past[steps + 1], past[steps]) || r->out.count)
				steps++;
		}
		for (int back = steps; back-- > 0;) {
			forget(r);
			say(r, "/undo", "");
			if (r->answers != 1 || strncmp(r->answer[0], "/undone", 7))
				fail_msg("round %d, step %d: %s", round, back, r->answers ? r->answer[0] : "no answer");
			if (strcmp(portrait(r, now), past[back]))
				fail_msg("round %d, step %d: taken back it is %s", round, back,
				         difference(now, past[back]));
		}
		for (int on = 1; on <= steps; on++) {
			forget(r);
			say(r, "/redo", "");
			if (r->answers != 1 || strncmp(r->answer[0], "/redone", 7))
				fail_msg("round %d, step %d: %s", round, on, r->answers ? r->answer[0] : "no answer");
			if (strcmp(portrait(r, now), past[on]))
				fail_msg("round %d, step %d: done again it is %s", round, on,
				         difference(now, past[on]));
		}
	}
}

static void a_knob_that_is_turned_is_one_step(void **state)
{
	struct rig *r = *state;
	const struct us_engine *e = us_commander_model(r->commander);
	go_to(r, r->block + 800);
	for (int i = 1; i <= 40; i++) {
		go_to(r, r->block + 20); /* 27 ms */
		say(r, "/mod/sine/freq", "d", 300.0 + i);
	}
	forget(r);
	say(r, "/undo", "");
	assert_true(us_engine_knob(e, find(r, "sine"), 0) == US_C4_HZ);
	say(r, "/redo", "");
	assert_true(us_engine_knob(e, find(r, "sine"), 0) == 340);
}

static void notes_and_gates_are_no_edits(void **state)
{
	struct rig *r = *state;
	const struct us_engine *e = us_commander_model(r->commander);
	go_to(r, r->block + 800);
	say(r, "/mod/filter/cutoff", "d", 500.0);
	say(r, "/gate/adsr", "i", 1);
	say(r, "/gate/adsr", "i", 0);
	forget(r);
	say(r, "/undo", "");
	assert_true(us_engine_knob(e, find(r, "filter"), 1) == 1000);
}

static void there_is_an_end_and_it_is_said(void **state)
{
	struct rig *r = *state;
	for (int i = 0; i < 200; i++) {
		go_to(r, r->block + 800);
		say(r, "/mod/sine/freq", "d", 100.0 + i);
	}
	int steps = 0;
	do {
		forget(r);
		say(r, "/undo", "");
		steps++;
	} while (!strncmp(r->answer[0], "/undone", 7));
	assert_int_equal(steps, 64 + 1);
	assert_non_null(strstr(r->answer[0], "nothing to take back"));
	assert_true(us_engine_knob(us_commander_model(r->commander), find(r, "sine"), 0) == 100 + 200 - 64 - 1);
	/* Who does something new has left the path. */
	say(r, "/mod/sine/freq", "d", 50.0);
	forget(r);
	say(r, "/redo", "");
	assert_non_null(strstr(r->answer[0], "nothing to do again"));
}

static void a_failed_batch_leaves_no_step(void **state)
{
	struct rig *r = *state;
	static char before[TEXT_BYTES], after[TEXT_BYTES];
	go_to(r, r->block + 800);
	say(r, "/mod/sine/freq", "d", 123.0);
	say(r, "/patch/begin", "");
	say(r, "/patch/create", "ss", "a", "saw");
	say(r, "/patch/create", "ss", "b", "nonesuch");
	say(r, "/patch/commit", "");
	portrait(r, before);
	forget(r);
	say(r, "/undo", "");
	assert_true(us_engine_knob(us_commander_model(r->commander), find(r, "sine"), 0) == US_C4_HZ);
	say(r, "/redo", "");
	assert_string_equal(portrait(r, after), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(whatever_was_done_is_taken_back_and_done_again, empty, tear_down),
	    cmocka_unit_test_setup_teardown(a_knob_that_is_turned_is_one_step, with_default_patch, tear_down),
	    cmocka_unit_test_setup_teardown(notes_and_gates_are_no_edits, with_default_patch, tear_down),
	    cmocka_unit_test_setup_teardown(there_is_an_end_and_it_is_said, with_default_patch, tear_down),
	    cmocka_unit_test_setup_teardown(a_failed_batch_leaves_no_step, with_default_patch, tear_down),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
