/* shelf.c — see shelf.h. */
#include "shelf.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static uint64_t round_up(uint64_t bytes)
{
	return (bytes + US_SHELF_PAGE - 1) / US_SHELF_PAGE * US_SHELF_PAGE;
}

static uint64_t bytes_of(const struct us_goods *g)
{
	return (uint64_t)g->frames * g->channels * sizeof(float);
}

/* Pages of an entry that is held. */
static uint64_t extent_of(const struct us_shelf_entry *e)
{
	return round_up((uint64_t)e->frames * e->channels * sizeof(float));
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

int us_shelf_check(const struct us_goods *g, struct us_err *err)
{
	for (size_t i = 0; i < (size_t)g->frames * g->channels; i++)
		if (!isfinite(g->value[i]))
			return us_fail(err, "%s holds values that are no finite numbers", g->name);
	return bytes_of(g) ? US_OK : us_fail(err, "%s is empty", g->name);
}

static uint32_t now(const struct us_shelf *shelf, uint32_t place)
{
	return atomic_load_explicit(&shelf->now[place], memory_order_relaxed); /* our own */
}

static uint32_t find(const struct us_shelf *shelf, const struct us_goods *g, uint32_t mark)
{
	for (uint32_t i = 0; i < US_TABLES; i++) {
		const struct us_shelf_entry *e = &shelf->entry[i];
		if (now(shelf, i) && e->mark == mark && e->frames == g->frames && e->channels == g->channels &&
		    memcmp((const char *)shelf + e->offset, g->value, bytes_of(g)) == 0)
			return now(shelf, i);
	}
	return US_NO_TABLE;
}

uint32_t us_shelf_find(const struct us_shelf *shelf, const struct us_goods *g)
{
	return find(shelf, g, draw_mark(g));
}

struct us_shelf_load us_shelf_load(const struct us_shelf *shelf, uint32_t flags)
{
	struct us_shelf_load load = {0};
	for (uint32_t i = 0; i < US_TABLES; i++) {
		const struct us_shelf_entry *e = &shelf->entry[i];
		if (!(e->flags & US_SHELF_HELD) || (e->flags & flags) != flags)
			continue;
		load.tables++;
		load.bytes += extent_of(e);
	}
	return load;
}

/* The held entry that reaches into these bytes; NULL: none. */
static struct us_shelf_entry *who_holds(struct us_shelf *shelf, uint64_t begin, uint64_t end)
{
	for (uint32_t i = 0; i < US_TABLES; i++) {
		struct us_shelf_entry *e = &shelf->entry[i];
		if (e->flags & US_SHELF_HELD && e->offset < end && begin < e->offset + extent_of(e))
			return e;
	}
	return NULL;
}

/* The lowest gap: what is used stays together, and a worker has little to touch. */
int us_shelf_room(const struct us_shelf *shelf, const struct us_goods *g, uint64_t *begin, uint64_t *end,
                  struct us_err *err)
{
	const struct us_shelf_load load = us_shelf_load(shelf, 0);
	const struct us_shelf_entry *e;
	if (load.tables == US_TABLES)
		return us_fail(err, "%d files are in use, more do not fit into a session at a time", US_TABLES);
	*begin = us_shelf_begin();
	*end = *begin + round_up(bytes_of(g));
	while (*end <= shelf->bytes && (e = who_holds((struct us_shelf *)(uintptr_t)shelf, *begin, *end))) {
		*begin = e->offset + extent_of(e);
		*end = *begin + round_up(bytes_of(g));
	}
	if (*end <= shelf->bytes)
		return US_OK;
	return us_fail(err, "%s has %llu kB, %llu kB are free for files in this session", g->name,
	               (unsigned long long)bytes_of(g) / 1024,
	               (unsigned long long)(shelf->bytes - us_shelf_begin() - load.bytes) / 1024);
}

static uint32_t free_place(const struct us_shelf *shelf)
{
	uint32_t place = 0;
	while (shelf->entry[place].flags & US_SHELF_HELD)
		place++;
	return place;
}

/* How often a place was filled: never 0. */
static uint32_t next_number(const struct us_shelf *shelf, uint32_t place)
{
	const uint32_t generation = shelf->entry[place].number / US_TABLES + 1;
	return (generation < UINT32_MAX / US_TABLES ? generation : 1) * US_TABLES + place;
}

static void put(struct us_shelf *shelf, const struct us_shelf_entry *e, const float *value)
{
	const uint32_t place = e->number % US_TABLES;
	const uint64_t end = e->offset + extent_of(e);
	memcpy(&shelf->entry[place], e, sizeof *e);
	memcpy((char *)shelf + e->offset, value, (size_t)e->frames * e->channels * sizeof *value);
	if (end > atomic_load_explicit(&shelf->used, memory_order_relaxed))
		atomic_store_explicit(&shelf->used, end, memory_order_release);
	atomic_store_explicit(&shelf->now[place], e->number, memory_order_release); /* pairs with us_shelf_entry */
}

int us_shelf_add(struct us_shelf *shelf, const struct us_goods *g, uint32_t *number, struct us_err *err)
{
	struct us_shelf_entry e = {
	    .frames = g->frames, .channels = g->channels, .rate = g->rate, .flags = US_SHELF_HELD};
	uint64_t end;
	if (us_shelf_check(g, err))
		return US_FAILED;
	e.mark = draw_mark(g);
	*number = find(shelf, g, e.mark);
	if (*number != US_NO_TABLE)
		return US_OK;
	if (us_shelf_room(shelf, g, &e.offset, &end, err))
		return US_FAILED;
	*number = e.number = next_number(shelf, free_place(shelf));
	snprintf(e.name, sizeof e.name, "%s", g->name);
	put(shelf, &e, g->value);
	return US_OK;
}

void us_shelf_retire(struct us_shelf *shelf, uint32_t number)
{
	/* seq_cst: who looks afterwards whether somebody loads misses nobody that still finds it. */
	if (now(shelf, number % US_TABLES) == number)
		atomic_store_explicit(&shelf->now[number % US_TABLES], US_NO_TABLE, memory_order_seq_cst);
}

void us_shelf_free(struct us_shelf *shelf, uint32_t number)
{
	us_shelf_retire(shelf, number);
	if (shelf->entry[number % US_TABLES].number == number)
		shelf->entry[number % US_TABLES].flags = 0;
}

int us_shelf_put_back(struct us_shelf *shelf, const struct us_shelf_entry *entry, const float *value,
                      struct us_err *err)
{
	struct us_shelf_entry e = *entry, *other;
	const struct us_goods goods = {
	    .name = e.name, .value = value, .frames = e.frames, .channels = e.channels, .rate = e.rate};
	e.name[sizeof e.name - 1] = 0;
	e.flags = US_SHELF_HELD;
	if (e.number < US_TABLES || e.offset < us_shelf_begin() || e.offset % US_SHELF_PAGE ||
	    !us_shelf_fits(shelf, &e) || us_shelf_check(&goods, NULL) || draw_mark(&goods) != e.mark)
		return us_fail(err, "table %u is damaged", e.number);
	us_shelf_free(shelf, shelf->entry[e.number % US_TABLES].number);
	while ((other = who_holds(shelf, e.offset, e.offset + extent_of(&e))))
		us_shelf_free(shelf, other->number);
	put(shelf, &e, value);
	return US_OK;
}
