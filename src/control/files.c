/* files.c — files for modules. Control has them decoded (decode.c), puts them on the shelf, and waits until the living
 * workers have the pages in their tables, so that no block takes a page fault for them. */
#include "control.h"
#include "ipc/clock.h"
#include "shelf/shelve.h"
#include "wav/beneath.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 300 };

static int reserve(void *context, uint64_t begin, uint64_t end, struct us_err *err)
{
	const struct us_control *c = context;
	const uint64_t shift = offsetof(struct us_shelf_segment, shelf);
	const int failed = posix_fallocate(c->shelf_fd, (off_t)(begin + shift), (off_t)(end - begin));
	return failed ? us_fail(err, "no shared memory left for %llu kB: %s; see df /dev/shm",
	                        (unsigned long long)(end - begin) / 1024, strerror(failed))
	              : US_OK;
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

/* A file of one of the directories whose files anybody here may name: `path` in it becomes `name`. */
static int open_in_places(const struct us_control *c, const char *path, char name[static US_PATH_BYTES],
                          struct us_err *err)
{
	bool any = false;
	for (uint32_t i = 0; i < US_FILE_PLACES && c->clock->files[i][0]; i++) {
		const char *directory = c->clock->files[i], *below = us_file_below(directory, path);
		if (!below || snprintf(name, US_PATH_BYTES, "%s/%s", directory, below) >= US_PATH_BYTES)
			continue;
		const int fd = us_file_open_beneath(directory, below, O_RDONLY, err);
		if (fd >= 0)
			return fd;
		any = true;
	}
	if (!any)
		us_fail(err, "%.120s: others may name files in the directories of run --files only%s", path,
		        c->clock->files[0][0] ? "" : ", and there is none");
	return -1;
}

static int open_named(struct us_control *c, const char *path, char name[static US_PATH_BYTES], struct us_err *err)
{
	if (strlen(path) >= US_PATH_BYTES)
		return us_fail(err, "the path has more than %d bytes", US_PATH_BYTES - 1);
	if (c->from != US_FROM_OWNER)
		return open_in_places(c, path, name, err);
	snprintf(name, US_PATH_BYTES, "%s", path);
	us_control_take_offers(c);
	const int offered = us_control_offered(c, path);
	return offered >= 0 ? offered : us_file_open(path, O_RDONLY, err);
}

static uint32_t shelf_count(const struct us_shelf *shelf)
{
	return atomic_load_explicit(&shelf->count, memory_order_relaxed);
}

/* Tables are never given back: others may use up half of them, and of their memory. */
static int may_shelve(const struct us_control *c, struct us_err *err)
{
	if (c->from == US_FROM_OWNER ||
	    (c->strange_tables < US_TABLES / 2 && c->strange_bytes < c->session.shelf->shelf.bytes / 2))
		return US_OK;
	return us_fail(err, "others have put %u files on this session's shelf; the rest is for its own user",
	               c->strange_tables);
}

int us_control_shelve(void *host, const char *path, uint32_t *number, struct us_err *err)
{
	struct us_control *c = host;
	struct us_shelf *shelf = &c->session.shelf->shelf;
	const struct us_shelve to = {.shelf = shelf, .reserve = reserve, .read = us_control_decode, .context = c};
	char name[US_PATH_BYTES];
	const int fd = open_named(c, path, name, err);
	if (fd < 0)
		return US_FAILED;
	const uint32_t count = shelf_count(shelf);
	const uint64_t room = atomic_load_explicit(&shelf->used, memory_order_relaxed);
	const int failed = may_shelve(c, err) || us_shelve_open_file(&to, fd, name, number, err);
	close(fd);
	if (failed)
		return US_FAILED;
	if (c->from != US_FROM_OWNER) {
		c->strange_tables += shelf_count(shelf) - count;
		c->strange_bytes += atomic_load_explicit(&shelf->used, memory_order_relaxed) - room;
	}
	/* A worker that stands still is replaced, and its successor touches everything at its start. */
	const uint64_t used = atomic_load_explicit(&shelf->used, memory_order_relaxed);
	for (int waited = 0; waited < PATIENCE_MS && !workers_have_touched(c, used); waited++)
		poll(NULL, 0, 1);
	return US_OK;
}
