/* test_modules_control.c — what ad, ramp, divide, compare, logic, math, scale, switch and route promise. */
#include "module_harness.h"

enum { RATE = 48000 };

/* Holds a gate on for the frames [from, until) of the next `blocks` blocks and writes down lane 3 of an output. */
static void record(struct rig *r, const char *gate, int from, int until, int output, float *to, int blocks)
{
	for (int n = 0; n < blocks; n++) {
		us_vec *g = rig_plug(r, gate);
		for (int i = 0; i < US_BLOCK; i++)
			g[i] = (us_vec){0} + (n * US_BLOCK + i >= from && n * US_BLOCK + i < until ? 1.f : 0.f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			to[n * US_BLOCK + i] = r->out[output][i][3];
	}
}

static void ad_takes_its_times_to_the_frame(void **state)
{
	(void)state;
	for (int curve = -1; curve <= 1; curve++) {
		float env[100 * US_BLOCK];
		struct rig *r = rig_open("ad");
		rig_set(r, "attack", 10); /* 480 frames */
		rig_set(r, "decay", 25);  /* 1,200 */
		rig_set(r, "curve", (float)curve);
		record(r, "trigger", 37, 38, rig_output(r, "env"), env, 100);
		assert_true(env[36] == 0 && env[37] == 0 && env[38] > 0);
		assert_true(env[37 + 480] == 1 && env[37 + 479] < 1 && env[37 + 481] < 1);
		assert_true(env[37 + 1680] == 0 && env[37 + 1679] > 0);
		for (int i = 38; i <= 37 + 480; i++)
			assert_true(env[i] > env[i - 1]);
		for (int i = 37 + 481; i <= 37 + 1680; i++)
			assert_true(env[i] < env[i - 1]);
		const float half_way = env[37 + 480 + 600];
		assert_true(curve == 0  ? fabsf(half_way - 0.5f) < 1e-5f
		            : curve > 0 ? half_way < 0.2f
		                        : half_way > 0.8f);
		rig_close(r);
	}
}

static void ad_goes_round_and_tells_its_end(void **state)
{
	(void)state;
	float end[100 * US_BLOCK];
	struct rig *r = rig_open("ad");
	rig_set(r, "attack", 1); /* 48 frames */
	rig_set(r, "decay", 2);  /* 96 */
	rig_set(r, "loop", 1);
	record(r, "trigger", 10, 5000, rig_output(r, "end"), end, 100);
	for (int i = 0; i < 100 * US_BLOCK; i++)
		assert_true(end[i] == (i > 10 && (i - 10) % 144 == 0 ? 1.f : 0.f));
	rig_close(r);
}

static void ad_is_a_vca_and_obeys_velocity(void **state)
{
	(void)state;
	float sound[20 * US_BLOCK];
	struct rig *r = rig_open("ad");
	rig_set(r, "in", -0.5f);
	rig_set(r, "attack", 1);
	rig_set(r, "velocity", 0.25f);
	record(r, "trigger", 0, 1, rig_output(r, "out"), sound, 20);
	assert_true(sound[48] == -0.125f);
	rig_close(r);
}

static void ramp_walks_through_its_stages_and_holds(void **state)
{
	(void)state;
	float out[100 * US_BLOCK];
	struct rig *r = rig_open("ramp"); /* 4 stages, holds behind the third */
	rig_set(r, "curve", 0);
	rig_set(r, "level1", 1);
	rig_set(r, "level2", -0.5f);
	rig_set(r, "level3", 0.75f);
	rig_set(r, "level4", 0.25f);
	for (int k = 1; k <= 4; k++) {
		char name[8];
		snprintf(name, sizeof name, "time%d", k);
		rig_set(r, name, 10.f * (float)k); /* 480, 960, 1,440, 1,920 frames */
	}
	record(r, "gate", 5, 4005, 0, out, 100);
	assert_true(out[5] == 0 && out[5 + 240] == 0.5f && out[5 + 480] == 1);
	assert_true(out[5 + 1440] == -0.5f);
	assert_true(out[5 + 2880] == 0.75f && out[3500] == 0.75f && out[4004] == 0.75f && out[4005] == 0.75f);
	assert_true(fabsf(out[4005 + 960] - 0.5f) < 1e-5f && out[4005 + 1920] == 0.25f && out[6399] == 0.25f);
	rig_close(r);
}

static void ramp_leaves_for_the_stage_behind_the_held_one_when_the_gate_falls_early(void **state)
{
	(void)state;
	float out[20 * US_BLOCK];
	struct rig *r = rig_open("ramp");
	rig_set(r, "curve", 0);
	rig_set(r, "time1", 10);
	rig_set(r, "time4", 10);
	record(r, "gate", 0, 240, 0, out, 20);
	const float top = 239.f / 480; /* nearly half-way up, and now down to level4, 0 */
	assert_true(fabsf(out[240] - top) < 1e-6f && fabsf(out[240 + 240] - top / 2) < 1e-6f && out[240 + 480] == 0);
	rig_close(r);
}

static void ramp_goes_round_while_the_gate_is_on_and_takes_stages_of_no_time_at_once(void **state)
{
	(void)state;
	float out[30 * US_BLOCK], end[30 * US_BLOCK];
	struct rig *r = rig_open("ramp");
	rig_set(r, "stages", 3);
	rig_set(r, "hold", 0);
	rig_set(r, "loop", 1);
	rig_set(r, "curve", 0);
	rig_set(r, "level2", 0.5f);
	rig_set(r, "level3", 0);
	rig_set(r, "time1", 0);
	rig_set(r, "time2", 0);
	rig_set(r, "time3", 2); /* 96 frames: a falling saw from 0.5 */
	record(r, "gate", 3, 1000, 0, out, 30);
	for (int i = 3; i < 1000; i++)
		assert_true(fabsf(out[i] - 0.5f * (1 - (float)((i - 3) % 96) / 96)) < 1e-6f);
	assert_true(out[1919] == 0);
	rig_reset(r, 1);
	record(r, "gate", 3, 1000, 1, end, 30);
	for (int i = 0; i < 1920; i++)
		assert_true(end[i] == (i > 3 && i <= 3 + 96 * 11 && (i - 3) % 96 == 0 ? 1.f : 0.f));
	rig_close(r);
}

/* Rises of output 0 while a clock of `period` frames runs for `frames`, as frame numbers; returns how many. */
static int ticks_of(struct rig *r, int period, int frames, int *at, int room)
{
	float before = 0;
	int count = 0;
	for (int f = 0; f < frames; f += US_BLOCK) {
		us_vec *clock = rig_plug(r, "clock");
		for (int i = 0; i < US_BLOCK; i++)
			clock[i] = (us_vec){0} + ((f + i) % period < period / 2 ? 1.f : 0.f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			const float now = r->out[0][i][5];
			if (now > 0.5f && before <= 0.5f && count < room)
				at[count++] = f + i;
			before = now;
		}
	}
	return count;
}

static void divide_lets_every_nth_tick_through_in_its_very_frame(void **state)
{
	(void)state;
	int at[64];
	struct rig *r = rig_open("divide");
	rig_set(r, "divide", 3);
	assert_int_equal(ticks_of(r, 500, 30 * US_BLOCK * 25, at, 64), 32);
	for (int n = 0; n < 32; n++)
		assert_int_equal(at[n], n * 1500);
	rig_close(r);
}

static void divide_multiplies_evenly(void **state)
{
	(void)state;
	int at[64];
	struct rig *r = rig_open("divide");
	rig_set(r, "divide", 1);
	rig_set(r, "multiply", 4);
	int n = ticks_of(r, 500, 6400, at, 64); /* how long a tick is, it knows from the second one on */
	assert_int_equal(at[0], 0);
	for (int k = 1; k < n; k++)
		assert_int_equal(at[k], 500 + 125 * (k - 1));
	assert_int_equal(n, 1 + (6400 - 500 + 124) / 125);
	rig_close(r);
}

static void divide_makes_three_against_four(void **state)
{
	(void)state;
	int at[64];
	struct rig *r = rig_open("divide");
	rig_set(r, "divide", 4);
	rig_set(r, "multiply", 3);
	int n = ticks_of(r, 300, 9600, at, 64);
	assert_int_equal(at[0], 0);
	for (int k = 1; k < n; k++)
		assert_int_equal(at[k], 1200 + 400 * (k - 1));
	rig_close(r);
}

static void compare_turns_beyond_its_hysteresis_only(void **state)
{
	(void)state;
	struct rig *r = rig_open("compare");
	rig_set(r, "level", 0.5f);
	rig_set(r, "hysteresis", 0.2f);
	static const struct {
		float in;
		bool above, near;
	} step[] = {{0.5f, false, true},  {0.59f, false, true}, {0.61f, true, false},
	            {0.45f, true, true},  {0.41f, true, true},  {0.39f, false, false},
	            {0.55f, false, true}, {9, true, false},     {-9, false, false}};
	rig_set(r, "width", 0.1f);
	for (size_t k = 0; k < sizeof step / sizeof step[0]; k++) {
		rig_set(r, "in", step[k].in);
		rig_run(r);
		assert_true((r->out[0][0][2] == 1) == step[k].above && (r->out[1][63][2] == 1) == !step[k].above);
		assert_true((r->out[2][9][2] == 1) == step[k].near);
	}
	rig_close(r);
}

static void logic_knows_its_tables(void **state)
{
	(void)state;
	static const char *const names[] = {"and", "or", "xor", "nand", "nor", "xnor"};
	static const bool table[6][4] = {{0, 0, 0, 1}, {0, 1, 1, 1}, {0, 1, 1, 0},
	                                 {1, 1, 1, 0}, {1, 0, 0, 0}, {1, 0, 0, 1}};
	struct rig *r = rig_open("logic");
	for (int k = 0; k < 4; k++) {
		rig_set(r, "a", (float)(k >> 1));
		rig_set(r, "b", (float)(k & 1));
		rig_run(r);
		for (int n = 0; n < 6; n++)
			assert_true((r->out[rig_output(r, names[n])][7][1] == 1) == table[n][k]);
	}
	rig_close(r);
}

static void logic_toggles_and_latches_at_the_frame(void **state)
{
	(void)state;
	struct rig *r = rig_open("logic");
	us_vec *a = rig_plug(r, "a"), *b = rig_plug(r, "b");
	for (int i = 0; i < US_BLOCK; i++) {
		a[i] = (us_vec){0} + (i == 10 || i == 30 || i == 50 ? 1.f : 0.f);
		b[i] = (us_vec){0} + (i == 20 || i == 50 ? 1.f : 0.f);
	}
	rig_run(r);
	const us_vec *toggle = r->out[rig_output(r, "toggle")], *latch = r->out[rig_output(r, "latch")];
	for (int i = 0; i < US_BLOCK; i++) {
		assert_true((toggle[i][0] == 1) == ((i >= 10 && i < 30) || i >= 50));
		assert_true((latch[i][0] == 1) == ((i >= 10 && i < 20) || (i >= 30 && i < 50)));
	}
	rig_close(r);
}

static void math_is_right(void **state)
{
	(void)state;
	struct rig *r = rig_open("math");
	static const float pair[][2] = {{3, 2}, {-3, 2}, {0.5f, -4}, {7, 0}, {0, 0}, {-2, 3}, {1e9f, 1e9f}};
	for (size_t k = 0; k < sizeof pair / sizeof pair[0]; k++) {
		const float a = pair[k][0], b = pair[k][1];
		rig_set(r, "a", a);
		rig_set(r, "b", b);
		rig_run(r);
		const float want[] = {fminf(a + b, 1e9f), a - b,   fminf(a * b, 1e9f), b == 0 ? 0 : a / b, fminf(a, b),
		                      fmaxf(a, b),        fabsf(a)};
		for (int o = 0; o < 7; o++)
			if (r->out[o][11][4] != want[o])
				fail_msg("%g %s %g: %g", a, r->module->outputs[o].name, b, r->out[o][11][4]);
		if (fabsf(a) < 10 && b != 0)
			assert_true(fabsf(r->out[7][0][0] - copysignf(powf(fabsf(a), b), a)) <
			            1e-4f * fmaxf(1, powf(fabsf(a), b)));
	}
	rig_close(r);
}

static void scale_meets_both_ends_and_bends_between(void **state)
{
	(void)state;
	struct rig *r = rig_open("scale");
	rig_set(r, "from_low", -1);
	rig_set(r, "from_high", 3);
	rig_set(r, "to_low", 100);
	rig_set(r, "to_high", 20);
	static const float straight[][2] = {{-1, 100}, {3, 20}, {1, 60}, {9, 20}, {-9, 100}};
	for (int k = 0; k < 5; k++) {
		rig_set(r, "in", straight[k][0]);
		rig_run(r);
		assert_true(fabsf(r->out[0][1][1] - straight[k][1]) < 1e-4f);
	}
	rig_set(r, "beyond", 1);
	rig_set(r, "in", 5);
	rig_run(r);
	assert_true(fabsf(r->out[0][1][1] + 20) < 1e-4f);
	rig_set(r, "in", 1);
	for (int curve = -1; curve <= 1; curve += 2) {
		rig_set(r, "curve", (float)curve);
		rig_run(r);
		assert_true(curve > 0 ? r->out[0][1][1] > 90 : r->out[0][1][1] < 30);
	}
	rig_close(r);
}

static void plug_numbers(struct rig *r)
{
	for (int n = 1; n <= 8; n++) {
		char name[8];
		snprintf(name, sizeof name, "in%d", n);
		rig_set(r, name, (float)n);
	}
}

static void clock_at(struct rig *r, int frame)
{
	us_vec *clock = rig_plug(r, "clock");
	for (int i = 0; i < US_BLOCK; i++)
		clock[i] = (us_vec){0} + (i == frame ? 1.f : 0.f);
	rig_run(r);
}

static void switch_steps_with_its_clock_and_chooses_by_value(void **state)
{
	(void)state;
	struct rig *r = rig_open("switch");
	plug_numbers(r);
	rig_set(r, "fade", 0);
	rig_set(r, "steps", 3);
	for (int n = 0; n < 10; n++) {
		clock_at(r, 20);
		assert_true(r->out[0][19][0] == (float)(n % 3 + 1) && r->out[0][20][0] == (float)((n + 1) % 3 + 1));
	}
	rig_set(r, "clock", 0);
	rig_set(r, "steps", 8);
	rig_set(r, "choose", 5.2f);
	rig_run(r);
	assert_true(r->out[1][3][6] == 6 && r->out[0][63][6] == 7); /* five behind the second */
	rig_close(r);
}

static void switch_fades_from_one_to_the_next(void **state)
{
	(void)state;
	struct rig *r = rig_open("switch");
	plug_numbers(r);
	rig_set(r, "fade", 1); /* 48 frames */
	rig_run(r);
	assert_true(r->out[0][0][0] == 1); /* the first is there at once */
	clock_at(r, 0);
	assert_true(fabsf(r->out[0][23][0] - 1.5f) < 1e-5f && fabsf(r->out[0][47][0] - 2) < 1e-5f);
	rig_close(r);
}

static void route_gives_to_one_place_and_nothing_to_the_others(void **state)
{
	(void)state;
	struct rig *r = rig_open("route");
	rig_set(r, "in", 0.5f);
	for (int n = 0; n < 20; n++) {
		for (int o = 0; o < 8; o++)
			assert_true(n == 0 || r->out[o][63][3] == (o == n % 8 ? 0.5f : 0));
		clock_at(r, n);
	}
	us_vec *reset = rig_plug(r, "reset");
	for (int i = 0; i < US_BLOCK; i++)
		reset[i] = (us_vec){0} + (i == 30 ? 1.f : 0.f);
	rig_set(r, "clock", 0);
	rig_run(r);
	assert_true(r->out[4][29][3] == 0.5f && r->out[4][30][3] == 0 && r->out[0][30][3] == 0.5f);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ad_takes_its_times_to_the_frame),
	    cmocka_unit_test(ad_goes_round_and_tells_its_end),
	    cmocka_unit_test(ad_is_a_vca_and_obeys_velocity),
	    cmocka_unit_test(ramp_walks_through_its_stages_and_holds),
	    cmocka_unit_test(ramp_leaves_for_the_stage_behind_the_held_one_when_the_gate_falls_early),
	    cmocka_unit_test(ramp_goes_round_while_the_gate_is_on_and_takes_stages_of_no_time_at_once),
	    cmocka_unit_test(divide_lets_every_nth_tick_through_in_its_very_frame),
	    cmocka_unit_test(divide_multiplies_evenly),
	    cmocka_unit_test(divide_makes_three_against_four),
	    cmocka_unit_test(compare_turns_beyond_its_hysteresis_only),
	    cmocka_unit_test(logic_knows_its_tables),
	    cmocka_unit_test(logic_toggles_and_latches_at_the_frame),
	    cmocka_unit_test(math_is_right),
	    cmocka_unit_test(scale_meets_both_ends_and_bends_between),
	    cmocka_unit_test(switch_steps_with_its_clock_and_chooses_by_value),
	    cmocka_unit_test(switch_fades_from_one_to_the_next),
	    cmocka_unit_test(route_gives_to_one_place_and_nothing_to_the_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
