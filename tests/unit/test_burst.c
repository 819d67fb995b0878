/* test_burst.c — what a device takes at once, told from the moments that its calls carry. */
#include "../../supervisor/burst_rt.h"
#include "ipc/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { WINDOW = 96000 };

/* Calls of `piece` frames, `period` of them at each moment. */
static uint32_t calls(struct us_burst *b, double *moment, uint32_t period, uint32_t piece, uint32_t frames)
{
	uint32_t expect = 0;
	for (uint32_t done = 0; done < frames; done += period, *moment += period / 48000.0)
		for (uint32_t in = 0; in < period; in += piece)
			expect = us_burst_note(b, *moment, piece < period - in ? piece : period - in, WINDOW);
	return expect;
}

static void calls_of_one_moment_are_one_period(void **state)
{
	static const uint32_t periods[] = {16, 64, 441, 480, 1024, 1920, 2048, 8192}, pieces[] = {16, 64, 128, 1024};
	(void)state;
	for (size_t p = 0; p < sizeof periods / sizeof periods[0]; p++)
		for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
			struct us_burst b = {0};
			double moment = 1;
			assert_int_equal(calls(&b, &moment, periods[p], pieces[i], 10 * periods[p]), periods[p]);
		}
}

static void a_longer_period_is_believed_at_once_and_a_shorter_one_after_a_while(void **state)
{
	struct us_burst b = {0};
	double moment = 1;
	(void)state;
	assert_int_equal(calls(&b, &moment, 256, 128, 4096), 256);
	assert_int_equal(calls(&b, &moment, 2048, 128, 2048), 2048);
	assert_int_equal(calls(&b, &moment, 256, 128, WINDOW / 2), 2048);
	assert_int_equal(calls(&b, &moment, 256, 128, 3 * WINDOW), 256);
}

static void a_device_that_tells_no_time_is_taken_call_by_call(void **state)
{
	struct us_burst b = {0};
	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(us_burst_note(&b, 0, 512, WINDOW), 512);
	for (int i = 0; i < 1000; i++) /* and one whose time stands still asks for no more than there is */
		assert_true(us_burst_note(&b, 5, 512, WINDOW) <= US_MAX_FRAMES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calls_of_one_moment_are_one_period),
	    cmocka_unit_test(a_longer_period_is_believed_at_once_and_a_shorter_one_after_a_while),
	    cmocka_unit_test(a_device_that_tells_no_time_is_taken_call_by_call),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
