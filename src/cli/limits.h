/* limits.h — the resource limits (ulimit) of whoever starts a session, and what a session needs of them. */
#ifndef US_LIMITS_H
#define US_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <understudy/error.h>

enum { US_LIMIT_FILES = 64, US_LIMIT_TASKS = 16 }; /* descriptors of one process; threads of a whole session */

/* One limit: what is needed, and what there is to be had (UINT64_MAX: no limit). */
struct us_limit {
	const char *flag, *what, *unit; /* of ulimit; for people */
	uint64_t needed, allowed;
};
enum { US_LIMITS = 3 };

/* [setup] All of them, for a session of this rate and tape. */
void us_limits_read(struct us_limit limit[static US_LIMITS], uint32_t rate, size_t tape_bytes);
/* [setup] Raises what may be raised, for this process and its children. US_FAILED with the first limit that is too low
 * in words. */
int us_limits_prepare(uint32_t rate, size_t tape_bytes, struct us_err *err);

#endif
