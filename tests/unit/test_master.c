/* The master stage: loudness by EBU Tech 3341's synthetic cases, true peak by its cases 15 to 23, and what the limiter
 * promises, measured with 16-fold oversampling by a filter that is not its own. */
#include "master/master.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
// After the others:
#include <cmocka.h>

#define PI 3.14159265358979323846

struct rig {
	struct us_master master;
	struct us_master_rate rate;
	double fs;
	double loudest_m, loudest_s; /* highest momentary and short-term so far */
};

static struct rig *rig_make(double fs)
{
	struct rig *r = calloc(1, sizeof *r);
	assert_non_null(r);
	r->fs = fs;
	us_master_rate_make(&r->rate, (float)fs);
	us_master_begin(&r->master);
	r->master.limiter.off = 1; /* what is measured is the meter */
	r->loudest_m = r->loudest_s = -1000;
	return r;
}

static struct us_meters rig_meters(const struct rig *r)
{
	struct us_meters m;
	us_master_read(&r->master, &r->rate, &m);
	return m;
}

/* A 1 kHz sine in both channels, of a level in dBFS, for so long. */
static void play_sine(struct rig *r, double dbfs, double seconds, double hz)
{
	static double phase;
	float block[US_BLOCK * US_CHANNELS];
	const double level = pow(10, dbfs / 20);
	for (uint64_t n = 0; n < (uint64_t)(seconds * r->fs); n += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++) {
			phase += hz / r->fs;
			block[2 * i] = block[2 * i + 1] = (float)(level * sin(2 * PI * phase));
		}
		us_master_block(&r->master, &r->rate, block);
		const struct us_meters m = rig_meters(r);
		r->loudest_m = fmax(r->loudest_m, (double)m.momentary);
		r->loudest_s = fmax(r->loudest_s, (double)m.short_term);
	}
}

#define assert_near(got, wanted, tolerance)                                                                            \
	do {                                                                                                           \
		const double g_ = (got), w_ = (wanted);                                                                \
		if (fabs(g_ - w_) > (tolerance))                                                                       \
			fail_msg("%s is %g, wanted %g within %g", #got, g_, w_, (double)(tolerance));                  \
	} while (0)

static const double rates[] = {44100, 48000, 96000, 192000};
enum { RATES = sizeof rates / sizeof rates[0] };

/* Cases 1 to 5: level in dBFS and seconds of each part, then the integrated loudness. */
static void integrated_loudness_is_what_tech_3341_says(void **state)
{
	static const struct {
		double part[5][2];
		double integrated;
	} cases[] = {
	    {{{-23, 20}}, -23},
	    {{{-33, 20}}, -33},
	    {{{-36, 10}, {-23, 60}, {-36, 10}}, -23},
	    {{{-72, 10}, {-36, 10}, {-23, 60}, {-36, 10}, {-72, 10}}, -23},
	    {{{-26, 20}, {-20, 20.1}, {-26, 20}}, -23},
	};
	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++)
		for (size_t f = 0; f < 2; f++) {
			struct rig *r = rig_make(rates[f]);
			for (int p = 0; p < 5 && cases[k].part[p][1] > 0; p++)
				play_sine(r, cases[k].part[p][0], cases[k].part[p][1], 1000);
			assert_near((double)rig_meters(r).integrated, cases[k].integrated, 0.1);
			if (k < 2) {
				assert_near((double)rig_meters(r).momentary, cases[k].integrated, 0.1);
				assert_near((double)rig_meters(r).short_term, cases[k].integrated, 0.1);
			}
			free(r);
		}
}

/* Cases 9 and 12: a pattern that a window of 3 s, or of 0.4 s, always sees whole; 10, 11, 13, 14: bursts as long as the
 * window, at any place. */
static void momentary_and_short_term_follow_tech_3341(void **state)
{
	(void)state;
	struct rig *r = rig_make(48000);
	for (int n = 0; n < 5; n++) {
		play_sine(r, -20, 1.34, 1000);
		play_sine(r, -30, 1.66, 1000);
	}
	assert_near(r->loudest_s, -23, 0.1);
	free(r);
	r = rig_make(48000);
	for (int n = 0; n < 25; n++) {
		play_sine(r, -20, 0.18, 1000);
		play_sine(r, -30, 0.22, 1000);
	}
	assert_near(r->loudest_m, -23, 0.1);
	free(r);
	for (int n = 0; n < 20; n++) {
		r = rig_make(48000);
		play_sine(r, -120, n * 0.15, 1000);
		play_sine(r, -23, 3.1, 1000);
		play_sine(r, -120, 1, 1000);
		assert_near(r->loudest_s, -23, 0.1);
		free(r);
		r = rig_make(48000);
		play_sine(r, -120, n * 0.02, 1000);
		play_sine(r, -23, 0.5, 1000);
		play_sine(r, -120, 1, 1000);
		assert_near(r->loudest_m, -23, 0.1);
		free(r);
	}
}

/* Cases 15 to 19: sines whose samples miss their peaks. */
static void true_peaks_between_samples_are_seen(void **state)
{
	static const struct {
		double divisor, degrees, level, wanted; /* level linear */
	} cases[] = {{4, 0, 0.50, -6}, {4, 45, 0.50, -6}, {6, 60, 0.50, -6}, {8, 67.5, 0.50, -6}, {4, 45, 1.41, 3}};
	(void)state;
	for (size_t f = 0; f < RATES; f++)
		for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
			struct rig *r = rig_make(rates[f]);
			float block[US_BLOCK * US_CHANNELS];
			for (int b = 0; b < 200; b++) {
				for (int i = 0; i < US_BLOCK; i++) {
					const double n = b * US_BLOCK + i, fade = n < 4000 ? n / 4000 : 1;
					const double x =
					    cases[k].level * fade *
					    sin(2 * PI * n / cases[k].divisor + cases[k].degrees * PI / 180);
					block[2 * i] = block[2 * i + 1] = (float)x;
				}
				us_master_block(&r->master, &r->rate, block);
			}
			const double got = (double)rig_meters(r).true_peak;
			if (got > cases[k].wanted + 0.2 || got < cases[k].wanted - 0.4)
				fail_msg("case %zu at %g Hz: %g dBTP, wanted %g", k + 15, rates[f], got,
				         cases[k].wanted);
			free(r);
		}
}

/* The level between samples, by 16-fold interpolation over 128 samples of a signal of `count` frames. */
static double true_peak_of(const float *x, int count)
{
	enum { HALF = 64, STEPS = 16 };
	double highest = 0, kernel[STEPS][2 * HALF];
	for (int p = 0; p < STEPS; p++)
		for (int k = 0; k < 2 * HALF; k++) {
			const double at = HALF - 1 - k + p / (double)STEPS;
			kernel[p][k] = (at == 0 ? 1 : sin(PI * at) / (PI * at)) * (0.5 + 0.5 * cos(PI * at / HALF));
		}
	for (int i = 0; i + 2 * HALF < count; i++)
		for (int p = 0; p < STEPS; p++) {
			double y = 0;
			for (int k = 0; k < 2 * HALF; k++)
				y += (double)x[i + k] * kernel[p][k];
			highest = fmax(highest, fabs(y));
		}
	return 20 * log10(highest);
}

/* Sines, sweeps, clicks, jumps and noise, up to 0.45 of the rate, all far too loud. */
static float loud_signal(int kind, int n, double fs, unsigned *seed)
{
	const double t = n / fs,
		     begin = n < 2048 ? 0.5 - 0.5 * cos(PI * n / 2048) : 1; /* a jump has no highest frequency */
	switch (kind) {
	case 0:
		return (float)(4 * begin * sin(2 * PI * 0.45 * n + 0.3));
	case 1:
		return (float)(3 * sin(2 * PI * (200 + 0.22 * fs * t * 2) * t));
	case 2:
		return n % 997 < 3 ? 5 : 0.1f;
	case 3:
		return (float)(begin * 2 * sin(2 * PI * 0.23 * n) + begin * 2 * sin(2 * PI * 0.31 * n + 1) +
		               begin * sin(2 * PI * 0.44 * n));
	case 4:
		return (float)(n % 4096 < 2048 ? 0.9 * sin(2 * PI * n / 4.0 + PI / 4)
		                               : 6 * sin(2 * PI * n / 4.0 + PI / 4));
	default: { /* noise below 0.45 of the rate: a sum of many sines with random phases */
		double x = 0;
		for (int k = 1; k < 40; k++)
			x += sin(2 * PI * (0.011 * k * n) +
			         (double)((*seed * (unsigned)k * 2654435761u) >> 16) / 1000.0);
		return (float)x;
	}
	}
}

static void no_true_peak_passes_the_ceiling(void **state)
{
	enum { COUNT = 16384 };
	(void)state;
	for (size_t f = 0; f < RATES; f++)
		for (int kind = 0; kind < 6; kind++) {
			struct rig *r = rig_make(rates[f]);
			float *out = malloc(COUNT * sizeof *out), block[US_BLOCK * US_CHANNELS];
			unsigned seed = 7;
			assert_non_null(out);
			r->master.limiter.off = 0;
			for (int n = 0; n < COUNT; n += US_BLOCK) {
				for (int i = 0; i < US_BLOCK; i++) {
					block[2 * i] = loud_signal(kind, n + i, r->fs, &seed);
					block[2 * i + 1] = -0.5f * block[2 * i];
				}
				us_master_block(&r->master, &r->rate, block);
				for (int i = 0; i < US_BLOCK; i++)
					out[n + i] = block[2 * i];
			}
			const double peak = true_peak_of(out, COUNT);
			if (peak > -1 + 0.2)
				fail_msg("signal %d at %g Hz: %g dBTP", kind, rates[f], peak);
			assert_int_equal(rig_meters(r).clips, 0);
			assert_true(rig_meters(r).reduction > 1);
			free(out);
			free(r);
		}
}

/* Cases 20 to 23 put one louder period into a sine of a sixth of the rate, at four places between the samples: the
 * meter sees it as the long filter above does. */
static void a_short_peak_is_seen_wherever_it_falls(void **state)
{
	enum { COUNT = 4096 };
	float *x = malloc(COUNT * sizeof *x), block[US_BLOCK * US_CHANNELS];
	(void)state;
	assert_non_null(x);
	for (int place = 0; place < 4; place++) {
		struct rig *r = rig_make(48000);
		for (int n = 0; n < COUNT; n++) {
			const double t = n + place / 4.0, middle = (t - COUNT / 2) / 6, in = n < 512 ? n / 512.0 : 1;
			x[n] = (float)(in * (0.5 + 0.5 * exp(-middle * middle)) * 0.95 * sin(2 * PI * t / 6));
		}
		for (int n = 0; n < COUNT; n += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++)
				block[2 * i] = block[2 * i + 1] = x[n + i];
			us_master_block(&r->master, &r->rate, block);
		}
		const double got = (double)rig_meters(r).true_peak, wanted = true_peak_of(x, COUNT);
		if (got > wanted + 0.2 || got < wanted - 0.4)
			fail_msg("place %d: %g dBTP, wanted %g", place, got, wanted);
		free(r);
	}
	free(x);
}

/* Harmonics 2 to 20 against the fundamental, over whole periods. */
static double distortion(const float *x, int count, double hz, double fs)
{
	double power[21] = {0};
	for (int h = 1; h <= 20; h++) {
		double re = 0, im = 0;
		for (int n = 0; n < count; n++) {
			re += (double)x[n] * cos(2 * PI * h * hz * n / fs);
			im += (double)x[n] * sin(2 * PI * h * hz * n / fs);
		}
		power[h] = re * re + im * im;
	}
	double rest = 0;
	for (int h = 2; h <= 20; h++)
		rest += power[h];
	return 100 * sqrt(rest / power[1]);
}

static void bass_keeps_its_shape_in_the_limiter(void **state)
{
	(void)state;
	for (size_t f = 0; f < RATES; f++) {
		const int fs = (int)rates[f], begin = fs, count = fs / 5,
			  all = (begin + count + US_BLOCK) / US_BLOCK * US_BLOCK;
		struct rig *r = rig_make(rates[f]);
		float *out = malloc((size_t)all * sizeof *out), block[US_BLOCK * US_CHANNELS];
		assert_non_null(out);
		r->master.limiter.off = 0;
		for (int n = 0; n < all; n += US_BLOCK) {
			for (int i = 0; i < US_BLOCK; i++)
				block[2 * i] = block[2 * i + 1] = (float)(2 * sin(2 * PI * 50 * (n + i) / fs));
			us_master_block(&r->master, &r->rate, block);
			for (int i = 0; i < US_BLOCK; i++)
				out[n + i] = block[2 * i];
		}
		const double thd = distortion(out + begin, count, 50, fs);
		if (thd >= 0.05)
			fail_msg("50 Hz at +6 dB and a rate of %d: THD %g %%", fs, thd);
		free(out);
		free(r);
	}
}

/* Below the ceiling nothing is touched, with the limiter on, off, and after it has worked. */
static void what_is_below_the_ceiling_passes_bit_for_bit(void **state)
{
	float before[US_BLOCK * US_CHANNELS] = {0}, block[US_BLOCK * US_CHANNELS], next[US_BLOCK * US_CHANNELS];
	unsigned seed = 3;
	(void)state;
	for (int off = 0; off < 2; off++) {
		struct rig *r = rig_make(48000);
		r->master.limiter.off = (uint32_t)off;
		for (int b = 0; b < 4000; b++) {
			const bool loud = b >= 1000 && b < 1100;
			for (int i = 0; i < US_BLOCK * US_CHANNELS; i++) {
				seed = seed * 1664525u + 1013904223u;
				next[i] = (float)((double)seed / 4294967296.0 - 0.5) * (loud ? 2.0f : 0.6f);
			}
			memcpy(block, next, sizeof block);
			us_master_block(&r->master, &r->rate, block);
			if (b > 0 && !loud && (b < 1000 || b > 2500))
				assert_memory_equal(block, before, sizeof block);
			memcpy(before, next, sizeof before);
		}
		free(r);
	}
}

static void a_mix_that_is_no_signal_becomes_one(void **state)
{
	static const float wild[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 1e-42f};
	(void)state;
	for (uint32_t off = 0; off < 2; off++) {
		struct rig *r = rig_make(48000);
		r->master.limiter.off = off;
		float block[US_BLOCK * US_CHANNELS];
		for (int b = 0; b < 600; b++) {
			for (int i = 0; i < US_BLOCK * US_CHANNELS; i++)
				block[i] = b < 50 ? wild[(b + i) % 6] : 0;
			us_master_block(&r->master, &r->rate, block);
			for (int i = 0; i < US_BLOCK * US_CHANNELS; i++)
				assert_true(block[i] >= -1 && block[i] <= 1);
			assert_true(us_master_is_valid(&r->master, &r->rate));
		}
		for (int i = 0; i < US_BLOCK * US_CHANNELS; i++)
			assert_true(block[i] == 0);
		free(r);
	}
}

/* With the limiter off what is cut off is counted, sample by sample; the reset forgets it. */
static void clips_are_counted(void **state)
{
	float block[US_BLOCK * US_CHANNELS] = {0};
	(void)state;
	struct rig *r = rig_make(48000);
	block[3] = 1.5f, block[7] = -2, block[9] = 1, block[11] = -1;
	us_master_block(&r->master, &r->rate, block);
	memset(block, 0, sizeof block);
	us_master_block(&r->master, &r->rate, block);
	assert_int_equal(rig_meters(r).clips, 2);
	assert_near((double)rig_meters(r).peak, 0, 0.0001);
	us_master_reset_meters(&r->master);
	assert_int_equal(rig_meters(r).clips, 0);
	assert_true(rig_meters(r).peak == US_METER_NONE);
	free(r);
}

/* A copy of the state goes on alike: it is all there is. */
static void a_copy_goes_on_alike(void **state)
{
	(void)state;
	struct rig *a = rig_make(48000), *b = rig_make(48000);
	float x[US_BLOCK * US_CHANNELS], y[US_BLOCK * US_CHANNELS];
	unsigned seed = 1;
	a->master.limiter.off = 0;
	for (int n = 0; n < 3000; n++) {
		for (int i = 0; i < US_BLOCK * US_CHANNELS; i++)
			x[i] = loud_signal(5, n * US_BLOCK + i, 48000, &seed) * (n % 700 < 300 ? 0.01f : 0.3f);
		memcpy(y, x, sizeof y);
		us_master_block(&a->master, &a->rate, x);
		if (n == 1234)
			b->master = a->master;
		if (n <= 1234)
			continue;
		us_master_block(&b->master, &b->rate, y);
		assert_memory_equal(x, y, sizeof x);
		assert_memory_equal(&a->master, &b->master, sizeof a->master);
	}
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(integrated_loudness_is_what_tech_3341_says),
	    cmocka_unit_test(momentary_and_short_term_follow_tech_3341),
	    cmocka_unit_test(true_peaks_between_samples_are_seen),
	    cmocka_unit_test(a_short_peak_is_seen_wherever_it_falls),
	    cmocka_unit_test(no_true_peak_passes_the_ceiling),
	    cmocka_unit_test(bass_keeps_its_shape_in_the_limiter),
	    cmocka_unit_test(what_is_below_the_ceiling_passes_bit_for_bit),
	    cmocka_unit_test(a_mix_that_is_no_signal_becomes_one),
	    cmocka_unit_test(clips_are_counted),
	    cmocka_unit_test(a_copy_goes_on_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
