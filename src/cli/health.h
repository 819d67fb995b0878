/* health.h — is a session well? vitals.c takes what there is to know about it, health.c judges it: pure, no clock, no
 * process. For `understudy status`, whose exit code a monitor reads, and `understudy doctor`. */
#ifndef US_HEALTH_H
#define US_HEALTH_H

#include "ipc/shm.h"

#include <stdbool.h>
#include <stdint.h>

enum us_health { US_HEALTHY, US_DEGRADED, US_DOWN };

struct us_vital { /* a process */
	bool alive;
	double still_s; /* its loop has not turned for so long */
};
enum us_log_state { US_LOG_NONE, US_LOG_WRITTEN, US_LOG_ENDED };
struct us_vitals {
	bool supervisor, keeper;
	double heartbeat_s;                      /* since the supervisor's main loop turned last */
	bool moves;                              /* a block was played while we looked */
	uint32_t workers;                        /* that live and have caught up */
	double alone_s, no_spare_s, no_device_s; /* 0: not so */
	struct us_vital control, recorder;
	enum us_log_state log;
	char log_path[US_PATH_BYTES], recorder_message[256], record_path[US_PATH_BYTES];
	uint32_t recording; /* enum us_recorder_state */
	uint64_t dropped_blocks;
	double disk_minutes; /* that what is written has room for; -1: nothing is written */
	double journal_used; /* shares of what there is, 0 to 1 */
	double faults_used, sounds_used;
	uint32_t quarantined;
	char device[128];
};

enum { US_FINDINGS = 20 };
struct us_finding {
	enum us_health health;
	const char *part;
	char text[400];
};
struct us_report {
	enum us_health health; /* the worst of all */
	uint32_t count;
	struct us_finding finding[US_FINDINGS];
};

/* [any] Looks for up to half a second whether it plays. */
void us_vitals_take(struct us_vitals *vitals, const struct us_session *session);
void us_health_judge(const struct us_vitals *vitals, struct us_report *report);
const char *us_health_name(enum us_health health);

#endif
