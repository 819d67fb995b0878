/* priority.c — the real-time ladder. A freewheeling session has no deadline and stays off it. */
#include "stage.h"

#include <sched.h>

bool us_priority_set(pid_t thread, int priority)
{
	struct sched_param p = {.sched_priority = priority};
	return thread > 0 && sched_setscheduler(thread, SCHED_FIFO | SCHED_RESET_ON_FORK, &p) == 0;
}

void us_priority_drop(pid_t thread)
{
	struct sched_param p = {0};
	if (thread > 0)
		sched_setscheduler(thread, SCHED_OTHER, &p);
}

void us_priority_read(pid_t thread, _Atomic uint32_t *policy, _Atomic uint32_t *priority)
{
	struct sched_param p = {0};
	int got = sched_getscheduler(thread);
	if (got < 0 || sched_getparam(thread, &p))
		return;
	atomic_store_explicit(policy, (uint32_t)(got & ~SCHED_RESET_ON_FORK), memory_order_relaxed);
	atomic_store_explicit(priority, (uint32_t)p.sched_priority, memory_order_relaxed);
}
