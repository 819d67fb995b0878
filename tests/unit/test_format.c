/* test_format.c — promises of `understudy fmt`: how a patch should look, and that nothing of it is lost. */
#include "lang_rig.h"

#include <dirent.h>
#include <stdio.h>

static char *format(const char *text)
{
	const struct us_lang_text t = {.text = text, .bytes = strlen(text), .file = "p.us", .whole = true};
	struct us_err err = {""};
	char *formatted;
	size_t bytes;
	if (us_lang_format(&t, &formatted, &bytes, &err))
		fail_msg("refused: %s\nin: %s", err.text, text);
	assert_int_equal(bytes, strlen(formatted));
	return formatted;
}

static void looks(const char *text, const char *right)
{
	char *once = format(text), *twice = format(once);
	assert_string_equal(once, right);
	assert_string_equal(twice, right);
	free(once);
	free(twice);
}

static void words_are_one_space_apart(void **state)
{
	(void)state;
	looks("  osc=osc   freq = 110\tpitch= -1 \r\n", "osc = osc freq=110 pitch=-1\n");
	looks("osc->filter  ->out", "osc -> filter -> out\n");
	looks("env -> vcf.cutoff * 4khz", "env -> vcf.cutoff *4khz\n");
	looks("env->vcf.cutoff*4khz", "env -> vcf.cutoff *4khz\n");
	looks("osc-/>vcf", "osc -/> vcf\n");
	looks("osc.freq=440", "osc.freq = 440\n");
	looks("tempo    128", "tempo 128\n");
	looks("input cutoff=vcf.cutoff", "input cutoff = vcf.cutoff\n");
	looks("input = osc freq = 3", "input = osc freq=3\n");
}

static void what_is_quoted_stays_as_it_is(void **state)
{
	(void)state;
	looks("d = pattern   play = \"bd*2  sn\"", "d = pattern play=\"bd*2  sn\"\n");
	looks("note osc c#4   100 #loud", "note osc c#4 100  #loud\n");
}

static void comments_behind_statements_stand_in_one_column(void **state)
{
	(void)state;
	looks("a = osc # one\nbeta = osc#two\nc = osc\n# alone\n\nd = osc     # far\n",
	      "a = osc     # one\nbeta = osc  #two\nc = osc\n# alone\n\nd = osc  # far\n");
}

static void blank_lines_stay_but_never_two_in_a_row(void **state)
{
	(void)state;
	looks("\n\n# head\n\n\n  \na = osc\n\n", "# head\n\na = osc\n");
	looks("", "");
	looks("\n \n", "");
	looks("a = osc", "a = osc\n");
}

static void what_is_no_text_is_refused_with_its_place(void **state)
{
	(void)state;
	const char *text = "a = osc\nb = sampler file=\"kick\n";
	const struct us_lang_text t = {.text = text, .bytes = strlen(text), .file = "p.us", .whole = true};
	struct us_err err;
	char *formatted;
	size_t bytes;
	assert_int_equal(us_lang_format(&t, &formatted, &bytes, &err), US_FAILED);
	assert_null(formatted);
	assert_string_equal(err.text, "p.us:2:18: a quote that is not closed; another \" would be right where it ends");
}

/* --- random texts ---------------------------------------------------------------------------------------------- */

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

static void write_random(char *text, size_t room, uint32_t seed)
{
	static const char *const piece[] = {
	    "a",           "bb",        " ",    "  ",  "\t",        "=",    "->",   "-/>", "*",
	    "\n",          "\n",        "#",    "c#4", "osc",       ".",    "freq", "110", "4khz",
	    "-1",          "\"x  y\"",  "\r\n", "# x", "a = osc\n", "\n\n", "-",    ">",   "b = filter cutoff=1khz\n",
	    "a -> b *2\n", "a.freq 3\n"};
	size_t used = 0;
	text[0] = 0;
	for (uint32_t n = draw(&seed, 60); n > 0; n--) {
		const char *p = piece[draw(&seed, sizeof piece / sizeof piece[0])];
		if (used + strlen(p) + 1 < room)
			used += (size_t)snprintf(text + used, room - used, "%s", p);
	}
}

/* What a text compiles to, up to its first error. */
static int compile(struct rig *r, const char *text, bool whole)
{
	return rig_compile(r, text, strlen(text), "p.us", whole);
}

static void it_compiles_to_the_same_and_a_second_time_changes_nothing(void **state)
{
	static struct rig before, after;
	static char text[4096];
	uint32_t good = 0;
	(void)state;
	for (uint32_t seed = 1; seed <= 20000; seed++) {
		const bool whole = seed % 2;
		write_random(text, sizeof text, seed);
		char *once = format(text), *twice = format(once);
		assert_string_equal(once, twice);
		int failed = compile(&before, text, whole);
		if (compile(&after, once, whole) != failed || strcmp(before.said, after.said) != 0)
			fail_msg("seed %u: another patch\n%s\n--- became\n%s", seed, text, once);
		good += !failed && before.commands > 0;
		free(once);
		free(twice);
	}
	assert_true(good > 100); /* else nothing was tried */
}

static void the_patches_that_come_along_look_as_they_should(void **state)
{
	static char text[1 << 16];
	char path[512];
	uint32_t patches = 0;
	(void)state;
	DIR *directory = opendir("patches");
	assert_non_null(directory);
	for (const struct dirent *d; (d = readdir(directory));) {
		if (!strstr(d->d_name, ".us"))
			continue;
		snprintf(path, sizeof path, "patches/%.200s", d->d_name);
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		text[fread(text, 1, sizeof text - 1, f)] = 0;
		fclose(f);
		char *formatted = format(text);
		if (strcmp(formatted, text) != 0)
			fail_msg("%s: understudy fmt -w %s", path, path);
		free(formatted);
		patches++;
	}
	closedir(directory);
	assert_true(patches > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(words_are_one_space_apart),
	    cmocka_unit_test(what_is_quoted_stays_as_it_is),
	    cmocka_unit_test(comments_behind_statements_stand_in_one_column),
	    cmocka_unit_test(blank_lines_stay_but_never_two_in_a_row),
	    cmocka_unit_test(what_is_no_text_is_refused_with_its_place),
	    cmocka_unit_test(it_compiles_to_the_same_and_a_second_time_changes_nothing),
	    cmocka_unit_test(the_patches_that_come_along_look_as_they_should),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
