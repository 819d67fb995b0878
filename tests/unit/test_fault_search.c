/* test_fault_search.c — promises of supervisor/fault_search.c: whatever kills in one block without a name, it is found,
 * in few tries, and little else goes with it. The test is the block: it knows what kills, and lets each worker die of
 * it, or leave when it is without. */
#include "../../supervisor/failover.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { BLOCK = 1000, FIRST_RECORD = 40, MOST_TRIES = 3 + 2 * 8 + 2 * 11 };

/* It kills if all of `a` and `b` are there (together), or if one of them is. -1: the state itself kills. */
struct killer {
	enum fault_blame kind;
	int64_t a, b;
	bool together;
	uint32_t records;
};

static bool without(const struct fault *f, enum fault_blame kind, int64_t who)
{
	const int64_t first = kind == BLAME_RECORD ? (int64_t)f->seq : f->instance;
	return f->blame == kind && first <= who && who <= first + f->more;
}

static bool kills(const struct killer *k, const struct fault *tried)
{
	const bool a = !without(tried, k->kind, k->a), b = !without(tried, k->kind, k->b);
	return k->a < 0 || (k->together ? a && b : a || b);
}

/* From the first death to the verdict; how many workers it took. */
static uint32_t search(struct fault_search *s, const struct killer *k, struct fault *verdict)
{
	const struct failover_slot slot = {.granted_before = FIRST_RECORD,
	                                   .granted_records = FIRST_RECORD + k->records};
	struct fault tried = {.blame = BLAME_NONE};
	for (uint32_t deaths = 1; deaths < 100; deaths++) {
		struct fault f = {.instance = US_NOBODY};
		if (kills(k, &tried)) {
			f.signal = SIGSEGV;
			f.cause = SIGSEGV;
			f.block = BLOCK;
			f.believed = true;
		} else {
			f.status = US_EXIT_TRIED;
			f.cause = US_CAUSE_EXIT;
		}
		const enum fault_search_step step = fault_search(s, &f, &slot, BLOCK, true);
		if (f.blame != BLAME_NONE && !f.trial) {
			*verdict = f;
			return deaths;
		}
		assert_int_equal(step == SEARCH_RESTS, deaths == 1);
		assert_int_equal(f.trial, deaths > 1);
		tried = f;
	}
	fail_msg("it never ends");
	return 0;
}

static void find(const struct killer *k, int64_t first, uint32_t more)
{
	struct fault_search s = {0};
	struct fault verdict;
	const uint32_t tries = search(&s, k, &verdict);
	assert_true(tries <= MOST_TRIES);
	assert_int_equal(verdict.blame, k->kind);
	assert_int_equal(verdict.block, BLOCK);
	assert_int_equal(verdict.cause, SIGSEGV);
	assert_int_equal(k->kind == BLAME_RECORD ? (int64_t)verdict.seq : verdict.instance, first);
	assert_int_equal(verdict.more, more);
	assert_int_equal(s.kind, SEARCH_NONE);
}

static void one_record_among_any_number_is_found_alone(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= US_GRANT_RECORDS; n += n < 20 ? 1 : 59)
		for (uint32_t i = 0; i < n; i += n < 20 ? 1 : 7) {
			const int64_t it = FIRST_RECORD + i;
			find(&(struct killer){.kind = BLAME_RECORD, .a = it, .b = it, .together = true, .records = n},
			     it, 0);
		}
}

static void one_instance_is_found_alone_also_beside_innocent_records(void **state)
{
	(void)state;
	for (uint32_t records = 0; records <= 2; records++)
		for (int64_t i = 0; i < US_INDICES; i += i < 4 || i > US_INDICES - 8 ? 1 : 97)
			find(
			    &(struct killer){
				.kind = BLAME_INSTANCE, .a = i, .b = i, .together = true, .records = records},
			    i, 0);
}

static void of_two_that_kill_only_together_one_goes(void **state)
{
	(void)state;
	for (int64_t a = 0; a < 40; a += 3)
		for (int64_t b = a + 1; b < 60; b += 7)
			find(&(struct killer){.kind = BLAME_INSTANCE, .a = a, .b = b, .together = true}, b, 0);
}

static void of_two_that_kill_each_alone_both_go_with_what_lies_between_them(void **state)
{
	(void)state;
	for (int64_t a = 0; a < 2000; a += 333)
		for (int64_t b = a + 1; b < US_INDICES; b += 401)
			find(&(struct killer){.kind = BLAME_INSTANCE, .a = a, .b = b}, a, (uint32_t)(b - a));
}

static void where_nothing_helps_the_state_is_to_blame(void **state)
{
	(void)state;
	for (uint32_t records = 0; records <= US_GRANT_RECORDS; records += 64) {
		struct fault_search s = {0};
		struct fault verdict;
		const uint32_t tries = search(&s, &(struct killer){.a = -1, .records = records}, &verdict);
		assert_int_equal(verdict.blame, BLAME_STATE);
		assert_int_equal(tries, records ? 4 : 3);
	}
}

/* A breadcrumb that lies names the same one again and again: who is bypassed already is not at work. */
static void who_is_named_in_vain_is_not_believed_for_ever(void **state)
{
	(void)state;
	const struct failover_slot slot = {0};
	struct fault_search s = {0};
	for (uint32_t deaths = 1; deaths <= 3; deaths++) {
		struct fault f = {.blame = BLAME_INSTANCE,
		                  .instance = 7,
		                  .cause = SIGSEGV,
		                  .signal = SIGSEGV,
		                  .block = BLOCK,
		                  .believed = true};
		fault_search(&s, &f, &slot, BLOCK, true);
		assert_int_equal(f.blame, deaths == 2 ? BLAME_NONE : BLAME_INSTANCE);
		assert_int_equal(f.trial, deaths == 3);
		assert_int_equal(f.more, deaths == 3 ? US_INDICES - 1 : 0);
	}
}

/* Nor are two that are named by turns, or ever new ones. */
static void names_that_do_not_help_are_believed_a_few_times(void **state)
{
	(void)state;
	const struct failover_slot slot = {0};
	for (uint32_t different = 2; different <= 64; different *= 2) {
		struct fault_search s = {0};
		uint32_t named = 0, deaths = 0;
		for (; s.kind == SEARCH_NONE; deaths++) {
			assert_true(deaths < 100);
			struct fault f = {.blame = BLAME_INSTANCE,
			                  .instance = (uint16_t)(deaths % different),
			                  .cause = SIGSEGV,
			                  .signal = SIGSEGV,
			                  .block = BLOCK,
			                  .believed = true};
			fault_search(&s, &f, &slot, BLOCK, true);
			named += f.blame == BLAME_INSTANCE && !f.trial;
		}
		assert_int_equal(named, different < FAULT_NAMES ? different : FAULT_NAMES);
		assert_int_equal(deaths, named + 2);
	}
}

/* Not of deaths that are nobody's fault, nor of two in different blocks. */
static void nothing_is_searched_for_without_need(void **state)
{
	(void)state;
	const struct failover_slot slot = {0};
	struct fault_search s = {0};
	for (uint64_t block = BLOCK; block < BLOCK + 20; block++) {
		struct fault killed = {.signal = SIGKILL}, other = {.cause = SIGSEGV, .block = block, .believed = true};
		assert_int_equal(fault_search(&s, &killed, &slot, block, true), SEARCH_RESTS);
		assert_int_equal(fault_search(&s, &other, &slot, block, true), SEARCH_RESTS);
		assert_int_equal(killed.blame, BLAME_NONE);
		assert_int_equal(other.blame, BLAME_NONE);
	}
}

/* What others have published meanwhile is not rewritten. */
static void a_search_ends_when_its_block_is_published(void **state)
{
	(void)state;
	const struct failover_slot slot = {0};
	struct fault_search s = {0};
	for (uint32_t i = 0; i < 2; i++) {
		struct fault f = {.cause = SIGSEGV, .block = BLOCK, .believed = true};
		fault_search(&s, &f, &slot, BLOCK, true);
	}
	assert_int_equal(s.kind, SEARCH_INSTANCES);
	struct fault tried = {.status = US_EXIT_TRIED, .cause = US_CAUSE_EXIT};
	assert_int_equal(fault_search(&s, &tried, &slot, BLOCK + 1, true), SEARCH_RESTS);
	assert_int_equal(s.kind, SEARCH_NONE);
	assert_int_equal(tried.blame, BLAME_NONE);
}

/* The list of amendments is nearly full: what is left of it is for culprits that are named. A search that is under way
 * goes on. */
static void no_search_is_begun_without_room_for_it(void **state)
{
	(void)state;
	const struct failover_slot slot = {0};
	struct fault_search s = {0};
	for (uint32_t i = 0; i < 10; i++) {
		struct fault f = {.cause = SIGSEGV, .block = BLOCK, .believed = true};
		assert_int_equal(fault_search(&s, &f, &slot, BLOCK, i == 8), i < 8    ? SEARCH_RESTS
		                                                             : i == 8 ? SEARCH_BEGINS
		                                                                      : SEARCH_GOES_ON);
		assert_int_equal(f.trial, i == 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_record_among_any_number_is_found_alone),
	    cmocka_unit_test(one_instance_is_found_alone_also_beside_innocent_records),
	    cmocka_unit_test(of_two_that_kill_only_together_one_goes),
	    cmocka_unit_test(of_two_that_kill_each_alone_both_go_with_what_lies_between_them),
	    cmocka_unit_test(where_nothing_helps_the_state_is_to_blame),
	    cmocka_unit_test(who_is_named_in_vain_is_not_believed_for_ever),
	    cmocka_unit_test(names_that_do_not_help_are_believed_a_few_times),
	    cmocka_unit_test(nothing_is_searched_for_without_need),
	    cmocka_unit_test(no_search_is_begun_without_room_for_it),
	    cmocka_unit_test(a_search_ends_when_its_block_is_published),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
