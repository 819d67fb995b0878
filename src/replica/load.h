/* load.h — where a replica begins: the newest checkpoint that loads, which is looked for here alone, or the beginning.
 * Used by workers, control's model, the MIDI client's and status. Floors: above engine and ipc, below whoever plays or
 * follows. */
#ifndef US_REPLICA_LOAD_H
#define US_REPLICA_LOAD_H

#include "ipc/shm.h"
#include "replica.h"

#include <stdbool.h>

/* What is wanted of a checkpoint. */
enum us_load_trust {
	US_LOAD_SOUND,    /* all in it makes sense */
	US_LOAD_AS_IT_IS, /* it need not: see us_engine_load_as_it_is */
	US_LOAD_DOUBTED   /* sound, but in doubt: see enum us_checkpoint_state */
};
struct us_load {
	uint64_t earliest, latest; /* its block is not below, nor above */
	uint64_t applied;          /* nor its journal position below it */
	enum us_load_trust trust;
	bool (*also)(void *context, const struct us_found *found); /* what else must load, or NULL */
	void *context;
};

/* [not rt, allocates nothing] Puts the replica where the newest checkpoint is that is as wanted and that loads, and
 * says which one it was. False: there is none, and it is where a session begins, empty. Its writer may be at work, or
 * insane. */
bool us_replica_load(struct us_replica *replica, const struct us_session *session, const struct us_load *load,
                     struct us_found *found);
/* [not rt] The same without a checkpoint: where the session has begun, or has begun afresh (US_AMEND_AFRESH). False:
 * its block is below `earliest`, or the journal does not reach back so far. */
bool us_replica_begin(struct us_replica *replica, const struct us_session *session, uint64_t earliest);
/* Only the engine's state, of one that has been found. */
bool us_replica_take(struct us_engine *engine, const struct us_found *found, enum us_load_trust trust);

#endif
