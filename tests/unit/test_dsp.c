/* test_dsp.c — the error ranges that dsp.h states, measured against libm in double precision; and the same bits from
 * every compiler. */
#include <understudy/dsp.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef us_vec us_fn(us_vec);
enum { STEPS = 1 << 20 };
enum measure { ABSOLUTE, RELATIVE };

static void assert_close(const char *name, us_fn *f, double (*exact)(double), double low, double high, double most,
                         enum measure measure)
{
	double worst = 0, where = 0;
	for (int i = 0; i < STEPS; i += US_LANES) {
		us_vec x;
		for (int l = 0; l < US_LANES; l++)
			x[l] = (float)(low + (high - low) * (i + l) / STEPS);
		us_vec y = f(x);
		for (int l = 0; l < US_LANES; l++) {
			double want = exact((double)x[l]), error = fabs((double)y[l] - want);
			error = measure == RELATIVE ? error / fabs(want) : error;
			if (!(error <= worst))
				worst = error, where = (double)x[l];
		}
	}
	if (!(worst <= most))
		fail_msg("%s: error %g at %.9g, promised %g", name, worst, where, most);
}

static double turn(double x)
{
	return sin(2 * M_PI * x);
}
static double half_turn_tan(double x)
{
	return tan(M_PI * x);
}
static double from_db(double x)
{
	return pow(10, x / 20);
}
static us_vec sin_of_phase(us_vec x)
{
	return us_sin_phase(us_phase(x));
}

static void functions_keep_their_error_ranges(void **state)
{
	(void)state;
	assert_close("us_exp2", us_exp2, exp2, -126, 126.9, 2e-7, RELATIVE);
	assert_close("us_exp2", us_exp2, exp2, -1, 1, 2e-7, RELATIVE);
	assert_close("us_log2", us_log2, log2, 0.4, 2, 3e-7, ABSOLUTE);
	assert_close("us_log2", us_log2, log2, 2, 1e6, 1e-7, RELATIVE);
	assert_close("us_sin_cycles", us_sin_cycles, turn, -0.5, 0.5, 2.5e-7, ABSOLUTE);
	assert_close("us_sin_cycles", us_sin_cycles, turn, -16, 16, 2.5e-7, ABSOLUTE);
	assert_close("us_sin_phase", sin_of_phase, turn, -0.5, 0.5, 2.5e-7, ABSOLUTE);
	assert_close("us_tan_prewarp", us_tan_prewarp, half_turn_tan, 1e-5, 0.32, 3e-6, RELATIVE);
	assert_close("us_tan_prewarp", us_tan_prewarp, half_turn_tan, 0.32, 0.49, 1e-4, RELATIVE);
	assert_close("us_tanh", us_tanh, tanh, -9, 9, 1e-4, ABSOLUTE);
	assert_close("us_tanh", us_tanh, tanh, -3, 3, 2e-6, ABSOLUTE);
	assert_close("us_db_to_gain", us_db_to_gain, from_db, -120, 120, 1e-6, RELATIVE);
	assert_close("us_sqrt", us_sqrt, sqrt, 0, 1e4, 5e-7 * 1e2, ABSOLUTE);
	assert_close("us_floor", us_floor, floor, -1000, 1000, 0, ABSOLUTE);
	assert_close("us_round", us_round, nearbyint, -1000, 1000, 0, ABSOLUTE);
}

static void whole_arguments_are_exact(void **state)
{
	(void)state;
	for (int n = -126; n <= 127; n++) {
		assert_true(us_exp2(us_splat((float)n))[1] == ldexpf(1, n));
		assert_true(us_log2(us_splat(ldexpf(1, n)))[2] == (float)n);
	}
	assert_true(us_db_to_gain(us_splat(0))[0] == 1);
	assert_true(us_sin_cycles(us_splat(0.25f))[0] == 1 && us_sin_cycles(us_splat(-0.5f))[0] == 0);
	us_vec quarters = us_sin_phase((us_uvec){0, 1u << 30, 1u << 31, 3u << 30, 0, 0, 0, 0});
	assert_true(quarters[0] == 0 && quarters[1] == 1 && fabsf(quarters[2]) < 1e-9f && quarters[3] == -1);
}

static void any_float_at_all_gives_a_bounded_result(void **state)
{
	(void)state;
	const float any[] = {0,      -0.f,    1e-45f,  1e9f,     -1e9f,     3.4e38f,     -3.4e38f,
	                     4e6f,   -4e6f,   9e6f,    INFINITY, -INFINITY, 0.49999997f, -1e-9f,
	                     2.5e9f, 0x1p22f, 0x1p23f, 0x1p31f,  -0x1p31f,  -8388609.0f};
	for (size_t i = 0; i < sizeof any / sizeof any[0]; i++) {
		us_vec x = us_splat(any[i]);
		assert_true(isfinite(us_exp2(x)[0]) && us_exp2(x)[0] > 0);
		assert_true(fabsf(us_tanh(x)[0]) <= 1 && fabsf(us_bound(x)[0]) <= US_LOUDEST);
		assert_true(us_tan_prewarp(x)[0] >= 0 && us_tan_prewarp(x)[0] < 40);
		if (!isfinite(any[i]))
			continue;
		assert_true(fabsf(us_sin_cycles(x)[0]) <= 1.0000002f);
		assert_true(us_wrap(x)[0] >= 0 && us_wrap(x)[0] < 1);
		assert_true(isfinite(us_log2(x)[0]));
	}
	assert_true(us_clamp(us_splat(NAN), -2, 3)[0] == -2);
	assert_true(isfinite(us_bound(us_splat(NAN))[0]));
}

static void lanes_and_masks_do_what_they_say(void **state)
{
	(void)state;
	us_vec n = us_lane_numbers();
	us_vec picked = us_select(n >= 3, n, us_splat(-1));
	for (int l = 0; l < US_LANES; l++) {
		assert_true(n[l] == (float)l && picked[l] == (l >= 3 ? (float)l : -1));
		us_ivec one = {0};
		one[l] = -1;
		assert_true(us_any(one));
	}
	assert_false(us_any(n < 0));
	assert_true(us_min(n, us_splat(2))[5] == 2 && us_max(n, us_splat(2))[0] == 2 && us_abs(-n)[4] == 4);
}

static void phase_steps_are_right_to_half_a_unit(void **state)
{
	(void)state;
	for (float cycles = 1e-8f; cycles < 0.49f; cycles *= 1.37f) {
		int32_t forth = (int32_t)us_phase_step(us_splat(cycles))[0],
			back = (int32_t)us_phase_step(us_splat(-cycles))[0];
		assert_true(fabs(forth - (double)(cycles * 0x1p32f)) <= 0.5 && forth == -back);
	}
}

static void chance_is_spread_evenly_and_differs_between_lanes(void **state)
{
	(void)state;
	us_uvec counter = us_seed_lanes(1);
	enum { N = 1 << 16, BINS = 64 };
	int bin[US_LANES][BINS] = {{0}};
	double sum = 0, product = 0;
	for (int i = 0; i < N; i++) {
		us_vec x = us_random(&counter);
		for (int l = 0; l < US_LANES; l++) {
			assert_true(x[l] >= -1 && x[l] <= 1);
			bin[l][(int)((x[l] + 1) * 0.4999999f * BINS)]++;
			sum += (double)x[l];
			product += (double)x[l] * (double)x[(l + 1) % US_LANES];
		}
	}
	for (int l = 0; l < US_LANES; l++)
		for (int k = 0; k < BINS; k++)
			assert_true(abs(bin[l][k] - N / BINS) < 200); /* six times the deviation that chance has */
	assert_true(fabs(sum / N / US_LANES) < 0.01 && fabs(product / N / US_LANES) < 0.01);
}

/* FNV-1a over a million results of every function. */
static uint64_t hash_all(void)
{
	us_fn *const all[] = {us_exp2,       us_log2, us_sin_cycles, sin_of_phase, us_tan_prewarp, us_tanh,
	                      us_db_to_gain, us_sqrt, us_floor,      us_round,     us_wrap,        us_bound};
	uint64_t hash = 0xcbf29ce484222325u;
	us_uvec counter = us_seed_lanes(5);
	for (int i = 0; i < 4096; i++)
		for (size_t f = 0; f < sizeof all / sizeof all[0]; f++) {
			us_vec x = us_random(&counter) * (float)(1 + i % 200);
			us_uvec y = (us_uvec)all[f](x);
			for (int l = 0; l < US_LANES; l++)
				hash = (hash ^ y[l]) * 0x100000001b3u;
		}
	return hash;
}

static void every_compiler_gives_the_same_bits(void **state)
{
	(void)state;
	const uint64_t hash = hash_all();
	if (hash != 0x25fc1dc1669210b0u)
		fail_msg("the hash of all functions is %016llx", (unsigned long long)hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(functions_keep_their_error_ranges),
	    cmocka_unit_test(whole_arguments_are_exact),
	    cmocka_unit_test(any_float_at_all_gives_a_bounded_result),
	    cmocka_unit_test(lanes_and_masks_do_what_they_say),
	    cmocka_unit_test(phase_steps_are_right_to_half_a_unit),
	    cmocka_unit_test(chance_is_spread_evenly_and_differs_between_lanes),
	    cmocka_unit_test(every_compiler_gives_the_same_bits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
