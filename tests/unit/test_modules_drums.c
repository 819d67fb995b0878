/* test_modules_drums.c — what is struck promises: drums, metal, resonators. Strokes may come at any frame and are heard
 * from that frame on. */
#include "module_harness.h"
#include "sound_rig.h"

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
		double mean = 0;
		for (int i = 3 * RATE; i < 4 * RATE; i++)
			mean += (double)sound[i] / RATE;
		assert_true(fabs(mean) < 5e-3 * late); /* a bow bends a string aside, and that is not to be heard */
		rig_set(r, "bow", 0);
		listen(r, NULL, 0, 4 * RATE);
		assert_true(db(rms(3 * RATE, 4800) / late) < -60);
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
	    cmocka_unit_test(what_is_struck_rings_at_the_modes_of_its_material),
	    cmocka_unit_test(what_rings_fades_in_its_decay_time_and_its_treble_before),
	    cmocka_unit_test(what_is_bowed_sings_as_long_as_the_bow_moves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
