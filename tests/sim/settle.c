/* settle.c — after the faults: everybody runs fairly, and must become what they were, or get along as they are. */
#include "ipc/vault_rt.h"
#include "world.h"

enum {
	CATCHING_UP = 8, /* steps in a block's time: a block takes less than that */
	NEVER_AHEAD = 1, /* a patch that is nearly too much */
	CRAWL_STEPS = 6,
	SLACK = 16, /* blocks, for what is due at once */
};
#define CRAWL_STEP_NS (4 * SIM_BLOCK_NS)
#define CHILD_SLACK_NS 300000000ull
#define LONG_TURN_NS 10000000ull /* of a slow host */

void world_fair_turn(struct world *w, uint32_t steps, uint64_t ns)
{
	world_crawl(w);
	for (uint32_t step = 0; step < steps; step++) {
		world_step_main(w);
		world_step_arbiter(w);
		world_step_prover(w);
		world_step_recorder(w);
		for (uint32_t i = 0; i < SIM_PROCESSES; i++)
			world_step_worker(w, &w->process[i]);
		world_look_at_processes(w);
		world_pass(w, ns / steps);
	}
}

void world_crawl(struct world *w)
{
	struct us_record r = {.type = US_REC_SET, .instance = SIM_CRAWL, .set = {.input = 1}};
	if (!w->crawl_ns || w->now_ns < w->crawl_next_ns)
		return;
	const bool quick = w->crawl_step >= CRAWL_STEPS;
	if (!quick)
		r.set.value = (float)((double)w->crawl_ns / (double)SIM_CRAWL_NS * (w->crawl_step + 1) / CRAWL_STEPS);
	if (!world_record(w, &r))
		return;
	w->crawl_next_ns = w->now_ns + CRAWL_STEP_NS;
	w->crawl_step++;
	if (quick)
		w->crawl_ns = w->crawl_step = 0;
}

static void wake_everybody(struct world *w)
{
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		w->process[i].stopped = false;
	w->die_at_point = w->stop_at_point = w->dies_within = 0;
	w->fork_fails = false;
	w->main_free_ns = w->recorder_free_ns = w->slow_until_ns = 0;
	w->crawl_step = CRAWL_STEPS;
	world_set_period(w, US_BLOCK);
	if (w->supervisor == SIM_STOPPED)
		w->supervisor = SIM_RUNS;
}

static void thaw_everybody(struct world *w)
{
	for (uint32_t i = 0; i < SIM_PROCESSES; i++) {
		w->process[i].frozen = false;
		if (w->process[i].kill_pending)
			world_kill(w, &w->process[i]);
	}
}

/* Until all who were killed in vain are given up: seconds pass, in which less is played than they would hold. */
static void give_up_the_frozen(struct world *w)
{
	for (uint32_t turn = 0; turn < 600 && !w->failure[0]; turn++) {
		bool known = true;
		for (uint32_t i = 0; i < SIM_PROCESSES; i++) {
			const struct sim_process *p = &w->process[i];
			const struct failover_worker *f = failover_by_id(&w->stage.failover, p->worker.id);
			known &= !p->frozen || p->life != SIM_PLAYING ||
			         (f && (f->state == WORKER_UNKILLABLE || !f->was_live));
		}
		if (known)
			return;
		world_fair_turn(w, CATCHING_UP, LONG_TURN_NS);
	}
	if (!w->failure[0])
		world_describe(w, "one that does not die is not given up");
}

static void look_at_checkpoints(struct world *w, uint64_t not_before, const char *rule)
{
	struct us_found newest;
	const struct us_vault_room any = {SIZE_MAX / 8, SIZE_MAX / 8};
	if (w->spoil_at) /* a head may have been spoilt */
		return;
	if (!us_vault_find(w->session->slot, any, 0, 0, &newest) || newest.head.block < not_before)
		world_describe(w, rule);
}

/* It is not while the one who leads still renders what was skipped: blocks pass then in no time. */
static bool is_on_time(const struct world *w)
{
	return atomic_load(&w->session->slot[w->stage.failover.primary]->published) >= world_played(w);
}

/* Who was stopped, and is live again, is behind for a while. */
static bool is_in_step(const struct world *w)
{
	return is_on_time(w) &&
	       atomic_load(&w->session->slot[1 - w->stage.failover.primary]->published) >= world_played(w);
}

/* One at once when a standby makes the pair whole, and then one every US_CHECKPOINT_BLOCKS. */
struct watch {
	bool broken, made_whole; /* before our eyes */
	uint64_t since;
};

static void look_at_pair(struct world *w, struct watch *pair)
{
	const uint64_t played = world_played(w), oldest = US_CHECKPOINT_BLOCKS + SLACK;
	const uint32_t live = failover_live_mask(&w->stage.failover), primary = w->stage.failover.primary;
	if (live != 3) {
		*pair = (struct watch){.broken = live == 1u << primary, .since = played};
		return;
	}
	if (pair->broken)
		*pair = (struct watch){.made_whole = is_on_time(w), .since = played};
	if (pair->made_whole && played >= pair->since + SLACK)
		look_at_checkpoints(w, pair->since > SLACK ? pair->since - SLACK : 0,
		                    "the pair became whole, and no checkpoint was made");
	/* Who was stopped and is live is behind for a while, and so are its checkpoints. */
	const uint64_t come = atomic_load(&w->session->slot[1 - primary]->published),
		       so_far = come < played ? come : played;
	if (so_far >= pair->since + oldest && !w->failure[0])
		look_at_checkpoints(w, so_far - oldest, "the pair is whole, and its newest checkpoint is old");
}

static bool somebody_hangs(const struct world *w)
{
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		if (w->process[i].hanging)
			return true;
	return false;
}

/* Whoever waits is known, or was told to leave. */
static void look_at_desks(struct world *w)
{
	for (uint32_t i = 0; i < SIM_PROCESSES && !w->failure[0]; i++) {
		const struct sim_process *p = &w->process[i];
		const struct us_actor *a = &w->stage.actor[p->worker.id % US_DESKS];
		if (p->life == SIM_AT_DESK && (a->pid != p->pid || atomic_load(&a->state) == US_ACTOR_FREE))
			world_describe(w, "a worker waits for orders, and no supervisor knows it");
	}
}

/* Whoever is not there is waited for, no longer than five seconds. */
static void look_at_children(struct world *w)
{
	for (uint32_t i = 0; i < FAILOVER_CHILDREN && !w->failure[0]; i++) {
		const struct us_child_life *l = &w->stage.failover.child[i];
		if (!world_child_serves(w, i) &&
		    (l->state != US_CHILD_ABSENT || l->start_after_ns + CHILD_SLACK_NS < w->now_ns ||
		     l->start_after_ns > w->now_ns + US_CHILD_BACKOFF_MOST_NS))
			world_describe(w, i == CHILD_CONTROL ? "control does not come back"
			                                     : "the recorder does not come back");
	}
}

bool world_settle(struct world *w, uint64_t blocks)
{
	struct watch pair = {.since = world_played(w)};
	uint64_t goal = world_played(w) + blocks, turns = 0;
	wake_everybody(w);
	thaw_everybody(w);
	while ((world_played(w) < goal || !world_is_whole(w) || !is_in_step(w) || somebody_hangs(w)) &&
	       !w->failure[0]) {
		if (++turns > 100 * (blocks + 100))
			return false;
		world_fair_turn(w, CATCHING_UP, SIM_BLOCK_NS);
		look_at_pair(w, &pair);
	}
	look_at_desks(w);
	look_at_children(w);
	return !w->failure[0];
}

/* The journal is kept for the two newest checkpoints. A record that is older than they should be, and still kept, will
 * fill it. */
static void look_at_journal(struct world *w, uint64_t oldest)
{
	const struct us_clock *c = w->session->clock;
	const uint64_t played = world_played(w);
	if (w->tally.scribbles) /* what is saved does not load, and the journal is kept from before */
		return;
	if (played > oldest && atomic_load(&c->keep) < atomic_load(&c->grant[(played - oldest) % US_GRANTS]))
		world_describe(w, "no two checkpoints are new, and the journal fills");
}

/* From here on the primary is behind its grants by a block or more, whenever it looks. */
static void fall_behind(struct world *w)
{
	for (uint32_t i = 0; i < 2 * atomic_load(&w->session->clock->lookahead_total); i++)
		world_step_callback(w);
}

bool world_endure(struct world *w, uint64_t blocks, bool hard_pressed)
{
	/* Who is alone makes one when it is ahead of its grants, and every fourth time in any case. */
	const uint64_t oldest = hard_pressed ? 2 * 4 * US_CHECKPOINT_BLOCKS + SLACK : 2 * US_CHECKPOINT_BLOCKS + SLACK;
	uint64_t live_since = world_played(w), turns = 0;
	bool behind = false;
	wake_everybody(w);
	give_up_the_frozen(w);
	live_since = world_played(w);
	while (world_played(w) < live_since + oldest + blocks && !w->failure[0]) {
		if (++turns > 100 * (oldest + blocks + 100))
			return false;
		world_record(w, &(struct us_record){
				    .type = US_REC_GAIN, .instance = US_NOBODY, .set = {.value = world_gain(w) / 2}});
		world_fair_turn(w, behind ? NEVER_AHEAD : CATCHING_UP, SIM_BLOCK_NS);
		/* Whoever is there catches up, from before the first fault; what nobody has proven or logged is kept.
		 */
		if (!failover_live_mask(&w->stage.failover) || !world_child_serves(w, CHILD_CONTROL) ||
		    !world_child_serves(w, CHILD_RECORDER)) {
			live_since = world_played(w);
			behind = false;
		} else if (hard_pressed && !behind) {
			fall_behind(w);
			behind = true;
		}
		if (world_played(w) >= live_since + oldest)
			look_at_journal(w, oldest);
	}
	return !w->failure[0];
}
