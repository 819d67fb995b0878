/* confine.c — see confine.h. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_DESCRIPTORS = 64 };
#define MOST_MEMORY (2ull << 30)

/* What the loader, malloc and ourselves call on the way to a library. */
static const int loading[] = {
    SCMP_SYS(read),         SCMP_SYS(pread64),      SCMP_SYS(write),
    SCMP_SYS(close),        SCMP_SYS(fstat),        SCMP_SYS(newfstatat),
    SCMP_SYS(stat),         SCMP_SYS(lseek),        SCMP_SYS(mmap),
    SCMP_SYS(mprotect),     SCMP_SYS(munmap),       SCMP_SYS(mremap),
    SCMP_SYS(madvise),      SCMP_SYS(brk),          SCMP_SYS(memfd_create),
    SCMP_SYS(access),       SCMP_SYS(faccessat),    SCMP_SYS(faccessat2),
    SCMP_SYS(fcntl),        SCMP_SYS(readlink),     SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),       SCMP_SYS(futex),        SCMP_SYS(clock_gettime),
    SCMP_SYS(getrandom),    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),  SCMP_SYS(setitimer),
    SCMP_SYS(getpid),       SCMP_SYS(gettid),       SCMP_SYS(exit_group),
    SCMP_SYS(exit),         SCMP_SYS(sched_yield),  SCMP_SYS(prlimit64),
    SCMP_SYS(seccomp),      SCMP_SYS(prctl),        SCMP_SYS(restart_syscall),
    SCMP_SYS(sysinfo),
};
static const int rendering[] = {
    SCMP_SYS(futex),        SCMP_SYS(clock_gettime),   SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction), SCMP_SYS(restart_syscall), SCMP_SYS(exit_group),   SCMP_SYS(sched_yield),
};

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	int failed = 0;
	for (size_t i = 0; i < count && !failed; i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return failed;
}

static int enter(scmp_filter_ctx filter, int failed, struct us_err *err)
{
	if (!failed)
		failed = seccomp_load(filter);
	seccomp_release(filter);
	return failed ? us_fail(err, "cannot enter the sandbox for modules: %s", strerror(-failed)) : US_OK;
}

/* No path leads anywhere any more; what is open stays open, and memory files have no path. An older kernel does
 * without: then a file can still be read, but there is nowhere to write it to. */
static void close_paths(void)
{
	const struct landlock_ruleset_attr all = {.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1};
	const int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
	if (rules < 0)
		return;
	syscall(SYS_landlock_restrict_self, rules, 0);
	close(rules);
}

static int settle(const int *keep, int count, struct us_err *err)
{
	const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	int next = STDERR_FILENO + 1;
	if (nowhere < 0)
		return us_fail(err, "cannot open /dev/null: %s", strerror(errno));
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(nowhere, fd);
	for (int i = 0; i < count; i++) {
		if (keep[i] > next)
			close_range((unsigned)next, (unsigned)keep[i] - 1, 0);
		next = keep[i] + 1;
	}
	close_range((unsigned)next, ~0u, 0);
	return US_OK;
}

int us_confine_loading(const int *keep, int count, unsigned seconds, struct us_err *err)
{
	if (settle(keep, count, err))
		return US_FAILED;
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){MOST_DESCRIPTORS, MOST_DESCRIPTORS});
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &(struct rlimit){MOST_MEMORY, MOST_MEMORY});
#endif
	if (seconds)
		setrlimit(RLIMIT_CPU, &(struct rlimit){seconds, seconds + 1});
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return us_fail(err, "cannot give up privileges: %s", strerror(errno));
	close_paths();
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return us_fail(err, "cannot make a seccomp filter");
	int failed = allow(filter, loading, sizeof loading / sizeof loading[0]);
	/* printf asks whether it writes to a terminal. */
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, TCGETS));
	/* For reading only. */
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
		                          SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
	return enter(filter, failed, err);
}

int us_confine_rendering(int out_fd, struct us_err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	if (!filter)
		return us_fail(err, "cannot make a seccomp filter");
	int failed = allow(filter, rendering, sizeof rendering / sizeof rendering[0]);
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
		                          SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)out_fd));
	return enter(filter, failed, err);
}
