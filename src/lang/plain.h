/* plain.h — text files as others write them: with a byte-order mark, with CR or CR LF at the ends of lines, without an
 * end to the last line; and paths that begin with ~/. [setup] */
#ifndef US_PLAIN_H
#define US_PLAIN_H

#include <stddef.h>
#include <stdio.h>

/* Takes a byte-order mark away and makes every end of a line one \n, in place. Returns how many bytes are left. */
size_t us_plain_text(char *text, size_t bytes);

/* A file opened for reading, as us_plain_text leaves it; NULL and errno like fopen. At most 4 MB are read. */
FILE *us_plain_open(const char *path);

/* "~/take.wav" as a path below $HOME, put into `to`; all else as it is. Returns `to`, or `path` if it does not fit. */
const char *us_plain_path(const char *path, char *to, size_t bytes);

#endif
