/* rig.c — see rig.h. */
#include "rig.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The directory of the running program, without a final slash. */
static int own_directory(char path[static US_PATH_BYTES], struct us_err *err)
{
	ssize_t n = readlink("/proc/self/exe", path, US_PATH_BYTES - 1);
	if (n <= 0)
		return us_fail(err, "cannot find this program's own directory: %s", strerror(errno));
	path[n] = 0;
	if (strncmp(path, "/memfd:", 7) == 0 || strstr(path, " (deleted)"))
		return us_fail(err, "this program runs from memory, or was replaced: it has no directory any more");
	char *slash = strrchr(path, '/');
	if (slash)
		*slash = 0;
	return US_OK;
}

static int find(char path[static US_PATH_BYTES], const char *name, int access_mode, struct us_err *err)
{
	static const char *const places[] = {"", "/../lib/understudy"};
	char own[US_PATH_BYTES];
	if (own_directory(own, err))
		return US_FAILED;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		int n = snprintf(path, US_PATH_BYTES, "%s%s/%s", own, places[i], name);
		if (n > 0 && n < US_PATH_BYTES && access(path, access_mode) == 0)
			return US_OK;
	}
	return us_fail(err, "cannot find %s beside the program in %s; build it with make, or reinstall", name, own);
}

int us_rig_program(char path[static US_PATH_BYTES], const char *program, struct us_err *err)
{
	return find(path, program, R_OK | X_OK, err);
}

bool us_rig_config(char path[static US_PATH_BYTES], const char *name)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int n = -1;
	path[0] = 0;
	if (config && *config == '/')
		n = snprintf(path, US_PATH_BYTES, "%s/understudy/%s", config, name);
	else if (home && *home == '/')
		n = snprintf(path, US_PATH_BYTES, "%s/.config/understudy/%s", home, name);
	return n > 0 && n < US_PATH_BYTES;
}

int us_rig_words(char path[static US_PATH_BYTES], struct us_err *err)
{
	return find(path, "words.txt", R_OK, err);
}

int us_rig_modules(char path[static US_PATH_BYTES], struct us_err *err)
{
	const char *override = getenv("UNDERSTUDY_MODULES");
	if (!override || !*override)
		return find(path, "modules", R_OK | X_OK, err);
	char whole[PATH_MAX];
	if (!realpath(override, whole) || access(whole, R_OK | X_OK))
		return us_fail(err, "UNDERSTUDY_MODULES names %s, which is no readable directory", override);
	if (strlen(whole) >= US_PATH_BYTES)
		return us_fail(err, "UNDERSTUDY_MODULES is longer than %d bytes", US_PATH_BYTES - 1);
	strcpy(path, whole);
	return US_OK;
}
