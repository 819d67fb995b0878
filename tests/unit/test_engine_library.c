/* Libraries of modules: what is loaded, what is refused and in which words, what is looked up. */
#include "engine_kit.h"

#include <sys/stat.h>
#include <unistd.h>

static struct us_module changed(void (*change)(struct us_module *))
{
	struct us_module m = wire_module;
	change(&m);
	return m;
}

static void wrong_abi(struct us_module *m)
{
	m->abi = US_ABI + 1;
}
static void bad_name(struct us_module *m)
{
	m->name = "Wire";
}
static void long_name(struct us_module *m)
{
	m->name = "a_name_of_17_byte";
}
static void no_process(struct us_module *m)
{
	m->process = NULL;
}
static void twin_inputs(struct us_module *m)
{
	m->inputs[1].name = m->inputs[0].name;
}
static void value_out_of_range(struct us_module *m)
{
	m->inputs[1].value = 11;
}
static void range_without_end(struct us_module *m)
{
	m->inputs[1].max = INFINITY;
}
static void exponential_from_zero(struct us_module *m)
{
	m->inputs[1].min = 0;
	m->inputs[1].curve = US_EXP;
}
static void choices_without_choice(struct us_module *m)
{
	m->inputs[1].choices = "a|b";
}

static void a_descriptor_that_breaks_the_contract_is_refused_with_the_reason(void **state)
{
	(void)state;
	static const struct {
		void (*change)(struct us_module *);
		const char *words;
	} wrong[] = {
	    {wrong_abi, "build it again"},
	    {bad_name, "[a-z]"},
	    {long_name, "at most 15 bytes"},
	    {no_process, "process function"},
	    {twin_inputs, "unique"},
	    {value_out_of_range, "not within its range"},
	    {range_without_end, "not within its range"},
	    {exponential_from_zero, "above 0"},
	    {choices_without_choice, "US_CHOICE"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct us_library *library;
		struct us_err err = {{0}};
		struct us_module m = changed(wrong[i].change);
		const struct us_module *list[] = {&m};
		assert_int_equal(us_library_of(&library, list, 1, &err), US_FAILED);
		if (!strstr(err.text, wrong[i].words))
			fail_msg("'%s' does not say '%s'", err.text, wrong[i].words);
	}
}

static void two_modules_cannot_share_a_name(void **state)
{
	(void)state;
	struct us_library *library;
	struct us_err err;
	const struct us_module *twins[] = {&wire_module, &out_module, &wire_module};
	assert_int_equal(us_library_of(&library, twins, 3, &err), US_FAILED);
	assert_string_equal(err.text, "two modules are called wire");
}

static void modules_are_found_listed_and_guessed_by_name(void **state)
{
	(void)state;
	const struct us_library *library = kit_library();
	assert_ptr_equal(us_library_find(library, "echo"), &echo_module);
	assert_null(us_library_find(library, "ech"));
	assert_null(us_library_find(library, ""));
	for (uint32_t i = 0; i + 1 < KIT; i++)
		assert_true(strcmp(us_library_at(library, i)->name, us_library_at(library, i + 1)->name) < 0);
	assert_null(us_library_at(library, KIT));
	assert_string_equal(us_library_nearest(library, "ehco"), "echo");
	assert_string_equal(us_library_nearest(library, "voice"), "voices");
	assert_string_equal(us_library_nearest(library, "voi"), "voices"); /* it stops short */
	assert_null(us_library_nearest(library, "saxophone"));
	assert_null(us_library_nearest(library, ""));
	assert_int_equal(us_module_input_count(&wire_module), 4);
	assert_int_equal(us_module_output_count(&gate_module), 3);
	assert_int_equal(us_module_input(&wire_module, "add"), 2);
	assert_int_equal(us_module_input(&wire_module, "ad"), -1);
	assert_int_equal(us_module_output(&gate_module, "count"), 2);
	assert_string_equal(us_unit_name(US_HZ), "hz");
	for (enum us_unit unit = 0; unit < US_UNITS; unit++)
		assert_string_not_equal(us_unit_name(unit), "unknown");
	assert_string_equal(us_unit_name(US_UNITS), "unknown");
}

static void a_directory_that_holds_no_module_says_what_it_holds(void **state)
{
	(void)state;
	char directory[] = "/tmp/understudy-test-XXXXXX", path[64];
	struct us_library *library;
	struct us_err err;
	assert_non_null(mkdtemp(directory));
	assert_int_equal(us_library_open(&library, directory, &err), US_FAILED);
	assert_non_null(strstr(err.text, "there is no module in"));
	snprintf(path, sizeof path, "%s/text.so", directory);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("not a shared object\n", f);
	fclose(f);
	assert_int_equal(us_library_open(&library, directory, &err), US_FAILED);
	assert_non_null(strstr(err.text, "text.so"));
	unlink(path);
	rmdir(directory);
	assert_int_equal(us_library_open(&library, directory, &err), US_FAILED);
	assert_non_null(strstr(err.text, "cannot read"));
}

/* Every module in the tree keeps to the contract, and all of them can be played. */
static void the_modules_of_this_build_load_and_play(void **state)
{
	(void)state;
	const char *directory = getenv("UNDERSTUDY_MODULES");
	struct us_library *library;
	struct us_engine *e;
	struct us_err err;
	float sound[FRAMES];
	if (!directory)
		skip();
	if (us_library_open(&library, directory, &err))
		fail_msg("%s", err.text);
	assert_int_equal(us_engine_open(&e,
	                                &(struct us_engine_config){.rate = RATE,
	                                                           .arena_bytes = 64 << 20,
	                                                           .tape_bytes = us_tape_bytes(600, RATE)},
	                                library, &err),
	                 0);
	const struct us_module *m;
	for (uint32_t n = 0; (m = us_library_at(library, n)); n++)
		create(e, (int)n, m->name);
	for (int i = 0; i < 20; i++)
		us_engine_render(e, sound);
	us_engine_close(e);
	us_library_close(library);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_descriptor_that_breaks_the_contract_is_refused_with_the_reason),
	    cmocka_unit_test(two_modules_cannot_share_a_name),
	    cmocka_unit_test(modules_are_found_listed_and_guessed_by_name),
	    cmocka_unit_test(a_directory_that_holds_no_module_says_what_it_holds),
	    cmocka_unit_test(the_modules_of_this_build_load_and_play),
	};
	return cmocka_run_group_tests_name("engine library", tests, NULL, NULL);
}
