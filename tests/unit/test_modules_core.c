/* test_modules_core.c — what sine, adsr, filter, vca, gain, mixer and out promise. */
#include "module_harness.h"

enum { RATE = 48000, SECOND = RATE / US_BLOCK };

/* Phase in cycles of a steady sine of known frequency at its frames [0, n). */
static double phase_of(const float *y, int n, double cycles_per_frame)
{
	double re = 0, im = 0;
	for (int i = 0; i < n; i++) {
		double window = 0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / n);
		re += window * y[i] * cos(2 * M_PI * cycles_per_frame * i);
		im += window * y[i] * -sin(2 * M_PI * cycles_per_frame * i);
	}
	return atan2(im, re) / (2 * M_PI);
}

/* --- sine -------------------------------------------------------------------------------------------------------- */

/* The phase after 20 s says how many cycles there were, to a small part of one. */
static double cents_off(struct rig *r, double hz)
{
	enum { N = 16 * US_BLOCK, SECONDS = 20 };
	static float first[N], last[N];
	for (int n = 0; n < SECONDS * SECOND + 16; n++) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			if (n < 16)
				first[n * US_BLOCK + i] = r->out[0][i][3];
			if (n >= SECONDS * SECOND)
				last[(n - SECONDS * SECOND) * US_BLOCK + i] = r->out[0][i][3];
		}
	}
	double turned =
	    phase_of(last, N, hz / RATE) - phase_of(first, N, hz / RATE) - hz * SECONDS; /* whole cycles wrap */
	turned = turned - nearbyint(turned);
	return 1200 * log2(1 + turned / (hz * SECONDS));
}

static void sine_keeps_its_pitch_within_a_hundredth_of_a_cent(void **state)
{
	(void)state;
	const float freqs[] = {20, 110, 439.99f, 1000.3f, 4978.03f, 9999.9f};
	for (size_t i = 0; i < sizeof freqs / sizeof freqs[0]; i++) {
		struct rig *r = rig_open("sine");
		rig_set(r, "freq", freqs[i]);
		double off = cents_off(r, (double)freqs[i]);
		if (fabs(off) > 0.01)
			fail_msg("%g Hz is off by %g cent", freqs[i], off);
		rig_close(r);
	}
}

static void sine_counts_pitch_in_octaves(void **state)
{
	(void)state;
	const float pitches[] = {-2, -0.25f, 1 / 12.f, 3.7f};
	for (size_t i = 0; i < sizeof pitches / sizeof pitches[0]; i++) {
		struct rig *r = rig_open("sine");
		rig_set(r, "freq", 440);
		rig_set(r, "pitch", pitches[i]);
		assert_true(fabs(cents_off(r, 440 * exp2((double)pitches[i]))) < 0.01);
		rig_close(r);
	}
}

static void sine_is_a_sine(void **state)
{
	(void)state;
	struct rig *r = rig_open("sine");
	rig_set(r, "freq", RATE / 64.f);
	rig_set(r, "phase", 0.125f);
	rig_set(r, "amp", 0.5f);
	for (int n = 0; n < 3; n++) {
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			for (int l = 0; l < US_LANES; l++)
				assert_true(fabs(r->out[0][i][l] - 0.5 * sin(2 * M_PI * (i / 64.0 + 0.125))) < 3e-7);
	}
	rig_close(r);
}

static void sine_turns_backwards_through_zero(void **state)
{
	(void)state;
	struct rig *r = rig_open("sine");
	rig_plug(r, "freq");
	for (int i = 0; i < US_BLOCK; i++)
		r->in[0][i] = (us_vec){0} + (i < 32 ? 1000.f : -1000.f);
	rig_run(r);
	for (int i = 0; i < 32; i++)
		assert_true(fabsf(r->out[0][32 + i][0] - (i ? r->out[0][32 - i][0] : r->out[0][32][0])) < 1e-6f);
	rig_close(r);
}

/* --- adsr -----------------------------------------------------------------------------------------------------------
 */

/* Plays `frames` of an adsr whose gate is on from frame `up` to before frame `down`; lane 2 of env goes to `to`. */
static void play_gate(struct rig *r, int frames, int up, int down, float *to)
{
	us_vec *gate = rig_plug(r, "gate");
	const int env = rig_output(r, "env");
	for (int at = 0; at < frames; at += US_BLOCK) {
		bool moves = false;
		for (int i = 0; i < US_BLOCK; i++) {
			gate[i] = (us_vec){0} + (at + i >= up && at + i < down ? 1.f : 0.f);
			moves |= i && gate[i][0] != gate[i - 1][0];
		}
		r->block.constant = moves ? r->block.constant & ~2ull : r->block.constant | 2ull;
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			to[at + i] = r->out[env][i][2];
	}
}

static void adsr_times_are_exact_to_the_frame(void **state)
{
	(void)state;
	enum { FRAMES = 1 << 16 };
	static float y[FRAMES];
	const int ups[] = {0, 1, 63, 64, 100, 1000}; /* at any frame of a block */
	const float attacks[] = {0, 1, 10, 33.3f}, decays[] = {0, 2, 100, 250}, releases[] = {0, 5, 200, 300.01f};
	for (int u = 0; u < 6; u++)
		for (int t = 0; t < 4; t++) {
			struct rig *r = rig_open("adsr");
			rig_set(r, "attack", attacks[t]);
			rig_set(r, "decay", decays[t]);
			rig_set(r, "sustain", 0.25f);
			rig_set(r, "release", releases[t]);
			const int a = (int)lrint(attacks[t] * 48.0), d = (int)lrint(decays[t] * 48.0),
				  f = (int)lrint(releases[t] * 48.0);
			const int up = ups[u], down = up + a + d + 777;
			play_gate(r, FRAMES, up, down, y);
			for (int i = 0; i < FRAMES; i++) {
				bool right = i < up           ? y[i] == 0
				             : i < up + a     ? y[i] < 1
				             : i == up + a    ? y[i] == (d ? 1 : 0.25f)
				             : i < up + a + d ? y[i] >= 0.25f && y[i] < 1
				             : i < down       ? y[i] == 0.25f
				             : i < down + f   ? y[i] > 0 && y[i] <= 0.25f
				                              : y[i] == 0;
				if (!right)
					fail_msg("up %d, a %d, d %d, down %d, r %d: %.9g at frame %d", up, a, d, down,
					         f, y[i], i);
			}
			rig_close(r);
		}
}

static void adsr_moves_without_a_jump_when_the_gate_comes_back(void **state)
{
	(void)state;
	static float y[1 << 14];
	struct rig *r = rig_open("adsr");
	rig_set(r, "attack", 20);
	rig_set(r, "release", 100);
	play_gate(r, 1 << 14, 10, 3000, y);
	float last = y[(1 << 14) - 1];
	assert_true(last == 0);
	play_gate(r, 1 << 12, 5, 1 << 30, y); /* still in the attack or decay … */
	play_gate(r, 1 << 11, -1, 500, y);    /* … released for a while … */
	const float left = y[(1 << 11) - 1];
	assert_true(left > 0.05f && left < 0.7f);
	play_gate(r, 1 << 11, 3, 1 << 30, y); /* … and struck again */
	for (int i = 0; i < 1 << 11; i++) {
		float before = i ? y[i - 1] : left;
		assert_true(fabsf(y[i] - before) < 0.005f);
	}
	rig_close(r);
}

static void adsr_keeps_its_place_when_a_time_moves(void **state)
{
	(void)state;
	struct rig *r = rig_open("adsr");
	rig_set(r, "attack", 1000);
	rig_set(r, "gate", 1);
	float before = 0;
	us_vec *attack = rig_plug(r, "attack");
	for (int n = 0; n < 300; n++) {
		for (int i = 0; i < US_BLOCK; i++)
			attack[i] = (us_vec){0} + 1000 + 900 * sinf((float)(n * US_BLOCK + i) * 0.001f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			assert_true(r->out[1][i][0] >= before - 1e-5f && r->out[1][i][0] - before < 0.001f);
			before = r->out[1][i][0];
		}
	}
	rig_close(r);
}

static void adsr_shapes_what_is_plugged_in_and_obeys_velocity(void **state)
{
	(void)state;
	struct rig *r = rig_open("adsr");
	rig_set(r, "attack", 1);
	rig_set(r, "sustain", 1);
	rig_set(r, "velocity", 0.5f);
	rig_set(r, "gate", 1);
	rig_set(r, "in", 0.8f);
	for (int n = 0; n < 5; n++)
		rig_run(r);
	rig_set(r, "velocity", 1); /* too late for this note */
	rig_run(r);
	assert_true(r->out[1][63][0] == 0.5f && r->out[0][63][0] == 0.8f * 0.5f);
	rig_close(r);
}

static void adsr_treats_every_lane_by_itself(void **state)
{
	(void)state;
	struct rig *all = rig_open("adsr"), *one[US_LANES];
	us_vec *gates = rig_plug(all, "gate");
	for (int l = 0; l < US_LANES; l++)
		one[l] = rig_open("adsr");
	struct dice d = {8};
	for (int n = 0; n < 200; n++) {
		rig_stir(all, 1, &d);
		rig_run(all);
		for (int l = 0; l < US_LANES; l++) {
			us_vec *gate = rig_plug(one[l], "gate");
			for (int i = 0; i < US_BLOCK; i++)
				gate[i] = (us_vec){0} + gates[i][l];
			rig_run(one[l]);
			for (int i = 0; i < US_BLOCK; i++)
				assert_true(all->out[1][i][l] == one[l]->out[1][i][0]);
		}
	}
	for (int l = 0; l < US_LANES; l++)
		rig_close(one[l]);
	rig_close(all);
}

/* --- filter
 * -------------------------------------------------------------------------------------------------------------- */

/* Gain at `hz`, from the response to one impulse. */
static double gain_at(const char *output, float cutoff, float resonance, double hz)
{
	enum { BLOCKS = 2 * SECOND };
	struct rig *r = rig_open("filter");
	rig_set(r, "cutoff", cutoff);
	rig_set(r, "res", resonance);
	const int o = rig_output(r, output);
	double re = 0, im = 0;
	for (int n = 0; n < BLOCKS; n++) {
		us_vec *in = rig_plug(r, "in");
		memset(in, 0, sizeof r->in[0]);
		if (n == 0)
			in[0] += 1;
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			double w = 2 * M_PI * hz / RATE * (n * US_BLOCK + i);
			re += r->out[o][i][5] * cos(w);
			im -= r->out[o][i][5] * sin(w);
		}
	}
	rig_close(r);
	return sqrt(re * re + im * im);
}

/* Frequency at which the gain of a low- or high-pass crosses -3 dB, found by bisection. */
static double corner_of(const char *output, float cutoff, double lo, double hi)
{
	const bool falling = !strcmp(output, "low");
	for (int n = 0; n < 14; n++) {
		double mid = sqrt(lo * hi);
		bool loud = gain_at(output, cutoff, 0, mid) > sqrt(0.5);
		if (loud == falling)
			lo = mid;
		else
			hi = mid;
	}
	return sqrt(lo * hi);
}

static void filter_is_three_db_down_at_its_cutoff_up_to_15_khz(void **state)
{
	(void)state;
	const float cutoffs[] = {30, 200, 1000, 5000, 15000};
	for (size_t i = 0; i < sizeof cutoffs / sizeof cutoffs[0]; i++)
		for (int high = 0; high < 2; high++) {
			double hz = corner_of(high ? "high" : "low", cutoffs[i], 0.8 * cutoffs[i], 1.25 * cutoffs[i]);
			if (fabs(hz / (double)cutoffs[i] - 1) > 0.01)
				fail_msg("cutoff %g: -3 dB at %g Hz", cutoffs[i], hz);
		}
}

static void filter_falls_by_12_db_per_octave(void **state)
{
	(void)state;
	double low = gain_at("low", 200, 0, 800) / gain_at("low", 200, 0, 1600);
	double high = gain_at("high", 3000, 0, 400) / gain_at("high", 3000, 0, 200);
	assert_true(fabs(20 * log10(low) - 12) < 0.3 && fabs(20 * log10(high) - 12) < 0.3);
}

static void filter_band_peaks_at_one_and_notch_at_nothing(void **state)
{
	(void)state;
	assert_true(fabs(gain_at("band", 1000, 0.5f, 1000) - 1) < 0.01);
	assert_true(gain_at("band", 1000, 0.5f, 8000) < 0.25 && gain_at("band", 1000, 0.5f, 125) < 0.25);
	assert_true(gain_at("notch", 1000, 0.2f, 1000) < 0.01 && fabs(gain_at("notch", 1000, 0.2f, 50) - 1) < 0.02);
	assert_true(gain_at("low", 1000, 1, 1000) > 40 && gain_at("low", 1000, 1, 1000) < 60); /* Q is 50 */
}

static void filter_out_is_what_mode_says(void **state)
{
	(void)state;
	static const char *const modes[] = {"low", "high", "band", "notch"};
	struct rig *r = rig_open("filter");
	struct dice d = {6};
	for (int m = 0; m < 4; m++) {
		rig_set(r, "mode", (float)m);
		rig_stir(r, 0, &d);
		for (int block = 0; block < 2 * 48000 / 100 / US_BLOCK; block++)
			rig_run(r); /* ten milliseconds are a fade */
		assert_memory_equal(r->out[0], r->out[rig_output(r, modes[m])], sizeof r->out[0]);
	}
	rig_close(r);
}

/* No energy comes from nowhere: after the input has ended, the sum of squares of what is stored never grows. */
static void filter_gains_no_energy_whatever_moves(void **state)
{
	(void)state;
	struct rig *r = rig_open("filter");
	struct dice d = {2};
	rig_stir(r, 0, &d);
	rig_run(r);
	rig_hold(r, 0, (us_vec){0});
	double energy = 1e9;
	for (int n = 0; n < 2000; n++) {
		for (uint32_t k = 1; k < r->inputs; k++)
			rig_stir(r, k, &d);
		rig_run(r);
		double now = 0;
		const float *stored = (const float *)(const void *)r->state;
		for (int i = 0; i < 2 * US_LANES; i++)
			now += (double)stored[i] * stored[i];
		assert_true(now <= energy * (1 + 1e-5));
		energy = now;
	}
	assert_true(energy < 1e-9);
	rig_close(r);
}

/* --- vca, gain, mixer, out
 * --------------------------------------------------------------------------------------------- */

static void vca_multiplies_and_gain_counts_in_decibels(void **state)
{
	(void)state;
	struct rig *v = rig_open("vca"), *g = rig_open("gain");
	rig_set(v, "in", 0.5f);
	rig_set(v, "level", 0.25f);
	rig_run(v);
	assert_true(v->out[0][0][7] == 0.125f);
	rig_set(g, "in", 0.5f);
	rig_run(g);
	assert_true(g->out[0][9][0] == 0.5f);
	rig_set(g, "gain", -20);
	rig_run(g);
	assert_true(fabsf(g->out[0][9][0] - 0.05f) < 1e-6f);
	rig_close(v);
	rig_close(g);
}

static void mixer_sums_its_inputs_by_their_levels(void **state)
{
	(void)state;
	struct rig *r = rig_open("mixer");
	float sum = 0;
	for (int c = 1; c <= 8; c++) {
		char name[16];
		snprintf(name, sizeof name, "in%d", c);
		rig_set(r, name, 0.125f * (float)c);
		snprintf(name, sizeof name, "level%d", c);
		rig_set(r, name, 0.5f + 0.125f * (float)c);
		sum += 0.125f * (float)c * (0.5f + 0.125f * (float)c);
	}
	rig_run(r);
	assert_true(r->out[0][5][5] == sum);
	rig_close(r);
}

static void out_puts_left_to_the_left_and_right_to_the_right(void **state)
{
	(void)state;
	struct rig *r = rig_open("out");
	assert_int_equal(r->module->flags & (US_SINK | US_MIXDOWN), US_SINK | US_MIXDOWN);
	us_vec *in = rig_plug(r, "in");
	for (int i = 0; i < US_BLOCK; i++)
		in[i] = (us_vec){0.5f, 0.25f, 9, 9, 9, 9, 9, 9};
	rig_set(r, "left", 0.125f);
	rig_set(r, "right", 0.0625f);
	rig_set(r, "level", 2);
	rig_run(r);
	assert_true(r->out[0][1][0] == 1.25f && r->out[0][1][1] == 0.625f);
	for (int l = US_CHANNELS; l < US_LANES; l++)
		assert_true(r->out[0][1][l] == 0);
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sine_keeps_its_pitch_within_a_hundredth_of_a_cent),
	    cmocka_unit_test(sine_counts_pitch_in_octaves),
	    cmocka_unit_test(sine_is_a_sine),
	    cmocka_unit_test(sine_turns_backwards_through_zero),
	    cmocka_unit_test(adsr_times_are_exact_to_the_frame),
	    cmocka_unit_test(adsr_moves_without_a_jump_when_the_gate_comes_back),
	    cmocka_unit_test(adsr_keeps_its_place_when_a_time_moves),
	    cmocka_unit_test(adsr_shapes_what_is_plugged_in_and_obeys_velocity),
	    cmocka_unit_test(adsr_treats_every_lane_by_itself),
	    cmocka_unit_test(filter_is_three_db_down_at_its_cutoff_up_to_15_khz),
	    cmocka_unit_test(filter_falls_by_12_db_per_octave),
	    cmocka_unit_test(filter_band_peaks_at_one_and_notch_at_nothing),
	    cmocka_unit_test(filter_out_is_what_mode_says),
	    cmocka_unit_test(filter_gains_no_energy_whatever_moves),
	    cmocka_unit_test(vca_multiplies_and_gain_counts_in_decibels),
	    cmocka_unit_test(mixer_sums_its_inputs_by_their_levels),
	    cmocka_unit_test(out_puts_left_to_the_left_and_right_to_the_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
