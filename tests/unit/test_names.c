/* test_names.c — promises of names.h: each second name of each input and module is understood over OSC, in a patch, in
 * a cable, in a scene and in an address pattern, and what is written is always the first name. */
#include "spoken_rig.h"

#include <understudy/names.h>

/* The n-th of "gain|level"; false past the end. What stands behind a space is left out. */
static bool nth(const char *also, uint32_t n, char name[static 32])
{
	for (; also && n; n--) {
		also = strchr(also, '|');
		also = also ? also + 1 : NULL;
	}
	if (!also || !*also)
		return false;
	snprintf(name, 32, "%.*s", (int)strcspn(also, " |"), also);
	return true;
}

static int note_command(void *context, const struct us_command *c, struct us_err *err)
{
	char *said = context;
	(void)err;
	snprintf(said + strlen(said), 512 - strlen(said), "%s%s%s%s%s\n", c->address,
	         c->argc && c->arg[0].type == 's' ? " " : "", c->argc && c->arg[0].type == 's' ? c->arg[0].s : "",
	         c->argc > 1 && c->arg[1].type == 's' ? " " : "",
	         c->argc > 1 && c->arg[1].type == 's' ? c->arg[1].s : "");
	return 0;
}

/* With tape, for the looper. */
static struct rig *open_with_tape(void)
{
	struct us_err err = {""};
	struct rig *r = calloc(1, sizeof *r);
	const struct us_commander_config config = {48000, 0, us_tape_bytes(70, 48000), library};
	assert_non_null(r);
	if (us_commander_open(&r->commander, &config, &err))
		fail_msg("%s", err.text);
	r->out = (struct us_outbox){.record = r->record, .room = US_OUTBOX_RECORDS};
	go_to(r, 1000);
	return r;
}

/* What a patch compiles to, address by address. */
static void compile(const char *text, char said[static 512])
{
	struct us_err err = {""};
	said[0] = 0;
	if (compile_text(text, "p.us", true, note_command, said, &err))
		fail_msg("%s\n%s", err.text, text);
}

static void try_input(const struct us_module *m, int k, const char *second)
{
	const struct us_input *in = &m->inputs[k];
	struct rig *r = open_with_tape();
	char address[96], text[256], first_said[512], second_said[512];
	say(r, "/patch/create", "ss", "i", m->name);
	forget(r);
	snprintf(address, sizeof address, "/mod/i/%s", second);
	const float value = in->value == in->max ? in->min : in->max;
	say(r, address, "d", (double)value);
	forget_unheard(r);
	expect_silence(r);
	assert_true(knob(r, "i", in->name) == value);
	say(r, address, "");
	expect_answer(r, address, "");
	forget(r);
	if (in->unit != US_TRIGGER && in->unit != US_GATE) {
		snprintf(address, sizeof address, "i.%s", second);
		say(r, "/scene/set", "sss", "s", address, "0");
		if (r->answers == 0) {
			say(r, "/scene/recall", "ss", "s", "now");
			snprintf(text, sizeof text, "i.%s", second);
			for (uint32_t i = 0; i < r->answers; i++)
				if (strstr(r->answer[i], "left out"))
					fail_msg("%s: %s", m->name, r->answer[i]);
		}
	}
	us_commander_close(r->commander);
	free(r);
	snprintf(text, sizeof text, "i = %s %s=%.9g\nl = lfo\nl -> i.%s *0.1\ni.%s %.9g\n", m->name, in->name,
	         (double)in->value, in->name, in->name, (double)in->value);
	compile(text, first_said);
	snprintf(text, sizeof text, "i = %s %s=%.9g\nl = lfo\nl -> i.%s *0.1\ni.%s %.9g\n", m->name, second,
	         (double)in->value, second, second, (double)in->value);
	compile(text, second_said);
	assert_string_equal(first_said, second_said);
}

static void each_second_name_of_an_input_is_understood_and_the_first_is_written(void **state)
{
	const struct us_module *m;
	uint32_t tried = 0;
	char name[32];
	(void)state;
	for (uint32_t i = 0; (m = us_library_at(library, i)); i++)
		for (int k = 0; k < US_MAX_INPUTS && m->inputs[k].name; k++)
			for (uint32_t n = 0; nth(m->inputs[k].also, n, name); n++, tried++)
				try_input(m, k, name);
	assert_true(tried > 200);
}

static void each_second_name_of_a_module_makes_it(void **state)
{
	const struct us_module *m;
	uint32_t tried = 0, presets = 0;
	char name[32], text[96], said[512];
	(void)state;
	for (uint32_t i = 0; (m = us_library_at(library, i)); i++)
		for (uint32_t n = 0; nth(m->also, n, name); n++, tried++) {
			const char *value;
			size_t bytes;
			struct rig *r = open_with_tape();
			say(r, "/patch/create", "ss", "i", name);
			expect_silence(r);
			assert_string_equal(view_of(r, "i").module->name, m->name);
			const int preset = us_module_preset(m, name, &value, &bytes);
			snprintf(text, sizeof text, "understudy 2\ni = %s\n", name);
			compile(text, said);
			assert_memory_equal(said, "/patch/create i ", 16);
			assert_memory_equal(said + 16, m->name, strlen(m->name));
			if (preset >= 0) {
				presets++;
				assert_true(knob(r, "i", m->inputs[preset].name) != m->inputs[preset].value);
				assert_non_null(strstr(said, "/mod/i/"));
			} else
				assert_null(strchr(m->also, '=') ? NULL : strstr(said, "/mod/"));
			us_commander_close(r->commander);
			free(r);
		}
	assert_true(tried > 80 && presets >= 4);
}

/* A knob in the line of its making stands behind what the name says. */
static void a_knob_that_is_said_outdoes_the_name(void **state)
{
	char said[512];
	(void)state;
	compile("f = hpf mode=band\n", said);
	assert_string_equal(said, "/patch/create f filter\n/mod/f/mode\n/mod/f/mode\n");
}

static void the_quick_reference_of_the_synth_before_works_whole(void **state)
{
	struct rig *r = *state;
	say(r, "/mod/sine/gain", "d", 0.25);
	assert_true(knob(r, "sine", "amp") == 0.25f);
	say(r, "/mod/sine/frequency", "d", 330.);
	assert_true(knob(r, "sine", "freq") == 330);
	say(r, "/mod/filter/q", "d", 0.5);
	assert_true(knob(r, "filter", "res") == 0.5f);
	say(r, "/mod/adsr/attack", "i", 20);
	say(r, "/mod/adsr/release", "i", 300);
	say(r, "/gate/adsr", "i", 1);
	say(r, "/test", "");
	expect_silence(r);
}

static void a_pattern_means_second_names_where_no_first_one_is_meant(void **state)
{
	struct rig *r = *state;
	say(r, "/mod/*/freq", "d", 110.);
	assert_true(knob(r, "sine", "freq") == 110);
	assert_true(knob(r, "filter", "cutoff") != 110);
	say(r, "/mod/*/resonance", "d", 0.75);
	assert_true(knob(r, "filter", "res") == 0.75f);
	expect_silence(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_second_name_of_an_input_is_understood_and_the_first_is_written),
	    cmocka_unit_test(each_second_name_of_a_module_makes_it),
	    cmocka_unit_test(a_knob_that_is_said_outdoes_the_name),
	    on_patch(the_quick_reference_of_the_synth_before_works_whole),
	    on_patch(a_pattern_means_second_names_where_no_first_one_is_meant),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
