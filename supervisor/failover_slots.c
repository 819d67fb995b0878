/* failover_slots.c — who is where, and who gets which slot. Pure; called by the files of the failover. What it means
 * that somebody dies is failover_death.c's. */
#include "failover.h"

/* --- who is where ---------------------------------------------------------------------------------------------------
 */

struct failover_worker *failover_by_id(struct failover *f, uint64_t id)
{
	struct failover_worker *w = &f->worker[id % US_DESKS];
	return id && w->id == id ? w : NULL;
}

struct failover_worker *failover_in_slot(struct failover *f, uint32_t slot)
{
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct failover_worker *w = &f->worker[i];
		if (w->id && w->slot == (int)slot && w->state != WORKER_DEAD)
			return w;
	}
	return NULL;
}

bool failover_is_primary(const struct failover *f, const struct failover_worker *w)
{
	return w->slot == (int)f->primary && w->state != WORKER_DEAD;
}

static bool is_live(const struct failover_worker *w)
{
	return w->slot >= 0 && w->state >= WORKER_LIVE && w->state <= WORKER_KILLED;
}

uint32_t failover_live_mask(const struct failover *f)
{
	uint32_t mask = 0;
	for (uint32_t i = 0; i < US_DESKS; i++)
		if (f->worker[i].id && is_live(&f->worker[i]) && f->worker[i].was_live)
			mask |= 1u << f->worker[i].slot;
	return mask;
}

uint32_t failover_spares(const struct failover *f)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < US_DESKS; i++)
		n += f->worker[i].id && f->worker[i].state == WORKER_SPARE;
	return n;
}

static struct failover_worker *oldest_spare(struct failover *f)
{
	struct failover_worker *oldest = NULL;
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct failover_worker *w = &f->worker[i];
		if (w->id && w->state == WORKER_SPARE && (!oldest || w->id < oldest->id))
			oldest = w;
	}
	return oldest;
}

const char *failover_state_name(enum worker_state state)
{
	static const char *const name[WORKER_STATES] = {"none",    "starting", "spare",  "loading",    "live", "probed",
	                                                "stalled", "demoted",  "killed", "unkillable", "dead"};
	return name[state];
}

/* --- actions --------------------------------------------------------------------------------------------------------
 */

struct failover_action *failover_act(struct failover_turn *t, enum failover_action_kind kind, uint64_t id,
                                     uint32_t slot)
{
	/* A step takes fewer; should that ever be wrong, the last one is lost and the next look mends it. */
	uint32_t at = t->out->count < FAILOVER_ACTIONS ? t->out->count++ : FAILOVER_ACTIONS - 1;
	struct failover_action *a = &t->out->list[at];
	*a = (struct failover_action){.kind = kind, .id = id, .slot = slot};
	return a;
}

void failover_tell(struct failover_turn *t, struct us_note note)
{
	failover_act(t, ACTION_TELL, note.id, 0)->note = note;
}

void failover_enter(struct failover_turn *t, struct failover_worker *w, enum worker_state state)
{
	w->state = state;
	w->state_ns = t->now_ns;
	w->glances = 0;
	w->was_live |= state == WORKER_LIVE;
}

void failover_kill(struct failover_turn *t, struct failover_worker *w)
{
	failover_act(t, ACTION_KILL, w->id, 0);
	w->killed = true;
	failover_enter(t, w, WORKER_KILLED);
}

/* --- slots ----------------------------------------------------------------------------------------------------------
 */

/* The other slot becomes primary if there is a worker in it that is live or still loading. One that was found stalled
 * leads if there is no other, with its clock running on. */
void failover_hand_over(struct failover_turn *t)
{
	struct failover *f = t->f;
	struct failover_worker *old = failover_in_slot(f, f->primary), *next = failover_in_slot(f, 1 - f->primary);
	if (f->pending.waiting || !next || next->state >= WORKER_KILLED)
		return;
	f->primary = 1 - f->primary;
	failover_act(t, ACTION_PROMOTE, next->id, f->primary);
	if (next->state == WORKER_DEMOTED)
		next->state = WORKER_STALLED;
	if (!old)
		return;
	old->in_flight = true;
	old->at = UINT64_MAX; /* to be seen at the next look: it may have moved until the hand-over */
	if (old->state == WORKER_STALLED)
		old->state = WORKER_DEMOTED;
	failover_act(t, ACTION_RANK, old->id, 1);
}

/* A ready spare takes an empty slot and loads. If both are empty it takes the primary's, so that it is gated by none;
 * for the same reason it leads if the primary is unkillable. */
void failover_fill(struct failover_turn *t)
{
	struct failover *f = t->f;
	for (uint32_t i = 0; i < US_SLOTS && !f->pending.waiting; i++) {
		const uint32_t slot = i ? 1 - f->primary : f->primary;
		struct failover_worker *spare = oldest_spare(f), *leader;
		if (!spare || failover_in_slot(f, slot))
			continue;
		spare->slot = (int)slot;
		spare->at = UINT64_MAX;
		spare->moved_ns = t->now_ns;
		failover_enter(t, spare, WORKER_LOADING);
		failover_act(t, ACTION_ASSIGN, spare->id, slot);
		failover_act(t, ACTION_SPARES, 0, failover_spares(f));
		leader = failover_in_slot(f, f->primary);
		if (leader && leader->state == WORKER_UNKILLABLE)
			failover_hand_over(t);
	}
}

void failover_reseat(struct failover_turn *t)
{
	if (!failover_in_slot(t->f, t->f->primary))
		failover_hand_over(t);
	failover_fill(t);
}
