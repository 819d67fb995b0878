/* scenes.c — see world.h: what may happen to a whole pair, one thing at a time, and the rule for it. */
#include "ipc/journal_rt.h"
#include "world.h"

#include <inttypes.h>
#include <stdio.h>

enum { TURNS = 8 /* in a block's time */, STAND_TURNS = 2000, SLACK_BLOCKS = 200 };
#define SHORT_TURN_NS 100000ull
#define HUNG_TURN_NS 10000000ull
#define HUNG_EARLIEST_NS 5000000000ull
#define HUNG_LATEST_NS 11000000000ull
#define SILENCE_NS 300000000ull /* a stopped pair: no longer */
#define LONG_SILENCE_NS 2000000000ull

static uint64_t underruns(const struct world *w)
{
	return atomic_load(&w->session->clock->board.underruns) + w->tally.gaps;
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
			world_fair_turn(w, 1, SHORT_TURN_NS);
	}
	primary->stopped = true;
	for (int turn = 0; turn < 100 && !at_once && w->stage.failover.primary == led; turn++)
		world_fair_turn(w, 1, SHORT_TURN_NS);
	primary->stopped = standby->stopped = true;
}

void scene_stop_pair(struct world *w)
{
	const uint64_t goal = world_played(w) + 2 * w->session->clock->lookahead_total + 2;
	/* What does not load makes who comes after render more, also what is slow. */
	const bool is_fresh = us_proof_age(w->session) <= 2 * US_CHECKPOINT_BLOCKS;
	const uint64_t most_ns = is_fresh ? SILENCE_NS : LONG_SILENCE_NS;
	uint64_t played = world_played(w), since = w->now_ns;
	stop_both(w, world_draw(w, 2));
	while (world_played(w) < goal && !w->failure[0]) {
		world_fair_turn(w, 1, SHORT_TURN_NS);
		if (world_played(w) != played) {
			played = world_played(w);
			since = w->now_ns;
		}
		if (is_fresh && w->now_ns - since > w->silence_ns)
			w->silence_ns = w->now_ns - since;
		if (w->now_ns - since > most_ns)
			world_describe(w, "both are stopped, and nothing is heard");
	}
}

/* A block's time each, until so many are played. */
static void play(struct world *w, uint64_t blocks, uint64_t most_turns)
{
	const uint64_t goal = world_played(w) + blocks;
	for (uint64_t turn = 0; turn < most_turns && world_played(w) < goal && !w->failure[0]; turn++)
		world_fair_turn(w, TURNS, SIM_BLOCK_NS);
	if (world_played(w) < goal && !w->failure[0])
		world_describe(w, "nothing is played any more");
}

void scene_change_period(struct world *w)
{
	static const uint32_t period[] = {16, 48, 64, 96, 128, 441, 480, 512, 1024, 1920, 2048, 4096, 8192};
	const uint32_t frames = period[world_draw(w, sizeof period / sizeof period[0])];
	const uint64_t before = underruns(w), held = atomic_load(&w->session->clock->board.held_frames);
	const uint64_t blocks = 4 * (frames / US_BLOCK + 1);
	world_set_period(w, frames);
	play(w, blocks, 2 * blocks);
	if (!w->failure[0] &&
	    (underruns(w) > before + 1 || atomic_load(&w->session->clock->board.held_frames) > held + frames)) {
		char what[80];
		snprintf(what, sizeof what, "%" PRIu64 " holds as the period becomes %" PRIu32 " frames",
		         underruns(w) - before, frames);
		world_describe(w, what);
	}
}

/* One that fails again is a second death, just after the first. */
static bool somebody_gets_another_chance(const struct world *w)
{
	for (uint32_t i = 0; i < US_INDICES / 64; i++)
		if (w->stage.failover.quarantined[i])
			return true;
	return false;
}

void scene_block_output(struct world *w)
{
	if (somebody_gets_another_chance(w))
		return;
	const uint64_t before = underruns(w);
	struct sim_process *primary = world_in_slot(w, w->stage.failover.primary);
	w->main_free_ns = w->now_ns + 2000000000ull;
	w->tally.outputs_blocked++;
	if (primary)
		world_kill(w, primary);
	play(w, 100, 110);
	if (!w->failure[0] && underruns(w) != before)
		world_describe(w, "an output blocks the main loop, and that is heard");
}

void scene_stand_still(struct world *w)
{
	struct us_record r = {.type = US_REC_SET, .instance = SIM_OSC, .set = {.value = 110}};
	struct us_clock *c = w->session->clock;
	const struct us_journal *journal = w->session->journal;
	const uint64_t logged = atomic_load(&w->session->recorder->log_records);
	uint64_t waited = 0;
	/* Where what is saved does not load, the journal is kept for that; who is just being started does not stand. */
	if (!world_child_serves(w, CHILD_RECORDER) || !c->log_dir[0] || atomic_load(&c->log_given_up) ||
	    w->tally.scribbles)
		return;
	w->recorder_free_ns = UINT64_MAX;
	w->tally.recorder_stands++;
	while (!atomic_load(&c->log_given_up) && waited++ < STAND_TURNS && !w->failure[0]) {
		while (us_journal_tail(journal) < SIM_RECORDS - 1 && world_record(w, &r))
			continue;
		if (us_journal_tail(journal) - logged > US_JOURNAL)
			world_describe(w, "what the log has yet to write is overwritten");
		world_fair_turn(w, TURNS, SIM_BLOCK_NS);
	}
	while (waited++ < STAND_TURNS && !world_record(w, &r) && !w->failure[0])
		world_fair_turn(w, TURNS, SIM_BLOCK_NS);
	w->tally.logs_given_up += atomic_load(&c->log_given_up);
	if (waited >= STAND_TURNS && !w->failure[0])
		world_describe(w, "the recorder stands still, and senders hear busy for seconds");
}

static uint64_t bypassed_by_anybody(const struct world *w)
{
	uint64_t n = 0;
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++)
		for (uint32_t i = 0; i < atomic_load(&w->session->clock->amendments[l].count); i++)
			n += w->session->clock->amendments[l].list[i].type == US_AMEND_BYPASS &&
			     w->session->clock->amendments[l].list[i].instance == SIM_CRAWL;
	return n;
}

/* As slow as nobody takes for a hang: that is judged by what was usual. */
static float next_crawl(const struct world *w)
{
	const struct us_slot *s = w->session->slot[w->stage.failover.primary];
	const uint64_t blocks = atomic_load(&s->blocks), usual = blocks ? atomic_load(&s->busy_ns) / blocks : 0;
	uint64_t ns = 4 * usual > SIM_BLOCK_NS / 2 ? 4 * usual : SIM_BLOCK_NS / 2;
	ns = ns * 3 / 4 < SIM_BLOCK_NS * 11 / 10 ? ns * 3 / 4 : SIM_BLOCK_NS * 11 / 10;
	return (float)((double)ns / (double)SIM_CRAWL_NS);
}

void scene_be_dear(struct world *w)
{
	const uint64_t before = bypassed_by_anybody(w);
	struct us_record r = {.type = US_REC_SET, .instance = SIM_CRAWL, .set = {.input = 1}};
	if (w->said_anew) /* of what was said then some may have been struck out: it may not be in the patch */
		return;
	for (uint32_t turn = 0; turn < 12000 && bypassed_by_anybody(w) == before && !w->failure[0]; turn++) {
		r.set.value = next_crawl(w);
		if (turn % 32 == 0)
			world_record(w, &r);
		world_fair_turn(w, TURNS, SIM_BLOCK_NS);
	}
	if (!w->failure[0] && bypassed_by_anybody(w) == before)
		world_describe(w, "a module that makes the patch late for long is not bypassed");
	r.set.value = 0;
	world_record(w, &r);
}

/* Commands come all the while: more than the journal holds. */
static void play_with_commands(struct world *w, uint64_t blocks)
{
	struct us_record r = {.type = US_REC_SET, .instance = SIM_OSC, .set = {.value = 110}};
	const uint64_t goal = world_played(w) + blocks;
	for (uint64_t turn = 0; turn < 4 * blocks && world_played(w) < goal && !w->failure[0]; turn++) {
		for (int i = 0; i < 3; i++)
			world_record(w, &r);
		world_fair_turn(w, TURNS, SIM_BLOCK_NS);
	}
	if (world_played(w) < goal && !w->failure[0])
		world_describe(w, "nothing is played any more");
	if (!w->failure[0] && !world_record(w, &r))
		world_describe(w, "what is saved does not load for long, and senders hear busy");
}

void scene_outlive_the_state(struct world *w)
{
	struct us_record on = {.type = US_REC_SET, .instance = SIM_SCRIBBLE, .set = {.input = 1, .value = 1}};
	const uint64_t blocks = US_EAR - US_EAR / 8 + 2 * US_CHECKPOINT_BLOCKS, gaps = w->tally.gaps;
	if (w->said_anew || w->tally.scribbles || world_played(w) + blocks + SLACK_BLOCKS > SIM_MAX_BLOCKS)
		return;
	w->scribbles_deep = world_draw(w, 2);
	world_record(w, &on);
	play_with_commands(w, blocks);
	for (uint32_t death = w->scribbles_deep ? 2 : 0; death < 2 && !w->failure[0]; death++) {
		struct sim_process *p = world_in_slot(w, world_draw(w, 2));
		if (p)
			world_kill(w, p);
		for (int turn = 0; turn < 200 && !w->failure[0] && (!turn || !world_is_whole(w)); turn++)
			world_fair_turn(w, TURNS, SIM_BLOCK_NS);
		if (!w->failure[0] && !world_is_whole(w))
			world_describe(w, "the state of who lives does not load, and nobody stands by");
	}
	if (!w->failure[0] && w->tally.gaps != gaps)
		world_describe(w, "the state of who lives does not load, and that is heard");
}

/* Meanwhile the device does not call: nothing is played. */
void scene_hang_child(struct world *w)
{
	const enum failover_child which = (enum failover_child)world_draw(w, FAILOVER_CHILDREN);
	struct sim_child *c = &w->child[which];
	const uint32_t starts = c->starts;
	const uint64_t since = w->now_ns;
	if (!world_child_serves(w, which))
		return;
	c->hangs = true;
	w->tally.children_hung++;
	w->callback_ns = UINT64_MAX;
	while (w->now_ns - since < HUNG_LATEST_NS && c->starts == starts && !w->failure[0]) {
		world_fair_turn(w, 1, HUNG_TURN_NS);
		if (c->dead && w->now_ns - since < HUNG_EARLIEST_NS)
			world_describe(w, "control or the recorder is killed too soon");
	}
	w->callback_ns = w->now_ns + SIM_BLOCK_NS;
	if (!w->failure[0] && !world_child_serves(w, which))
		world_describe(w, "control or the recorder hangs, and is not replaced");
}
