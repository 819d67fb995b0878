/* shelf.h — tables of numbers that modules may read: samples, single waves, tunings. One flat piece of memory without a
 * pointer, shared read-only by everybody but its one writer.
 *
 * A table never changes, and its number is its own: a place on the shelf, and how often that place was filled. So a
 * number, once given, means the same bytes in every process, or nothing any more. A table goes when nobody can want it
 * again (its writer knows, see src/control/sounds.c); then its place and its memory serve the next one. */
#ifndef UNDERSTUDY_SHELF_H
#define UNDERSTUDY_SHELF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <understudy/module.h>

enum {
	US_TABLES = 256, /* places: so many at a time */
	US_TABLE_NAME_BYTES = 224,
	US_NO_TABLE = 0,
	US_SHELF_BYTES = 128 << 20, /* of address space; memory is taken as tables come */
	US_SHELF_PAGE = 4096,       /* each table on pages of its own */
};

enum us_shelf_flags {
	US_SHELF_HELD = 1,    /* its memory is not free: it is there, or somebody may still be reading what was */
	US_SHELF_STRANGE = 2, /* another than the session's user has put it there */
	US_SHELF_SPARE = 4,   /* only undo still wants it: it gives way */
};

struct us_shelf_entry {
	uint64_t offset; /* of its first value, in bytes from the start of struct us_shelf */
	uint32_t frames, channels;
	float rate;      /* frames a second; 0: not a sound */
	uint32_t mark;   /* drawn from size and content: what tells a table from another one with its number */
	uint32_t number; /* that it has, or had: generation * US_TABLES + place */
	uint32_t flags;  /* enum us_shelf_flags */
	char name[US_TABLE_NAME_BYTES]; /* path of the file */
};
_Static_assert(sizeof(struct us_shelf_entry) == 256, "no hidden padding");

struct us_shelf {
	uint64_t bytes;                  /* of all of it */
	_Atomic uint64_t used;           /* bytes from here on have never held anything */
	_Atomic uint32_t now[US_TABLES]; /* number of the table in each place; stored last (release); 0: none */
	struct us_shelf_entry entry[US_TABLES];
};

/* Where the first table may begin: on a page of its own. */
static inline uint64_t us_shelf_begin(void)
{
	return (sizeof(struct us_shelf) + US_SHELF_PAGE - 1) / US_SHELF_PAGE * US_SHELF_PAGE;
}

/* Makes zeroed memory of so many bytes an empty shelf. */
static inline void us_shelf_format(struct us_shelf *shelf, uint64_t bytes)
{
	shelf->bytes = bytes;
	atomic_store_explicit(&shelf->used, us_shelf_begin(), memory_order_relaxed);
}

/* [rt] A copy of what is said of table `number`; false if there is no such table, also if it goes at this moment. */
US_REALTIME static inline bool us_shelf_entry(const struct us_shelf *shelf, uint32_t number, struct us_shelf_entry *e)
{
	if (!shelf || number == US_NO_TABLE)
		return false;
	const _Atomic uint32_t *now = &shelf->now[number % US_TABLES];
	if (atomic_load_explicit(now, memory_order_acquire) != number) /* pairs with us_shelf_add */
		return false;
	memcpy(e, &shelf->entry[number % US_TABLES], sizeof *e);
	atomic_thread_fence(memory_order_acquire); /* what is asked now is not older than what was copied */
	return atomic_load_explicit(now, memory_order_relaxed) == number;
}

/* [rt] Do the values of this entry lie within the shelf? Trusts nothing. */
US_REALTIME static inline bool us_shelf_fits(const struct us_shelf *shelf, const struct us_shelf_entry *e)
{
	const uint64_t bytes = (uint64_t)e->frames * e->channels;
	return e->frames && e->channels && e->offset % sizeof(float) == 0 && e->offset <= shelf->bytes &&
	       bytes <= (shelf->bytes - e->offset) / sizeof(float);
}

/* [rt] Where table `number` lies for this process; false if there is none. Trusts nothing that it reads. */
US_REALTIME static inline bool us_shelf_table(const struct us_shelf *shelf, uint32_t number, struct us_table *table)
{
	struct us_shelf_entry e;
	*table = (struct us_table){0};
	if (!us_shelf_entry(shelf, number, &e) || !us_shelf_fits(shelf, &e))
		return false;
	*table = (struct us_table){.value = (const float *)((const char *)shelf + e.offset),
	                           .frames = e.frames,
	                           .channels = e.channels,
	                           .rate = e.rate};
	return true;
}

/* [rt] The mark of a table, 0 if there is none. */
US_REALTIME static inline uint32_t us_shelf_mark(const struct us_shelf *shelf, uint32_t number)
{
	struct us_shelf_entry e;
	return us_shelf_entry(shelf, number, &e) ? e.mark : 0;
}

#endif
