/* What one block of sound must be: knobs, cables, order, feedback, voices, sinks, gain, garbage, panic. */
#include "engine_kit.h"

static float sound[FRAMES];

static float left(int frame)
{
	return sound[frame * US_CHANNELS];
}

static void assert_near(float a, float b)
{
	if (fabsf(a - b) > 1e-5f)
		fail_msg("%.9g instead of %.9g", (double)a, (double)b);
}

static void assert_all(float value)
{
	for (int i = 0; i < FRAMES; i++)
		assert_near(sound[i], value);
}

static void render(struct us_engine *e, int blocks)
{
	while (blocks--)
		us_engine_render(e, sound);
}

static void an_empty_patch_is_silent(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	memset(sound, 1, sizeof sound);
	render(e, 3);
	assert_all(0);
	assert_int_equal(us_engine_block(e), 3);
	us_engine_close(e);
}

static void a_new_knob_is_right_from_the_first_frame(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	connect(e, 0, 0, 1, 0, 1);
	set(e, 0, 2, .5f);
	render(e, 1);
	assert_all(.5f);
	us_engine_close(e);
}

static void a_knob_moves_in_a_straight_line_for_5_ms(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	connect(e, 0, 0, 1, 0, 1);
	render(e, 1);
	set(e, 0, 2, .24f);
	for (int block = 0; block < 5; block++) {
		render(e, 1);
		for (int i = 0; i < US_BLOCK; i++) {
			int frame = block * US_BLOCK + i;
			assert_near(left(i), frame < 240 ? .001f * (float)(frame + 1) : .24f);
		}
	}
	assert_true(left(63) == .24f);
	us_engine_close(e);
}

static void a_ramp_takes_the_frames_it_was_given(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	connect(e, 0, 0, 1, 0, 1);
	render(e, 1);
	struct us_record r = rec_set(0, 2, 1);
	r.set.ramp_frames = 100;
	must(e, r);
	render(e, 1);
	assert_near(left(0), .01f);
	assert_near(left(63), .64f);
	render(e, 1);
	assert_near(left(34), .99f);
	assert_true(left(35) == 1);
	us_engine_close(e);
}

static void gates_choices_and_counts_step_at_once(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "gate");
	for (int o = 0; o < 3; o++) {
		create(e, 1 + o, "out");
		connect(e, 0, o, 1 + o, 0, .1f);
	}
	set(e, 0, 2, 0);
	render(e, 1);
	assert_all(0);
	set(e, 0, 0, 1);
	set(e, 0, 1, 1.7f); /* rounded to 2 */
	set(e, 0, 2, 3);
	render(e, 1);
	assert_all(.6f);
	us_engine_close(e);
}

static void values_are_clamped_to_their_range(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "gate");
	set(e, 0, 2, 1000);
	assert_true(us_engine_knob(e, 0, 2) == 9);
	set(e, 0, 2, -5);
	assert_true(us_engine_knob(e, 0, 2) == 0);
	us_engine_close(e);
}

static void a_timed_set_acts_at_its_very_frame(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "gate");
	create(e, 1, "out");
	connect(e, 0, 0, 1, 0, 1);
	must(e, at(rec_set(0, 0, 1), 64 + 10));
	must(e, at(rec_set(0, 0, 0), 64 + 20));
	must(e, at(rec_set(0, 0, 1), 64 + 63));
	render(e, 1);
	assert_all(0);
	render(e, 1);
	for (int i = 0; i < US_BLOCK; i++)
		assert_near(left(i), (i >= 10 && i < 20) || i == 63);
	render(e, 1);
	assert_all(1);
	us_engine_close(e);
}

static void a_timed_ramp_starts_at_its_very_frame(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	connect(e, 0, 0, 1, 0, 1);
	render(e, 1);
	struct us_record r = at(rec_set(0, 2, 1), 64 + 54);
	r.set.ramp_frames = 20;
	must(e, r);
	render(e, 1);
	for (int i = 0; i < US_BLOCK; i++)
		assert_near(left(i), i < 54 ? 0 : (float)(i - 53) / 20);
	render(e, 1);
	assert_near(left(0), .55f);
	assert_near(left(9), 1);
	us_engine_close(e);
}

static void timed_records_are_carried_out_by_frame_then_number(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "gate");
	create(e, 1, "out");
	connect(e, 0, 2, 1, 0, .1f);
	static const uint64_t seq[] = {7, 3, 9, 1};
	for (int i = 0; i < 4; i++) {
		struct us_record r = at(rec_set(0, 2, (float)seq[i]), 64);
		r.seq = seq[i];
		must(e, r);
	}
	render(e, 2);
	assert_all(.9f);
	us_engine_close(e);
}

static void late_and_far_records_are_counted_and_refused(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	struct us_engine_counts counts;
	create(e, 0, "gate");
	render(e, 10);
	must(e, at(rec_set(0, 2, 7), 100));
	assert_true(us_engine_knob(e, 0, 2) == 7);
	must_not(e, at(rec_set(0, 2, 1), 640 + 61ull * RATE), "more than 60 s");
	for (int i = 0; i < US_TIMED_RECORDS; i++)
		must(e, at(rec_set(0, 2, 1), 5000));
	must_not(e, at(rec_set(0, 2, 1), 5000), "no room");
	us_engine_counts(e, &counts);
	assert_int_equal(counts.late, 1);
	assert_int_equal(counts.timed, US_TIMED_RECORDS);
	assert_int_equal(counts.refused, 2);
	us_engine_close(e);
}

static void notes_for_a_deleted_instance_do_not_reach_its_successor(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "gate");
	must(e, at(rec_set(0, 2, 7), 1000));
	must(e, rec_of(US_REC_DELETE, 0));
	create(e, 0, "gate");
	render(e, 20);
	assert_true(us_engine_knob(e, 0, 2) == 1);
	us_engine_close(e);
}

static void cables_into_one_input_add_up(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 9, "out");
	for (int i = 0; i < 4; i++) {
		create(e, i, "wire");
		set(e, i, 2, .1f);
		connect(e, i, 0, 9, 0, (float)(i + 1) / 2);
	}
	render(e, 1);
	assert_all(.1f * (.5f + 1 + 1.5f + 2));
	us_engine_close(e);
}

static void a_plugged_signal_input_leaves_its_knob_out(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "wire");
	create(e, 2, "out");
	connect(e, 1, 0, 2, 0, 1);
	set(e, 0, 2, .25f);
	set(e, 1, 0, .5f);
	render(e, 1);
	assert_all(.5f); /* the knob of a signal input counts while nothing is plugged in */
	connect(e, 0, 0, 1, 0, 1);
	render(e, 5);
	assert_all(.25f);
	connect(e, 0, 0, 1, 2, 1); /* the other inputs add theirs */
	set(e, 1, 2, .125f);
	render(e, 5);
	assert_all(.25f + .25f + .125f);
	us_engine_close(e);
}

static void order_follows_the_cables_not_the_indices(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "out");
	create(e, 1, "wire");
	create(e, 2, "wire");
	create(e, 3, "count");
	connect(e, 3, 0, 2, 0, 1);
	connect(e, 2, 0, 1, 0, 1);
	connect(e, 1, 0, 0, 0, 1);
	render(e, 1);
	assert_all(1 / 1024.f); /* no hop is late */
	us_engine_close(e);
}

static void a_cable_that_closes_a_loop_is_one_block_late(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "wire");
	create(e, 2, "out");
	connect(e, 0, 0, 1, 0, 1);
	connect(e, 1, 0, 0, 0, .5f); /* closes the loop */
	connect(e, 1, 0, 2, 0, 1);
	set(e, 0, 2, .1f);
	float expected = 0;
	for (int block = 0; block < 8; block++) {
		render(e, 1);
		expected = .1f + .5f * expected;
		assert_all(expected);
	}
	us_engine_close(e);
}

static void an_instance_may_feed_itself(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	connect(e, 0, 0, 0, 0, 1);
	connect(e, 0, 0, 1, 0, 1);
	set(e, 0, 2, .0625f);
	for (int block = 1; block < 6; block++) {
		render(e, 1);
		assert_all(.0625f * (float)block);
	}
	must(e, rec_cable(US_REC_DISCONNECT, 0, 0, 0, 0, 0));
	render(e, 5);
	assert_all(.0625f);
	us_engine_close(e);
}

static void a_new_cable_fades_in_unless_its_end_is_new(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	set(e, 0, 2, .24f);
	render(e, 1);
	connect(e, 0, 0, 1, 0, 1);
	render(e, 1);
	assert_near(left(0), .001f);
	assert_near(left(63), .064f);
	create(e, 2, "out");
	connect(e, 0, 0, 2, 0, 1);
	render(e, 4);
	assert_all(.48f);
	us_engine_close(e);
}

static void master_gain_is_smooth_and_the_sum_is_limited(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	connect(e, 0, 0, 1, 0, 1);
	set(e, 0, 2, .5f);
	render(e, 1);
	must(e, (struct us_record){.type = US_REC_GAIN, .set.value = 0});
	render(e, 1);
	assert_near(left(0), .5f * (1 - 1 / 240.f));
	render(e, 4);
	assert_all(0);
	must(e, (struct us_record){.type = US_REC_GAIN, .set.value = 4});
	render(e, 5);
	assert_all(1);
	assert_true(us_engine_gain(e) == 4);
	us_engine_close(e);
}

static void beats_follow_the_tempo(void **state)
{
	(void)state;
	struct us_engine *e = kit_open(), *copy = kit_open();
	must(e, (struct us_record){.type = US_REC_TEMPO, .set.value = 240});
	assert_true(us_engine_tempo(e) == 240);
	render(e, 750); /* a second at 48 kHz: 4 beats, which only a checkpoint shows here */
	must(copy, (struct us_record){.type = US_REC_TEMPO, .set.value = 240});
	render(copy, 750);
	assert_equal_arenas(e, copy);
	must_not(e, (struct us_record){.type = US_REC_TEMPO, .set.value = NAN}, "finite");
	us_engine_close(e);
	us_engine_close(copy);
}

/* --- garbage, bypass, panic -------------------------------------------------------------------------------- */

static void garbage_is_silenced_and_three_times_is_enough(void **state)
{
	(void)state;
	for (int how = 1; how <= 3; how++) {
		struct us_engine *e = kit_open();
		struct us_instance_view view;
		create(e, 0, "broken");
		create(e, 1, "out");
		connect(e, 0, 0, 1, 0, 1);
		render(e, 1);
		assert_all(.25f);
		for (int time = 1; time <= 3; time++) {
			set(e, 0, 0, (float)how);
			render(e, 1);
			assert_all(0);
			assert_true(us_engine_instance(e, 0, &view));
			assert_int_equal(view.garbage, time);
			assert_int_equal(view.bypassed, time == 3);
			set(e, 0, 0, 0);
			render(e, 1);
			assert_all(time == 3 ? 0 : .25f);
		}
		us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_RESTORE, .instance = 0});
		render(e, 1);
		assert_near(left(0), .25f / 240); /* it fades in */
		render(e, 4);
		assert_all(.25f);
		us_engine_close(e);
	}
}

static void rare_garbage_does_not_bypass(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	struct us_instance_view view;
	create(e, 0, "broken");
	for (int time = 0; time < 5; time++) { /* its first output is watched even if nobody reads it */
		set(e, 0, 0, 1);
		render(e, 1);
		set(e, 0, 0, 0);
		render(e, 400); /* three of them take more than a second */
	}
	assert_true(us_engine_instance(e, 0, &view));
	assert_int_equal(view.garbage, 5);
	assert_false(view.bypassed);
	us_engine_close(e);
}

static void bypass_passes_through_or_is_silent(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "wire");
	create(e, 2, "out");
	set(e, 0, 2, .25f);
	set(e, 1, 1, 2);
	connect(e, 0, 0, 1, 0, 1);
	connect(e, 1, 0, 2, 0, 1);
	render(e, 1);
	assert_all(.5f);
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_BYPASS, .instance = 1});
	render(e, 6);
	assert_all(.25f);
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_BYPASS, .instance = 0});
	render(e, 6);
	assert_all(0);
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_RESTORE, .instance = 0});
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_RESTORE, .instance = 1});
	render(e, 6);
	assert_all(.5f);
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_BYPASS, .instance = 77}); /* nobody */
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_RESTORE, .instance = 0xffff});
	us_engine_close(e);
}

static void a_bypass_that_was_asked_for_fades(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	struct us_instance_view view;
	create(e, 0, "wire");
	create(e, 1, "wire");
	create(e, 2, "out");
	set(e, 0, 2, .25f);
	set(e, 1, 1, 2);
	connect(e, 0, 0, 1, 0, 1);
	connect(e, 1, 0, 2, 0, 1);
	render(e, 1);
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_BYPASS, .instance = 1, .cause = US_CAUSE_USER});
	assert_true(us_engine_instance(e, 1, &view) && view.bypassed);
	render(e, 1);
	assert_near(left(0), .5f - .25f / 240);
	assert_near(left(63), .5f - .25f * 64 / 240);
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_RESTORE, .instance = 1}); /* second thoughts */
	assert_true(us_engine_instance(e, 1, &view) && !view.bypassed);
	render(e, 5);
	assert_all(.5f);
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_BYPASS, .instance = 1, .cause = US_CAUSE_USER});
	render(e, 5);
	assert_all(.25f);
	assert_true(us_engine_instance(e, 1, &view) && view.bypassed);
	us_engine_close(e);
}

static void panic_closes_gates_fades_and_begins_anew(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	struct us_engine_counts counts;
	create(e, 0, "gate");
	create(e, 1, "count");
	create(e, 2, "out");
	connect(e, 0, 0, 1, 0, .5f);
	connect(e, 1, 0, 2, 0, 1);
	set(e, 0, 0, 1);
	must(e, at(rec_set(0, 0, 1), 3000));
	render(e, 10);
	assert_all(.5f + 10 / 1024.f);
	must(e, rec_of(US_REC_PANIC, US_NOBODY));
	us_engine_counts(e, &counts);
	assert_int_equal(counts.timed, 0);
	render(e, 1);
	assert_near(left(0), 11 / 1024.f * (1 - 1 / 240.f)); /* the gate is closed, the age fades away */
	render(e, 4);
	assert_near(left(63), 1 / 1024.f * 64 / 240.f); /* a new life fades in */
	render(e, 4);
	assert_all(5 / 1024.f);
	us_engine_close(e);
}

/* --- voices ------------------------------------------------------------------------------------------------- */

static void voices_are_summed_at_the_mixdown(void **state)
{
	(void)state;
	static const int counts[] = {1, 2, 7, 8, 9, 16, 20, 1024};
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		struct us_engine *e = kit_open();
		struct us_instance_view view;
		int n = counts[i];
		must(e, rec_create(0, "voices", (uint16_t)n));
		create(e, 1, "wire");
		create(e, 2, "mix");
		create(e, 3, "out");
		connect(e, 0, 0, 1, 0, 1 / 1048576.f);
		connect(e, 1, 0, 2, 0, 1);
		connect(e, 2, 0, 3, 0, 1);
		render(e, 2);
		assert_all((float)(n * (n + 1) / 2) / 1048576.f);
		assert_true(us_engine_instance(e, 1, &view));
		assert_int_equal(view.voices, n);
		assert_true(us_engine_instance(e, 2, &view));
		assert_int_equal(view.voices, 1);
		us_engine_close(e);
	}
}

static void the_last_group_says_how_many_lanes_it_uses(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	must(e, rec_create(0, "voices", 11));
	create(e, 1, "out");
	connect(e, 0, 1, 1, 0, 1 / 128.f);
	render(e, 1);
	assert_all((8 * 8 + 3 * 3) / 128.f);
	us_engine_close(e);
}

static void a_mono_signal_reaches_every_voice(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	must(e, rec_create(0, "voices", 20));
	create(e, 1, "wire"); /* mono */
	create(e, 2, "wire"); /* 20 voices: scale comes from the mono one */
	create(e, 3, "out");
	set(e, 1, 2, .5f);
	set(e, 2, 1, 0);
	connect(e, 0, 0, 2, 0, 1 / 256.f);
	connect(e, 1, 0, 2, 1, 1);
	connect(e, 2, 0, 3, 0, 1);
	render(e, 1);
	assert_all(210 / 512.f);
	us_engine_close(e);
}

static void parts_of_different_width_meet_as_sums(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	must(e, rec_create(0, "voices", 3));  /* 1 + 2 + 3 */
	must(e, rec_create(1, "voices", 10)); /* 1 + … + 10 */
	create(e, 2, "wire");                 /* 10 voices, each gets the sum of the 3 as well */
	create(e, 3, "out");
	connect(e, 0, 0, 2, 0, 1 / 1024.f);
	connect(e, 1, 0, 2, 0, 1 / 1024.f);
	connect(e, 2, 0, 3, 0, 1);
	render(e, 1);
	assert_all((10 * 6 + 55) / 1024.f);
	us_engine_close(e);
}

static void voices_survive_a_detour_through_mono(void **state)
{
	(void)state;
	static const float amount[] = {1 / 16384.f, 1}; /* scaled, and as it is */
	for (int i = 0; i < 2; i++) {
		struct us_engine *e = kit_open();
		must(e, rec_create(0, "voices", 20));
		create(e, 1, "mix");  /* the sum of all voices … */
		create(e, 2, "wire"); /* … is added to each voice in a second polyphonic stretch */
		create(e, 3, "out");
		connect(e, 0, 0, 1, 0, 1);
		connect(e, 0, 0, 2, 0, amount[i]);
		connect(e, 1, 0, 2, 2, amount[i]);
		connect(e, 2, 0, 3, 0, amount[!i]);
		render(e, 1);
		assert_all((210 + 20 * 210) / 16384.f);
		us_engine_close(e);
	}
}

/* An input may take its signal as it is, sum two cables, or scale one and add its knob; in each group of voices. */
static void every_group_hears_its_own_voices(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	must(e, rec_create(0, "voices", 20));
	create(e, 1, "wire");
	create(e, 2, "wire");
	create(e, 3, "out");
	set(e, 2, 2, 3);
	connect(e, 0, 0, 1, 0, 1);
	connect(e, 0, 0, 2, 0, 1);
	connect(e, 1, 0, 2, 0, 1);
	connect(e, 0, 0, 2, 2, .5f);
	connect(e, 2, 0, 3, 0, 1 / 1024.f);
	render(e, 8); /* the knob has arrived */
	assert_all((2.5f * 210 + 20 * 3) / 1024.f);
	us_engine_close(e);
}

/* More inputs that sum cables than the engine finds once for all groups. */
static void a_long_stretch_of_voices_is_no_different(void **state)
{
	(void)state;
	enum { WIRES = 200 };
	struct us_engine *e = kit_open();
	must(e, rec_create(0, "voices", 20));
	create(e, WIRES + 1, "out");
	create(e, WIRES + 2, "wire");
	connect(e, 0, 0, WIRES + 2, 0, 1);
	for (int i = 1; i <= WIRES; i++) {
		create(e, i, "wire");
		connect(e, 0, 0, i, 0, 1);
		connect(e, WIRES + 2, 0, i, 0, -.5f);
		connect(e, 0, 0, i, 2, .25f);
		connect(e, i, 0, WIRES + 1, 0, 1 / 65536.f);
	}
	render(e, 1);
	assert_all(WIRES * .75f * 210 / 65536.f);
	us_engine_close(e);
}

static void feedback_works_voice_by_voice(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	must(e, rec_create(0, "voices", 12));
	create(e, 1, "wire");
	create(e, 2, "wire");
	create(e, 3, "out");
	connect(e, 0, 0, 1, 0, 1 / 1024.f);
	connect(e, 1, 0, 2, 0, 1);
	connect(e, 2, 0, 1, 2, .5f); /* late */
	connect(e, 2, 0, 3, 0, 1);
	float expected = 0;
	for (int block = 0; block < 6; block++) {
		render(e, 1);
		expected = expected * .5f + 78 / 1024.f;
		assert_all(expected);
	}
	us_engine_close(e);
}

static void the_sum_of_voices_may_come_back_late(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "mix"); /* mono; lowest index, so the walk begins here and the cable into it is the late one */
	must(e, rec_create(1, "voices", 12));
	create(e, 2, "wire");
	create(e, 3, "out");
	connect(e, 0, 0, 2, 2, .5f / 12);
	connect(e, 1, 0, 2, 0, 1 / 1024.f);
	connect(e, 2, 0, 0, 0, 1);
	connect(e, 2, 0, 3, 0, 1);
	float expected = 0;
	for (int block = 0; block < 6; block++) {
		render(e, 1);
		expected = expected * .5f + 78 / 1024.f;
		assert_all(expected);
	}
	us_engine_close(e);
}

static void states_grow_and_shrink_with_the_voices(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	struct us_engine_counts before, grown, after;
	must(e, rec_create(0, "voices", 24));
	create(e, 1, "count");
	create(e, 2, "out");
	connect(e, 1, 0, 2, 0, 1);
	us_engine_counts(e, &before);
	render(e, 5);
	assert_all(5 / 1024.f);
	connect(e, 0, 0, 1, 0, 0);
	us_engine_counts(e, &grown);
	assert_true(grown.state_bytes > before.state_bytes);
	render(e, 6);
	/* The old group goes on, the others are new: (8 · 11 + 16 · 6) ages. */
	assert_all((8 * 11 + 16 * 6) / 1024.f);
	must(e, rec_cable(US_REC_DISCONNECT, 0, 0, 1, 0, 0));
	render(e, 6);
	us_engine_counts(e, &after);
	assert_int_equal(after.state_bytes, before.state_bytes);
	assert_all(17 / 1024.f);
	us_engine_close(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_patch_is_silent),
	    cmocka_unit_test(a_new_knob_is_right_from_the_first_frame),
	    cmocka_unit_test(a_knob_moves_in_a_straight_line_for_5_ms),
	    cmocka_unit_test(a_ramp_takes_the_frames_it_was_given),
	    cmocka_unit_test(gates_choices_and_counts_step_at_once),
	    cmocka_unit_test(values_are_clamped_to_their_range),
	    cmocka_unit_test(a_timed_set_acts_at_its_very_frame),
	    cmocka_unit_test(a_timed_ramp_starts_at_its_very_frame),
	    cmocka_unit_test(timed_records_are_carried_out_by_frame_then_number),
	    cmocka_unit_test(late_and_far_records_are_counted_and_refused),
	    cmocka_unit_test(notes_for_a_deleted_instance_do_not_reach_its_successor),
	    cmocka_unit_test(cables_into_one_input_add_up),
	    cmocka_unit_test(a_plugged_signal_input_leaves_its_knob_out),
	    cmocka_unit_test(order_follows_the_cables_not_the_indices),
	    cmocka_unit_test(a_cable_that_closes_a_loop_is_one_block_late),
	    cmocka_unit_test(an_instance_may_feed_itself),
	    cmocka_unit_test(a_new_cable_fades_in_unless_its_end_is_new),
	    cmocka_unit_test(master_gain_is_smooth_and_the_sum_is_limited),
	    cmocka_unit_test(beats_follow_the_tempo),
	    cmocka_unit_test(garbage_is_silenced_and_three_times_is_enough),
	    cmocka_unit_test(rare_garbage_does_not_bypass),
	    cmocka_unit_test(bypass_passes_through_or_is_silent),
	    cmocka_unit_test(a_bypass_that_was_asked_for_fades),
	    cmocka_unit_test(panic_closes_gates_fades_and_begins_anew),
	    cmocka_unit_test(voices_are_summed_at_the_mixdown),
	    cmocka_unit_test(the_last_group_says_how_many_lanes_it_uses),
	    cmocka_unit_test(a_mono_signal_reaches_every_voice),
	    cmocka_unit_test(parts_of_different_width_meet_as_sums),
	    cmocka_unit_test(every_group_hears_its_own_voices),
	    cmocka_unit_test(a_long_stretch_of_voices_is_no_different),
	    cmocka_unit_test(voices_survive_a_detour_through_mono),
	    cmocka_unit_test(feedback_works_voice_by_voice),
	    cmocka_unit_test(the_sum_of_voices_may_come_back_late),
	    cmocka_unit_test(states_grow_and_shrink_with_the_voices),
	};
	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
