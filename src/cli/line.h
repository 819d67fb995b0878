/* line.h — how a line of a session is written: for a terminal as it was said, for a file with time, session and
 * severity, for journald with its own mark of severity. Pure; the process that writes lines (run_output.c) calls it.
 *
 * Whoever says something may put "<N>" before it, N as in syslog: US_SAY_ERROR and so on; without it is a notice. */
#ifndef US_LINE_H
#define US_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum us_line_form { US_LINE_TERMINAL, US_LINE_FILE, US_LINE_JOURNAL };
enum { US_LINE_BYTES = 2048 };

/* Where lines go: does `fd` lead to journald, by the variable that systemd sets (may be NULL), to a terminal, or
 * elsewhere? */
enum us_line_form us_line_form_of(int fd, const char *journal_stream);

/* Writes one line, which ends in \n, into `to`, cut where it does not fit. Returns its bytes. */
size_t us_line_write(char to[static US_LINE_BYTES], enum us_line_form form, const char *session, uint64_t unix_ns,
                     const char *text, size_t bytes);

/* At most so many lines at once, and so many a second for long. All zero to begin with. */
enum { US_LINES_AT_ONCE = 60, US_LINES_A_SECOND = 10 };
struct us_line_rate {
	bool begun;
	uint64_t then_ns;
	double room;
	uint64_t dropped;
};
/* True: the line may be written. *dropped gets how many were not, since the last one that was. */
bool us_line_may(struct us_line_rate *rate, uint64_t now_ns, uint64_t *dropped);

#endif
