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

static const char *const drums[] = {"kick", "snare", "hat", "clap"};
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
	for (int d = 0; d < DRUMS; d++) {
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_stroke_is_heard_from_its_very_frame_on),
	    cmocka_unit_test(velocity_is_the_level_of_a_stroke),
	    cmocka_unit_test(a_closed_hat_chokes_the_open_one),
	    cmocka_unit_test(as_many_hands_clap_as_were_asked_for),
	    cmocka_unit_test(a_snare_without_wires_is_a_tuned_drum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
