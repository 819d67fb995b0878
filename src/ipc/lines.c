/* lines.c — see lines.h. */
#include "lines.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum outcome { WRITTEN, FULL, GONE };

static enum outcome try(int fd, const char *text, size_t bytes)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	if (poll(&room, 1, 0) <= 0)
		return FULL;
	if (!(room.revents & POLLOUT))
		return GONE; /* who reads it has left */
	const ssize_t n = write(fd, text, bytes);
	if (n < 0 && (errno == EPIPE || errno == EIO || errno == EBADF))
		return GONE;
	return n == (ssize_t)bytes ? WRITTEN : FULL;
}

static uint64_t lines_in(const char *text, size_t bytes)
{
	uint64_t lines = 0;
	for (size_t i = 0; i < bytes; i++)
		lines += text[i] == '\n';
	return lines;
}

void us_lines_put(struct us_lines *o, const char *text, size_t bytes)
{
	char lost[80];
	if (o->dropped) {
		const int n =
		    snprintf(lost, sizeof lost, "understudy: %" PRIu64 " lines were not shown: output stood still\n",
		             o->dropped);
		if (try(o->fd, lost, (size_t)n) == WRITTEN)
			o->dropped = 0;
	}
	/* In the order in which they were said: after a gap, nothing before the number. */
	if (o->dropped || try(o->fd, text, bytes) == FULL)
		o->dropped += lines_in(text, bytes);
}

/* A stream's writer. It has always written all: an error would only be repeated. */
static ssize_t write_some(void *cookie, const char *text, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		const size_t rest = bytes - done, part = rest < PIPE_BUF ? rest : PIPE_BUF;
		us_lines_put(cookie, text + done, part);
		done += part;
	}
	return (ssize_t)bytes;
}

void us_lines_open(void)
{
	static struct us_lines output = {.fd = STDERR_FILENO};
	static char buffer[PIPE_BUF]; /* so much a pipe takes whole or not at all */
	FILE *stream = fopencookie(&output, "w", (cookie_io_functions_t){.write = write_some});
	if (!stream)
		return;
	setvbuf(stream, buffer, _IOLBF, sizeof buffer);
	stderr = stream;
}
