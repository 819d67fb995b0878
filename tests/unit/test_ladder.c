/* test_ladder.c — promises of src/ipc/ladder.c: who goes before whom, with whatever priorities are permitted. */
#include "ipc/ladder.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_whole_ladder_has_its_own_heights(void **state)
{
	(void)state;
	static const int whole[US_RUNGS] = {80, 75, 60, 55};
	for (int r = 0; r < US_RUNGS; r++) {
		assert_int_equal(us_ladder_priority(80, (enum us_rung)r), whole[r]);
		assert_int_equal(us_ladder_priority(99, (enum us_rung)r), whole[r]);
	}
}

/* Also where the limit lies between two rungs, so that the lower ones alone would be permitted. */
static void a_low_limit_squeezes_it_and_keeps_the_order(void **state)
{
	(void)state;
	for (int highest = US_RUNGS; highest <= 99; highest++)
		for (int r = 0; r < US_RUNGS; r++) {
			const int above = r ? us_ladder_priority(highest, (enum us_rung)(r - 1)) : highest + 1;
			const int priority = us_ladder_priority(highest, (enum us_rung)r);
			assert_true(priority < above && priority > 0);
		}
	assert_int_equal(us_ladder_priority(65, US_RUNG_STANDBY), 62);
}

static void without_room_for_all_nobody_stands_on_it(void **state)
{
	(void)state;
	for (int highest = 0; highest < US_RUNGS; highest++)
		for (int r = 0; r < US_RUNGS; r++)
			assert_int_equal(us_ladder_priority(highest, (enum us_rung)r), 0);
}

static void who_tries_how_high_it_may_go_comes_back(void **state)
{
	(void)state;
	const int before = sched_getscheduler(0);
	const int highest = us_ladder_highest();
	assert_in_range(highest, 0, US_LADDER_TOP);
	assert_int_equal(sched_getscheduler(0), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_whole_ladder_has_its_own_heights),
	    cmocka_unit_test(a_low_limit_squeezes_it_and_keeps_the_order),
	    cmocka_unit_test(without_room_for_all_nobody_stands_on_it),
	    cmocka_unit_test(who_tries_how_high_it_may_go_comes_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
