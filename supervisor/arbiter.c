/* arbiter.c — the thread that acts, within microseconds of a death, so that another worker plays on. It sleeps in ppoll
 * on the workers' pidfds and event descriptors and on a few eventfds of ours; it never polls in a loop. A wake is a
 * hint: it becomes an event, failover.c decides, failover_actions.c carries out. */
#include "event.h"
#include "ipc/clock.h"
#include "stage.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAKE_FD, SUSPECT_FD, LIFELINE_FD, OWN_FDS }; /* before those of the workers */

struct poll_set {
	struct pollfd fd[OWN_FDS + 2 * US_DESKS];
	struct us_actor *actor[OWN_FDS + 2 * US_DESKS];
	nfds_t count;
};

static void add(struct poll_set *set, int fd, struct us_actor *actor)
{
	set->fd[set->count] = (struct pollfd){.fd = fd, .events = POLLIN};
	set->actor[set->count++] = actor;
}

/* Instances that somebody wants back. Of more than US_RESTORES at once the oldest are lost. */
static void hear_requests(struct us_stage *h)
{
	const struct us_house *house = h->session.house;
	const uint32_t asked = atomic_load_explicit(&house->restore_count, memory_order_acquire);
	if (asked - h->restores_served > US_RESTORES)
		h->restores_served = asked - US_RESTORES;
	for (; h->restores_served != asked; h->restores_served++)
		us_failover_event(h, (struct failover_event){
					 .kind = FAILOVER_ASKED,
					 .id = atomic_load_explicit(&house->restore[h->restores_served % US_RESTORES],
		                                                    memory_order_relaxed)});
}

static void hear_of_children(struct us_stage *h)
{
	enum us_child_event event;
	for (uint32_t i = 0; i < FAILOVER_CHILDREN; i++)
		while (us_children_hear(&h->child[i], &event))
			us_failover_event(h, (struct failover_event){.kind = FAILOVER_CHILD, .id = i, .child = event});
}

static void collect(struct us_stage *h, struct poll_set *set)
{
	set->count = 0;
	add(set, h->arbiter_fd, NULL);
	add(set, h->suspect_fd, NULL);
	add(set, h->lifeline_fd, NULL);
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct us_actor *a = &h->actor[i];
		uint32_t state = atomic_load_explicit(&a->state, memory_order_acquire); /* pairs with us_spawn_worker */
		if (state == US_ACTOR_HANDED) {
			atomic_store_explicit(&a->state, US_ACTOR_WATCHED, memory_order_release);
			us_failover_event(h, (struct failover_event){.kind = FAILOVER_SPAWNED, .id = a->id});
		} else if (state != US_ACTOR_WATCHED) {
			continue;
		}
		add(set, a->event_fd, a);
		add(set, a->pidfd, a);
	}
	uint32_t failed = atomic_load_explicit(&h->spawns_failed, memory_order_acquire);
	if (failed != h->spawns_failed_seen)
		us_failover_event(h, (struct failover_event){.kind = FAILOVER_SPAWN_FAILED});
	h->spawns_failed_seen = failed;
	hear_requests(h);
	hear_of_children(h);
}

/* A worker has raised its event descriptor: a spare is ready; whatever else it says stands in its slot. */
static void hear(struct us_stage *h, struct us_actor *a)
{
	const struct failover_worker *w = failover_by_id(&h->failover, a->id);
	us_event_drain(a->event_fd);
	if (w && w->state == WORKER_STARTING)
		us_failover_event(h, (struct failover_event){.kind = FAILOVER_READY, .id = a->id});
}

/* Its process is gone, and goes back to the main loop, which reaps it. */
static void bury(struct us_stage *h, struct us_actor *a)
{
	struct failover_event event = {.kind = FAILOVER_EXITED, .id = a->id};
	siginfo_t info;
	memset(&info, 0, sizeof info);
	event.unknown = waitid(P_PIDFD, (id_t)a->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid;
	if (info.si_code == CLD_EXITED)
		event.status = info.si_status;
	else
		event.signal = info.si_status;
	us_failover_event(h, event);
	atomic_store_explicit(&a->state, US_ACTOR_DEAD, memory_order_release); /* pairs with reap() */
	us_event_raise(h->main_fd);
}

static void handle(struct us_stage *h, const struct poll_set *set)
{
	for (nfds_t i = OWN_FDS; i < set->count; i++) {
		struct us_actor *a = set->actor[i];
		if (!set->fd[i].revents || atomic_load_explicit(&a->state, memory_order_relaxed) != US_ACTOR_WATCHED)
			continue;
		if (set->fd[i].fd == a->pidfd)
			bury(h, a);
		else
			hear(h, a);
	}
	if (set->fd[WAKE_FD].revents)
		us_event_drain(h->arbiter_fd);
	if (set->fd[LIFELINE_FD].revents)
		us_event_drain(h->lifeline_fd);
	if (set->fd[SUSPECT_FD].revents) {
		us_event_drain(h->suspect_fd);
		us_failover_event(h, (struct failover_event){.kind = FAILOVER_SUSPECT});
	}
}

static void *run(void *argument)
{
	struct us_stage *h = argument;
	struct poll_set set;
	pid_t self = (pid_t)syscall(SYS_gettid);
	atomic_store_explicit(&h->session.clock->board.arbiter_thread, self, memory_order_relaxed);
	if (!us_priority_set(h, self, US_RUNG_ARBITER)) /* then no worker may go before us */
		atomic_store_explicit(&h->highest_priority, 0, memory_order_relaxed);
	while (!atomic_load_explicit(&h->arbiter_stop, memory_order_acquire)) {
		collect(h, &set);
		uint64_t wait = us_failover_event(h, (struct failover_event){.kind = FAILOVER_LOOK});
		struct timespec t = {.tv_sec = (time_t)(wait / 1000000000u), .tv_nsec = (long)(wait % 1000000000u)};
		if (ppoll(set.fd, set.count, &t, NULL) < 0) {
			if (errno != EINTR)
				continue;
			set.count = 0;
		}
		handle(h, &set);
	}
	return NULL;
}

int us_arbiter_start(struct us_stage *h, struct us_err *err)
{
	int failed = pthread_create(&h->arbiter_thread, NULL, run, h);
	if (!failed && us_lifeline_start(h, err))
		return US_FAILED;
	return failed ? us_fail(err, "cannot start the arbiter's thread: %s", strerror(failed)) : US_OK;
}

void us_arbiter_stop(struct us_stage *h)
{
	uint64_t one = 1;
	atomic_store_explicit(&h->arbiter_stop, true, memory_order_release);
	if (write(h->arbiter_fd, &one, sizeof one) == sizeof one)
		pthread_join(h->arbiter_thread, NULL);
	us_lifeline_stop(h);
}
