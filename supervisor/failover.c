/* failover.c — see failover.h: what an event means for the slots. failover_timeouts.c looks at the time,
 * fault_attribution.c for who is to blame, failover_pool.c after the number of workers. */
#include "failover.h"

#include <signal.h>
#include <string.h>

#define LONGEST_WAIT_NS 1000000000ull /* a word whose hint was lost is heard within it */
#define OVERSLEPT_NS 20000000ull

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
static void fill(struct failover_turn *t)
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

static void reseat(struct failover_turn *t)
{
	if (!failover_in_slot(t->f, t->f->primary))
		failover_hand_over(t);
	fill(t);
}

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

/* A trial that nobody goes on with, as its supervisor has died or its block was played, is in everybody's way. */
static void end_trial(struct failover_turn *t)
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
	reseat(t);
}

/* --- events ---------------------------------------------------------------------------------------------------------
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

/* One that leaves as it has found no state to begin from is news only where nobody lives who could make one. */
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
static void die(struct failover_turn *t, struct failover_worker *w, int signal, int status)
{
	struct failover *f = t->f;
	struct fault fault = attribute(t, w, signal, status);
	failover_act(t, ACTION_RANK, w->id, 2); /* on a single core its end would go before the standby's next block */
	failover_note_early_death(t, w, &fault);
	failover_enter(t, w, WORKER_DEAD);
	if (w->slot >= 0) {
		const uint32_t slot = (uint32_t)w->slot;
		if (fault.blame == BLAME_NONE)
			end_trial(t);
		if (!f->pending.waiting)
			blame(t, w, &fault);
		if (!f->broken_ns)
			f->broken_ns = t->now_ns;
		settle_pending(t);
		reseat(t);
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
	fill(t);
	failover_tell(t, (struct us_note){.kind = US_NOTE_LOST, .id = w->id, .slot = w->slot});
}

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
		die(t, w, 0, 0);
	} else if (s->epoch == w->id && died_where_nothing_is_to_blame(t->f, t->samples, s)) {
		failover_act(t, ACTION_KILL, w->id, 0); /* should it have been a wild write into that word */
		die(t, w, SIGKILL, 0);
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
	wait = spawn < wait ? spawn : wait;
	wait = retry < wait ? retry : wait;
	t->out->wait_ns = f->wait_ns = wait < LONGEST_WAIT_NS ? wait : LONGEST_WAIT_NS;
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
	end_trial(t);
	reseat(t);
	if (failover_live_mask(f) != (1u << US_SLOTS) - 1)
		f->broken_ns = t->now_ns;
}

static void exited(struct failover_turn *t, struct failover_worker *w, const struct failover_event *e)
{
	if (w->state != WORKER_DEAD)
		die(t, w, e->unknown ? SIGKILL : e->signal, e->status);
	memset(w, 0, sizeof *w);
}

static void ready(struct failover_turn *t, struct failover_worker *w)
{
	if (w->state != WORKER_STARTING)
		return;
	failover_enter(t, w, WORKER_SPARE);
	failover_act(t, ACTION_SPARES, w->id, failover_spares(t->f));
	reseat(t);
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
	case FAILOVER_RESUMED:
		resume(&t, e);
		break;
	}
}
