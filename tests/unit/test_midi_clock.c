/* test_midi_clock.c — promises of MIDI clock: the tempo does not wander though each tick comes early or late, a new
 * tempo is found soon, the song goes where the ticks are, and the ticks that we send are those of the beats. */
#include "midi/clock_in.h"
#include "midi/clock_out.h"
#include "midi_rig.h"

#include <math.h>

#define SECOND 1000000000.0

static double chance(void)
{
	return 2 * ((double)rand() / RAND_MAX) - 1;
}

/* --- the filter -----------------------------------------------------------------------------------------------------
 */

static double at_ns;

static void ticks(struct us_tempo_filter *f, double bpm, int count, double jitter_ms)
{
	for (int i = 0; i < count; i++) {
		at_ns += 60 * SECOND / 24 / bpm;
		us_tempo_tick(f, (uint64_t)(at_ns + jitter_ms * 1e6 * chance()));
	}
}

static double off_percent(const struct us_tempo_filter *f, double bpm)
{
	return fabs(us_tempo_bpm(f) / bpm - 1) * 100;
}

static void a_steady_clock_is_its_tempo(void **state)
{
	(void)state;
	for (double bpm = 30; bpm <= 300; bpm *= 1.3) {
		struct us_tempo_filter f = {0};
		ticks(&f, bpm, 25, 0);
		assert_true(off_percent(&f, bpm) < 0.001);
	}
}

static void nothing_is_said_before_half_a_beat(void **state)
{
	(void)state;
	struct us_tempo_filter f = {0};
	assert_true(us_tempo_bpm(&f) == 0);
	ticks(&f, 120, 11, 0);
	assert_true(us_tempo_bpm(&f) == 0);
}

static void a_millisecond_of_jitter_does_not_move_the_tempo(void **state)
{
	(void)state;
	srand(1);
	for (int run = 0; run < 50; run++) {
		const double bpm = 60 + run * 3;
		struct us_tempo_filter f = {0};
		double worst = 0;
		ticks(&f, bpm, 48, 1); /* two beats */
		assert_true(off_percent(&f, bpm) < 0.6);
		ticks(&f, bpm, 240, 1);
		for (int i = 0; i < 2400; i++) {
			ticks(&f, bpm, 1, 1);
			worst = fmax(worst, off_percent(&f, bpm));
		}
		if (worst > 0.05)
			fail_msg("%g bpm: %.3f %% off", bpm, worst);
	}
}

/* As JACK with buffers of 1,024 frames gives them: up to 21 ms late. */
static void ticks_in_bunches_are_a_tempo_too(void **state)
{
	(void)state;
	struct us_tempo_filter f = {0};
	srand(2);
	ticks(&f, 128, 480, 10);
	double worst = 0;
	for (int i = 0; i < 2400; i++) {
		ticks(&f, 128, 1, 10);
		worst = fmax(worst, off_percent(&f, 128));
	}
	assert_true(worst < 0.5);
}

/* The machine stood still for a while, and all that waited comes at once. */
static void a_bunch_is_forgotten(void **state)
{
	(void)state;
	for (int before = 24; before < 400; before += 4) {
		struct us_tempo_filter f = {0};
		ticks(&f, 120, before, 0);
		const double then = at_ns + 60 * SECOND / 24 / 120 * 12;
		for (int i = 0; i < 12; i++) {
			at_ns += 60 * SECOND / 24 / 120;
			us_tempo_tick(&f, (uint64_t)then + (uint64_t)i * 1000);
		}
		if (before >= 96 && off_percent(&f, 120) > 0.5)
			fail_msg("after %d ticks and the bunch: %g", before, us_tempo_bpm(&f));
		ticks(&f, 120, 192, 0);
		if (off_percent(&f, 120) > 0.2)
			fail_msg("after %d ticks, and 192: %g", before, us_tempo_bpm(&f));
		assert_true(fabs(us_tempo_since(&f, (uint64_t)at_ns)) < 0.5);
	}
}

static void a_new_tempo_is_found_within_two_beats(void **state)
{
	(void)state;
	srand(3);
	for (int run = 0; run < 50; run++) {
		struct us_tempo_filter f = {0};
		ticks(&f, 120, 1000, 1);
		const double bpm = run % 2 ? 121 + run : 119 - run;
		ticks(&f, bpm, 48, 1);
		if (off_percent(&f, bpm) > 1.2)
			fail_msg("120 to %g: %g", bpm, us_tempo_bpm(&f));
		ticks(&f, bpm, 144, 1);
		assert_true(off_percent(&f, bpm) < 0.1);
	}
}

static void an_accelerando_is_followed(void **state)
{
	(void)state;
	struct us_tempo_filter f = {0};
	srand(4);
	ticks(&f, 100, 500, 1);
	for (int i = 0; i < 960; i++) { /* to 140 in 40 beats */
		const double bpm = 100 + i / 24.0;
		ticks(&f, bpm, 1, 1);
		if (i > 96 && off_percent(&f, bpm) > 3)
			fail_msg("at %g: %g", bpm, us_tempo_bpm(&f));
		const double lag_ms = fabs(f.at_ns - at_ns) / 1e6;
		assert_true(lag_ms < 5);
	}
}

static void a_pause_begins_anew(void **state)
{
	(void)state;
	struct us_tempo_filter f = {0};
	ticks(&f, 120, 300, 0);
	at_ns += 3 * SECOND;
	ticks(&f, 90, 1, 0);
	assert_true(us_tempo_bpm(&f) == 0);
	ticks(&f, 90, 24, 0);
	assert_true(off_percent(&f, 90) < 0.01);
}

/* --- clock in --------------------------------------------------------------------------------------------------------
 */

/* A synth that does what it is told, some milliseconds later. */
struct synth {
	struct said said; /* first */
	struct us_clock_in clock;
	bool plays;
	double beat, bpm, sent_bpm;
	uint32_t tempos, locates;
};

static int obey(void *context, const struct us_command *c, struct us_err *err)
{
	struct synth *s = context;
	hear(&s->said, c, err);
	if (strcmp(c->address, "/tempo") == 0) {
		s->bpm = c->arg[0].d;
		s->tempos++;
	} else if (strcmp(c->address, "/transport/locate") == 0) {
		s->beat = c->arg[0].d - 0.015 * s->bpm / 60; /* is heard 15 ms later */
		s->locates++;
	} else {
		s->plays = strcmp(c->address, "/transport/play") == 0;
	}
	return US_OK;
}

static void begin(struct synth *s)
{
	*s = (struct synth){.bpm = 120, .plays = true, .beat = 17.3};
	s->clock = (struct us_clock_in){.sink = obey, .context = s};
	at_ns = 100 * SECOND;
}

static void take(struct synth *s, const char *hex)
{
	const struct us_midi_message m = message(hex);
	us_clock_in_take(&s->clock, &m, (uint64_t)at_ns);
}

/* So many ticks, and between them the loop looks at the song every 2 ms. */
static void lead(struct synth *s, double bpm, int count, double jitter_ms)
{
	const double period = 60 * SECOND / 24 / bpm;
	const struct us_midi_message m = message("f8");
	for (int i = 0; i < count; i++) {
		const double late = jitter_ms * 1e6 * (1 + chance()) / 2;
		bool ticked = false;
		for (double t = 0; t < period; t += 2e6) {
			if (!ticked && t >= late) {
				us_clock_in_take(&s->clock, &m, (uint64_t)(at_ns + late));
				ticked = true;
			}
			const struct us_synth_song song = {.plays = s->plays, .beat = s->beat, .bpm = s->bpm};
			us_clock_in_lead(&s->clock, &song, (uint64_t)(at_ns + t));
			if (s->plays)
				s->beat += fmin(2e6, period - t) / 60e9 * s->bpm;
		}
		at_ns += period;
	}
}

static double ms_off(const struct synth *s, double beat)
{
	return fabs(s->beat - beat) * 60000 / s->bpm;
}

static void the_song_begins_with_the_first_tick_after_start(void **state)
{
	(void)state;
	struct synth s;
	begin(&s);
	lead(&s, 120, 48, 0);
	assert_int_equal(s.locates, 0);
	take(&s, "fa");
	assert_int_equal(s.locates, 0);
	s.said = (struct said){0};
	lead(&s, 120, 1, 0);
	assert_ptr_equal(strstr(s.said.text, "/transport/locate 0; /transport/play; "), s.said.text);
	lead(&s, 120, 24 * 16 - 1, 0);
	assert_true(ms_off(&s, 16) < 3);
	assert_int_equal(s.locates, 1); /* it was led there, it did not leap */
}

static void the_tempo_is_said_seldom(void **state)
{
	(void)state;
	struct synth s;
	srand(5);
	begin(&s);
	take(&s, "fa");
	lead(&s, 133, 24 * 16, 2);
	s.tempos = 0;
	lead(&s, 133, 24 * 64, 2); /* 29 s */
	if (s.tempos > 90)
		fail_msg("%u", s.tempos);
	assert_true(fabs(s.bpm / 133 - 1) < 0.005);
	assert_true(ms_off(&s, 80) < 4);
	assert_int_equal(s.locates, 1);
}

static void a_change_of_tempo_keeps_the_place(void **state)
{
	(void)state;
	struct synth s;
	srand(6);
	begin(&s);
	take(&s, "fa");
	lead(&s, 100, 24 * 16, 1);
	lead(&s, 150, 24 * 32, 1);
	assert_true(ms_off(&s, 48) < 4);
	assert_int_equal(s.locates, 1);
}

static void stop_and_continue_go_on_at_the_next_tick(void **state)
{
	(void)state;
	struct synth s;
	begin(&s);
	take(&s, "fa");
	lead(&s, 120, 24 * 4, 0);
	take(&s, "fc");
	assert_false(s.plays);
	lead(&s, 120, 30, 0);
	s.said = (struct said){0};
	take(&s, "fb");
	lead(&s, 120, 1, 0);
	assert_ptr_equal(strstr(s.said.text, "/transport/locate 4; /transport/play; "), s.said.text);
}

static void a_position_is_where_it_goes_on(void **state)
{
	(void)state;
	struct synth s;
	begin(&s);
	lead(&s, 120, 48, 0);
	s.said = (struct said){0};
	take(&s, "f2 0a 01"); /* 138 sixteenths */
	said_is(&s.said, "/transport/locate 34.5; ");
	take(&s, "fb");
	lead(&s, 120, 1, 0);
	assert_non_null(strstr(s.said.text, "/transport/locate 34.5; /transport/play; "));
}

static void who_is_far_away_is_fetched(void **state)
{
	(void)state;
	struct synth s;
	begin(&s);
	take(&s, "fa");
	lead(&s, 120, 24 * 8, 0);
	s.beat = 100; /* somebody else has located */
	lead(&s, 120, 24 * 8, 0);
	assert_true(ms_off(&s, 16) < 3);
	assert_int_equal(s.locates, 2);
}

static void two_clocks_are_one(void **state)
{
	(void)state;
	struct us_clock_in c = {0};
	const struct us_midi_message tick = message("f8"), start = message("fa");
	const uint64_t ms = 1000000;
	assert_true(us_clock_in_follows(&c, 3, &start, 5 * ms)); /* nobody leads yet */
	assert_true(us_clock_in_follows(&c, 3, &tick, 10 * ms));
	assert_false(us_clock_in_follows(&c, 5, &tick, 11 * ms));
	assert_true(us_clock_in_is_second(&c, 5, &tick));
	assert_false(us_clock_in_follows(&c, 5, &start, 12 * ms));
	assert_false(us_clock_in_is_second(&c, 5, &start));
	assert_false(us_clock_in_follows(&c, 5, &tick, 30 * ms));
	assert_false(us_clock_in_is_second(&c, 5, &tick)); /* it is said once */
	assert_true(us_clock_in_follows(&c, 3, &tick, 31 * ms));
	assert_true(us_clock_in_follows(&c, 5, &tick, 1100 * ms)); /* the first has ended */
	assert_false(us_clock_in_follows(&c, 3, &tick, 1101 * ms));
}

static void without_ticks_the_last_tempo_stays(void **state)
{
	(void)state;
	struct synth s;
	begin(&s);
	take(&s, "fa");
	lead(&s, 90, 24 * 8, 0);
	s.tempos = 0;
	for (int i = 0; i < 5000; i++) {
		const struct us_synth_song song = {.plays = true, .beat = s.beat, .bpm = s.bpm};
		at_ns += 2e6;
		s.beat += 2e6 / 60e9 * s.bpm;
		us_clock_in_lead(&s.clock, &song, (uint64_t)at_ns);
	}
	if (s.tempos > 3 || fabs(s.bpm - 90) > 0.1 || s.locates != 1)
		fail_msg("%u tempos, %g, %u locates", s.tempos, s.bpm, s.locates);
}

/* --- clock out -------------------------------------------------------------------------------------------------------
 */

struct ear {
	char text[8192];
	uint32_t ticks;
	double worst_ms, beat; /* where the song is when the byte comes */
	double bpm;
	int64_t tick;
};

static void listen(void *context, const uint8_t *bytes, size_t count)
{
	struct ear *e = context;
	if (bytes[0] == 0xf8) {
		e->worst_ms = fmax(e->worst_ms, fabs(e->beat - (double)e->tick / 24) * 60000 / e->bpm);
		e->tick++;
		e->ticks++;
		return;
	}
	if (bytes[0] == 0xfa)
		e->tick = 0;
	if (bytes[0] == 0xf2)
		e->tick = (bytes[1] | bytes[2] << 7) * 6;
	for (size_t i = 0; i < count; i++)
		sprintf(e->text + strlen(e->text), "%02x ", bytes[i]);
}

/* The song plays for so many seconds; the loop wakes when it is told to, up to `late_ms` late. */
static void play(struct us_clock_out *c, struct ear *e, struct us_synth_song *song, double seconds, double slope,
                 double late_ms)
{
	for (double end = at_ns + seconds * SECOND; at_ns < end;) {
		e->beat = song->beat;
		e->bpm = song->bpm;
		const uint64_t next = us_clock_out_run(c, song, (uint64_t)at_ns);
		double step = fmin(next == UINT64_MAX ? 2e6 : (double)next - at_ns, 2e6);
		step = fmax(step, 1e4) + late_ms * 1e6 * (1 + chance()) / 2;
		if (song->plays)
			song->beat += step / 60e9 * (song->bpm + slope * step / SECOND / 2);
		song->bpm += slope * step / SECOND;
		at_ns += step;
	}
}

static void the_ticks_are_those_of_the_beats(void **state)
{
	(void)state;
	struct ear e = {0};
	struct us_clock_out c = {.send = listen, .context = &e};
	struct us_synth_song song = {.plays = true, .bpm = 120};
	at_ns = 5 * SECOND;
	play(&c, &e, &song, 60, 0, 0.1);
	us_clock_out_end(&c);
	assert_string_equal(e.text, "fa fc ");
	assert_int_equal(e.ticks, (int)floor(e.beat * 24) + 1);
	assert_true(e.worst_ms < 0.2);
}

static void a_ramp_loses_none(void **state)
{
	(void)state;
	struct ear e = {0};
	struct us_clock_out c = {.send = listen, .context = &e};
	struct us_synth_song song = {.plays = true, .bpm = 40};
	play(&c, &e, &song, 20, 10, 0.1);
	play(&c, &e, &song, 20, -10, 3);
	us_clock_out_end(&c);
	assert_string_equal(e.text, "fa fc ");
	assert_true(labs((long)e.ticks - (long)floor(song.beat * 24) - 1) <= 1);
	assert_true(e.worst_ms < 4);
}

static void it_joins_a_song_that_plays_at_a_sixteenth(void **state)
{
	(void)state;
	struct ear e = {0};
	struct us_clock_out c = {.send = listen, .context = &e};
	struct us_synth_song song = {.plays = true, .bpm = 120, .beat = 33.1};
	play(&c, &e, &song, 2, 0, 0);
	us_clock_out_end(&c);
	assert_string_equal(e.text, "f2 05 01 fb fc "); /* 133 sixteenths: beat 33.25 */
	assert_true(e.worst_ms < 0.1);
}

static void stop_locate_and_play_are_told(void **state)
{
	(void)state;
	struct ear e = {0};
	struct us_clock_out c = {.send = listen, .context = &e};
	struct us_synth_song song = {.plays = true, .bpm = 120};
	play(&c, &e, &song, 1, 0, 0);
	song.plays = false;
	play(&c, &e, &song, 1, 0, 0);
	assert_string_equal(e.text, "fa fc ");
	song.beat = 8;
	song.plays = true;
	play(&c, &e, &song, 1, 0, 0);
	assert_string_equal(e.text, "fa fc f2 20 00 fb ");
	song.beat = 0;
	play(&c, &e, &song, 1, 0, 0);
	us_clock_out_end(&c);
	assert_string_equal(e.text, "fa fc f2 20 00 fb fc fa fc ");
	assert_true(e.worst_ms < 0.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_steady_clock_is_its_tempo),
	    cmocka_unit_test(nothing_is_said_before_half_a_beat),
	    cmocka_unit_test(a_millisecond_of_jitter_does_not_move_the_tempo),
	    cmocka_unit_test(ticks_in_bunches_are_a_tempo_too),
	    cmocka_unit_test(a_bunch_is_forgotten),
	    cmocka_unit_test(a_new_tempo_is_found_within_two_beats),
	    cmocka_unit_test(an_accelerando_is_followed),
	    cmocka_unit_test(a_pause_begins_anew),
	    cmocka_unit_test(the_song_begins_with_the_first_tick_after_start),
	    cmocka_unit_test(the_tempo_is_said_seldom),
	    cmocka_unit_test(a_change_of_tempo_keeps_the_place),
	    cmocka_unit_test(stop_and_continue_go_on_at_the_next_tick),
	    cmocka_unit_test(a_position_is_where_it_goes_on),
	    cmocka_unit_test(who_is_far_away_is_fetched),
	    cmocka_unit_test(two_clocks_are_one),
	    cmocka_unit_test(without_ticks_the_last_tempo_stays),
	    cmocka_unit_test(the_ticks_are_those_of_the_beats),
	    cmocka_unit_test(a_ramp_loses_none),
	    cmocka_unit_test(it_joins_a_song_that_plays_at_a_sixteenth),
	    cmocka_unit_test(stop_locate_and_play_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
