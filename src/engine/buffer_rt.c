/* buffer_rt.c — which buffer each output is rendered to. A buffer is given away again after its last reader, and the
 * lowest free one is taken, so that a patch plays in the first few kilobytes of the pool.
 *
 *   the lanes of an output   one buffer, used by all groups in turn, when all readers are in the same run;
 *                            one per group when somebody reads it in a later run;
 *                            in the arena when a feedback cable reads it a block later
 *   the sum of its voices    one buffer from the beginning of the run on, for readers after the mixdown
 *   several cables into      one buffer at the input: each cable is added as soon as its source has run, so that
 *   one input                a thousand oscillators into one mixer hold one buffer, not a thousand */
#include "inside.h"

/* What is known of the outputs of one seat before buffers are chosen. Positions; own: nobody needs it later. */
struct demand {
	uint32_t last[US_MAX_OUTPUTS], sum_last[US_MAX_OUTPUTS];
	uint64_t wide, sums;
};

static uint32_t take(struct us_engine *e, uint32_t count)
{
	if (count == 1) { /* nearly always */
		for (uint32_t w = 0; w < US_POOL / 64; w++)
			if (~e->pool_map[w]) {
				uint32_t bit = (uint32_t)__builtin_ctzll(~e->pool_map[w]);
				e->pool_map[w] |= 1ull << bit;
				return w * 64 + bit;
			}
		return US_NONE;
	}
	for (uint32_t w = 0; count == 2 && w < US_POOL / 64; w++) { /* nearly always else */
		uint64_t pairs = ~e->pool_map[w] & ~e->pool_map[w] >> 1 & ~(1ull << 63);
		if (pairs) {
			uint32_t bit = (uint32_t)__builtin_ctzll(pairs);
			e->pool_map[w] |= 3ull << bit;
			return w * 64 + bit;
		}
	}
	for (uint32_t run = 0, b = 0; b < US_POOL; b++) {
		run = e->pool_map[b / 64] >> b % 64 & 1 ? 0 : run + 1;
		if (run < count)
			continue;
		for (uint32_t i = b + 1 - count; i <= b; i++)
			e->pool_map[i / 64] |= 1ull << i % 64;
		return b + 1 - count;
	}
	return US_NONE;
}

/* Falls free when everything at this position is done. */
static void until(struct us_engine *e, uint32_t buffer, uint32_t count, uint32_t position)
{
	e->pool_count[buffer] = (uint16_t)count;
	e->pool_next[buffer] = e->pool_free_at[position];
	e->pool_free_at[position] = (uint16_t)buffer;
}

static void release(struct us_engine *e, uint32_t position)
{
	for (uint32_t b = e->pool_free_at[position]; b != US_NONE; b = e->pool_next[b])
		for (uint32_t i = b; i < b + e->pool_count[b]; i++)
			e->pool_map[i / 64] &= ~(1ull << i % 64);
}

static uint32_t end_of(const struct us_run *run)
{
	return run->first + run->count - 1u;
}

static struct demand demand_of(const struct us_engine *e, uint32_t seat)
{
	const struct us_plan *p = &e->plan;
	const struct us_node *n = &e->node[seat];
	uint32_t end = end_of(&p->run[n->run]);
	struct demand d;
	d.wide = d.sums = 0;
	for (uint32_t o = 0; o < n->outputs; o++) {
		d.last[o] = n->position;
		d.sum_last[o] = end;
	}
	for (uint32_t i = p->out_first[seat]; i < p->out_first[seat + 1]; i++) {
		uint32_t cable = p->out_cable[i], o = e->cable[cable].output, way = p->way[cable];
		const struct us_node *to = &e->node[p->out_to[i]];
		uint32_t until_position = to->run == n->run ? to->position : end_of(&p->run[to->run]);
		uint32_t *last = way & US_WAY_SUM ? &d.sum_last[o] : &d.last[o];
		if (way & US_WAY_ECHO)
			continue;
		if (way & US_WAY_SUM)
			d.sums |= 1ull << o;
		else if (n->voices > 1 && to->run != n->run)
			d.wide |= 1ull << o;
		if (!(way & US_WAY_PUSH) && until_position > *last)
			*last = until_position;
	}
	return d;
}

static bool place(struct us_engine *e, us_vec **to, uint32_t count, uint32_t last)
{
	uint32_t buffer = take(e, count);
	if (buffer == US_NONE)
		return false;
	until(e, buffer, count, last);
	*to = e->pool[buffer];
	return true;
}

/* What must outlast a polyphonic run's group-by-group loop: sums, and outputs that are read in a later run. */
static bool place_lasting(struct us_engine *e, struct us_run *run, uint32_t seat, const struct demand *d)
{
	const struct us_node *n = &e->node[seat];
	for (uint32_t o = 0; o < n->outputs; o++) {
		struct us_wire *w = &e->plan.wire[n->output_row + o];
		if (d->sums >> o & 1) {
			run->sums = true;
			if (!place(e, &w->sum, 1, d->sum_last[o]))
				return false;
		}
		if (e->plan.echoes[seat] >> o & 1 || !(d->wide >> o & 1))
			continue;
		w->stride = US_BLOCK * n->width;
		if (!place(e, &w->out, (uint32_t)n->groups * n->width, d->last[o]))
			return false;
	}
	return true;
}

static bool place_passing(struct us_engine *e, uint32_t seat, const struct demand *d)
{
	const struct us_node *n = &e->node[seat];
	for (uint32_t o = 0; o < n->outputs; o++) {
		struct us_wire *w = &e->plan.wire[n->output_row + o];
		if (!w->out && !(e->plan.echoes[seat] >> o & 1) && !place(e, &w->out, n->width, d->last[o]))
			return false;
	}
	return true;
}

/* The inputs that this seat's cables are added to, in the order in which us_outputs_push will do it. */
static bool place_gathered(struct us_engine *e, uint32_t seat, uint32_t sum)
{
	struct us_plan *p = &e->plan;
	for (uint32_t i = p->out_first[seat]; i < p->out_first[seat + 1]; i++) {
		uint32_t cable = p->out_cable[i];
		if (!(p->way[cable] & US_WAY_PUSH) || (p->way[cable] & US_WAY_SUM) != sum)
			continue;
		const struct us_node *to = &e->node[p->out_to[i]];
		uint16_t *gathered = &p->gathered[to->input_row + e->cable[cable].input];
		if (*gathered != US_NONE)
			continue;
		*gathered = (uint16_t)take(e, 1);
		if (*gathered == US_NONE)
			return false;
		until(e, *gathered, 1, to->position);
		p->way[cable] |= US_WAY_FIRST;
	}
	return true;
}

static bool place_run(struct us_engine *e, struct us_run *run)
{
	uint32_t end = end_of(run);
	const uint16_t *order = e->plan.order;
	for (uint32_t i = run->first; i <= end && run->voices > 1; i++) {
		struct demand d = demand_of(e, order[i]);
		if (!place_lasting(e, run, order[i], &d))
			return false;
	}
	for (uint32_t i = run->first; i <= end; i++) {
		struct demand d = demand_of(e, order[i]);
		if (!place_passing(e, order[i], &d) || !place_gathered(e, order[i], 0))
			return false;
		if (i < end)
			release(e, i);
	}
	for (uint32_t i = run->first; i <= end && run->sums; i++)
		if (!place_gathered(e, order[i], US_WAY_SUM))
			return false;
	release(e, end);
	return true;
}

/* Cables are pushed to inputs of mono instances that have two or more which are not late. */
static void find_pushes(struct us_engine *e)
{
	struct us_plan *p = &e->plan;
	for (uint32_t i = 0; i < p->count; i++) {
		struct us_node *n = &e->node[p->order[i]];
		memset(&p->gathered[n->input_row], 0xff, n->inputs * sizeof p->gathered[0]);
		memset(&p->wire[n->output_row], 0, n->outputs * sizeof p->wire[0]);
		if (n->voices > 1)
			continue;
		for (uint64_t mask = n->connected; mask; mask &= mask - 1) {
			uint32_t row = n->input_row + (uint32_t)__builtin_ctzll(mask), prompt = 0;
			if (p->in_first[row + 1] - p->in_first[row] < 2)
				continue;
			for (uint32_t k = p->in_first[row]; k < p->in_first[row + 1]; k++)
				prompt += !(p->way[p->in_cable[k]] & US_WAY_ECHO);
			for (uint32_t k = p->in_first[row]; prompt > 1 && k < p->in_first[row + 1]; k++)
				if (!(p->way[p->in_cable[k]] & US_WAY_ECHO))
					p->way[p->in_cable[k]] |= US_WAY_PUSH;
		}
	}
}

int us_plan_buffers(struct us_engine *e, struct us_err *err)
{
	struct us_plan *p = &e->plan;
	memset(e->pool_map, 0, sizeof e->pool_map);
	memset(e->pool_free_at, 0xff, p->count * sizeof e->pool_free_at[0]);
	find_pushes(e);
	for (uint32_t r = 0; r < p->runs; r++)
		if (!place_run(e, &p->run[r])) {
			e->shortage = true;
			return us_fail(err,
			               "this patch carries too many signals at once: at most %d buffers of one block",
			               US_POOL);
		}
	return US_OK;
}
