/* ear_rt.c — see ear_rt.h. */
#include "ear_rt.h"

#include <string.h>

US_REALTIME void us_ear_write(struct us_ear *ear, uint64_t block, const float samples[US_SAMPLES])
{
	struct us_ear_block *b = &ear->ring[block % US_EAR];
	uint64_t word;
	atomic_store_explicit(&b->seq, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (uint32_t i = 0; i < US_SAMPLES / 2; i++) {
		memcpy(&word, samples + 2 * i, sizeof word);
		atomic_store_explicit(&b->word[i], word, memory_order_relaxed);
	}
	atomic_store_explicit(&b->seq, block + 1, memory_order_release); /* pairs with us_ear_read */
}

US_REALTIME bool us_ear_read(const struct us_ear *ear, uint64_t block, float samples[US_SAMPLES])
{
	memset(samples, 0, US_SAMPLES * sizeof *samples);
	if (!ear || !ear->on)
		return false;
	const struct us_ear_block *b = &ear->ring[block % US_EAR];
	if (atomic_load_explicit(&b->seq, memory_order_acquire) != block + 1)
		return false;
	for (uint32_t i = 0; i < US_SAMPLES / 2; i++) {
		const uint64_t word = atomic_load_explicit(&b->word[i], memory_order_relaxed);
		memcpy(samples + 2 * i, &word, sizeof word);
	}
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&b->seq, memory_order_relaxed) == block + 1)
		return true;
	memset(samples, 0, US_SAMPLES * sizeof *samples);
	return false;
}
