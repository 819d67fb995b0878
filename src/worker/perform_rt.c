/* perform_rt.c — what a worker does for the rest of its life: wait until it may render the next block, carry out what
 * applies to it, render, publish; now and then, after publishing, a checkpoint. Between wake and publish: no
 * allocation, lock, file, page fault or system call but the futex wake.
 *
 * The order of loads is the protocol's (layout.h): granted before grant[n] [when]; role before amendments [amend];
 * the partner's published before rendering a block as standby [gate]. */
#include "ipc/clock.h"
#include "ipc/ear_rt.h"
#include "ipc/futex.h"
#include "ipc/hash.h"
#include "ipc/journal_rt.h"
#include "ipc/meters_rt.h"
#include "ipc/point.h"
#include "ipc/slot_rt.h"
#include "ipc/vault_rt.h"
#include "worker.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { SHELF_PORTION = 512 << 10 }; /* of the shelf, between two blocks: some 20 µs */
#define STRETCH_NS 20000000ull      /* how long a worker that is behind computes without a rest */
#define REST_NS 1000000ull

/* The slot that leads, as the arbiter last said. */
static uint32_t primary_slot(const struct us_worker *w)
{
	return (uint32_t)(atomic_load_explicit(&w->clock->role, memory_order_acquire) & 1); /* pairs with promote() */
}

US_REALTIME static bool may_render(const struct us_worker *w, uint64_t block)
{
	if (block >= atomic_load_explicit(&w->clock->granted, memory_order_acquire)) /* [when] */
		return false;
	if (primary_slot(w) == w->slot_index)
		return true;
	uint64_t theirs = atomic_load_explicit(&w->other->published, memory_order_acquire); /* [gate] */
	/* More than was granted nobody publishes: a primary that says so is out of its mind, and not followed. */
	return theirs > block && theirs <= atomic_load_explicit(&w->clock->granted, memory_order_acquire);
}

US_REALTIME static void wait_for_cue(const struct us_worker *w, uint64_t block)
{
	const struct us_clock *c = w->clock;
	uint32_t bell = atomic_load_explicit(&c->bell, memory_order_acquire);
	uint32_t partner = atomic_load_explicit(&w->other->published_bell, memory_order_acquire);
	if (may_render(w, block)) /* it came between the last look and the bells */
		return;
	if (primary_slot(w) == w->slot_index)
		us_futex_wait(&c->bell, bell, w->block_ns);
	else
		us_futex_wait(&w->other->published_bell, partner, w->block_ns);
}

/* --- the song as the session's memory has it (replica/replica.h) -----------------------------------------------------
 */

US_REALTIME static const struct us_amendment *amendment(void *context, uint32_t list, uint32_t place)
{
	const struct us_worker *w = context;
	const struct us_amendments *a = &w->clock->amendments[list];
	return place < atomic_load_explicit(&a->count, memory_order_acquire) ? &a->list[place] : NULL; /* [amend] */
}

US_REALTIME static uint64_t granted(void *context, uint64_t block)
{
	struct us_worker *w = context;
	const uint64_t until = atomic_load_explicit(&w->clock->grant[block % US_GRANTS], memory_order_relaxed);
	us_point();
	atomic_store_explicit(&w->slot->crumb, us_crumb(US_PHASE_APPLY, US_NOBODY, block), memory_order_relaxed);
	return until;
}

/* A record that is damaged is skipped by everybody alike. One that was overwritten, because who began from a checkpoint
 * was held up for so long that nobody needed it any more, only by us: what we would render is another song. */
US_REALTIME static void miss(struct us_worker *w, uint64_t seq)
{
	atomic_thread_fence(memory_order_acquire); /* keep is not older than what was read */
	w->left_behind |= seq < atomic_load_explicit(&w->clock->keep, memory_order_acquire);
}

US_REALTIME static bool record(void *context, uint64_t seq, struct us_record *to)
{
	struct us_worker *w = context;
	us_point();
	/* The arbiter reads it after a death in here: it is the number of the record at work. */
	atomic_store_explicit(&w->slot->applied, seq, memory_order_release);
	if (us_journal_read(w->session.journal, seq, to))
		return true;
	miss(w, seq);
	return false;
}

US_REALTIME static bool heard(void *context, uint64_t block, float samples[US_SAMPLES])
{
	struct us_worker *w = context;
	us_point();
	atomic_store_explicit(&w->slot->applied, w->replica.applied, memory_order_release); /* all records are done */
	if (us_ear_read(w->session.ear, block, samples))                                    /* [heard] */
		return true;
	w->left_behind |= w->session.ear && w->session.ear->on; /* it was overwritten */
	return false;
}

/* In US_PORTIONS blocks, each bit of the arena once: what is spoilt there is found before long, and mostly unheard. */
US_REALTIME static uint64_t hash_portion(const struct us_engine *engine, uint64_t block)
{
	struct us_piece piece[US_PIECES];
	uint64_t hash[US_PIECES];
	us_engine_portion(engine, (uint32_t)(block % US_PORTIONS), piece);
	for (uint32_t i = 0; i < US_PIECES; i++)
		hash[i] = us_hash(piece[i].bytes, piece[i].count);
	return us_hash(hash, sizeof hash);
}

US_REALTIME void us_worker_compute(struct us_worker *w, uint64_t block, float samples[US_SAMPLES],
                                   struct us_digest *digest)
{
	const struct us_source_of_song song = {w, amendment, granted, record, heard};
	us_replica_render(&w->replica, &song, samples);
	digest->sound = us_hash(samples, sizeof(float) * US_SAMPLES);
	digest->state = hash_portion(w->replica.engine, block);
}

/* A standby whose block is not the primary's has spoilt memory, or the primary has. If it can prove that it is the
 * primary it says so to the arbiter, and goes on; else it leaves without publishing, and is rebuilt. */
static bool agrees_with_primary(struct us_worker *w, uint64_t block, struct us_digest *mine, float samples[US_SAMPLES])
{
	struct us_digest theirs;
	uint64_t primary;
	if (primary_slot(w) == w->slot_index || !us_slot_digest(w->other, block, &theirs, &primary) ||
	    primary == w->accused)
		return true;
	if (theirs.sound == mine->sound && theirs.state == mine->state) {
		w->compared += w->compared < US_PORTIONS;
		return true;
	}
	enum us_opinion opinion = us_worker_reconsider(w, block, mine, &theirs, samples);
	atomic_store_explicit(&w->slot->diverged_block, block, memory_order_relaxed);
	if (opinion == US_I_AM_RIGHT) {
		w->accused = primary;
		atomic_store_explicit(&w->slot->accused, primary, memory_order_release); /* pairs with depose() */
		us_worker_notify(w);
		return true;
	}
	if (opinion == US_THEY_ARE_RIGHT && primary_slot(w) == w->slot_index) {
		*mine = theirs; /* cured, and by now there is nobody else */
		return true;
	}
	atomic_fetch_add_explicit(&w->slot->divergences, 1, memory_order_release);
	return false;
}

US_REALTIME static enum us_worker_step render(struct us_worker *w, uint64_t block)
{
	float samples[US_SAMPLES];
	struct us_digest digest;
	us_worker_print_begin(w, block);
	us_worker_compute(w, block, samples, &digest);
	us_worker_print_end(w, block);
	if (w->replica.on_trial)
		return US_STEP_TRIED;
	if (w->left_behind || !agrees_with_primary(w, block, &digest, samples))
		return US_STEP_DIVERGED;
	us_point();
	us_slot_publish(w->slot, block, w->id, w->replica.applied, &digest, samples);
	us_point();
	atomic_store_explicit(&w->slot->crumb, us_crumb(US_PHASE_IDLE, US_NOBODY, block + 1), memory_order_relaxed);
	return US_STEP_RENDERED;
}

static void report(struct us_worker *w, uint64_t started_ns)
{
	struct us_slot *s = w->slot;
	struct timespec cpu;
	uint64_t busy = us_now_ns() - started_ns;
	atomic_fetch_add_explicit(&s->busy_ns, busy, memory_order_relaxed);
	atomic_fetch_add_explicit(&s->blocks, 1, memory_order_relaxed);
	if (busy > atomic_load_explicit(&s->busy_max_ns, memory_order_relaxed))
		atomic_store_explicit(&s->busy_max_ns, busy, memory_order_relaxed);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	atomic_store_explicit(&s->cpu_ns, (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec,
	                      memory_order_release);
}

uint64_t us_worker_minor_faults(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)usage.ru_minflt;
}

static void report_slowly(struct us_worker *w, uint64_t block)
{
	struct us_slot *s = w->slot;
	struct us_engine_counts counts;
	struct us_meters meters;
	us_engine_counts(w->replica.engine, &counts);
	us_engine_meters(w->replica.engine, &meters);
	us_meters_publish(s, &meters);
	atomic_store_explicit(&s->garbage, counts.garbage, memory_order_relaxed);
	atomic_store_explicit(&s->refused, counts.refused, memory_order_relaxed);
	atomic_store_explicit(&s->late, counts.late, memory_order_relaxed);
	if (w->live)
		atomic_store_explicit(&s->minor_faults, us_worker_minor_faults() - w->faults_before,
		                      memory_order_relaxed);
	uint64_t word[US_INDICES / 64] = {0};
	struct us_instance_view view;
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(w->replica.engine, i, &view) && view.bypassed)
			word[i / 64] |= 1ull << i % 64;
	for (uint32_t i = 0; i < US_INDICES / 64; i++)
		atomic_store_explicit(&s->quarantined[i], word[i], memory_order_relaxed);
	atomic_store_explicit(&s->quarantined_at, block, memory_order_release); /* pairs with sample_quarantine() */
}

/* The standby makes checkpoints, after it has published. A primary without a partner makes them itself, when it is
 * ahead of its grants; if it never is, at least every fourth time one is due. */
static bool should_checkpoint(struct us_worker *w, uint64_t block)
{
	if (!w->live)
		return false;
	if (block % US_CHECKPOINT_BLOCKS == 0 && block != w->checkpoint_block) /* twice would cost the older one */
		w->checkpoint_due = true;
	if (!w->checkpoint_due)
		return false;
	if (primary_slot(w) != w->slot_index)
		return true;
	uint32_t alone = 1u << w->slot_index;
	if (atomic_load_explicit(&w->clock->live_mask, memory_order_acquire) != alone)
		return false;
	bool ahead = block >= atomic_load_explicit(&w->clock->granted, memory_order_acquire);
	return ahead || block - w->checkpoint_block >= 4 * US_CHECKPOINT_BLOCKS;
}

static void checkpoint(struct us_worker *w, uint64_t block)
{
	void *bytes;
	atomic_store_explicit(&w->slot->crumb, us_crumb(US_PHASE_CHECKPOINT, US_NOBODY, block), memory_order_relaxed);
	struct us_checkpoint *c =
	    us_vault_begin(w->slot, w->slot_index, w->session.house, us_vault_room(w->clock), &bytes);
	us_point();
	c->bytes = us_engine_save(w->replica.engine, bytes);
	us_worker_tape_save(w, c);
	us_point();
	c->block = block;
	c->applied = w->replica.applied;
	c->layout_id = us_engine_layout_id(w->replica.engine);
	memcpy(c->amended, w->replica.amended, sizeof c->amended);
	us_vault_commit(c, bytes);
	w->checkpoint_due = false;
	w->checkpoint_block = block;
	atomic_fetch_add_explicit(&w->slot->checkpoints, 1, memory_order_relaxed);
	atomic_store_explicit(&w->slot->crumb, us_crumb(US_PHASE_IDLE, US_NOBODY, block), memory_order_relaxed);
}

/* Caught up means: nothing is granted that the primary has published and we have not. */
static void join_if_caught_up(struct us_worker *w, uint64_t block)
{
	if (w->live || may_render(w, block))
		return;
	us_point();
	w->live = true;
	w->checkpoint_due = true; /* at once: the next death must not start from ever older state */
	w->faults_before = us_worker_minor_faults();
	atomic_store_explicit(&w->slot->busy_ns, 0, memory_order_relaxed);
	atomic_store_explicit(&w->slot->busy_max_ns, 0, memory_order_relaxed);
	atomic_store_explicit(&w->slot->blocks, 0, memory_order_relaxed);
	atomic_store_explicit(&w->slot->state, US_WORKER_LIVE, memory_order_release); /* pairs with the arbiter */
	us_worker_notify(w);
}

US_REALTIME enum us_worker_step us_worker_step(struct us_worker *w)
{
	uint64_t block = us_engine_block(w->replica.engine);
	if (!may_render(w, block)) {
		join_if_caught_up(w, block);
		if (should_checkpoint(w, block) && us_worker_tape_ready(w))
			checkpoint(w, block);
		us_worker_touch_shelf(w, SHELF_PORTION);
		return US_STEP_WAIT;
	}
	uint64_t started_ns = us_now_ns();
	const enum us_worker_step step = render(w, block);
	if (step != US_STEP_RENDERED)
		return step;
	report(w, started_ns);
	if ((block + 1) % US_CHECKPOINT_BLOCKS == 0)
		report_slowly(w, block + 1);
	if (should_checkpoint(w, block + 1) && us_worker_tape_ready(w))
		checkpoint(w, block + 1);
	return US_STEP_RENDERED;
}

/* Who is behind never waits. At real-time priority that keeps control from hearing "take it away", and the kernel
 * ends a process that computes for 100 ms on end (us_process_limit_rt_time); the sleep starts its count anew. */
static void rest_at_times(struct us_worker *w)
{
	if (w->clock->freewheel || us_now_ns() - w->rested_ns < STRETCH_NS)
		return;
	us_futex_wait(&w->nobody_rings, 0, REST_NS);
	w->rested_ns = us_now_ns();
}

int us_worker_perform(struct us_worker *w)
{
	w->rested_ns = us_now_ns();
	for (;;) {
		switch (us_worker_step(w)) {
		case US_STEP_DIVERGED:
			return US_EXIT_DIVERGED;
		case US_STEP_TRIED:
			return US_EXIT_TRIED;
		case US_STEP_RENDERED:
			rest_at_times(w);
			break;
		case US_STEP_WAIT:
			wait_for_cue(w, us_engine_block(w->replica.engine));
			w->rested_ns = us_now_ns();
			if (us_worker_should_leave(w, w->block_ns))
				return US_EXIT_STOPPED;
		}
	}
}
