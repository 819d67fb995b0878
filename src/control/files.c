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

int us_control_shelve(void *host, const char *path, uint32_t *number, struct us_err *err)
{
	struct us_control *c = host;
	struct us_shelf *shelf = &c->session.shelf->shelf;
	const struct us_shelve to = {
	    .shelf = shelf, .make_room = us_control_make_sound_room, .read = us_control_decode, .context = c};
	char name[US_PATH_BYTES];
	const int fd = open_named(c, path, name, err);
	if (fd < 0)
		return US_FAILED;
	c->sound_is_new = false;
	const int failed = us_shelve_open_file(&to, fd, name, number, err);
	close(fd);
	if (failed)
		return US_FAILED;
	if (c->sound_is_new && c->from != US_FROM_OWNER)
		shelf->entry[*number % US_TABLES].flags |= US_SHELF_STRANGE;
	us_control_note_sound(c, *number);
	/* A worker that stands still is replaced, and its successor touches everything at its start. */
	const uint64_t used = atomic_load_explicit(&shelf->used, memory_order_relaxed);
	for (int waited = 0; waited < PATIENCE_MS && !workers_have_touched(c, used); waited++)
		poll(NULL, 0, 1);
	return US_OK;
}
