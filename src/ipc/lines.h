/* lines.h — what a process of a session says to people. [setup, then any thread but the real-time ones]
 *
 * Nothing of a session waits for a terminal, a pipe or a disk. `understudy run` gives its children a pipe as stderr,
 * from which a process of its own writes to wherever stderr went (src/cli/run_output.c); that process may wait as long
 * as it likes. Here is the other end: after us_lines_open a line that does not fit into the pipe at once is dropped
 * and counted, and the number is said as soon as there is room again. Libraries that print to stderr are served alike.
 */
#ifndef US_LINES_H
#define US_LINES_H

#include <stddef.h>
#include <stdint.h>

/* [setup, once] From now on `stderr` of this process never waits. A descriptor 2 that is no pipe of ours is asked for
 * room before each write. Without memory for it stderr stays what it was. */
void us_lines_open(void);

/* Where lines go, and how many were lost. For us_lines_put alone. */
struct us_lines {
	int fd;
	uint64_t dropped;
};
/* Writes text, whole or not at all, if that is possible without waiting. A number of lines lost before is said first.
 */
void us_lines_put(struct us_lines *output, const char *text, size_t bytes);

#endif
