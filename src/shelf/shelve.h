/* shelve.h — from a file to a table on a shelf: sounds (whatever libsndfile reads) and tunings (.scl). [setup, may
 * block] Control calls it for the session's shelf, render and replay for their own. */
#ifndef US_SHELVE_H
#define US_SHELVE_H

#include "engine/shelf.h"

/* Makes room for what is not on the shelf yet: a shelf in shared memory is larger than what the kernel has promised,
 * and may hold what nobody wants any more. Called once all else is well. NULL: there is as much room as there is. */
typedef int us_shelf_maker(void *context, const struct us_goods *goods, struct us_err *err);

/* Reads a sound file: us_sound_read, or what does it elsewhere. */
struct us_sound;
typedef int us_sound_reader(void *context, struct us_sound *sound, int fd, const char *path, size_t most,
                            struct us_err *err);

struct us_shelve {
	struct us_shelf *shelf;
	us_shelf_maker *make_room;
	us_sound_reader *read; /* NULL: us_sound_read */
	void *context;
};
int us_shelve_file(const struct us_shelve *to, const char *path, uint32_t *number, struct us_err *err);
/* The same of a file that is open already; `path` is what the table is called. `fd` stays open. */
int us_shelve_open_file(const struct us_shelve *to, int fd, const char *path, uint32_t *number, struct us_err *err);

/* A shelf in this process's own memory, for those who render offline. */
struct us_shelf *us_shelf_open(struct us_err *err);
void us_shelf_close(struct us_shelf *shelf);

#endif
