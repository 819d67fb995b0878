/* test_modules_wide.c — what every module that has a form for sixteen lanes promises there, beyond what test_wide
 * compares: it keeps within its bounds and its memory at the corners of its inputs. Where the machine is too narrow for
 * that form there is nothing to look at. */
#define US_FORM_LANES 16
#include "module_corners.h"

static int seen;

static void count(const struct us_module *m)
{
	(void)m;
	seen++;
}

static void visit(void (*corner)(const struct us_module *))
{
	seen = 0;
	rig_every_module(count);
	if (!seen)
		skip();
	rig_every_module(corner);
}

static void every_wide_form_stays_finite_and_bounded_at_all_corners(void **state)
{
	(void)state;
	visit(corners_visit);
}

static void every_wide_form_stays_finite_and_bounded_with_noise_on_every_input(void **state)
{
	(void)state;
	visit(corners_storm);
}

static void every_wide_form_outlives_what_is_no_number(void **state)
{
	(void)state;
	visit(corners_poison);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_wide_form_stays_finite_and_bounded_at_all_corners),
	    cmocka_unit_test(every_wide_form_stays_finite_and_bounded_with_noise_on_every_input),
	    cmocka_unit_test(every_wide_form_outlives_what_is_no_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
