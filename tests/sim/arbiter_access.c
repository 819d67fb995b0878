/* arbiter_access.c — the supervisor's arbiter without its thread: one round of its loop, woken by the simulation. */
#include "../../supervisor/arbiter.c"

#include "world.h"

uint64_t sim_arbiter_round(struct us_stage *stage, bool suspected, bool (*is_gone)(pid_t), bool (*has_news)(pid_t))
{
	struct poll_set set;
	collect(stage, &set);
	for (nfds_t i = OWN_FDS; i < set.count; i++) {
		const struct us_actor *a = set.actor[i];
		const bool woken = set.fd[i].fd == a->pidfd ? is_gone(a->pid) : has_news(a->pid);
		set.fd[i].revents = woken ? POLLIN : 0;
	}
	set.fd[SUSPECT_FD].revents = suspected ? POLLIN : 0;
	set.fd[WAKE_FD].revents = set.fd[LIFELINE_FD].revents = 0;
	handle(stage, &set);
	collect(stage, &set);
	return us_failover_event(stage, (struct failover_event){.kind = FAILOVER_LOOK});
}
