/* priority.c — who stands on which rung of the real-time ladder (src/ipc/ladder.h). */
#include "stage.h"

#include <sched.h>

bool us_priority_set(const struct us_stage *h, pid_t thread, enum us_rung rung)
{
	const int highest = atomic_load_explicit(&h->highest_priority, memory_order_relaxed);
	struct sched_param p = {.sched_priority = us_ladder_priority(highest, rung)};
	return thread > 0 && p.sched_priority && sched_setscheduler(thread, SCHED_FIFO | SCHED_RESET_ON_FORK, &p) == 0;
}

void us_priority_drop(pid_t thread)
{
	struct sched_param p = {0};
	if (thread > 0)
		sched_setscheduler(thread, SCHED_OTHER | SCHED_RESET_ON_FORK,
		                   &p); /* not everybody may clear the flag */
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
