/* status.h — what `understudy status` shows: as one JSON object, and the figures that people see, too. */
#ifndef US_STATUS_H
#define US_STATUS_H

#include "health.h"

#include <jansson.h>

/* [any] A new reference each. Reads shared memory, and asks nobody. */
json_t *us_status_describe(const struct us_session *session, const struct us_vitals *vitals,
                           const struct us_report *report);
/* Names of the instances that are bypassed. */
json_t *us_status_quarantined(const struct us_session *session);
/* Share of a block's time that rendering takes, since the worker joined. */
double us_status_load(const struct us_session *session, const struct us_slot *slot);
/* "primary", "standby", "catching up", "absent" */
const char *us_status_role(const struct us_session *session, uint32_t slot);
/* status.c: what people see, on standard output. */
void us_status_say(const char *session);
/* status_master.c: the master meters of the primary; a new reference. And the same as a line on standard output. */
json_t *us_status_master(const struct us_session *session);
void us_status_master_print(const struct us_session *session);

#endif
