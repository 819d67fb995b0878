/* test_modules_arp.c — what arp promises: which key, at which frame. */
#include "module_harness.h"

enum { STEP = 6000 }; /* frames of a sixteenth at 120 beats a minute */

static struct us_note_port *port(struct rig *r)
{
	return (struct us_note_port *)r->state;
}

static void hold(struct rig *r, const float *keys, uint32_t count)
{
	port(r)->held_count = count;
	for (uint32_t k = 0; k < count; k++)
		port(r)->held[k] = (struct us_note_key){.key = keys[k], .velocity = 0.5f};
}

/* Keys of the next `count` steps, as they come out; each must come at a multiple of STEP. */
static void expect(struct rig *r, const float *keys, uint32_t count)
{
	uint32_t seen = 0;
	while (seen < count) {
		const uint64_t first = r->block.frame;
		rig_run(r);
		for (int i = 0; i < US_BLOCK && seen < count; i++) {
			if (r->out[3][i][0] < 0.5f)
				continue;
			assert_int_equal((first + (uint64_t)i) % STEP, 0);
			if (fabsf(r->out[0][i][7] * 12 + 60 - keys[seen]) > 1e-3f)
				fail_msg("step %u: key %g instead of %g", seen, r->out[0][i][7] * 12 + 60, keys[seen]);
			assert_true(r->out[2][i][0] == 0.5f);
			seen++;
		}
	}
}

static const float triad[] = {64, 60, 67};

static void it_plays_what_is_held_in_the_order_that_it_is_told(void **state)
{
	(void)state;
	static const float wanted[4][12] = {{60, 64, 67, 72, 76, 79, 60, 64, 67, 72, 76, 79},
	                                    {79, 76, 72, 67, 64, 60, 79, 76, 72, 67, 64, 60},
	                                    {60, 64, 67, 72, 76, 79, 76, 72, 67, 64, 60, 64},
	                                    {64, 60, 67, 76, 72, 79, 64, 60, 67, 76, 72, 79}};
	for (int order = 0; order < 4; order++) {
		struct rig *r = rig_open("arp");
		rig_set(r, "order", (float)order);
		rig_set(r, "octaves", 2);
		hold(r, triad, 3);
		expect(r, wanted[order], 12);
		rig_close(r);
	}
}

static void gates_are_as_long_as_legato_says(void **state)
{
	(void)state;
	struct rig *r = rig_open("arp");
	rig_set(r, "legato", 0.5f);
	hold(r, triad, 3);
	int on = 0;
	for (int n = 0; n < 10 * STEP / US_BLOCK; n++) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			on += r->out[1][i][0] > 0.5f;
	}
	assert_in_range(on, 10 * (STEP / 2 - 2), 10 * (STEP / 2 + 2));
	rig_close(r);
}

static void hold_keeps_the_chord_until_another_begins(void **state)
{
	(void)state;
	struct rig *r = rig_open("arp");
	rig_set(r, "hold", 1);
	hold(r, triad, 3);
	expect(r, (float[]){60, 64}, 2);
	hold(r, NULL, 0);
	expect(r, (float[]){67, 60, 64}, 3);
	hold(r, (float[]){50}, 1);
	expect(r, (float[]){50, 50}, 2);
	rig_set(r, "hold", 0);
	hold(r, NULL, 0);
	for (int n = 0; n < 500; n++) {
		rig_run(r);
		assert_true(n < 100 || r->out[1][0][0] == 0);
	}
	rig_close(r);
}

static void a_clock_steps_it_at_its_frame(void **state)
{
	(void)state;
	struct rig *r = rig_open("arp");
	hold(r, triad, 3);
	for (int n = 0; n < 6; n++) {
		us_vec *clock = rig_plug(r, "clock");
		for (int i = 0; i < US_BLOCK; i++)
			clock[i] = (us_vec){0} + (i >= 10 * n && i < 10 * n + 5 ? 1.f : 0.f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			assert_true((r->out[3][i][0] == 1) == (i == 10 * n));
	}
	rig_close(r);
}

static void dice_take_only_what_is_held_and_all_of_it(void **state)
{
	(void)state;
	struct rig *r = rig_open("arp");
	int seen[128] = {0};
	rig_set(r, "order", 4);
	hold(r, triad, 3);
	for (int n = 0; n < 200 * STEP / US_BLOCK; n++) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			if (r->out[3][i][0] > 0.5f)
				seen[(int)lrintf(r->out[0][i][0] * 12 + 60)]++;
	}
	for (int k = 0; k < 128; k++)
		assert_true((seen[k] > 30) == (k == 60 || k == 64 || k == 67) && (seen[k] == 0 || seen[k] > 30));
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_plays_what_is_held_in_the_order_that_it_is_told),
	    cmocka_unit_test(gates_are_as_long_as_legato_says),
	    cmocka_unit_test(hold_keeps_the_chord_until_another_begins),
	    cmocka_unit_test(a_clock_steps_it_at_its_frame),
	    cmocka_unit_test(dice_take_only_what_is_held_and_all_of_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
