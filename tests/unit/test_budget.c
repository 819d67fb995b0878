/* test_budget.c — promises of what a sender may ask: one cannot use up what belongs to others, an address elsewhere is
 * never sent more than a trickle, who has shown the token is bound by nothing, and all of it grows again. */
#include "control/budget.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* after the standard headers */
#include <cmocka.h>

#define SECOND 1000000000ull
static struct us_budget budget;

static union us_source from(const char *address, uint16_t port)
{
	union us_source s;
	memset(&s, 0, sizeof s);
	if (inet_pton(AF_INET, address, &s.in.sin_addr) == 1) {
		s.in.sin_family = AF_INET;
		s.in.sin_port = htons(port);
	} else {
		assert_int_equal(inet_pton(AF_INET6, address, &s.in6.sin6_addr), 1);
		s.in6.sin6_family = AF_INET6;
		s.in6.sin6_port = htons(port);
	}
	return s;
}

static int begin(void **state)
{
	(void)state;
	memset(&budget, 0, sizeof budget);
	return 0;
}

/* How much work of 3 ms each is done at one moment. */
static uint32_t work(const union us_source *who, uint64_t now)
{
	uint32_t n = 0;
	for (; n < 10000 && us_budget_may_work(&budget, who, now); n++)
		us_budget_worked(&budget, who, now, 3000000);
	return n;
}

/* How many bytes are sent to it, in answers of 1,000. */
static uint64_t answers(const union us_source *who, uint64_t now)
{
	uint64_t n = 0;
	while (n < 100u << 20 && us_budget_may_answer(&budget, who, now, 1000))
		n += 1000;
	return n;
}

static void work_of_one_is_bounded_and_grows_again(void **state)
{
	const union us_source a = from("127.0.0.1", 1000), b = from("127.0.0.1", 1001);
	(void)state;
	assert_in_range(work(&a, SECOND), 30, 40); /* 0.1 s */
	assert_int_equal(work(&a, SECOND), 0);
	assert_in_range(work(&b, SECOND), 30, 40); /* another one is not the worse for it */
	assert_in_range(work(&a, 2 * SECOND), 30, 40);
}

static void many_ports_together_are_bounded_too(void **state)
{
	uint32_t all = 0;
	(void)state;
	for (uint16_t port = 1000; port < 1100; port++) {
		const union us_source s = from("127.0.0.1", port);
		all += work(&s, SECOND);
	}
	assert_in_range(all, 90, 110); /* 0.3 s, and not a hundred times 0.1 */
}

static void who_is_known_is_bound_by_nothing(void **state)
{
	const union us_source a = from("127.0.0.1", 1000), stranger = from("127.0.0.1", 1001);
	(void)state;
	work(&stranger, SECOND);
	us_budget_know(&budget, &a, SECOND);
	assert_int_equal(work(&a, SECOND), 10000);
	assert_true(answers(&a, SECOND) >= 100u << 20);
	assert_in_range(work(&a, 62 * SECOND), 30, 40); /* for a minute */
}

static void an_address_elsewhere_is_sent_a_trickle(void **state)
{
	const union us_source a = from("192.0.2.1", 53), other_port = from("192.0.2.1", 80), b = from("192.0.2.2", 53);
	(void)state;
	assert_in_range(answers(&a, SECOND), 60000, 70000);
	assert_int_equal(answers(&other_port, SECOND), 0); /* it is the same machine that hears it */
	assert_in_range(answers(&b, SECOND), 60000, 70000);
	assert_in_range(answers(&a, 2 * SECOND), 10000, 17000);
	uint64_t all = 0;
	for (int host = 10; host < 250; host++) {
		char address[20];
		snprintf(address, sizeof address, "192.0.3.%d", host);
		const union us_source s = from(address, 53);
		all += answers(&s, 2 * SECOND);
	}
	assert_in_range(all, 100000, 300000); /* and many together a little more */
	const union us_source v6 = from("2001:db8::1", 53), neighbour = from("2001:db8::2", 53);
	answers(&v6, 10 * SECOND);
	assert_int_equal(answers(&neighbour, 10 * SECOND), 0);
}

static void on_this_machine_answers_are_plenty(void **state)
{
	const union us_source a = from("127.0.0.1", 1000), b = from("::1", 1000);
	(void)state;
	assert_true(answers(&a, SECOND) > 10u << 20);
	assert_true(answers(&b, SECOND) > 10u << 20);
}

static void some_seats_are_the_owners_alone(void **state)
{
	(void)state;
	assert_int_equal(us_seats_for(US_FROM_OWNER, 32), 32);
	assert_int_equal(us_seats_for(US_FROM_HERE, 32), 24);
	assert_int_equal(us_seats_for(US_FROM_ELSEWHERE, 32), 8);
}

#define PROMISE(name) cmocka_unit_test_setup(name, begin)
int main(void)
{
	const struct CMUnitTest tests[] = {
	    PROMISE(work_of_one_is_bounded_and_grows_again), PROMISE(many_ports_together_are_bounded_too),
	    PROMISE(who_is_known_is_bound_by_nothing),       PROMISE(an_address_elsewhere_is_sent_a_trickle),
	    PROMISE(on_this_machine_answers_are_plenty),     PROMISE(some_seats_are_the_owners_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
