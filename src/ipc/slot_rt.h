/* slot_rt.h — the block ring between a worker and the callback.
 *
 * Writer: the worker in the slot, which may be insane or dead in the middle of a word. Reader: the callback, and the
 * standby, which compares. So a reader copies first and validates the copy: the right block, of the worker that is
 * known to own the slot, untouched while it was copied, finite, within [-1, 1], with its hash.
 * The sequence word is a seqlock over atomic words, without fences: ThreadSanitizer can follow it. */
#ifndef US_SLOT_RT_H
#define US_SLOT_RT_H

#include "layout.h"

#include <stdbool.h>

/* What two workers compare of a block: its samples, and a portion of the arena behind it. */
struct us_digest {
	uint64_t sound, state;
};

/* [rt, worker] Publishes `block` and raises the slot's bell. `epoch` is the worker's id. */
US_REALTIME void us_slot_publish(struct us_slot *slot, uint64_t block, uint64_t epoch, uint64_t applied,
                                 const struct us_digest *digest, const float samples[US_SAMPLES]);

enum us_take { US_TAKE_OK, US_TAKE_MISSING, US_TAKE_BAD };
/* [rt, callback] Copies `block`. It may be of the worker `id` that has the slot now, or of any that had it before: ids
 * grow, and what a dead worker published still counts. MISSING: not there (yet). BAD: there, but it does not pass. */
US_REALTIME enum us_take us_slot_take(const struct us_slot *slot, uint64_t block, uint64_t id,
                                      float samples[US_SAMPLES]);

/* [rt, standby] What the ring states for `block`, and who wrote it; false if the ring does not hold it. */
US_REALTIME bool us_slot_digest(const struct us_slot *slot, uint64_t block, struct us_digest *digest, uint64_t *epoch);

#endif
