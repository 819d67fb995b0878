/* meters_rt.h — the master meters in the meter page of a worker's slot. Written by the worker in it, some ten times a
 * second; read by anybody. For people: the figures of one reading may be of two moments. */
#ifndef US_METERS_RT_H
#define US_METERS_RT_H

#include "layout.h"

#include <string.h>
#include <understudy/meters.h>

enum { US_METER_WORDS = sizeof(struct us_meters) / sizeof(uint64_t) };
_Static_assert(sizeof(struct us_meters) % sizeof(uint64_t) == 0, "whole words");

/* [rt] The worker in the slot. */
US_REALTIME static inline void us_meters_publish(struct us_slot *slot, const struct us_meters *meters)
{
	uint64_t word[US_METER_WORDS];
	memcpy(word, meters, sizeof word);
	for (uint32_t i = 0; i < US_METER_WORDS; i++)
		atomic_store_explicit(&slot->meter[i], word[i], memory_order_relaxed);
}

/* [any] Of a worker that has not published any yet: nothing is known. One out of its mind may have written anything. */
static inline void us_meters_read(const struct us_slot *slot, struct us_meters *meters)
{
	uint64_t word[US_METER_WORDS], any = 0;
	for (uint32_t i = 0; i < US_METER_WORDS; i++)
		any |= word[i] = atomic_load_explicit(&slot->meter[i], memory_order_relaxed);
	memcpy(meters, word, sizeof word);
	if (!any)
		*meters = (struct us_meters){.peak = US_METER_NONE,
		                             .true_peak = US_METER_NONE,
		                             .recent = US_METER_NONE,
		                             .momentary = US_METER_NONE,
		                             .short_term = US_METER_NONE,
		                             .integrated = US_METER_NONE,
		                             .limiter = 1};
}

#endif
