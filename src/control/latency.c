/* latency.c — from a message's reading to the first block that it changes being played, sampled fifty times a second.
 * The block is known exactly (the first whose grant covers the record); its moment is taken from the followed clock,
 * so that nobody has to wake up for a measurement. */
#include "control.h"
#include "ipc/histogram.h"

enum { PROBE_EVERY_NS = 20000000, PROBE_PATIENCE_NS = 1000000000 };

void us_control_probe_start(struct us_control *c, uint64_t seq)
{
	uint64_t played = atomic_load_explicit(&c->clock->played, memory_order_relaxed);
	if (c->probe.on || c->now_ns < c->probe.next_ns || c->clock->freewheel || played == 0)
		return;
	c->probe = (struct us_probe){
	    .on = true,
	    .seq = seq,
	    .read_ns = c->now_ns,
	    .block = played,
	    .next_ns = c->now_ns + PROBE_EVERY_NS,
	};
}

static bool find_block(struct us_control *c, uint64_t granted)
{
	for (; c->probe.block < granted; c->probe.block++)
		if (atomic_load_explicit(&c->clock->grant[c->probe.block % US_GRANTS], memory_order_relaxed) >
		    c->probe.seq)
			return true;
	return false;
}

void us_control_probe_look(struct us_control *c)
{
	struct us_probe *p = &c->probe;
	if (!p->on)
		return;
	uint64_t granted = atomic_load_explicit(&c->clock->granted, memory_order_acquire); /* [when] */
	uint64_t played = atomic_load_explicit(&c->clock->played, memory_order_relaxed);
	if (!find_block(c, granted)) {
		p->on = c->now_ns - p->read_ns < PROBE_PATIENCE_NS; /* nobody plays */
		return;
	}
	/* The device takes the block when the clock, which counts what is granted, has gone on by the lookahead. */
	double frame = us_follow_frame(&c->follow, (int64_t)c->now_ns) - (double)((granted - played) * US_BLOCK);
	double ahead_ns = ((double)((p->block + 1) * US_BLOCK) - frame) * 1e9 / c->follow.rate;
	double latency_ns = (double)(c->now_ns - p->read_ns) + ahead_ns;
	p->on = false;
	us_histogram_add(&c->session.house->command_latency, latency_ns > 0 ? (uint64_t)latency_ns : 0);
}
