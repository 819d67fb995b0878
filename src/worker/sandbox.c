/* sandbox.c — from here on a worker can compute, wait, wake and die, and nothing else. Entered once, after the slot is
 * mapped and before the first block. It is also the proof of the real-time rules: an allocation that reaches the
 * kernel, a file, a log line, a lock that waits, a fork or a socket is SIGSYS, hence a fault of the module that did it.
 */
#include "worker.h"

#include <dirent.h>
#include <errno.h>
#include <linux/futex.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What perform_rt.c and the C library below it call. The clock and CPU time come through the vDSO where it serves them.
 */
static const int allowed[] = {SCMP_SYS(clock_gettime), SCMP_SYS(getrusage), SCMP_SYS(rt_sigreturn),
                              SCMP_SYS(restart_syscall)};

/* Waiting: for the three words that perform_rt.c waits for, each with a time-out, and for nothing else. A module that
 * waits for a lock, or sleeps, does it at another address, or by another call. Waking costs nobody anything. */
static int allow_bells(scmp_filter_ctx filter, const struct us_worker *w)
{
	const _Atomic uint32_t *const bells[] = {&w->clock->bell, &w->other->published_bell, &w->nobody_rings};
	int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(futex), 1, SCMP_A1(SCMP_CMP_EQ, FUTEX_WAKE));
	for (size_t i = 0; i < sizeof bells / sizeof bells[0] && !failed; i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(futex), 2,
		                          SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)(uintptr_t)bells[i]),
		                          SCMP_A1(SCMP_CMP_EQ, FUTEX_WAIT));
	return failed;
}

/* A module's constructor, or a library, may have started a thread: it would be outside, and the worker's death not
 * certain as long as it lives. */
static int check_threads(struct us_err *err)
{
	uint32_t threads = 0;
	DIR *d = opendir("/proc/self/task");
	for (struct dirent *e; d && (e = readdir(d));)
		threads += e->d_name[0] != '.';
	if (!d)
		return US_OK; /* no /proc: the filter binds them all the same */
	closedir(d);
#ifdef __SANITIZE_THREAD__ /* which has one of its own */
	threads = 1;
#endif
	return threads == 1 ? US_OK
	                    : us_fail(err, "%u threads where one is expected: a module has started them", threads);
}

int us_sandbox_enter(const struct us_worker *w, struct us_err *err)
{
	if (check_threads(err))
		return US_FAILED;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP); /* a trap, not a kill: the last words tell who did it */
	if (!filter)
		return us_fail(err, "cannot make a seccomp filter");
	int failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1); /* all threads there may be */
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0] && !failed; i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (!failed)
		failed = allow_bells(filter, w);
	/* An end of our own: a module that ends the process is trapped, so that its death is known within microseconds,
	 * and not when the process has been torn down. */
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(exit_group), 1,
		                          SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffff00, US_FAREWELL));
	/* The event descriptor, and no other. */
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
		                          SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)w->event_fd));
	/* Pages that are in memory already, for reading: see us_worker_touch_shelf. */
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(madvise), 1,
		                          SCMP_A2(SCMP_CMP_EQ, MADV_POPULATE_READ));
	if (!failed)
		failed = seccomp_load(filter);
	seccomp_release(filter);
	return failed ? us_fail(err, "cannot enter the sandbox: %s", strerror(-failed)) : US_OK;
}
