/* registry.h — which sessions exist on this machine, for people and for cleaning up.
 *
 * $XDG_RUNTIME_DIR/understudy/SESSION/registry.json (or /tmp/understudy-UID/SESSION/… where that variable is not set),
 * directory 0700, file 0600, written to a temporary name and renamed:
 *   { "session": "main", "nonce": "…", "supervisor": {"pid": 1, "start_ticks": 2}, "keeper": {…}, "osc_port": 5005,
 *     "segments": [ {"id": 0, "name": "/understudy.main.clock", "size": 1, "kind": "clock", "owner": "supervisor",
 *                    "created": "2026-01-01T00:00:00Z"}, … ] }
 * The supervisor writes it (it prints JSON, it never parses any). Reading and cleaning is in src/cli/sessions.c. */
#ifndef US_REGISTRY_H
#define US_REGISTRY_H

#include "shm.h"

#include <understudy/error.h>

/* The directory of all sessions, or of one (session may be NULL). */
void us_registry_directory(char path[static US_PATH_BYTES], const char *session);
/* [setup] Makes the directories and writes the file. Takes an advisory lock on SESSION/lock that lasts as long as
 * the returned descriptor (CLOEXEC); fails with "session NAME is in use" when somebody holds it. */
int us_registry_claim(const char *session, int *lock_fd, struct us_err *err);
int us_registry_write(const struct us_session *session, struct us_err *err);
/* Removes the file, the lock and the directory. */
void us_registry_remove(const char *session);

#endif
