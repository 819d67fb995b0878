/* test_keep.c — promises of supervisor/keep.c: when a log that does not get on is given up. */
#include "../../supervisor/keep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS 1000000ull
enum { ROOM = 16384 };

/* Commands come, `rate` a second; the log writes `speed` a second and stands still from `from` to `to`. Returns when it
 * is given up, in ms, 0: never; *fullest gets the largest lag. */
static uint64_t given_up_at(uint64_t rate, uint64_t speed, uint64_t from, uint64_t to, uint64_t *fullest)
{
	struct us_log_watch watch = {0};
	uint64_t tail = 0, logged = 0;
	*fullest = 0;
	for (uint64_t ms = 1; ms < 120000; ms++) {
		tail = rate * ms / 1000;
		if (ms < from || ms >= to)
			logged = logged + speed / 1000 < tail ? logged + speed / 1000 : tail;
		if (tail - logged > *fullest)
			*fullest = tail - logged;
		if (ms % 20 == 0 && us_log_watch_step(&watch, logged, tail, ROOM, ms * MS))
			return ms;
	}
	return 0;
}

static void one_that_stands_still_is_given_up_before_the_journal_is_full(void **state)
{
	(void)state;
	uint64_t fullest;
	assert_int_not_equal(given_up_at(500, 100000, 5000, UINT64_MAX, &fullest), 0);
	assert_true(fullest < ROOM);
	assert_int_not_equal(given_up_at(4000, 100000, 5000, UINT64_MAX, &fullest), 0);
	assert_true(fullest < ROOM);
	const uint64_t at = given_up_at(50000, 100000, 5000, UINT64_MAX, &fullest); /* the journal holds 0.3 s */
	assert_true(at > 5000 && at < 5000 + 1400);
}

static void one_that_gets_on_is_not(void **state)
{
	(void)state;
	uint64_t fullest;
	assert_int_equal(given_up_at(500, 100000, 5000, 25000, &fullest), 0); /* 10,000 records: they still fit */
	assert_int_equal(given_up_at(500, 100000, 0, 0, &fullest), 0);
	assert_int_equal(given_up_at(0, 0, 0, UINT64_MAX, &fullest), 0); /* no commands: nobody waits */
	assert_int_equal(given_up_at(50000, 20000, 0, 0, &fullest), 0);  /* slow: senders hear "busy", and it gets on */
}

static void time_in_which_nobody_looked_does_not_count(void **state)
{
	(void)state;
	struct us_log_watch watch = {0};
	for (uint64_t i = 1; i < 6; i++)
		assert_false(us_log_watch_step(&watch, 100, ROOM, ROOM, i * 3600000 * MS));
	assert_true(us_log_watch_step(&watch, 100, ROOM, ROOM, 6ull * 3600000 * MS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_that_stands_still_is_given_up_before_the_journal_is_full),
	    cmocka_unit_test(one_that_gets_on_is_not),
	    cmocka_unit_test(time_in_which_nobody_looked_does_not_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
