/* described.c — a session's modules as mere descriptions, from its pack or from its directory. See load.h. */
#include "engine/describe.h"
#include "ipc/registry.h"
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 64 << 20 };

int us_code_descriptions(struct us_library **library, int code_fd, uint32_t rate, struct us_err *err)
{
	struct us_code code;
	if (us_code_open(&code, code_fd, err))
		return US_FAILED;
	const struct us_code_entry *e = us_code_find(&code, US_DESCRIPTIONS);
	const void *bytes = e ? us_code_bytes(&code, e) : NULL;
	int failed = bytes ? us_library_described(library, bytes, e->bytes, (float)rate, err)
	                   : us_fail(err, "the session's code holds no descriptions of its modules");
	us_code_close(&code);
	return failed;
}

/* Written once, under another name first: it is there whole, or not at all. */
static char *read_file(int fd, size_t *count)
{
	struct stat st;
	if (fd < 0 || fstat(fd, &st) || st.st_size <= 0 || st.st_size > MOST_BYTES)
		return NULL;
	*count = (size_t)st.st_size;
	char *bytes = malloc(*count);
	if (bytes && pread(fd, bytes, *count, 0) == (ssize_t)*count)
		return bytes;
	free(bytes);
	return NULL;
}

int us_session_library(struct us_library **library, const char *session, uint32_t rate, struct us_err *err)
{
	const int directory = us_registry_open(session);
	const int fd = directory < 0 ? -1 : us_registry_file(directory, US_DESCRIPTIONS, O_RDONLY);
	size_t count = 0;
	char *bytes = read_file(fd, &count);
	int failed =
	    bytes ? us_library_described(library, bytes, count, (float)rate, err)
		  : us_fail(err, "the descriptions of its modules are not in the directory of session '%s'", session);
	free(bytes);
	if (fd >= 0)
		close(fd);
	if (directory >= 0)
		close(directory);
	return failed;
}
