/* replay.h — what a session played, rendered again from its log, block after block. For `understudy replay`, and for
 * tests that ask the same question. [any thread, not rt] */
#ifndef US_REPLAY_H
#define US_REPLAY_H

#include "ipc/log.h"
#include "replica/replica.h"

struct us_replay {
	struct us_replica
	    replica; /* its engine at block 0 and empty, with rate, arena, tapes and shelf as in the log's head */
	const struct us_log *log;
	struct us_shelf *shelf; /* the engine's, empty; it is filled as the records name tables */
	struct us_replay_list {
		uint64_t at, before; /* a place in log->amendment, and how many of the list lie before it */
	} list[US_AMENDMENT_LISTS];
	uint64_t grant; /* place in log->grant */
	uint64_t play;  /* the run that the current block is in */
	uint64_t gaps;  /* blocks so far that nobody could play */
};

/* Renders the engine's next block, which is below log->blocks. A gap is silence, as it was. */
void us_replay_block(struct us_replay *replay, float samples[US_SAMPLES]);

/* Puts on the shelf what the records before `applied` have put there last; and the table that a record names, which
 * may take the place of one that nobody wanted any more. What is not in the log or damaged is not there. */
void us_replay_tables(struct us_replay *replay, uint64_t applied);
void us_replay_table(struct us_replay *replay, const struct us_record *record);

#endif
