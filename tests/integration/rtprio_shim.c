/* rtprio_shim.c — as if real-time priorities were limited to 65 (ulimit -r 65): for a root that may not set that limit,
 * as in most containers. Preloaded. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LIMIT = 65 };

int sched_setscheduler(pid_t thread, int policy, const struct sched_param *wish)
{
	if (wish->sched_priority > LIMIT) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_sched_setscheduler, thread, policy, wish);
}
