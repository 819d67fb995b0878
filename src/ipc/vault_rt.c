/* vault_rt.c — see vault_rt.h. State goes EMPTY → WRITING → VALID; VALID is the last store (release) and pairs
 * with the acquire in us_vault_find. */
#include "vault_rt.h"

#include "hash.h"
#include "point.h"

#include <stdint.h>
#include <string.h>

enum { PAGE = 4096 };

static size_t round_up(size_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

size_t us_slot_bytes(struct us_vault_room room)
{
	return round_up(sizeof(struct us_slot)) + US_VAULT * (round_up(room.arena) + round_up(room.tape));
}

void *us_vault_bytes(const struct us_slot *slot, struct us_vault_room room, uint32_t index)
{
	return (char *)(uintptr_t)slot + round_up(sizeof(struct us_slot)) + index * round_up(room.arena);
}

void *us_vault_tape(const struct us_slot *slot, struct us_vault_room room, uint32_t index)
{
	return (char *)us_vault_bytes(slot, room, US_VAULT) + index * round_up(room.tape);
}

static bool valid(const struct us_checkpoint *c)
{
	return atomic_load_explicit(&c->state, memory_order_acquire) == US_CHECKPOINT_VALID;
}

/* Which of this slot's buffers are proven: bits. seq_cst: pairs with us_prove(), which looks at the state after it has
 * written the name. So either we see the name, or control sees that we write. */
US_REALTIME static uint32_t proven_in(const struct us_slot *slot, uint32_t slot_index, const struct us_house *house)
{
	uint32_t mask = 0;
	for (uint32_t i = 0; house && i < US_VAULT; i++) {
		const uint64_t place = atomic_load_explicit(&house->proven[i], memory_order_seq_cst);
		for (uint32_t v = 0; v < US_VAULT; v++)
			if (place == us_vault_place(slot->vault[v].block, slot_index, v))
				mask |= 1u << v;
	}
	return mask;
}

US_REALTIME uint32_t us_vault_next(const struct us_slot *slot, uint32_t slot_index, const struct us_house *house)
{
	const uint32_t proven = proven_in(slot, slot_index, house);
	if (proven == 1 || proven == 2)
		return proven == 1;
	if (proven == 3)
		return slot->vault[1].block < slot->vault[0].block;
	return valid(&slot->vault[0]) && (!valid(&slot->vault[1]) || slot->vault[1].block < slot->vault[0].block);
}

US_REALTIME struct us_checkpoint *us_vault_begin(struct us_slot *slot, uint32_t slot_index,
                                                 const struct us_house *house, struct us_vault_room room, void **bytes)
{
	for (;;) {
		const uint32_t index = us_vault_next(slot, slot_index, house);
		struct us_checkpoint *c = &slot->vault[index];
		const uint32_t before = atomic_load_explicit(&c->state, memory_order_relaxed);
		us_point();
		atomic_store_explicit(&c->state, US_CHECKPOINT_WRITING, memory_order_seq_cst);
		us_point();
		*bytes = us_vault_bytes(slot, room, index);
		const uint32_t proven = proven_in(slot, slot_index, house);
		if (!(proven >> index & 1) || proven == 3)
			return c;
		atomic_store_explicit(&c->state, before, memory_order_release); /* it has just been proven */
	}
}

/* Over the head as well: the wrong journal position is as bad as the wrong bytes. */
US_REALTIME static uint64_t hash_of(const struct us_checkpoint *c, const void *bytes)
{
	uint64_t part[] = {c->block,
	                   c->applied,
	                   c->layout_id,
	                   c->bytes,
	                   c->tape_bytes,
	                   c->tape_hash,
	                   us_hash(c->amended, sizeof c->amended),
	                   us_hash(bytes, c->bytes)};
	return us_hash(part, sizeof part);
}

US_REALTIME void us_vault_commit(struct us_checkpoint *c, const void *bytes)
{
	c->hash = hash_of(c, bytes);
	us_point();
	atomic_store_explicit(&c->state, US_CHECKPOINT_VALID, memory_order_release);
}

static bool find(struct us_slot *const slot[US_SLOTS], struct us_vault_room room, uint64_t layout_id, uint32_t n,
                 enum us_checkpoint_state state, struct us_found *found)
{
	struct us_found all[US_SLOTS * US_VAULT];
	uint32_t count = 0;
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		for (uint32_t v = 0; v < US_VAULT; v++) {
			struct us_found f = {.bytes = us_vault_bytes(slot[s], room, v),
			                     .tape = us_vault_tape(slot[s], room, v),
			                     .slot = s,
			                     .index = v};
			if (atomic_load_explicit(&slot[s]->vault[v].state, memory_order_acquire) != state)
				continue;
			memcpy(&f.head, (const void *)&slot[s]->vault[v], sizeof f.head);
			/* The copy is asked: its writer may be insane, and still at work. */
			if (f.head.bytes > room.arena || f.head.tape_bytes > room.tape ||
			    (layout_id && f.head.layout_id != layout_id))
				continue;
			uint32_t at = count++;
			for (; at > 0 && all[at - 1].head.block < f.head.block; at--)
				all[at] = all[at - 1];
			all[at] = f;
		}
	}
	if (n >= count)
		return false;
	*found = all[n];
	return true;
}

bool us_vault_find(struct us_slot *const slot[US_SLOTS], struct us_vault_room room, uint64_t layout_id, uint32_t n,
                   struct us_found *found)
{
	return find(slot, room, layout_id, n, US_CHECKPOINT_VALID, found);
}

bool us_vault_find_doubted(struct us_slot *const slot[US_SLOTS], struct us_vault_room room, uint64_t layout_id,
                           uint32_t n, struct us_found *found)
{
	return find(slot, room, layout_id, n, US_CHECKPOINT_DOUBTED, found);
}

bool us_vault_intact(const struct us_found *found, const void *copy)
{
	return hash_of(&found->head, copy) == found->head.hash;
}

uint64_t us_vault_keep(struct us_slot *const slot[US_SLOTS], const struct us_house *house)
{
	struct us_found found;
	const struct us_vault_room any = {SIZE_MAX / 8, SIZE_MAX / 8};
	if (!us_vault_find(slot, any, 0, 0, &found))
		return UINT64_MAX;
	uint64_t keep = found.head.applied;
	if (us_vault_find(slot, any, 0, 1, &found) && found.head.applied < keep)
		keep = found.head.applied;
	const uint64_t proven =
	    atomic_load_explicit(&house->proven_applied, memory_order_acquire); /* pairs with us_prove() */
	return proven < keep ? proven : keep;
}

void us_vault_sweep(struct us_slot *slot, struct us_vault_room room)
{
	for (uint32_t v = 0; v < US_VAULT; v++) {
		struct us_checkpoint *c = &slot->vault[v];
		if (c->bytes > room.arena || c->tape_bytes > room.tape ||
		    hash_of(c, us_vault_bytes(slot, room, v)) != c->hash)
			atomic_store_explicit(&c->state, US_CHECKPOINT_EMPTY, memory_order_release);
		else if (atomic_load_explicit(&c->state, memory_order_relaxed) == US_CHECKPOINT_WRITING)
			atomic_store_explicit(&c->state, US_CHECKPOINT_VALID, memory_order_release); /* not begun yet */
	}
}

US_REALTIME void us_vault_doubt(struct us_slot *slot, uint64_t block)
{
	for (uint32_t v = 0; v < US_VAULT; v++)
		if (valid(&slot->vault[v]) && slot->vault[v].block >= block)
			atomic_store_explicit(&slot->vault[v].state, US_CHECKPOINT_DOUBTED, memory_order_release);
}
