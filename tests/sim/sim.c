/* sim.c — `sim [SEEDS [FIRST]]`: so many seeds, each a session of some hundred blocks in which anything may happen at
 * any step; after each the world must become whole again and the oracle must agree. Prints the first failing seed. */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_LEAST = 100, BLOCKS_MORE = 300, SETTLE_BLOCKS = 80, ENDURE_BLOCKS = 80 };

/* How often what happens, in 1,000 steps; drawn anew for each seed, so that rare mixes are tried too. */
struct mix {
	uint64_t kill_soon, kill_now, kill_both, poison, stop_soon, stop, undying, record, stillborn, panic, restore,
	    callback, arbiter, main, supervisor_dies, supervisor_stops, fork_fails, leap, prover, scribble;
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
	m.restore = m.poison ? world_draw(w, 6) : 0;
	m.stillborn = world_draw(w, 4) == 0 ? world_draw(w, 4) : 0;
	m.panic = world_draw(w, 4) == 0 ? world_draw(w, 4) : 0;
	w->poison_hangs = world_draw(w, 3) == 0;
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
		r = (struct us_record){.type = US_REC_GAIN, .instance = US_NOBODY, .set = {.value = 0.5f}};
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
	w->stops += !p->stopped;
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
		w->undying++;
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
	if (p)
		world_step_worker(w, p);
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
	const struct us_amendment restore = {.type = US_AMEND_RESTORE, .instance = SIM_POISON};
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
	if (world_draw(w, 1000) < m->restore)
		us_player_plan(&w->stage.player, &restore);
	supervisor_suffers(w, m);
}

static void settle(struct world *w)
{
	if (!w->failure[0] && !world_settle(w, SETTLE_BLOCKS) && !w->failure[0])
		world_describe(w, "the pair is not whole again after the faults have stopped");
}

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
		world_look_at_processes(w);
		/* As many turns to a block as it takes; now and then the whole machine stands still. */
		world_pass(w, 1 + world_draw(w, 2 * SIM_BLOCK_NS * m.callback / 1000));
		if (world_draw(w, 1000) < m.leap)
			world_pass(w, world_draw(w, 400000000));
	}
	if (!w->failure[0] && !endures(w) && !w->failure[0])
		world_describe(w, "one that was killed and is not gone holds up the others");
	settle(w);
	if (!w->failure[0] && world_draw(w, 4) == 0) {
		world_stop_pair(w);
		settle(w);
	}
}

/* For whoever hunts a failing seed: what the arbiter and the callback decided, and the journal's times. */
static void print_story(const struct world *w)
{
	const struct us_clock *c = w->session->clock;
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++)
		for (uint32_t i = 0; i < atomic_load(&c->amendments[l].count); i++) {
			const struct us_amendment *a = &c->amendments[l].list[i];
			printf("  list %u: block %" PRIu64 " type %u instance %u seq %" PRIu64 " cause %u\n", l,
			       a->block, a->type, a->instance, a->seq, a->cause);
		}
	uint64_t tail = atomic_load(&w->session->journal->tail);
	for (uint64_t s = 0; s < tail; s++) {
		const struct us_record *r = &w->session->journal->record[s];
		if (r->type == US_REC_SET && r->instance == SIM_POISON)
			printf("  record %" PRIu64 ": poison %g at block %" PRIu64 "\n", s, (double)r->set.value,
			       r->at / US_BLOCK);
	}
}

int main(int argc, char **argv)
{
	static struct world world;
	struct us_err err;
	uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000,
		 first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	uint64_t scribbles = 0, kills = 0, poisons = 0, stops = 0, silence = 0, successors = 0, undying = 0, gaps = 0,
		 blocks = 0, promotions = 0;
	if (!freopen("/dev/null", "w", stderr)) /* what the supervisor says of its forks */
		return 1;
	if (world_open(&world, &err)) {
		printf("sim: %s\n", err.text);
		return 1;
	}
	for (uint64_t seed = first; seed < first + seeds; seed++) {
		one_session(&world, seed);
		if (!world_check(&world)) {
			printf("seed %" PRIu64 ": %s\n", seed, world.failure);
			print_story(&world);
			printf("%" PRIu64 " passed, 1 failed\n", seed - first);
			return 1;
		}
		kills += world.kills;
		poisons += world.poisons;
		scribbles += world.scribbles > 0;
		stops += world.stops;
		successors += world.successors;
		silence = world.silence_ns > silence ? world.silence_ns : silence;
		undying += world.undying;
		gaps += world.gaps;
		blocks += world_played(&world);
		promotions += atomic_load(&world.session->clock->role) >> 1;
	}
	printf("%" PRIu64 " seeds: %" PRIu64 " blocks, %" PRIu64 " deaths at a store, %" PRIu64 " poisoned, %" PRIu64
	       " with states that do not load, %" PRIu64 " stopped, %" PRIu64 " killed in vain, %" PRIu64
	       " promotions, %" PRIu64 " successors, %" PRIu64 " gap blocks, %" PRIu64
	       " ms of silence at most when a pair was stopped, 0 differing blocks\n%" PRIu64 " passed, 0 failed\n",
	       seeds, blocks, kills, poisons, scribbles, stops, undying, promotions, successors, gaps,
	       silence / 1000000, seeds);
	world_close(&world);
	return 0;
}
