/* sessions.h — what dead sessions left behind. */
#ifndef US_SESSIONS_H
#define US_SESSIONS_H

#include <stdint.h>
#include <time.h>

/* [any] Visits the sessions of this user that live. */
void us_sessions_each(void (*visit)(const char *session, void *context), void *context);

/* [any] Segments of this user that belong to no session that lives: what us_sessions_clean would remove. */
uint64_t us_sessions_leaked(void);

/* [setup] Removes segments and directories of sessions of this user that have no living process; never of others. */
void us_sessions_clean(void);

/* [setup] A session of this name whose supervisor and keeper are dead: ends those of its processes that still wait for
 * a successor, so that name and port are free. */
void us_session_end_orphans(const char *session);

/* [setup] The same for one session, by its own keeper, who is about to leave and does not count as living any more.
 * What somebody else has mapped stays, and what was there before `since`, which is of
 * CLOCK_REALTIME_COARSE as the times of files are. */
void us_session_clear_away(const char *session, const struct timespec *since);

#endif
