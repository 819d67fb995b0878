/* guard.c — see guard.h. Control reads what anybody may send, and libsndfile what anybody may have named: should one of
 * them be led astray, this is how far it comes. */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

/* Control does none of these once it serves. The kernel refuses them; it does not end control. */
static const int forbidden[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(socket),
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(listen),
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(creat),
    SCMP_SYS(truncate),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rmdir),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(fchown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(memfd_create),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(prlimit64),
    SCMP_SYS(sched_setscheduler),
    SCMP_SYS(setxattr),
    SCMP_SYS(personality),
};

/* Of openat(2) and open(2) the flags can be seen; openat2(2) keeps them in memory: beneath.c alone calls it. */
static int forbid_writing(scmp_filter_ctx filter)
{
	static const scmp_datum_t flags[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC};
	int failed = 0;
	for (size_t i = 0; i < sizeof flags / sizeof flags[0] && !failed; i++) {
		failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 1,
		                          SCMP_A2(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
#ifdef __NR_open
		if (!failed)
			failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 1,
			                          SCMP_A1(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
#endif
	}
	return failed;
}

static int load(scmp_filter_ctx filter, int failed, struct us_err *err)
{
	if (!failed)
		failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!failed)
		failed = seccomp_load(filter);
	seccomp_release(filter);
	return failed ? us_fail(err, "cannot enter the sandbox: %s", strerror(-failed)) : US_OK;
}

int us_guard_control(struct us_err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter)
		return us_fail(err, "cannot make a seccomp filter");
	int failed = forbid_writing(filter);
	for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0] && !failed; i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), forbidden[i], 0);
	return load(filter, failed, err);
}

int us_guard_decoder(int out_fd, struct us_err *err)
{
	static const int allowed[] = {
	    SCMP_SYS(read),          SCMP_SYS(pread64),      SCMP_SYS(lseek),           SCMP_SYS(fstat),
	    SCMP_SYS(newfstatat),    SCMP_SYS(brk),          SCMP_SYS(munmap),          SCMP_SYS(mremap),
	    SCMP_SYS(madvise),       SCMP_SYS(futex),        SCMP_SYS(close),           SCMP_SYS(exit_group),
	    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),       SCMP_SYS(getpid),
	    SCMP_SYS(rt_sigreturn),  SCMP_SYS(time),         SCMP_SYS(restart_syscall),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return us_fail(err, "cannot make a seccomp filter");
	int failed =
	    seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)out_fd));
	/* libsndfile looks for a file beside this one, and a library may have a word to say: in vain, but that is no
	 * attack. */
	static const int in_vain[] = {SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(stat), SCMP_SYS(lstat),
	                              SCMP_SYS(access)};
	for (size_t i = 0; i < sizeof in_vain / sizeof in_vain[0] && !failed; i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOENT), in_vain[i], 0);
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EBADF), SCMP_SYS(write), 1,
		                          SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)out_fd));
	if (!failed) /* memory, but none that could be executed */
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		                          SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0] && !failed; i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	return load(filter, failed, err);
}
