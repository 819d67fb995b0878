/* beneath.c — see beneath.h. The kernel resolves the name (openat2, Linux 5.6); where it cannot, we walk, and follow no
 * link at all. */
#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ALWAYS = O_CLOEXEC | O_NONBLOCK | O_NOCTTY, NEW_FILE = 0666, PATH_BYTES = 1024 };

/* An ordinary file, or nothing. */
static int check(int fd, const char *name, struct us_err *err)
{
	struct stat st;
	if (fd < 0) {
		const int why = errno == EXDEV || errno == ELOOP ? EACCES : errno;
		if (why == EEXIST)
			us_fail(err, "%s exists already", name);
		else
			us_fail(err, "cannot open %s: %s", name, strerror(why));
		errno = why;
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	us_fail(err, "%s is no ordinary file", name);
	errno = EINVAL;
	return -1;
}

int us_file_open(const char *path, int flags, struct us_err *err)
{
	return check(open(path, flags | ALWAYS, NEW_FILE), path, err);
}

static bool is_parent(const char *part, size_t bytes)
{
	return bytes == 2 && memcmp(part, "..", 2) == 0;
}

/* Component by component, none of them a link. Closes `at`. */
static int walk(int at, const char *name, int flags)
{
	char part[PATH_BYTES];
	for (;;) {
		while (*name == '/')
			name++;
		const size_t bytes = strcspn(name, "/");
		if (bytes == 0 || bytes >= sizeof part || is_parent(name, bytes)) {
			close(at);
			errno = EACCES;
			return -1;
		}
		memcpy(part, name, bytes);
		part[bytes] = 0;
		name += bytes;
		const int fd = openat(at, part, (*name ? O_PATH | O_DIRECTORY | O_CLOEXEC : flags) | O_NOFOLLOW,
		                      *name ? 0 : NEW_FILE);
		const int why = errno;
		close(at);
		errno = why;
		if (fd < 0 || !*name)
			return fd;
		at = fd;
	}
}

static int resolve(int at, const char *name, int flags)
{
	const bool create = flags & O_CREAT;
	struct open_how how = {.flags = (uint64_t)(unsigned)flags,
	                       .mode = create ? NEW_FILE : 0,
	                       .resolve =
	                           RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | (create ? RESOLVE_NO_SYMLINKS : 0u)};
	const int fd = (int)syscall(SYS_openat2, at, name, &how, sizeof how);
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return walk(at, name, flags);
	const int why = errno;
	close(at);
	errno = why;
	return fd;
}

int us_file_open_beneath(const char *directory, const char *name, int flags, struct us_err *err)
{
	const int at = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0) {
		const int why = errno;
		us_fail(err, "cannot open the directory %s: %s", directory, strerror(why));
		errno = why;
		return -1;
	}
	return check(resolve(at, name, flags | ALWAYS | (flags & O_CREAT ? O_EXCL | O_NOFOLLOW : 0)), name, err);
}

const char *us_file_below(const char *directory, const char *path)
{
	const size_t n = strlen(directory);
	if (path[0] != '/')
		return path;
	if (n == 0 || strncmp(path, directory, n) != 0)
		return NULL;
	path += n;
	if (directory[n - 1] != '/' && *path != '/')
		return NULL;
	while (*path == '/')
		path++;
	return path;
}
