/* files.c — files for modules. Control reads and decodes them (a file that kills the decoder kills control, which costs
 * no sound), puts them on the shelf, and waits until the living workers have the pages in their tables, so that no
 * block takes a page fault for them. */
#include "control.h"
#include "ipc/clock.h"
#include "shelf/shelve.h"

#include <poll.h>
#include <stddef.h>

enum { PATIENCE_MS = 300 };

static int reserve(void *context, uint64_t begin, uint64_t end, struct us_err *err)
{
	const struct us_control *c = context;
	const uint64_t shift = offsetof(struct us_shelf_segment, shelf);
	return us_shm_reserve(c->session.name, US_SEG_SHELF, begin + shift, end + shift, err);
}

static bool workers_have_touched(const struct us_control *c, uint64_t used)
{
	const uint32_t live = atomic_load_explicit(&c->clock->live_mask, memory_order_acquire);
	for (uint32_t s = 0; s < US_SLOTS; s++)
		if (live >> s & 1 &&
		    atomic_load_explicit(&c->session.slot[s]->shelf_touched, memory_order_acquire) < used)
			return false;
	return true;
}

int us_control_shelve(void *host, const char *path, uint32_t *number, struct us_err *err)
{
	struct us_control *c = host;
	struct us_shelf *shelf = &c->session.shelf->shelf;
	const struct us_shelve to = {.shelf = shelf, .reserve = reserve, .context = c};
	if (us_shelve_file(&to, path, number, err))
		return US_FAILED;
	/* A worker that stands still is replaced, and its successor touches everything at its start. */
	const uint64_t used = atomic_load_explicit(&shelf->used, memory_order_relaxed);
	for (int waited = 0; waited < PATIENCE_MS && !workers_have_touched(c, used); waited++)
		poll(NULL, 0, 1);
	return US_OK;
}
