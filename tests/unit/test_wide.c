/* test_wide — the wide form of every module (see module.h) sounds like the narrow one, bit for bit, whatever is plugged
 * in; and so does the engine around it. Where modules have no wide form there is nothing to compare. */
#include "engine/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { VOICES = 27, BLOCKS = 150 }; /* the last wide group is not full, nor is the last narrow one */
enum { NOISE, CLOCK, SUBJECT, OUT };

static struct us_library *wide, *narrow;
static struct us_module *copies;

/* The same modules without their wide forms. */
static int open_libraries(void **state)
{
	(void)state;
	const char *directory = getenv("UNDERSTUDY_MODULES");
	if (us_library_open(&wide, directory ? directory : "build/modules", NULL))
		return 1;
	uint32_t count = 0;
	while (us_library_at(wide, count))
		count++;
	const struct us_module **list = calloc(count, sizeof *list);
	copies = calloc(count, sizeof *copies);
	for (uint32_t i = 0; i < count; i++) {
		copies[i] = *us_library_at(wide, i);
		copies[i].wide = NULL;
		list[i] = &copies[i];
	}
	const int failed = us_library_of(&narrow, list, count, NULL);
	free(list);
	return failed;
}

static int close_libraries(void **state)
{
	(void)state;
	us_library_close(narrow);
	us_library_close(wide);
	free(copies);
	return 0;
}

static void apply(struct us_engine *e, struct us_record r)
{
	struct us_err err;
	if (us_engine_apply(e, &r, &err))
		fail_msg("%s", err.text);
}

static void create(struct us_engine *e, int instance, const char *module, int voices)
{
	struct us_record r = {.type = US_REC_CREATE, .instance = (uint16_t)instance};
	strncpy(r.create.module, module, sizeof r.create.module - 1);
	r.create.voices = (uint16_t)voices;
	r.create.seed = 77u * (uint32_t)instance;
	apply(e, r);
}

static void connect(struct us_engine *e, int source, int output, int to, int input, float amount)
{
	apply(e, (struct us_record){.type = US_REC_CONNECT,
	                            .instance = (uint16_t)to,
	                            .cable = {.source = (uint16_t)source,
	                                      .output = (uint8_t)output,
	                                      .input = (uint8_t)input,
	                                      .amount = amount}});
}

static float amount_for(const struct us_input *input, uint32_t k)
{
	switch (input->unit) {
	case US_SIGNAL:
		return 0.5f;
	case US_GATE:
	case US_TRIGGER:
		return 1;
	default: /* every other knob has a cable, so that steady and moving inputs are both met */
		return k % 2 ? 0.1f * (input->max - input->min) : 0;
	}
}

/* Noise in every voice and a clock, plugged into the subject; all that comes out is heard. */
static struct us_engine *play(const struct us_library *library, const struct us_module *subject)
{
	struct us_engine *e;
	assert_int_equal(
	    us_engine_open(&e, &(struct us_engine_config){.rate = 48000, .arena_bytes = 32 << 20}, library, NULL),
	    US_OK);
	create(e, NOISE, "noise", VOICES);
	create(e, CLOCK, "clock", 0);
	create(e, SUBJECT, subject->name, VOICES);
	create(e, OUT, "out", 0);
	for (uint32_t k = 0; subject->inputs[k].name; k++) {
		const enum us_unit unit = subject->inputs[k].unit;
		const float amount = amount_for(&subject->inputs[k], k);
		if (amount != 0)
			connect(e, unit == US_GATE || unit == US_TRIGGER ? CLOCK : NOISE, 0, SUBJECT, (int)k, amount);
	}
	for (int o = 0; subject->outputs[o].name; o++)
		connect(e, SUBJECT, o, OUT, 1 + o % 2, 0.02f);
	return e;
}

static void compare(const struct us_module *subject)
{
	struct us_engine *w = play(wide, subject), *n = play(narrow, subject);
	for (int b = 0; b < BLOCKS; b++) {
		float a[US_BLOCK * US_CHANNELS], c[US_BLOCK * US_CHANNELS];
		us_engine_render(w, a);
		us_engine_render(n, c);
		for (int i = 0; i < US_BLOCK * US_CHANNELS; i++)
			if (memcmp(&a[i], &c[i], sizeof a[i]))
				fail_msg("%s: frame %d of block %d is %.9g with 16 lanes, %.9g with 8", subject->name,
				         i / US_CHANNELS, b, (double)a[i], (double)c[i]);
		if (b == BLOCKS / 3)
			apply(w, (struct us_record){.type = US_REC_TEMPO, .set.value = 200}),
			    apply(n, (struct us_record){.type = US_REC_TEMPO, .set.value = 200});
	}
	us_engine_close(w);
	us_engine_close(n);
}

static void every_module_sounds_the_same_in_both_forms(void **state)
{
	(void)state;
	int compared = 0;
	for (uint32_t i = 0; us_library_at(wide, i); i++)
		if (us_library_at(wide, i)->wide && strcmp(us_library_at(wide, i)->name, "fault") != 0)
			compare(us_library_at(wide, i)), compared++;
	if (!compared)
		skip();
}

/* Echoes of feedback cables, sums into mono, mono into voices, and voices that come and go. */
static void a_patch_that_changes_sounds_the_same_in_both_forms(void **state)
{
	(void)state;
	if (!us_library_find(wide, "filter")->wide)
		skip();
	struct us_engine *both[2];
	for (int i = 0; i < 2; i++) {
		struct us_engine *e = both[i] = play(i ? narrow : wide, us_library_find(wide, "filter"));
		create(e, 10, "vca", 0);
		create(e, 11, "delay", 0);
		connect(e, SUBJECT, 1, 10, 0, 0.4f);
		connect(e, CLOCK, 1, 10, 1, 1);
		connect(e, 10, 0, SUBJECT, 0, 0.3f);
		connect(e, 10, 0, 11, 0, 0.01f);
		connect(e, 11, 0, NOISE, 0, 0.1f); /* a loop, and a sum into it */
	}
	for (int b = 0; b < 4 * BLOCKS; b++) {
		float a[2][US_BLOCK * US_CHANNELS];
		for (int i = 0; i < 2; i++) {
			if (b == BLOCKS)
				create(both[i], 12, "saw", 9), connect(both[i], 12, 0, OUT, 0, 0.1f);
			if (b == 2 * BLOCKS)
				apply(both[i], (struct us_record){.type = US_REC_DELETE, .instance = 10});
			us_engine_render(both[i], a[i]);
		}
		assert_memory_equal(a[0], a[1], sizeof a[0]);
	}
	void *copy = malloc(us_engine_save_max(both[0]));
	const size_t bytes = us_engine_save(both[0], copy);
	assert_int_equal(us_engine_load(both[0], copy, bytes, NULL), US_OK);
	for (int b = 0; b < BLOCKS; b++) {
		float a[2][US_BLOCK * US_CHANNELS];
		us_engine_render(both[0], a[0]);
		us_engine_render(both[1], a[1]);
		assert_memory_equal(a[0], a[1], sizeof a[0]);
	}
	free(copy);
	us_engine_close(both[0]);
	us_engine_close(both[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_module_sounds_the_same_in_both_forms),
	    cmocka_unit_test(a_patch_that_changes_sounds_the_same_in_both_forms),
	};
	return cmocka_run_group_tests_name("wide", tests, open_libraries, close_libraries);
}
