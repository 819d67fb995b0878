/* slot_rt.c — see slot_rt.h. */
#include "slot_rt.h"

#include "futex.h"
#include "hash.h"
#include "point.h"

#include <string.h>

US_REALTIME void us_slot_publish(struct us_slot *slot, uint64_t block, uint64_t epoch, uint64_t applied,
                                 const struct us_digest *digest, const float samples[US_SAMPLES])
{
	struct us_ring_block *r = &slot->ring[block % US_RING];
	uint64_t word[US_SAMPLES / 2];
	memcpy(word, samples, sizeof word);

	/* A reader that sees any new word also sees this 0 or the final seq, never the old one on both sides:
	 * each word is a release store that follows the 0, and pairs with the reader's acquire loads. */
	us_point();
	atomic_store_explicit(&r->seq, 0, memory_order_relaxed);
	for (uint32_t i = 0; i < US_SAMPLES / 2; i++) {
		if (i % 16 == 0)
			us_point();
		atomic_store_explicit(&r->word[i], word[i], memory_order_release);
	}
	atomic_store_explicit(&r->epoch, epoch, memory_order_release);
	atomic_store_explicit(&r->applied, applied, memory_order_release);
	atomic_store_explicit(&r->state, digest->state, memory_order_release);
	atomic_store_explicit(&r->hash, digest->sound, memory_order_release);
	us_point();
	atomic_store_explicit(&r->seq, block + 1, memory_order_release); /* pairs with us_slot_take */

	us_point();
	atomic_store_explicit(&slot->published, block + 1, memory_order_release);  /* [gate]; pairs with the standby */
	atomic_fetch_add_explicit(&slot->published_bell, 1, memory_order_release); /* the arbiter raises it, too */
	us_futex_wake(&slot->published_bell);
}

/* NaN fails every comparison, so one test covers finite and bounded. */
static bool in_range(const float samples[US_SAMPLES])
{
	bool ok = true;
	for (uint32_t i = 0; i < US_SAMPLES; i++)
		ok &= samples[i] >= -1.0f && samples[i] <= 1.0f;
	return ok;
}

US_REALTIME enum us_take us_slot_take(const struct us_slot *slot, uint64_t block, uint64_t id,
                                      float samples[US_SAMPLES])
{
	const struct us_ring_block *r = &slot->ring[block % US_RING];
	if (atomic_load_explicit(&r->seq, memory_order_acquire) != block + 1)
		return US_TAKE_MISSING;
	uint64_t word[US_SAMPLES / 2];
	for (uint32_t i = 0; i < US_SAMPLES / 2; i++)
		word[i] = atomic_load_explicit(&r->word[i], memory_order_acquire);
	uint64_t writer = atomic_load_explicit(&r->epoch, memory_order_acquire);
	uint64_t hash = atomic_load_explicit(&r->hash, memory_order_acquire);
	if (atomic_load_explicit(&r->seq, memory_order_relaxed) != block + 1)
		return US_TAKE_MISSING;
	memcpy(samples, word, sizeof word);
	bool good = writer && writer <= id && us_hash(word, sizeof word) == hash && in_range(samples);
	return good ? US_TAKE_OK : US_TAKE_BAD;
}

US_REALTIME bool us_slot_digest(const struct us_slot *slot, uint64_t block, struct us_digest *digest, uint64_t *epoch)
{
	const struct us_ring_block *r = &slot->ring[block % US_RING];
	if (atomic_load_explicit(&r->seq, memory_order_acquire) != block + 1)
		return false;
	digest->sound = atomic_load_explicit(&r->hash, memory_order_acquire);
	digest->state = atomic_load_explicit(&r->state, memory_order_acquire);
	*epoch = atomic_load_explicit(&r->epoch, memory_order_acquire);
	return atomic_load_explicit(&r->seq, memory_order_relaxed) == block + 1;
}
