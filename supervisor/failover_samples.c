/* failover_samples.c — what the failover may know of shared memory, read in the order of the protocol. [arbiter] and
 * the simulation. Its one store is clock.ever_published. */
#include "ipc/amend.h"
#include "ipc/clock.h"
#include "ipc/process.h"
#include "ipc/slot_rt.h"
#include "stage.h"

#include <linux/futex.h>

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What a slot counts as published. A worker that has written wild may have spoilt its count, which would put off every
 * bypass of this session for ever: more than was granted is no count. The ring then tells, as it tells the callback. */
static uint64_t published_by(const struct us_stage *h, const struct us_slot *slot)
{
	float samples[US_SAMPLES];
	uint64_t granted = atomic_load_explicit(&h->session.clock->granted, memory_order_acquire);
	uint64_t count = atomic_load_explicit(&slot->published, memory_order_acquire);
	if (count <= granted)
		return count;
	for (uint64_t n = granted; n > 0 && n + US_RING > granted; n--)
		if (us_slot_take(slot, n - 1, UINT64_MAX, samples) == US_TAKE_OK)
			return n;
	return 0;
}

/* No block that anybody has published is rewritten: the callback may have taken it from either slot. A worker that was
 * relieved may have published more than its successor, and a slot's own count goes back when a new worker takes it.
 * What was merely counted (a gap) does not matter: nobody has heard it, and whoever renders it later may die of it. */
uint64_t us_ever_published(const struct us_stage *h)
{
	uint64_t most = atomic_load_explicit(&h->session.clock->ever_published, memory_order_relaxed);
	float samples[US_SAMPLES];
	for (uint32_t s = 0; s < US_SLOTS; s++)
		most = larger(most, published_by(h, h->session.slot[s]));
	/* Who died between a block and its count has published it: the callback goes by the ring. */
	for (uint32_t s = 0; s < US_SLOTS; s++)
		most += us_slot_take(h->session.slot[s], most, UINT64_MAX, samples) == US_TAKE_OK;
	return most;
}

/* That were granted to the blocks below this one. */
static uint64_t records_before(const struct us_clock *c, uint64_t block)
{
	return block ? atomic_load_explicit(&c->grant[(block - 1) % US_GRANTS], memory_order_relaxed) : 0;
}

static uint64_t trial_of(const struct us_amendments *a)
{
	const uint32_t count = atomic_load_explicit(&a->count, memory_order_relaxed);
	const struct us_amendment *last = count && count <= US_AMENDMENTS ? &a->list[count - 1] : NULL;
	return last && (last->type == US_AMEND_TRY_BYPASS || last->type == US_AMEND_TRY_TOMBSTONE) ? last->block + 1
	                                                                                           : 0;
}

static void sample_slot(const struct us_clock *c, const struct us_slot *s, struct failover_slot *to)
{
	to->death = atomic_load_explicit(&s->death, memory_order_acquire); /* pairs with on_fatal */
	to->owner_died = atomic_load_explicit(&s->lifeline, memory_order_acquire) & FUTEX_OWNER_DIED;
	/* The epoch first: what is read after it is not the word of who had the slot before. */
	to->epoch = atomic_load_explicit(&s->epoch, memory_order_acquire); /* pairs with us_worker_begin */
	to->live = atomic_load_explicit(&s->state, memory_order_acquire) == US_WORKER_LIVE;
	to->accused = atomic_load_explicit(&s->accused, memory_order_acquire); /* pairs with agrees_with_primary */
	to->divergences = atomic_load_explicit(&s->divergences, memory_order_acquire); /* the same */
	to->diverged_block = atomic_load_explicit(&s->diverged_block, memory_order_relaxed);
	to->published = atomic_load_explicit(&s->published, memory_order_acquire);
	to->applied = atomic_load_explicit(&s->applied, memory_order_acquire);
	to->timed = atomic_load_explicit(&s->timed, memory_order_acquire);
	to->crumb = atomic_load_explicit(&s->crumb, memory_order_acquire);
	to->granted_records = records_before(c, failover_block_of(to->crumb, to->published) + 1);
	to->granted_before = records_before(c, failover_block_of(to->crumb, to->published));
	to->probes = atomic_load_explicit(&s->probes, memory_order_acquire); /* pairs with on_probe */
	to->probe_cpu_ns = atomic_load_explicit(&s->probe_cpu_ns, memory_order_relaxed);
	to->cpu_ns = atomic_load_explicit(&s->cpu_ns, memory_order_acquire);
	to->busy_ns = atomic_load_explicit(&s->busy_ns, memory_order_relaxed);
	to->blocks = atomic_load_explicit(&s->blocks, memory_order_relaxed);
}

/* Words of two reports, or of a block that nobody can have rendered, are none. */
static void sample_quarantine(const struct us_slot *leads, struct failover_samples *to)
{
	const uint64_t at = atomic_load_explicit(&leads->quarantined_at, memory_order_acquire);
	for (uint32_t i = 0; i < US_INDICES / 64; i++)
		to->quarantined[i] = atomic_load_explicit(&leads->quarantined[i], memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	const bool whole = at == atomic_load_explicit(&leads->quarantined_at, memory_order_relaxed);
	to->quarantined_at = whole && at <= to->granted ? at : 0;
}

static bool needs_cpu_time(enum worker_state state)
{
	return state == WORKER_STARTING || state == WORKER_LOADING || state == WORKER_PROBED ||
	       state == WORKER_STALLED || state == WORKER_DEMOTED;
}

static uint32_t restore_room(const struct us_stage *h)
{
	const struct us_player *p = &h->player;
	const uint32_t waiting = atomic_load_explicit(&p->planned_in, memory_order_relaxed) -
	                         atomic_load_explicit(&p->planned_out, memory_order_acquire);
	return us_amend_may_restore(h->session.clock) ? US_PLANNED - waiting : 0;
}

/* The tap remembers what was played for some seconds, fewer at high rates: a recorder that hangs is replaced while its
 * successor still finds all of it there. */
static void sample_children(const struct us_stage *h, struct failover_samples *to)
{
	const struct us_session *s = &h->session;
	to->child[CHILD_CONTROL].turns = atomic_load_explicit(&s->house->turns, memory_order_relaxed);
	to->child[CHILD_CONTROL].hung_ns = 0;
	to->child[CHILD_RECORDER].turns = atomic_load_explicit(&s->recorder->turns, memory_order_relaxed);
	to->child[CHILD_RECORDER].hung_ns = US_TAP / 2 * 1000000000ull * US_BLOCK / s->clock->rate;
}

void us_failover_sample(struct us_stage *h, bool somebody_died, struct failover_samples *to)
{
	struct us_clock *c = h->session.clock;
	to->granted = atomic_load_explicit(&c->granted, memory_order_acquire);
	to->block_ns = h->player.block_ns;
	to->unheard = atomic_load_explicit(&c->board.underruns, memory_order_relaxed) +
	              atomic_load_explicit(&c->board.gap_blocks, memory_order_relaxed);
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		sample_slot(c, h->session.slot[s], &to->slot[s]);
		somebody_died |= to->slot[s].death >> 63 || to->slot[s].owner_died;
	}
	sample_quarantine(h->session.slot[h->failover.primary], to);
	sample_children(h, to);
	to->restore_room = restore_room(h);
	to->search_room = us_amend_may_search(c);
	for (uint32_t i = 0; i < US_DESKS; i++) {
		const struct failover_worker *w = &h->failover.worker[i];
		to->cpu_ns[i] = w->id && needs_cpu_time(w->state) ? us_process_cpu_ns(h->actor[i].pid) : 0;
	}
	/* After all that tells of a death: what a dead worker has published is counted. */
	if (somebody_died || h->failover.pending.waiting)
		atomic_store_explicit(&c->ever_published, us_ever_published(h), memory_order_relaxed);
	to->ever_published = atomic_load_explicit(&c->ever_published, memory_order_relaxed);
	to->open_block = larger(to->ever_published, atomic_load_explicit(&c->played, memory_order_acquire));
	to->open_records = records_before(c, to->open_block);
	to->trial = trial_of(&c->amendments[US_BY_ARBITER]);
}
