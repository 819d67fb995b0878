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
	uint64_t kill_soon, kill_now, kill_both, poison, stall, undying, record, stillborn, panic, restore, callback,
	    arbiter, main;
};

static struct mix draw_mix(struct world *w)
{
	struct mix m = {.callback = 50 + world_draw(w, 300),
	                .arbiter = 20 + world_draw(w, 300),
	                .main = 5 + world_draw(w, 100),
	                .record = world_draw(w, 60)};
	m.kill_soon = world_draw(w, 2) * world_draw(w, 20);
	m.kill_now = world_draw(w, 2) * world_draw(w, 10);
	m.kill_both = world_draw(w, 4) == 0 ? world_draw(w, 4) : 0;
	m.poison = world_draw(w, 3) == 0 ? world_draw(w, 4) : 0;
	m.stall = world_draw(w, 3) == 0 ? world_draw(w, 10) : 0;
	m.undying = world_draw(w, 4) == 0 ? 1 + world_draw(w, 4) : 0;
	m.restore = m.poison ? world_draw(w, 6) : 0;
	m.stillborn = world_draw(w, 4) == 0 ? world_draw(w, 4) : 0;
	m.panic = world_draw(w, 4) == 0 ? world_draw(w, 4) : 0;
	w->brittle = (m.restore || m.panic) && world_draw(w, 2);
	return m;
}

static struct sim_actor *any_actor(struct world *w)
{
	return &w->actor[world_draw(w, US_DESKS)];
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

/* Whoever carries it out dies of it, now or when its time has come. */
static void stillborn(struct world *w)
{
	struct us_record r = {.type = US_REC_CREATE, .instance = SIM_STILLBORN, .create = {.module = "stillborn"}};
	if (world_draw(w, 2))
		r.at = (world_played(w) + world_draw(w, 40)) * US_BLOCK + world_draw(w, US_BLOCK);
	world_record(w, &r);
}

static void stall_primary(struct world *w)
{
	struct us_stage *h = &w->stage;
	uint64_t id = h->cast.seat[h->cast.primary].id;
	struct sim_actor *a = &w->actor[id % US_DESKS];
	if (!id || a->worker.id != id || a->life != SIM_PLAYING)
		return;
	a->life = SIM_STALLED;
	w->stalls++;
	if (world_draw(w, 2)) /* the arbiter may see it, or not */
		sim_arbiter_stall(h, &h->actor[id % US_DESKS]);
}

static void wake_stalled(struct world *w)
{
	struct sim_actor *a = any_actor(w);
	if (a->life == SIM_STALLED)
		a->life = world_draw(w, 4) ? SIM_PLAYING : SIM_DEAD; /* some are replaced while they sleep */
}

/* Killed, as a relieved or a hung primary is, or a standby that stands still; and the kernel does not get round to it.
 * After a while the arbiter gives it up, or not yet. */
static void kill_in_vain(struct world *w)
{
	struct sim_actor *a = any_actor(w);
	struct us_actor *known = &w->stage.actor[a->worker.id % US_DESKS];
	if (a->life == SIM_PLAYING) {
		a->life = SIM_UNDYING;
		w->undying++;
		if (world_draw(w, 2))
			sim_arbiter_stall(&w->stage, known);
	} else if (a->life == SIM_UNDYING) {
		if (world_draw(w, 4))
			us_patience_lose(&w->stage, known);
		else
			a->life = SIM_DEAD;
	}
}

/* The worst that may last: all who were killed in vain stay so, and the arbiter knows. */
static bool endures(struct world *w)
{
	bool anybody = false;
	for (uint32_t i = 0; i < US_DESKS; i++)
		if (w->actor[i].life == SIM_UNDYING) {
			us_patience_lose(&w->stage, &w->stage.actor[i]);
			anybody = true;
		}
	const bool both = w->stage.cast.seat[0].state == US_SEAT_LOST && w->stage.cast.seat[1].state == US_SEAT_LOST;
	return !anybody || both || world_endure(w, ENDURE_BLOCKS, world_draw(w, 3) == 0);
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
		world_kill(w, any_actor(w));
	if (world_draw(w, 1000) < m->kill_both)
		for (uint32_t i = 0; i < US_DESKS; i++)
			if (w->actor[i].life == SIM_PLAYING)
				world_kill(w, &w->actor[i]);
	if (world_draw(w, 1000) < m->poison)
		poison(w);
	if (world_draw(w, 1000) < m->stall)
		stall_primary(w);
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
	if (world_draw(w, 100) < 5)
		wake_stalled(w);
}

static void one_session(struct world *w, uint64_t seed)
{
	world_reset(w, seed);
	const struct mix m = draw_mix(w);
	uint64_t blocks = BLOCKS_LEAST + world_draw(w, BLOCKS_MORE);
	for (uint64_t turns = 0; world_played(w) < blocks && turns < 40 * blocks && !w->failure[0]; turns++) {
		something_happens(w, &m);
		world_step_worker(w, any_actor(w));
		world_step_worker(w, any_actor(w));
		if (world_draw(w, 1000) < m.callback)
			world_step_callback(w);
		if (world_draw(w, 1000) < m.arbiter)
			world_step_arbiter(w);
		if (world_draw(w, 1000) < m.main)
			world_step_main(w);
	}
	if (!w->failure[0] && !endures(w) && !w->failure[0])
		world_describe(w, "one that was killed and is not gone holds up the others");
	if (!w->failure[0] && !world_settle(w, SETTLE_BLOCKS) && !w->failure[0])
		world_describe(w, "the pair is not whole again after the faults have stopped");
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
	uint64_t kills = 0, poisons = 0, stalls = 0, undying = 0, gaps = 0, blocks = 0, promotions = 0;
	if (world_open(&world, &err)) {
		fprintf(stderr, "sim: %s\n", err.text);
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
		stalls += world.stalls;
		undying += world.undying;
		gaps += world.gaps;
		blocks += world_played(&world);
		promotions += atomic_load(&world.session->clock->role) >> 1;
	}
	printf("%" PRIu64 " seeds: %" PRIu64 " blocks, %" PRIu64 " deaths at a store, %" PRIu64 " poisoned, %" PRIu64
	       " stalls, %" PRIu64 " killed in vain, %" PRIu64 " promotions, %" PRIu64
	       " gap blocks, 0 differing blocks\n%" PRIu64 " passed, 0 failed\n",
	       seeds, blocks, kills, poisons, stalls, undying, promotions, gaps, seeds);
	world_close(&world);
	return 0;
}
