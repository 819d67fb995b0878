/* shm.h — create, open and map the segments of a session. [setup] only: nothing here may run in the
 * callback or in a block. The supervisor creates; everybody else opens and checks. */
#ifndef US_SHM_H
#define US_SHM_H

#include "layout.h"
#include "vault_rt.h"

#include <stdbool.h>
#include <stddef.h>
#include <understudy/error.h>

enum us_access { US_READ, US_WRITE };

/* "clock", "journal", … */
const char *us_segment_name(enum us_segment_kind kind);
/* Writes "/understudy.SESSION.NAME" to `name`; returns it. */
const char *us_segment_path(char name[static 96], const char *session, enum us_segment_kind kind);
/* Bytes of a segment; slots depend on the size of arena and tapes. */
size_t us_segment_bytes(enum us_segment_kind kind, struct us_vault_room room);

/* The segment's file: only if it is an ordinary file of this user. `flags` as for open(2). -1 with errno, EPERM when it
 * is somebody else's. Never waits, whatever lies in its place. */
int us_shm_file(const char *session, enum us_segment_kind kind, int flags);

/* Makes a new segment of zeros with its header, mode 0600, all its memory reserved (ENOSPC is an error here,
 * not a SIGBUS later), mapped writable. Fails if the name exists. */
int us_shm_create(void **memory, const char *session, enum us_segment_kind kind, struct us_vault_room room,
                  uint64_t nonce, struct us_err *err);

/* Maps an existing segment and checks magic, version, kind, size and nonce (nonce 0: any). */
int us_shm_open(void **memory, const char *session, enum us_segment_kind kind, uint64_t nonce, enum us_access access,
                struct us_err *err);

/* Touches every page of the mapping's first `bytes` (0: all) from this process, so that later accesses take no fault.
 * Each process must do so for itself, and what it touches counts as its own in `ps`. */
void us_shm_prefault(const void *memory, size_t bytes, enum us_access access);
/* The same for any memory of this process. */
void us_memory_prefault(const void *memory, size_t bytes, enum us_access access);

/* Makes sure of the memory behind bytes begin to end of a segment that is larger than what was reserved. */
int us_shm_reserve(const char *session, enum us_segment_kind kind, uint64_t begin, uint64_t end, struct us_err *err);

/* From now on this process cannot write the segment's head: whoever opens the segment later must find it as it was. */
void us_shm_seal(void *memory);

void us_shm_close(void *memory);
/* Removes the segment's name, if the memory behind it is of the session with this nonce (0: of any): who cleans up
 * never takes the memory of another session that has the same name. */
void us_shm_unlink(const char *session, enum us_segment_kind kind, uint64_t nonce);
/* The nonce of the segment that has this name now; 0 if there is none, or it cannot be read. */
uint64_t us_shm_nonce(const char *session, enum us_segment_kind kind);

/* Supervisor and keeper hold the session's memory while they live, each for itself, as long as the descriptor is
 * open (-1: there is no such memory, or it is of another session; nonce 0: of any). The kernel ends it with the
 * process, and tells it to those too who cannot see the process (another PID namespace). */
int us_shm_hold(const char *session, uint64_t nonce);
/* Is it held, by whomever (nonce 0: of any session of this name)? */
bool us_shm_held(const char *session, uint64_t nonce);

/* All segments of a session, as one process sees them. Pointers of segments that it did not open are NULL. */
struct us_session {
	struct us_clock *clock;
	struct us_journal *journal;
	struct us_house *house;
	struct us_slot *slot[US_SLOTS];
	struct us_tap *tap;
	struct us_recorder *recorder;
	struct us_shelf_segment *shelf;
	struct us_ear *ear;
	uint64_t nonce;
	char name[US_SESSION_BYTES];
};

/* Where `session` keeps its pointer to a segment. */
void **us_segment_place(struct us_session *session, enum us_segment_kind kind);

/* Opens the session's segments read-only, but `writable` (a bit per enum us_segment_kind) writable. Used by
 * workers, control, recorder and clients. Fails with "no session NAME" when there is none. */
int us_session_open(struct us_session *session, const char *name, unsigned writable, struct us_err *err);
void us_session_close(struct us_session *session);

/* 1 to 31 of [A-Za-z0-9_-]. */
bool us_session_name_ok(const char *name);

/* [any] Whoever renders what was played from an earlier block on does not find all of its grants, or what it heard:
 * they are being overwritten. */
uint64_t us_session_reach(const struct us_session *session);

#endif
