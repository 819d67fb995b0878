/* Modules as data: a library that was described answers what the one that was loaded answers, and whatever is done to
 * the bytes, they are refused or read, never followed outside. */
#include "engine/describe.h"
#include "engine/descriptor.h"
#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/record.h>

#include <cmocka.h>

static struct us_library *loaded(void)
{
	const char *directory = getenv("UNDERSTUDY_MODULES");
	struct us_library *library;
	struct us_err err;
	if (!directory)
		skip();
	if (us_library_open(&library, directory, &err))
		fail_msg("%s", err.text);
	return library;
}

static void equal_text(const char *a, const char *b)
{
	if (a && b)
		assert_string_equal(a, b);
	else
		assert_ptr_equal(a, b);
}

static void equal_module(const struct us_module *a, const struct us_module *b, float rate)
{
	equal_text(a->name, b->name);
	equal_text(a->doc, b->doc);
	equal_text(a->help, b->help);
	equal_text(a->also, b->also);
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->flags, b->flags & ~US_DESCRIBED);
	assert_int_equal(us_module_state_bytes(a, rate), us_module_state_bytes(b, rate));
	assert_int_equal(us_module_tape_frames(a, rate), us_module_tape_frames(b, rate));
	assert_int_equal(a->wide != NULL, b->wide != NULL);
	if (a->wide)
		assert_int_equal(us_module_state_bytes(a->wide, rate), us_module_state_bytes(b->wide, rate));
	assert_int_equal(us_module_input_count(a), us_module_input_count(b));
	assert_int_equal(us_module_output_count(a), us_module_output_count(b));
	for (uint32_t k = 0; k < us_module_input_count(a); k++) {
		const struct us_input *x = &a->inputs[k], *y = &b->inputs[k];
		equal_text(x->name, y->name);
		equal_text(x->doc, y->doc);
		equal_text(x->choices, y->choices);
		equal_text(x->also, y->also);
		assert_true(x->value == y->value && x->min == y->min && x->max == y->max);
		assert_int_equal(x->unit, y->unit);
		assert_int_equal(x->curve, y->curve);
	}
	for (uint32_t k = 0; k < us_module_output_count(a); k++) {
		equal_text(a->outputs[k].name, b->outputs[k].name);
		equal_text(a->outputs[k].doc, b->outputs[k].doc);
	}
}

static void what_is_described_is_what_was_loaded(void **state)
{
	(void)state;
	static const float rates[] = {8000, 44100, 48000, 96000, 192000};
	struct us_library *library = loaded(), *data;
	struct us_err err;
	for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
		void *bytes;
		size_t count;
		assert_int_equal(us_describe(library, rates[r], &bytes, &count, &err), US_OK);
		assert_int_equal(us_library_described(&data, bytes, count, rates[r] + 1, &err), US_FAILED);
		if (us_library_described(&data, bytes, count, rates[r], &err))
			fail_msg("%s", err.text);
		memset(bytes, 0xff, count); /* it has its own copy */
		free(bytes);
		assert_int_equal(us_library_id(library), us_library_id(data));
		const struct us_module *m;
		uint32_t n = 0;
		for (; (m = us_library_at(library, n)); n++)
			equal_module(m, us_library_at(data, n), rates[r]);
		assert_null(us_library_at(data, n));
		us_library_close(data);
	}
	us_library_close(library);
}

/* Control's model has to come out where the workers' engines do: the same checkpoint fits both. */
static void an_engine_over_descriptions_takes_the_checkpoint_of_one_that_plays(void **state)
{
	(void)state;
	enum { RATE = 48000 };
	const struct us_engine_config config = {
	    .rate = RATE, .arena_bytes = 64 << 20, .tape_bytes = us_tape_bytes(600, RATE)};
	struct us_library *library = loaded(), *data;
	struct us_engine *plays, *model;
	struct us_err err;
	void *bytes;
	size_t count;
	float sound[US_BLOCK * US_CHANNELS];
	assert_int_equal(us_describe(library, RATE, &bytes, &count, &err), US_OK);
	assert_int_equal(us_library_described(&data, bytes, count, RATE, &err), US_OK);
	free(bytes);
	assert_int_equal(us_engine_open(&plays, &config, library, &err), US_OK);
	assert_int_equal(us_engine_open(&model, &config, data, &err), US_OK);
	assert_int_equal(us_engine_layout_id(plays), us_engine_layout_id(model));
	const struct us_module *m;
	for (uint32_t n = 0; (m = us_library_at(library, n)); n++) {
		struct us_record r = {.type = US_REC_CREATE, .instance = (uint16_t)n, .create = {.voices = 1}};
		strncpy(r.create.module, m->name, sizeof r.create.module - 1);
		assert_int_equal(us_engine_apply(plays, &r, &err), us_engine_apply(model, &r, NULL));
	}
	for (int i = 0; i < 10; i++)
		us_engine_render(plays, sound);
	void *saved = malloc(us_engine_save_max(plays));
	const size_t used = us_engine_save(plays, saved);
	assert_true(used > 0);
	if (us_engine_load(model, saved, used, &err))
		fail_msg("%s", err.text);
	assert_int_equal(us_engine_block(model), us_engine_block(plays));
	free(saved);
	us_engine_close(plays);
	us_engine_close(model);
	us_library_close(data);
	us_library_close(library);
}

static void damaged_bytes_are_refused_or_harmless(void **state)
{
	(void)state;
	struct us_library *library = loaded(), *data;
	struct us_err err;
	void *bytes;
	size_t count;
	assert_int_equal(us_describe(library, 48000, &bytes, &count, &err), US_OK);
	us_library_close(library);
	for (size_t cut = 0; cut < count; cut += cut < 200 ? 1 : 4093)
		assert_int_equal(us_library_described(&data, bytes, cut, 48000, &err), US_FAILED);
	srand(1);
	unsigned char *copy = malloc(count);
	for (int round = 0; round < 2000; round++) {
		memcpy(copy, bytes, count);
		for (int k = 0; k < 4; k++)
			copy[(size_t)rand() % (round % 2 ? count : 8192)] = (unsigned char)rand();
		if (us_library_described(&data, copy, count, 48000, &err))
			continue;
		const struct us_module *m;
		size_t letters = 0;
		for (uint32_t n = 0; (m = us_library_at(data, n)); n++) {
			letters += strlen(m->name) + strlen(m->doc) + (m->help ? strlen(m->help) : 0);
			for (uint32_t i = 0; i < us_module_input_count(m); i++)
				letters += strlen(m->inputs[i].name);
		}
		assert_true(letters > 0 || !us_library_at(data, 0));
		us_library_close(data);
	}
	free(copy);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_described_is_what_was_loaded),
	    cmocka_unit_test(an_engine_over_descriptions_takes_the_checkpoint_of_one_that_plays),
	    cmocka_unit_test(damaged_bytes_are_refused_or_harmless),
	};
	return cmocka_run_group_tests_name("describe", tests, NULL, NULL);
}
