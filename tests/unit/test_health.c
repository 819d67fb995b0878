/* test_health.c — promises of src/cli/health.c: whatever is amiss is found, named once, and weighed. */
#include "../../src/cli/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct us_vitals well = {.supervisor = true,
                                      .keeper = true,
                                      .heartbeat_s = .02,
                                      .moves = true,
                                      .workers = US_SLOTS,
                                      .control = {true, 0},
                                      .recorder = {true, 0},
                                      .disk_minutes = -1};

static void who_lacks_nothing_is_healthy(void **state)
{
	(void)state;
	struct us_report r;
	us_health_judge(&well, &r);
	assert_int_equal(r.health, US_HEALTHY);
	assert_int_equal(r.count, 0);
}

static void ails(struct us_vitals v, const char *part, enum us_health health, const char *words)
{
	struct us_report r;
	us_health_judge(&v, &r);
	assert_int_equal(r.health, health);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.finding[0].part, part);
	assert_int_equal(r.finding[0].health, health);
	if (!strstr(r.finding[0].text, words))
		fail_msg("'%s' says nothing of '%s'", r.finding[0].text, words);
}

#define AILS(part, health, words, ...)                                                                                 \
	do {                                                                                                           \
		struct us_vitals v = well;                                                                             \
		__VA_ARGS__;                                                                                           \
		ails(v, part, health, words);                                                                          \
	} while (0)

static void each_thing_that_is_amiss_is_named(void **state)
{
	(void)state;
	AILS("supervisor", US_DEGRADED, "keeper starts", v.supervisor = false);
	AILS("supervisor", US_DEGRADED, "stands still for 3.5 s", v.heartbeat_s = 3.5);
	AILS("keeper", US_DEGRADED, "nobody will restart", v.keeper = false);
	AILS("sound", US_DOWN, "no block", v.moves = false);
	AILS("workers", US_DOWN, "none lives", v.workers = 0);
	AILS("workers", US_DEGRADED, "alone, for 2.5 s", v.workers = 1, v.alone_s = 2.5);
	AILS("spare", US_DEGRADED, "for 4.0 s", v.no_spare_s = 4);
	AILS("device", US_DEGRADED, "gone for 7.0 s", v.no_device_s = 7);
	AILS("modules", US_DEGRADED, "2 instances are", v.quarantined = 2);
	AILS("control", US_DEGRADED, "not running", v.control.alive = false);
	AILS("control", US_DEGRADED, "still for 5.0 s", v.control.still_s = 5);
	AILS("recorder", US_DEGRADED, "not running", v.recorder.alive = false);
	AILS("recorder", US_DEGRADED, "still for 5.0 s", v.recorder.still_s = 5);
	AILS("log", US_DEGRADED, "the reason", v.log = US_LOG_ENDED, strcpy(v.recorder_message, "the reason"));
	AILS("recording", US_DEGRADED, "the reason", v.recording = US_RECORDER_FAILED,
	     strcpy(v.recorder_message, "the reason"));
	AILS("recording", US_DEGRADED, "9 blocks", v.dropped_blocks = 9);
	AILS("disk", US_DEGRADED, "3 more minutes", v.disk_minutes = 3);
	AILS("journal", US_DEGRADED, "80 %", v.journal_used = .8);
	AILS("faults", US_DEGRADED, "80 %", v.faults_used = .8);
	AILS("sounds", US_DEGRADED, "80 %", v.sounds_used = .8);
	struct us_vitals v = well;
	v.supervisor = v.keeper = false;
	ails(v, "supervisor", US_DOWN, "nobody will start");
}

static void the_worst_counts(void **state)
{
	(void)state;
	struct us_vitals v = well;
	struct us_report r;
	v.control.alive = false;
	v.moves = false;
	v.dropped_blocks = 1;
	us_health_judge(&v, &r);
	assert_int_equal(r.health, US_DOWN);
	assert_int_equal(r.count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_lacks_nothing_is_healthy),
	    cmocka_unit_test(each_thing_that_is_amiss_is_named),
	    cmocka_unit_test(the_worst_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
