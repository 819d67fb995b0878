/* test_registry.c — promises of the registry: a session's name belongs to one at a time, and what is not ours is left
 * alone. In a directory of its own. */
#include "ipc/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
/* after the standard headers */
#include <cmocka.h>

enum { RIVALS = 4, ROUNDS = 500 };

static char place[64];

static int make_place(void **state)
{
	(void)state;
	strcpy(place, "/tmp/understudy-registry-XXXXXX");
	return mkdtemp(place) && setenv("XDG_RUNTIME_DIR", place, 1) == 0 ? 0 : -1;
}

static int remove_place(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", place);
	return system(command);
}

static void in(char path[static US_PATH_BYTES], const char *file)
{
	us_registry_directory(path, "s");
	strcat(path, file);
}

static void a_name_is_taken_until_it_is_given_back(void **state)
{
	int first, second;
	struct us_err err;
	(void)state;
	assert_int_equal(us_registry_claim("s", &first, &err), US_OK);
	assert_int_equal(us_registry_claim("s", &second, &err), US_FAILED);
	assert_non_null(strstr(err.text, "session 's' is in use"));
	us_registry_remove("s");
	close(first);
	assert_int_equal(us_registry_claim("s", &second, &err), US_OK);
	us_registry_remove("s");
	close(second);
}

/* Exit code 1: somebody else had the name as well. */
static int rival(const char *marker)
{
	for (int round = 0; round < ROUNDS; round++) {
		int lock;
		struct us_err err;
		if (us_registry_claim("s", &lock, &err))
			continue;
		int fd = open(marker, O_CREAT | O_EXCL | O_WRONLY, 0600);
		if (fd < 0)
			return 1;
		close(fd);
		unlink(marker);
		us_registry_remove("s");
		close(lock);
	}
	return 0;
}

static void of_many_that_come_and_go_one_has_the_name(void **state)
{
	char marker[US_PATH_BYTES];
	pid_t pid[RIVALS];
	(void)state;
	snprintf(marker, sizeof marker, "%s/marker", place);
	for (int i = 0; i < RIVALS; i++)
		if ((pid[i] = fork()) == 0)
			_exit(rival(marker));
	for (int i = 0; i < RIVALS; i++) {
		int status;
		assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
		assert_int_equal(status, 0);
	}
}

static void a_link_in_place_of_the_lock_is_not_followed(void **state)
{
	char lock[US_PATH_BYTES], victim[US_PATH_BYTES];
	struct stat st;
	struct us_err err;
	int fd;
	(void)state;
	assert_int_equal(us_registry_claim("s", &fd, &err), US_OK);
	close(fd);
	in(lock, "/lock");
	snprintf(victim, sizeof victim, "%s/victim", place);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(symlink(victim, lock), 0);
	assert_int_equal(us_registry_claim("s", &fd, &err), US_FAILED);
	assert_non_null(strstr(err.text, "cannot open"));
	assert_int_equal(stat(victim, &st), -1);
}

static void a_directory_that_others_may_write_to_is_refused(void **state)
{
	char directory[US_PATH_BYTES];
	struct us_err err;
	int fd;
	(void)state;
	assert_int_equal(us_registry_claim("s", &fd, &err), US_OK);
	close(fd);
	us_registry_directory(directory, "s");
	assert_int_equal(chmod(directory, 0777), 0);
	assert_int_equal(us_registry_claim("s", &fd, &err), US_FAILED);
	assert_non_null(strstr(err.text, "is not a private directory of this user"));
}

/* A pipe where a file should be, a link where a directory should be: nobody waits, nothing is followed. */
static void what_is_no_file_or_no_directory_is_refused(void **state)
{
	char directory[US_PATH_BYTES], path[US_PATH_BYTES];
	struct us_err err;
	int fd;
	(void)state;
	assert_int_equal(us_registry_claim("s", &fd, &err), US_OK);
	close(fd);
	in(path, "/lock");
	assert_int_equal(unlink(path) || mkfifo(path, 0600), 0);
	assert_int_equal(us_registry_claim("s", &fd, &err), US_FAILED);
	assert_int_equal(unlink(path), 0);
	const int open_fd = us_registry_open("s");
	assert_true(open_fd >= 0);
	assert_int_equal(mkfifo((in(path, "/registry.json"), path), 0600), 0);
	assert_int_equal(us_registry_file(open_fd, "registry.json", O_RDONLY), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(unlink(path), 0);
	close(open_fd);
	us_registry_directory(directory, "s");
	snprintf(path, sizeof path, "%s/elsewhere", place);
	assert_int_equal(rename(directory, path) || symlink(path, directory), 0);
	assert_int_equal(us_registry_open("s"), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(us_registry_claim("s", &fd, &err), US_FAILED);
	assert_int_equal(us_registry_open("t"), -1);
	assert_int_equal(errno, ENOENT);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)
int main(void)
{
	const struct CMUnitTest tests[] = {
	    PROMISE(a_name_is_taken_until_it_is_given_back),
	    PROMISE(of_many_that_come_and_go_one_has_the_name),
	    PROMISE(a_link_in_place_of_the_lock_is_not_followed),
	    PROMISE(a_directory_that_others_may_write_to_is_refused),
	    PROMISE(what_is_no_file_or_no_directory_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
