/* registry.h — which sessions exist on this machine, for people and for cleaning up.
 *
 * $XDG_RUNTIME_DIR/understudy/SESSION/registry.json (or in /dev/shm/understudy-UID/SESSION where that is not set),
 * directory 0700, file 0600, written to a temporary name and renamed:
 *   { "session": "main", "nonce": "…", "supervisor": {"pid": 1, "start_ticks": 2}, "keeper": {…}, "osc_port": 5005,
 *     "segments": [ {"id": 0, "name": "/understudy.main.clock", "size": 1, "kind": "clock", "owner": "supervisor",
 *                    "created": "2026-01-01T00:00:00Z"}, … ],
 *     "code": [ {"name": "saw.so", "kind": "module", "size": 1, "sha256": "…"}, … ] }
 * Beside it lie the descriptions of the session's modules (engine/describe.h), for its clients.
 * The supervisor writes both (it prints JSON, it never parses any). Reading and cleaning is in src/cli/sessions.c. */
#ifndef US_REGISTRY_H
#define US_REGISTRY_H

#include "code.h"
#include "shm.h"

#include <understudy/error.h>

/* The directory of all sessions, or of one (session may be NULL): its name, for people. Files in it are reached through
 * the two calls below. */
void us_registry_directory(char path[static US_PATH_BYTES], const char *session);
/* The directory of all sessions, or of one, open: only if it is a directory, no link, of this user, and nobody else may
 * write to it. -1 with errno: ENOENT when there is none, EPERM when it is not ours. Never waits. */
int us_registry_open(const char *session);
/* A file in such a directory: only if it is an ordinary file of this user. `flags` as for open(2). -1 with errno. Never
 * waits: not for a pipe that lies in its place either. */
int us_registry_file(int directory_fd, const char *file, int flags);
/* [setup] Makes the directories and writes the file. Takes an advisory lock on SESSION/lock that lasts as long as
 * the returned descriptor (CLOEXEC); fails with "session NAME is in use" when somebody holds it. */
int us_registry_claim(const char *session, int *lock_fd, struct us_err *err);
int us_registry_write(const struct us_session *session, const struct us_code *code, struct us_err *err);
/* Removes the files, the lock and the directory. */
void us_registry_remove(const char *session);

#endif
