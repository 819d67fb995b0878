/* test_modules_effects.c — what ladder, pan, lfo, slew, delay, chorus, reverb, plate and limiter promise. */
#include "module_harness.h"

enum { RATE = 48000, SECOND = RATE / US_BLOCK, LONG = 8 * RATE };

static float left[LONG + US_BLOCK], right[LONG + US_BLOCK];

/* `frames` frames of the first output, in lanes 0 and 1, from a click of 1 at frame 0 and silence after. */
static void click(struct rig *r, int frames)
{
	for (int at = 0; at < frames; at += US_BLOCK) {
		us_vec *in = rig_plug(r, "in");
		memset(in, 0, sizeof r->in[0]);
		if (at == 0)
			in[0] += 1;
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			left[at + i] = r->out[0][i][0], right[at + i] = r->out[0][i][1];
	}
}

static double energy(const float *x, int from, int to)
{
	double sum = 0;
	for (int i = from; i < to; i++)
		sum += (double)x[i] * (double)x[i];
	return sum;
}

/* --- ladder ------------------------------------------------------------------------------------------------------- */

static void ladder_sings_in_tune_at_full_resonance(void **state)
{
	(void)state;
	const float cutoffs[] = {110, 440, 1760, 7040};
	for (int c = 0; c < 4; c++) {
		struct rig *r = rig_open("ladder");
		rig_set(r, "cutoff", cutoffs[c]);
		rig_set(r, "res", 1);
		click(r, 3 * RATE);
		int crossings = 0;
		double first = 0, last = 0;
		for (int i = 2 * RATE; i < 3 * RATE - 1; i++)
			if (left[i] <= 0 && left[i + 1] > 0) {
				last = i + (double)left[i] / (double)(left[i] - left[i + 1]);
				first = crossings++ ? first : last;
			}
		assert_true(energy(left, 2 * RATE, 3 * RATE) > 100);
		double hz = (crossings - 1) * (double)RATE / (last - first),
		       cents = 1200 * log2(hz / (double)cutoffs[c]);
		if (fabs(cents) > 15)
			fail_msg("sings at %g Hz instead of %g: %g cent off", hz, (double)cutoffs[c], cents);
		rig_close(r);
	}
}

static void ladder_falls_by_24_db_per_octave_and_low12_by_12(void **state)
{
	(void)state;
	for (int mode = 0; mode < 2; mode++) {
		double gain[2] = {0};
		for (int o = 0; o < 2; o++) {
			struct rig *r = rig_open("ladder");
			rig_set(r, "cutoff", 200);
			rig_set(r, "res", 0);
			rig_set(r, "mode", (float)mode);
			rig_set(r, "drive", -24);
			double re = 0, im = 0;
			click(r, RATE);
			for (int i = 0; i < RATE; i++) {
				double w = 2 * M_PI * (o ? 3200 : 1600) / RATE * i;
				re += (double)left[i] * cos(w), im -= (double)left[i] * sin(w);
			}
			gain[o] = sqrt(re * re + im * im);
			rig_close(r);
		}
		double slope = 20 * log10(gain[1] / gain[0]);
		if (fabs(slope - (mode ? -12 : -24)) > 1)
			fail_msg("mode %d falls by %g dB per octave", mode, slope);
	}
}

static void ladder_never_leaves_its_bounds(void **state)
{
	(void)state;
	struct rig *r = rig_open("ladder");
	struct dice d = {7};
	float most = 0;
	for (int n = 0; n < 3000; n++) {
		for (uint32_t k = 0; k < r->inputs; k++)
			if (strcmp(r->module->inputs[k].name, "mode"))
				rig_stir(r, k, &d);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			for (int l = 0; l < US_LANES; l++)
				most = fmaxf(most, fabsf(r->out[0][i][l]));
	}
	assert_true(most <= 16); /* the steady filter gives at most 1; a cutoff that leaps in every frame overshoots */
	rig_close(r);
}

/* --- pan, slew, lfo -------------------------------------------------------------------------------------------------
 */

static void pan_keeps_the_power(void **state)
{
	(void)state;
	struct rig *r = rig_open("pan");
	rig_set(r, "in", 0.8f);
	for (int p = -10; p <= 10; p++) {
		rig_set(r, "pan", (float)p / 10);
		rig_run(r);
		double l = (double)r->out[1][3][4], c = (double)r->out[2][3][4];
		assert_true(fabs(l * l + c * c - 0.64) < 1e-5 && r->out[0][3][0] == r->out[1][3][0] &&
		            r->out[0][3][1] == r->out[2][3][1]);
		assert_true(p < 0 ? l > c : p > 0 ? l < c : fabs(l - c) < 1e-6);
		assert_true(p != -10 || fabs(c) < 1e-6);
	}
	rig_close(r);
}

static void slew_takes_its_time(void **state)
{
	(void)state;
	for (int even = 0; even < 2; even++) {
		struct rig *r = rig_open("slew");
		rig_set(r, "shape", (float)even);
		rig_set(r, "rise", 100);
		rig_set(r, "fall", 0);
		rig_run(r); /* begins at 0, which is where it is */
		rig_set(r, "in", 1);
		for (int n = 0; n < 75; n++) { /* 100 ms */
			rig_run(r);
			assert_true(r->out[0][US_BLOCK - 1][2] <= 1);
		}
		assert_true(fabsf(r->out[0][US_BLOCK - 1][2] - (even ? 1.f : 0.99f)) < 1e-3f);
		rig_set(r, "in", -0.5f);
		rig_run(r);
		assert_true(fabsf(r->out[0][0][2] + 0.5f) < 1e-6f);
		rig_close(r);
	}
}

static void slew_begins_where_its_input_is(void **state)
{
	(void)state;
	struct rig *r = rig_open("slew");
	rig_set(r, "in", 0.7f);
	rig_run(r);
	assert_true(r->out[0][0][0] == 0.7f && r->out[0][63][7] == 0.7f);
	rig_close(r);
}

static void lfo_cycles_at_its_rate_and_stays_in_its_range(void **state)
{
	(void)state;
	for (int shape = 0; shape < 7; shape++) {
		struct rig *r = rig_open("lfo");
		rig_set(r, "freq", 3);
		rig_set(r, "shape", (float)shape);
		float least = 9, most = -9, y[2 * RATE];
		for (int n = 0; n < 2 * SECOND; n++) {
			rig_run(r);
			for (int i = 0; i < US_BLOCK; i++) {
				y[n * US_BLOCK + i] = r->out[0][i][1];
				least = fminf(least, r->out[0][i][1]), most = fmaxf(most, r->out[0][i][1]);
				assert_true(fabsf(r->out[1][i][1] - (0.5f + 0.5f * r->out[0][i][1])) < 1e-6f);
			}
		}
		assert_true(least >= -1.000001f && most <= 1.000001f);
		if (shape < 5) { /* not the random ones: periodic in 16,000 frames, and a full swing */
			assert_true(least < -0.99f && most > 0.99f);
			int differ = 0;
			for (int i = 0; i < RATE; i++)
				differ += fabsf(y[i] - y[i + 16000]) > 0.01f;
			assert_true(differ < 10);
		}
		rig_close(r);
	}
}

static void lfo_with_beats_is_where_the_song_is(void **state)
{
	(void)state;
	struct rig *early = rig_open("lfo"), *late = rig_open("lfo");
	rig_set(early, "beats", 3);
	rig_set(late, "beats", 3);
	for (int n = 0; n < 500; n++)
		rig_run(early);
	late->block = early->block; /* joins in the middle */
	rig_run(early);
	rig_run(late);
	assert_memory_equal(early->out[0], late->out[0], sizeof late->out[0]);
	late->block.beat = 3e6; /* three weeks at 120: a multiple of three beats */
	rig_run(late);
	assert_true(fabsf(late->out[0][0][0]) < 1e-6f && late->out[0][10][0] > 0);
	rig_close(early);
	rig_close(late);
}

static void lfo_starts_anew_at_a_reset(void **state)
{
	(void)state;
	struct rig *r = rig_open("lfo");
	rig_set(r, "freq", 5);
	for (int n = 0; n < 33; n++)
		rig_run(r);
	us_vec *reset = rig_plug(r, "reset");
	for (int i = 0; i < US_BLOCK; i++)
		reset[i] = (us_vec){0} + (i >= 17 ? 1.f : 0.f);
	rig_run(r);
	assert_true(fabsf(r->out[0][16][0]) > 0.1f && r->out[0][17][0] == 0 && r->out[0][18][0] > 0);
	rig_close(r);
}

static void lfo_has_its_shapes_and_begins_where_phase_says(void **state)
{
	(void)state;
	static const float want[5][4] = {/* at 0, 1/8, 1/4, 3/4 of a cycle */
	                                 {0, 0.70710678f, 1, -1},
	                                 {0, 0.5f, 1, -1},
	                                 {-1, -0.75f, -0.5f, 0.5f}, /* rise: from the bottom to the top */
	                                 {1, 0.75f, 0.5f, -0.5f},
	                                 {1, 1, 1, -1}};
	static const float phase[4] = {0, 0.125f, 0.25f, 0.75f};
	for (int shape = 0; shape < 5; shape++)
		for (int p = 0; p < 4; p++) {
			struct rig *r = rig_open("lfo");
			rig_set(r, "shape", (float)shape);
			rig_set(r, "phase", phase[p]);
			rig_set(r, "freq", 0.001f);
			rig_run(r);
			if (fabsf(r->out[0][0][3] - want[shape][p]) > 1e-3f)
				fail_msg("shape %d at %g: %g instead of %g", shape, (double)phase[p],
				         (double)r->out[0][0][3], (double)want[shape][p]);
			rig_close(r);
		}
}

/* --- delay, chorus, reverb
 * ---------------------------------------------------------------------------------------------- */

static void delay_echoes_at_its_time_and_in_its_strength(void **state)
{
	(void)state;
	struct rig *r = rig_open("delay");
	rig_set(r, "time", 100);
	rig_set(r, "feedback", 0.5f);
	rig_set(r, "low_cut", 1);
	rig_set(r, "high_cut", 20000);
	rig_set(r, "mix", 1);
	click(r, RATE / 2);
	assert_true(fabsf(left[4800] - 1) < 1e-5f && fabsf(right[4800] - 1) < 1e-5f);
	assert_true(energy(left, 0, 4799) < 1e-9);
	double first = energy(left, 4700, 4900), second = energy(left, 9500, 9800), third = energy(left, 14300, 14600);
	assert_true(second < 0.26 * first && second > 0.1 * first && third < 0.26 * second);
	rig_set(r, "beats", 0.5f); /* at 120: a quarter of a second */
	rig_reset(r, 1);
	click(r, RATE / 2);
	assert_true(fabsf(left[12000] - 1) < 1e-3f);
	rig_close(r);
}

static double loss_of_a_round(float low_cut, float high_cut, double hz)
{
	struct rig *r = rig_open("delay");
	double level[2];
	rig_set(r, "time", 100);
	rig_set(r, "feedback", 1);
	rig_set(r, "mix", 1);
	rig_set(r, "low_cut", low_cut);
	rig_set(r, "high_cut", high_cut);
	click(r, RATE / 2);
	for (int echo = 0; echo < 2; echo++) {
		double re = 0, im = 0;
		for (int i = 4800 * (2 + echo) - 100; i < 4800 * (3 + echo) - 100; i++) {
			re += (double)left[i] * cos(2 * M_PI * hz * i / RATE);
			im += (double)left[i] * sin(2 * M_PI * hz * i / RATE);
		}
		level[echo] = hypot(re, im);
	}
	rig_close(r);
	return 20 * log10(level[1] / level[0]);
}

static void delay_takes_treble_and_bass_from_each_round(void **state)
{
	(void)state;
	assert_true(fabs(loss_of_a_round(1, 20000, 500)) < 0.3);
	assert_true(fabs(loss_of_a_round(1, 2000, 2000) + 3) < 0.3 && fabs(loss_of_a_round(1, 2000, 200)) < 0.3);
	assert_true(fabs(loss_of_a_round(400, 20000, 400) + 3) < 0.3 && fabs(loss_of_a_round(400, 20000, 4000)) < 0.5);
}

static void delay_pingpong_changes_sides(void **state)
{
	(void)state;
	struct rig *r = rig_open("delay");
	rig_set(r, "time", 100);
	rig_set(r, "pingpong", 1);
	rig_set(r, "mix", 1);
	click(r, RATE / 2);
	assert_true(energy(left, 4700, 4900) > 0.5 && energy(right, 4700, 4900) < 1e-9);
	assert_true(energy(right, 9500, 9800) > 0.01 && energy(left, 9500, 9800) < 1e-9);
	assert_true(energy(left, 14300, 14700) > 0.001);
	rig_close(r);
}

static void delay_cannot_run_away(void **state)
{
	(void)state;
	struct rig *r = rig_open("delay");
	rig_set(r, "time", 3);
	rig_set(r, "feedback", 1);
	rig_set(r, "low_cut", 1);
	rig_set(r, "high_cut", 20000);
	rig_set(r, "in", 1);
	for (int n = 0; n < 10 * SECOND; n++)
		rig_run(r);
	for (int i = 0; i < US_BLOCK; i++)
		assert_true(fabsf(r->out[1][i][0]) <= 4.5f);
	rig_close(r);
}

/* How a tail keeps to its decay, in several sizes of it. */
static void fall_by_60_db(struct rig *r)
{
	const float decays[] = {500, 2000, 6000};
	for (int d = 0; d < 3; d++) {
		rig_reset(r, 1);
		rig_set(r, "decay", decays[d]);
		rig_set(r, "damp", 20000);
		rig_set(r, "low_cut", 1);
		rig_set(r, "mix", 1);
		click(r, LONG);
		for (int i = 1; i < LONG; i++) /* damping takes the treble faster: listen below 1 kHz */
			left[i] = left[i - 1] + 0.13f * (left[i] - left[i - 1]);
		/* energy left after a time t falls by 60 dB when t grows by the decay: measure between -5 and -35 dB */
		double rest = energy(left, 0, LONG), sum = 0, at[2] = {0};
		for (int i = 0; i < LONG; i++) {
			sum += (double)left[i] * (double)left[i];
			double db = 10 * log10((rest - sum) / rest + 1e-15);
			at[0] = db > -5 ? i : at[0];
			at[1] = db > -35 ? i : at[1];
		}
		double ms = 2 * (at[1] - at[0]) / RATE * 1000;
		if (fabs(ms / (double)decays[d] - 1) > 0.12)
			fail_msg("%s decays in %g ms, promised %g", r->module->name, ms, (double)decays[d]);
	}
	rig_close(r);
}

static void reverb_falls_by_60_db_in_its_decay_time(void **state)
{
	(void)state;
	fall_by_60_db(rig_open("reverb"));
}

static void plate_falls_by_60_db_in_its_decay_time(void **state)
{
	(void)state;
	struct rig *r = rig_open("plate");
	rig_set(r, "high_cut", 20000);
	fall_by_60_db(r);
}

static void be_dense_and_wide(struct rig *r)
{
	rig_set(r, "mix", 1);
	click(r, RATE);
	int loud = 0;
	double both = 0;
	const double rms = sqrt(energy(left, RATE / 4, RATE / 2) / (RATE / 4.0));
	for (int i = RATE / 4; i < RATE / 2; i++) {
		loud += fabs((double)left[i]) > rms;
		both += (double)left[i] * (double)right[i];
	}
	/* noise exceeds its own rms in 32 % of its frames; an echo pattern in few */
	assert_true(loud > 0.25 * RATE / 4 && loud < 0.4 * RATE / 4);
	assert_true(fabs(both) < 0.3 * sqrt(energy(left, RATE / 4, RATE / 2) * energy(right, RATE / 4, RATE / 2)));
	rig_close(r);
}

static void reverb_is_dense_and_wide(void **state)
{
	(void)state;
	be_dense_and_wide(rig_open("reverb"));
}

static void plate_is_dense_and_wide(void **state)
{
	(void)state;
	be_dense_and_wide(rig_open("plate"));
}

/* Undamped and undrifting, a click must come out where the article's figures put its first outlet: the way through the
 * eight diffusers is open (their products of gains), then through the first allpass and 266 (right tank) and 353 (left
 * tank) frames of the long delays, at 29,761 frames a second. */
static void plate_is_heard_at_the_outlets_of_its_tank(void **state)
{
	(void)state;
	const double first = 0.75 * 0.75 * 0.625 * 0.625 * pow(0.7, 4) * -0.7 * 0.6;
	const int at[] = {(int)(266 * 48000 / 29761.) + 1, (int)(353 * 48000 / 29761.) + 1};
	for (int predelay = 0; predelay <= 20; predelay += 20) {
		struct rig *r = rig_open("plate");
		const int late = predelay * RATE / 1000;
		rig_set(r, "mix", 1);
		rig_set(r, "drift", 0);
		rig_set(r, "low_cut", 1);
		rig_set(r, "predelay", (float)predelay);
		click(r, RATE / 10);
		const double one =
		    1 - exp(-2 * M_PI * 14000 / (1 - pow(0.7, 4)) / RATE); /* what high_cut leaves of a click's frame */
		assert_true(energy(left, 0, late + at[0]) < 1e-6 && energy(right, 0, late + at[1]) < 1e-6);
		assert_true(fabs((double)left[late + at[0]] - one * first) < 1e-3);
		assert_true(fabs((double)right[late + at[1]] - one * first) < 1e-3);
		rig_close(r);
	}
}

static void plate_damps_its_treble_and_keeps_the_bass_out(void **state)
{
	(void)state;
	double treble[2], bass[2];
	for (int dark = 0; dark < 2; dark++) {
		struct rig *r = rig_open("plate");
		rig_set(r, "mix", 1);
		rig_set(r, "damp", dark ? 1500 : 20000);
		rig_set(r, "low_cut", dark ? 400 : 1);
		click(r, RATE);
		treble[dark] = bass[dark] = 0;
		double low = 0;
		for (int i = RATE / 2; i < RATE; i++) {
			low += 0.013 * ((double)left[i] - low); /* below 100 Hz */
			bass[dark] += low * low;
			treble[dark] +=
			    ((double)left[i] - (double)left[i - 1]) * ((double)left[i] - (double)left[i - 1]);
		}
		rig_close(r);
	}
	assert_true(treble[1] < 0.05 * treble[0] && bass[1] < 0.2 * bass[0]);
}

static void chorus_widens_and_keeps_the_level(void **state)
{
	(void)state;
	struct rig *r = rig_open("chorus");
	struct dice d = {3};
	rig_set(r, "mix", 1);
	double in = 0, l = 0, c = 0, both = 0;
	for (int n = 0; n < 2 * SECOND; n++) {
		us_vec *x = rig_plug(r, "in");
		for (int i = 0; i < US_BLOCK; i++)
			x[i] = (us_vec){0} + dice_between(&d, -1, 1);
		rig_run(r);
		for (int i = 0; n > 100 && i < US_BLOCK; i++) {
			in += (double)x[i][0] * (double)x[i][0];
			l += (double)r->out[0][i][0] * (double)r->out[0][i][0];
			c += (double)r->out[0][i][1] * (double)r->out[0][i][1];
			both += (double)r->out[0][i][0] * (double)r->out[0][i][1];
		}
	}
	assert_true(fabs(10 * log10(l / in)) < 2 && fabs(10 * log10(c / in)) < 2 && fabs(both) < 0.3 * l);
	rig_close(r);
}

/* --- limiter
 * ---------------------------------------------------------------------------------------------------------------- */

static void limiter_never_exceeds_its_ceiling(void **state)
{
	(void)state;
	struct rig *r = rig_open("limiter");
	struct dice d = {11};
	const float ceiling = powf(10, -6 / 20.f);
	rig_set(r, "ceiling", -6);
	rig_set(r, "release", 5);
	for (int n = 0; n < 4000; n++) {
		us_vec *in = rig_plug(r, "in");
		const float size = n % 3 ? 0.3f : dice_between(&d, 0, 40);
		for (int i = 0; i < US_BLOCK; i++)
			for (int l = 0; l < US_LANES; l++)
				in[i][l] =
				    dice_throw(&d) % 50 ? dice_between(&d, -0.4f, 0.4f) : dice_between(&d, -size, size);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			for (int l = 0; l < US_CHANNELS; l++)
				assert_true(fabsf(r->out[0][i][l]) <= ceiling * 1.000001f);
	}
	rig_close(r);
}

/* The gain itself brings the peaks down: without it the last clamp would be the limiter, and that is clipping. */
static void limiter_turns_down_before_the_peak_instead_of_clipping(void **state)
{
	(void)state;
	struct rig *r = rig_open("limiter");
	rig_set(r, "ceiling", 0);
	for (int n = 0; n < 200; n++) {
		us_vec *in = rig_plug(r, "in");
		for (int i = 0; i < US_BLOCK; i++)
			in[i] = (us_vec){0} + (n == 100 && i == 20 ? 4.f : 0.5f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			float waited = n == 101 && i == 20 ? 4.f : 0.5f; /* 64 frames later */
			if (n > 1)
				assert_true(fabsf(r->out[0][i][0] - waited * (1 - r->out[1][i][0])) < 1e-5f);
			if (n == 101 && i == 20)
				assert_true(fabsf(r->out[0][i][0] - 1) < 1e-5f);
		}
	}
	rig_close(r);
}

static void limiter_leaves_quiet_music_alone(void **state)
{
	(void)state;
	struct rig *r = rig_open("limiter");
	struct dice d = {2};
	us_vec before[US_BLOCK] = {{0}};
	for (int n = 0; n < 50; n++) {
		us_vec *in = rig_plug(r, "in");
		for (int i = 0; i < US_BLOCK; i++)
			in[i] = (us_vec){0} + dice_between(&d, -0.4f, 0.4f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++) {
			assert_true(r->out[0][i][0] == before[i][0]);
		}
		memcpy(before, in, sizeof before);
	}
	rig_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ladder_sings_in_tune_at_full_resonance),
	    cmocka_unit_test(ladder_falls_by_24_db_per_octave_and_low12_by_12),
	    cmocka_unit_test(ladder_never_leaves_its_bounds),
	    cmocka_unit_test(pan_keeps_the_power),
	    cmocka_unit_test(slew_takes_its_time),
	    cmocka_unit_test(slew_begins_where_its_input_is),
	    cmocka_unit_test(lfo_cycles_at_its_rate_and_stays_in_its_range),
	    cmocka_unit_test(lfo_with_beats_is_where_the_song_is),
	    cmocka_unit_test(lfo_starts_anew_at_a_reset),
	    cmocka_unit_test(lfo_has_its_shapes_and_begins_where_phase_says),
	    cmocka_unit_test(delay_echoes_at_its_time_and_in_its_strength),
	    cmocka_unit_test(delay_takes_treble_and_bass_from_each_round),
	    cmocka_unit_test(delay_pingpong_changes_sides),
	    cmocka_unit_test(delay_cannot_run_away),
	    cmocka_unit_test(reverb_falls_by_60_db_in_its_decay_time),
	    cmocka_unit_test(reverb_is_dense_and_wide),
	    cmocka_unit_test(plate_falls_by_60_db_in_its_decay_time),
	    cmocka_unit_test(plate_is_dense_and_wide),
	    cmocka_unit_test(plate_is_heard_at_the_outlets_of_its_tank),
	    cmocka_unit_test(plate_damps_its_treble_and_keeps_the_bass_out),
	    cmocka_unit_test(chorus_widens_and_keeps_the_level),
	    cmocka_unit_test(limiter_never_exceeds_its_ceiling),
	    cmocka_unit_test(limiter_turns_down_before_the_peak_instead_of_clipping),
	    cmocka_unit_test(limiter_leaves_quiet_music_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
