/* run_log.c — into which directory a session is logged. A directory that holds no log gets it; in one that holds a log
 * each further session gets a directory of its own, named after the time of its start, so that the line of a service
 * may always be the same. Of these the newest are kept: the others are removed, but for what is no log, and for logs
 * that are still being written. */
#include "ipc/log.h"
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAME_BYTES = 32, QUIET_SECONDS = 60 };
static const char format[] = "%Y%m%dT%H%M%SZ"; /* in the order of time also as text */

static bool has_log(int directory)
{
	return faccessat(directory, us_log_file_name(US_LOG_JOURNAL), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* "20261130T225500Z", or with "-2" behind it. */
static bool is_named_after_a_time(const char *name)
{
	static const char pattern[] = "00000000T000000Z";
	for (size_t i = 0; i < sizeof pattern - 1; i++)
		if (pattern[i] == '0' ? name[i] < '0' || name[i] > '9' : name[i] != pattern[i])
			return false;
	const char *rest = name + sizeof pattern - 1;
	return !*rest || (*rest == '-' && strspn(rest + 1, "0123456789") == strlen(rest + 1));
}

/* Has any of its files been written to a moment ago? Then a session that lives may have it. */
static bool is_in_use(int directory)
{
	struct stat st;
	for (uint32_t k = 0; k < US_LOG_FILES; k++)
		if (fstatat(directory, us_log_file_name(k), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    time(NULL) - st.st_mtime < QUIET_SECONDS)
			return true;
	return false;
}

/* All files of a log but the journal. */
static void remove_files(int directory)
{
	const int again = dup(directory);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	for (struct dirent *e; d && (e = readdir(d));)
		if (us_log_owns(e->d_name) && strcmp(e->d_name, us_log_file_name(US_LOG_JOURNAL)) != 0)
			unlinkat(directory, e->d_name, 0);
	if (d)
		closedir(d);
	else if (again >= 0)
		close(again);
}

/* What a log consists of, and the directory, if nothing else is in it. */
static void remove_log(int above, const char *name)
{
	const int directory = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0)
		return;
	if (has_log(directory) && !is_in_use(directory)) {
		remove_files(directory);
		unlinkat(directory, us_log_file_name(US_LOG_JOURNAL), 0); /* last: without it, it is none any more */
	}
	unlinkat(above, name, AT_REMOVEDIR); /* empty, or it stays */
	close(directory);
}

static int is_session(const struct dirent *entry)
{
	return is_named_after_a_time(entry->d_name);
}

/* Leaves room for one more among `keep`. */
static void rotate(int above, const char *path, uint32_t keep)
{
	struct dirent **all;
	const int count = scandir(path, &all, is_session, alphasort);
	for (int i = 0; i < count; i++) {
		if ((uint32_t)(count - i) >= keep)
			remove_log(above, all[i]->d_name);
		free(all[i]);
	}
	if (count >= 0)
		free(all);
}

static int name_of_session(int above, char name[NAME_BYTES], struct us_err *err)
{
	const time_t now = time(NULL);
	struct tm tm;
	strftime(name, NAME_BYTES, format, gmtime_r(&now, &tm));
	const size_t n = strlen(name);
	for (uint32_t i = 2; i < 1000; i++) { /* several may start within a second */
		if (mkdirat(above, name, 0700) == 0)
			return US_OK;
		if (errno != EEXIST)
			break;
		snprintf(name + n, NAME_BYTES - n, "-%u", i);
	}
	return us_fail(err, "cannot make a directory %s for the log: %s", name, strerror(errno));
}

int us_run_choose_log(char path[US_PATH_BYTES], uint32_t keep, struct us_err *err)
{
	char name[NAME_BYTES];
	const int above = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (above < 0)
		return errno == ENOENT ? US_OK : us_fail(err, "--log %s: %s", path, strerror(errno));
	int failed = US_OK;
	if (has_log(above)) {
		rotate(above, path, keep);
		failed = name_of_session(above, name, err);
		if (!failed && strlen(path) + 1 + strlen(name) >= US_PATH_BYTES)
			failed = us_fail(err, "--log %s: the path is longer than %d bytes", path, US_PATH_BYTES - 1);
		if (!failed) {
			strcat(path, "/");
			strcat(path, name);
		}
	}
	close(above);
	return failed;
}
