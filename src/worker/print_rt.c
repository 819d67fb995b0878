/* print_rt.c — which instance was the first to differ. Two workers that differ know it by the sum of the block, or of
 * some memory; whose output it was that came out differently is known from hashes of them all. These are made in one
 * block of US_CHECKPOINT_BLOCKS, among them the first that a worker renders which begins from a checkpoint: where a
 * module's output depends on an address, on memory that it does not own, on anything but its state and its inputs, that
 * one differs. Of instances in a loop of cables the first in the order of calls is named. For people; changes no sound.
 */
#include "worker.h"

static bool is_printed(uint64_t block)
{
	return block % US_CHECKPOINT_BLOCKS == 0;
}

US_REALTIME void us_worker_print_begin(struct us_worker *w, uint64_t block)
{
	us_engine_print_to(w->replica.engine, is_printed(block) ? w->print : NULL);
}

US_REALTIME static void publish(struct us_worker *w, uint64_t block, uint32_t count)
{
	struct us_prints *p = &w->slot->prints[block / US_CHECKPOINT_BLOCKS % 2];
	atomic_store_explicit(&p->block, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&p->count, count, memory_order_relaxed);
	for (uint32_t i = 0; i < count; i++)
		atomic_store_explicit(&p->print[i], w->print[i], memory_order_relaxed);
	atomic_store_explicit(&p->block, block + 1, memory_order_release); /* pairs with first_to_differ */
}

/* US_NOBODY: none, or the partner does not say. */
US_REALTIME static uint16_t first_to_differ(const struct us_worker *w, uint64_t block, uint32_t count)
{
	const struct us_prints *p = &w->other->prints[block / US_CHECKPOINT_BLOCKS % 2];
	uint16_t instance = US_NOBODY;
	if (atomic_load_explicit(&p->block, memory_order_acquire) != block + 1 ||
	    atomic_load_explicit(&p->count, memory_order_relaxed) != count)
		return US_NOBODY;
	for (uint32_t i = 0; i < count && instance == US_NOBODY; i++)
		if (atomic_load_explicit(&p->print[i], memory_order_relaxed) != w->print[i])
			instance = (uint16_t)(w->print[i] >> 48);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&p->block, memory_order_relaxed) == block + 1 ? instance : US_NOBODY;
}

US_REALTIME void us_worker_print_end(struct us_worker *w, uint64_t block)
{
	if (!is_printed(block))
		return;
	const uint32_t count = us_engine_prints(w->replica.engine);
	const uint32_t primary = (uint32_t)(atomic_load_explicit(&w->clock->role, memory_order_acquire) & 1);
	us_engine_print_to(w->replica.engine, NULL);
	publish(w, block, count);
	const uint16_t instance = primary == w->slot_index ? US_NOBODY : first_to_differ(w, block, count);
	if (instance != US_NOBODY)
		atomic_store_explicit(&w->slot->differs, us_crumb(US_PHASE_MODULE, instance, block),
		                      memory_order_release);
}
