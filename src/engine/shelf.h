/* shelf.h — filling a shelf (include/understudy/shelf.h), and giving back what is on it. [setup] One writer. The memory
 * is the caller's. */
#ifndef US_ENGINE_SHELF_H
#define US_ENGINE_SHELF_H

#include <stddef.h>
#include <understudy/error.h>
#include <understudy/shelf.h>

/* What is put on it. `value`: frames × channels, interleaved, all finite. */
struct us_goods {
	const char *name;
	const float *value;
	uint32_t frames, channels;
	float rate;
};

/* Is it something that may lie there? */
int us_shelf_check(const struct us_goods *goods, struct us_err *err);

/* The number of the very same that lies there already; US_NO_TABLE: none does. */
uint32_t us_shelf_find(const struct us_shelf *shelf, const struct us_goods *goods);

/* Where the next table would begin and end: for who must first make room for the bytes in between. Fails with the sizes
 * if it does not fit. */
int us_shelf_room(const struct us_shelf *shelf, const struct us_goods *goods, uint64_t *begin, uint64_t *end,
                  struct us_err *err);

/* Adds a table, or finds it. */
int us_shelf_add(struct us_shelf *shelf, const struct us_goods *goods, uint32_t *number, struct us_err *err);

/* A table goes in two steps: from the first on nobody finds it any more, with the second its memory is free. */
void us_shelf_retire(struct us_shelf *shelf, uint32_t number);
void us_shelf_free(struct us_shelf *shelf, uint32_t number);

/* Puts a table where it once lay, under its number. What lies there goes. Fails if it is not what was written. */
int us_shelf_put_back(struct us_shelf *shelf, const struct us_shelf_entry *entry, const float *value,
                      struct us_err *err);

/* Tables whose memory is not free, and their bytes; `flags`: with all of these. */
struct us_shelf_load {
	uint32_t tables;
	uint64_t bytes;
};
struct us_shelf_load us_shelf_load(const struct us_shelf *shelf, uint32_t flags);

#endif
