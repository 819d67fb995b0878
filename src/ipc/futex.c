/* futex.c — see futex.h. */
#include "futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
}

US_REALTIME void us_futex_wait(const _Atomic uint32_t *word, uint32_t seen, uint64_t timeout_ns)
{
	struct timespec t = timespec_of(timeout_ns);
	syscall(SYS_futex, word, FUTEX_WAIT, seen, &t, NULL, 0);
}

US_REALTIME void us_futex_wait2(const _Atomic uint32_t *a, uint32_t seen_a, const _Atomic uint32_t *b, uint32_t seen_b,
                                uint64_t timeout_ns)
{
#ifdef SYS_futex_waitv
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	struct timespec t = timespec_of((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + timeout_ns);
	struct futex_waitv waiters[2] = {
	    {.val = seen_a, .uaddr = (uintptr_t)a, .flags = FUTEX_32},
	    {.val = seen_b, .uaddr = (uintptr_t)b, .flags = FUTEX_32},
	};
	if (syscall(SYS_futex_waitv, waiters, 2, 0, &t, CLOCK_MONOTONIC) >= 0 || errno != ENOSYS)
		return;
#endif
	if (atomic_load_explicit(b, memory_order_relaxed) == seen_b)
		us_futex_wait(a, seen_a, timeout_ns);
}

US_REALTIME void us_futex_wake(const _Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
