/* test_modules_sources.c — what the oscillators with more in them promise: FM, wavetables, grains. */
#include "module_harness.h"
#include "sound_rig.h"

/* --- fm ------------------------------------------------------------------------------------------------- */

enum { OPERATORS = 4, ALGORITHMS = 8 };

/* What the manual says: whom operator 4, 3, 2 bend; who is heard. Written apart from the module's own table. */
static const struct {
	const char *bends[OPERATORS]; /* of operator 1, 2, 3, 4: digits */
	const char *heard;
} manual[ALGORITHMS] = {
    {{"", "1", "2", "3"}, "1"}, {{"", "1", "2", "2"}, "1"},   {{"", "1", "2", "1"}, "1"}, {{"", "1", "1", "3"}, "1"},
    {{"", "1", "", "3"}, "13"}, {{"", "", "", "123"}, "123"}, {{"", "", "", "3"}, "123"}, {{"", "", "", ""}, "1234"},
};

static void set_operator(struct rig *r, int k, float ratio, float level)
{
	char name[16];
	snprintf(name, sizeof name, "ratio%d", k + 1);
	rig_set(r, name, ratio);
	snprintf(name, sizeof name, "level%d", k + 1);
	rig_set(r, name, level);
}

static struct rig *fm_with(int algorithm)
{
	struct rig *r = rig_open("fm");
	rig_set(r, "freq", 100);
	rig_set(r, "algorithm", (float)algorithm);
	for (int k = 0; k < OPERATORS; k++)
		set_operator(r, k, 1, 0);
	return r;
}

static void each_carrier_is_heard_and_no_other_operator(void **state)
{
	(void)state;
	for (int a = 0; a < ALGORITHMS; a++)
		for (int k = 0; k < OPERATORS; k++) {
			struct rig *r = fm_with(a);
			set_operator(r, k, 3, 1);
			listen(r, NULL, 0, RATE / 2);
			const bool heard = strchr(manual[a].heard, '1' + k);
			const double expected = heard ? 1. / (double)strlen(manual[a].heard) : 0;
			if (fabs(amplitude(300, 4800, 9600) - expected) > 1e-3)
				fail_msg("algorithm %d: operator %d is heard at %g, not %g", a + 1, k + 1,
				         amplitude(300, 4800, 9600), expected);
			rig_close(r);
		}
}

/* Chowning's formula: a carrier at 1,500 Hz bent by 200 Hz with index I has partials J0(I), J1(I), J2(I). */
static void who_bends_whom_is_what_the_manual_says(void **state)
{
	(void)state;
	const double index = 2 * M_PI * 0.25;
	for (int a = 0; a < ALGORITHMS; a++)
		for (int m = 1; m < OPERATORS; m++)
			for (const char *k = manual[a].heard; *k; k++) {
				if (*k - '1' == m)
					continue;
				struct rig *r = fm_with(a);
				set_operator(r, *k - '1', 15, 1);
				set_operator(r, m, 2, 0.25f);
				listen(r, NULL, 0, RATE / 2);
				const bool bent = strchr(manual[a].bends[m], *k);
				const double share = 1. / (double)strlen(manual[a].heard);
				for (int n = 0; n < 3; n++) {
					const double expected = share * (bent ? fabs(jn(n, index)) : n == 0);
					const double heard = amplitude(1500 + 200 * n, 4800, 9600);
					if (fabs(heard - expected) > 2e-3)
						fail_msg("algorithm %d, %d > %c: partial %d is %g, not %g", a + 1,
						         m + 1, *k, n, heard, expected);
				}
				rig_close(r);
			}
}

static void bending_goes_on_through_a_chain(void **state)
{
	(void)state;
	struct rig *r = fm_with(0);
	set_operator(r, 0, 15, 1);
	set_operator(r, 1, 2, 0.1f);
	listen(r, NULL, 0, RATE / 2);
	assert_true(db(amplitude(1500 + 250, 4800, 9600)) < -90);
	set_operator(r, 2, 0.5f, 0.1f); /* bends the bender: its side bands have side bands */
	listen(r, NULL, 0, RATE / 2);
	assert_true(db(amplitude(1500 + 250, 4800, 9600)) > -30);
	rig_set(r, "index", 0);
	listen(r, NULL, 0, RATE / 2);
	assert_true(fabs(amplitude(1500, 4800, 9600) - 1) < 1e-3);
	rig_close(r);
}

static void fm_of_high_notes_folds_nothing_down(void **state)
{
	(void)state;
	for (int a = 0; a < ALGORITHMS; a++) {
		struct rig *r = rig_open("fm");
		rig_set(r, "freq", 3970);
		rig_set(r, "algorithm", (float)a);
		for (int k = 0; k < OPERATORS; k++)
			set_operator(r, k, (float)(1 + k % 2), 1); /* an index of 6.28 everywhere */
		listen(r, NULL, 0, RATE);
		const double alias = strongest_alias(3970);
		print_message("fm at 3970 Hz, algorithm %d: aliasing %.1f dB\n", a + 1, alias);
		assert_true(alias < -65);
		rig_close(r);
	}
}

/* A tine is a bender far above its carrier, in the treble above half the rate. */
static void fm_with_high_ratios_folds_nothing_down(void **state)
{
	(void)state;
	static const int freqs[] = {700, 1245, 1870, 2490, 4978};
	static const float ratios[] = {5, 7, 11, 14, 32};
	for (int f = 0; f < 5; f++)
		for (int k = 0; k < 5; k++) {
			struct rig *r = rig_open("fm");
			rig_set(r, "freq", (float)freqs[f]);
			set_operator(r, 0, 1, 1);
			set_operator(r, 1, ratios[k], 1);
			set_operator(r, 2, 1, 0);
			listen(r, NULL, 0, RATE);
			const double alias = strongest_alias(freqs[f]);
			if (alias > -65)
				fail_msg("%d Hz bent by %g times as many: aliasing %.1f dB", freqs[f],
				         (double)ratios[k], alias);
			rig_close(r);
		}
}

static void sync_starts_the_operators_at_its_frame(void **state)
{
	(void)state;
	struct rig *a = rig_open("fm"), *b = rig_open("fm");
	static float first[4800];
	listen(a, "sync", 33, 4800);
	memcpy(first, sound, sizeof first);
	listen(b, NULL, 0, 640); /* goes on from another phase */
	listen(b, "sync", 33, 4800);
	for (int i = 33 + 32; i < 4800; i++)
		assert_true(first[i] == sound[i]);
	rig_close(a);
	rig_close(b);
}

static void oscillators_are_in_tune_within_a_hundredth_of_a_cent(void **state)
{
	(void)state;
	const float notes[] = {27.5f, 110, 440, 1234.5f, 4186};
	for (size_t n = 0; n < sizeof notes / sizeof notes[0]; n++) {
		struct rig *r = fm_with(7);
		set_operator(r, 0, 1, 1);
		rig_set(r, "freq", notes[n]);
		listen(r, NULL, 0, 3 * RATE);
		assert_true(fabs(cents_off(notes[n])) < 0.01);
		rig_close(r);
	}
}

/* --- wavetable ------------------------------------------------------------------------------------------ */

static void the_analog_bank_goes_from_sine_to_saw_to_square(void **state)
{
	(void)state;
	const float place[] = {0, 4.f / 7, 1};
	for (int n = 0; n < 3; n++) {
		struct rig *r = rig_open("wavetable");
		rig_set(r, "freq", 100);
		rig_set(r, "position", place[n]);
		listen(r, NULL, 0, RATE);
		assert_true(fabs(rms(0, 24000) - 0.35) < 0.01);
		const double root = amplitude(100, 4800, 24000);
		for (int h = 2; h < 40; h++) {
			const double formula = n == 0 ? 0 : n == 1 || h % 2 ? 1. / h : 0;
			const double found = amplitude(100 * h, 4800, 24000) / root;
			if (fabs(found - formula) > 3e-4)
				fail_msg("position %g, harmonic %d: %g, not %g", place[n], h, found, formula);
		}
		rig_close(r);
	}
}

static void no_wave_of_any_bank_aliases(void **state)
{
	(void)state;
	for (int bank = 0; bank < 4; bank++) {
		double worst = -200;
		for (int hz = 1245; hz < 5000; hz += 3735)
			for (int place = 0; place < 8; place++) {
				struct rig *r = rig_open("wavetable");
				rig_set(r, "freq", (float)hz);
				rig_set(r, "bank", (float)bank);
				rig_set(r, "position", (float)place / 7);
				listen(r, NULL, 0, RATE);
				worst = fmax(worst, strongest_alias(hz));
				rig_close(r);
			}
		print_message("wavetable, bank %d: aliasing %.1f dB\n", bank, worst);
		assert_true(worst < -65);
	}
}

static void wavetables_are_in_tune(void **state)
{
	(void)state;
	const float notes[] = {27.5f, 110, 440, 1234.5f, 4186};
	for (size_t n = 0; n < sizeof notes / sizeof notes[0]; n++) {
		struct rig *r = rig_open("wavetable");
		rig_set(r, "freq", notes[n]);
		rig_set(r, "position", 0);
		listen(r, NULL, 0, 3 * RATE);
		assert_true(fabs(cents_off(notes[n])) < 0.01);
		rig_close(r);
	}
}

static void a_bank_that_is_changed_back_sounds_as_if_nothing_had_been(void **state)
{
	(void)state;
	struct rig *changed = rig_open("wavetable"), *still = rig_open("wavetable");
	for (int n = 0; n < 60; n++) {
		rig_set(changed, "bank", n >= 10 && n < 30 ? 2 : 0);
		rig_run(changed);
		rig_run(still);
		if (n == 25)
			assert_false(rig_sounds_like(changed, still));
	}
	assert_true(rig_sounds_like(changed, still));
	assert_memory_equal(changed->state, still->state, still->state_bytes);
	rig_close(changed);
	rig_close(still);
}

/* --- grain ---------------------------------------------------------------------------------------------- */

/* Feeds a sine of `hz` (none: silence) into grain for `frames`, and keeps one channel of what comes out. */
static void crumble(struct rig *r, double hz, int frames)
{
	us_vec *in = rig_plug(r, "in");
	for (int at = 0; at < frames; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++) {
			const double turn = (double)(r->block.frame + (uint64_t)i) * hz / RATE;
			in[i] = (us_vec){0} + (float)sin(2 * M_PI * turn);
		}
		rig_run(r);
		for (int i = 0; i < US_BLOCK && at + i < frames; i++)
			sound[at + i] = r->out[0][i][0];
	}
}

static int count_beginnings(int frames)
{
	int n = 0;
	for (int i = 1; i < frames; i++)
		n += sound[i - 1] == 0 && sound[i] != 0;
	return n;
}

static void grains_come_as_often_as_density_says(void **state)
{
	(void)state;
	for (int density = 5; density <= 80; density *= 2) {
		struct rig *r = rig_open("grain");
		rig_set(r, "density", (float)density);
		rig_set(r, "size", 4);
		rig_set(r, "jitter", 0);
		listen(r, NULL, 0, 4 * RATE);
		assert_true(abs(count_beginnings(4 * RATE) - 4 * density) <= 1);
		rig_set(r, "jitter", 0.5f);
		listen(r, NULL, 0, 4 * RATE);
		assert_true(abs(count_beginnings(4 * RATE) - 4 * density) <= 1 + density / 2);
		rig_close(r);
	}
}

static void a_cloud_is_as_loud_with_many_grains_as_with_few(void **state)
{
	(void)state;
	double level[2];
	for (int n = 0; n < 2; n++) {
		struct rig *r = rig_open("grain");
		rig_set(r, "density", n ? 100 : 10);
		rig_set(r, "size", 200);
		rig_set(r, "scatter", 0.5f);
		listen(r, NULL, 0, 4 * RATE);
		level[n] = rms(RATE, 3 * RATE);
		rig_close(r);
	}
	assert_true(level[0] > 0.1 && fabs(db(level[1] / level[0])) < 3);
}

static void grains_of_the_input_are_moved_in_pitch(void **state)
{
	(void)state;
	for (int octave = -1; octave <= 1; octave++) {
		struct rig *r = rig_open("grain");
		rig_set(r, "pitch", (float)octave);
		crumble(r, 600, 3 * RATE);
		for (int other = -1; other <= 1; other++) {
			const double level = amplitude(600 * pow(2, other), RATE, RATE);
			assert_true(other == octave ? level > 0.03 : level < 0.002);
		}
		rig_close(r);
	}
}

static void what_is_frozen_sounds_on_when_nothing_comes_in(void **state)
{
	(void)state;
	for (int frozen = 0; frozen <= 1; frozen++) {
		struct rig *r = rig_open("grain");
		rig_set(r, "pitch", 1); /* reads faster than it may: there must be room */
		crumble(r, 500, 2 * RATE);
		rig_set(r, "freeze", (float)frozen);
		crumble(r, 0, 4 * RATE);
		if (frozen)
			assert_true(amplitude(1000, 3 * RATE, RATE) > 0.03);
		else
			assert_true(rms(3 * RATE, RATE) == 0);
		rig_close(r);
	}
}

static void a_cloud_without_width_is_in_the_middle(void **state)
{
	(void)state;
	for (int width = 0; width <= 1; width++) {
		struct rig *r = rig_open("grain");
		rig_set(r, "width", (float)width);
		double apart = 0;
		for (int n = 0; n < 400; n++) {
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++)
				apart = fmax(apart, fabs((double)r->out[0][i][0] - r->out[0][i][1]));
		}
		assert_true(width ? apart > 0.1 : apart == 0);
		rig_close(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_carrier_is_heard_and_no_other_operator),
	    cmocka_unit_test(who_bends_whom_is_what_the_manual_says),
	    cmocka_unit_test(bending_goes_on_through_a_chain),
	    cmocka_unit_test(fm_of_high_notes_folds_nothing_down),
	    cmocka_unit_test(fm_with_high_ratios_folds_nothing_down),
	    cmocka_unit_test(sync_starts_the_operators_at_its_frame),
	    cmocka_unit_test(oscillators_are_in_tune_within_a_hundredth_of_a_cent),
	    cmocka_unit_test(the_analog_bank_goes_from_sine_to_saw_to_square),
	    cmocka_unit_test(no_wave_of_any_bank_aliases),
	    cmocka_unit_test(wavetables_are_in_tune),
	    cmocka_unit_test(a_bank_that_is_changed_back_sounds_as_if_nothing_had_been),
	    cmocka_unit_test(grains_come_as_often_as_density_says),
	    cmocka_unit_test(a_cloud_is_as_loud_with_many_grains_as_with_few),
	    cmocka_unit_test(grains_of_the_input_are_moved_in_pitch),
	    cmocka_unit_test(what_is_frozen_sounds_on_when_nothing_comes_in),
	    cmocka_unit_test(a_cloud_without_width_is_in_the_middle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
