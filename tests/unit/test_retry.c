/* test_retry.c — promises of supervisor/retry.c: who comes out of quarantine, when, and when nobody does any more. */
#include "../../supervisor/stage.h"
#include "ipc/amend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SICK = 70 };

static struct us_stage stage;

static void *blank(size_t bytes)
{
	bytes = (bytes + 4095) / 4096 * 4096;
	return memset(aligned_alloc(4096, bytes), 0, bytes);
}

/* Slot 0 leads, and instance 70 is in quarantine. */
static int open_stage(void **state)
{
	(void)state;
	memset(&stage, 0, sizeof stage);
	stage.session.clock = blank(sizeof(struct us_clock));
	stage.session.house = blank(sizeof(struct us_house));
	stage.session.slot[0] = blank(sizeof(struct us_slot));
	atomic_store(&stage.session.slot[0]->quarantined[SICK / 64], 1ull << SICK % 64);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	free(stage.session.clock);
	free(stage.session.house);
	free(stage.session.slot[0]);
	return 0;
}

static uint32_t planned(void)
{
	return atomic_load(&stage.player.planned_in);
}

static void time_passes(void)
{
	us_retry_turn(&stage);
	stage.patient[SICK].retry_ns = 1;
	us_retry_turn(&stage);
}

static void somebody_asks(void)
{
	atomic_store(&stage.session.house->restore[0], SICK);
	atomic_store(&stage.session.house->restore_count, 1);
	us_retry_turn(&stage);
}

static void faults(uint32_t count)
{
	atomic_store(&stage.session.clock->amendments[US_BY_ARBITER].count, count);
}

static void a_patient_waits_and_is_let_out(void **state)
{
	(void)state;
	us_retry_turn(&stage);
	assert_int_equal(planned(), 0);
	assert_true(stage.patient[SICK].retry_ns > 0);
	time_passes();
	assert_int_equal(planned(), 1);
	assert_int_equal(stage.player.planned[0].type, US_AMEND_RESTORE);
	assert_int_equal(stage.player.planned[0].instance, SICK);
}

static void whoever_is_asked_for_is_let_out_at_once(void **state)
{
	(void)state;
	somebody_asks();
	assert_int_equal(planned(), 1);
}

/* Else the next fault of it would find no room to be noted in, and would kill every worker that there is. */
static void nobody_is_let_out_without_room_to_shut_all_in_again(void **state)
{
	(void)state;
	faults(US_AMENDMENTS - US_MAX_INSTANCES);
	time_passes();
	somebody_asks();
	assert_int_equal(planned(), 0);
	faults(US_AMENDMENTS - US_MAX_INSTANCES - 1);
	time_passes();
	assert_int_equal(planned(), 1);
}

#define PROMISE(f) cmocka_unit_test_setup_teardown(f, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PROMISE(a_patient_waits_and_is_let_out),
	    PROMISE(whoever_is_asked_for_is_let_out_at_once),
	    PROMISE(nobody_is_let_out_without_room_to_shut_all_in_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
