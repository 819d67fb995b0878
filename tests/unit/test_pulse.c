/* test_pulse.c — when a keeper takes a living supervisor for one that does not move. */
#include "ipc/pulse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS 1000000ull

struct scene {
	struct us_pulse pulse;
	struct us_pulse_look look;
	bool starting;
};

static struct scene begin(void)
{
	struct scene s = {.look = {.now_ns = 5000 * MS, .heartbeat_ns = 1, .played = 1}};
	us_pulse_step(&s.pulse, &s.look, false);
	return s;
}

enum { BEATS = 1, PLAYS = 2, COMPUTES = 4, STARVES = 8 };
/* Looks every `step` ms, for at most `most` ms; after how many it is replaced, 0: never. */
static uint64_t replaced_after(struct scene *s, uint64_t step, uint64_t most, int does)
{
	for (uint64_t at = step; at <= most; at += step) {
		s->look.now_ns += step * MS;
		s->look.heartbeat_ns += (does & BEATS) != 0;
		s->look.played += (does & PLAYS) != 0;
		s->look.cpu_ns += (does & COMPUTES) != 0;
		s->look.waits_for_cpu = (does & (STARVES | COMPUTES)) != 0;
		if (us_pulse_step(&s->pulse, &s->look, s->starting))
			return at;
	}
	return 0;
}

static void who_moves_is_left_alone(void **state)
{
	(void)state;
	struct scene s = begin();
	assert_int_equal(replaced_after(&s, 100, 100000, BEATS | PLAYS), 0);
	assert_int_equal(replaced_after(&s, 100, 100000, BEATS), 0); /* both workers are stopped: its own affair */
	assert_int_equal(replaced_after(&s, 2000, 100000, BEATS | PLAYS), 0);
}

static void a_stopped_one_is_replaced_within_a_second(void **state)
{
	(void)state;
	for (uint64_t step = 1; step <= 200; step++) {
		struct scene s = begin();
		uint64_t after = replaced_after(&s, step, 5000, 0);
		assert_true(after > 500 && after < 900);
	}
}

static void one_that_hangs_computing_is_replaced_too(void **state)
{
	(void)state;
	struct scene s = begin();
	assert_in_range(replaced_after(&s, 100, 5000, COMPUTES), 500, 900);
}

static void while_the_sound_goes_on_there_is_time(void **state)
{
	(void)state;
	struct scene s = begin();
	assert_int_equal(replaced_after(&s, 100, 2500, PLAYS), 0);
	assert_in_range(replaced_after(&s, 100, 5000, PLAYS), 100, 1000);
}

static void time_in_which_the_keeper_did_not_run_is_nobodys_fault(void **state)
{
	(void)state;
	struct scene s = begin();
	assert_int_equal(replaced_after(&s, 7200000, 7200000, 0), 0); /* the machine slept */
	assert_int_equal(replaced_after(&s, 100, 1000, BEATS | PLAYS), 0);
	assert_true(replaced_after(&s, 3600000, 100 * 3600000ull, 0) >= 3 * 3600000ull);
}

static void who_is_not_let_run_is_not_blamed(void **state)
{
	(void)state;
	struct scene s = begin();
	assert_int_equal(replaced_after(&s, 100, 60000, STARVES), 0);
	assert_in_range(replaced_after(&s, 100, 5000, 0), 500, 900);
}

static void a_start_may_take_longer_and_ends_too(void **state)
{
	(void)state;
	struct scene s = begin();
	s.starting = true;
	assert_int_equal(replaced_after(&s, 100, 4000, 0), 0);
	assert_in_range(replaced_after(&s, 100, 9000, 0), 100, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_moves_is_left_alone),
	    cmocka_unit_test(a_stopped_one_is_replaced_within_a_second),
	    cmocka_unit_test(one_that_hangs_computing_is_replaced_too),
	    cmocka_unit_test(while_the_sound_goes_on_there_is_time),
	    cmocka_unit_test(time_in_which_the_keeper_did_not_run_is_nobodys_fault),
	    cmocka_unit_test(who_is_not_let_run_is_not_blamed),
	    cmocka_unit_test(a_start_may_take_longer_and_ends_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
