/* test_lang.c — promises of the patch language: what a text becomes. */
#include "lang_rig.h"

static void an_instance_and_its_knobs_become_commands(void **state)
{
	(void)state;
	becomes("a = osc", "/patch/create \"a\" \"osc\"\n");
	becomes("a = osc freq=110 pitch=-1", "/patch/create \"a\" \"osc\"\n/mod/a/freq 110\n/mod/a/pitch -1\n");
	becomes("a=osc freq = 110", "/patch/create \"a\" \"osc\"\n/mod/a/freq 110\n");
}

static void values_are_given_in_the_units_of_their_inputs(void **state)
{
	(void)state;
	becomes("f = filter cutoff=2.5khz mode=band\ne = adsr attack=0.3s gate=on\na = osc pitch=7st freq=a4",
	        "/patch/create \"f\" \"filter\"\n/mod/f/cutoff 2500\n/mod/f/mode 2\n"
	        "/patch/create \"e\" \"adsr\"\n/mod/e/attack 300\n/mod/e/gate 1\n"
	        "/patch/create \"a\" \"osc\"\n/mod/a/pitch 0.583333313\n/mod/a/freq 440\n");
}

static void voices_belong_to_the_instance_and_not_to_an_input(void **state)
{
	(void)state;
	becomes("a = osc freq=110 voices=8 phase=0.5",
	        "/patch/create \"a\" \"osc\" 8\n/mod/a/freq 110\n/mod/a/phase 0.5\n");
}

static void a_chain_is_a_cable_for_each_arrow(void **state)
{
	(void)state;
	becomes("a = osc\nf = filter\no = out\na -> f -> o",
	        "/patch/create \"a\" \"osc\"\n/patch/create \"f\" \"filter\"\n/patch/create \"o\" \"out\"\n"
	        "/patch/connect \"a\" \"f\"\n/patch/connect \"f\" \"o\"\n");
	line_becomes("a->f->o", "/patch/connect \"a\" \"f\"\n/patch/connect \"f\" \"o\"\n");
}

static void a_chain_goes_on_from_the_first_output_of_where_it_came_in(void **state)
{
	(void)state;
	line_becomes("a.sub -> f.cutoff -> o", "/patch/connect \"a.sub\" \"f.cutoff\"\n/patch/connect \"f\" \"o\"\n");
}

static void an_amount_is_in_the_unit_of_its_input(void **state)
{
	(void)state;
	becomes("a = osc\nf = filter\na -> f.cutoff *4khz\na -> f.cutoff * -50\na -> f *0.5 -> f.res *-6db",
	        "/patch/create \"a\" \"osc\"\n/patch/create \"f\" \"filter\"\n"
	        "/patch/connect \"a\" \"f.cutoff\" 4000\n/patch/connect \"a\" \"f.cutoff\" -50\n"
	        "/patch/connect \"a\" \"f\" 0.5\n/patch/connect \"f\" \"f.res\" 0.501187205\n");
}

static void cables_are_taken_out_in_either_way(void **state)
{
	(void)state;
	line_becomes("a -/> f", "/patch/disconnect \"a\" \"f\"\n");
	line_becomes("disconnect a -> f.cutoff", "/patch/disconnect \"a\" \"f.cutoff\"\n");
}

static void a_cable_to_out_makes_the_loudspeakers_once(void **state)
{
	(void)state;
	becomes("a = osc\na -> out\na.sub -> out.in",
	        "/patch/create \"a\" \"osc\"\n/patch/create \"out\" \"out\"\n/patch/connect \"a\" \"out\"\n"
	        "/patch/connect \"a.sub\" \"out.in\"\n");
	becomes("out = out level=0.5\na = osc\na -> out",
	        "/patch/create \"out\" \"out\"\n/mod/out/level 0.5\n/patch/create \"a\" \"osc\"\n"
	        "/patch/connect \"a\" \"out\"\n");
	line_becomes("a -> out", "/patch/connect \"a\" \"out\"\n");
}

static void knobs_are_set_with_and_without_an_equals_sign(void **state)
{
	(void)state;
	becomes("f = filter\nf.cutoff 800hz\nf.cutoff = 800\nf.cutoff=0.8khz",
	        "/patch/create \"f\" \"filter\"\n/mod/f/cutoff 800\n/mod/f/cutoff 800\n/mod/f/cutoff 800\n");
}

static void what_only_the_running_synth_knows_is_passed_on_as_written(void **state)
{
	(void)state;
	line_becomes("vcf.cutoff 800hz", "/mod/vcf/cutoff \"800hz\"\n");
	line_becomes("env -> vcf.cutoff *4khz", "/patch/connect \"env\" \"vcf.cutoff\" \"4khz\"\n");
	line_becomes("delete vcf", "/patch/delete \"vcf\"\n");
}

static void a_knob_without_a_value_is_a_question(void **state)
{
	(void)state;
	line_becomes("vcf.cutoff", "/mod/vcf/cutoff\n");
	line_becomes("tempo", "/tempo\n");
	line_becomes("gain", "/engine/gain\n");
}

static void playing_has_words_of_its_own(void **state)
{
	(void)state;
	line_becomes("gate env on", "/gate/env 1\n");
	line_becomes("gate env", "/gate/env 1\n");
	line_becomes("gate env off", "/gate/env 0\n");
	line_becomes("gate env 0", "/gate/env 0\n");
	line_becomes("note a c4", "/note \"a\" 60 100\n");
	line_becomes("note a c#4 90", "/note \"a\" 61 90\n");
	line_becomes("note a 62 90 0.5s", "/note \"a\" 62 90 0.5\n");
	line_becomes("note a 62 90 0.25", "/note \"a\" 62 90 0.25\n");
	line_becomes("note a bb3 90 500ms", "/note \"a\" 58 90 0.5\n");
	line_becomes("note a 440hz 90 500ms", "/note \"a\" \"440hz\" 90 0.5\n");
	line_becomes("tempo 128", "/tempo 128\n");
	line_becomes("tempo -> 140 over 4 bars", "/tempo 140 \"4 bars\"\n");
	line_becomes("play drums", "/pattern \"drums\"\n");
	line_becomes("hush", "/hush\n");
	line_becomes("tempo 90bpm", "/tempo 90\n");
	line_becomes("gain -6db", "/engine/gain 0.501187205\n");
	line_becomes("test", "/test\n");
	line_becomes("test a", "/test \"a\"\n");
	line_becomes("restore a", "/module/restore \"a\"\n");
}

static void scenes_are_saved_recalled_and_written(void **state)
{
	(void)state;
	line_becomes("scene save verse", "/scene/save \"verse\"\n");
	line_becomes("scene save verse drums vcf", "/scene/save \"verse\" \"drums\" \"vcf\"\n");
	line_becomes("scene list", "/scene/list\n");
	line_becomes("scene delete verse", "/scene/delete \"verse\"\n");
	line_becomes("scene verse", "/scene/recall \"verse\" \"bar\"\n");
	line_becomes("scene verse now", "/scene/recall \"verse\" \"now\"\n");
	line_becomes("scene verse at beat", "/scene/recall \"verse\" \"beat\"\n");
	line_becomes("scene verse over 2s", "/scene/recall \"verse\" \"bar\" 2\n");
	line_becomes("scene verse at bar over 4 bars", "/scene/recall \"verse\" \"bar\" \"4 bars\"\n");
	line_becomes("scene verse vcf.cutoff=800hz drums.play=\"bd sn\" gain=-6db",
	             "/scene/set \"verse\" \"vcf.cutoff\" \"800hz\"\n/scene/set \"verse\" \"drums.play\" \"bd sn\"\n"
	             "/scene/set \"verse\" \"gain\" 0.501187205\n");
	becomes("f = filter\nscene verse f.cutoff=2khz tempo=90",
	        "/patch/create \"f\" \"filter\"\n/scene/set \"verse\" \"f.cutoff\" \"2khz\"\n"
	        "/scene/set \"verse\" \"tempo\" 90\n");
}

static void words_of_the_running_synth_stand_alone(void **state)
{
	(void)state;
	line_becomes(
	    "begin\nclear\ncommit\nabort\npanic\nlist\ncables\nping\ntime",
	    "/patch/begin\n/patch/clear\n/patch/commit\n/patch/abort\n/panic\n/patch/list\n/patch/cables\n/ping\n"
	    "/time\n");
}

static void an_instance_may_be_called_like_a_word_of_the_language(void **state)
{
	(void)state;
	becomes(
	    "gate = adsr\na = osc\na -> gate\ngate gate on\ngate.attack 5ms\ntempo = osc\ntempo -> gate",
	    "/patch/create \"gate\" \"adsr\"\n/patch/create \"a\" \"osc\"\n/patch/connect \"a\" \"gate\"\n"
	    "/gate/gate 1\n/mod/gate/attack 5\n/patch/create \"tempo\" \"osc\"\n/patch/connect \"tempo\" \"gate\"\n");
}

static void a_deleted_name_is_free_again(void **state)
{
	(void)state;
	becomes(
	    "a = osc\ndelete a\na = filter cutoff=100",
	    "/patch/create \"a\" \"osc\"\n/patch/delete \"a\"\n/patch/create \"a\" \"filter\"\n/mod/a/cutoff 100\n");
}

static void comments_blank_lines_and_any_line_end_are_nothing(void **state)
{
	(void)state;
	becomes("# all\n\n   \t \r\n  a = osc # more\r\n#\r\na.freq 220#close\n\n",
	        "/patch/create \"a\" \"osc\"\n/mod/a/freq 220\n");
	becomes("", "");
	becomes("\n", "");
}

static void a_sharp_is_no_comment(void **state)
{
	(void)state;
	line_becomes("note a f#3 # loud", "/note \"a\" 54 100\n");
}

static int refuse_second(void *context, const struct us_command *command, struct us_err *err)
{
	uint32_t *count = context;
	(void)command;
	return ++*count == 2 ? us_fail(err, "enough") : US_OK;
}

static void an_error_of_the_sink_ends_the_giving(void **state)
{
	(void)state;
	static const char text[] = "tempo 1\n  tempo 2\ntempo 3";
	const struct us_lang_catalogue catalogue = {.find = rig_find, .nearest = rig_nearest};
	const struct us_lang_text t = {.text = text, .bytes = sizeof text - 1, .file = "p.us", .whole = true};
	struct us_err err;
	uint32_t count = 0;
	assert_int_equal(us_lang_compile(&t, &catalogue, refuse_second, &count, &err), US_FAILED);
	assert_int_equal(count, 2);
	assert_string_equal(err.text, "p.us:2:9: enough");
	count = 0;
	assert_int_equal(us_lang_compile(&t, &catalogue, refuse_second, &count, NULL), US_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_instance_and_its_knobs_become_commands),
	    cmocka_unit_test(values_are_given_in_the_units_of_their_inputs),
	    cmocka_unit_test(voices_belong_to_the_instance_and_not_to_an_input),
	    cmocka_unit_test(a_chain_is_a_cable_for_each_arrow),
	    cmocka_unit_test(a_chain_goes_on_from_the_first_output_of_where_it_came_in),
	    cmocka_unit_test(an_amount_is_in_the_unit_of_its_input),
	    cmocka_unit_test(cables_are_taken_out_in_either_way),
	    cmocka_unit_test(a_cable_to_out_makes_the_loudspeakers_once),
	    cmocka_unit_test(knobs_are_set_with_and_without_an_equals_sign),
	    cmocka_unit_test(what_only_the_running_synth_knows_is_passed_on_as_written),
	    cmocka_unit_test(a_knob_without_a_value_is_a_question),
	    cmocka_unit_test(playing_has_words_of_its_own),
	    cmocka_unit_test(scenes_are_saved_recalled_and_written),
	    cmocka_unit_test(words_of_the_running_synth_stand_alone),
	    cmocka_unit_test(an_instance_may_be_called_like_a_word_of_the_language),
	    cmocka_unit_test(a_deleted_name_is_free_again),
	    cmocka_unit_test(comments_blank_lines_and_any_line_end_are_nothing),
	    cmocka_unit_test(a_sharp_is_no_comment),
	    cmocka_unit_test(an_error_of_the_sink_ends_the_giving),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
