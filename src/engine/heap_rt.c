/* heap_rt.c — memory inside the arena: first fit over a map with one bit per unit of 64 bytes. The same requests in
 * the same order give the same places everywhere. A search costs a word per 4 kB of arena that is in use. */
#include "inside.h"

#define GUARD_WORD 0x6472617567657475ull /* "uteguard" */

/* Unit 0 is never given away, so that offset 0 can mean nothing. */
void us_heap_reset(struct us_engine *e)
{
	memset(e->heap_map, 0, (e->head->heap_end + 63) / 64 * sizeof *e->heap_map);
	memset(e->heap, 0, US_UNIT);
	e->heap_map[0] = 1;
	e->head->heap_end = 1;
	e->head->heap_used = 1;
}

static uint32_t find(const struct us_engine *e, uint32_t need)
{
	uint32_t run = 0;
	for (uint32_t u = 0; u < e->heap_units;) {
		uint64_t word = e->heap_map[u / 64];
		if (u % 64 == 0 && word == ~0ull) {
			run = 0;
			u += 64;
			continue;
		}
		if (u % 64 == 0 && word == 0) {
			run += 64;
			u += 64;
		} else {
			run = word >> u % 64 & 1 ? 0 : run + 1;
			u++;
		}
		if (run >= need)
			return u - run;
	}
	return 0;
}

static void mark(struct us_engine *e, uint32_t first, uint32_t count, bool used)
{
	for (uint32_t u = first; u < first + count;) {
		uint32_t bits = 64 - u % 64;
		if (bits > first + count - u)
			bits = first + count - u;
		uint64_t mask = (bits == 64 ? ~0ull : (1ull << bits) - 1) << u % 64;
		e->heap_map[u / 64] = used ? e->heap_map[u / 64] | mask : e->heap_map[u / 64] & ~mask;
		u += bits;
	}
}

uint32_t us_heap_take(struct us_engine *e, size_t bytes)
{
	if (bytes > (size_t)e->heap_units * US_UNIT)
		return 0;
	uint32_t units = (uint32_t)(us_heap_round(bytes) / US_UNIT);
	uint32_t first = find(e, units);
	if (!first)
		return 0;
	mark(e, first, units, true);
	e->head->heap_used += units;
	if (first + units > e->head->heap_end)
		e->head->heap_end = first + units;
	memset(e->heap + (size_t)first * US_UNIT, 0, (size_t)units * US_UNIT);
	return first * US_UNIT;
}

void us_heap_give(struct us_engine *e, uint32_t offset, size_t bytes)
{
	if (!offset)
		return;
	uint32_t first = offset / US_UNIT, units = (uint32_t)(us_heap_round(bytes) / US_UNIT);
	mark(e, first, units, false);
	e->head->heap_used -= units;
	uint32_t end = e->head->heap_end;
	while (end % 64 && !(e->heap_map[end / 64] >> (end - 1) % 64 & 1))
		end--;
	while (end % 64 == 0 && end && !e->heap_map[end / 64 - 1])
		end -= 64;
	while (end && !(e->heap_map[(end - 1) / 64] >> (end - 1) % 64 & 1))
		end--;
	e->head->heap_end = end;
}

size_t us_heap_free(const struct us_engine *e)
{
	return (size_t)(e->heap_units - e->head->heap_used) * US_UNIT;
}

/* The place goes into the pattern: a state that was copied elsewhere with its guard is found out as well. */
void us_guard_write(struct us_engine *e, uint32_t offset)
{
	uint64_t *word = us_at(e, offset);
	for (uint32_t i = 0; i < US_GUARD_BYTES / sizeof *word; i++)
		word[i] = GUARD_WORD + offset;
}

bool us_guard_ok(const struct us_engine *e, uint32_t offset)
{
	const uint64_t *word = us_at(e, offset);
	uint64_t wrong = 0;
	for (uint32_t i = 0; i < US_GUARD_BYTES / sizeof *word; i++)
		wrong |= word[i] ^ (GUARD_WORD + offset);
	return !wrong;
}
