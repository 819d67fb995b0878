/* vault_rt.h — checkpoints: where a worker's state lies so that the next worker can go on from it.
 *
 * Each slot has a vault of two buffers, A and B, written only by the worker in that slot. A writer takes the
 * buffer that is not its newest valid one, so a death in the middle of a copy never costs the last good one.
 * A loader takes the newest valid checkpoint of all slots whose layout fits and whose bytes still have their
 * hash; a torn or scribbled one is passed over. */
#ifndef US_VAULT_RT_H
#define US_VAULT_RT_H

#include "layout.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a slot segment whose checkpoints hold up to `room.arena` bytes of arena, and behind them the tapes. */
struct us_vault_room {
	size_t arena, tape;
};
size_t us_slot_bytes(struct us_vault_room room);
static inline struct us_vault_room us_vault_room(const struct us_clock *clock)
{
	return (struct us_vault_room){clock->arena_bytes, clock->tape_bytes};
}

/* [any] Where the bytes of checkpoint `index` lie, and its copy of the tapes. */
void *us_vault_bytes(const struct us_slot *slot, struct us_vault_room room, uint32_t index);
void *us_vault_tape(const struct us_slot *slot, struct us_vault_room room, uint32_t index);

/* A checkpoint as struct us_house names it. */
static inline uint64_t us_vault_place(uint64_t block, uint32_t slot, uint32_t index)
{
	return (block + 1) << 2 | slot << 1 | index;
}
/* [rt, worker] The checkpoint to write next, marked WRITING, and where its bytes go. It is not the newest that is
 * valid, and none that is proven to load, as long as there is another. `slot_index`: which slot it is; house NULL:
 * nothing is proven. */
US_REALTIME struct us_checkpoint *us_vault_begin(struct us_slot *slot, uint32_t slot_index,
                                                 const struct us_house *house, struct us_vault_room room, void **bytes);
/* [rt, worker] Which one that would be, without any mark. */
US_REALTIME uint32_t us_vault_next(const struct us_slot *slot, uint32_t slot_index, const struct us_house *house);
/* [rt, worker] Declares it valid; block, applied, layout_id, bytes and amended are set, the hash is computed here. */
US_REALTIME void us_vault_commit(struct us_checkpoint *checkpoint, const void *bytes);

/* A checkpoint as a reader found it: a private copy of the head, and a pointer to the shared bytes. */
struct us_found {
	struct us_checkpoint head;
	const void *bytes, *tape;
	uint32_t slot, index;
};
/* [any] The n-th newest valid checkpoint (n from 0) of all slots with this layout id (0: any); false when there is
 * none. The bytes may be overwritten while they are copied: copy them, then ask us_vault_intact about the copy. */
bool us_vault_find(struct us_slot *const slot[US_SLOTS], struct us_vault_room room, uint64_t layout_id, uint32_t n,
                   struct us_found *found);
/* [any] Is this private copy what was checkpointed? */
bool us_vault_intact(const struct us_found *found, const void *copy);

/* [main loop] The journal position from which records must be kept: what the newest checkpoint needs that is proven to
 * load, and what the second newest valid one needs, so that there is one to fall back on. UINT64_MAX when there is no
 * valid one. */
uint64_t us_vault_keep(struct us_slot *const slot[US_SLOTS], const struct us_house *house);

/* [worker] Before the first block in a slot that is ours now: what a predecessor has left there and is not whole counts
 * as nothing. */
void us_vault_sweep(struct us_slot *slot, struct us_vault_room room);

/* [any] The same for those in doubt: what is left when no valid one loads, and no worker lives. */
bool us_vault_find_doubted(struct us_slot *const slot[US_SLOTS], struct us_vault_room room, uint64_t layout_id,
                           uint32_t n, struct us_found *found);

/* [rt, worker] Checkpoints of `block` and later are in doubt from now on. */
US_REALTIME void us_vault_doubt(struct us_slot *slot, uint64_t block);

#endif
