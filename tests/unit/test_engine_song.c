/* test_engine_song.c — promises of song_rt.c: the position follows from the tempo exactly, however long ago it was set
 * and whoever computes it. */
#include "engine_kit.h"

static void render(struct us_engine *e)
{
	float sound[US_BLOCK * US_CHANNELS];
	us_engine_render(e, sound);
}

static struct us_record tempo(float bpm, uint32_t ramp_frames)
{
	struct us_record r = rec_of(US_REC_TEMPO, US_NOBODY);
	r.set.value = bpm;
	r.set.ramp_frames = ramp_frames;
	return r;
}

static struct us_record song(enum us_song_order what, float beat)
{
	struct us_record r = rec_of(US_REC_SONG, US_NOBODY);
	r.set.input = (uint16_t)what;
	r.set.value = beat;
	return r;
}

static struct us_song_view where(const struct us_engine *e)
{
	struct us_song_view view;
	us_engine_song(e, &view);
	return view;
}

static void assert_beat(const struct us_engine *e, double wanted)
{
	const double beat = where(e).beat;
	if (fabs(beat - wanted) > 1e-11 * fmax(1, wanted))
		fail_msg("beat %.15g instead of %.15g", beat, wanted);
}

static void an_hour_later_it_is_as_exact_as_at_first(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	must(e, tempo(119.3f, 0));
	for (int n = 0; n < 1000; n++)
		render(e);
	const uint64_t hour = 3600ull * RATE / US_BLOCK;
	us_engine_skip_to(e, hour);
	assert_beat(e, (double)(hour * US_BLOCK) / RATE * (double)119.3f / 60);
	us_engine_close(e);
}

/* From 60 to 240 in 10 s: 25 beats, 4 of them in the first 2.9 s or so. */
static void a_ramp_is_the_integral_of_its_tempo(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	must(e, tempo(60, 0));
	us_engine_skip_to(e, 100);
	const double before = where(e).beat;
	must(e, tempo(240, 10 * RATE));
	for (uint64_t b = 101; b <= 100 + 12ull * RATE / US_BLOCK; b++) {
		us_engine_skip_to(e, b);
		const double t = (double)((b - 100) * US_BLOCK) / RATE;
		assert_beat(e, before + (t < 10 ? t + 0.5 * 0.3 * t * t : 25 + 4 * (t - 10)));
		assert_true(fabs((double)where(e).bpm - (t < 10 ? 60 + 18 * t : 240)) < 1e-3);
	}
	assert_true(us_engine_tempo(e) == 240);
	us_engine_close(e);
}

static void a_ramp_that_is_turned_over_goes_on_from_where_it_is(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	must(e, tempo(100, 0));
	must(e, tempo(200, 2 * RATE));
	us_engine_skip_to(e, RATE / US_BLOCK);
	assert_beat(e, 125.0 / 60);
	must(e, tempo(100, RATE));
	us_engine_skip_to(e, 3 * RATE / US_BLOCK);
	assert_beat(e, (125 + 125 + 100) / 60.0);
	us_engine_close(e);
}

static void it_stops_plays_and_goes_anywhere(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	us_engine_skip_to(e, RATE / US_BLOCK); /* a second: two beats */
	must(e, song(US_SONG_STOP, 0));
	us_engine_skip_to(e, 5 * RATE / US_BLOCK);
	assert_beat(e, 2);
	assert_false(where(e).plays);
	must(e, song(US_SONG_LOCATE, 64.5f));
	assert_beat(e, 64.5);
	must(e, song(US_SONG_PLAY, 0));
	us_engine_skip_to(e, 6 * RATE / US_BLOCK);
	assert_beat(e, 66.5);
	assert_true(where(e).plays);
	must(e, song(US_SONG_LOCATE, 1));
	us_engine_skip_to(e, 7 * RATE / US_BLOCK);
	assert_beat(e, 3);
	must_not(e, song((enum us_song_order)9, 0), "it cannot do 9");
	must_not(e, song(US_SONG_LOCATE, 2e6f), "1048576 beats");
	us_engine_close(e);
}

static void a_ramp_stands_still_while_the_song_does(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	must(e, tempo(60, 0));
	must(e, tempo(120, 2 * RATE));
	us_engine_skip_to(e, RATE / US_BLOCK);
	must(e, song(US_SONG_STOP, 0));
	us_engine_skip_to(e, 9 * RATE / US_BLOCK);
	assert_true(fabs((double)where(e).bpm - 90) < 1e-3);
	must(e, song(US_SONG_PLAY, 0));
	us_engine_skip_to(e, 10 * RATE / US_BLOCK);
	assert_beat(e, 3);
	us_engine_close(e);
}

static void a_successor_is_in_the_same_place(void **state)
{
	(void)state;
	struct us_engine *e = kit_open(), *heir = kit_open();
	void *checkpoint = malloc(us_engine_save_max(e));
	must(e, tempo(77, 0));
	must(e, tempo(133, 3 * RATE));
	us_engine_skip_to(e, 777);
	size_t bytes = us_engine_save(e, checkpoint);
	assert_int_equal(us_engine_load(heir, checkpoint, bytes, NULL), US_OK);
	for (int n = 0; n < 3000; n++) {
		assert_true(where(e).beat == where(heir).beat);
		render(e);
		us_engine_skip_to(heir, us_engine_block(e)); /* who renders and who skips */
	}
	assert_equal_arenas(e, heir);
	free(checkpoint);
	us_engine_close(e);
	us_engine_close(heir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_hour_later_it_is_as_exact_as_at_first),
	    cmocka_unit_test(a_ramp_is_the_integral_of_its_tempo),
	    cmocka_unit_test(a_ramp_that_is_turned_over_goes_on_from_where_it_is),
	    cmocka_unit_test(it_stops_plays_and_goes_anywhere),
	    cmocka_unit_test(a_ramp_stands_still_while_the_song_does),
	    cmocka_unit_test(a_successor_is_in_the_same_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
