/* test_modules_rhythm.c — what clock, euclid, random, hold, quantize, kick, pluck, supersaw, crossfade and follower
 * promise. */
#include "module_harness.h"

enum { RATE = 48000, SECOND = RATE / US_BLOCK };

static bool rises(const struct rig *r, int output, int i, float *before)
{
	const float now = r->out[output][i][0];
	const bool rise = now > 0.5f && *before <= 0.5f;
	*before = now;
	return rise;
}

/* Gives the input one trigger at frame `at` of the next block, and runs it. */
static void strike(struct rig *r, const char *input, int at)
{
	us_vec *trigger = rig_plug(r, input);
	memset(trigger, 0, sizeof r->in[0]);
	trigger[at] += 1;
	rig_run(r);
	rig_set(r, input, 0);
}

static void clock_gates_fall_on_the_beat(void **state)
{
	(void)state;
	struct rig *r = rig_open("clock"); /* 120 bpm: 24,000 frames a beat */
	rig_set(r, "beats", 0.25f);
	float before = 0;
	int ticks = 0;
	for (int n = 0; n < 4 * SECOND; n++) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			if (rises(r, 0, i, &before))
				assert_true(abs(n * US_BLOCK + i - 6000 * ticks++) <= 1);
	}
	assert_int_equal(ticks, 32);
	rig_close(r);
}

static void clock_swing_delays_every_second_step(void **state)
{
	(void)state;
	struct rig *r = rig_open("clock");
	rig_set(r, "swing", 0.6666667f); /* two thirds of two steps: a shuffle in triplets */
	float before = 0;
	int ticks = 0;
	for (int n = 0; n < SECOND; n++) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			if (rises(r, 0, i, &before)) {
				int want = ticks / 2 * 12000 + ticks % 2 * 8000;
				assert_true(abs(n * US_BLOCK + i - want) <= 1);
				ticks++;
			}
	}
	assert_int_equal(ticks, 8);
	rig_close(r);
}

static void euclid_plays_the_known_figures(void **state)
{
	(void)state;
	const struct {
		int hits, steps, rotate;
		const char *figure;
	} known[] = {{3, 8, 0, "x..x..x."}, {5, 8, 0, "x.x.xx.x"}, {4, 16, 0, "x...x...x...x..."},
	             {3, 8, 1, ".x..x..x"}, {0, 4, 0, "...."},     {4, 4, 0, "xxxx"},
	             {9, 4, 0, "xxxx"},     {1, 1, 0, "x"}};
	for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
		struct rig *r = rig_open("euclid");
		rig_set(r, "hits", (float)known[k].hits);
		rig_set(r, "steps", (float)known[k].steps);
		rig_set(r, "rotate", (float)known[k].rotate);
		for (int step = 0; step < 40; step++) {
			strike(r, "clock", step % US_BLOCK);
			bool hit = r->out[0][step % US_BLOCK][6] > 0.5f, rest = r->out[1][step % US_BLOCK][6] > 0.5f;
			bool want = known[k].figure[step % known[k].steps] == 'x';
			assert_true(hit == want && rest != want);
		}
		rig_close(r);
	}
}

static void euclid_begins_anew_after_a_reset(void **state)
{
	(void)state;
	struct rig *r = rig_open("euclid");
	strike(r, "clock", 0);
	strike(r, "clock", 0);
	strike(r, "reset", 5);
	strike(r, "clock", 0);
	assert_true(r->out[0][0][0] == 1); /* the first step of 3 in 8 is a hit, the third is none */
	rig_close(r);
}

static void random_repeats_when_nothing_may_change_and_never_when_all_does(void **state)
{
	(void)state;
	enum { LOOP = 5, TICKS = 200 };
	for (int change = 0; change < 2; change++) {
		struct rig *r = rig_open("random");
		rig_set(r, "change", (float)change);
		rig_set(r, "steps", LOOP);
		float value[TICKS];
		int same = 0;
		for (int n = 0; n < TICKS; n++) {
			strike(r, "clock", 3);
			value[n] = r->out[0][63][1];
			assert_true(value[n] >= -1 && value[n] <= 1);
			/* eight bits are more than one loop: the value is the loop's once they have all gone round */
			same += n >= 8 + LOOP && value[n] == value[n - LOOP];
		}
		assert_true(change ? same < TICKS / 4 : same == TICKS - 8 - LOOP);
		rig_close(r);
	}
}

static void hold_takes_its_input_at_the_frame_of_the_trigger(void **state)
{
	(void)state;
	struct rig *r = rig_open("hold");
	us_vec *in = rig_plug(r, "in");
	for (int i = 0; i < US_BLOCK; i++)
		in[i] = (us_vec){1, 1, 1, 1, -1, -1, -1, -1} * (float)i;
	strike(r, "trigger", 40);
	assert_true(r->out[0][39][0] == 0 && r->out[0][40][0] == 40 && r->out[0][63][0] == 40 &&
	            r->out[0][63][7] == -40);
	rig_close(r);
}

static void quantize_gives_only_notes_of_the_scale_and_the_nearest(void **state)
{
	(void)state;
	struct rig *r = rig_open("quantize");
	static const int major[] = {0, 2, 4, 5, 7, 9, 11};
	rig_set(r, "scale", 1);
	rig_set(r, "root", 3);
	for (int n = -600; n < 600; n++) {
		const double in = n / 100.0 + 0.003;
		rig_set(r, "in", (float)in + 1); /* a step goes to the nearest, whatever sounded before */
		rig_run(r);
		rig_set(r, "in", (float)in);
		rig_run(r);
		double best = 99;
		for (int octave = -8; octave < 8; octave++)
			for (int d = 0; d < 7; d++) {
				double note = octave + (major[d] + 3) / 12.0;
				best = fabs(note - in) < fabs(best - in) ? note : best;
			}
		if (fabs((double)r->out[0][9][2] - best) > 1e-5)
			fail_msg("%g became %g instead of %g", in, (double)r->out[0][9][2], best);
	}
	rig_close(r);
}

static void quantize_tells_when_the_note_changes(void **state)
{
	(void)state;
	struct rig *r = rig_open("quantize");
	rig_set(r, "scale", 0);
	us_vec *in = rig_plug(r, "in");
	for (int i = 0; i < US_BLOCK; i++)
		in[i] = (us_vec){0} + (i < 10 ? 0.f : i < 30 ? 0.01f : 0.5f);
	rig_run(r);
	for (int i = 0; i < US_BLOCK; i++)
		assert_true(r->out[1][i][0] == (i == 30 ? 1.f : 0.f)); /* 0.01 octaves are still the same note */
	rig_close(r);
}

/* From one note to the next in steps of a cent: it changes a tenth of the interval past the middle, both ways, and a
 * note that leaves the scale is left at once. */
static void quantize_holds_a_note_a_little_beyond_the_middle(void **state)
{
	(void)state;
	struct rig *r = rig_open("quantize");
	rig_set(r, "scale", 1); /* from the root up: a whole tone */
	int up = 0, down = 0;
	for (int cents = 0; cents <= 200; cents++) {
		rig_set(r, "in", (float)cents / 1200);
		rig_run(r);
		up = !up && r->out[0][63][0] > 0.1f ? cents : up;
	}
	for (int cents = 200; cents >= 0; cents--) {
		rig_set(r, "in", (float)cents / 1200);
		rig_run(r);
		down = !down && r->out[0][63][0] < 0.1f ? cents : down;
	}
	assert_true(abs(up - 120) <= 1 && abs(down - 80) <= 1);
	for (int cents = 200; cents >= 90; cents--) {
		rig_set(r, "in", (float)cents / 1200);
		rig_run(r);
	}
	assert_true(fabsf(r->out[0][63][0] - 2 / 12.f) < 1e-6f);
	rig_set(r, "scale", 2); /* minor has that note, too */
	rig_set(r, "root", 11); /* but not on b */
	rig_run(r);
	assert_true(fabsf(r->out[0][63][0] - 1 / 12.f) < 1e-6f);
	rig_close(r);
}

static void kick_begins_without_a_click_and_fades_in_its_time(void **state)
{
	(void)state;
	struct rig *r = rig_open("kick");
	rig_set(r, "decay", 300);
	rig_set(r, "drive", 0);
	rig_run(r);
	assert_true(r->out[0][63][0] == 0); /* nobody has struck */
	strike(r, "trigger", 10);
	assert_true(r->out[0][10][0] == 0 && fabsf(r->out[0][11][0]) < 0.15f);
	float peak = 0, late = 0;
	for (int n = 0; n < SECOND; n++) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			float x = fabsf(r->out[0][i][0]);
			peak = fmaxf(peak, x);
			late = n > SECOND * 3 / 10 ? fmaxf(late, x) : late;
		}
	}
	assert_true(peak > 0.5f && peak <= 1 && late < 0.0011f && late > 1e-5f);
	rig_close(r);
}

/* Fundamental from the autocorrelation of lane 0 over a second, between two guesses. */
static double pitch_of(const float *x, int n, double guess)
{
	double best = -1, at = 0;
	for (double lag = RATE / guess * 0.985; lag < RATE / guess * 1.015; lag += 0.02) {
		double sum = 0, size = 0;
		int whole = (int)lag;
		double part = lag - whole;
		for (int i = 0; i < n - whole - 1; i += 3) {
			double y = (1 - part) * (double)x[i + whole] + part * (double)x[i + whole + 1];
			sum += (double)x[i] * y;
			size += y * y;
		}
		sum /= sqrt(size);
		if (sum > best)
			best = sum, at = lag;
	}
	return RATE / at;
}

static void pluck_is_in_tune_and_fades(void **state)
{
	(void)state;
	static float x[RATE];
	const float freqs[] = {82.41f, 220, 659.26f};
	for (int f = 0; f < 3; f++) {
		struct rig *r = rig_open("pluck");
		rig_set(r, "freq", freqs[f]);
		rig_set(r, "decay", 2000);
		rig_run(r);
		assert_true(r->out[0][63][0] == 0);
		strike(r, "trigger", 0);
		double early = 0, late = 0;
		for (int n = 0; n < 3 * SECOND; n++) {
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++) {
				double y = (double)r->out[0][i][0];
				if (n < SECOND)
					x[n * US_BLOCK + i] = r->out[0][i][0];
				early += n < SECOND / 4 ? y * y : 0;
				late += n >= 2 * SECOND && n < 2 * SECOND + SECOND / 4 ? y * y : 0;
			}
		}
		double cents = 1200 * log2(pitch_of(x + RATE / 5, RATE / 2, (double)freqs[f]) / (double)freqs[f]);
		if (fabs(cents) > 3)
			fail_msg("%g Hz is off by %g cent", (double)freqs[f], cents);
		/* 60 dB in two seconds is a factor of a million in energy; damping makes it a little more */
		assert_true(early > 1 && late < 1e-5 * early);
		rig_close(r);
	}
}

static void supersaw_is_a_saw_at_mix_0_and_as_loud_at_any(void **state)
{
	(void)state;
	double power[2] = {0};
	for (int mixed = 0; mixed < 2; mixed++) {
		struct rig *r = rig_open("supersaw");
		rig_set(r, "mix", (float)mixed);
		rig_set(r, "detune", 0.5f);
		for (int n = 0; n < 4 * SECOND; n++) {
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++)
				for (int l = 0; l < US_LANES; l++)
					power[mixed] += (double)r->out[0][i][l] * (double)r->out[0][i][l];
		}
		rig_close(r);
	}
	double mean = power[0] / (4.0 * SECOND * US_BLOCK * US_LANES);
	assert_true(fabs(mean - 1 / 3.0) < 0.01); /* a saw's power */
	assert_true(fabs(10 * log10(power[1] / power[0])) < 1);
}

static void crossfade_keeps_power_or_level(void **state)
{
	(void)state;
	struct rig *r = rig_open("crossfade");
	for (int m = 0; m <= 8; m++) {
		double share[2];
		for (int side = 0; side < 2; side++) {
			rig_set(r, "mix", (float)m / 8);
			rig_set(r, "a", side ? 0 : 1);
			rig_set(r, "b", side ? 1 : 0);
			rig_set(r, "law", 0);
			rig_run(r);
			share[side] = (double)r->out[0][0][0];
		}
		assert_true(fabs(share[0] * share[0] + share[1] * share[1] - 1) < 1e-5);
		rig_set(r, "law", 1);
		rig_set(r, "a", 1);
		rig_run(r);
		assert_true(fabsf(r->out[0][0][0] - 1) < 1e-6f);
	}
	rig_close(r);
}

static void follower_rises_and_falls_in_its_times(void **state)
{
	(void)state;
	struct rig *r = rig_open("follower");
	rig_set(r, "attack", 20);
	rig_set(r, "release", 200);
	rig_set(r, "in", -1);
	for (int n = 0; n < 15; n++) /* 20 ms */
		rig_run(r);
	assert_true(fabsf(r->out[0][63][0] - 0.9f) < 0.002f);
	for (int n = 0; n < SECOND; n++)
		rig_run(r);
	rig_set(r, "in", 0);
	for (int n = 0; n < 150; n++) /* 200 ms */
		rig_run(r);
	assert_true(fabsf(r->out[0][63][0] - 0.1f) < 0.002f);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clock_gates_fall_on_the_beat),
	    cmocka_unit_test(clock_swing_delays_every_second_step),
	    cmocka_unit_test(euclid_plays_the_known_figures),
	    cmocka_unit_test(euclid_begins_anew_after_a_reset),
	    cmocka_unit_test(random_repeats_when_nothing_may_change_and_never_when_all_does),
	    cmocka_unit_test(hold_takes_its_input_at_the_frame_of_the_trigger),
	    cmocka_unit_test(quantize_gives_only_notes_of_the_scale_and_the_nearest),
	    cmocka_unit_test(quantize_tells_when_the_note_changes),
	    cmocka_unit_test(quantize_holds_a_note_a_little_beyond_the_middle),
	    cmocka_unit_test(kick_begins_without_a_click_and_fades_in_its_time),
	    cmocka_unit_test(pluck_is_in_tune_and_fades),
	    cmocka_unit_test(supersaw_is_a_saw_at_mix_0_and_as_loud_at_any),
	    cmocka_unit_test(crossfade_keeps_power_or_level),
	    cmocka_unit_test(follower_rises_and_falls_in_its_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
