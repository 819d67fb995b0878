/* test_modules_routing.c — what goes where: constant, split, merge, midside, width, matrix; what becomes of gates; and
 * which pitch the tuner hears. */
#include "module_harness.h"

static us_vec pair(float left, float right)
{
	us_vec x = {0};
	x[0] = left;
	x[1] = right;
	return x;
}

static void hold(struct rig *r, const char *input, us_vec x)
{
	rig_hold(r, rig_input(r, input), x);
}

static void sides_come_apart_and_together_again(void **state)
{
	(void)state;
	struct rig *s = rig_open("split"), *m = rig_open("merge");
	hold(s, "in", pair(0.3f, -0.7f));
	rig_run(s);
	assert_true(s->out[0][9][0] == 0.3f && s->out[0][9][1] == 0.3f && s->out[1][9][0] == -0.7f);
	hold(m, "left", s->out[0][9]);
	hold(m, "right", s->out[1][9]);
	rig_run(m);
	assert_true(m->out[0][3][0] == 0.3f && m->out[0][3][1] == -0.7f);
	rig_close(s);
	rig_close(m);
}

static void middle_and_sides_are_sum_and_difference(void **state)
{
	(void)state;
	struct rig *r = rig_open("midside");
	hold(r, "in", pair(0.75f, 0.25f));
	rig_run(r);
	assert_true(r->out[0][0][0] == 0.75f && r->out[0][0][1] == 0.25f); /* nothing changed, nothing lost */
	assert_true(r->out[1][0][0] == 0.5f && r->out[2][0][1] == 0.25f);
	rig_set(r, "side", 0);
	rig_run(r);
	assert_true(r->out[0][0][0] == 0.5f && r->out[0][0][1] == 0.5f);
	rig_close(r);
}

static void width_is_mono_at_nought_and_in_the_bass(void **state)
{
	(void)state;
	struct rig *r = rig_open("width");
	hold(r, "in", pair(1, -0.5f));
	rig_run(r);
	assert_true(r->out[0][63][0] == 1 && r->out[0][63][1] == -0.5f);
	rig_set(r, "width", 0);
	rig_run(r);
	assert_true(r->out[0][63][0] == 0.25f && r->out[0][63][1] == 0.25f);
	rig_set(r, "width", 1);
	rig_set(r, "bass", 200);
	for (int b = 0; b < 200; b++)
		rig_run(r);
	assert_true(fabsf(r->out[0][63][0] - r->out[0][63][1]) < 1e-3f); /* a level that stands still is bass */
	rig_close(r);
}

static void a_crosspoint_takes_its_row_to_its_column(void **state)
{
	(void)state;
	struct rig *r = rig_open("matrix");
	rig_set(r, "b", 0.5f);
	rig_set(r, "f", 2);
	rig_set(r, "b3", 1);
	rig_set(r, "f3", -0.25f);
	rig_set(r, "f6", 4);
	rig_run(r);
	for (int o = 0; o < 6; o++)
		assert_true(r->out[o][5][0] == (o == 2 ? 0.f : o == 5 ? 8.f : 0.f));
	rig_set(r, "f3", 1);
	rig_run(r);
	assert_true(r->out[2][5][0] == 2.5f);
	rig_close(r);
}

static void knobs_of_constant_are_its_outputs(void **state)
{
	(void)state;
	struct rig *r = rig_open("constant");
	rig_set(r, "a", -3);
	rig_set(r, "h", 7.5f);
	rig_run(r);
	assert_true(r->out[0][0][0] == -3 && r->out[7][63][0] == 7.5f && r->out[3][9][0] == 0);
	rig_close(r);
}

/* The frames at which out rises, and how long it stays, after one gate at frame `at`. */
static void a_gate_is_delayed_stretched_and_repeated_to_the_frame(void **state)
{
	(void)state;
	struct rig *r = rig_open("gates");
	us_vec *gate = rig_plug(r, "gate");
	enum { AT = 100, DELAY = 480, LENGTH = 96, SPACE = 240, BURST = 3 };
	rig_set(r, "delay", 10);
	rig_set(r, "length", 2);
	rig_set(r, "burst", BURST);
	rig_set(r, "space", 5);
	for (int n = 0; n < 3000; n += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++)
			gate[i] = (us_vec){0} + (n + i >= AT && n + i < AT + 50 ? 1.f : 0.f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			bool wanted = false;
			for (int k = 0; k < BURST; k++)
				wanted |= n + i >= AT + DELAY + k * SPACE && n + i < AT + DELAY + k * SPACE + LENGTH;
			if ((r->out[0][i][0] > 0.5f) != wanted)
				fail_msg("frame %d: out is %g", n + i, (double)r->out[0][i][0]);
		}
	}
	rig_close(r);
}

static void chance_lets_through_as_many_as_it_says(void **state)
{
	(void)state;
	struct rig *r = rig_open("gates");
	us_vec *gate = rig_plug(r, "gate");
	uint32_t passed = 0, skipped = 0;
	rig_set(r, "chance", 0.3f);
	rig_set(r, "length", 0);
	for (int n = 0; n < 20000; n++) {
		memset(gate, 0, sizeof(us_vec) * US_BLOCK);
		gate[7] = (us_vec){0} + 1;
		rig_run(r);
		passed += r->out[0][7][2] > 0.5f;
		skipped += r->out[1][7][2] > 0.5f;
	}
	assert_int_equal(passed + skipped, 20000);
	assert_in_range(passed, 5700, 6300);
	rig_close(r);
}

static void tuner_hears_the_pitch_within_a_few_cents(void **state)
{
	(void)state;
	static const double hz[] = {41.2, 110, 261.63, 440, 880, 1318.5};
	for (size_t f = 0; f < sizeof hz / sizeof hz[0]; f++) {
		struct rig *r = rig_open("tuner");
		us_vec *in = rig_plug(r, "in");
		for (int n = 0; n < 48000; n += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++) {
				double x = 0;
				for (int k = 1; k <= 6; k++)
					x += sin(2 * M_PI * hz[f] * k * (n + i) / 48000) / k;
				in[i] = (us_vec){0} + (float)(0.3 * x);
			}
			rig_run(r);
		}
		const double cents = 1200 * ((double)r->out[0][0][0] - log2(hz[f] / (double)US_C4_HZ));
		if (fabs(cents) > 6 || r->out[2][0][0] < 0.9f || r->out[3][0][0] != 1)
			fail_msg("%g Hz: %.1f cents off, clarity %g", hz[f], cents, (double)r->out[2][0][0]);
		rig_close(r);
	}
}

static void tuner_believes_no_noise(void **state)
{
	(void)state;
	struct rig *r = rig_open("tuner");
	us_vec *in = rig_plug(r, "in");
	struct dice d = {3};
	for (int n = 0; n < 2000; n++) {
		for (int i = 0; i < US_BLOCK; i++)
			in[i] = (us_vec){0} + dice_between(&d, -0.5f, 0.5f);
		rig_run(r);
		assert_true(r->out[3][0][0] == 0);
	}
	rig_close(r);
}

/* --- in -----------------------------------------------------------------------------------------------------------
 */

static void in_gives_what_the_device_hears_and_silence_without_one(void **state)
{
	(void)state;
	struct rig *r = rig_open("in");
	float heard[US_BLOCK * US_CHANNELS];
	struct dice d = {8};
	for (int i = 0; i < US_BLOCK * US_CHANNELS; i++)
		heard[i] = dice_between(&d, -1, 1);
	r->block.input = heard;
	rig_run(r);
	const int left = rig_output(r, "left"), right = rig_output(r, "right");
	for (int i = 0; i < US_BLOCK; i++) {
		assert_true(r->out[0][i][0] == heard[2 * i] && r->out[0][i][1] == heard[2 * i + 1]);
		for (int l = 0; l < US_LANES; l++)
			assert_true(r->out[left][i][l] == heard[2 * i] && r->out[right][i][l] == heard[2 * i + 1]);
	}
	r->block.input = NULL;
	rig_run(r);
	for (uint32_t o = 0; o < r->outputs; o++)
		for (int i = 0; i < US_BLOCK; i++)
			for (int l = 0; l < US_LANES; l++)
				assert_true(r->out[o][i][l] == 0);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sides_come_apart_and_together_again),
	    cmocka_unit_test(middle_and_sides_are_sum_and_difference),
	    cmocka_unit_test(width_is_mono_at_nought_and_in_the_bass),
	    cmocka_unit_test(a_crosspoint_takes_its_row_to_its_column),
	    cmocka_unit_test(knobs_of_constant_are_its_outputs),
	    cmocka_unit_test(a_gate_is_delayed_stretched_and_repeated_to_the_frame),
	    cmocka_unit_test(chance_lets_through_as_many_as_it_says),
	    cmocka_unit_test(tuner_hears_the_pitch_within_a_few_cents),
	    cmocka_unit_test(tuner_believes_no_noise),
	    cmocka_unit_test(in_gives_what_the_device_hears_and_silence_without_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
