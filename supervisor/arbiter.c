/* arbiter.c — the thread that decides, within microseconds of a death, who plays on. It sleeps in ppoll on the workers'
 * pidfds and event descriptors and on a few eventfds of ours; it never polls in a loop. A wake is a hint: once a second
 * at least it looks without one, and each millisecond while there is a worker that cannot ring for it. It decides
 * nothing by itself: arbiter_table.c says what to do, verdict.c says who is to blame, patience.c who does not move;
 * this file and orders.c carry it out.
 *
 * Order of stores at a promotion [amend]: amendment, amendments.count (release), role (release), cue. */
#include "event.h"
#include "ipc/clock.h"
#include "ipc/histogram.h"
#include "ipc/process.h"
#include "stage.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Certain death only: the slot's breadcrumb does not move any more. */
static void publish_amendment(struct us_stage *h, uint64_t id, const struct us_verdict *v)
{
	struct us_amendments *list = &h->session.clock->amendments[US_BY_ARBITER];
	uint32_t count = atomic_load_explicit(&list->count, memory_order_relaxed);
	if (v->blame == US_BLAME_NOBODY || count >= US_AMENDMENTS)
		return;
	bool instance = v->blame == US_BLAME_INSTANCE;
	list->list[count] = (struct us_amendment){
	    .block = v->block,
	    .seq = v->seq,
	    .type = instance ? US_AMEND_BYPASS : US_AMEND_TOMBSTONE,
	    .instance = v->instance,
	    .cause = v->cause,
	    .worker = id,
	};
	atomic_store_explicit(&list->count, count + 1, memory_order_release); /* pairs with the workers' amend() */
	us_note_put(h, &(struct us_note){.kind = instance ? US_NOTE_QUARANTINE : US_NOTE_TOMBSTONE,
	                                 .detail = instance ? v->instance : (int64_t)v->seq,
	                                 .block = v->block,
	                                 .ns = v->cause});
}

static void note_death(struct us_stage *h, struct us_actor *a, const struct us_verdict *v, uint64_t now)
{
	struct us_board *b = &h->session.clock->board;
	atomic_store_explicit(&a->looped, v->signal != SIGKILL && v->young, memory_order_relaxed);
	atomic_store_explicit(&b->last_death_mono_ns, now, memory_order_relaxed);
	atomic_fetch_add_explicit(&b->crashes, 1, memory_order_relaxed);
	if (v->diverged)
		atomic_fetch_add_explicit(&b->divergences, 1, memory_order_relaxed);
	if (a->slot >= 0 && !h->incomplete_since_ns)
		h->incomplete_since_ns = now;
	us_note_put(h, &(struct us_note){.kind = US_NOTE_DIED,
	                                 .id = a->id,
	                                 .slot = a->slot,
	                                 .detail = v->signal ? v->signal : -v->status,
	                                 .block = v->diverged});
}

static void mourn(struct us_stage *h, struct us_actor *a)
{
	uint64_t now = us_now_ns();
	us_priority_drop(a->pid); /* on a single core its end would go before the standby's next block */
	struct us_verdict v = us_verdict_of(h, a);
	atomic_store_explicit(&h->session.clock->ever_published, us_ever_published(h), memory_order_relaxed);
	a->mourned = true;
	if (a->slot < 0) {
		note_death(h, a, &v, now);
		us_cast_spare_died(&h->cast, a->id);
		atomic_store_explicit(&h->session.clock->board.spare_ready, h->cast.spares > 0, memory_order_relaxed);
	} else {
		uint32_t slot = (uint32_t)a->slot;
		publish_amendment(h, a->id, &v);
		struct us_cast_orders orders = us_cast_step(&h->cast, US_CAST_DIED, slot);
		us_orders_carry_out(h, &orders, now);
		note_death(h, a, &v, now);
		if (!orders.assign || orders.assign_slot != slot)
			us_process_note(&h->session.clock->board.worker[slot].process, 0);
	}
	us_event_raise(h->main_fd);
}

static void welcome(struct us_stage *h, struct us_actor *a)
{
	struct us_clock *c = h->session.clock;
	struct us_cast_orders orders = us_cast_step(&h->cast, US_CAST_JOINED, (uint32_t)a->slot);
	us_orders_carry_out(h, &orders, us_now_ns());
	bool leads = h->cast.primary == (uint32_t)a->slot;
	us_priority_set(h, a->pid, leads ? US_RUNG_PRIMARY : US_RUNG_STANDBY);
	struct us_note note = {.kind = US_NOTE_JOINED, .id = a->id, .slot = a->slot};
	if (us_cast_live_mask(&h->cast) == 3 && h->incomplete_since_ns) {
		uint64_t now = us_now_ns();
		note.kind = US_NOTE_PAIR;
		note.ns = now - h->incomplete_since_ns;
		us_histogram_add(&c->board.rebuild, note.ns);
		atomic_store_explicit(&c->board.last_rearm_mono_ns, now, memory_order_relaxed);
		atomic_fetch_add_explicit(&c->board.replacements, 1, memory_order_relaxed);
		h->incomplete_since_ns = 0;
	}
	us_note_put(h, &note);
	us_event_raise(h->main_fd);
}

static struct us_actor *primary_actor(struct us_stage *h)
{
	uint64_t id = h->cast.seat[h->cast.primary].id;
	struct us_actor *a = &h->actor[id % US_DESKS];
	return id && h->cast.seat[h->cast.primary].state == US_SEAT_LIVE && a->id == id && !a->mourned ? a : NULL;
}

/* The standby has proven, by a third computation, that the primary's memory is spoilt: it takes over, and what the
 * other has put into its ring is not played any more. */
static void depose(struct us_stage *h, struct us_actor *a, uint64_t accused)
{
	struct us_clock *c = h->session.clock;
	struct us_actor *primary = primary_actor(h);
	if (!primary || primary == a || primary->id != accused)
		return;
	atomic_store_explicit(&c->spoilt[primary->slot], accused, memory_order_release); /* before role; see take() */
	struct us_cast_orders orders = us_cast_step(&h->cast, US_CAST_STALLED, (uint32_t)primary->slot);
	us_orders_carry_out(h, &orders, us_now_ns());
	us_patience_kill(primary);
	uint64_t since = atomic_load_explicit(&h->session.slot[a->slot]->diverged_block, memory_order_relaxed);
	uint64_t played = atomic_load_explicit(&c->played, memory_order_acquire);
	atomic_fetch_add_explicit(&c->board.divergences, 1, memory_order_relaxed);
	us_note_put(h, &(struct us_note){.kind = US_NOTE_DEPOSED,
	                                 .id = accused,
	                                 .slot = primary->slot,
	                                 .block = since,
	                                 .detail = played > since ? (int64_t)(played - since) : 0});
}

/* What a worker with a slot says there: it has caught up, it is dying, or it accuses the other. */
static void listen_to(struct us_stage *h, struct us_actor *a)
{
	const struct us_slot *s = h->session.slot[a->slot];
	uint64_t death = atomic_load_explicit(&s->death, memory_order_acquire); /* pairs with on_fatal */
	if (death >> 63 && (death >> 16 & 0x7fffffffffffull) == a->id) {
		mourn(h, a);
		return;
	}
	/* The epoch first: what is read after it is not the word of who had the slot before. */
	bool live = atomic_load_explicit(&s->epoch, memory_order_acquire) == a->id && /* pairs with us_worker_begin */
	            atomic_load_explicit(&s->state, memory_order_acquire) == US_WORKER_LIVE;
	uint64_t accused = atomic_load_explicit(&s->accused, memory_order_acquire); /* pairs with agrees_with_primary */
	const enum us_seat_state seat = h->cast.seat[a->slot].state;
	if (live && seat == US_SEAT_LOADING)
		welcome(h, a);
	else if (live && seat == US_SEAT_LIVE && accused)
		depose(h, a, accused);
}

/* A worker has raised its event descriptor. */
static void hear(struct us_stage *h, struct us_actor *a)
{
	us_event_drain(a->event_fd);
	if (a->mourned) /* its last words; the kernel's came before */
		return;
	if (a->slot >= 0) {
		listen_to(h, a);
		return;
	}
	if (a->ready)
		return;
	a->ready = true;
	us_process_note(&h->session.clock->board.spare.process, a->pid);
	struct us_cast_orders orders = us_cast_spare_ready(&h->cast, a->id);
	atomic_store_explicit(&h->session.clock->board.spare_ready, h->cast.spares > 0, memory_order_relaxed);
	us_orders_carry_out(h, &orders, us_now_ns());
}

/* Without a hint: the event descriptor of an adopted worker may be out of our reach, and a supervisor may die between
 * hearing a word and acting on it. */
static void listen_to_all(struct us_stage *h)
{
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct us_actor *a = &h->actor[i];
		if (atomic_load_explicit(&a->state, memory_order_acquire) == US_ACTOR_WATCHED && !a->mourned &&
		    a->slot >= 0)
			listen_to(h, a);
	}
}

static void pause_ns(uint64_t ns)
{
	struct timespec t = {.tv_nsec = (long)ns};
	ppoll(NULL, 0, &t, NULL);
}

/* The callback doubts the primary. A quarter of a millisecond tells a hang (it burns its time in one
 * place: kill it; when it is dead for certain its instance is blamed) from a stall (stopped, starved: the standby
 * takes over, nobody is blamed, and the stalled one is replaced unless it moves again soon). */
static void look_at_primary(struct us_stage *h)
{
	struct us_actor *a = primary_actor(h);
	struct us_glance glance[US_GLANCES];
	const struct us_glance *last = &glance[US_GLANCES - 1];
	if (!a)
		return;
	us_glance_take(h, a, glance);
	for (int i = 1; i < US_GLANCES; i++) {
		us_process_signal(a->pidfd, SIGUSR1);
		pause_ns(US_LOOK_AGAIN_NS);
		us_glance_take(h, a, &glance[i]);
	}
	switch (us_glance_compare(h, a, glance)) {
	case US_LOOK_FINE:
		return;
	case US_LOOK_HUNG:
		/* First the signal that its own handler answers within microseconds: a killed process takes a
		 * millisecond to be torn down before its pidfd tells. One that does not answer is killed at the next
		 * look. */
		if (a->hung) {
			us_patience_kill(a);
			return;
		}
		us_process_signal(a->pidfd, SIGXCPU);
		a->hung = true;
		us_note_put(
		    h, &(struct us_note){.kind = US_NOTE_HANG, .id = a->id, .slot = a->slot, .block = last->published});
		return;
	case US_LOOK_STALLED: {
		if (us_lifeline_dead(
			h, a)) /* not stalled: dead of what its pidfd will tell, and the standby has not met */
			return;
		struct us_cast_orders orders = us_cast_step(&h->cast, US_CAST_STALLED, (uint32_t)a->slot);
		us_orders_carry_out(h, &orders, last->taken_ns);
		if (!orders.promote)
			return;
		us_note_put(h, &(struct us_note){.kind = US_NOTE_STALL, .id = a->id, .slot = a->slot});
		us_priority_set(h, a->pid, US_RUNG_STANDBY);
		a->stalled_ns = last->taken_ns;
		a->stalled_at = last->published;
	}
	}
}

/* The kernel says that somebody is dead, whose process is still being torn down. */
static void hear_lifelines(struct us_stage *h)
{
	us_event_drain(h->lifeline_fd);
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct us_actor *a = &h->actor[i];
		if (atomic_load_explicit(&a->state, memory_order_acquire) == US_ACTOR_WATCHED && !a->mourned &&
		    us_lifeline_cut(h, a)) {
			us_process_signal(a->pidfd, SIGKILL); /* should it have been a wild write into that word */
			mourn(h, a);
		}
	}
}

/* A dead process goes back to the main loop, which reaps it. */
static void bury(struct us_stage *h, struct us_actor *a)
{
	if (!a->mourned)
		mourn(h, a);
	atomic_store_explicit(&a->state, US_ACTOR_DEAD, memory_order_release); /* pairs with reap() */
	us_event_raise(h->main_fd);
}

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

static void collect(struct us_stage *h, struct poll_set *set)
{
	set->count = 0;
	add(set, h->arbiter_fd, NULL);
	add(set, h->suspect_fd, NULL);
	add(set, h->lifeline_fd, NULL);
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct us_actor *a = &h->actor[i];
		uint32_t state = atomic_load_explicit(&a->state, memory_order_acquire); /* pairs with us_spawn_worker */
		if (state == US_ACTOR_HANDED)
			atomic_store_explicit(&a->state, US_ACTOR_WATCHED, memory_order_release);
		else if (state != US_ACTOR_WATCHED)
			continue;
		add(set, a->event_fd, a);
		add(set, a->pidfd, a);
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
		uint64_t wait = us_patience_look(h);
		struct timespec t = {.tv_sec = (time_t)(wait / 1000000000u), .tv_nsec = (long)(wait % 1000000000u)};
		if (ppoll(set.fd, set.count, &t, NULL) < 0 && errno != EINTR)
			continue;
		if (set.fd[LIFELINE_FD].revents)
			hear_lifelines(h);
		for (nfds_t i = OWN_FDS; i < set.count; i++) {
			struct us_actor *a = set.actor[i];
			if (!set.fd[i].revents ||
			    atomic_load_explicit(&a->state, memory_order_relaxed) != US_ACTOR_WATCHED)
				continue;
			if (set.fd[i].fd == a->pidfd)
				bury(h, a);
			else
				hear(h, a);
		}
		listen_to_all(h);
		if (set.fd[WAKE_FD].revents)
			us_event_drain(h->arbiter_fd);
		if (set.fd[SUSPECT_FD].revents) {
			us_event_drain(h->suspect_fd);
			look_at_primary(h);
		}
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
