/* join.c — from an exec'd process to a worker with a slot: load and touch everything, wait at the desk, take the
 * slot, go on from the newest checkpoint that is whole. All of it at SCHED_OTHER, before the first block. */
#include "code/load.h"
#include "ipc/futex.h"
#include "ipc/point.h"
#include "ipc/vault_rt.h"
#include "replica/load.h"
#include "worker.h"

#include <time.h>
#include <unistd.h>

enum { ORPHAN_SECONDS = 10, VAULT_LEAST_BYTES = 128 << 10, TRIES = 8 };
#define DESK_TIMEOUT_NS 100000000u

void us_worker_notify(const struct us_worker *w)
{
	uint64_t one = 1;
	if (write(w->event_fd, &one, sizeof one) < 0) {
		/* The supervisor is gone or its counter is full: in both cases nobody needs another hint. */
	}
}

bool us_worker_should_leave(struct us_worker *w, uint64_t waited_ns)
{
	/* None of them ever goes back: if one moves, their sum does. */
	const uint64_t sign = atomic_load_explicit(&w->clock->heartbeat_ns, memory_order_relaxed) +
	                      atomic_load_explicit(&w->clock->keeper_ns, memory_order_relaxed) +
	                      atomic_load_explicit(&w->clock->played, memory_order_relaxed);
	w->lonely_ns = sign == w->sign ? w->lonely_ns + waited_ns : 0;
	w->sign = sign;
	return atomic_load_explicit(&w->clock->stop, memory_order_acquire) ||
	       w->lonely_ns > ORPHAN_SECONDS * 1000000000ull;
}

int us_worker_open(struct us_worker *w, const char *session, uint64_t id, int event_fd, int code_fd, struct us_err *err)
{
	w->id = id;
	w->event_fd = event_fd;
	if (us_session_open(&w->session, session, 0, err))
		return US_FAILED;
	w->clock = w->session.clock;
	w->block_ns = 1000000000ull * US_BLOCK / w->clock->rate;
	const struct us_engine_config config =
	    us_engine_of_session(w->clock->rate, w->clock->arena_bytes, w->clock->tape_bytes, &w->session.shelf->shelf);
	if (us_code_library(&w->library, code_fd, NULL, err) ||
	    us_engine_open(&w->replica.engine, &config, w->library, err))
		return US_FAILED;
	if (us_engine_save_max(w->replica.engine) > w->clock->arena_bytes)
		return us_fail(err, "a checkpoint of %zu bytes does not fit the vault",
		               us_engine_save_max(w->replica.engine));
	if (us_worker_tape_open(w, err))
		return US_FAILED;
	us_engine_prefault(w->replica.engine);
	us_program_prefault();
	us_shm_prefault(w->clock, 0, US_READ);
	us_shm_prefault(w->session.journal, 0, US_READ);
	us_worker_touch_shelf(w, SIZE_MAX);
	if (w->session.ear->on)
		us_shm_prefault(w->session.ear, 0, US_READ);
	return US_OK;
}

bool us_worker_has_orders(const struct us_worker *w, uint64_t orders, int32_t pid)
{
	const struct us_desk *desk = &w->clock->desk[w->id % US_DESKS];
	return orders >> 8 == w->id && (orders & 0xff) && atomic_load(&desk->process.pid) == pid;
}

bool us_worker_is_forgotten(const struct us_worker *w)
{
	return w->id < atomic_load_explicit(&w->clock->oldest_worker, memory_order_acquire);
}

bool us_worker_claim(const struct us_worker *w, struct us_slot *slot)
{
	uint64_t former = atomic_load_explicit(&w->clock->desk[w->id % US_DESKS].former_owner, memory_order_acquire);
	return atomic_compare_exchange_strong_explicit(&slot->owner, &former, w->id, memory_order_acq_rel,
	                                               memory_order_relaxed);
}

/* 0 when told to stop, else slot + 1. */
static uint32_t wait_for_orders(struct us_worker *w)
{
	const struct us_desk *desk = &w->clock->desk[w->id % US_DESKS];
	us_worker_notify(w); /* ready */
	for (;;) {
		uint32_t bell = atomic_load_explicit(&desk->bell, memory_order_acquire);
		uint64_t orders =
		    atomic_load_explicit(&desk->orders, memory_order_acquire); /* pairs with the arbiter */
		if (us_worker_has_orders(w, orders, getpid()))
			return (uint32_t)(orders & 0xff);
		if (us_worker_is_forgotten(w))
			return 0;
		us_futex_wait(&desk->bell, bell, DESK_TIMEOUT_NS);
		if (us_worker_should_leave(w, DESK_TIMEOUT_NS))
			return 0;
	}
}

static int take_slot(struct us_worker *w, uint32_t slot_index, struct us_err *err)
{
	void *memory;
	enum us_segment_kind kind = slot_index ? US_SEG_SLOT1 : US_SEG_SLOT0;
	if (us_shm_open(&memory, w->session.name, kind, w->session.nonce, US_WRITE, err))
		return US_FAILED;
	us_shm_close(w->session.slot[slot_index]);
	w->session.slot[slot_index] = memory;
	if (!us_worker_claim(w, memory))
		return us_fail(err, "slot %u belongs to another worker; worker %llu leaves", slot_index,
		               (unsigned long long)w->id);
	us_lifeline_tie(w->lifeline, memory); /* before anything in the slot is ours */
	us_shm_prefault(memory, sizeof(struct us_slot), US_WRITE);
	us_shm_seal(memory);
	us_shm_prefault(w->session.slot[1 - slot_index], sizeof(struct us_slot), US_READ);
	return US_OK;
}

/* Asks for the pages in one call, which the sandbox lets through: they are in memory, only not yet in our tables. */
void us_worker_touch_shelf(struct us_worker *w, size_t most)
{
	if (!w->session.shelf)
		return;
	const struct us_shelf *shelf = &w->session.shelf->shelf;
	uint64_t used = atomic_load_explicit(&shelf->used, memory_order_acquire); /* pairs with us_shelf_add */
	size_t bytes = used - w->shelf_touched < most ? (size_t)(used - w->shelf_touched) : most;
	if (bytes == 0)
		return;
	const uint64_t faults = us_worker_minor_faults();
	us_memory_prefault((const char *)shelf + w->shelf_touched, bytes, US_READ);
	w->faults_before += us_worker_minor_faults() - faults; /* asked for, and in nobody's way */
	w->shelf_touched += bytes;
	if (w->slot)
		atomic_store_explicit(&w->slot->shelf_touched, w->shelf_touched, memory_order_release);
}

static bool load_tape(void *context, const struct us_found *found)
{
	return us_worker_tape_load(context, found);
}

enum us_found_checkpoint us_worker_load(struct us_worker *w, uint64_t latest, enum us_load_trust trust)
{
	struct us_found found;
	const struct us_load load = {.earliest = us_session_reach(&w->session),
	                             .latest = latest,
	                             /* below that the journal is gone */
	                             .applied = atomic_load_explicit(&w->clock->keep, memory_order_acquire),
	                             .trust = trust,
	                             .also = load_tape,
	                             .context = w};
	return us_replica_load(&w->replica, &w->session, &load, &found) ? US_CHECKPOINT_LOADED : US_NO_CHECKPOINT;
}

static int load(struct us_worker *w, struct us_err *err)
{
	for (int i = 0; i < TRIES; i++) { /* there are newer ones when all have been overwritten meanwhile */
		if (us_worker_load(w, UINT64_MAX, US_LOAD_SOUND) == US_CHECKPOINT_LOADED ||
		    us_replica_begin(&w->replica, &w->session, us_session_reach(&w->session)))
			return US_OK;
		/* What somebody lives on, and has not left a sound state behind within reach. */
		if (us_worker_load(w, UINT64_MAX, US_LOAD_AS_IT_IS) == US_CHECKPOINT_LOADED)
			return US_OK;
		/* While somebody lives there will be a better one. */
		if (!atomic_load_explicit(&w->clock->live_mask, memory_order_acquire) &&
		    us_worker_load(w, UINT64_MAX, US_LOAD_DOUBTED) == US_CHECKPOINT_LOADED)
			return US_OK;
	}
	w->stateless = true;
	return us_fail(err, "no checkpoint loads from which all that was played since then could be rendered again");
}

/* Room for checkpoints of twice the present size. All of the vault would be safer still, but each shared page that a
 * worker has touched makes its death last longer before the pidfd tells: 8 MB cost a millisecond. A patch that grows
 * beyond it takes its page faults after publishing, where they cost nobody a block. */
static void touch_vault(const struct us_worker *w)
{
	size_t bytes = 2 * us_engine_save_bytes(w->replica.engine) + VAULT_LEAST_BYTES;
	if (bytes > w->clock->arena_bytes)
		bytes = w->clock->arena_bytes;
	for (uint32_t v = 0; v < US_VAULT; v++)
		us_memory_prefault(us_vault_bytes(w->slot, us_vault_room(w->clock), v), bytes, US_WRITE);
	if (w->clock->tape_bytes)
		us_memory_prefault(us_vault_tape(w->slot, us_vault_room(w->clock), 0), US_VAULT * w->clock->tape_bytes,
		                   US_WRITE);
}

/* What its predecessor has counted is no measure for this one: whether it hangs, or died young, is told by them. */
static void begin_counts(struct us_slot *s)
{
	struct timespec cpu;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	atomic_store_explicit(&s->cpu_ns, (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec,
	                      memory_order_relaxed);
	atomic_store_explicit(&s->busy_ns, 0, memory_order_relaxed);
	atomic_store_explicit(&s->busy_max_ns, 0, memory_order_relaxed);
	atomic_store_explicit(&s->blocks, 0, memory_order_relaxed);
	atomic_store_explicit(&s->minor_faults, 0, memory_order_relaxed);
}

int us_worker_begin(struct us_worker *w, uint32_t slot_index, struct us_err *err)
{
	struct us_slot *s = w->session.slot[slot_index];
	w->slot_index = slot_index;
	w->slot = s;
	w->other = w->session.slot[1 - slot_index];
	us_point();
	/* seq_cst: before any table is looked for. Pairs with somebody_loads() in control. */
	atomic_store_explicit(&s->state, US_WORKER_LOADING, memory_order_seq_cst);
	atomic_store_explicit(&s->crumb, us_crumb(US_PHASE_LOAD, US_NOBODY, 0), memory_order_relaxed);
	atomic_store_explicit(&s->death, 0, memory_order_relaxed);
	atomic_store_explicit(&s->divergences, 0, memory_order_relaxed);
	atomic_store_explicit(&s->accused, 0, memory_order_relaxed);
	atomic_store_explicit(&s->differs, 0, memory_order_relaxed);
	atomic_store_explicit(&s->looks_back, 0, memory_order_relaxed);
	for (uint32_t i = 0; i < sizeof s->prints / sizeof s->prints[0]; i++)
		atomic_store_explicit(&s->prints[i].block, 0, memory_order_relaxed);
	begin_counts(s);
	us_engine_crumb_to(w->replica.engine, &s->crumb, &s->timed);
	us_vault_sweep(s, us_vault_room(w->clock));
	if (load(w, err))
		return US_FAILED;
	us_worker_tape_begin(w);
	w->origin = us_engine_block(w->replica.engine);
	touch_vault(w);
	us_worker_touch_shelf(w, SIZE_MAX); /* what came while it was a spare */
	us_point();
	/* After `state`, which is not LIVE any more: pairs with listen_to() */
	atomic_store_explicit(&s->epoch, w->id, memory_order_release);
	atomic_store_explicit(&s->applied, w->replica.applied, memory_order_relaxed);
	atomic_store_explicit(&s->crumb, us_crumb(US_PHASE_IDLE, US_NOBODY, us_engine_block(w->replica.engine)),
	                      memory_order_relaxed);
	us_point();
	/* From here on the gate of a partner may read it. */
	atomic_store_explicit(&s->published, us_engine_block(w->replica.engine), memory_order_release);
	us_point();
	atomic_store_explicit(&s->state, US_WORKER_CATCHING_UP, memory_order_release);
	return US_OK;
}

int us_worker_join(struct us_worker *w, struct us_err *err)
{
	uint32_t orders = wait_for_orders(w);
	if (!orders)
		return US_OK;
	if (orders > US_SLOTS)
		return us_fail(err, "orders for slot %u, there are %d", orders - 1, US_SLOTS);
	if (take_slot(w, orders - 1, err))
		return US_FAILED;
	return us_worker_begin(w, orders - 1, err);
}
