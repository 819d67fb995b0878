/* settle.c — after the faults: everybody runs fairly, and must become what they were, or get along as they are. */
#include "ipc/vault_rt.h"
#include "world.h"

enum {
	CATCHING_UP = 8, /* steps in a block's time: a block takes less than that */
	NEVER_AHEAD = 1, /* a patch that is nearly too much */
	SLACK = 16,      /* blocks, for what is due at once */
};
#define LONG_TURN_NS 10000000ull /* of a slow host */
#define SHORT_TURN_NS 100000ull
#define SILENCE_NS 300000000ull /* a stopped pair: no longer */

/* A turn for everybody, in a block's time. */
static void fair_turn(struct world *w, uint32_t steps, uint64_t ns)
{
	for (uint32_t step = 0; step < steps; step++) {
		world_step_main(w);
		world_step_arbiter(w);
		world_step_prover(w);
		for (uint32_t i = 0; i < SIM_PROCESSES; i++)
			world_step_worker(w, &w->process[i]);
		world_look_at_processes(w);
		world_pass(w, ns / steps);
	}
}

static void wake_everybody(struct world *w)
{
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		w->process[i].stopped = false;
	w->die_at_point = w->stop_at_point = w->dies_within = 0;
	w->fork_fails = false;
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
		fair_turn(w, CATCHING_UP, LONG_TURN_NS);
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
	if (played >= pair->since + oldest && !w->failure[0])
		look_at_checkpoints(w, played - oldest, "the pair is whole, and its newest checkpoint is old");
}

static bool somebody_hangs(const struct world *w)
{
	for (uint32_t i = 0; i < SIM_PROCESSES; i++)
		if (w->process[i].hanging)
			return true;
	return false;
}

bool world_settle(struct world *w, uint64_t blocks)
{
	struct watch pair = {.since = world_played(w)};
	uint64_t goal = world_played(w) + blocks, turns = 0;
	wake_everybody(w);
	thaw_everybody(w);
	while ((world_played(w) < goal || !world_is_whole(w) || somebody_hangs(w)) && !w->failure[0]) {
		if (++turns > 100 * (blocks + 100))
			return false;
		fair_turn(w, CATCHING_UP, SIM_BLOCK_NS);
		look_at_pair(w, &pair);
	}
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
		fair_turn(w, behind ? NEVER_AHEAD : CATCHING_UP, SIM_BLOCK_NS);
		if (!failover_live_mask(
			&w->stage.failover)) { /* whoever is there catches up, from before the first fault */
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

/* Both stop, in the middle of whatever they do: at once, or the second when it has taken over. */
static void stop_both(struct world *w, bool at_once)
{
	struct sim_process *primary = world_in_slot(w, w->stage.failover.primary),
			   *standby = world_in_slot(w, 1 - w->stage.failover.primary);
	const uint32_t led = w->stage.failover.primary;
	if (!primary || !standby) {
		world_describe(w, "no pair to stop");
		return;
	}
	if (world_draw(w, 2)) {
		w->stop_at_point = w->points + 1 + world_draw(w, 40);
		for (int turn = 0; turn < 100 && !primary->stopped && !standby->stopped; turn++)
			fair_turn(w, 1, SHORT_TURN_NS);
	}
	primary->stopped = true;
	for (int turn = 0; turn < 100 && !at_once && w->stage.failover.primary == led; turn++)
		fair_turn(w, 1, SHORT_TURN_NS);
	primary->stopped = standby->stopped = true;
}

void world_stop_pair(struct world *w)
{
	const uint64_t goal = world_played(w) + 2 * w->session->clock->lookahead_total + 2;
	uint64_t played = world_played(w), since = w->now_ns;
	stop_both(w, world_draw(w, 2));
	while (world_played(w) < goal && !w->failure[0]) {
		fair_turn(w, 1, SHORT_TURN_NS);
		if (world_played(w) != played) {
			played = world_played(w);
			since = w->now_ns;
		}
		if (w->now_ns - since > w->silence_ns)
			w->silence_ns = w->now_ns - since;
		if (w->now_ns - since > SILENCE_NS)
			world_describe(w, "both are stopped, and nothing is heard");
	}
}
