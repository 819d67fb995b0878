/* seek.h — begins a replay at a checkpoint in the log's directory instead of at its first block. [setup, may block] */
#ifndef US_SEEK_H
#define US_SEEK_H

#include "replay.h"

/* Puts the replay, which is at block 0, as near before block `from` as a checkpoint is. One that is damaged, of another
 * build or of another session is passed over; without any it stays at block 0. */
void us_replay_seek(struct us_replay *replay, const char *directory, uint64_t from);

#endif
