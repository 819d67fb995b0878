/* test_child.c — promises of supervisor/child.c: control is there within its wait and a second, whatever killed the
 * ones before; and only one that stands still is killed. */
#include "../../supervisor/child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ull
#define SECOND (1000 * MS)
enum { TURN_MS = 20 };

/* A child in a world without processes: it needs `boot_ms` to come up, then its loop turns, if it turns at all. */
struct world {
	struct us_child_life life;
	uint64_t now, turns;
	bool alive, hangs;
	uint64_t boot_ms, born_ns;
	uint32_t starts, kills;
	uint64_t last_start_ns;
};

static void dies(struct world *w)
{
	if (!w->alive)
		return;
	w->alive = false;
	us_child_step(&w->life, US_CHILD_ENDED, w->turns, w->now);
}

static bool answers(const struct world *w)
{
	return w->alive && !w->hangs && w->now - w->born_ns >= w->boot_ms * MS;
}

/* One millisecond; the supervisor looks every TURN_MS. */
static void pass(struct world *w)
{
	w->now += MS;
	if (answers(w))
		w->turns++;
	if (w->now / MS % TURN_MS)
		return;
	switch (us_child_step(&w->life, US_CHILD_LOOK, w->turns, w->now)) {
	case US_CHILD_START:
		w->alive = true;
		w->born_ns = w->last_start_ns = w->now;
		w->starts++;
		us_child_step(&w->life, US_CHILD_STARTED, w->turns, w->now);
		break;
	case US_CHILD_KILL:
		w->kills++;
		dies(w);
		break;
	case US_CHILD_WAIT:
		break;
	}
}

static void pass_ms(struct world *w, uint64_t ms)
{
	while (ms--)
		pass(w);
}

/* From here on nothing kills and nothing hangs: it answers within the longest wait and a second, and is left alone. */
static void comes_back(struct world *w)
{
	const uint64_t wait = w->life.backoff_ns, until = w->now + wait + SECOND;
	const uint32_t kills = w->kills;
	w->hangs = false;
	while (!answers(w) && w->now < until)
		pass(w);
	assert_true(answers(w));
	pass_ms(w, 60000);
	assert_true(answers(w));
	assert_int_equal(w->kills, kills);
}

static void it_is_back_after_a_loop_of_kills(void **state)
{
	(void)state;
	for (uint64_t seconds = 1; seconds < 60; seconds++)
		for (uint64_t boot = 1; boot < 500; boot += 170) {
			struct world w = {.now = 77 * SECOND, .boot_ms = boot};
			for (uint64_t ms = 0; ms < seconds * 1000; ms++) {
				pass(&w);
				if (ms % 5 == 0)
					dies(&w);
			}
			comes_back(&w);
		}
}

static void it_is_back_whatever_killed_the_ones_before(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed < 3000; seed++) {
		struct world w = {.now = seed * SECOND, .boot_ms = seed * 7 % 400};
		srand(seed);
		for (uint32_t deeds = (uint32_t)rand() % 12; deeds; deeds--) {
			pass_ms(&w, (uint64_t)(rand() % (rand() % 2 ? 12000 : 60)));
			if (rand() % 3)
				dies(&w);
			else
				w.hangs = rand() % 2;
			if (rand() % 8 == 0)
				us_child_step(&w.life, US_CHILD_REFUSED, w.turns, w.now), w.alive = false;
			if (rand() % 8 == 0)
				w.now += (uint64_t)rand() % 100 * SECOND; /* the machine slept */
		}
		if (w.hangs) /* it may have to be found out first */
			pass_ms(&w, 10200);
		comes_back(&w);
	}
}

static void one_that_stands_still_is_killed_and_another_one_started(void **state)
{
	(void)state;
	struct world w = {.now = SECOND};
	pass_ms(&w, 20000);
	assert_int_equal(w.starts, 1);
	w.hangs = true;
	pass_ms(&w, 9900);
	assert_int_equal(w.kills, 0);
	pass_ms(&w, 200);
	assert_int_equal(w.kills, 1);
	comes_back(&w);
	assert_int_equal(w.starts, 2);
}

static void time_in_which_nobody_looked_is_no_idleness(void **state)
{
	(void)state;
	struct world w = {.now = SECOND};
	pass_ms(&w, 100);
	w.hangs = true;
	for (int i = 0; i < 49; i++) {
		w.now += 3600 * SECOND;
		pass_ms(&w, 20);
	}
	assert_int_equal(w.kills, 0);
}

static void waits_grow_to_five_seconds_and_are_forgotten(void **state)
{
	(void)state;
	static const uint64_t ms[] = {0, 50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000};
	struct us_child_life life = {0};
	uint64_t now = SECOND;
	for (size_t i = 0; i < sizeof ms / sizeof ms[0]; i++) {
		us_child_step(&life, US_CHILD_STARTED, 0, now);
		us_child_step(&life, US_CHILD_ENDED, 0, now);
		now += ms[i] * MS;
		if (ms[i])
			assert_int_equal(us_child_step(&life, US_CHILD_LOOK, 0, now - 1), US_CHILD_WAIT);
		assert_int_equal(us_child_step(&life, US_CHILD_LOOK, 0, now), US_CHILD_START);
	}
	us_child_step(&life, US_CHILD_STARTED, 0, now);
	now += US_CHILD_STEADY_NS + 1;
	us_child_step(&life, US_CHILD_ENDED, 0, now);
	assert_int_equal(us_child_step(&life, US_CHILD_LOOK, 0, now), US_CHILD_START);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_is_back_after_a_loop_of_kills),
	    cmocka_unit_test(it_is_back_whatever_killed_the_ones_before),
	    cmocka_unit_test(one_that_stands_still_is_killed_and_another_one_started),
	    cmocka_unit_test(time_in_which_nobody_looked_is_no_idleness),
	    cmocka_unit_test(waits_grow_to_five_seconds_and_are_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
