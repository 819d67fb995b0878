/* histogram.c — see histogram.h. Bucket 4·o + q holds 1 µs · 2^o · (1 + q/4) to the next. */
#include "histogram.h"

static uint32_t bucket_of(uint64_t ns)
{
	uint64_t us = ns / 1000;
	if (us < 1)
		return 0;
	uint32_t octave = 63 - (uint32_t)__builtin_clzll(us);
	uint32_t quarter = octave >= 2 ? (uint32_t)(us >> (octave - 2)) & 3 : (uint32_t)(us << (2 - octave)) & 3;
	uint32_t bucket = 4 * octave + quarter;
	return bucket < US_BUCKETS ? bucket : US_BUCKETS - 1;
}

static uint64_t upper_bound_ns(uint32_t bucket)
{
	uint64_t octave = bucket / 4, quarter = bucket % 4;
	return (1000ull << octave) * (5 + quarter) / 4;
}

US_REALTIME void us_histogram_add(struct us_histogram *h, uint64_t ns)
{
	atomic_fetch_add_explicit(&h->bucket[bucket_of(ns)], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->count, 1, memory_order_relaxed);
	atomic_store_explicit(&h->last_ns, ns, memory_order_relaxed);
	if (ns > atomic_load_explicit(&h->max_ns, memory_order_relaxed))
		atomic_store_explicit(&h->max_ns, ns, memory_order_relaxed);
}

uint64_t us_histogram_percentile(const struct us_histogram *h, double p)
{
	uint64_t total = 0, below = 0;
	for (uint32_t i = 0; i < US_BUCKETS; i++)
		total += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
	if (!total)
		return 0;
	double wanted = p / 100 * (double)total;
	uint64_t max = atomic_load_explicit(&h->max_ns, memory_order_relaxed);
	for (uint32_t i = 0; i < US_BUCKETS; i++) {
		below += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
		if ((double)below >= wanted)
			return upper_bound_ns(i) < max ? upper_bound_ns(i) : max;
	}
	return max;
}
