/* test_modules_oscillators.c — what saw, pulse, triangle and noise promise: pitch, spectrum, aliasing. */
#include "module_harness.h"

enum { RATE = 48000, LONGEST = RATE };

static float sound[2 * LONGEST];

/* `frames` frames of lane 5 of an output after the first `skip`. */
static void render(struct rig *r, int output, int skip, int frames)
{
	for (int at = -skip; at < frames; at += US_BLOCK) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			if (at + i >= 0 && at + i < frames)
				sound[at + i] = r->out[output][i][5];
	}
}

/* Amplitude of whole cycle number k in n frames: exact for a sound of that period. */
static double partial(int k, int n)
{
	const double c = 2 * cos(2 * M_PI * k / n); /* Goertzel */
	double a = 0, b = 0;
	for (int i = 0; i < n; i++) {
		double now = (double)sound[i] + c * a - b;
		b = a;
		a = now;
	}
	return 2 * sqrt(fmax(0, a * a + b * b - c * a * b)) / n;
}

static int common_divisor(int a, int b)
{
	return b ? common_divisor(b, a % b) : a;
}

/* The strongest partial below 16 kHz that is no harmonic, in dB against the fundamental. */
static double aliasing(const char *module, int hz)
{
	struct rig *r = rig_open(module);
	rig_set(r, "freq", (float)hz);
	const int grid = common_divisor(hz, RATE), period = RATE / grid;
	render(r, 0, 640, period);
	double worst = 0;
	for (int f = grid; f < 16000; f += grid)
		if (f % hz)
			worst = fmax(worst, partial(f / grid, period));
	worst /= partial(hz / grid, period);
	rig_close(r);
	return 20 * log10(worst + 1e-12);
}

static void aliases_lie_far_below_the_fundamental(void **state)
{
	(void)state;
	const struct {
		const char *module;
		int hz;
		double db;
	} promises[] = {{"saw", 1245, -85},   {"saw", 4980, -72},       {"pulse", 1245, -80},
	                {"pulse", 4980, -72}, {"triangle", 1245, -100}, {"triangle", 4980, -85}};
	for (size_t i = 0; i < sizeof promises / sizeof promises[0]; i++) {
		double db = aliasing(promises[i].module, promises[i].hz);
		print_message("%-10s %5d Hz: aliasing %.1f dB\n", promises[i].module, promises[i].hz, db);
		if (db > promises[i].db)
			fail_msg("%s at %d Hz: %.1f dB, promised %.1f", promises[i].module, promises[i].hz, db,
			         promises[i].db);
	}
}

/* Harmonic n of the module at 100 Hz, against what the waveform's formula says. */
static void harmonics_are_those_of_the_waveform(void **state)
{
	(void)state;
	static const char *const modules[] = {"saw", "pulse", "triangle"};
	for (int m = 0; m < 3; m++) {
		struct rig *r = rig_open(modules[m]);
		rig_set(r, "freq", 100);
		if (m == 1)
			rig_set(r, "width", 0.3f);
		render(r, 0, 640, RATE / 100);
		for (int n = 1; n <= 50; n++) { /* to 5 kHz, where the corners are still sharp */
			double want = m == 0   ? 2 / M_PI / n
			              : m == 1 ? fabs(4 / M_PI / n * sin(M_PI * n * 0.3))
			              : n % 2  ? 8 / M_PI / M_PI / n / n
			                       : 0;
			double is = partial(n, RATE / 100);
			if (fabs(is - want) > 0.003 * want + 1e-5)
				fail_msg("%s: harmonic %d is %g, should be %g", modules[m], n, is, want);
		}
		assert_true(partial(0, RATE / 100) < 1e-4); /* no DC */
		rig_close(r);
	}
}

/* The phase of the fundamental after ten seconds. */
static void pitch_is_right_within_a_hundredth_of_a_cent(void **state)
{
	(void)state;
	static const char *const modules[] = {"saw", "pulse", "triangle"};
	const float freqs[] = {20, 441.3f, 9999};
	for (int m = 0; m < 3; m++)
		for (int f = 0; f < 3; f++) {
			struct rig *r = rig_open(modules[m]);
			rig_set(r, "freq", freqs[f]);
			double phase[2];
			enum { N = 200 * US_BLOCK, SECONDS = 10 };
			for (int part = 0; part < 2; part++) {
				render(r, 0, part ? SECONDS * RATE - N : 0, N);
				double re = 0, im = 0;
				for (int i = 0; i < N; i++) {
					double x = (double)sound[i] * (0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / N));
					double turn = (double)freqs[f] / RATE * (i + part * (double)SECONDS * RATE);
					re += x * cos(2 * M_PI * turn);
					im -= x * sin(2 * M_PI * turn);
				}
				phase[part] = atan2(im, re) / 2 / M_PI;
			}
			double turned = phase[1] - phase[0];
			turned -= nearbyint(turned);
			double cents = 1200 * log2(1 + turned / ((double)freqs[f] * SECONDS));
			if (fabs(cents) > 0.01)
				fail_msg("%s at %g Hz is off by %g cent", modules[m], (double)freqs[f], cents);
			rig_close(r);
		}
}

/* Each lane of a sound with eight pitches is the sound of that pitch alone. */
static void voices_do_not_hear_each_other(void **state)
{
	(void)state;
	static const char *const modules[] = {"sine", "saw", "pulse", "triangle"};
	for (int m = 0; m < 4; m++) {
		struct rig *all = rig_open(modules[m]);
		const us_vec freqs = {55, 131, 262, 880, 3000, 7040, 12000, 19000};
		rig_hold(all, 0, freqs);
		for (int l = 0; l < US_LANES; l++) {
			struct rig *one = rig_open(modules[m]);
			rig_set(one, "freq", freqs[l]);
			rig_reset(all, 1);
			for (int n = 0; n < 50; n++) {
				rig_run(all);
				rig_run(one);
				for (int i = 0; i < US_BLOCK; i++)
					assert_true(all->out[0][i][l] == one->out[0][i][0]);
			}
			rig_close(one);
		}
		rig_close(all);
	}
}

static void pulse_follows_its_width_without_a_step_out_of_bounds(void **state)
{
	(void)state;
	struct rig *r = rig_open("pulse");
	struct dice d = {3};
	rig_set(r, "freq", 300);
	double highest = 0;
	for (int n = 0; n < 2000; n++) {
		rig_stir(r, 2, &d);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			highest = fmax(highest, fabs((double)r->out[0][i][0]));
	}
	assert_true(highest < 8 && highest > 1); /* overshoots of steps at random in every frame add up */
	rig_close(r);
}

/* Power in octave bands by averaging squared partials; slope by least squares. */
static double slope_of(int output)
{
	struct rig *r = rig_open("noise");
	enum { OCTAVES = 9, PARTS = 24 };
	double power[OCTAVES] = {0}, sx = 0, sy = 0, sxx = 0, sxy = 0;
	for (int part = 0; part < PARTS; part++) {
		render(r, output, 0, LONGEST);
		for (int o = 0; o < OCTAVES; o++) /* 40 Hz … 10 kHz, partials spread over a sixth of an octave */
			for (int k = 0; k < 40; k++) {
				double a = partial((int)(40 * exp2(o) * exp2((k - 20) / 240.0) + 0.5), LONGEST);
				power[o] += a * a;
			}
	}
	for (int o = 0; o < OCTAVES; o++) {
		double y = 10 * log10(power[o]);
		sx += o, sy += y, sxx += o * o, sxy += o * y;
	}
	rig_close(r);
	return (OCTAVES * sxy - sx * sy) / (OCTAVES * sxx - sx * sx);
}

static void noise_has_the_slope_of_its_colour(void **state)
{
	(void)state;
	double white = slope_of(0), pink = slope_of(1), brown = slope_of(2);
	print_message("noise: white %+.2f, pink %+.2f, brown %+.2f dB per octave\n", white, pink, brown);
	assert_true(fabs(white) < 0.2 && fabs(pink + 3.01) < 0.2 && fabs(brown + 6) < 0.4);
}

static void noise_differs_between_instances_and_lanes(void **state)
{
	(void)state;
	struct rig *a = rig_open_at(rig_module("noise"), 48000, 1), *b = rig_open_at(rig_module("noise"), 48000, 2);
	rig_run(a);
	rig_run(b);
	double same = 0, lanes = 0, size = 0;
	for (int i = 0; i < US_BLOCK; i++) {
		same += (double)a->out[0][i][0] * (double)b->out[0][i][0];
		lanes += (double)a->out[0][i][0] * (double)a->out[0][i][1];
		size += (double)a->out[0][i][0] * (double)a->out[0][i][0];
	}
	assert_true(fabs(same) < size / 2 && fabs(lanes) < size / 2 && size > 10);
	rig_close(a);
	rig_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(aliases_lie_far_below_the_fundamental),
	    cmocka_unit_test(harmonics_are_those_of_the_waveform),
	    cmocka_unit_test(pitch_is_right_within_a_hundredth_of_a_cent),
	    cmocka_unit_test(voices_do_not_hear_each_other),
	    cmocka_unit_test(pulse_follows_its_width_without_a_step_out_of_bounds),
	    cmocka_unit_test(noise_has_the_slope_of_its_colour),
	    cmocka_unit_test(noise_differs_between_instances_and_lanes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
