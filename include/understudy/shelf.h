/* shelf.h — tables of numbers that modules may read: samples, single waves, tunings. One flat piece of memory without a
 * pointer, shared read-only by everybody but its one writer. Tables are only ever added, and never change: a number,
 * once given, means the same bytes in every process for the rest of the session. */
#ifndef UNDERSTUDY_SHELF_H
#define UNDERSTUDY_SHELF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <understudy/module.h>

enum {
	US_TABLES = 256,
	US_TABLE_NAME_BYTES = 232,
	US_NO_TABLE = 0,
	US_SHELF_BYTES = 128 << 20, /* of address space; memory is taken as tables come */
};

struct us_shelf_entry {
	uint64_t offset; /* of its first value, in bytes from the start of struct us_shelf */
	uint32_t frames, channels;
	float rate;    /* frames a second; 0: not a sound */
	uint32_t mark; /* drawn from size and content: what tells a table from another one with its number */
	char name[US_TABLE_NAME_BYTES]; /* path of the file */
};
_Static_assert(sizeof(struct us_shelf_entry) == 256, "no hidden padding");

struct us_shelf {
	uint64_t bytes;         /* of all of it */
	_Atomic uint64_t used;  /* bytes below it hold something */
	_Atomic uint32_t count; /* tables 1 to count are there; raised (release) when one is complete */
	uint32_t pad;
	struct us_shelf_entry entry[US_TABLES];
};

/* Makes zeroed memory of so many bytes an empty shelf. The first table begins on a page of its own. */
static inline void us_shelf_format(struct us_shelf *shelf, uint64_t bytes)
{
	shelf->bytes = bytes;
	atomic_store_explicit(&shelf->used, (sizeof *shelf + 4095) / 4096 * 4096, memory_order_relaxed);
}

/* [rt] Where table `number` lies for this process; false if there is none. Trusts nothing that it reads. */
US_REALTIME static inline bool us_shelf_table(const struct us_shelf *shelf, uint32_t number, struct us_table *table)
{
	*table = (struct us_table){0};
	if (!shelf || number == US_NO_TABLE ||
	    number > atomic_load_explicit(&shelf->count, memory_order_acquire) || /* pairs with us_shelf_add */
	    number > US_TABLES)
		return false;
	const struct us_shelf_entry *e = &shelf->entry[number - 1];
	const uint64_t bytes = (uint64_t)e->frames * e->channels * sizeof(float);
	if (!e->frames || !e->channels || e->offset % sizeof(float) || e->offset > shelf->bytes ||
	    bytes > shelf->bytes - e->offset)
		return false;
	*table = (struct us_table){.value = (const float *)((const char *)shelf + e->offset),
	                           .frames = e->frames,
	                           .channels = e->channels,
	                           .rate = e->rate};
	return true;
}

#endif
