/* failover_timeouts.c — every time-out of the failover, with its reason. Pure: times in ns, CLOCK_MONOTONIC, handed in.
 * Called by failover.c for each worker at each look.
 *
 *   the primary          is watched by the callback: when a block is missing it is probed, three glances 125 µs apart,
 *                        also while it still catches up
 *   a stalled worker     that has not moved for STALL_NS is killed, if there is another one to take its place
 *   a standby            that publishes nothing for STANDBY_NS while the primary does, and does not answer, is killed
 *   who is on its way    (a spare that is not ready, a worker with a slot that has not caught up) and gets nowhere for
 *                        ARRIVAL_NS is killed; for STALL_NS if nothing is heard until it arrives and a spare is ready
 *   who was killed       and is not gone after KILL_NS (the primary: STALL_NS) is unkillable: SIGKILL waits for who
 *                        sleeps uninterruptibly or in a frozen cgroup
 *
 * An unkillable worker counts as live no more, so that the other one knows that it is alone and makes the checkpoints;
 * else the journal would fill and every sender hear "busy". */
#include "failover.h"

#define LISTEN_NS 1000000000ull /* how long a word may go unheard whose hint was lost */
#define UNREACHED_NS 1000000ull /* the same, of who cannot ring: sooner than a spoilt block is played */
#define STALL_NS 200000000ull   /* the song is silent for no longer when both workers are stopped */
#define STANDBY_NS 1000000000ull
enum { STANDBY_BLOCKS = 64 }; /* and it is behind by so many */
#define KILL_NS 1000000000ull
#define ARRIVAL_NS 10000000000ull /* however slow the machine is, a process gets some time of it within that */
#define TEARDOWN_NS 20000000ull   /* its last act is to write where it was; then it has to be gone */

static uint64_t until(uint64_t since_ns, uint64_t limit_ns, uint64_t now_ns)
{
	return since_ns + limit_ns > now_ns ? since_ns + limit_ns - now_ns : 0;
}

void failover_watch(struct failover_turn *t)
{
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct failover_worker *w = &t->f->worker[i];
		if (!w->id || w->slot < 0 || w->state < WORKER_LIVE || t->samples->slot[w->slot].epoch != w->id)
			continue;
		const uint64_t published = t->samples->slot[w->slot].published;
		if (w->at == published)
			continue;
		if (w->at != UINT64_MAX) {
			w->moved_ns = t->now_ns;
			w->in_flight &=
			    failover_is_primary(t->f, w); /* at its gate: it will see who leads, and all amendments */
		}
		w->at = published;
	}
}

static bool has_a_successor(struct failover *f, const struct failover_worker *w)
{
	const struct failover_worker *other = failover_in_slot(f, 1 - (uint32_t)w->slot);
	return failover_spares(f) > 0 || (other && other->state >= WORKER_LOADING && other->state <= WORKER_PROBED);
}

/* It was in doubt, and moves. */
static void resume(struct failover_turn *t, struct failover_worker *w)
{
	failover_enter(t, w, w->was_live ? WORKER_LIVE : WORKER_LOADING);
}

/* --- one function for each state ------------------------------------------------------------------------------------
 */

/* How far it has come: in blocks, or before its first one in the time that it has computed. */
static uint64_t way_of(const struct failover_turn *t, const struct failover_worker *w)
{
	if (w->slot >= 0 && t->samples->slot[w->slot].epoch == w->id)
		return t->samples->slot[w->slot].published;
	return t->samples->cpu_ns[w->id % US_DESKS];
}

static uint64_t look_at_arrival(struct failover_turn *t, struct failover_worker *w)
{
	const uint64_t at = way_of(t, w);
	const bool urgent = w->state == WORKER_LOADING && !failover_live_mask(t->f) && failover_is_primary(t->f, w) &&
	                    failover_spares(t->f) > 0;
	const uint64_t limit = urgent ? STALL_NS : ARRIVAL_NS;
	if (at != w->at) {
		w->at = at;
		w->moved_ns = t->now_ns;
	}
	if (t->now_ns - w->moved_ns >= limit) {
		failover_tell(t, (struct us_note){.kind = US_NOTE_STUCK, .id = w->id, .slot = w->slot});
		failover_kill(t, w);
		return KILL_NS;
	}
	return urgent ? STALL_NS / 4 : LISTEN_NS;
}

/* The primary is missed by the callback, the standby by nobody. Where the primary does not get far either, the machine
 * is slow. */
static uint64_t look_at_standby(struct failover_turn *t, struct failover_worker *w)
{
	const struct failover_slot *s = &t->samples->slot[w->slot];
	if (t->samples->slot[t->f->primary].published <= s->published + STANDBY_BLOCKS)
		w->moved_ns = t->now_ns;
	if (t->now_ns - w->moved_ns < STANDBY_NS)
		return LISTEN_NS;
	w->probes = s->probes;
	failover_act(t, ACTION_PROBE, w->id, 0);
	failover_enter(t, w, WORKER_PROBED);
	return STALL_NS;
}

static uint64_t look_at_probed_standby(struct failover_turn *t, struct failover_worker *w)
{
	const struct failover_slot *s = &t->samples->slot[w->slot];
	if (w->moved_ns > w->state_ns || s->probes != w->probes) { /* it runs: it may ask for a third opinion */
		failover_enter(t, w, WORKER_LIVE);
		w->moved_ns = t->now_ns;
		return LISTEN_NS;
	}
	if (t->now_ns - w->state_ns < STALL_NS)
		return until(w->state_ns, STALL_NS, t->now_ns);
	failover_tell(t, (struct us_note){.kind = US_NOTE_STILL, .id = w->id, .slot = w->slot});
	failover_kill(t, w);
	return KILL_NS;
}

/* It hangs. First the signal that its own handler answers within microseconds: a killed process takes a millisecond to
 * be torn down before its end is known. One that does not answer is killed at the next look. */
static void interrupt(struct failover_turn *t, struct failover_worker *w)
{
	const struct us_note note = {
	    .kind = US_NOTE_HANG, .id = w->id, .slot = w->slot, .block = t->samples->slot[w->slot].published};
	if (w->interrupted) {
		failover_kill(t, w);
		return;
	}
	w->interrupted = true;
	failover_act(t, ACTION_INTERRUPT, w->id, 0);
	failover_tell(t, note);
	resume(t, w);
}

static uint64_t look_at_probed_primary(struct failover_turn *t, struct failover_worker *w)
{
	const struct failover_slot *s = &t->samples->slot[w->slot];
	if (t->now_ns - w->state_ns < w->glances * FAILOVER_GLANCE_NS)
		return until(w->state_ns, w->glances * FAILOVER_GLANCE_NS, t->now_ns);
	w->glance[w->glances++] = failover_glance_of(s);
	if (w->glances < FAILOVER_GLANCES) {
		failover_act(t, ACTION_PROBE, w->id, 0);
		/* The next glance is as long after this one, however late this one was. */
		w->state_ns = t->now_ns - (w->glances - 1) * FAILOVER_GLANCE_NS;
		return FAILOVER_GLANCE_NS;
	}
	const enum failover_look look = failover_compare(w, t->samples);
	if (look == LOOK_HUNG) {
		interrupt(t, w);
	} else if (look == LOOK_STALLED && !s->owner_died) { /* else: dead of what its end will tell */
		w->cpu_ns = t->samples->cpu_ns[w->id % US_DESKS];
		w->at = s->published;
		failover_enter(t, w, WORKER_STALLED);
		return STALL_NS;
	} else {
		failover_note_cost(t, w, w->glance[FAILOVER_GLANCES - 1].crumb);
		resume(t, w);
	}
	return LISTEN_NS;
}

/* Stopped, frozen, starved: nothing is to blame, and if it moves again soon it keeps its place. One that used CPU time
 * all the while, and neither answered nor published, hangs with its signals blocked. */
static uint64_t look_at_stalled(struct failover_turn *t, struct failover_worker *w)
{
	const uint64_t cpu = t->samples->cpu_ns[w->id % US_DESKS];
	if (w->moved_ns > w->state_ns) {
		resume(t, w);
		return LISTEN_NS;
	}
	if (t->now_ns - w->state_ns < STALL_NS)
		return until(w->state_ns, STALL_NS, t->now_ns);
	if (!has_a_successor(t->f, w))
		return STALL_NS;
	if (cpu - w->cpu_ns >= STALL_NS / 2 && cpu > w->cpu_ns) {
		w->interrupted = true;
		failover_tell(t, (struct us_note){.kind = US_NOTE_HANG, .id = w->id, .slot = w->slot, .block = w->at});
	}
	failover_kill(t, w);
	return KILL_NS;
}

static uint64_t look_at_killed(struct failover_turn *t, struct failover_worker *w)
{
	const uint64_t limit = failover_is_primary(t->f, w) || t->f->pending.waiting ? STALL_NS : KILL_NS;
	if (t->now_ns - w->state_ns < limit)
		return until(w->state_ns, limit, t->now_ns);
	failover_lose(t, w);
	return LISTEN_NS;
}

/* A handler that writes its last word and a wild write that looks like it: by now either is to be gone. */
static uint64_t look_at_dead(struct failover_turn *t, struct failover_worker *w)
{
	if (w->killed)
		return LISTEN_NS;
	if (t->now_ns - w->state_ns < TEARDOWN_NS)
		return until(w->state_ns, TEARDOWN_NS, t->now_ns);
	w->killed = true;
	failover_act(t, ACTION_KILL, w->id, 0);
	return LISTEN_NS;
}

uint64_t failover_timeouts(struct failover_turn *t, struct failover_worker *w)
{
	const bool leads = failover_is_primary(t->f, w);
	uint64_t wait = LISTEN_NS;
	switch (w->state) {
	case WORKER_STARTING:
	case WORKER_LOADING:
		wait = look_at_arrival(t, w);
		break;
	case WORKER_LIVE:
		if (!leads)
			wait = look_at_standby(t, w);
		break;
	case WORKER_PROBED:
		wait = w->glances ? look_at_probed_primary(t, w) : look_at_probed_standby(t, w);
		break;
	case WORKER_STALLED:
	case WORKER_DEMOTED:
		wait = look_at_stalled(t, w);
		break;
	case WORKER_KILLED:
		wait = look_at_killed(t, w);
		break;
	case WORKER_DEAD:
		wait = look_at_dead(t, w);
		break;
	case WORKER_NONE:
	case WORKER_SPARE:
	case WORKER_UNKILLABLE:
	case WORKER_STATES:
		break;
	}
	return w->unreached && w->slot >= 0 && wait > UNREACHED_NS ? UNREACHED_NS : wait;
}

/* The callback misses a block of the primary. It decides nothing; this is where the primary is asked; also one that
 * still catches up, if it has begun: it may meet a fault that the song has gone past. */
void failover_suspect(struct failover_turn *t)
{
	struct failover_worker *w = failover_in_slot(t->f, t->f->primary);
	const bool begun = w && t->samples->slot[w->slot].epoch == w->id;
	if (!begun || (w->state != WORKER_LIVE && w->state != WORKER_LOADING))
		return;
	failover_enter(t, w, WORKER_PROBED);
	w->glance[0] = failover_glance_of(&t->samples->slot[w->slot]);
	w->glances = 1;
	failover_act(t, ACTION_PROBE, w->id, 0);
	t->out->wait_ns = FAILOVER_GLANCE_NS;
}
