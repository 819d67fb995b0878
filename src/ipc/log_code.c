/* log_code.c — which modules and programs a session was played with, in the log's directory: code.bin is the session's
 * pack (see code.h), its index alone or, with run --log-code, all of it. See log.h. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char file_name[] = "code.bin";

/* Under another name first: a reader finds all of it, or nothing. */
int us_log_write_code(const char *directory, const struct us_code *code, struct us_err *err)
{
	char path[US_PATH_BYTES + 32], temporary[US_PATH_BYTES + 32];
	const size_t bytes = code->head->log_bytes ? code->bytes : us_code_index_bytes(code->head);
	snprintf(path, sizeof path, "%s/%s", directory, file_name);
	snprintf(temporary, sizeof temporary, "%s/%s.new", directory, file_name);
	const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	bool bad = fd < 0;
	for (size_t done = 0; !bad && done < bytes;) {
		ssize_t n = write(fd, (const char *)code->head + done, bytes - done);
		bad = n <= 0 && errno != EINTR;
		done += n > 0 ? (size_t)n : 0;
	}
	const int why = errno;
	if (fd >= 0)
		close(fd);
	if (!bad && rename(temporary, path) == 0)
		return US_OK;
	us_fail(err, "cannot write %s: %s", path, strerror(bad ? why : errno));
	unlink(temporary);
	return US_FAILED;
}

int us_log_open_code(struct us_code *code, const char *directory, struct us_err *err)
{
	char path[US_PATH_BYTES + 32];
	struct us_err why;
	*code = (struct us_code){0};
	snprintf(path, sizeof path, "%s/%s", directory, file_name);
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? US_OK : us_fail(err, "cannot read %s: %s", path, strerror(errno));
	const int failed = us_code_open(code, fd, &why);
	close(fd);
	return failed ? us_fail(err, "%s: %s", path, why.text) : US_OK;
}
