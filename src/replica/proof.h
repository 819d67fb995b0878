/* proof.h — a checkpoint counts when somebody has seen it load. [control]
 *
 * Whole is not enough: a module may have written where no guard stands, and what is saved then has its sum and is
 * refused by every loader. So control, the one who fills the journal, loads the newest checkpoint into an engine of its
 * own, a few times a second, and names it in struct us_house. The journal is kept from the newest one that is proven,
 * and no worker overwrites that: whatever dies, there is a state to go on from, and all that came after it. */
#ifndef US_REPLICA_PROOF_H
#define US_REPLICA_PROOF_H

#include "engine/engine.h"
#include "ipc/shm.h"

struct us_prover {
	struct us_engine *engine; /* for nothing else; NULL: what is whole counts as proven */
	uint64_t refused;         /* us_vault_place() of the newest that has not loaded; not tried again */
};

enum us_proof {
	US_PROOF_NOTHING_NEW,
	US_PROOF_PROVEN,
	US_PROOF_REFUSED, /* the newest one is whole and does not load */
};
/* One look at the newest checkpoint. Takes as long as loading does. */
enum us_proof us_prove(struct us_prover *prover, const struct us_session *session);
/* Blocks that have been played since the newest proven checkpoint. */
uint64_t us_proof_age(const struct us_session *session);

#endif
