/* failover.c — see failover.h: the one door. What an event means; failover_slots.c fills the slots, failover_death.c
 * deals with deaths, failover_timeouts.c with the time, failover_pool.c with the number of workers. */
#include "failover.h"

#include <signal.h>
#include <string.h>

#define LONGEST_WAIT_NS 1000000000ull /* a word whose hint was lost is heard within it */
#define OVERSLEPT_NS 20000000ull

static void join(struct failover_turn *t, struct failover_worker *w)
{
	struct failover *f = t->f;
	failover_enter(t, w, WORKER_LIVE);
	w->moved_ns = t->now_ns;
	f->early_deaths = f->stateless = 0;
	failover_act(t, ACTION_RANK, w->id, failover_is_primary(f, w) ? 0 : 1);
	struct us_note note = {.kind = US_NOTE_JOINED, .id = w->id, .slot = w->slot};
	if (failover_live_mask(f) == (1u << US_SLOTS) - 1 && f->broken_ns) {
		note.kind = US_NOTE_PAIR;
		note.ns = t->now_ns - f->broken_ns;
		f->broken_ns = 0;
	}
	failover_tell(t, note);
}

/* The standby has proven, by a third computation, that the primary's memory is spoilt: it takes over, and what the
 * other has put into its ring is not played any more. */
static void demote_corrupt(struct failover_turn *t, const struct failover_worker *accuser, uint64_t accused)
{
	struct failover *f = t->f;
	struct failover_worker *primary = failover_in_slot(f, f->primary);
	if (!primary || primary == accuser || primary->id != accused || primary->state >= WORKER_KILLED ||
	    f->pending.waiting)
		return;
	failover_act(t, ACTION_DISCARD, accused, (uint32_t)primary->slot); /* before role; see take() */
	failover_hand_over(t);
	failover_kill(t, primary);
	failover_tell(t, (struct us_note){.kind = US_NOTE_DEPOSED,
	                                  .id = accused,
	                                  .slot = primary->slot,
	                                  .block = t->samples->slot[accuser->slot].diverged_block});
}

/* The kernel's mark does not tell how it died. Where an instance or a record may be to blame the end of its process is
 * waited for, which does; also where a trial is on, and where one has died before in that block: a fault may show only
 * where nothing is at work. */
static bool died_where_nothing_is_to_blame(struct failover *f, const struct failover_samples *samples,
                                           const struct failover_slot *s)
{
	const enum us_phase phase = us_crumb_phase(s->crumb);
	const uint64_t before = f->quiet_block;
	if (!s->owner_died || phase == US_PHASE_MODULE || phase == US_PHASE_APPLY || phase == US_PHASE_TIMED)
		return false;
	f->quiet_block = s->published + 1;
	return !samples->trial && f->quiet_block != before;
}

/* What a worker with a slot says there: it is dying, it has caught up, or it accuses the other. */
static void listen(struct failover_turn *t, struct failover_worker *w)
{
	const struct failover_slot *s = &t->samples->slot[w->slot];
	if (s->death >> 63 && (s->death >> 16 & 0x7fffffffffffull) == w->id) {
		failover_die(t, w, 0, 0);
	} else if (s->epoch == w->id && died_where_nothing_is_to_blame(t->f, t->samples, s)) {
		failover_act(t, ACTION_KILL, w->id, 0); /* should it have been a wild write into that word */
		failover_die(t, w, SIGKILL, 0);
	} else if (s->epoch == w->id && s->live) {
		if (!w->was_live && w->state < WORKER_KILLED)
			join(t, w);
		else if (s->accused && (w->state == WORKER_LIVE || w->state == WORKER_PROBED))
			demote_corrupt(t, w, s->accused);
	}
}

/* A stalled primary is relieved as soon as there is a live worker beside it. */
static void relieve(struct failover_turn *t)
{
	struct failover *f = t->f;
	const struct failover_worker *primary = failover_in_slot(f, f->primary),
				     *other = failover_in_slot(f, 1 - f->primary);
	if (!primary || primary->state != WORKER_STALLED || !other || other->state != WORKER_LIVE)
		return;
	failover_hand_over(t);
	failover_tell(t, (struct us_note){.kind = US_NOTE_STALL, .id = primary->id, .slot = primary->slot});
}

/* Time in which the arbiter itself did not run counts for nobody: the whole machine may have stood still. */
static void discount(struct failover *f, uint64_t now_ns)
{
	const uint64_t since = f->looked_ns ? now_ns - f->looked_ns : 0;
	const uint64_t lost = since > f->wait_ns + OVERSLEPT_NS ? since - f->wait_ns : 0;
	for (uint32_t i = 0; i < US_DESKS; i++) {
		f->worker[i].state_ns += lost;
		f->worker[i].moved_ns += lost;
	}
	f->looked_ns = now_ns;
}

static void look(struct failover_turn *t)
{
	struct failover *f = t->f;
	uint64_t wait = UINT64_MAX;
	discount(f, t->now_ns);
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct failover_worker *w = &f->worker[i];
		if (w->id && w->slot >= 0 && w->state != WORKER_DEAD)
			listen(t, w);
	}
	relieve(t);
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct failover_worker *w = &f->worker[i];
		const uint64_t next = w->id ? failover_timeouts(t, w) : UINT64_MAX;
		wait = next < wait ? next : wait;
	}
	relieve(t);
	const uint64_t spawn = failover_keep_pool(t);
	const uint64_t retry = failover_retry(t);
	const uint64_t children = failover_children(t);
	wait = spawn < wait ? spawn : wait;
	wait = retry < wait ? retry : wait;
	f->wait_ns = wait < LONGEST_WAIT_NS ? wait : LONGEST_WAIT_NS; /* for the workers' sake; see discount() */
	t->out->wait_ns = children < f->wait_ns ? children : f->wait_ns;
}

static struct failover_worker *take_entry(struct failover_turn *t, uint64_t id, enum worker_state state, int slot)
{
	struct failover_worker *w = &t->f->worker[id % US_DESKS];
	*w = (struct failover_worker){.id = id, .slot = slot, .at = UINT64_MAX, .moved_ns = t->now_ns};
	failover_enter(t, w, state);
	return w;
}

/* A worker with a slot plays on; what is in its way to have been heard is said again. A spare has nothing that is worth
 * finding out how far it has come; it is known until it is dead. */
static void adopt(struct failover_turn *t, const struct failover_event *e)
{
	struct failover_worker *w = take_entry(t, e->id, WORKER_SPARE, e->slot);
	w->unreached = e->unreached;
	if (e->slot < 0) {
		failover_kill(t, w);
		w->dismissed = true;
		return;
	}
	const struct failover_slot *s = &t->samples->slot[e->slot];
	w->in_flight = true; /* the dead supervisor may have relieved it */
	if (s->epoch == e->id && s->live) {
		failover_enter(t, w, WORKER_LIVE);
		return;
	}
	failover_enter(t, w, WORKER_LOADING);
	failover_act(t, ACTION_ASSIGN, e->id, (uint32_t)e->slot);
}

static void resume(struct failover_turn *t, const struct failover_event *e)
{
	struct failover *f = t->f;
	f->primary = (uint32_t)e->slot;
	failover_end_trial(t);
	failover_reseat(t);
	if (failover_live_mask(f) != (1u << US_SLOTS) - 1)
		f->broken_ns = t->now_ns;
}

static void exited(struct failover_turn *t, struct failover_worker *w, const struct failover_event *e)
{
	if (w->state != WORKER_DEAD)
		failover_die(t, w, e->unknown ? SIGKILL : e->signal, e->status);
	memset(w, 0, sizeof *w);
}

static void ready(struct failover_turn *t, struct failover_worker *w)
{
	if (w->state != WORKER_STARTING)
		return;
	failover_enter(t, w, WORKER_SPARE);
	failover_act(t, ACTION_SPARES, w->id, failover_spares(t->f));
	failover_reseat(t);
}

void failover_step(struct failover *f, const struct failover_event *e, struct failover_actions *out)
{
	struct failover_turn t = {.f = f, .samples = e->samples, .now_ns = e->now_ns, .out = out};
	struct failover_worker *w = failover_by_id(f, e->id);
	out->count = 0;
	out->wait_ns = f->wait_ns;
	failover_watch(&t);
	switch (e->kind) {
	case FAILOVER_LOOK:
		look(&t);
		break;
	case FAILOVER_SUSPECT:
		failover_suspect(&t);
		break;
	case FAILOVER_SPAWNED:
		f->spawning = false;
		take_entry(&t, e->id, WORKER_STARTING, -1);
		break;
	case FAILOVER_SPAWN_FAILED:
		failover_spawn_failed(&t);
		break;
	case FAILOVER_READY:
		if (w)
			ready(&t, w);
		break;
	case FAILOVER_EXITED:
		if (w)
			exited(&t, w, e);
		break;
	case FAILOVER_ADOPTED:
		adopt(&t, e);
		break;
	case FAILOVER_ASKED:
		failover_asked(&t, e->id);
		break;
	case FAILOVER_CHILD:
		us_child_step(&f->child[e->id], e->child, e->samples->child[e->id].turns, e->now_ns);
		break;
	case FAILOVER_RESUMED:
		resume(&t, e);
		break;
	}
}
