/* sessions.h — what dead sessions left behind. */
#ifndef US_SESSIONS_H
#define US_SESSIONS_H

/* [setup] Removes segments and directories of sessions of this user that have no living process; never of others. */
void us_sessions_clean(void);

/* [setup] The same for one session, by its own keeper, who is about to leave and does not count as living any more.
 * What somebody else has mapped stays. */
void us_session_clear_away(const char *session);

#endif
