/* beneath.h — opening files whose names came from somebody else. [setup, may block on a disk, never on a pipe]
 * Control (samples, tunings), the recorder and wav.c call it. What is opened is an ordinary file: a pipe, a device or a
 * directory in its place is refused, without waiting for it, and after it is open: nothing can be swapped in between.
 */
#ifndef US_BENEATH_H
#define US_BENEATH_H

#include <understudy/error.h>

/* A file by a path that this process's own user gave: links are followed. `flags` as for open(2); a new file gets mode
 * 0666 less the umask. Returns a descriptor (CLOEXEC), or -1 with words. */
int us_file_open(const char *path, int flags, struct us_err *err);

/* A file by a name that anybody may have given: it lies in `directory` or below, whatever the name says. Links are
 * followed as long as they stay there; where something is created, none is. */
int us_file_open_beneath(const char *directory, const char *name, int flags, struct us_err *err);

/* The part of `path` below `directory`, NULL if it does not lie there. A relative path is taken to lie there. */
const char *us_file_below(const char *directory, const char *path);

#endif
