/* tap_rt.c — see tap_rt.h. The same seqlock as in slot_rt.c, with one trusted writer. */
#include "tap_rt.h"

#include <string.h>

enum { MARGIN = US_TAP / 8 }; /* what us_tap_oldest leaves for a reader to be slow in */

US_REALTIME void us_tap_write(struct us_tap *tap, const float *samples, uint32_t flags)
{
	uint64_t block = atomic_load_explicit(&tap->played, memory_order_relaxed);
	struct us_tap_block *t = &tap->ring[block % US_TAP];
	uint64_t word[US_SAMPLES / 2] = {0};
	if (samples)
		memcpy(word, samples, sizeof word);
	atomic_store_explicit(&t->seq, 0, memory_order_relaxed);
	for (uint32_t i = 0; i < US_SAMPLES / 2; i++)
		atomic_store_explicit(&t->word[i], word[i], memory_order_release);
	atomic_store_explicit(&t->flags, flags, memory_order_release);
	atomic_store_explicit(&t->seq, block + 1, memory_order_release);      /* pairs with us_tap_read */
	atomic_store_explicit(&tap->played, block + 1, memory_order_release); /* pairs with readers' acquire */
}

enum us_tap_read us_tap_read(const struct us_tap *tap, uint64_t block, float samples[US_SAMPLES], uint32_t *flags)
{
	if (block >= atomic_load_explicit(&tap->played, memory_order_acquire))
		return US_TAP_NOT_YET;
	const struct us_tap_block *t = &tap->ring[block % US_TAP];
	if (atomic_load_explicit(&t->seq, memory_order_acquire) != block + 1)
		return US_TAP_OVERTAKEN;
	uint64_t word[US_SAMPLES / 2];
	for (uint32_t i = 0; i < US_SAMPLES / 2; i++)
		word[i] = atomic_load_explicit(&t->word[i], memory_order_acquire);
	*flags = atomic_load_explicit(&t->flags, memory_order_acquire);
	if (atomic_load_explicit(&t->seq, memory_order_relaxed) != block + 1)
		return US_TAP_OVERTAKEN;
	memcpy(samples, word, sizeof word);
	return US_TAP_OK;
}

uint64_t us_tap_oldest(const struct us_tap *tap)
{
	uint64_t played = atomic_load_explicit(&tap->played, memory_order_acquire);
	return played > US_TAP - MARGIN ? played - (US_TAP - MARGIN) : 0;
}
