/* test_check.c — promises of who wants to hear all that is wrong with a patch: every error, none that only follows from
 * another, and warnings of what is right as it stands and likely not meant. */
#include "spoken_rig.h"

static char heard[16][256];
static uint32_t errors, warnings;

static int hear_nothing(void *context, const struct us_command *command, struct us_err *err)
{
	(void)context, (void)command, (void)err;
	return US_OK;
}

static void complain(void *context, const char *text, bool warning)
{
	(void)context;
	if (errors + warnings < 16)
		snprintf(heard[errors + warnings], sizeof heard[0], "%s%s", warning ? "warning " : "", text);
	errors += !warning;
	warnings += warning;
}

static int check_text(const char *patch)
{
	const struct us_lang_catalogue catalogue = catalogue_of_all();
	const struct us_lang_text text = {
	    .text = patch, .bytes = strlen(patch), .file = "p.us", .whole = true, .complain = complain};
	struct us_err err;
	errors = warnings = 0;
	return us_lang_compile(&text, &catalogue, hear_nothing, NULL, &err);
}

/* Behind a first line. */
static int check(const char *patch)
{
	static char text[4096];
	snprintf(text, sizeof text, "understudy 2\n%s", patch);
	return check_text(text);
}

static void says(const char *patch, const char *const wanted[])
{
	uint32_t n = 0;
	check(patch);
	for (; wanted[n]; n++)
		if (n >= errors + warnings || strncmp(heard[n], wanted[n], strlen(wanted[n])) != 0)
			fail_msg("%s\nis said to be: %s\nexpected: %s", patch, n < errors + warnings ? heard[n] : "",
			         wanted[n]);
	if (n != errors + warnings)
		fail_msg("%s\nmore is said: %s", patch, heard[n]);
}
#define SAYS(patch, ...) says(patch, (const char *const[]){__VA_ARGS__, NULL})

static void all_errors_are_said(void **state)
{
	(void)state;
	SAYS("a = sien\nb = saw frequ=1\nc = saw\nc -> nowhere\nc.freq 5ms\nfoo bar\ntempo x\nc -> out\n",
	     "p.us:2:5: there is no module 'sien'", "p.us:3:9: saw has no input 'frequ'",
	     "p.us:5:6: there is no 'nowhere'", "p.us:6:8: '5ms' is no value", "p.us:7:1: 'foo' is no statement",
	     "p.us:8:7: 'x' is no value");
	assert_int_equal(check("a = sien\n"), US_FAILED);
	assert_int_equal(check("a = sine\na -> out\n"), US_OK);
	SAYS("a = \"sine\na = sine\na -> out\n", "p.us:2:5: a quote that is not closed");
}

/* Columns count characters, whatever their bytes; and what quotes hold counts as it is written, escapes too. */
static void a_column_counts_characters(void **state)
{
	(void)state;
	SAYS("p = pattern play=\"bd [sn\"\np.gate -> out\n", "p.us:2:25: a bracket is not closed");
	SAYS("s = sampler file=\"kö.wav\" gian=3\ns -> out\n", "p.us:2:27: sampler has no input 'gian'");
	SAYS("p = pattern play=\"\u00a0bd\u00a0[sn\"\n", "p.us:2:26: a bracket is not closed");
	SAYS("p = pattern play=\"// ¼ ½ ¾\\nbd sn*x\"\n", "p.us:2:35: 'x' cannot stand here");
	SAYS("p = pattern\nplay p bd(3\n", "p.us:3:12: ");
	SAYS("p = pattern play=\"\u00a0bd fast 2\"\np.gate -> out\n", "warning p.us:2:23: 'fast' is a name here");
}

/* Whoever wrote `osc = swa` knows why osc is not there. */
static void what_only_follows_is_not_said(void **state)
{
	(void)state;
	SAYS("osc = swa\nvcf = filter\nosc -> vcf -> out\nosc.freq 100\nmute osc\n",
	     "p.us:2:7: there is no module 'swa'");
	SAYS("osc = saw freq=5ms\nosc -> out\nosk -> out\n", "p.us:2:16: '5ms' is no value",
	     "p.us:4:1: there is no 'osk'");
}

static void a_name_that_hides_a_word_is_warned_of(void **state)
{
	static const char *const some[] = {"tempo", "gain", "play", "mute", "hush", "scene", "tap", "time", "list"};
	char patch[100], wanted[100];
	(void)state;
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
		snprintf(patch, sizeof patch, "%s = sine\n%s -> out\n", some[i], some[i]);
		snprintf(wanted, sizeof wanted, "warning p.us:2:1: '%s' is a word of the language", some[i]);
		SAYS(patch, wanted);
		assert_int_equal(check(patch), US_OK);
	}
	SAYS("kick = kick\nkick -> out\n", NULL);
}

static void a_change_without_its_semicolon_is_warned_of(void **state)
{
	static const char *const wrong[] = {"bd*4 fast 2", "bd sn rev", "[bd sn] every 4 (rev)", "bd, hh*4 slow 2",
	                                    "c4 e4 ply 2"};
	static const char *const right[] = {"bd*4; fast 2",  "bd sn; rev",   "bd(3,8); every 4 (fast 2)",
	                                    "bd fastish sn", "<bd sn>*2 hh", "bd:3 sn*2 ~",
	                                    "c4 e4 g4",      "run 8",        "bd . sn sn"};
	char patch[200];
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		snprintf(patch, sizeof patch, "d = pattern play=\"%s\"\nd -> out\n", wrong[i]);
		check(patch);
		if (!warnings || !strstr(heard[0], "a ; before it"))
			fail_msg("nothing is said about %s (%s)", wrong[i], errors + warnings ? heard[0] : "");
	}
	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
		snprintf(patch, sizeof patch, "d = pattern play=\"%s\"\nd -> out\n", right[i]);
		if (check(patch) || warnings)
			fail_msg("%s: %s", right[i], heard[0]);
	}
}

static void a_text_that_does_not_say_how_pitch_is_meant_is_warned_of(void **state)
{
	(void)state;
	check_text("# mine\n\na = sine\na -> out\n");
	assert_int_equal(errors, 0);
	assert_int_equal(warnings, 1);
	assert_memory_equal(heard[0], "warning p.us:3:1: no first line says 'understudy 2'", 51);
	assert_non_null(strstr(heard[0], "fmt --migrate"));
	check_text("# mine\n\nunderstudy 1\na = sine\na -> out\n");
	assert_int_equal(errors + warnings, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_errors_are_said),
	    cmocka_unit_test(a_column_counts_characters),
	    cmocka_unit_test(what_only_follows_is_not_said),
	    cmocka_unit_test(a_name_that_hides_a_word_is_warned_of),
	    cmocka_unit_test(a_change_without_its_semicolon_is_warned_of),
	    cmocka_unit_test(a_text_that_does_not_say_how_pitch_is_meant_is_warned_of),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
