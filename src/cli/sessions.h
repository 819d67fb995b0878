/* sessions.h — what dead sessions left behind. */
#ifndef US_SESSIONS_H
#define US_SESSIONS_H

/* [setup] Removes segments and directories of sessions of this user that have no living process; never of others. */
void us_sessions_clean(void);

#endif
