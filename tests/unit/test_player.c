/* test_player.c — the callback's body without a device: what is heard, what is counted, what is granted. */
#include "../../supervisor/player_rt.h"
#include "ipc/ear_rt.h"
#include "ipc/hash.h"
#include "ipc/slot_rt.h"
#include "ipc/tap_rt.h"
#include "ipc/vault_rt.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

enum { ARENA = 4096, LOOKAHEAD = 3, TICKET = 1, ID0 = 7, ID1 = 8 };
#define ROOM ((struct us_vault_room){ARENA, 0})

struct stand {
	struct us_session session;
	struct us_player player;
	int suspect_fd, finished_fd;
};

static void *segment(size_t bytes)
{
	bytes = (bytes + 4095) / 4096 * 4096;
	void *memory = aligned_alloc(4096, bytes);
	assert_non_null(memory);
	memset(memory, 0, bytes);
	((struct us_segment *)memory)->bytes = bytes;
	return memory;
}

static int set_up(void **state)
{
	struct stand *t = calloc(1, sizeof *t);
	struct us_session *s = &t->session;
	s->clock = segment(sizeof *s->clock);
	s->journal = segment(sizeof *s->journal);
	s->tap = segment(sizeof *s->tap);
	s->recorder = segment(sizeof *s->recorder);
	s->ear = segment(sizeof *s->ear);
	for (int i = 0; i < US_SLOTS; i++)
		s->slot[i] = segment(us_slot_bytes(ROOM));
	s->clock->rate = 48000;
	s->clock->lookahead = LOOKAHEAD;
	atomic_store(&s->clock->lookahead_total, LOOKAHEAD);
	atomic_store(&s->clock->live_mask, 3);
	atomic_store(&s->clock->board.worker[0].id, ID0);
	atomic_store(&s->clock->board.worker[1].id, ID1);
	t->suspect_fd = eventfd(0, EFD_NONBLOCK);
	t->finished_fd = eventfd(0, EFD_NONBLOCK);
	us_player_open(&t->player, s, 0, t->suspect_fd, t->finished_fd);
	atomic_store(&t->player.ticket, TICKET);
	us_player_first_grants(&t->player);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct stand *t = *state;
	close(t->suspect_fd);
	close(t->finished_fd);
	free(t->session.clock);
	free(t->session.journal);
	free(t->session.tap);
	free(t->session.recorder);
	free(t->session.ear);
	for (int i = 0; i < US_SLOTS; i++)
		free(t->session.slot[i]);
	free(t);
	return 0;
}

/* What a worker would have done by now. */
static void catch_up(struct stand *t);

/* Frame f of block b: a value that says which it is. */
static float value(uint64_t block, uint32_t frame)
{
	return (float)((block * US_BLOCK + frame) % 65521 + 1) / 65536.0f;
}

static void publish(struct stand *t, uint32_t slot, uint64_t block)
{
	float samples[US_SAMPLES];
	for (uint32_t i = 0; i < US_SAMPLES; i++)
		samples[i] = value(block, i / US_CHANNELS);
	us_slot_publish(t->session.slot[slot], block, slot ? ID1 : ID0, 0,
	                &(struct us_digest){.sound = us_hash(samples, sizeof samples)}, samples);
}

static void play(struct stand *t, float *out, uint32_t frames)
{
	us_player_process(&t->player, TICKET, NULL, out, frames);
}

/* Each block hears the next 64 frames, a block's silence behind the device and the lookahead behind the clock. */
static void what_is_heard_reaches_the_blocks_in_order_at_any_buffer_size(void **state)
{
	static const uint32_t sizes[] = {64, 128, 37, 1, 256, 100};
	struct stand *t = *state;
	float in[256 * US_CHANNELS], out[256 * US_CHANNELS], heard[US_SAMPLES];
	uint32_t said = 0, expected = 0;
	t->session.ear->on = 1;
	us_player_expect(&t->player, TICKET, 256);
	const uint64_t first = atomic_load(&t->session.clock->granted);
	for (uint32_t n = 0; n < 600; n++) {
		const uint32_t frames = sizes[n % 6];
		for (uint32_t i = 0; i < frames * US_CHANNELS; i++)
			in[i] = (float)(1 + said++);
		for (uint64_t b = atomic_load(&t->session.clock->played); b < atomic_load(&t->session.clock->granted);
		     b++)
			publish(t, 0, b);
		us_player_process(&t->player, TICKET, in, out, frames);
	}
	const uint64_t granted = atomic_load(&t->session.clock->granted);
	assert_true(granted > 500);
	for (uint64_t b = LOOKAHEAD; b < granted; b++) {
		assert_true(us_ear_read(t->session.ear, b, heard));
		for (uint32_t i = 0; i < US_SAMPLES; i++)
			if (heard[i] != (b <= first ? 0 : (float)++expected))
				fail_msg("block %llu hears %g at %u, not %u", (unsigned long long)b, (double)heard[i],
				         i, expected);
	}
	assert_false(us_ear_read(t->session.ear, granted, heard));
	assert_false(us_ear_read(t->session.ear, granted + US_EAR, heard));
}

static void every_block_is_heard_once_in_order_at_any_buffer_size(void **state)
{
	static const uint32_t sizes[] = {64, 128, 37, 1, 256, 100};
	struct stand *t = *state;
	float out[256 * US_CHANNELS];
	uint64_t frame = 0;
	for (uint64_t b = 0; b < 16; b++)
		publish(t, 0, b);
	for (size_t i = 0; frame + 256 < 16 * US_BLOCK; i++) {
		uint32_t n = sizes[i % (sizeof sizes / sizeof sizes[0])];
		play(t, out, n);
		for (uint32_t f = 0; f < n; f++, frame++)
			for (uint32_t ch = 0; ch < US_CHANNELS; ch++)
				assert_true(out[f * US_CHANNELS + ch] == value(frame / US_BLOCK, frame % US_BLOCK));
	}
	assert_int_equal(atomic_load(&t->session.clock->board.underruns), 0);
}

static void one_block_is_granted_for_each_that_is_played(void **state)
{
	struct stand *t = *state;
	float out[US_SAMPLES];
	assert_int_equal(atomic_load(&t->session.clock->granted), LOOKAHEAD);
	for (uint64_t b = 0; b < 10; b++) {
		publish(t, 0, b);
		play(t, out, US_BLOCK);
		assert_int_equal(atomic_load(&t->session.clock->played), b + 1);
		assert_int_equal(atomic_load(&t->session.clock->granted), b + 1 + LOOKAHEAD);
	}
}

static void a_grant_covers_at_most_so_many_new_records_and_never_goes_back(void **state)
{
	struct stand *t = *state;
	struct us_clock *c = t->session.clock;
	float out[US_SAMPLES];
	static const uint64_t tails[] = {0, 1000, 1000, 1000, 1000, 20, 1ull << 60, 1001};
	static const uint64_t wanted[] = {0, 256, 512, 768, 1000, 1000, 1000, 1001};
	for (uint64_t b = 0; b < 8; b++) {
		atomic_store(&t->session.journal->tail, tails[b]);
		publish(t, 0, b);
		play(t, out, US_BLOCK);
		assert_int_equal(atomic_load(&c->grant[b + LOOKAHEAD]), wanted[b]);
	}
}

static void the_other_slot_serves_when_the_primary_has_nothing(void **state)
{
	struct stand *t = *state;
	float out[US_SAMPLES];
	for (uint64_t b = 0; b < 8; b++) {
		publish(t, b % 2, b);
		play(t, out, US_BLOCK);
		assert_true(out[0] == value(b, 0));
	}
	assert_int_equal(atomic_load(&t->session.clock->board.underruns), 0);
}

static void catch_up(struct stand *t)
{
	const struct us_slot *s = t->session.slot[0];
	for (uint64_t b = atomic_load(&s->published); b < atomic_load(&t->session.clock->granted); b++)
		publish(t, 0, b);
}

/* A period of any length has its blocks ready before it comes: all that is granted is enough for it. */
static void a_period_of_any_length_is_served_without_a_hold(void **state)
{
	static const uint32_t periods[] = {16, 32, 64, 128, 256, 441, 480, 512, 1024, 1920, 2048, 4096, 8192};
	static float out[US_MAX_FRAMES * US_CHANNELS];
	struct stand *t = *state;
	uint64_t frame = 0;
	for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
		us_player_expect(&t->player, TICKET, periods[i]);
		for (int n = 0; n < 40; n++) {
			catch_up(t);
			play(t, out, periods[i]);
			for (uint32_t f = 0; f < periods[i]; f++, frame++)
				assert_true(out[f * US_CHANNELS] == value(frame / US_BLOCK, frame % US_BLOCK));
			assert_true(atomic_load(&t->session.clock->granted) <=
			            atomic_load(&t->session.clock->played) + US_MAX_LOOKAHEAD);
		}
	}
	assert_int_equal(atomic_load(&t->session.clock->board.underruns), 0);
}

/* In the middle of the sound the device takes to another period: at most one hold, no longer than the new period; the
 * song goes on with the next frame, and no grant is written twice. */
static void a_period_that_changes_costs_one_hold_at_most(void **state)
{
	static const uint32_t periods[] = {64, 1024, 256, 8192, 16, 2048, 480, 4096, 128};
	static float out[US_MAX_FRAMES * US_CHANNELS];
	struct stand *t = *state;
	struct us_clock *c = t->session.clock;
	uint64_t held = 0;
	for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
		const uint64_t before = atomic_load(&c->board.underruns);
		for (int n = 0; n < 40; n++) {
			catch_up(t);
			const uint64_t granted = atomic_load(&c->granted),
				       tail = atomic_load(&c->grant[(granted - 1) % US_GRANTS]);
			atomic_fetch_add(&t->session.journal->tail, 1);
			us_player_expect(&t->player, TICKET, periods[i]); /* as the call does that brings it */
			play(t, out, periods[i]);
			assert_int_equal(atomic_load(&c->grant[(granted - 1) % US_GRANTS]), tail);
		}
		assert_true(atomic_load(&c->board.underruns) - before <= 1);
		assert_true(atomic_load(&c->board.held_frames) - held <= periods[i]);
		held = atomic_load(&c->board.held_frames);
	}
	assert_true(held > 0); /* else nothing was tried */
}

/* When the device tells of its new period before it asks for it, there is no hold at all. */
static void a_period_that_is_announced_costs_nothing(void **state)
{
	static float out[US_MAX_FRAMES * US_CHANNELS];
	struct stand *t = *state;
	for (uint32_t n = 0; n < 4; n++) {
		us_player_expect(&t->player, TICKET, n % 2 ? 4096 : 64);
		catch_up(t);
		play(t, out, n % 2 ? 4096 : 64);
	}
	us_player_expect(&t->player, TICKET + 1, 8192); /* another device has nothing to say */
	assert_int_equal(atomic_load(&t->player.period), 4096);
	assert_int_equal(atomic_load(&t->session.clock->board.underruns), 0);
}

/* What is heard is never later than a block and the rest of one, whatever the device did before. */
static void the_input_does_not_grow_late(void **state)
{
	static const uint32_t periods[] = {8192, 64, 1024, 441, 16, 4096, 128};
	static float in[US_MAX_FRAMES * US_CHANNELS], out[US_MAX_FRAMES * US_CHANNELS];
	struct stand *t = *state;
	t->session.ear->on = 1;
	for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
		for (uint32_t n = 0; n < 4 * US_MAX_FRAMES / periods[i]; n++) {
			catch_up(t);
			us_player_expect(&t->player, TICKET, periods[i]);
			us_player_process(&t->player, TICKET, in, out, periods[i]);
		}
		assert_true(t->player.heard_frames <= 2 * US_BLOCK);
	}
}

/* Between two calls of a long period: who renders is left alone, who does not is looked at. */
static void a_primary_that_stands_still_is_doubted_between_the_calls(void **state)
{
	struct stand *t = *state;
	uint64_t rung = 0, now = 1000000000;
	const uint64_t block = t->player.block_ns + 1;
	assert_false(us_player_watch(&t->player, now)); /* a short period: the callback itself doubts */
	us_player_expect(&t->player, TICKET, 1024);
	for (uint64_t b = 0; b < 8; b++, now += block) {
		assert_true(us_player_watch(&t->player, now));
		publish(t, 0, b);
	}
	assert_true(read(t->suspect_fd, &rung, sizeof rung) < 0);
	for (int i = 0; i < 3; i++, now += block)
		assert_true(us_player_watch(&t->player, now));
	assert_int_equal(read(t->suspect_fd, &rung, sizeof rung), sizeof rung);
	catch_up(t);
	assert_false(us_player_watch(&t->player, now)); /* all is rendered */
}

static void a_late_block_is_held_not_lost_and_the_tap_has_no_gap(void **state)
{
	struct stand *t = *state;
	float out[US_SAMPLES], tapped[US_SAMPLES];
	uint32_t flags;
	publish(t, 0, 0);
	play(t, out, US_BLOCK);
	float last = out[US_SAMPLES - 1];
	play(t, out, US_BLOCK); /* block 1 is late */
	assert_true(fabsf(out[0]) < fabsf(last) && out[0] > 0);
	assert_true(out[US_SAMPLES - 1] == 0);
	for (uint32_t i = 2; i < US_SAMPLES; i++)
		assert_true(out[i] <= out[i - 2]);
	play(t, out, US_BLOCK); /* still late: one underrun, not two */
	assert_int_equal(atomic_load(&t->session.clock->board.underruns), 1);
	assert_int_equal(atomic_load(&t->session.clock->board.held_frames), 2 * US_BLOCK);
	assert_int_equal(atomic_load(&t->session.clock->played), 1);
	publish(t, 0, 1);
	play(t, out, US_BLOCK);
	assert_true(out[0] < value(1, 0)); /* fades in */
	assert_true(out[US_SAMPLES - 1] == value(1, US_BLOCK - 1));
	assert_int_equal(us_tap_read(t->session.tap, 1, tapped, &flags), US_TAP_OK);
	assert_int_equal(flags, 0);
	assert_true(tapped[0] == value(1, 0)); /* what was rendered, not the fade */
}

static void when_nobody_lives_for_long_the_song_waits_for_who_must_render_all_of_it(void **state)
{
	struct stand *t = *state;
	float out[US_SAMPLES];
	publish(t, 0, 0);
	play(t, out, US_BLOCK);
	atomic_store(&t->session.clock->live_mask, 0);
	for (uint64_t i = 0; i < US_GRANTS; i++)
		play(t, out, US_BLOCK);
	const uint64_t played = atomic_load(&t->session.clock->played);
	assert_int_equal(played, 1 + US_GRANTS / 2); /* none of its grants is overwritten */
	const float samples[US_SAMPLES] = {0};
	us_slot_publish(t->session.slot[0], played, ID0, 0,
	                &(struct us_digest){.sound = us_hash(samples, sizeof samples)}, samples);
	play(t, out, US_BLOCK);
	assert_int_equal(atomic_load(&t->session.clock->played), played + 1);
	play(t, out, US_BLOCK); /* a gap of its own, from its own beginning */
	assert_int_equal(atomic_load(&t->session.clock->played), played + 2);
}

static void when_nobody_lives_the_song_goes_on_in_time(void **state)
{
	struct stand *t = *state;
	float out[US_SAMPLES], tapped[US_SAMPLES];
	uint32_t flags;
	publish(t, 0, 0);
	play(t, out, US_BLOCK);
	atomic_store(&t->session.clock->live_mask, 0);
	play(t, out, US_BLOCK);
	play(t, out, US_BLOCK);
	assert_int_equal(atomic_load(&t->session.clock->played), 3);
	assert_int_equal(atomic_load(&t->session.clock->granted), 3 + LOOKAHEAD);
	assert_int_equal(atomic_load(&t->session.clock->board.gap_blocks), 2);
	assert_int_equal(atomic_load(&t->session.clock->board.underruns), 0);
	assert_int_equal(us_tap_read(t->session.tap, 1, tapped, &flags), US_TAP_OK);
	assert_int_equal(flags, US_TAP_GAP);
	publish(t, 1, 3);
	play(t, out, US_BLOCK);
	assert_true(out[US_SAMPLES - 1] == value(3, US_BLOCK - 1));
}

static void garbage_in_the_primary_s_ring_is_passed_over(void **state)
{
	struct stand *t = *state;
	float out[US_SAMPLES], garbage[US_SAMPLES];
	for (uint32_t i = 0; i < US_SAMPLES; i++)
		garbage[i] = NAN;
	us_slot_publish(t->session.slot[0], 0, ID0, 0, &(struct us_digest){.sound = us_hash(garbage, sizeof garbage)},
	                garbage);
	publish(t, 1, 0);
	play(t, out, US_BLOCK);
	assert_true(out[0] == value(0, 0));
	assert_int_equal(atomic_load(&t->session.clock->board.rejected_blocks), 1);
}

static void a_stale_device_gets_silence_and_turns_nothing(void **state)
{
	struct stand *t = *state;
	float out[US_SAMPLES];
	publish(t, 0, 0);
	memset(out, 0x55, sizeof out);
	us_player_process(&t->player, TICKET + 1, NULL, out, US_BLOCK);
	for (uint32_t i = 0; i < US_SAMPLES; i++)
		assert_true(out[i] == 0);
	assert_int_equal(atomic_load(&t->session.clock->played), 0);
}

static void planned_amendments_apply_to_the_first_block_nobody_can_have_rendered(void **state)
{
	struct stand *t = *state;
	struct us_clock *c = t->session.clock;
	float out[US_SAMPLES];
	const struct us_amendment a = {.type = US_AMEND_RESTORE, .instance = 5};
	assert_true(us_player_plan(&t->player, &a));
	publish(t, 0, 0);
	play(t, out, US_BLOCK);
	assert_int_equal(atomic_load(&c->amendments[US_BY_CALLBACK].count), 1);
	assert_int_equal(c->amendments[US_BY_CALLBACK].list[0].block, LOOKAHEAD);
	assert_int_equal(c->amendments[US_BY_CALLBACK].list[0].instance, 5);
}

static void playing_ends_after_exactly_the_blocks_that_were_asked_for(void **state)
{
	struct stand *t = *state;
	float out[US_SAMPLES];
	uint64_t told = 0;
	t->player.blocks_limit = 2;
	for (uint64_t b = 0; b < 4; b++)
		publish(t, 0, b);
	for (uint64_t b = 0; b < 4; b++)
		play(t, out, US_BLOCK);
	assert_int_equal(atomic_load(&t->session.clock->played), 2);
	assert_int_equal(read(t->finished_fd, &told, sizeof told), sizeof told);
	assert_int_equal(atomic_load(&t->session.clock->board.underruns), 0);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PROMISE(what_is_heard_reaches_the_blocks_in_order_at_any_buffer_size),
	    PROMISE(every_block_is_heard_once_in_order_at_any_buffer_size),
	    PROMISE(one_block_is_granted_for_each_that_is_played),
	    PROMISE(a_grant_covers_at_most_so_many_new_records_and_never_goes_back),
	    PROMISE(the_other_slot_serves_when_the_primary_has_nothing),
	    PROMISE(a_period_of_any_length_is_served_without_a_hold),
	    PROMISE(a_period_that_changes_costs_one_hold_at_most),
	    PROMISE(a_period_that_is_announced_costs_nothing),
	    PROMISE(the_input_does_not_grow_late),
	    PROMISE(a_primary_that_stands_still_is_doubted_between_the_calls),
	    PROMISE(a_late_block_is_held_not_lost_and_the_tap_has_no_gap),
	    PROMISE(when_nobody_lives_for_long_the_song_waits_for_who_must_render_all_of_it),
	    PROMISE(when_nobody_lives_the_song_goes_on_in_time),
	    PROMISE(garbage_in_the_primary_s_ring_is_passed_over),
	    PROMISE(a_stale_device_gets_silence_and_turns_nothing),
	    PROMISE(planned_amendments_apply_to_the_first_block_nobody_can_have_rendered),
	    PROMISE(playing_ends_after_exactly_the_blocks_that_were_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
