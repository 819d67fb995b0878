/* test_part.c — promises of parts: a file used many times in a patch, with inputs and outputs of its own. */
#include "lang_rig.h"

static int compile(struct rig *r, const char *text)
{
	return rig_compile(r, text, strlen(text), "p/main.us", true);
}

static void becomes_from_main(const char *patch, const char *said)
{
	static struct rig r;
	if (compile(&r, patch))
		fail_msg("refused: %s\nin: %s", r.err.text, patch);
	assert_string_equal(r.said, said);
}

#define A_PART(name)                                                                                                   \
	"/patch/create \"" name "_osc\" \"osc\"\n/patch/create \"" name "_vcf\" \"filter\"\n"                          \
	"/mod/" name "_vcf/res 0.5\n/patch/connect \"" name "_osc\" \"" name "_vcf\"\n"

static void a_part_is_its_instances_under_its_name(void **state)
{
	(void)state;
	becomes_from_main("a = part.us\nb = part.us cutoff=2khz\n", A_PART("a") A_PART("b") "/mod/b_vcf/cutoff 2000\n");
}

static void cables_and_knobs_go_through_its_ports(void **state)
{
	(void)state;
	becomes_from_main("lfo = osc\na = part.us\nlfo -> a.cutoff *100\nlfo -> a -> out\na.cutoff 300hz\n",
	                  "/patch/create \"lfo\" \"osc\"\n" A_PART("a") //
	                  "/patch/connect \"lfo\" \"a_vcf.cutoff\" 100\n"
	                  "/patch/connect \"lfo\" \"a_vcf\"\n"
	                  "/patch/create \"out\" \"out\"\n/patch/connect \"a_vcf.low\" \"out\"\n"
	                  "/mod/a_vcf/cutoff 300\n");
}

static void its_instances_can_be_reached_by_name(void **state)
{
	(void)state;
	becomes_from_main("a = part.us\na_vcf.mode high\n", A_PART("a") "/mod/a_vcf/mode 1\n");
}

static void parts_are_made_of_parts(void **state)
{
	(void)state;
	becomes_from_main("x = outer.us tone=2khz\nx -> out\n",
	                  A_PART("x_one") "/mod/x_one_vcf/cutoff 1000\n/mod/x_one_vcf/cutoff 2000\n"
	                                  "/patch/create \"out\" \"out\"\n/patch/connect \"x_one_vcf.low\" \"out\"\n");
}

static void a_part_played_alone_is_heard(void **state)
{
	(void)state;
	becomes_from_main("osc = osc\noutput out = osc.sub\ninput freq = osc.freq\n",
	                  "/patch/create \"osc\" \"osc\"\n/patch/create \"out\" \"out\"\n"
	                  "/patch/connect \"osc.sub\" \"out\"\n");
}

static void a_line_can_use_a_part(void **state)
{
	static struct rig r;
	const char *line = "a = part.us cutoff=2khz";
	(void)state;
	assert_int_equal(rig_compile(&r, line, strlen(line), "p/line", false), US_OK);
	assert_string_equal(r.said, A_PART("a") "/mod/a_vcf/cutoff 2000\n");
}

static void what_is_wrong_is_said(void **state)
{
	static const char *const wrong[][2] = {
	    {"a = none.us", "p/main.us:1:5: cannot read p/none.us: no such file"},
	    {"a = part.us reso=1", "p/main.us:1:13: a has no input 'reso'; it has cutoff, in"},
	    {"a = part.us\na.sub -> out", "p/main.us:2:1: a has no output 'sub'; it has out"},
	    {"o = osc\na = part.us\no -> a.x", "p/main.us:3:6: a has no input 'x'; it has cutoff, in"},
	    {"a = part.us\na = osc", "p/main.us:2:1: there is a 'a' already; choose another name"},
	    {"a = osc\na = part.us", "p/main.us:2:1: there is a 'a' already; choose another name"},
	    {"a_vcf = osc\na = part.us",
	     "p/main.us:2:5: p/part.us:5:1: there is a 'a_vcf' already; choose another name"},
	    {"a = part.us\ndelete a", "p/main.us:2:8: 'a' is a part: say which of its instances, such as a_osc"},
	    {"a = loud.us", "p/main.us:1:5: p/loud.us:2:8: a part has no loudspeakers; write output out = NAME "
	                    "here, and the cable where it is used"},
	    {"a = lost.us", "p/main.us:1:5: its input in: there is no 'a_none'; define it on a line before this one, "
	                    "as in osc = sine"},
	    {"a = twice.us", "p/main.us:1:5: p/twice.us:3:7: there is an input 'in' already"},
	    {"a = loop.us", "p/main.us:1:5: p/loop.us:1:5: p/loop.us would include itself, for ever; take one of the "
	                    "includes out"},
	    {"a = tempo.us", "p/main.us:1:5: p/tempo.us:1:1: 'tempo' cannot stand in a part; right are instances, "
	                     "cables, knobs, input and output"},
	    {"input x = none",
	     "p/main.us: its input x: there is no 'none'; define it on a line before this one, as in osc = sine"},
	    {"input x none", "p/main.us:1:9: 'none' cannot stand here; right would be input cutoff = vcf.cutoff"},
	};
	static struct rig r;
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(compile(&r, wrong[i][0]), US_FAILED);
		assert_string_equal(r.err.text, wrong[i][1]);
	}
}

static void a_line_alone_has_no_ports(void **state)
{
	static struct rig r;
	const char *line = "input x = a.freq";
	(void)state;
	assert_int_equal(rig_compile(&r, line, strlen(line), NULL, false), US_FAILED);
	assert_non_null(strstr(r.err.text, "this belongs into a file that a patch uses as a part"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_part_is_its_instances_under_its_name),
	    cmocka_unit_test(cables_and_knobs_go_through_its_ports),
	    cmocka_unit_test(its_instances_can_be_reached_by_name),
	    cmocka_unit_test(parts_are_made_of_parts),
	    cmocka_unit_test(a_part_played_alone_is_heard),
	    cmocka_unit_test(a_line_can_use_a_part),
	    cmocka_unit_test(what_is_wrong_is_said),
	    cmocka_unit_test(a_line_alone_has_no_ports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
