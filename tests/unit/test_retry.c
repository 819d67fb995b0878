/* test_retry.c — promises of supervisor/failover_retry.c: who comes out of quarantine, when, and when nobody does any
 * more. */
#include "../../supervisor/stage.h"
#include "ipc/amend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SICK = 70, REPORT = US_CHECKPOINT_BLOCKS };
#define SECOND 1000000000ull

static struct us_stage stage;
static struct failover_samples samples;
static uint64_t now; /* as we say */
static uint32_t planned;
static struct failover_action last;

static void *blank(size_t bytes)
{
	bytes = (bytes + 4095) / 4096 * 4096;
	return memset(aligned_alloc(4096, bytes), 0, bytes);
}

/* What the slot says of the block that has just been granted, so many reports after the last one. */
static void report(uint32_t reports)
{
	const uint64_t block = atomic_load(&stage.session.clock->granted) + reports * REPORT;
	atomic_store(&stage.session.clock->granted, block);
	atomic_store(&stage.session.slot[0]->quarantined_at, block);
}

static void put_in_quarantine(bool quarantined)
{
	report(2); /* the first may be of a block before it was let out */
	atomic_store(&stage.session.slot[0]->quarantined[SICK / 64], (uint64_t)quarantined << SICK % 64);
}

/* Slot 0 leads, and instance 70 is in quarantine. */
static int open_stage(void **state)
{
	(void)state;
	memset(&stage, 0, sizeof stage);
	stage.session.clock = blank(sizeof(struct us_clock));
	stage.session.house = blank(sizeof(struct us_house));
	stage.session.recorder = blank(sizeof(struct us_recorder));
	stage.session.clock->rate = 48000;
	for (uint32_t s = 0; s < US_SLOTS; s++)
		stage.session.slot[s] = blank(sizeof(struct us_slot));
	put_in_quarantine(true);
	now = 1000 * SECOND;
	planned = 0;
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	free(stage.session.clock);
	free(stage.session.house);
	free(stage.session.recorder);
	for (uint32_t s = 0; s < US_SLOTS; s++)
		free(stage.session.slot[s]);
	return 0;
}

static void step(enum failover_event_kind kind, uint64_t id)
{
	struct failover_actions actions;
	us_failover_sample(&stage, false, &samples);
	failover_step(&stage.failover,
	              &(struct failover_event){.kind = kind, .id = id, .now_ns = now, .samples = &samples}, &actions);
	for (uint32_t i = 0; i < actions.count; i++)
		if (actions.list[i].kind == ACTION_RESTORE) {
			planned++;
			last = actions.list[i];
		}
}

static void look_after(uint64_t ns)
{
	now += ns;
	step(FAILOVER_LOOK, 0);
}

static void somebody_asks(void)
{
	step(FAILOVER_ASKED, SICK);
}

static void faults(uint32_t count)
{
	atomic_store(&stage.session.clock->amendments[US_BY_ARBITER].count, count);
}

/* Whoever is in quarantine is let out after `seconds` from now, to the nanosecond, and nobody else is. */
static void waits(uint64_t seconds)
{
	const uint32_t before = planned;
	look_after(0);
	look_after(seconds * SECOND - 1);
	assert_int_equal(planned, before);
	look_after(1);
	assert_int_equal(planned, before + 1);
}

/* Fails at each try and is told of it, until it has failed `times` times. */
static void fails(uint32_t times)
{
	static const uint64_t seconds[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
	for (uint32_t i = 0; i < times; i++) {
		waits(seconds[i]);
		report(1); /* of a block before it was let out, perhaps */
		look_after(0);
		report(1); /* it is in quarantine again */
	}
}

static void a_patient_waits_and_is_let_out(void **state)
{
	(void)state;
	waits(1);
	assert_int_equal(last.slot, SICK);
}

static void who_fails_again_waits_twice_as_long_up_to_a_minute(void **state)
{
	(void)state;
	fails(9);
}

static void an_hour_without_a_fault_is_a_pardon(void **state)
{
	(void)state;
	fails(3);
	waits(8);
	const uint64_t fault = now - 8 * SECOND;
	put_in_quarantine(false);
	now = fault + 3600 * SECOND;
	look_after(0);
	put_in_quarantine(true); /* an hour has not passed */
	waits(16);
	const uint64_t again = now - 16 * SECOND;
	put_in_quarantine(false);
	now = again + 3600 * SECOND;
	look_after(1);
	put_in_quarantine(true);
	waits(1);
}

static void whoever_is_asked_for_is_let_out_at_once(void **state)
{
	(void)state;
	somebody_asks();
	assert_int_equal(planned, 1);
}

/* Else the next fault of it would find no room to be noted in, and would kill every worker that there is. */
static void nobody_is_let_out_without_room_to_shut_all_in_again(void **state)
{
	(void)state;
	faults(US_AMENDMENTS - US_MAX_INSTANCES);
	look_after(0);
	look_after(60 * SECOND);
	somebody_asks();
	assert_int_equal(planned, 0);
	faults(US_AMENDMENTS - US_MAX_INSTANCES - 1);
	look_after(1);
	assert_int_equal(planned, 1);
}

/* The callback has yet to take what was planned before. */
static void no_more_are_let_out_at_once_than_there_is_room_for(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < US_INDICES / 64; i++)
		atomic_store(&stage.session.slot[0]->quarantined[i], UINT64_MAX);
	atomic_store(&stage.player.planned_in, US_PLANNED - 3);
	look_after(0);
	look_after(SECOND);
	assert_int_equal(planned, 3);
	atomic_store(&stage.player.planned_out, US_PLANNED - 3);
	look_after(1);
	assert_true(planned > 3 && planned <= 3 + FAILOVER_ACTIONS);
	for (uint32_t i = 0; i < US_INDICES; i++)
		look_after(1);
	assert_int_equal(planned, US_INDICES);
}

/* The look comes when somebody's time has come, whatever else there is to wait for. */
static void the_arbiter_wakes_in_time(void **state)
{
	struct failover_actions actions;
	(void)state;
	look_after(0);
	now += SECOND * 9 / 10;
	us_failover_sample(&stage, false, &samples);
	failover_step(&stage.failover,
	              &(struct failover_event){.kind = FAILOVER_LOOK, .now_ns = now, .samples = &samples}, &actions);
	assert_true(actions.wait_ns <= SECOND / 10);
}

#define PROMISE(f) cmocka_unit_test_setup_teardown(f, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PROMISE(a_patient_waits_and_is_let_out),
	    PROMISE(who_fails_again_waits_twice_as_long_up_to_a_minute),
	    PROMISE(an_hour_without_a_fault_is_a_pardon),
	    PROMISE(whoever_is_asked_for_is_let_out_at_once),
	    PROMISE(nobody_is_let_out_without_room_to_shut_all_in_again),
	    PROMISE(no_more_are_let_out_at_once_than_there_is_room_for),
	    PROMISE(the_arbiter_wakes_in_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
