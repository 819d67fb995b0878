/* killsweep.c — a worker is killed at *every* store of the protocol, one run for each: first a run without a death
 * counts the points that workers pass in BLOCKS blocks, then run n lets the worker that passes point n end there. After
 * each the pair must be whole again, no block may be late by more than the lookahead, and the oracle must agree. Then
 * all of it again with deaths that look like a fault of the instance or the record at work. Then workers out of their
 * mind: nonsense in each word of their slot, after which a fault must still be met as ever. */
#include "ipc/hash.h"
#include "ipc/journal_rt.h"
#include "jobs.h"
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 200, AFTER = 70, FIRSTS = 9, SECONDS = 200, SEED = 7, STEPS_A_BLOCK = 2, RING_STRIDE = 8 };

static void add_records(struct world *w)
{
	struct us_record r = {
	    .type = US_REC_SET, .instance = SIM_OSC, .set = {.value = 100 + (float)world_draw(w, 900)}};
	if (world_played(w) % 5 == 0)
		world_record(w, &r);
}

/* As the supervisor does: the device starts when the first blocks are there. */
static bool first_blocks_are_there(const struct world *w)
{
	const struct us_slot *primary = w->session->slot[w->stage.failover.primary];
	return atomic_load(&primary->published) >= atomic_load(&w->session->clock->lookahead_total);
}

/* How the worker ends that passes the point: killed, as by a fault, or, out of its mind, after it has spoilt its slot.
 */
struct end {
	uint64_t at_point, again_after;
	bool by_signal, survives;
	uint64_t teardown_ns;
	size_t spoil_at;
	uint64_t spoil_with;
	uint64_t poison_at; /* block in which an instance begins to kill whoever renders it; 0: none does */
};

/* Everybody gets a turn for each block, the arbiter last: the death is noticed as late as that. */
static void run(struct world *w, const struct end *end)
{
	world_reset(w, SEED);
	w->die_by_signal = end->by_signal;
	w->survives = end->survives;
	w->teardown_ns = end->teardown_ns;
	w->spoil_at = end->spoil_at;
	w->spoil_with = end->spoil_with;
	if (end->poison_at)
		world_record(w, &(struct us_record){.type = US_REC_SET,
		                                    .at = end->poison_at * US_BLOCK,
		                                    .instance = SIM_POISON,
		                                    .set = {.input = 1, .value = 1}});
	w->points = 0;
	w->die_at_point = end->at_point;
	w->die_again_after = end->again_after;
	while (!first_blocks_are_there(w)) {
		for (uint32_t i = 0; i < SIM_PROCESSES; i++)
			world_step_worker(w, &w->process[i]);
		world_step_arbiter(w);
		world_step_main(w);
		world_step_prover(w);
		w->now_ns += SIM_BLOCK_NS / 8;
	}
	w->callback_ns = w->now_ns + SIM_BLOCK_NS;
	for (uint64_t turn = 0; world_played(w) < BLOCKS && turn < 4 * BLOCKS && !w->failure[0]; turn++) {
		add_records(w);
		for (uint32_t step = 0; step < STEPS_A_BLOCK; step++) /* they are faster than the device */
			for (uint32_t i = 0; i < SIM_PROCESSES; i++)
				world_step_worker(w, &w->process[i]);
		world_pass(w, SIM_BLOCK_NS);
		world_step_arbiter(w);
		world_step_main(w);
		world_step_prover(w);
		world_look_at_processes(w);
	}
}

static bool is_late(const struct world *w)
{
	return atomic_load(&w->session->clock->board.underruns) + w->tally.gaps > 0;
}

/* One case for each number from 0 on, spread over all cores. A case writes world->failure if something else was wrong
 * than what world_check() finds. */
enum { PHASES = 8 };
struct sweep {
	struct world *world;
	uint64_t points, stride; /* every stride-th case */
	bool by_signal;
	uint64_t teardown_ns;
	void (*run_case)(struct sweep *sweep, uint64_t number);
	char name[160]; /* of the case, for people */
	struct shared {
		_Atomic uint64_t runs, late, failed, died_in[PHASES];
	} * shared;
};

static bool take_case(void *context, uint64_t number)
{
	struct sweep *s = context;
	struct world *w = s->world;
	s->run_case(s, number * s->stride);
	atomic_fetch_add(&s->shared->late, is_late(w));
	if (world_check(w)) {
		atomic_fetch_add(&s->shared->runs, 1);
		return true;
	}
	printf("%s: %s\n", s->name, w->failure);
	atomic_fetch_add(&s->shared->failed, 1);
	return false;
}

static void end_of_job(void *context)
{
	struct sweep *s = context;
	for (uint32_t i = 0; i < PHASES; i++)
		atomic_fetch_add(&s->shared->died_in[i], s->world->died_in[i]);
}

static void must_become_whole(struct world *w)
{
	if (!w->failure[0] && !world_settle(w, AFTER) && !w->failure[0])
		world_describe(w, "the pair is not whole again");
}

static void die_at_point(struct sweep *s, uint64_t number)
{
	struct world *w = s->world;
	const uint64_t n = number + 1;
	snprintf(s->name, sizeof s->name, "%s at point %" PRIu64 " of %" PRIu64, s->by_signal ? "a fault" : "killed", n,
	         s->points);
	run(w, &(struct end){.at_point = n, .by_signal = s->by_signal, .teardown_ns = s->teardown_ns});
	if (w->tally.kills != 1)
		snprintf(w->failure, sizeof w->failure, "%" PRIu64 " deaths instead of one", w->tally.kills);
	must_become_whole(w);
}

/* The primary says that it has published all there is, and dies in that block of a module: the standby must not have
 * followed it into the same death. */
static uint64_t first_lie(uint64_t points)
{
	return points * 47 / 100;
}

static uint64_t lies(uint64_t points)
{
	return points * 53 / 100 - first_lie(points);
}

static void lie(struct sweep *s, uint64_t number)
{
	struct world *w = s->world;
	const uint64_t n = first_lie(s->points) + number;
	snprintf(s->name, sizeof s->name, "a lie at point %" PRIu64 " of %" PRIu64, n, s->points);
	run(w, &(struct end){.at_point = n,
	                     .survives = true,
	                     .spoil_at = offsetof(struct us_slot, published),
	                     .spoil_with = UINT64_MAX,
	                     .poison_at = BLOCKS / 2});
	if (w->tally.poisons != 1)
		snprintf(w->failure, sizeof w->failure, "%" PRIu64 " died of the same module", w->tally.poisons);
	must_become_whole(w);
}

/* A second death at each of the points that follow a first one: while the standby is promoted, while the spare joins,
 * catches up, makes its checkpoint. With both gone, blocks are late; the song is what it was all the same. */
static void die_twice(struct sweep *s, uint64_t number)
{
	const uint64_t at = (1 + number / SECONDS) * s->points / (FIRSTS + 1), after = 1 + number % SECONDS;
	snprintf(s->name, sizeof s->name, "killed at point %" PRIu64 " and %" PRIu64 " later", at, after);
	run(s->world, &(struct end){.at_point = at, .again_after = after});
	must_become_whole(s->world);
}

/* A module that kills whoever renders it, met by those who came after. */
static void meet_poison(struct world *w)
{
	struct us_record on = {.type = US_REC_SET, .instance = SIM_POISON, .set = {.input = 1, .value = 1}};
	if (!w->failure[0] && !world_settle(w, AFTER) && !w->failure[0])
		world_describe(w, "the pair is not whole again");
	world_record(w, &on);
	if (!w->failure[0] && !world_settle(w, AFTER) && !w->failure[0])
		world_describe(w, "the pair is not whole after a fault that came later");
}

/* Word by word of what a worker may write into its slot but samples and checkpoints: counters, breadcrumb, ring (every
 * RING_STRIDE-th block of it), vault. */
static size_t next_word(size_t at)
{
	const size_t ring = offsetof(struct us_slot, ring), vault = offsetof(struct us_slot, vault);
	at += sizeof(uint64_t);
	if (at >= offsetof(struct us_slot, trace) && at < ring)
		return ring;
	if (at >= ring && at < vault && (at - ring) % sizeof(struct us_ring_block) >= US_LINE)
		return at + RING_STRIDE * sizeof(struct us_ring_block) - (at - ring) % sizeof(struct us_ring_block);
	return at;
}

static uint64_t words_to_spoil(void)
{
	uint64_t n = 0;
	for (size_t at = offsetof(struct us_slot, published); at < sizeof(struct us_slot); at = next_word(at))
		n++;
	return n;
}

static size_t word_to_spoil(uint64_t number)
{
	size_t at = offsetof(struct us_slot, published);
	while (number--)
		at = next_word(at);
	return at;
}

/* Nonsense in each of these words, at some point of the protocol; its writer dies there, or lives on. That a block is
 * late is no failure here: whose ring is spoilt and who then dies has two faults at once, and before the 64th block
 * there is no checkpoint to tell the standby that it was right to differ. */
static const uint64_t nonsense[] = {0, 1, 180, 1ull << 20, 0x7ff8000000000000ull, UINT64_MAX};
enum { NONSENSE = sizeof nonsense / sizeof nonsense[0] };

static void spoil(struct sweep *s, uint64_t number)
{
	static const char *const what[] = {"killed", "a fault", "lives on"};
	const uint64_t way = number / s->stride % 3, dice = us_hash(&number, sizeof number);
	const struct end end = {.at_point = 1 + dice % s->points,
	                        .by_signal = way == 1,
	                        .survives = way == 2,
	                        .spoil_at = word_to_spoil(number / NONSENSE),
	                        .spoil_with = nonsense[number % NONSENSE]};
	snprintf(s->name, sizeof s->name,
	         "%s at point %" PRIu64 " of %" PRIu64 ", %#" PRIx64 " at byte %zu of its slot", what[way],
	         end.at_point, s->points, end.spoil_with, end.spoil_at);
	run(s->world, &end);
	meet_poison(s->world);
}

static void print_phases(const struct shared *s)
{
	static const char *const name[PHASES] = {
	    [US_PHASE_IDLE] = "between blocks", [US_PHASE_APPLY] = "commands",          [US_PHASE_MODULE] = "a module",
	    [US_PHASE_MIX] = "the mix",         [US_PHASE_CHECKPOINT] = "a checkpoint", [US_PHASE_LOAD] = "joining",
	    [US_PHASE_DUE] = "what is due",     [US_PHASE_TIMED] = "a timed command"};
	printf("it was at:");
	for (uint32_t i = 0; i < PHASES; i++)
		printf("%s %s %" PRIu64, i ? "," : "", name[i], atomic_load(&s->died_in[i]));
	printf("\n");
}

/* Every stride-th of `cases`. Prints a row; returns how often a block was late. */
static uint64_t sweep(struct sweep *s, const char *what, uint64_t cases,
                      void (*run_case)(struct sweep *sweep, uint64_t number))
{
	const uint64_t before = atomic_load(&s->shared->runs);
	if (atomic_load(&s->shared->failed))
		return 0;
	s->run_case = run_case;
	atomic_store(&s->shared->late, 0);
	const uint32_t lost = jobs_run(jobs_wanted(), (cases + s->stride - 1) / s->stride, take_case, end_of_job, s);
	if (lost)
		printf("%s: %" PRIu32 " of the sweep's own processes died\n", what, lost);
	atomic_fetch_add(&s->shared->failed, lost);
	const uint64_t late = atomic_load(&s->shared->late);
	if (!atomic_load(&s->shared->failed))
		printf("%-28s %8" PRIu64 " %12" PRIu64 " %12d\n", what, atomic_load(&s->shared->runs) - before, late,
		       0);
	return late;
}

/* Two checkpoints of the same block are one: with it goes the witness for whose memory is spoilt. */
static void look_at_vault(struct world *w)
{
	const struct us_checkpoint *vault = w->session->slot[1 - w->stage.failover.primary]->vault;
	uint64_t a = vault[0].block, b = vault[1].block;
	if (!w->failure[0] && (a > b ? a - b : b - a) != US_CHECKPOINT_BLOCKS)
		snprintf(w->failure, sizeof w->failure, "the standby has checkpoints of block %" PRIu64 " and %" PRIu64,
		         a, b);
}

/* The standby is held up, the primary dies, and what the standby has yet to read was overwritten, since nobody else
 * needed it. It must leave rather than lead with another song. */
static void leave_behind(struct world *w)
{
	run(w, &(struct end){0});
	struct us_clock *clock = w->session->clock;
	struct us_record r = {.type = US_REC_SET, .instance = SIM_OSC, .set = {.value = 321}};
	struct sim_process *primary = world_in_slot(w, w->stage.failover.primary),
			   *standby = world_in_slot(w, 1 - w->stage.failover.primary);
	const uint64_t seq = us_journal_tail(w->session->journal);
	world_record(w, &r);
	for (int i = 0; i < 3; i++) {
		world_step_callback(w);
		world_step_worker(w, primary);
	}
	struct us_record *place = &w->session->journal->record[seq % US_JOURNAL];
	const struct us_record there = *place;
	const uint64_t keep = atomic_load(&clock->keep), end = standby->worker.slot->published;
	if (standby->worker.replica.applied > seq)
		snprintf(w->failure, sizeof w->failure, "the standby was not held up");
	place->seq += US_JOURNAL;
	place->crc = us_record_crc(place);
	atomic_store(&clock->keep, seq + 1);
	w->spoil_at = SIZE_MAX; /* it is meant to leave */
	world_kill(w, primary);
	world_step_arbiter(w);
	for (int i = 0; i < 8 && standby->life == SIM_PLAYING; i++)
		world_step_worker(w, standby);
	if (standby->life == SIM_PLAYING)
		snprintf(w->failure, sizeof w->failure,
		         "who was left behind at block %" PRIu64 " plays on, at %" PRIu64, end,
		         atomic_load(&standby->worker.slot->published));
	w->spoil_at = 0;
	*place = there;
	atomic_store(&clock->keep, keep);
	if (!w->failure[0] && world_settle(w, AFTER))
		world_check(w);
	if (w->failure[0])
		printf("left behind: %s\n", w->failure);
}

/* A bit of the standby's state flips: it goes back to a checkpoint for a third opinion, and leaves. */
static void change_a_bit(struct world *w)
{
	enum { HEAP = US_PIECES - 2 };
	run(w, &(struct end){0});
	struct sim_process *standby = world_in_slot(w, 1 - w->stage.failover.primary);
	const uint64_t differed = atomic_load(&w->session->clock->board.divergences);
	struct us_piece piece[US_PIECES];
	us_engine_portion(standby->worker.replica.engine, US_PORTIONS / 2, piece);
	*(uint8_t *)(uintptr_t)piece[HEAP].bytes ^= 1;
	w->spoil_at = SIZE_MAX; /* it is meant to leave */
	for (uint32_t block = 0; block < 2 * US_CHECKPOINT_BLOCKS && standby->life == SIM_PLAYING; block++)
		world_fair_turn(w, 8, SIM_BLOCK_NS);
	if (!w->failure[0] && atomic_load(&w->session->clock->board.divergences) == differed)
		snprintf(w->failure, sizeof w->failure, "a standby with a bit that has flipped plays on");
	w->spoil_at = 0;
	if (!w->failure[0] && world_settle(w, AFTER))
		world_check(w);
	if (w->failure[0])
		printf("a bit flips: %s\n", w->failure);
}

/* Two workers have orders for one slot, whose former owner is dead: one of them gets it. */
static void claim_twice(struct world *w)
{
	struct us_clock *clock = w->session->clock;
	struct us_slot *slot = w->session->slot[0];
	struct us_worker first = {.id = 1001, .clock = clock}, second = {.id = 1002, .clock = clock};
	const uint64_t owner = atomic_load(&slot->owner);
	atomic_store(&clock->desk[first.id % US_DESKS].former_owner, owner);
	atomic_store(&clock->desk[second.id % US_DESKS].former_owner, owner);
	const bool got_first = us_worker_claim(&first, slot), got_second = us_worker_claim(&second, slot);
	if (!w->failure[0] && (!got_first || got_second || atomic_load(&slot->owner) != first.id))
		snprintf(w->failure, sizeof w->failure, "a slot is claimed by two workers");
	if (w->failure[0])
		printf("claimed twice: %s\n", w->failure);
}

int main(int argc, char **argv)
{
	static struct world w;
	struct us_err err;
	struct sweep s = {.world = &w, .stride = argc > 1 ? strtoull(argv[1], NULL, 10) : 1};
	uint64_t late = 0, failed = 0;
	if (!freopen("/dev/null", "w", stderr)) /* what the supervisor says of its forks */
		return 1;
	if (world_open(&w, &err)) {
		printf("killsweep: %s\n", err.text);
		return 1;
	}
	s.shared = jobs_memory(sizeof *s.shared);
	run(&w, &(struct end){0});
	s.points = w.points;
	look_at_vault(&w);
	if (!world_check(&w) || s.points < BLOCKS) {
		printf("without a death: %s\n0 passed, 1 failed\n", w.failure);
		return 1;
	}
	memset(w.died_in, 0, sizeof w.died_in);
	printf("%d blocks, %" PRIu64 " stores (every %" PRIu64 ")\n", BLOCKS, s.points, s.stride);
	printf("%-28s %8s %12s %12s\n", "a worker is", "runs", "late blocks", "differing");
	late += sweep(&s, "killed", s.points, die_at_point);
	s.teardown_ns = 2 * SIM_BLOCK_NS; /* the lifeline tells first, or the pidfd a block or two later */
	late += sweep(&s, "killed, and gone later", s.points, die_at_point);
	s.teardown_ns = 0;
	s.by_signal = true;
	late += sweep(&s, "ended as by a fault", s.points, die_at_point);
	sweep(&s, "out of its mind", words_to_spoil() * NONSENSE, spoil);
	sweep(&s, "killed, and so is another", FIRSTS * SECONDS, die_twice);
	s.stride = 1;
	late += sweep(&s, "lying, and then at fault", lies(s.points), lie);
	leave_behind(&w);
	failed += w.failure[0] != 0;
	change_a_bit(&w);
	failed += w.failure[0] != 0;
	w.failure[0] = 0;
	claim_twice(&w);
	print_phases(s.shared);
	failed += atomic_load(&s.shared->failed) + (w.failure[0] != 0) + (late > 0);
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n", atomic_load(&s.shared->runs), failed);
	world_close(&w);
	return failed > 0;
}
