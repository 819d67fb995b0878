/* shelf.c — see shelf.h. */
#include "shelf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ALIGN = 4096 }; /* each table on pages of its own: who has touched its pages has touched nobody else's */

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static uint64_t bytes_of(const struct us_goods *g)
{
	return (uint64_t)g->frames * g->channels * sizeof(float);
}

static uint32_t draw_mark(const struct us_goods *g)
{
	uint64_t h = 0x9fb21c651e98df25u ^ ((uint64_t)g->frames << 32 | g->channels);
	uint32_t bits;
	memcpy(&bits, &g->rate, sizeof bits);
	h ^= bits;
	for (size_t i = 0; i < (size_t)g->frames * g->channels; i++) {
		memcpy(&bits, &g->value[i], sizeof bits);
		h = (h ^ bits) * 0xff51afd7ed558ccdu;
		h ^= h >> 29;
	}
	const uint32_t mark = (uint32_t)(h ^ h >> 32);
	return mark ? mark : 1;
}

static uint32_t find(const struct us_shelf *shelf, const struct us_goods *g, uint32_t mark)
{
	const uint32_t count = atomic_load_explicit(&shelf->count, memory_order_acquire);
	for (uint32_t i = 0; i < count; i++) {
		const struct us_shelf_entry *e = &shelf->entry[i];
		if (e->mark == mark && e->frames == g->frames && e->channels == g->channels &&
		    memcmp((const char *)shelf + e->offset, g->value, bytes_of(g)) == 0)
			return i + 1;
	}
	return US_NO_TABLE;
}

int us_shelf_room(const struct us_shelf *shelf, const struct us_goods *g, uint64_t *begin, uint64_t *end,
                  struct us_err *err)
{
	*begin = atomic_load_explicit(&shelf->used, memory_order_relaxed);
	*end = *begin + round_up(bytes_of(g));
	if (*end > shelf->bytes)
		return us_fail(err, "%s has %llu kB, %llu kB are free for files in this session", g->name,
		               (unsigned long long)bytes_of(g) / 1024,
		               (unsigned long long)(shelf->bytes - *begin) / 1024);
	if (atomic_load_explicit(&shelf->count, memory_order_relaxed) == US_TABLES)
		return us_fail(err, "%d files are loaded, more do not fit into a session", US_TABLES);
	return US_OK;
}

int us_shelf_add(struct us_shelf *shelf, const struct us_goods *g, uint32_t *number, struct us_err *err)
{
	uint64_t begin, end;
	const uint32_t count = atomic_load_explicit(&shelf->count, memory_order_relaxed);
	for (size_t i = 0; i < (size_t)g->frames * g->channels; i++)
		if (!isfinite(g->value[i]))
			return us_fail(err, "%s holds values that are no finite numbers", g->name);
	if (!bytes_of(g))
		return us_fail(err, "%s is empty", g->name);
	const uint32_t mark = draw_mark(g);
	*number = find(shelf, g, mark);
	if (*number != US_NO_TABLE)
		return US_OK;
	if (us_shelf_room(shelf, g, &begin, &end, err))
		return US_FAILED;
	memcpy((char *)shelf + begin, g->value, bytes_of(g));
	struct us_shelf_entry *e = &shelf->entry[count];
	*e = (struct us_shelf_entry){
	    .offset = begin, .frames = g->frames, .channels = g->channels, .rate = g->rate, .mark = mark};
	snprintf(e->name, sizeof e->name, "%s", g->name);
	atomic_store_explicit(&shelf->used, end, memory_order_release);
	atomic_store_explicit(&shelf->count, count + 1, memory_order_release); /* pairs with us_shelf_table */
	*number = count + 1;
	return US_OK;
}

uint32_t us_shelf_mark(const struct us_shelf *shelf, uint32_t number)
{
	struct us_table table;
	return us_shelf_table(shelf, number, &table) ? shelf->entry[number - 1].mark : 0;
}
