/* killsweep.c — a worker is killed at *every* store of the protocol, one run for each: first a run without a death
 * counts the points that workers pass in BLOCKS blocks, then run n lets the worker that passes point n end there. After
 * each the pair must be whole again, no block may be late by more than the lookahead, and the oracle must agree. Then
 * all of it again with deaths that look like a fault of the instance or the record at work. */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCKS = 200, AFTER = 70, SEED = 7, STEPS_A_BLOCK = 2 };

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
	const struct us_slot *primary = w->session->slot[w->stage.cast.primary];
	return atomic_load(&primary->published) >= w->session->clock->lookahead_total;
}

/* Everybody gets a turn for each block, the arbiter last: the death is noticed as late as that. */
static void run(struct world *w, uint64_t die_at, bool by_signal)
{
	world_reset(w, SEED);
	w->die_by_signal = by_signal;
	w->points = 0;
	w->die_at_point = die_at;
	while (!first_blocks_are_there(w)) {
		for (uint32_t i = 0; i < US_DESKS; i++)
			world_step_worker(w, &w->actor[i]);
		world_step_arbiter(w);
		world_step_main(w);
	}
	for (uint64_t turn = 0; world_played(w) < BLOCKS && turn < 4 * BLOCKS && !w->failure[0]; turn++) {
		add_records(w);
		for (uint32_t step = 0; step < STEPS_A_BLOCK; step++) /* they are faster than the device */
			for (uint32_t i = 0; i < US_DESKS; i++)
				world_step_worker(w, &w->actor[i]);
		world_step_callback(w);
		world_step_arbiter(w);
		world_step_main(w);
	}
}

/* Returns how many runs had a late block; world->failure says what else was wrong. */
static uint64_t sweep(struct world *w, uint64_t points, uint64_t stride, bool by_signal, uint64_t *runs)
{
	uint64_t late = 0;
	for (uint64_t n = 1; n <= points && !w->failure[0]; n += stride) {
		run(w, n, by_signal);
		late += atomic_load(&w->session->clock->board.underruns) + w->gaps > 0;
		if (w->kills != 1)
			snprintf(w->failure, sizeof w->failure, "%" PRIu64 " deaths instead of one", w->kills);
		if (!w->failure[0] && !world_settle(w, AFTER) && !w->failure[0])
			world_describe(w, "the pair is not whole again");
		if (world_check(w))
			++*runs;
		else
			printf("%s at point %" PRIu64 " of %" PRIu64 ": %s\n", by_signal ? "a fault" : "killed", n,
			       points, w->failure);
	}
	return late;
}

int main(int argc, char **argv)
{
	static struct world w;
	struct us_err err;
	uint64_t stride = argc > 1 ? strtoull(argv[1], NULL, 10) : 1, runs = 0, late = 0;
	if (world_open(&w, &err)) {
		fprintf(stderr, "killsweep: %s\n", err.text);
		return 1;
	}
	run(&w, 0, false);
	uint64_t points = w.points;
	if (!world_check(&w) || points < BLOCKS) {
		printf("without a death: %s\n0 passed, 1 failed\n", w.failure);
		return 1;
	}
	for (int by_signal = 0; by_signal < 2 && !w.failure[0]; by_signal++)
		late += sweep(&w, points, stride, by_signal, &runs);
	if (!w.failure[0])
		printf("killed, and as by a fault, at each of %" PRIu64 " points in %d blocks (every %" PRIu64
		       "): 0 differing blocks, %" PRIu64 " runs with a late block\n",
		       points, BLOCKS, stride, late);
	printf("%" PRIu64 " passed, %d failed\n", runs, w.failure[0] ? 1 : 0);
	world_close(&w);
	return late || w.failure[0] ? 1 : 0;
}
