/* shelf.h — filling a shelf (include/understudy/shelf.h). [setup] One writer. The memory is the caller's. */
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

/* Where the next table would begin and end: for who must first make room for the bytes in between. Fails with the sizes
 * if it does not fit. */
int us_shelf_room(const struct us_shelf *shelf, const struct us_goods *goods, uint64_t *begin, uint64_t *end,
                  struct us_err *err);

/* Adds a table, or finds it if the very same lies there already. */
int us_shelf_add(struct us_shelf *shelf, const struct us_goods *goods, uint32_t *number, struct us_err *err);

/* The mark of a table, 0 if there is none. */
uint32_t us_shelf_mark(const struct us_shelf *shelf, uint32_t number);

#endif
