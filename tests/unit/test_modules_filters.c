/* test_modules_filters.c — what onepole, dcblock, comb, eq, diode, formant and phaser promise. */
#include "module_harness.h"

enum { RATE = 48000, SECOND = RATE / US_BLOCK, LONG = 2 * RATE };

static float heard[LONG + US_BLOCK];

/* What an output says, in one lane, to a click of this height at frame 0 and silence after. */
static void click(struct rig *r, const char *output, float height, int frames)
{
	const int o = rig_output(r, output);
	for (int at = 0; at < frames; at += US_BLOCK) {
		us_vec *in = rig_plug(r, "in");
		memset(in, 0, sizeof r->in[0]);
		if (at == 0)
			in[0] += height;
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			heard[at + i] = r->out[o][i][5 % US_LANES];
	}
}

/* Gain in decibels at a frequency, of what was heard from a click of 1. */
static double gain_db(double hz, int frames)
{
	double re = 0, im = 0;
	for (int i = 0; i < frames; i++) {
		re += (double)heard[i] * cos(2 * M_PI * hz / RATE * i);
		im -= (double)heard[i] * sin(2 * M_PI * hz / RATE * i);
	}
	return 10 * log10(re * re + im * im + 1e-30);
}

/* Where the gain crosses -3 dB, within a third of an octave of where it should. */
static double corner_hz(double near)
{
	const double want = -3.0102999566;
	double low = near * 0.8, high = near * 1.25;
	const bool falls = gain_db(low, LONG) > gain_db(high, LONG);
	for (int n = 0; n < 18; n++) {
		const double middle = sqrt(low * high);
		*((gain_db(middle, LONG) > want) == falls ? &low : &high) = middle;
	}
	return sqrt(low * high);
}

/* The strongest frequency near one, from the spectrum of what was heard. */
static double peak_hz(double low, double high, double step, int frames)
{
	double best = low, most = -1e9;
	for (double hz = low; hz <= high; hz += step) {
		const double g = gain_db(hz, frames);
		if (g > most)
			most = g, best = hz;
	}
	return best;
}

/* Moves every input in every frame, in its whole range, and gives the loudest that came out. */
static float loudest_when_stirred(const char *name, int blocks)
{
	struct rig *r = rig_open(name);
	struct dice d = {7};
	float most = 0;
	for (int n = 0; n < blocks; n++) {
		for (uint32_t k = 0; k < r->inputs; k++)
			rig_stir(r, k, &d);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			for (int l = 0; l < US_LANES; l++)
				most = fmaxf(most, fabsf(r->out[0][i][l]));
	}
	rig_close(r);
	return most;
}

/* --- onepole, dcblock ----------------------------------------------------------------------------------------------
 */

static void onepole_is_3_db_down_at_its_cutoff_up_to_15_khz(void **state)
{
	(void)state;
	const float cutoffs[] = {100, 1000, 8000, 15000};
	const char *const halves[] = {"low", "high"};
	for (int h = 0; h < 2; h++)
		for (int c = 0; c < 4; c++) {
			struct rig *r = rig_open("onepole");
			rig_set(r, "cutoff", cutoffs[c] / 2);
			rig_set(r, "pitch", 1);
			click(r, halves[h], 1, LONG);
			const double hz = corner_hz((double)cutoffs[c]);
			if (fabs(hz / (double)cutoffs[c] - 1) > 0.01)
				fail_msg("%s of %g Hz is 3 dB down at %g", halves[h], (double)cutoffs[c], hz);
			rig_close(r);
		}
}

static void onepole_falls_by_6_db_per_octave(void **state)
{
	(void)state;
	struct rig *r = rig_open("onepole");
	rig_set(r, "cutoff", 50);
	click(r, "low", 1, LONG);
	assert_true(fabs(gain_db(1000, LONG) - gain_db(500, LONG) + 6.02) < 0.06);
	rig_close(r);
}

static void onepole_splits_a_sound_into_two_that_add_up_to_it(void **state)
{
	(void)state;
	struct rig *r = rig_open("onepole");
	struct dice d = {3};
	for (int n = 0; n < 50; n++) {
		rig_stir(r, 0, &d);
		rig_stir(r, 1, &d);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			for (int l = 0; l < US_LANES; l++)
				assert_true(fabsf(r->out[1][i][l] + r->out[2][i][l] - r->in[0][i][l]) < 1e-6f);
	}
	rig_close(r);
}

static void dcblock_forgets_a_constant_and_keeps_the_bass(void **state)
{
	(void)state;
	struct rig *r = rig_open("dcblock");
	rig_set(r, "in", 1);
	for (int n = 0; n < 2 * SECOND; n++)
		rig_run(r);
	assert_true(fabsf(r->out[0][US_BLOCK - 1][0]) < 1e-6f);
	rig_reset(r, 1);
	click(r, "out", 1, LONG);
	assert_true(fabs(gain_db(5, LONG) + 3.01) < 0.05 && gain_db(20, LONG) > -0.3);
	rig_close(r);
}

/* --- comb ----------------------------------------------------------------------------------------------------------
 */

static void comb_rings_in_tune_however_much_it_is_damped(void **state)
{
	(void)state;
	const float pitches[] = {55, 220, 880, 1760}, damps[] = {0, 0.3f, 0.7f};
	for (int p = 0; p < 4; p++)
		for (int m = 0; m < 3; m++) {
			struct rig *r = rig_open("comb");
			rig_set(r, "freq", pitches[p]);
			rig_set(r, "damp", damps[m]);
			rig_set(r, "feedback", 0.99f);
			click(r, "out", 1, RATE);
			const double f = (double)pitches[p], hz = peak_hz(f * 0.98, f * 1.02, f * 0.0004, RATE);
			if (fabs(1200 * log2(hz / f)) > 5)
				fail_msg("%g Hz damped by %g rings at %g", f, (double)damps[m], hz);
			rig_close(r);
		}
}

static void comb_with_negative_feedback_has_the_odd_harmonics_an_octave_below(void **state)
{
	(void)state;
	struct rig *r = rig_open("comb");
	rig_set(r, "freq", 400);
	rig_set(r, "feedback", -0.95f);
	rig_set(r, "damp", 0);
	click(r, "out", 1, RATE);
	assert_true(gain_db(200, RATE) > 20 && gain_db(600, RATE) > 15);
	assert_true(gain_db(400, RATE) < 0 && gain_db(800, RATE) < 0);
	rig_close(r);
}

/* --- eq ------------------------------------------------------------------------------------------------------------
 */

static void eq_at_rest_changes_nothing(void **state)
{
	(void)state;
	struct rig *r = rig_open("eq");
	struct dice d = {5};
	for (int n = 0; n < 50; n++) {
		rig_stir(r, 0, &d);
		rig_run(r);
		assert_memory_equal(r->out[0], r->in[0], sizeof r->in[0]);
	}
	rig_close(r);
}

static void eq_gives_each_band_the_gain_that_it_says(void **state)
{
	(void)state;
	const float gains[] = {-18, -3, 6, 24};
	for (int n = 0; n < 4; n++) {
		struct rig *r = rig_open("eq");
		const double g = (double)gains[n];
		rig_set(r, "gain1", gains[n]);
		rig_set(r, "freq1", 1000);
		rig_set(r, "q1", 2);
		click(r, "out", 1, LONG);
		assert_true(fabs(gain_db(1000, LONG) - g) < 0.02);
		assert_true(fabs(gain_db(30, LONG)) < 0.2 && fabs(gain_db(20000, LONG)) < 0.2);
		rig_reset(r, 1);
		rig_set(r, "gain1", 0);
		rig_set(r, "low", gains[n]);
		rig_set(r, "low_freq", 300);
		click(r, "out", 1, LONG);
		assert_true(fabs(gain_db(5, LONG) - g) < 0.1 && fabs(gain_db(300, LONG) - g / 2) < 0.05);
		assert_true(fabs(gain_db(12000, LONG)) < 0.1);
		rig_reset(r, 1);
		rig_set(r, "low", 0);
		rig_set(r, "high", gains[n]);
		rig_set(r, "high_freq", 3000);
		click(r, "out", 1, LONG);
		assert_true(fabs(gain_db(23900, LONG) - g) < 0.1 && fabs(gain_db(3000, LONG) - g / 2) < 0.05);
		assert_true(fabs(gain_db(50, LONG)) < 0.1);
		rig_close(r);
	}
}

static void eq_boost_and_cut_undo_each_other(void **state)
{
	(void)state;
	struct rig *r = rig_open("eq");
	rig_set(r, "freq1", 700);
	rig_set(r, "freq2", 700);
	rig_set(r, "gain1", 12);
	rig_set(r, "gain2", -12);
	click(r, "out", 1, RATE);
	assert_true(fabsf(heard[0] - 1) < 1e-5f);
	for (int i = 1; i < RATE; i++)
		assert_true(fabsf(heard[i]) < 1e-5f);
	rig_close(r);
}

/* --- diode ----------------------------------------------------------------------------------------------------------
 */

static void diode_sings_in_tune_at_full_resonance(void **state)
{
	(void)state;
	const float cutoffs[] = {110, 440, 1760, 7040};
	for (int c = 0; c < 4; c++) {
		struct rig *r = rig_open("diode");
		rig_set(r, "cutoff", cutoffs[c]);
		rig_set(r, "res", 1);
		click(r, "out", 1, LONG);
		double first = 0, last = 0;
		int crossings = 0;
		for (int i = LONG - RATE / 2; i < LONG - 1; i++)
			if (heard[i] <= 0 && heard[i + 1] > 0) {
				last = i + (double)heard[i] / (double)(heard[i] - heard[i + 1]);
				first = crossings++ ? first : last;
			}
		assert_true(crossings > 10);
		const double hz = (crossings - 1) * (double)RATE / (last - first);
		if (fabs(1200 * log2(hz / (double)cutoffs[c])) > 15)
			fail_msg("sings at %g Hz instead of %g", hz, (double)cutoffs[c]);
		rig_close(r);
	}
}

static void diode_is_silent_below_full_resonance_and_falls_by_24_db(void **state)
{
	(void)state;
	struct rig *r = rig_open("diode");
	rig_set(r, "cutoff", 1000);
	rig_set(r, "res", 0.9f);
	click(r, "out", 1, LONG);
	for (int i = RATE; i < LONG; i++)
		assert_true(fabsf(heard[i]) < 1e-6f);
	rig_reset(r, 1);
	rig_set(r, "res", 0);
	click(r, "out", 0.01f, LONG);
	assert_true(fabs(gain_db(5, LONG) + 40) < 0.1);
	rig_reset(r, 1);
	rig_set(r, "cutoff", 50);
	click(r, "out", 0.01f, LONG);
	const double slope =
	    gain_db(1600, LONG) - gain_db(800, LONG); /* further up only rounding is left, at -180 dB */
	if (fabs(slope + 24) > 0.5)
		fail_msg("falls by %g dB", slope);
	rig_close(r);
}

/* --- phaser, formant ------------------------------------------------------------------------------------------------
 */

static void phaser_has_its_notches_where_the_stages_add_up_to_half_a_turn(void **state)
{
	(void)state;
	for (int stages = 2; stages <= 12; stages += 2) {
		struct rig *r = rig_open("phaser");
		rig_set(r, "freq", 1000);
		rig_set(r, "depth", 0);
		rig_set(r, "feedback", 0);
		rig_set(r, "stages", (float)stages);
		click(r, "out", 1, LONG);
		for (int n = 0; n < stages / 2; n++) {
			const double turn = tan(M_PI * (2 * n + 1) / (2 * stages)), edge = tan(M_PI * 1000 / RATE);
			const double notch = RATE / M_PI * atan(edge * turn);
			if (gain_db(notch, LONG) > -50)
				fail_msg("%d stages: %g dB at %g Hz", stages, gain_db(notch, LONG), notch);
		}
		assert_true(fabs(gain_db(1, LONG)) < 0.1);
		rig_close(r);
	}
}

static void phaser_feedback_is_in_time_and_never_runs_away(void **state)
{
	(void)state;
	struct rig *r = rig_open("phaser");
	rig_set(r, "freq", 9000);
	rig_set(r, "depth", 0);
	rig_set(r, "feedback", 0.9f);
	rig_set(r, "mix", 1);
	rig_set(r, "stages", 4);
	click(r, "out", 1, LONG);
	/* an all-pass chain in a loop without delay: at 0 Hz and where it has turned once, 1 / (1 - 0.9) */
	assert_true(fabs(gain_db(1, LONG) - 20) < 0.05 && fabs(gain_db(9000, LONG) - 20) < 0.05);
	rig_close(r);
}

static void formant_resonates_where_the_vowels_do(void **state)
{
	(void)state;
	static const double hz[5][3] = {
	    {730, 1090, 2440}, {530, 1840, 2480}, {270, 2290, 3010}, {570, 840, 2410}, {300, 870, 2240}};
	for (int v = 0; v < 5; v++)
		for (int size = 0; size < 2; size++) {
			struct rig *r = rig_open("formant");
			rig_set(r, "vowel", (float)v);
			rig_set(r, "size", (float)size);
			rig_set(r, "sharp", 1);
			click(r, "out", 1, RATE);
			const double first = hz[v][0] * (1 + size), peak = peak_hz(100, 5000, first / 200, RATE);
			if (fabs(peak / first - 1) > 0.02)
				fail_msg("vowel %d peaks at %g instead of %g", v, peak, first);
			for (int f = 1; f < 3; f++) {
				const double there = hz[v][f] * (1 + size);
				const double near = peak_hz(there * 0.93, there * 1.07, there / 300, RATE);
				if (fabs(near / there - 1) > 0.05)
					fail_msg("vowel %d: formant at %g instead of %g", v, near, there);
			}
			rig_close(r);
		}
}

static void no_filter_runs_away_however_it_is_moved(void **state)
{
	(void)state;
	/* what it may come to: the gains it can be asked for, and the overshoot of a cutoff that leaps in every frame
	 */
	static const struct {
		const char *name;
		float most;
	} filters[] = {{"onepole", 64}, {"dcblock", 64}, {"comb", 8},    {"eq", 65536},
	               {"diode", 64},   {"phaser", 256}, {"formant", 64}};
	for (size_t n = 0; n < sizeof filters / sizeof filters[0]; n++) {
		const float most = loudest_when_stirred(filters[n].name, 3000);
		if (!(most < filters[n].most))
			fail_msg("%s came to %g", filters[n].name, (double)most);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(onepole_is_3_db_down_at_its_cutoff_up_to_15_khz),
	    cmocka_unit_test(onepole_falls_by_6_db_per_octave),
	    cmocka_unit_test(onepole_splits_a_sound_into_two_that_add_up_to_it),
	    cmocka_unit_test(dcblock_forgets_a_constant_and_keeps_the_bass),
	    cmocka_unit_test(comb_rings_in_tune_however_much_it_is_damped),
	    cmocka_unit_test(comb_with_negative_feedback_has_the_odd_harmonics_an_octave_below),
	    cmocka_unit_test(eq_at_rest_changes_nothing),
	    cmocka_unit_test(eq_gives_each_band_the_gain_that_it_says),
	    cmocka_unit_test(eq_boost_and_cut_undo_each_other),
	    cmocka_unit_test(diode_sings_in_tune_at_full_resonance),
	    cmocka_unit_test(diode_is_silent_below_full_resonance_and_falls_by_24_db),
	    cmocka_unit_test(phaser_has_its_notches_where_the_stages_add_up_to_half_a_turn),
	    cmocka_unit_test(phaser_feedback_is_in_time_and_never_runs_away),
	    cmocka_unit_test(formant_resonates_where_the_vowels_do),
	    cmocka_unit_test(no_filter_runs_away_however_it_is_moved),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
