/* test_convention.c — promises of `understudy 2`: what a text without it means, what migrating it gives, and that both
 * make the same patch. */
#include "spoken_rig.h"

#include "lang/convention.h"
#include "lang/value.h"

#include <glob.h>

enum { TEXT_BYTES = 1 << 19, SAID_BYTES = 1 << 19 };

/* What the commander is told, an address and its values a line. */
struct told {
	char *said;
	size_t used;
};

static int write_down(void *context, const struct us_command *command, struct us_err *err)
{
	struct told *t = context;
	(void)err;
	t->used += (size_t)snprintf(t->said + t->used, SAID_BYTES - t->used, "%s", command->address);
	for (uint32_t i = 0; i < command->argc; i++)
		if (command->arg[i].type == 's')
			t->used += (size_t)snprintf(t->said + t->used, SAID_BYTES - t->used, " %s", command->arg[i].s);
		else
			t->used += (size_t)snprintf(t->said + t->used, SAID_BYTES - t->used, " %.9g",
			                            command->arg[i].type == 'i' ? (double)command->arg[i].i
			                                                        : command->arg[i].d);
	t->used += (size_t)snprintf(t->said + t->used, SAID_BYTES - t->used, "\n");
	assert_true(t->used < SAID_BYTES);
	return US_OK;
}

static int try(const char *text, const char *file, bool whole, struct told *t, struct us_err *err)
{
	const struct us_lang_catalogue catalogue = catalogue_of_files();
	const struct us_lang_text patch = {.text = text, .bytes = strlen(text), .file = file, .whole = whole};
	*t = (struct told){.said = calloc(1, SAID_BYTES)};
	assert_non_null(t->said);
	return us_lang_compile(&patch, &catalogue, write_down, t, err);
}

static char *compile(const char *text, const char *file, bool whole)
{
	struct us_err err;
	struct told t;
	if (try(text, file, whole, &t, &err))
		fail_msg("%s\n%s", err.text, text);
	return t.said;
}

static char *migrate(const char *text, const char *file)
{
	const struct us_lang_catalogue catalogue = catalogue_of_files();
	const struct us_lang_text patch = {.text = text, .bytes = strlen(text), .file = file, .whole = true};
	struct us_err err;
	char *migrated;
	size_t bytes;
	if (us_lang_migrate(&patch, &catalogue, &migrated, &bytes, &err))
		fail_msg("%s\n%s", err.text, text);
	return migrated;
}

/* --- what each text means ---------------------------------------------------------------------------------------- */

static void a_file_that_does_not_say_it_means_the_first(void **state)
{
	static const struct {
		const char *text;
		bool whole, first;
	} texts[] = {{"o = saw\n", true, true},
	             {"# a comment\n\no = saw\n", true, true},
	             {"understudy 1\no = saw\n", true, true},
	             {"understudy 2\no = saw\n", true, false},
	             {"# a comment\n\nunderstudy 2 # the second\no = saw\n", true, false},
	             {"o = saw\n", false, false},
	             {"understudy 1\no = saw\n", false, true},
	             {"understudy 2\no = saw\n", false, false}};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char *said = compile(texts[i].text, "p.us", texts[i].whole);
		assert_string_equal(said, texts[i].first ? "/patch/create o saw\n/mod/o/freq 440\n"
		                                         : "/patch/create o saw\n");
		free(said);
	}
}

static void what_the_text_says_is_not_said_again(void **state)
{
	(void)state;
	char *said = compile("o = vco frequency=a3 pitch=1\nq = quantize root=eb\nk = keys tune=c4\n", "p.us", true);
	assert_string_equal(said, "/patch/create o saw\n/mod/o/freq 220\n/mod/o/pitch 1\n/patch/create q quantize\n"
	                          "/mod/q/scale 9\n/mod/q/root 3\n/patch/create k keys\n/mod/k/tune 60\n");
	free(said);
}

static void it_is_the_first_statement_or_none(void **state)
{
	static const char *const wrong[] = {"o = saw\nunderstudy 2\n", "understudy 3\n", "understudy 2 3\n",
	                                    "understudy 2\nunderstudy 2\n", "understudy two\n"};
	struct us_err err;
	struct told t;
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_int_equal(try(wrong[i], "p.us", true, &t, &err), US_FAILED);
		assert_non_null(strstr(err.text, "p.us:"));
		free(t.said);
	}
}

/* Every row of the table is a knob that there is, and rests elsewhere now. */
static void what_rested_elsewhere_is_known(void **state)
{
	const struct us_module *m;
	uint32_t found = 0;
	(void)state;
	for (uint32_t n = 0; (m = us_library_at(library, n)); n++)
		for (uint32_t k = 0; m->inputs[k].name; k++) {
			const char *text = us_convention_rested(m, k);
			float value;
			if (!text)
				continue;
			assert_int_equal(us_value_parse(text, &m->inputs[k], &value, NULL), US_OK);
			assert_true(value != m->inputs[k].value);
			found++;
		}
	assert_int_equal(found, 18);
}

/* --- migration --------------------------------------------------------------------------------------------------- */

/* A patch and what it becomes make the same commands but for their order in a line, and again it stays what it is. */
static int by_line(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *sorted(char *said)
{
	static char *line[1 << 16];
	size_t lines = 0;
	char *copy = strdup(said), *all = calloc(1, SAID_BYTES);
	size_t used = 0;
	for (char *rest = copy, *one; (one = strsep(&rest, "\n"));)
		line[lines++] = one;
	qsort(line, lines, sizeof line[0], by_line);
	for (size_t i = 0; i < lines; i++)
		used += (size_t)snprintf(all + used, SAID_BYTES - used, "%s\n", line[i]);
	free(copy);
	free(said);
	return all;
}

static void migrates_well(const char *text, const char *file)
{
	char *migrated = migrate(text, file), *again = migrate(migrated, file);
	assert_string_equal(migrated, again);
	assert_memory_equal(migrated, "understudy 2\n", 13);
	char *before = sorted(compile(text, file, true)), *after = sorted(compile(migrated, file, true));
	if (strcmp(before, after))
		fail_msg("%s\nbecame other commands:\n%s\nnot\n%s", migrated, after, before);
	free(before);
	free(after);
	free(migrated);
	free(again);
}

static void a_migrated_patch_is_the_same(void **state)
{
	static const char *const texts[] = {
	    "o = saw\no -> out\n",
	    "# first\n\n   tune = pattern play=\"c4 e4; rev\"   # a name that is a knob's\no=sine "
	    "freq=a3\ntune.pitch->o.pitch\no -> out\n",
	    "freq = saw\nroot = quantize scale=major\nfreq -> root\n",
	    "understudy 1\nk = keys voices=8\no = supersaw\nk.pitch -> o.pitch\no -> out *0.1\n",
	    "understudy 2\nk = keys voices=8\no = supersaw\nk.pitch -> o.pitch\no -> out *0.1\n",
	    "o = vco\nd = kick\nscene a o=default o.pitch=1 d=default\nscene b o=default o.freq=a4 d.drive=6db\no -> "
	    "out\n",
	    "o = saw\no.freq 100\nm = midi_in\nt = tuner\na = arpeggiator tune=a4\nr = ring\no -> r -> out\n",
	    "kit = sampler\nq = quantizer key=3\np = pluck\nq -> p.pitch\np -> out\n",
	    "low = patches/parts/string-voice.us bright=1khz\nlow -> out\n",
	};
	glob_t found;
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		migrates_well(texts[i], "p.us");
	assert_int_equal(glob("patches/*.us", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct us_err err;
		char *text = NULL;
		size_t bytes = 0;
		assert_int_equal(read_text(NULL, found.gl_pathv[i], &text, &bytes, &err), US_OK);
		migrates_well(text, found.gl_pathv[i]);
		/* and as if somebody had written it before */
		assert_memory_equal(text, "understudy 2\n", 13);
		text[11] = '1';
		migrates_well(text, found.gl_pathv[i]);
		free(text);
	}
	assert_true(found.gl_pathc > 30);
	globfree(&found);
}

static void comments_stay(void **state)
{
	(void)state;
	char *text = migrate("# mine\no = saw   # loud\n", "p.us");
	assert_string_equal(text, "understudy 2\n# mine\no = saw freq=440hz  # loud\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_that_does_not_say_it_means_the_first),
	    cmocka_unit_test(what_the_text_says_is_not_said_again),
	    cmocka_unit_test(it_is_the_first_statement_or_none),
	    cmocka_unit_test(what_rested_elsewhere_is_known),
	    cmocka_unit_test(a_migrated_patch_is_the_same),
	    cmocka_unit_test(comments_stay),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
