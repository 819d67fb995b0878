/* test_include.c — promises of include: another file in the place of a line, and never for ever. */
#include "lang_rig.h"

static int compile(struct rig *r, const char *text)
{
	return rig_compile(r, text, strlen(text), "p/main.us", true);
}

static void a_file_stands_in_the_place_of_its_line(void **state)
{
	static struct rig r;
	(void)state;
	assert_int_equal(compile(&r, "a = osc\ninclude voice.us\ninclude \"deep/two.us\" # b\nosc -> out\n"), US_OK);
	assert_string_equal(r.said, "/patch/create \"a\" \"osc\"\n/patch/create \"osc\" \"osc\"\n"
	                            "/patch/create \"b\" \"osc\"\n/patch/create \"out\" \"out\"\n"
	                            "/patch/connect \"osc\" \"out\"\n");
}

static void what_is_wrong_is_said_with_both_places(void **state)
{
	static const char *const wrong[][2] = {
	    {"include none.us", "p/main.us:1:9: cannot read p/none.us: no such file"},
	    {"include bad.us", "p/main.us:1:9: p/bad.us:2:5: there is no module 'osk'; did you mean 'osc'"},
	    {"osc = osc\ninclude voice.us",
	     "p/main.us:2:9: p/voice.us:1:1: there is a 'osc' already; choose another name"},
	    {"include main.us",
	     "p/main.us:1:9: p/main.us would include itself, for ever; take one of the includes out"},
	    {"include self.us", "p/main.us:1:9: p/self.us:1:9: p/self.us would include itself, for ever; take one of "
	                        "the includes out"},
	    {"include ping.us", "p/main.us:1:9: p/ping.us:1:9: p/pong.us:2:9: p/ping.us would include itself, for "
	                        "ever; take one of the includes out"},
	    {"include", "p/main.us:1:8: something is missing here; right would be include \"drums.us\""},
	};
	static struct rig r;
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(compile(&r, wrong[i][0]), US_FAILED);
		assert_string_equal(r.err.text, wrong[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_stands_in_the_place_of_its_line),
	    cmocka_unit_test(what_is_wrong_is_said_with_both_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
