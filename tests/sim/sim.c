/* sim.c — `sim [SEEDS [FIRST]]`: so many seeds, each a session of some hundred blocks in which anything may happen at
 * any step; after each the world must become whole again and the oracle must agree. Runs on all cores, or in as many
 * processes as JOBS in the environment says. Prints each seed that fails, and then no more are begun. */
#include "ipc/hash.h"
#include "jobs.h"
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCKS_LEAST = 100,
	BLOCKS_MORE = 300,
	SETTLE_BLOCKS = 80,
	ENDURE_BLOCKS = 80,
	SEEDS_TO_SEE_ALL = 1000,
	SLOW_TURNS = 10,
	STORY_LINES = 20
};

#define TEARDOWN_NS 60000000ull

/* How often what happens, in 1,000 steps; drawn anew for each seed, so that rare mixes are tried too. */
struct mix {
	uint64_t kill_soon, kill_now, kill_both, poison, stop_soon, stop, undying, record, stillborn, panic, restore,
	    callback, arbiter, main, supervisor_dies, supervisor_stops, fork_fails, leap, prover, scribble, crawl, slow,
	    period, output, recorder, lose_all, child_dies;
};

static struct mix draw_mix(struct world *w)
{
	struct mix m = {.callback = 50 + world_draw(w, 300),
	                .arbiter = 20 + world_draw(w, 300),
	                .main = 5 + world_draw(w, 100),
	                .prover = 2 + world_draw(w, 100),
	                .record = world_draw(w, 60)};
	m.kill_soon = world_draw(w, 2) * world_draw(w, 20);
	m.kill_now = world_draw(w, 2) * world_draw(w, 10);
	m.kill_both = world_draw(w, 4) == 0 ? world_draw(w, 4) : 0;
	m.poison = world_draw(w, 3) == 0 ? world_draw(w, 4) : 0;
	m.stop = world_draw(w, 3) == 0 ? world_draw(w, 10) : 0;
	m.stop_soon = world_draw(w, 3) == 0 ? world_draw(w, 20) : 0;
	m.supervisor_dies = world_draw(w, 3) == 0 ? world_draw(w, 6) : 0;
	m.supervisor_stops = world_draw(w, 6) == 0 ? world_draw(w, 4) : 0;
	m.fork_fails = world_draw(w, 4) == 0 ? world_draw(w, 20) : 0;
	m.leap = world_draw(w, 4) == 0 ? world_draw(w, 6) : 0;
	m.undying = world_draw(w, 4) == 0 ? 1 + world_draw(w, 4) : 0;
	m.scribble = world_draw(w, 4) == 0 ? 1 + world_draw(w, 3) : 0;
	m.crawl = world_draw(w, 4) == 0 ? 1 + world_draw(w, 3) : 0;
	m.slow = world_draw(w, 4) == 0 ? 1 + world_draw(w, 3) : 0;
	m.period = world_draw(w, 3) == 0 ? 1 + world_draw(w, 6) : 0;
	m.output = world_draw(w, 4) == 0 ? 1 + world_draw(w, 3) : 0;
	m.recorder = world_draw(w, 4) == 0 ? 1 + world_draw(w, 3) : 0;
	m.child_dies = world_draw(w, 3) == 0 ? 1 + world_draw(w, 4) : 0;
	m.restore = m.poison ? world_draw(w, 6) : 0;
	m.stillborn = world_draw(w, 4) == 0 ? world_draw(w, 4) : 0;
	m.panic = world_draw(w, 4) == 0 ? world_draw(w, 4) : 0;
	m.lose_all = world_draw(w, 8) == 0 ? 1 + world_draw(w, 3) : 0;
	w->teardown_ns = world_draw(w, 2) * world_draw(w, TEARDOWN_NS);
	w->poison_hangs = world_draw(w, 3) == 0;
	w->nameless = world_draw(w, 3) == 0;
	w->scribbles_deep = world_draw(w, 2);
	w->brittle = (m.restore || m.panic) && world_draw(w, 2);
	return m;
}

static void add_record(struct world *w)
{
	struct us_record r = {.type = US_REC_SET, .instance = SIM_OSC};
	r.set.value = 20 + (float)world_draw(w, 2000);
	if (world_draw(w, 8) == 0)
		r.at = (world_played(w) + world_draw(w, 20)) * US_BLOCK + world_draw(w, US_BLOCK);
	if (world_draw(w, 10) == 0)
		r = (struct us_record){.type = US_REC_GAIN, .instance = US_NOBODY, .set = {.value = world_gain(w) / 2}};
	world_record(w, &r);
}

/* On, and off again a little later: a restored instance may live, or meet it again. */
static void poison(struct world *w)
{
	struct us_record on = {.type = US_REC_SET, .instance = SIM_POISON, .set = {.input = 1, .value = 1}};
	struct us_record off = {.type = US_REC_SET, .instance = SIM_POISON, .set = {.input = 1, .value = 0}};
	off.at = (world_played(w) + 10 + world_draw(w, 30)) * US_BLOCK;
	world_record(w, &on);
	world_record(w, &off);
}

/* For some blocks. */
static void scribble(struct world *w)
{
	struct us_record on = {.type = US_REC_SET, .instance = SIM_SCRIBBLE, .set = {.input = 1, .value = 1}};
	struct us_record off = {.type = US_REC_SET, .instance = SIM_SCRIBBLE, .set = {.input = 1, .value = 0}};
	off.at = (world_played(w) + 10 + world_draw(w, 10)) * US_BLOCK;
	world_record(w, &on);
	world_record(w, &off);
}

static void change_period(struct world *w)
{
	static const uint32_t period[] = {16, 48, 64, 96, 128, 441, 480, 512, 1024, 1920, 2048};
	world_set_period(w, period[world_draw(w, sizeof period / sizeof period[0])]);
}

/* Others compute, write and wait, too. */
static void surroundings_suffer(struct world *w, const struct mix *m)
{
	if (world_draw(w, 1000) < m->slow) {
		w->slow_until_ns = w->now_ns + world_draw(w, 60 * SIM_BLOCK_NS);
		w->tally.slow_stretches++;
	}
	if (world_draw(w, 1000) < m->child_dies)
		world_kill_child(w, (enum failover_child)world_draw(w, FAILOVER_CHILDREN));
	if (world_draw(w, 1000) < m->period)
		change_period(w);
	if (world_draw(w, 1000) < m->output && w->supervisor == SIM_RUNS) {
		w->main_free_ns = w->now_ns + world_draw(w, 200 * SIM_BLOCK_NS);
		w->tally.outputs_blocked++;
	}
	if (world_draw(w, 1000) < m->recorder) {
		w->recorder_free_ns = w->now_ns + world_draw(w, 2000 * SIM_BLOCK_NS);
		w->tally.recorder_stands++;
	}
}

/* Whoever carries it out dies of it, now or when its time has come. */
static void stillborn(struct world *w)
{
	struct us_record r = {.type = US_REC_CREATE, .instance = SIM_STILLBORN, .create = {.module = "stillborn"}};
	if (world_draw(w, 2))
		r.at = (world_played(w) + world_draw(w, 40)) * US_BLOCK + world_draw(w, US_BLOCK);
	world_record(w, &r);
}

/* Stopped where it is, also in mid-block; somebody continues it, or not. */
static void stop_or_continue(struct world *w)
{
	struct sim_process *p = world_draw(w, 2) ? world_in_slot(w, w->stage.failover.primary) : world_any(w);
	if (!p)
		return;
	w->tally.stops += !p->stopped;
	p->stopped = !p->stopped && p->life != SIM_DEAD;
}

/* Killed, while nothing reaches it: the kernel gets round to it later, or never. */
static void kill_in_vain(struct world *w)
{
	struct sim_process *p = world_any(w);
	if (!p || p->life != SIM_PLAYING)
		return;
	if (!p->frozen) {
		p->frozen = p->kill_pending = true;
		w->tally.undying++;
	} else if (world_draw(w, 4) == 0) {
		p->frozen = false;
		world_kill(w, p);
	}
}

/* The worst that may last: all who were killed in vain stay so. */
static bool endures(struct world *w)
{
	uint32_t frozen = 0;
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		frozen += w->process[i].frozen && w->process[i].life == SIM_PLAYING;
	return frozen != 1 || world_endure(w, ENDURE_BLOCKS, world_draw(w, 3) == 0);
}

static void kill_any(struct world *w)
{
	struct sim_process *p = world_any(w);
	if (p)
		world_kill(w, p);
}

static void step_any(struct world *w)
{
	struct sim_process *p = world_any(w);
	if (p && (w->now_ns >= w->slow_until_ns || world_draw(w, SLOW_TURNS) == 0))
		world_step_worker(w, p);
}

/* As control does. */
static void ask_for(struct world *w, uint32_t instance)
{
	struct us_house *h = w->session->house;
	const uint32_t count = atomic_load(&h->restore_count);
	atomic_store(&h->restore[count % US_RESTORES], instance);
	atomic_store(&h->restore_count, count + 1);
}

static void supervisor_suffers(struct world *w, const struct mix *m)
{
	if (world_draw(w, 1000) < m->supervisor_dies) {
		if (world_draw(w, 2))
			w->dies_within = 1 + (uint32_t)world_draw(w, 20);
		else
			world_kill_supervisor(w, 1 + world_draw(w, 40 * SIM_BLOCK_NS));
	}
	if (w->supervisor == SIM_STOPPED && world_draw(w, 100) == 0)
		w->supervisor = SIM_RUNS;
	else if (world_draw(w, 1000) < m->supervisor_stops && w->supervisor == SIM_RUNS)
		w->supervisor = SIM_STOPPED;
	if (world_draw(w, 1000) < m->fork_fails)
		w->fork_fails = !w->fork_fails;
}

static void something_happens(struct world *w, const struct mix *m)
{
	uint64_t dice = world_draw(w, 1000);
	if (dice < m->kill_soon) {
		w->die_at_point = w->points + 1 + world_draw(w, 60);
		w->die_by_signal = world_draw(w, 4) == 0;
	}
	if ((dice = world_draw(w, 1000)) < m->kill_now)
		kill_any(w);
	if (world_draw(w, 1000) < m->kill_both)
		for (uint32_t i = 0; i < SIM_PROCESSES; i++)
			if (w->process[i].life == SIM_PLAYING)
				world_kill(w, &w->process[i]);
	if (world_draw(w, 1000) < m->poison)
		poison(w);
	if (world_draw(w, 1000) < m->scribble)
		scribble(w);
	if (m->lose_all && world_draw(w, 4000) < m->lose_all)
		world_lose_all(w);
	if (world_draw(w, 1000) < m->stop_soon)
		w->stop_at_point = w->points + 1 + world_draw(w, 60);
	if (world_draw(w, 1000) < m->stop)
		stop_or_continue(w);
	if (world_draw(w, 1000) < m->undying)
		kill_in_vain(w);
	if (world_draw(w, 1000) < m->record)
		add_record(w);
	if (world_draw(w, 1000) < m->stillborn)
		stillborn(w);
	if (world_draw(w, 1000) < m->panic)
		world_record(w, &(struct us_record){.type = US_REC_PANIC, .instance = US_NOBODY});
	if (world_draw(w, 1000) < m->crawl)
		w->crawl_ns = 1 + world_draw(w, 4 * SIM_BLOCK_NS);
	if (world_draw(w, 1000) < m->restore)
		ask_for(w, SIM_POISON);
	supervisor_suffers(w, m);
	surroundings_suffer(w, m);
	world_crawl(w);
}

static void settle(struct world *w)
{
	if (!w->failure[0] && !world_settle(w, SETTLE_BLOCKS) && !w->failure[0])
		world_describe(w, "the pair is not whole again after the faults have stopped");
}

static const struct {
	uint64_t one_in; /* so many seeds */
	void (*play)(struct world *w);
} scenes[] = {{4, scene_stop_pair}, {4, scene_change_period}, {8, scene_block_output},      {32, scene_stand_still},
              {64, scene_be_dear},  {64, scene_hang_child},   {64, scene_outlive_the_state}};

static void one_session(struct world *w, uint64_t seed)
{
	world_reset(w, seed);
	const struct mix m = draw_mix(w);
	uint64_t blocks = BLOCKS_LEAST + world_draw(w, BLOCKS_MORE);
	for (uint64_t turns = 0; world_played(w) < blocks && turns < 40 * blocks && !w->failure[0]; turns++) {
		something_happens(w, &m);
		step_any(w);
		step_any(w);
		if (world_draw(w, 1000) < m.arbiter)
			world_step_arbiter(w);
		if (world_draw(w, 1000) < m.main)
			world_step_main(w);
		if (world_draw(w, 1000) < m.prover)
			world_step_prover(w);
		if (world_draw(w, 1000) < m.prover)
			world_step_recorder(w);
		world_look_at_processes(w);
		/* As many turns to a block as it takes; now and then the whole machine stands still. */
		world_pass(w, 1 + world_draw(w, 2 * SIM_BLOCK_NS * m.callback / 1000));
		if (world_draw(w, 1000) < m.leap)
			world_pass(w, world_draw(w, 400000000));
	}
	if (!w->failure[0] && !endures(w) && !w->failure[0])
		world_describe(w, "one that was killed and is not gone holds up the others");
	settle(w);
	for (uint32_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		if (!w->failure[0] && world_draw(w, scenes[i].one_in) == 0) {
			scenes[i].play(w);
			settle(w);
		}
}

/* For whoever hunts a failing seed: what the arbiter and the callback decided, and the journal's times. */
static void print_story(const struct world *w)
{
	const struct us_clock *c = w->session->clock;
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++)
		for (uint32_t i = 0; i < atomic_load(&c->amendments[l].count) && i < STORY_LINES; i++) {
			const struct us_amendment *a = &c->amendments[l].list[i];
			printf("  list %u: block %" PRIu64 " type %u instance %u seq %" PRIu64 " cause %u\n", l,
			       a->block, a->type, a->instance, a->seq, a->cause);
		}
	for (uint32_t i = 0; i < US_DESKS; i++) {
		const struct failover_worker *known = &w->stage.failover.worker[i];
		if (known->id)
			printf("  worker %" PRIu64 " in slot %d is %s\n", known->id, known->slot,
			       failover_state_name(known->state));
	}
	for (uint32_t i = 0; i < SIM_INSTANCES; i++) {
		const struct failover_patient *p = &w->stage.failover.patient[i];
		if (p->faults)
			printf("  instance %u: %s quarantine, %u faults, another chance in %" PRId64 " ms\n", i,
			       p->in ? "in" : "out of", p->faults, (int64_t)(p->retry_ns - w->now_ns) / 1000000);
	}
	uint64_t tail = atomic_load(&w->session->journal->tail);
	for (uint64_t s = 0; s < tail; s++) {
		const struct us_record *r = &w->accepted[s];
		if (r->type == US_REC_SET && r->instance == SIM_POISON)
			printf("  record %" PRIu64 ": poison %g at block %" PRIu64 "\n", s, (double)r->set.value,
			       r->at / US_BLOCK);
	}
}

/* --- many of them, on all cores -------------------------------------------------------------------------------------
 */

enum { TALLIED = sizeof(struct sim_tally) / sizeof(uint64_t) };
struct crowd {
	struct world world;
	uint64_t first_seed;
	struct sim_tally tally; /* of this process */
	uint64_t passed;
	uint64_t begun_with, fingerprint; /* its first seed, and what came of that */
	struct shared {
		_Atomic uint64_t tally[TALLIED], passed, silence_ns, failed;
	} * shared;
};

/* Of all that was played, and when. */
static uint64_t fingerprint_of(const struct world *w)
{
	uint64_t part[] = {w->now_ns, w->points, us_hash(&w->tally, sizeof w->tally),
	                   us_hash(w->heard, w->recorded * sizeof *w->heard),
	                   us_hash(w->gap, w->recorded * sizeof *w->gap)};
	return us_hash(part, sizeof part);
}

static bool try_seed(struct crowd *c, uint64_t seed)
{
	struct world *w = &c->world;
	one_session(w, seed);
	w->tally.blocks = world_played(w);
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++)
		for (uint32_t i = 0; i < atomic_load(&w->session->clock->amendments[l].count); i++) {
			const uint16_t type = w->session->clock->amendments[l].list[i].type;
			w->tally.restores += type == US_AMEND_RESTORE;
			w->tally.trials += type == US_AMEND_TRY_BYPASS || type == US_AMEND_TRY_TOMBSTONE;
			w->tally.afresh += type == US_AMEND_AFRESH;
		}
	w->tally.promotions = atomic_load(&w->session->clock->role) >> 1;
	if (world_check(w))
		return true;
	printf("seed %" PRIu64 ": %s\n", seed, w->failure);
	print_story(w);
	atomic_fetch_add(&c->shared->failed, 1);
	return false;
}

static bool take_seed(void *context, uint64_t number)
{
	struct crowd *c = context;
	uint64_t *sum = (uint64_t *)&c->tally;
	const uint64_t *add = (const uint64_t *)&c->world.tally;
	if (!try_seed(c, c->first_seed + number))
		return false;
	if (!c->passed++) {
		c->begun_with = c->first_seed + number;
		c->fingerprint = fingerprint_of(&c->world);
	}
	for (uint32_t i = 0; i < TALLIED; i++)
		sum[i] += add[i];
	for (uint64_t s = atomic_load(&c->shared->silence_ns); s < c->world.silence_ns;)
		if (atomic_compare_exchange_weak(&c->shared->silence_ns, &s, c->world.silence_ns))
			break;
	return true;
}

/* A seed decides all there is: whatever ran before, it is the same once more. */
static void end_of_job(void *context)
{
	struct crowd *c = context;
	const uint64_t *sum = (const uint64_t *)&c->tally;
	for (uint32_t i = 0; i < TALLIED; i++)
		atomic_fetch_add(&c->shared->tally[i], sum[i]);
	atomic_fetch_add(&c->shared->passed, c->passed);
	if (!c->passed || atomic_load(&c->shared->failed) || !try_seed(c, c->begun_with) ||
	    fingerprint_of(&c->world) == c->fingerprint)
		return;
	printf("seed %" PRIu64 ": not the same when it is run again\n", c->begun_with);
	atomic_fetch_add(&c->shared->failed, 1);
}

static void print_tally(const struct shared *s)
{
	static const char *const name[] = {
#define SIM_NAME(field, text) text,
	    SIM_HAPPENINGS(SIM_NAME)
#undef SIM_NAME
	};
	for (uint32_t i = 0; i < TALLIED; i++)
		printf("%12" PRIu64 " %s\n", atomic_load(&s->tally[i]), name[i]);
	printf("%12" PRIu64 " ms of silence at most when a pair was stopped\n", atomic_load(&s->silence_ns) / 1000000);
}

/* In so many seeds each thing happens. */
static uint64_t count_unseen(const struct shared *s)
{
	uint64_t unseen = 0;
	for (uint32_t i = 0; i < TALLIED && atomic_load(&s->passed) >= SEEDS_TO_SEE_ALL; i++)
		unseen += !atomic_load(&s->tally[i]);
	return unseen;
}

int main(int argc, char **argv)
{
	static struct crowd crowd;
	struct us_err err;
	const uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
	crowd.first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	struct shared *s = crowd.shared = jobs_memory(sizeof *crowd.shared);
	if (!freopen("/dev/null", "w", stderr)) /* what the supervisor says of its forks */
		return 1;
	if (world_open(&crowd.world, &err)) {
		printf("sim: %s\n", err.text);
		return 1;
	}
	const uint32_t lost = jobs_run(jobs_wanted(), seeds, take_seed, end_of_job, &crowd);
	const uint64_t unseen = count_unseen(s), failed = atomic_load(&s->failed) + lost + unseen;
	print_tally(s);
	if (lost)
		printf("%" PRIu32 " of the simulation's own processes died\n", lost);
	if (unseen)
		printf("what has happened 0 times is not tried\n");
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n", atomic_load(&s->passed), failed);
	world_close(&crowd.world);
	return failed > 0;
}
