/* test_arbiter.c — who plays and who stands by, decided by the table in supervisor/arbiter_table.c. */
#include "../../supervisor/arbiter_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Workers 1 and 2 play, 3 waits. */
static struct us_cast full_house(void)
{
	struct us_cast cast = {0};
	us_cast_spare_ready(&cast, 1);
	us_cast_spare_ready(&cast, 2);
	us_cast_step(&cast, US_CAST_JOINED, 0);
	us_cast_step(&cast, US_CAST_JOINED, 1);
	us_cast_spare_ready(&cast, 3);
	return cast;
}

static void the_first_two_workers_take_the_slots_the_third_waits(void **state)
{
	(void)state;
	struct us_cast cast = full_house();
	assert_int_equal(cast.seat[0].id, 1);
	assert_int_equal(cast.seat[1].id, 2);
	assert_int_equal(cast.spares, 1);
	assert_int_equal(cast.spare[0], 3);
	assert_int_equal(us_cast_live_mask(&cast), 3);
}

static void when_the_primary_dies_the_standby_leads_and_the_spare_takes_the_slot(void **state)
{
	(void)state;
	struct us_cast cast = full_house();
	struct us_cast_orders o = us_cast_step(&cast, US_CAST_DIED, 0);
	assert_true(o.promote);
	assert_int_equal(o.promote_slot, 1);
	assert_true(o.assign);
	assert_int_equal(o.assign_slot, 0);
	assert_int_equal(o.assign_id, 3);
	assert_int_equal(us_cast_live_mask(&cast), 2);
	assert_int_equal(cast.spares, 0);
}

static void when_the_standby_dies_nobody_is_promoted(void **state)
{
	(void)state;
	struct us_cast cast = full_house();
	struct us_cast_orders o = us_cast_step(&cast, US_CAST_DIED, 1);
	assert_false(o.promote);
	assert_true(o.assign);
	assert_int_equal(o.assign_slot, 1);
}

static void when_both_die_the_spare_leads(void **state)
{
	(void)state;
	for (uint32_t first = 0; first < 2; first++) {
		struct us_cast cast = full_house();
		struct us_cast_orders a = us_cast_step(&cast, US_CAST_DIED, first);
		struct us_cast_orders b = us_cast_step(&cast, US_CAST_DIED, 1 - first);
		(void)a;
		(void)b;
		assert_int_equal(us_cast_live_mask(&cast), 0);
		assert_int_equal(cast.seat[cast.primary].state, US_SEAT_LOADING); /* gated by nobody */
		assert_int_equal(cast.seat[cast.primary].id, 3);
		struct us_cast_orders c = us_cast_spare_ready(&cast, 4);
		assert_true(c.assign);
		assert_int_equal(c.assign_slot, 1 - cast.primary);
	}
}

static void a_stalled_primary_is_relieved_only_by_a_live_standby(void **state)
{
	(void)state;
	struct us_cast cast = full_house();
	assert_true(us_cast_step(&cast, US_CAST_STALLED, 0).promote);
	assert_int_equal(cast.primary, 1);
	assert_false(us_cast_step(&cast, US_CAST_STALLED, 0).promote); /* it leads no more */
	us_cast_step(&cast, US_CAST_DIED, 0);
	assert_false(us_cast_step(&cast, US_CAST_STALLED, 1).promote); /* the other is still loading */
	assert_int_equal(cast.primary, 1);
}

static void a_lost_worker_counts_no_more_and_keeps_its_slot(void **state)
{
	(void)state;
	struct us_cast cast = full_house();
	struct us_cast_orders o = us_cast_step(&cast, US_CAST_LOST, 0);
	assert_true(o.promote);
	assert_false(o.assign);
	assert_int_equal(us_cast_live_mask(&cast), 2);
	assert_int_equal(cast.seat[0].id, 1);
	assert_int_equal(cast.spares, 1);
	assert_false(us_cast_step(&cast, US_CAST_JOINED, 0).assign);
	assert_int_equal(us_cast_live_mask(&cast), 2);
	o = us_cast_step(&cast, US_CAST_DIED, 0);
	assert_true(o.assign);
	assert_int_equal(o.assign_slot, 0);
	assert_false(o.promote);
}

static void who_comes_beside_a_lost_worker_leads(void **state)
{
	(void)state;
	struct us_cast cast = full_house();
	us_cast_step(&cast, US_CAST_LOST, 1);
	struct us_cast_orders o = us_cast_step(&cast, US_CAST_DIED, 0); /* the spare takes its slot, and leads */
	assert_true(o.assign);
	assert_int_equal(o.assign_slot, 0);
	assert_false(o.promote);
	assert_int_equal(cast.primary, 0);
	us_cast_step(&cast, US_CAST_LOST, 0); /* both */
	us_cast_spare_ready(&cast, 4);
	o = us_cast_step(&cast, US_CAST_DIED, 1);
	assert_true(o.assign);
	assert_int_equal(o.assign_slot, 1);
	assert_true(o.promote);
	assert_int_equal(o.promote_slot, 1);
}

static bool can_lead(const struct us_cast *cast, uint32_t slot)
{
	return cast->seat[slot].state == US_SEAT_LOADING || cast->seat[slot].state == US_SEAT_LIVE;
}

/* Every sequence of events up to a length, from the full house: what must always hold. */
static void walk(struct us_cast cast, uint64_t next_id, uint32_t depth)
{
	uint32_t p = cast.primary;
	assert_true(can_lead(&cast, p) || !can_lead(&cast, 1 - p));          /* somebody leads */
	assert_true(!cast.spares || (cast.seat[0].id && cast.seat[1].id));   /* no spare idles */
	assert_true(!cast.seat[0].id || cast.seat[0].id != cast.seat[1].id); /* one slot each */
	if (!depth)
		return;
	for (uint32_t slot = 0; slot < 2; slot++)
		for (uint32_t event = 0; event < US_CAST_EVENTS; event++) {
			struct us_cast next = cast;
			struct us_cast_orders o = us_cast_step(&next, (enum us_cast_event)event, slot);
			assert_true(!o.promote || o.promote_slot == next.primary);
			assert_true(o.promote == (next.primary != p));
			walk(next, next_id, depth - 1);
		}
	struct us_cast next = cast;
	us_cast_spare_ready(&next, next_id);
	walk(next, next_id + 1, depth - 1);
	if (cast.spares) {
		next = cast;
		us_cast_spare_died(&next, cast.spare[0]);
		walk(next, next_id, depth - 1);
	}
}

static void somebody_leads_whatever_happens_in_whatever_order(void **state)
{
	(void)state;
	walk(full_house(), 4, 6);
	walk((struct us_cast){0}, 1, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_two_workers_take_the_slots_the_third_waits),
	    cmocka_unit_test(when_the_primary_dies_the_standby_leads_and_the_spare_takes_the_slot),
	    cmocka_unit_test(when_the_standby_dies_nobody_is_promoted),
	    cmocka_unit_test(when_both_die_the_spare_leads),
	    cmocka_unit_test(a_stalled_primary_is_relieved_only_by_a_live_standby),
	    cmocka_unit_test(a_lost_worker_counts_no_more_and_keeps_its_slot),
	    cmocka_unit_test(who_comes_beside_a_lost_worker_leads),
	    cmocka_unit_test(somebody_leads_whatever_happens_in_whatever_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
