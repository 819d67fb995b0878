/* shelve.h — from a file to a table on a shelf: sounds (whatever libsndfile reads) and tunings (.scl). [setup, may
 * block] Control calls it for the session's shelf, render and replay for their own. */
#ifndef US_SHELVE_H
#define US_SHELVE_H

#include "engine/shelf.h"

/* A shelf in shared memory is larger than what the kernel has promised: before bytes begin to end of it are written,
 * `reserve` must make sure of them. NULL: they are there. */
typedef int us_reserve(void *context, uint64_t begin, uint64_t end, struct us_err *err);

/* Reads a sound file: us_sound_read, or what does it elsewhere. */
struct us_sound;
typedef int us_sound_reader(void *context, struct us_sound *sound, int fd, const char *path, size_t most,
                            struct us_err *err);

struct us_shelve {
	struct us_shelf *shelf;
	us_reserve *reserve;
	us_sound_reader *read; /* NULL: us_sound_read */
	void *context;
};
int us_shelve_file(const struct us_shelve *to, const char *path, uint32_t *number, struct us_err *err);
/* The same of a file that is open already; `path` is what the table is called. `fd` stays open. */
int us_shelve_open_file(const struct us_shelve *to, int fd, const char *path, uint32_t *number, struct us_err *err);

/* A shelf in this process's own memory, for those who render offline. */
struct us_shelf *us_shelf_open(struct us_err *err);
void us_shelf_close(struct us_shelf *shelf);

/* --- a log's directory keeps what was on the shelf ------------------------------------------------------ */

/* Puts all archived tables on an empty shelf, in order. A missing or damaged one ends the row: what needs it is then
 * refused by its mark. */
int us_shelf_recall(struct us_shelf *shelf, const char *directory, struct us_err *err);

#endif
