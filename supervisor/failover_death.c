/* failover_death.c — what a death means: who or what is to blame, and what is amended for it, once no worker is left
 * that may publish without the amendment; then the slots are filled again. Pure; called by failover.c and
 * failover_timeouts.c. */
#include "failover.h"

/* --- amendments -----------------------------------------------------------------------------------------------------
 */

/* May it still publish a block that is being amended, without the amendment? */
static bool may_publish_unamended(const struct failover *f, const struct failover_worker *w)
{
	return w->state == WORKER_KILLED ||
	       (w->state != WORKER_UNKILLABLE && (w->in_flight || failover_is_primary(f, w)));
}

static uint16_t amendment_type(const struct fault *f)
{
	if (f->blame == BLAME_STATE)
		return US_AMEND_AFRESH;
	if (f->blame == BLAME_INSTANCE)
		return f->trial ? US_AMEND_TRY_BYPASS : US_AMEND_BYPASS;
	return f->trial ? US_AMEND_TRY_TOMBSTONE : US_AMEND_TOMBSTONE;
}

static void tell_amendment(struct failover_turn *t, uint64_t id, const struct fault *f)
{
	static const enum us_note_kind kind[] = {
	    [BLAME_INSTANCE] = US_NOTE_QUARANTINE, [BLAME_RECORD] = US_NOTE_TOMBSTONE, [BLAME_STATE] = US_NOTE_AFRESH};
	if (f->trial)
		return;
	failover_tell(t, (struct us_note){.kind = kind[f->blame],
	                                  .id = id,
	                                  .slot = f->more,
	                                  .detail = f->blame == BLAME_INSTANCE ? f->instance : (int64_t)f->seq,
	                                  .block = f->block,
	                                  .ns = f->cause});
}

static void amend(struct failover_turn *t, uint64_t id, struct fault *fault)
{
	if (!fault_settle(fault, t->samples))
		return;
	failover_act(t, ACTION_AMEND, id, 0)->amendment = (struct us_amendment){
	    .block = fault->block,
	    .seq = fault->seq,
	    .type = amendment_type(fault),
	    .more = fault->more,
	    .instance = fault->instance,
	    .cause = fault->cause,
	    .worker = id,
	};
	tell_amendment(t, id, fault);
}

/* A trial that is not gone on with, as its supervisor has died or its block was played, is in the way of all workers.
 */
void failover_end_trial(struct failover_turn *t)
{
	if (t->samples->trial && t->f->search.kind == SEARCH_NONE)
		failover_act(t, ACTION_AMEND, 0, 0)->amendment =
		    (struct us_amendment){.block = t->samples->trial - 1, .type = US_AMEND_TRY_NOTHING};
}

/* When the death of all who could publish without it is certain, the amendment counts and the slots are filled. */
static void settle_pending(struct failover_turn *t)
{
	struct failover *f = t->f;
	if (!f->pending.waiting)
		return;
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		const struct failover_worker *w = failover_in_slot(f, s);
		if (w && may_publish_unamended(f, w))
			return;
	}
	amend(t, f->pending.id, &f->pending.fault);
	f->pending.waiting = false;
	failover_reseat(t);
}

/* --- deaths ---------------------------------------------------------------------------------------------------------
 */

static void blame(struct failover_turn *t, const struct failover_worker *w, struct fault *fault)
{
	struct failover *f = t->f;
	struct failover_worker *other = failover_in_slot(f, 1 - (uint32_t)w->slot);
	if (fault->blame == BLAME_NONE)
		return;
	if (!other || !may_publish_unamended(f, other)) {
		amend(t, w->id, fault);
		return;
	}
	f->pending.waiting = true;
	f->pending.id = w->id;
	f->pending.fault = *fault;
	if (other->state != WORKER_KILLED)
		failover_kill(t, other);
}

/* One that leaves as it has found no state to begin from is news only where no worker lives that could make one. */
static bool finds_no_state(struct failover *f, const struct failover_worker *w, const struct failover_samples *samples,
                           const struct fault *fault)
{
	enum { TRIES = 3 };
	const bool begun = w->slot < 0 || samples->slot[w->slot].epoch == w->id;
	if (begun || fault->signal || fault->status != US_EXIT_STATELESS || failover_live_mask(f))
		return false;
	if (++f->stateless < TRIES)
		return false;
	f->stateless = 0;
	return true;
}

/* After many deaths in one block. Each try is the death of a worker that was expected: the next one comes at once. */
static void search(struct failover_turn *t, const struct failover_worker *w, struct fault *fault)
{
	struct failover *f = t->f;
	const enum fault_search_step step = fault_search(&f->search, fault, &t->samples->slot[w->slot],
	                                                 t->samples->ever_published, t->samples->search_room);
	if (step != SEARCH_RESTS)
		f->backoff_ns = f->spawn_after_ns = 0;
	if (step == SEARCH_BEGINS)
		failover_tell(t, (struct us_note){.kind = US_NOTE_SEARCH,
		                                  .id = w->id,
		                                  .slot = (int)f->search.kind,
		                                  .detail = f->search.count,
		                                  .block = f->search.block});
}

/* Who or what is to blame, as far as one death tells, or many in a row. */
static struct fault attribute(struct failover_turn *t, const struct failover_worker *w, int signal, int status)
{
	struct fault fault = fault_attribute(w, t->samples, failover_is_primary(t->f, w), signal, status);
	if (w->slot >= 0 && !t->f->pending.waiting)
		search(t, w, &fault);
	if (finds_no_state(t->f, w, t->samples, &fault))
		fault.blame = BLAME_STATE;
	return fault;
}

/* Death is certain: the word of its signal handler, the kernel's mark, or its end. */
void failover_die(struct failover_turn *t, struct failover_worker *w, int signal, int status)
{
	struct failover *f = t->f;
	struct fault fault = attribute(t, w, signal, status);
	failover_act(t, ACTION_RANK, w->id, 2); /* on a single core its end would go before the standby's next block */
	failover_note_early_death(t, w, &fault);
	failover_enter(t, w, WORKER_DEAD);
	if (w->slot >= 0) {
		const uint32_t slot = (uint32_t)w->slot;
		if (fault.blame == BLAME_NONE)
			failover_end_trial(t);
		if (!f->pending.waiting)
			blame(t, w, &fault);
		if (!f->broken_ns)
			f->broken_ns = t->now_ns;
		settle_pending(t);
		failover_reseat(t);
		if (!failover_in_slot(f, slot))
			failover_act(t, ACTION_VACATE, w->id, slot);
	} else {
		failover_act(t, ACTION_SPARES, 0, failover_spares(f));
	}
	if (w->dismissed)
		return;
	failover_tell(t, (struct us_note){.kind = US_NOTE_DIED,
	                                  .id = w->id,
	                                  .slot = w->slot,
	                                  .detail = fault.signal ? fault.signal : -fault.status,
	                                  .block = fault.diverged});
}

void failover_lose(struct failover_turn *t, struct failover_worker *w)
{
	struct failover *f = t->f;
	failover_enter(t, w, WORKER_UNKILLABLE);
	if (w->slot < 0)
		return;
	if (!f->broken_ns)
		f->broken_ns = t->now_ns;
	settle_pending(t);
	if (failover_is_primary(f, w))
		failover_hand_over(t);
	failover_fill(t);
	failover_tell(t, (struct us_note){.kind = US_NOTE_LOST, .id = w->id, .slot = w->slot});
}
