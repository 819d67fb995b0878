/* test_beneath.c — promises of opening by names that came from somebody else: what lies outside is not reached, however
 * it is spelt; what is no ordinary file is refused at once; with openat2 and without. */
#include "wav/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
/* after the standard headers */
#include <cmocka.h>

static char place[64], dir[96], path[160];

static const char *in(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", place, name);
	return path;
}

static void write_file(const char *name)
{
	FILE *f = fopen(in(name), "w");
	assert_non_null(f);
	fputs("sound", f);
	fclose(f);
}

static int make_place(void **state)
{
	char target[160];
	(void)state;
	strcpy(place, "/tmp/understudy-beneath-XXXXXX");
	if (!mkdtemp(place))
		return -1;
	snprintf(dir, sizeof dir, "%s/dir", place);
	if (mkdir(dir, 0700) || mkdir(in("dir/sub"), 0700) || mkdir(in("dirty"), 0700))
		return -1;
	write_file("secret");
	write_file("dirty/secret");
	write_file("dir/kick.wav");
	write_file("dir/sub/snare.wav");
	snprintf(target, sizeof target, "%s/secret", place);
	return symlink(target, in("dir/absolute-link")) || symlink("../secret", in("dir/link-out")) ||
	       symlink("sub/snare.wav", in("dir/link-inside")) || symlink("..", in("dir/sub/up")) ||
	       symlink("/proc/self/cwd", in("dir/magic")) || mkfifo(in("dir/pipe"), 0600) ||
	       symlink("pipe", in("dir/link-to-pipe")) || symlink("not-there", in("dir/link-to-nothing"));
}

static int remove_place(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", place);
	return system(command);
}

static const char *const outside[] = {"../secret",        "sub/../../secret",  "link-out", "absolute-link",
                                      "sub/up/../secret", "/etc/passwd",       "..",       "sub/up/link-out",
                                      "magic/secret",     "./../dirty/secret", ""};
static const char *const no_files[] = {"pipe", "link-to-pipe", "sub", ".", "not-there", "kick.wav/x"};

static int look_around(void)
{
	struct us_err err;
	int wrong = 0;
	for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
		if (us_file_open_beneath(dir, outside[i], O_RDONLY, &err) >= 0)
			wrong++, fprintf(stderr, "reached: '%s'\n", outside[i]);
	for (size_t i = 0; i < sizeof no_files / sizeof no_files[0]; i++)
		if (us_file_open_beneath(dir, no_files[i], O_RDONLY, &err) >= 0)
			wrong++, fprintf(stderr, "opened: '%s'\n", no_files[i]);
	static const char *const new_names[] = {"link-to-nothing", "link-out",   "pipe",         "kick.wav",
	                                        "sub/up/new.wav",  "../new.wav", "magic/new.wav"};
	for (size_t i = 0; i < sizeof new_names / sizeof new_names[0]; i++)
		if (us_file_open_beneath(dir, new_names[i], O_RDWR | O_CREAT, &err) >= 0)
			wrong++, fprintf(stderr, "made: '%s'\n", new_names[i]);
	static const char *const good[] = {"kick.wav", "sub/snare.wav", "sub//snare.wav"};
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		if (us_file_open_beneath(dir, good[i], O_RDONLY, &err) < 0)
			wrong++, fprintf(stderr, "not opened: '%s': %s\n", good[i], err.text);
	const int fd = us_file_open_beneath(dir, "sub/take.wav", O_RDWR | O_CREAT, &err);
	if (fd < 0 || us_file_open_beneath(dir, "sub/take.wav", O_RDWR | O_CREAT, &err) >= 0)
		wrong++, fprintf(stderr, "a new file is made once: %s\n", err.text);
	close(fd);
	unlink(in("sub/take.wav"));
	return wrong;
}

static void what_lies_outside_is_not_reached(void **state)
{
	struct us_err err;
	(void)state;
	assert_int_equal(look_around(), 0);
	const int fd = us_file_open_beneath(dir, "link-inside", O_RDONLY, &err);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(us_file_open_beneath(dir, "kick.wav", O_RDWR | O_CREAT, &err), -1);
	assert_non_null(strstr(err.text, "kick.wav exists already"));
}

/* An old kernel, or a container's filter. */
static int forbid_openat2(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void nor_where_the_kernel_cannot_help(void **state)
{
	int status;
	(void)state;
	const pid_t pid = fork();
	if (pid == 0)
		_exit(forbid_openat2() ? 99 : look_around());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_name_lies_below_or_it_does_not(void **state)
{
	(void)state;
	assert_string_equal(us_file_below("/a/b", "/a/b/c.wav"), "c.wav");
	assert_string_equal(us_file_below("/a/b", "/a/b//c/d.wav"), "c/d.wav");
	assert_string_equal(us_file_below("/a/b", "c.wav"), "c.wav");
	assert_string_equal(us_file_below("/", "/c.wav"), "c.wav");
	assert_null(us_file_below("/a/b", "/a/bc.wav"));
	assert_null(us_file_below("/a/b", "/a/c.wav"));
	assert_null(us_file_below("", "/c.wav"));
}

static void a_pipe_of_ones_own_is_not_waited_for_either(void **state)
{
	struct us_err err;
	(void)state;
	assert_int_equal(us_file_open(in("dir/pipe"), O_RDONLY, &err), -1);
	assert_non_null(strstr(err.text, "is no ordinary file"));
	assert_int_equal(us_file_open("/dev/zero", O_RDONLY, &err), -1);
	assert_int_equal(us_file_open(dir, O_RDONLY, &err), -1);
	const int fd = us_file_open(in("dir/link-out"), O_RDONLY, &err); /* one's own link is followed */
	assert_true(fd >= 0);
	close(fd);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)
int main(void)
{
	const struct CMUnitTest tests[] = {
	    PROMISE(what_lies_outside_is_not_reached),
	    PROMISE(nor_where_the_kernel_cannot_help),
	    PROMISE(a_name_lies_below_or_it_does_not),
	    PROMISE(a_pipe_of_ones_own_is_not_waited_for_either),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
