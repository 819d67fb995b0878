/* test_unheard.c — promises of src/command/unheard.c: a name of a pattern without a cable is said, by whatever way it
 * came to that, and a cable whose name the pattern does not say; and no name is that of an output which every pattern
 * has. */
#include "warning_rig.h"

#include "pattern/read.h"

#define PATCH "p = pattern play=\"bd*4, hh*8\"\nk = kick\nh = hat\nk -> out\nh -> out\n"

#define NOTHING NULL

static void a_patch_tells_its_names_without_a_cable(void **state)
{
	static const struct {
		const char *cables, *wanted[3];
	} cases[] = {
	    {"p.bd -> k.trigger\np.hh -> h.trigger\n", {NULL}},
	    {"p.bd -> k.trigger\n", {"no cable leaves p.hh: it sounds nowhere"}},
	    {"p.1 -> k.trigger\n", {"no cable leaves p.hh: it sounds nowhere"}},
	    {"", {"no cable leaves p.bd, p.hh: they sound nowhere"}},
	    {"p.gate -> k.trigger\n", {NULL}}, /* names are labels */
	    {"p.bd -> k.trigger\np.2 -> h.trigger\np.3 -> h.trigger\n",
	     {"nothing comes out of p.3: the pattern does not say it"}},
	    {"p.4 -> k.trigger\np.3 -> h.trigger\n",
	     {"no cable leaves p.bd, p.hh: they sound nowhere",
	      "nothing comes out of p.3, p.4: the pattern does not say them"}},
	};
	struct rig *r = *state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char text[400];
		snprintf(text, sizeof text, "%s%s", PATCH, cases[i].cables);
		load(r, text);
		expect(r, text, cases[i].wanted);
	}
}

/* What is edited alone, and in a batch; a pattern that nothing leaves from is being built. */
static void so_does_every_edit(void **state)
{
	struct rig *r = *state;
	load(r, PATCH "p.bd -> k.trigger\np.hh -> h.trigger\n");
	SAYS(r, "loaded", NOTHING);
	tell(r, "play p \"bd*2, cp\"", false);
	SAYS(r, "another name", "no cable leaves p.cp", "nothing comes out of p.hh");
	tell(r, "play p \"bd*2, ~ hh\"", false);
	SAYS(r, "back again", NOTHING);
	tell(r, "play p \"~\"", false);
	SAYS(r, "a rest is meant", NOTHING);
	tell(r, "play p \"bd hh\"", false);
	tell(r, "play p \"bd*4 hh fast 2\"", false);
	SAYS(r, "a change without its ;", "'fast' is a name here; a ; before it", "no cable leaves p.fast");
	tell(r, "play p \"bd hh\"", false);
	tell(r, "p.hh -/> h.trigger", false);
	SAYS(r, "a cable goes", "no cable leaves p.hh");
	tell(r, "p.hh -> h.trigger", false);
	tell(r, "delete h", false);
	SAYS(r, "it goes with what it led to", "no cable leaves p.hh");
	say(r, "/patch/begin", "");
	tell(r, "h = hat\nplay p \"bd hh cp*2\"\np.hh -> h.trigger\nh -> out\n", false);
	SAYS(r, "so far it is not done", NOTHING);
	say(r, "/patch/commit", "");
	SAYS(r, "a batch is looked at when it is done", "no cable leaves p.cp");
	say(r, "/patch/begin", "");
	tell(r, "play p \"bd oh\"", false);
	say(r, "/patch/delete", "s", "nobody");
	say(r, "/patch/commit", "");
	forget(r);
	tell(r, "k.decay 200ms", false);
	SAYS(r, "what was not done is not said later either", NOTHING);
	tell(r, "q = pattern play=\"bd sn\"", false);
	SAYS(r, "one that is being built", NOTHING);
	tell(r, "q.bd -> k.trigger", false);
	SAYS(r, "cable by cable", NOTHING);
}

static void many_are_counted(void **state)
{
	struct rig *r = *state;
	char text[600] = "p = pattern play=\"bd";
	for (int i = 0; i < 30; i++)
		snprintf(text + strlen(text), 20, " instrument%d", i);
	strcat(text, "\"\nk = kick\np.bd -> k.trigger\nk -> out\n");
	load(r, text);
	SAYS(r, text, "p.instrument0, p.instrument1", "only 24 names have an output");
	load(r, text);
	assert_non_null(strstr(r->answer[0], " more: they sound nowhere"));
}

/* Over the outputs of the module itself. */
static void a_name_is_never_that_of_an_output(void **state)
{
	const struct us_module *module = us_library_find(library, "pattern");
	uint32_t column;
	struct us_err err;
	int tried = 0;
	(void)state;
	for (int i = 0; strcmp(module->outputs[i].name, "n1") != 0; i++, tried++) {
		char text[80];
		snprintf(text, sizeof text, "bd %s", module->outputs[i].name);
		if (us_pattern_new(text, &column, &err))
			fail_msg("%s is a name", module->outputs[i].name);
		assert_int_equal(column, 4);
		assert_non_null(strstr(err.text, "is an output of every pattern already; expected another name"));
	}
	assert_int_equal(tried, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_patch_tells_its_names_without_a_cable, empty, tear_down),
	    cmocka_unit_test_setup_teardown(so_does_every_edit, empty, tear_down),
	    cmocka_unit_test_setup_teardown(many_are_counted, empty, tear_down),
	    cmocka_unit_test(a_name_is_never_that_of_an_output),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
