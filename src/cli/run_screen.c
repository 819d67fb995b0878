/* run_screen.c — what `understudy run` shows: where it plays and how late, then one line that is kept up to date on a
 * terminal, and a summary at the end. Elsewhere than on a terminal only lines that say something new. */
#include "ipc/histogram.h"
#include "run.h"

#include <stdio.h>
#include <stdlib.h>

static unsigned long long get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void us_run_greet(struct us_run *run)
{
	struct us_err err;
	run->viewing = us_session_open(&run->view, run->session, 0, &err) == US_OK;
	if (!run->viewing) {
		fprintf(stderr, "understudy: %s\n", err.text);
		return;
	}
	const struct us_clock *c = run->view.clock;
	double lookahead = c->lookahead_total * 1000.0 * US_BLOCK / c->rate,
	       device = atomic_load(&c->board.device_latency_us) / 1000.0;
	fprintf(stderr, "understudy: session %s plays on %s at %u Hz, OSC on %s:%u\n", run->session, c->board.device,
	        c->rate, run->bind, c->osc_port);
	fprintf(stderr, "understudy: latency %.1f ms (lookahead %.1f + device %.1f)\n", lookahead + device, lookahead,
	        device);
	if (run->record[0])
		fprintf(stderr, "understudy: recording to %s\n", run->record);
	if (run->log[0])
		fprintf(stderr, "understudy: logging to %s\n", run->log);
}

static double load_percent(const struct us_session *s)
{
	const struct us_slot *slot = s->slot[atomic_load(&s->clock->role) & 1];
	uint64_t blocks = get(&slot->blocks);
	return blocks ? 100.0 * (double)get(&slot->busy_ns) / (double)blocks * s->clock->rate / US_BLOCK / 1e9 : 0;
}

void us_run_show(struct us_run *run)
{
	if (!run->terminal || !run->viewing)
		return;
	const struct us_session *s = &run->view;
	const struct us_board *b = &s->clock->board;
	const char *dim = getenv("NO_COLOR") ? "" : "\x1b[2m", *plain = getenv("NO_COLOR") ? "" : "\x1b[0m";
	bool pair = atomic_load(&s->clock->live_mask) == 3;
	fprintf(stderr, "\r%s%7.1f s  load %4.1f %%  underruns %llu  promotions %llu  %s%s%s\x1b[K", dim,
	        (double)get(&s->clock->played) * US_BLOCK / s->clock->rate, load_percent(s), get(&b->underruns),
	        get(&b->promotions), pair ? "pair" : "ALONE", atomic_load(&b->spare_ready) ? " + spare" : "", plain);
	fflush(stderr);
}

void us_run_farewell(struct us_run *run)
{
	if (!run->viewing)
		return;
	const struct us_board *b = &run->view.clock->board;
	if (run->terminal)
		fprintf(stderr, "\r\x1b[K");
	fprintf(stderr,
	        "understudy: %llu blocks (%.1f s), underruns %llu, gaps %llu, deaths %llu, promotions %llu, replaced "
	        "%llu, divergences %llu\n",
	        get(&run->view.clock->played), (double)get(&run->view.clock->played) * US_BLOCK / run->view.clock->rate,
	        get(&b->underruns), get(&b->gap_blocks), get(&b->crashes), get(&b->promotions), get(&b->replacements),
	        get(&b->divergences));
}
