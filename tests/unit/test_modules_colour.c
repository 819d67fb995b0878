/* test_modules_colour.c — what drive, fold, crush, ring, compressor, flanger, shift and vocoder promise. */
#include "module_harness.h"

enum { RATE = 48000, SECOND = RATE / US_BLOCK, N = 100 * US_BLOCK, LONG = 4 * RATE };

static float heard[LONG + US_BLOCK];

typedef double signal_at(int frame, double hz);

static double sine_at(int frame, double hz)
{
	return sin(2 * M_PI * fmod(hz * frame / RATE, 1));
}

/* Plays `in` from frame 0 and keeps what the first output says in frames [from, from + frames), in one lane. */
static void play(struct rig *r, signal_at *in, double hz, double size, int from, int frames)
{
	const int k = rig_input(r, "in");
	for (int at = 0; at < from + frames; at += US_BLOCK) {
		r->block.constant &= ~(1ull << k);
		r->block.connected |= 1ull << k;
		for (int i = 0; i < US_BLOCK; i++)
			r->in[k][i] = (us_vec){0} + (float)(size * in(at + i, hz));
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			if (at + i >= from && at + i < from + frames)
				heard[at + i - from] = r->out[0][i][0];
	}
}

/* Amplitude of one frequency that has whole cycles in n frames. */
static double amplitude(const float *x, int n, double hz)
{
	double re = 0, im = 0;
	for (int i = 0; i < n; i++) {
		const double turn = fmod(hz * i / RATE, 1);
		re += (double)x[i] * cos(2 * M_PI * turn);
		im -= (double)x[i] * sin(2 * M_PI * turn);
	}
	return (hz > 0 ? 2 : 1) * sqrt(re * re + im * im) / n;
}

/* What is in x and does not belong to a note: its power without the mean and without its harmonics. */
static double alias_power(const float *x, int n, double hz)
{
	double power = 0;
	for (int i = 0; i < n; i++)
		power += (double)x[i] * (double)x[i] / n;
	const double mean = amplitude(x, n, 0);
	power -= mean * mean;
	for (int m = 1; m * hz < 0.5 * RATE; m++) {
		const double a = amplitude(x, n, m * hz);
		power -= 0.5 * a * a;
	}
	return fmax(power, 1e-14);
}

/* --- drive, fold -----------------------------------------------------------------------------------------------------
 */

static double bend_soft(double x)
{
	return tanh(x);
}
static double bend_hard(double x)
{
	return fmax(-1, fmin(1, x));
}
static double bend_tube(double x)
{
	return x > 0 ? tanh(x) : x / (1 - x);
}
static double bend_round(double x)
{
	return sin(0.5 * M_PI * x);
}
static double bend_corners(double x)
{
	const double t = 0.25 * x + 0.25;
	return 1 - 4 * fabs(t - floor(t) - 0.5);
}

static const struct shaper {
	const char *module, *knob;
	float shape, amount;
	double gain, (*bend)(double);
} shapers[] = {{"drive", "drive", 0, 24, 15.8489, bend_soft},
               {"drive", "drive", 1, 24, 15.8489, bend_hard},
               {"drive", "drive", 2, 24, 15.8489, bend_tube},
               {"fold", "fold", 0, 12, 12, bend_round},
               {"fold", "fold", 1, 12, 12, bend_corners}};
enum { SHAPERS = sizeof shapers / sizeof shapers[0] };

static struct rig *open_shaper(const struct shaper *s)
{
	struct rig *r = rig_open(s->module);
	rig_set(r, s->knob, s->amount);
	rig_set(r, "shape", s->shape);
	rig_set(r, "level", 0);
	if (!strcmp(s->module, "drive"))
		rig_set(r, "tone", 20000);
	return r;
}

static void shapers_alias_20_db_less_than_plain_ones(void **state)
{
	(void)state;
	const int cycles[] = {179, 331, 557}; /* prime: what is folded back falls between the harmonics */
	for (int n = 0; n < SHAPERS; n++)
		for (int c = 0; c < 3; c++) {
			static float plain[N];
			const double hz = (double)cycles[c] * RATE / N;
			struct rig *r = open_shaper(&shapers[n]);
			play(r, sine_at, hz, 1, N, N);
			for (int i = 0; i < N; i++)
				plain[i] = (float)shapers[n].bend(shapers[n].gain * sine_at(i, hz));
			const double db = 10 * log10(alias_power(plain, N, hz) / alias_power(heard, N, hz));
			if (db < 20)
				fail_msg("%s %g at %g Hz: only %g dB less", shapers[n].module, (double)shapers[n].shape,
				         hz, db);
			rig_close(r);
		}
}

static void shapers_bend_as_they_say(void **state)
{
	(void)state;
	for (int n = 0; n < SHAPERS; n++) { /* so slow that the filters do not matter */
		struct rig *r = open_shaper(&shapers[n]);
		const double values[] = {-1, -0.4, -0.03, 0.02, 0.31, 0.77, 1};
		for (int v = 0; v < 7; v++) {
			rig_set(r, "in", (float)values[v]);
			for (int b = 0; b < 20; b++)
				rig_run(r);
			const double want = shapers[n].bend(shapers[n].gain * values[v]);
			if (fabs((double)r->out[0][US_BLOCK - 1][0] - want) > 2e-4)
				fail_msg("%s %g makes %g of %g instead of %g", shapers[n].module,
				         (double)shapers[n].shape, (double)r->out[0][US_BLOCK - 1][0], values[v], want);
		}
		rig_close(r);
	}
}

static void a_gentle_drive_keeps_the_treble(void **state)
{
	(void)state;
	struct rig *r = rig_open("drive");
	rig_set(r, "drive", -12);
	rig_set(r, "level", 12);
	rig_set(r, "tone", 20000);
	const double hz = 2001 * (double)RATE / N; /* 15 kHz */
	play(r, sine_at, hz, 0.01, N, N);
	const double tone = 1 / sqrt(1 + pow(tan(M_PI * hz / RATE) / tan(M_PI * 20000 / RATE), 2));
	assert_true(fabs(amplitude(heard, N, hz) / (0.01 * tone) - 1) < 0.035); /* 0.3 dB */
	rig_close(r);
}

static void fold_at_one_leaves_the_peak_of_a_wave_where_it_is(void **state)
{
	(void)state;
	for (int shape = 0; shape < 2; shape++) {
		struct rig *r = rig_open("fold");
		rig_set(r, "shape", (float)shape);
		rig_set(r, "fold", 1);
		rig_set(r, "level", 0);
		rig_set(r, "in", 1);
		for (int n = 0; n < 20; n++)
			rig_run(r);
		assert_true(fabsf(r->out[0][0][1] - 1) < 1e-4f);
		rig_set(r, "fold", 2);
		for (int n = 0; n < 20; n++)
			rig_run(r);
		assert_true(fabsf(r->out[0][0][1]) < 1e-4f);
		rig_close(r);
	}
}

/* --- crush, ring -----------------------------------------------------------------------------------------------------
 */

static void crush_gives_the_steps_and_the_samples_that_it_says(void **state)
{
	(void)state;
	struct rig *r = rig_open("crush");
	rig_set(r, "bits", 4);
	rig_set(r, "rate", 6000);
	play(r, sine_at, 441, 1, 0, N);
	int changes = 0;
	for (int i = 0; i < N; i++) {
		assert_true(heard[i] * 8 == rintf(heard[i] * 8));
		if (i && heard[i] != heard[i - 1]) {
			changes++;
			assert_true(i == 1 || (i - 1) % 8 == 0 || i % 8 == 0);
		}
	}
	assert_true(changes > N / 16 && changes <= N / 8 + 1);
	rig_close(r);
}

static void crush_with_all_bits_and_samples_changes_nothing(void **state)
{
	(void)state;
	struct rig *r = rig_open("crush");
	rig_set(r, "bits", 24);
	rig_set(r, "rate", 192000);
	play(r, sine_at, 441, 0.4, US_BLOCK, N);
	for (int i = 0; i < N; i++)
		assert_true(fabs((double)heard[i] - 0.4 * sine_at(i + US_BLOCK, 441)) < 2e-7);
	rig_close(r);
}

static void ring_gives_the_sum_and_the_difference_and_nothing_else(void **state)
{
	(void)state;
	struct rig *r = rig_open("ring");
	rig_set(r, "freq", 375);
	rig_set(r, "pitch", 1);
	play(r, sine_at, 2250, 1, N, N);
	assert_true(fabs(amplitude(heard, N, 3000) - 0.5) < 1e-4 && fabs(amplitude(heard, N, 1500) - 0.5) < 1e-4);
	assert_true(amplitude(heard, N, 2250) < 1e-5 && amplitude(heard, N, 750) < 1e-5);
	rig_close(r);
}

static void ring_takes_another_sound_for_its_sine(void **state)
{
	(void)state;
	struct rig *r = rig_open("ring");
	struct dice d = {9};
	rig_stir(r, 0, &d);
	rig_stir(r, 1, &d);
	rig_run(r);
	for (int i = 0; i < US_BLOCK; i++)
		for (int l = 0; l < US_LANES; l++)
			assert_true(fabsf(r->out[0][i][l] - r->in[0][i][l] * r->in[1][i][l]) < 1e-6f);
	rig_close(r);
}

/* --- compressor ------------------------------------------------------------------------------------------------------
 */

/* Decibels from in to out of a steady level, once all has settled. */
static double settled_db(struct rig *r, double level_db)
{
	const float x = (float)pow(10, level_db / 20);
	rig_set(r, "in", x);
	for (int n = 0; n < SECOND; n++)
		rig_run(r);
	return 20 * log10((double)r->out[0][US_BLOCK - 1][0] / (double)x);
}

static void compressor_follows_its_curve(void **state)
{
	(void)state;
	struct rig *r = rig_open("compressor");
	rig_set(r, "threshold", -24);
	rig_set(r, "makeup", 3);
	const double ratios[] = {1, 2, 4, 20};
	for (int n = 0; n < 4; n++) {
		const double slope = 1 / ratios[n] - 1;
		rig_set(r, "ratio", (float)ratios[n]);
		rig_set(r, "knee", 0);
		assert_true(fabs(settled_db(r, -40) - 3) < 0.01);
		assert_true(fabs(settled_db(r, -12) - 3 - 12 * slope) < 0.01);
		assert_true(fabs(settled_db(r, 0) - 3 - 24 * slope) < 0.01);
		rig_set(r, "knee", 12);
		assert_true(fabs(settled_db(r, -24) - 3 - 1.5 * slope) <
		            0.01); /* half the knee, squared, by twice the knee */
		assert_true(fabs(settled_db(r, -18) - 3 - 6 * slope) < 0.01);
	}
	rig_close(r);
}

static void compressor_listens_to_its_side_chain_and_turns_both_sides_alike(void **state)
{
	(void)state;
	struct rig *r = rig_open("compressor");
	us_vec *side = rig_plug(r, "side");
	rig_set(r, "in", 0.1f);
	for (int loud = 0; loud < 2; loud++) {
		for (int i = 0; i < US_BLOCK; i++)
			side[i] = (us_vec){0}, side[i][1] = (float)loud; /* on one side alone */
		for (int n = 0; n < SECOND; n++)
			rig_run(r);
		const float *y = (const float *)&r->out[0][9];
		assert_true(y[0] == y[1] && (loud ? y[0] < 0.022f : y[0] == 0.1f));
	}
	rig_close(r);
}

static void compressor_takes_its_time(void **state)
{
	(void)state;
	struct rig *r = rig_open("compressor");
	rig_set(r, "attack", 20);
	rig_set(r, "release", 200);
	rig_set(r, "in", 1);
	const int attack = RATE / 50, release = RATE / 5;
	float full = 0;
	for (int at = 0; at < RATE; at += US_BLOCK) {
		rig_run(r);
		if (at <= attack && attack < at + US_BLOCK)
			full = r->out[1][attack - at][0] / (1 - expf(-1));
	}
	assert_true(fabsf(full / r->out[1][0][0] - 1) < 0.01f);
	rig_set(r, "in", 0);
	float then = 0;
	for (int at = 0; at < 2 * RATE; at += US_BLOCK) {
		rig_run(r);
		if (at <= release && release < at + US_BLOCK)
			then = r->out[1][release - at][0];
	}
	assert_true(then / full > 0.35f && then / full < 0.45f); /* 1/e, and the attack's lag */
	rig_close(r);
}

/* --- flanger, shift, vocoder -----------------------------------------------------------------------------------------
 */

static void flanger_takes_out_a_comb_of_frequencies(void **state)
{
	(void)state;
	struct rig *r = rig_open("flanger");
	rig_set(r, "depth", 0);
	rig_set(r, "delay", 1);
	rig_set(r, "feedback", 0);
	for (int hz = 1500; hz <= 4500; hz += 1500) {
		rig_reset(r, 1);
		play(r, sine_at, hz, 1, N, N);
		const double a = amplitude(heard, N, hz);
		assert_true(hz % 1000 ? a < 1e-3 : fabs(a - 1) < 1e-3);
	}
	rig_close(r);
}

static void flanger_moves_its_comb_by_as_much_as_it_says(void **state)
{
	(void)state;
	struct rig *r = rig_open("flanger");
	rig_set(r, "mix", 1);
	rig_set(r, "feedback", 0);
	rig_set(r, "spread", 1);
	rig_set(r, "rate", 1);
	rig_set(r, "delay", 2);
	rig_set(r, "depth", 4);
	/* a ramp goes in: how far the copy is behind can be read off */
	double least = 1e9, most = 0;
	us_vec *in = rig_plug(r, "in");
	for (int at = 0; at < 2 * RATE; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++)
			in[i] = (us_vec){0} + (float)(at + i) * 0x1p-16f;
		rig_run(r);
		for (int i = 0; i < US_BLOCK && at > RATE / 2; i++) {
			const double left = (double)(in[i][0] - r->out[0][i][0]) * 0x1p16,
				     right = (double)(in[i][1] - r->out[0][i][1]) * 0x1p16;
			least = fmin(least, left), most = fmax(most, left);
			assert_true(fabs(left + right - 48 * (2 + 2 + 4)) < 1); /* one goes as the other comes */
		}
	}
	assert_true(fabs(least - 96) < 1 && fabs(most - 288) < 1);
	rig_close(r);
}

static void shift_leaves_one_side_band_and_60_db_less_of_the_other(void **state)
{
	(void)state;
	const double at[] = {60, 300, 1500, 7500, 15000, 22500};
	for (int n = 0; n < 6; n++)
		for (int sign = -1; sign <= 1; sign += 2) {
			struct rig *r = rig_open("shift");
			rig_set(r, "by", (float)sign * 45);
			play(r, sine_at, at[n], 1, 4 * N, N);
			const double wanted = amplitude(heard, N, at[n] + sign * 45),
				     other = amplitude(heard, N, fabs(at[n] - sign * 45));
			if (fabs(wanted - 1) > 0.002 || other > 0.001 || amplitude(heard, N, at[n]) > 0.001)
				fail_msg("%g Hz by %d: %g, other side %g", at[n], sign * 45, wanted, other);
			rig_close(r);
		}
}

static double noise_at(int frame, double hz)
{
	uint32_t x = (uint32_t)frame * 2654435761u + (uint32_t)hz;
	x ^= x >> 15, x *= 0x2c1b3c6du, x ^= x >> 12, x *= 0x297a2d39u, x ^= x >> 15;
	return x * 0x1p-31 - 1;
}

/* Plays noise through a vocoder that hears a sine, and gives the power near a frequency. */
static double spoken_power(double voice_hz, double size, double near)
{
	struct rig *r = rig_open("vocoder");
	us_vec *voice = rig_plug(r, "voice");
	us_vec *in = rig_plug(r, "in");
	double power = 0;
	for (int at = 0; at < 8 * N; at += US_BLOCK) {
		for (int i = 0; i < US_BLOCK; i++) {
			voice[i] = (us_vec){0} + (float)(size * sine_at(at + i, voice_hz));
			in[i] = (us_vec){0} + (float)noise_at(at + i, 0);
		}
		rig_run(r);
		for (int i = 0; i < US_BLOCK && at >= 2 * N; i++)
			heard[at + i - 2 * N] = r->out[0][i][0];
	}
	for (int n = -5; n <= 5; n++) {
		const double a = amplitude(heard, 6 * N, nearbyint(near * pow(2, n / 60.0) / 1.25) * 1.25);
		power += a * a;
	}
	rig_close(r);
	return power;
}

static void vocoder_lets_through_the_bands_that_the_voice_has(void **state)
{
	(void)state;
	const double bands[] = {300, 1200, 4800};
	for (int v = 0; v < 3; v++)
		for (int n = 0; n < 3; n++) {
			const double db =
			    10 * log10(spoken_power(bands[v], 0.5, bands[n]) / spoken_power(bands[v], 0.5, bands[v]));
			if (n == v ? db != 0 : db > -30)
				fail_msg("a voice at %g Hz: %g dB at %g Hz", bands[v], db, bands[n]);
		}
}

static void vocoder_is_as_loud_as_the_voice(void **state)
{
	(void)state;
	const double loud = spoken_power(1000, 0.8, 1000), soft = spoken_power(1000, 0.08, 1000);
	assert_true(fabs(10 * log10(loud / soft) - 20) < 0.1);
	assert_true(spoken_power(1000, 0, 1000) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shapers_alias_20_db_less_than_plain_ones),
	    cmocka_unit_test(shapers_bend_as_they_say),
	    cmocka_unit_test(a_gentle_drive_keeps_the_treble),
	    cmocka_unit_test(fold_at_one_leaves_the_peak_of_a_wave_where_it_is),
	    cmocka_unit_test(crush_gives_the_steps_and_the_samples_that_it_says),
	    cmocka_unit_test(crush_with_all_bits_and_samples_changes_nothing),
	    cmocka_unit_test(ring_gives_the_sum_and_the_difference_and_nothing_else),
	    cmocka_unit_test(ring_takes_another_sound_for_its_sine),
	    cmocka_unit_test(compressor_follows_its_curve),
	    cmocka_unit_test(compressor_listens_to_its_side_chain_and_turns_both_sides_alike),
	    cmocka_unit_test(compressor_takes_its_time),
	    cmocka_unit_test(flanger_takes_out_a_comb_of_frequencies),
	    cmocka_unit_test(flanger_moves_its_comb_by_as_much_as_it_says),
	    cmocka_unit_test(shift_leaves_one_side_band_and_60_db_less_of_the_other),
	    cmocka_unit_test(vocoder_lets_through_the_bands_that_the_voice_has),
	    cmocka_unit_test(vocoder_is_as_loud_as_the_voice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
