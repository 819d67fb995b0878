/* settle.c — after the faults: everybody runs fairly, and must become what they were, or get along as they are. */
#include "world.h"

/* A turn for everybody, who catch up: a block takes less than a block's time. */
static void fair_turn(struct world *w)
{
	world_step_main(w);
	world_step_arbiter(w);
	for (uint32_t step = 0; step < 8; step++)
		for (uint32_t i = 0; i < US_DESKS; i++)
			world_step_worker(w, &w->actor[i]);
	world_step_callback(w);
}

static void wake_everybody(struct world *w)
{
	for (uint32_t i = 0; i < US_DESKS; i++)
		if (w->actor[i].life == SIM_STALLED)
			w->actor[i].life = SIM_PLAYING;
	w->die_at_point = 0;
}

bool world_settle(struct world *w, uint64_t blocks)
{
	uint64_t goal = world_played(w) + blocks, turns = 0;
	wake_everybody(w);
	for (uint32_t i = 0; i < US_DESKS; i++)
		if (w->actor[i].life == SIM_UNDYING)
			w->actor[i].life = SIM_DEAD;
	while ((world_played(w) < goal || !world_is_whole(w)) && !w->failure[0]) {
		if (++turns > 100 * (blocks + 100))
			return false;
		fair_turn(w);
	}
	return !w->failure[0];
}

/* Checkpoints are due every US_CHECKPOINT_BLOCKS blocks, and the journal is kept for the two newest. A record that is
 * older than that, and still kept, will fill it. */
static void look_at_journal(struct world *w)
{
	const struct us_clock *c = w->session->clock;
	const uint64_t played = world_played(w), oldest = 3 * US_CHECKPOINT_BLOCKS;
	if (played > oldest && atomic_load(&c->keep) < atomic_load(&c->grant[(played - oldest) % US_GRANTS]))
		world_describe(w, "no two checkpoints are new, and the journal fills");
}

bool world_endure(struct world *w, uint64_t blocks)
{
	const uint64_t grace = 3 * US_CHECKPOINT_BLOCKS;
	uint64_t live_since = world_played(w), turns = 0;
	wake_everybody(w);
	while (world_played(w) < live_since + grace + blocks && !w->failure[0]) {
		if (++turns > 100 * (grace + blocks + 100))
			return false;
		world_record(w,
		             &(struct us_record){.type = US_REC_GAIN, .instance = US_NOBODY, .set = {.value = 0.5f}});
		fair_turn(w);
		if (!us_cast_live_mask(&w->stage.cast)) /* whoever is there catches up, from before the first fault */
			live_since = world_played(w);
		if (world_played(w) >= live_since + grace)
			look_at_journal(w);
	}
	return !w->failure[0];
}
