/* replica.h — what a block's grant says, and in which order it is carried out (include/understudy/record.h): the one
 * place for it. A replica follows a song from a source, which is the session's shared memory or a log, and knows how
 * far it has come. Workers and `understudy replay` render with it; the models of control and MIDI only follow. The
 * simulation's oracle is a second implementation on purpose. Floors: above engine and ipc, below all programs. */
#ifndef US_REPLICA_H
#define US_REPLICA_H

#include "engine/engine.h"
#include "ipc/layout.h"

#include <stdbool.h>

struct us_replica {
	struct us_engine *engine;
	uint64_t applied;                     /* journal position reached */
	uint32_t amended[US_AMENDMENT_LISTS]; /* amendments of each list that are carried out */
	bool on_trial;                        /* of the block that was followed last an amendment is a trial */
	uint64_t struck[US_JOURNAL / 64];     /* records that are not to be applied, by seq % US_JOURNAL; */
	uint32_t strikes; /* so many: who dies of a record dies in the block that it is granted for */
};

/* Where a song is written. What is called in a worker's block keeps the rules of real time. */
struct us_source_of_song {
	void *context;
	/* The amendment at `place` of a list; NULL: there is none yet. Asked in ascending order. */
	const struct us_amendment *(*amendment)(void *context, uint32_t list, uint32_t place);
	/* The journal position behind the records of `block`; asked after its amendments. */
	uint64_t (*granted)(void *context, uint64_t block);
	/* The record at `seq`; false: it cannot be read, and is passed over. */
	bool (*record)(void *context, uint64_t seq, struct us_record *record);
	/* What `block` hears; false: nothing. Only us_replica_render asks. */
	bool (*heard)(void *context, uint64_t block, float samples[US_SAMPLES]);
};

/* [rt] Amendments and records of `block`, which the engine is at. Of records that an amendment strikes out the engine
 * is told instead of carrying them out. */
US_REALTIME void us_replica_follow(struct us_replica *replica, const struct us_source_of_song *song, uint64_t block);
/* [rt] The same for the engine's next block, and renders it. */
US_REALTIME void us_replica_render(struct us_replica *replica, const struct us_source_of_song *song,
                                   float samples[US_SAMPLES]);

#endif
