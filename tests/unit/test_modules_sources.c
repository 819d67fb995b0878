/* test_modules_sources.c — what the sound sources beyond the plain oscillators promise: drums, FM, resonators, grains,
 * wavetables. Strokes may come at any frame and are heard from that frame on. */
#include "module_harness.h"

enum { RATE = 48000, LONGEST = 4 * RATE, LANE = US_LANES - 3 };

static float sound[LONGEST];

/* The next `frames` frames of one lane of the first output. With a trigger, it rises in frame `stroke`. */
static void listen(struct rig *r, const char *trigger, int stroke, int frames)
{
	us_vec *plug = trigger ? rig_plug(r, trigger) : NULL;
	for (int at = 0; at < frames; at += US_BLOCK) {
		for (int i = 0; plug && i < US_BLOCK; i++)
			plug[i] = (us_vec){0} + (at + i == stroke ? 1.f : 0.f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK && at + i < frames; i++)
			sound[at + i] = r->out[0][i][LANE];
	}
	if (plug)
		rig_set(r, trigger, 0);
}

static double rms(int from, int frames)
{
	double sum = 0;
	for (int i = from; i < from + frames; i++)
		sum += (double)sound[i] * sound[i];
	return sqrt(sum / frames);
}

/* Amplitude at `hz` in frames from … from + frames, under Hann's window: Goertzel. */
static double amplitude(double hz, int from, int frames)
{
	const double c = 2 * cos(2 * M_PI * hz / RATE);
	double a = 0, b = 0;
	for (int i = 0; i < frames; i++) {
		const double window = 1 - cos(2 * M_PI * (i + 0.5) / frames);
		const double now = sound[from + i] * window + c * a - b;
		b = a;
		a = now;
	}
	return 2 * sqrt(fmax(0, a * a + b * b - c * a * b)) / frames;
}

static double db(double ratio)
{
	return 20 * log10(ratio + 1e-12);
}

/* --- drums ---------------------------------------------------------------------------------------------- */

static const char *const drums[] = {"kick", "snare", "hat", "clap", "modal", "metal"};
enum { DRUMS = sizeof drums / sizeof drums[0] };

static void a_stroke_is_heard_from_its_very_frame_on(void **state)
{
	(void)state;
	for (int d = 0; d < DRUMS; d++)
		for (int stroke = 3; stroke < 200; stroke += 47) {
			struct rig *r = rig_open(drums[d]);
			listen(r, "trigger", stroke, 512);
			if (rms(0, stroke) != 0)
				fail_msg("%s sounds before its stroke in frame %d", drums[d], stroke);
			if (rms(stroke, 3) == 0 || rms(stroke, 240) < 0.05)
				fail_msg("%s does not sound from frame %d on", drums[d], stroke);
			rig_close(r);
		}
}

static void velocity_is_the_level_of_a_stroke(void **state)
{
	(void)state;
	for (int d = 0; d < DRUMS - 1; d++) { /* metal changes its colour as well */
		double level[3];
		for (int v = 0; v < 3; v++) {
			struct rig *r = rig_open(drums[d]);
			rig_set(r, "velocity", 0.5f * (float)v);
			listen(r, "trigger", 0, 4800);
			level[v] = rms(0, 4800);
			rig_close(r);
		}
		assert_true(level[0] == 0);
		assert_true(fabs(level[1] / level[2] - 0.5) < 1e-5);
	}
}

static void a_closed_hat_chokes_the_open_one(void **state)
{
	(void)state;
	struct rig *r = rig_open("hat");
	rig_set(r, "open_decay", 3000);
	listen(r, "open", 0, 24000);
	const double ringing = rms(20000, 4000);
	listen(r, "trigger", 100, 24000);
	assert_true(ringing > 0.02);
	assert_true(rms(0, 100) > 0.02);      /* still open before the stroke */
	assert_true(rms(100, 480) > ringing); /* the stroke itself */
	assert_true(rms(10000, 4000) < 1e-4); /* and then nothing of either */
	listen(r, "open", 0, 24000);
	assert_true(rms(20000, 4000) > ringing / 2); /* it can be opened again */
	rig_close(r);
}

static void as_many_hands_clap_as_were_asked_for(void **state)
{
	(void)state;
	for (int hands = 1; hands <= 6; hands++) {
		struct rig *r = rig_open("clap");
		rig_set(r, "hands", (float)hands);
		rig_set(r, "gap", 20);
		rig_set(r, "decay", 100);
		listen(r, "trigger", 0, 9600);
		int heard = 1;
		for (int n = 1; n < 8; n++)
			heard += rms(960 * n, 240) > 3 * rms(960 * n - 240, 240);
		assert_int_equal(heard, hands);
		rig_close(r);
	}
}

static void a_snare_without_wires_is_a_tuned_drum(void **state)
{
	(void)state;
	struct rig *r = rig_open("snare");
	rig_set(r, "wires", 0);
	rig_set(r, "freq", 200);
	rig_set(r, "decay", 2000);
	rig_set(r, "drive", 0);
	listen(r, "trigger", 0, RATE);
	const double tone = amplitude(200, 9600, 24000);
	assert_true(tone > 0.1);
	assert_true(db(amplitude(1.833 * 200, 9600, 24000) / tone) > -8);
	assert_true(db(amplitude(3000, 9600, 24000) / tone) < -60);

	rig_set(r, "wires", 1);
	rig_set(r, "wire_decay", 1000);
	listen(r, "trigger", 0, RATE);
	assert_true(fabs(db(rms(28800, 4800) / rms(4800, 4800)) + 30) < 2); /* 60 dB a second */
	assert_true(db(amplitude(200, 4800, 9600) / amplitude(5000, 4800, 9600)) < -10);
	rig_close(r);
}

static void metal_without_clash_is_a_chord_and_with_it_noise(void **state)
{
	(void)state;
	const int prime[] = {2, 3, 5, 7, 11, 13};
	double chord[6], between[2];
	for (int clash = 0; clash <= 1; clash++) {
		struct rig *r = rig_open("metal");
		rig_set(r, "freq", 500);
		rig_set(r, "color", 20);
		rig_set(r, "decay", 30000);
		rig_set(r, "clash", (float)clash);
		listen(r, "trigger", 0, RATE);
		for (int k = 0; k < 6 && !clash; k++)
			chord[k] = amplitude(500 * sqrt(prime[k] / 2.), 9600, 24000);
		between[clash] = 0;
		for (int hz = 4000; hz < 9000; hz += 97)
			between[clash] = fmax(between[clash], amplitude(hz, 9600, 24000));
		rig_close(r);
	}
	for (int k = 0; k < 6; k++)
		assert_true(chord[k] > 0.1);
	assert_true(between[1] > 5e-3 && between[1] > 10 * between[0]);
}

static void the_treble_of_metal_comes_as_late_as_swell_says(void **state)
{
	(void)state;
	double early[2], late[2];
	for (int slow = 0; slow <= 1; slow++) {
		struct rig *r = rig_open("metal");
		rig_set(r, "color", 6000);
		rig_set(r, "clash", 1);
		rig_set(r, "decay", 30000);
		rig_set(r, "swell", slow ? 4000 : 1);
		listen(r, "trigger", 0, RATE);
		early[slow] = rms(480, 480);
		late[slow] = rms(43200, 4800);
		rig_close(r);
	}
	assert_true(db(late[0] / early[0]) < 3);
	assert_true(db(late[1] / early[1]) > 10);
}

static void a_hand_on_the_rim_ends_what_rings(void **state)
{
	(void)state;
	struct rig *r = rig_open("metal");
	listen(r, "trigger", 0, 9600);
	assert_true(rms(8000, 1600) > 0.02);
	listen(r, "choke", 10, 9600);
	assert_true(rms(4800, 4800) < 1e-4);
	listen(r, "trigger", 10, 9600);
	assert_true(rms(8000, 1600) > 0.02);
	rig_close(r);
}

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

/* The strongest partial below 16 kHz that is no harmonic of freq, in dB against all that is heard. */
static double strongest_alias(int hz)
{
	double worst = 0;
	for (int f = 30; f < 16000; f += 15)
		if (f % hz > 60 && f % hz < hz - 60)
			worst = fmax(worst, amplitude(f, 9600, 6400));
	return db(worst / (rms(9600, 6400) * M_SQRT2));
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

/* --- pitch ---------------------------------------------------------------------------------------------- */

static double phase_at(double hz, int from, int frames)
{
	double re = 0, im = 0;
	for (int i = 0; i < frames; i++) {
		const double window = 1 - cos(2 * M_PI * (i + 0.5) / frames), turn = 2 * M_PI * hz / RATE * (from + i);
		re += sound[from + i] * window * cos(turn);
		im -= sound[from + i] * window * sin(turn);
	}
	return atan2(im, re);
}

/* How far the partial near `hz` is off, in cent, by how its phase drifts in two seconds. */
static double cents_off(double hz)
{
	const int window = 24000, apart = 2 * RATE;
	const double drift = phase_at(hz, 9600 + apart, window) - phase_at(hz, 9600, window);
	const double cycles = drift / (2 * M_PI) - round(drift / (2 * M_PI));
	return 1200 * log2(1 + cycles * RATE / apart / hz);
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

/* --- modal ---------------------------------------------------------------------------------------------- */

static void what_is_struck_rings_at_the_modes_of_its_material(void **state)
{
	(void)state;
	const struct {
		int material;
		double partial[3], nothing; /* in freq */
	} rows[] = {
	    {1, {1, 2.757, 5.404}, 2}, {3, {1, 1.593, 2.136}, 1.3}, {4, {0.5, 1.2, 2}, 1.8}, {5, {1, 2.32, 4.25}, 3}};
	for (size_t n = 0; n < sizeof rows / sizeof rows[0]; n++) {
		struct rig *r = rig_open("modal");
		rig_set(r, "freq", 300);
		rig_set(r, "material", (float)rows[n].material);
		rig_set(r, "position", 0.3f);
		rig_set(r, "hardness", 1);
		rig_set(r, "damp", 0);
		listen(r, "trigger", 5, RATE);
		for (int k = 0; k < 3; k++)
			assert_true(amplitude(300 * rows[n].partial[k], 4800, 24000) > 0.02);
		assert_true(db(amplitude(300 * rows[n].nothing, 4800, 24000)) < -60);
		rig_close(r);
	}
}

static void what_rings_fades_in_its_decay_time_and_its_treble_before(void **state)
{
	(void)state;
	struct rig *r = rig_open("modal");
	rig_set(r, "freq", 300);
	rig_set(r, "material", 1);
	rig_set(r, "hardness", 1);
	rig_set(r, "decay", 2000);
	rig_set(r, "damp", 0.5f);
	listen(r, "trigger", 0, 2 * RATE);
	double fall = db(amplitude(300, 48000, 9600) / amplitude(300, 4800, 9600));
	assert_true(fabs(fall + 60 * (43200. / RATE / 2)) < 0.1);
	fall = db(amplitude(827.1, 24000, 4800) / amplitude(827.1, 4800, 4800)); /* 2.757^0.75 times as fast */
	assert_true(fabs(fall + 60 * (19200. / RATE / 2) * pow(2.7571, 0.75)) < 0.3);
	assert_true(fabs(cents_off(300)) < 10);
	rig_close(r);
}

static void what_is_bowed_sings_as_long_as_the_bow_moves(void **state)
{
	(void)state;
	static const double first[6][3] = {{1, 2.0009, 3.0036}, {1, 2.7571, 5.4039}, {1, 3.984, 9.93},
	                                   {1, 1.5933, 2.1355}, {0.5, 1, 1.2},       {1, 2.32, 4.25}};
	for (int material = 0; material < 6; material++) {
		struct rig *r = rig_open("modal");
		rig_set(r, "freq", 440);
		rig_set(r, "material", (float)material);
		rig_set(r, "bow", 0.7f);
		listen(r, NULL, 0, 4 * RATE);
		const double early = rms(RATE, RATE / 4), late = rms(3 * RATE, RATE / 4);
		/* bars and membranes squeal in a higher mode, as they do; all others give their lowest */
		for (int k = 0; k < 3 && material != 1 && material != 3; k++)
			assert_true(amplitude(440 * first[material][0], 2 * RATE, RATE) >=
			            amplitude(440 * first[material][k], 2 * RATE, RATE));
		assert_true(late > 0.05 && late < 2);
		assert_true(fabs(db(late / early)) < 3);
		rig_set(r, "bow", 0);
		listen(r, NULL, 0, 4 * RATE);
		assert_true(db(rms(3 * RATE, 4800) / late) < -60);
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
	    cmocka_unit_test(a_stroke_is_heard_from_its_very_frame_on),
	    cmocka_unit_test(velocity_is_the_level_of_a_stroke),
	    cmocka_unit_test(a_closed_hat_chokes_the_open_one),
	    cmocka_unit_test(as_many_hands_clap_as_were_asked_for),
	    cmocka_unit_test(a_snare_without_wires_is_a_tuned_drum),
	    cmocka_unit_test(metal_without_clash_is_a_chord_and_with_it_noise),
	    cmocka_unit_test(the_treble_of_metal_comes_as_late_as_swell_says),
	    cmocka_unit_test(a_hand_on_the_rim_ends_what_rings),
	    cmocka_unit_test(each_carrier_is_heard_and_no_other_operator),
	    cmocka_unit_test(who_bends_whom_is_what_the_manual_says),
	    cmocka_unit_test(bending_goes_on_through_a_chain),
	    cmocka_unit_test(fm_of_high_notes_folds_nothing_down),
	    cmocka_unit_test(sync_starts_the_operators_at_its_frame),
	    cmocka_unit_test(oscillators_are_in_tune_within_a_hundredth_of_a_cent),
	    cmocka_unit_test(what_is_struck_rings_at_the_modes_of_its_material),
	    cmocka_unit_test(what_rings_fades_in_its_decay_time_and_its_treble_before),
	    cmocka_unit_test(what_is_bowed_sings_as_long_as_the_bow_moves),
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
