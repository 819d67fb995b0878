/* graph_rt.c — from seats and cables to an order of calls. A pure function of the arena's tables:
 *
 *   1. adjacency: cables by source and by input, each in order of creation
 *   2. voices: an instance has as many as the widest cable into it; sources say it themselves; sinks and mixdowns
 *      have one, and so has whatever no polyphonic source reaches
 *   3. feedback: a walk in depth from the lowest index on; a cable back to an instance that the walk is still inside
 *      closes a loop and is one block late
 *   4. order: of the instances that wait for nobody the lowest index comes first, but as long as there is one with
 *      as many voices as the last, so that polyphonic stretches are long and can be run group by group
 *
 * Every step is linear in seats, rows and cables. */
#include "inside.h"

bool us_seat_in(const struct us_seat *seat, enum us_view view)
{
	static const uint16_t out[] = {[US_VIEW_NOW] = US_SEAT_ADD, [US_VIEW_NEXT] = US_SEAT_DEL, [US_VIEW_BOTH] = 0};
	return seat->flags & US_SEAT_USED && !(seat->flags & (out[view] | US_SEAT_GONE));
}

bool us_cable_in(const struct us_cable *cable, enum us_view view)
{
	static const uint16_t out[] = {[US_VIEW_NOW] = US_CABLE_ADD, [US_VIEW_NEXT] = US_CABLE_DEL, [US_VIEW_BOTH] = 0};
	return !(cable->flags & (out[view] | US_CABLE_GONE));
}

static uint32_t row_of(const struct us_engine *e, const struct us_cable *c)
{
	return e->node[c->instance].input_row + c->input;
}

/* Gives every seat of the view its rows; returns how many input rows there are. */
static uint32_t number_rows(struct us_engine *e, enum us_view view)
{
	uint32_t inputs = 0, outputs = 0;
	for (uint32_t s = 0; s < e->head->seats; s++) {
		struct us_node *n = &e->node[s];
		n->planned = us_seat_in(&e->seat[s], view);
		if (!n->planned)
			continue;
		if (n->input_row != inputs)
			n->pulled_at = 0;
		n->input_row = (uint16_t)inputs;
		n->output_row = (uint16_t)outputs;
		n->was_connected = n->connected;
		n->connected = 0;
		n->read = n->module && n->module->flags & US_SINK ? 1 : 0;
		inputs += n->inputs;
		outputs += n->outputs;
		e->plan.echoes[s] = 0;
	}
	return inputs;
}

static void sort_cables(struct us_engine *e, enum us_view view, uint32_t rows)
{
	struct us_plan *p = &e->plan;
	uint32_t seats = e->head->seats;
	memset(p->out_first, 0, (seats + 1) * sizeof p->out_first[0]);
	memset(p->in_first, 0, (rows + 1) * sizeof p->in_first[0]);
	for (uint32_t i = 0; i < e->head->cables; i++) {
		const struct us_cable *c = &e->cable[i];
		p->way[i] = us_cable_in(c, view) ? US_WAY_LIVE : 0;
		if (!p->way[i])
			continue;
		p->out_first[c->source + 1]++;
		p->in_first[row_of(e, c) + 1]++;
		e->node[c->instance].connected |= 1ull << c->input;
		e->node[c->source].read |= 1ull << c->output;
	}
	for (uint32_t s = 0, sum = 0; s < seats; s++) {
		p->out_first[s + 1] = (uint16_t)(sum += p->out_first[s + 1]);
		e->node[s].read |= !e->node[s].read; /* somebody has to look whether it is sane */
	}
	for (uint32_t r = 0, sum = 0; r < rows; r++)
		p->in_first[r + 1] = (uint16_t)(sum += p->in_first[r + 1]);
	/* Filling advances the starts; a step back afterwards restores them without a second table. */
	for (uint32_t i = 0; i < e->head->cables; i++) {
		const struct us_cable *c = &e->cable[i];
		if (!p->way[i])
			continue;
		p->out_to[p->out_first[c->source]] = c->instance;
		p->out_cable[p->out_first[c->source]++] = (uint16_t)i;
		p->in_cable[p->in_first[row_of(e, c)]++] = (uint16_t)i;
	}
	memmove(p->out_first + 1, p->out_first, seats * sizeof p->out_first[0]);
	memmove(p->in_first + 1, p->in_first, rows * sizeof p->in_first[0]);
	p->out_first[0] = p->in_first[0] = 0;
}

static bool takes_voices(const struct us_engine *e, uint32_t seat)
{
	return !e->seat[seat].asked && !(e->node[seat].module->flags & (US_MIXDOWN | US_SINK));
}

static void spread_voices(struct us_engine *e)
{
	uint16_t *list = e->list_a;
	uint32_t waiting = 0;
	struct us_set queued = {0};
	for (uint32_t s = 0; s < e->head->seats; s++) {
		struct us_node *n = &e->node[s];
		if (!n->planned)
			continue;
		n->voices = e->seat[s].asked ? e->seat[s].asked : 1;
		if (n->voices > 1) {
			list[waiting++] = (uint16_t)s;
			us_set_add(&queued, s);
		}
	}
	while (waiting) {
		uint32_t s = list[--waiting];
		us_set_remove(&queued, s);
		for (uint32_t i = e->plan.out_first[s]; i < e->plan.out_first[s + 1]; i++) {
			uint32_t to = e->plan.out_to[i];
			if (!takes_voices(e, to) || e->node[to].voices >= e->node[s].voices)
				continue;
			e->node[to].voices = e->node[s].voices;
			if (!us_set_has(&queued, to)) {
				list[waiting++] = (uint16_t)to;
				us_set_add(&queued, to);
			}
		}
	}
	bool wide = true; /* all together: cables between equal voices go vector by vector */
	for (uint32_t s = 0; s < e->head->seats; s++)
		wide &= !e->node[s].planned || e->node[s].voices <= US_LANES || e->node[s].module->wide;
	for (uint32_t s = 0; s < e->head->seats; s++) {
		struct us_node *n = &e->node[s];
		n->width = wide && n->voices > US_LANES ? US_WIDE : 1;
		n->groups = (uint16_t)us_groups(n->voices, n->width);
		if (n->connected != n->was_connected)
			n->pulled_at = 0; /* what was plugged in may be a knob now */
	}
}

/* A walk in depth without recursion. The stack is list_a; cursor[s] is the next cable of s to look at. */
static void walk_from(struct us_engine *e, uint32_t root, struct us_set *inside, struct us_set *seen)
{
	struct us_plan *p = &e->plan;
	uint32_t depth = 0;
	e->list_a[depth++] = (uint16_t)root;
	e->cursor[root] = p->out_first[root];
	us_set_add(inside, root);
	us_set_add(seen, root);
	while (depth) {
		uint32_t s = e->list_a[depth - 1];
		if (e->cursor[s] == p->out_first[s + 1]) {
			us_set_remove(inside, s);
			depth--;
			continue;
		}
		uint32_t i = e->cursor[s]++, to = p->out_to[i];
		if (us_set_has(inside, to)) {
			p->way[p->out_cable[i]] |= US_WAY_ECHO;
			p->echoes[s] |= 1ull << e->cable[p->out_cable[i]].output;
			p->has_echo = true;
		} else if (!us_set_has(seen, to)) {
			us_set_add(inside, to);
			us_set_add(seen, to);
			e->cursor[to] = p->out_first[to];
			e->list_a[depth++] = (uint16_t)to;
		}
	}
}

/* By index, which control's model and a patch that was saved have in common with the workers, and not by seat, which
 * depends on who fades at the moment. Who is deleted keeps its rank while it fades: the plan that plays it was made
 * before, and whoever begins from a checkpoint meanwhile must come to the same one. cursor[i] counts the seats that
 * have or had index i, then says where they begin. */
static void rank_seats(struct us_engine *e)
{
	uint16_t *place = e->cursor;
	memset(place, 0, sizeof e->cursor);
	for (uint32_t s = 0; s < e->head->seats; s++)
		if (e->seat[s].flags)
			place[e->seat[s].crumb]++;
	uint32_t ranks = 0;
	for (uint32_t i = 0; i < US_INDICES; i++) {
		const uint32_t here = place[i];
		place[i] = (uint16_t)ranks;
		ranks += here;
	}
	for (uint32_t s = 0; s < e->head->seats; s++)
		if (e->seat[s].flags) {
			const uint32_t rank = place[e->seat[s].crumb]++;
			e->node[s].rank = (uint16_t)rank;
			e->ranked[rank] = (uint16_t)s;
		}
	e->plan.ranks = ranks;
}

static void find_feedback(struct us_engine *e)
{
	struct us_set inside = {0}, seen = {0};
	e->plan.has_echo = false;
	for (uint32_t r = 0; r < e->plan.ranks; r++) {
		const uint32_t s = e->ranked[r];
		if (e->node[s].planned && !us_set_has(&seen, s))
			walk_from(e, s, &inside, &seen);
	}
}

/* Which voices come next, when nobody with the present number is ready: mono first, it may feed the others. Sets of
 * ranks from here on. */
static uint32_t choose_voices(const struct us_engine *e, const struct us_set *ready)
{
	uint32_t first = us_set_next(ready, 0);
	for (uint32_t r = first; r < US_SEATS; r = us_set_next(ready, r + 1))
		if (e->node[e->ranked[r]].voices == 1)
			return 1;
	return e->node[e->ranked[first]].voices;
}

static void move_ready(const struct us_engine *e, struct us_set *from, struct us_set *to, uint32_t voices)
{
	for (uint32_t r = us_set_next(from, 0); r < US_SEATS; r = us_set_next(from, r + 1))
		if (e->node[e->ranked[r]].voices == voices) {
			us_set_remove(from, r);
			us_set_add(to, r);
		}
}

/* Kahn: cursor[s] counts the cables that s still waits for. */
static void put_in_order(struct us_engine *e)
{
	struct us_plan *p = &e->plan;
	struct us_set *here = &e->set_a, *elsewhere = &e->set_b;
	uint32_t voices = 1;
	*here = *elsewhere = (struct us_set){0};
	memset(e->cursor, 0, e->head->seats * sizeof e->cursor[0]);
	for (uint32_t i = 0; i < e->head->cables; i++)
		if (p->way[i] == US_WAY_LIVE)
			e->cursor[e->cable[i].instance]++;
	for (uint32_t r = 0; r < p->ranks; r++) {
		const uint32_t s = e->ranked[r];
		if (e->node[s].planned && !e->cursor[s])
			us_set_add(e->node[s].voices == voices ? here : elsewhere, r);
	}
	for (p->count = 0; here->words | elsewhere->words;) {
		if (!here->words) {
			voices = choose_voices(e, elsewhere);
			move_ready(e, elsewhere, here, voices);
		}
		const uint32_t rank = us_set_lowest(here), s = e->ranked[rank];
		us_set_remove(here, rank);
		e->node[s].position = (uint16_t)p->count;
		p->order[p->count++] = (uint16_t)s;
		for (uint32_t i = p->out_first[s]; i < p->out_first[s + 1]; i++) {
			uint32_t to = p->out_to[i];
			if (p->way[p->out_cable[i]] == US_WAY_LIVE && --e->cursor[to] == 0)
				us_set_add(e->node[to].voices == voices ? here : elsewhere, e->node[to].rank);
		}
	}
}

/* Mono instances are runs of one: nothing is gained by keeping their buffers together. */
static void divide_into_runs(struct us_engine *e)
{
	struct us_plan *p = &e->plan;
	p->runs = 0;
	for (uint32_t i = 0; i < p->count; i++) {
		struct us_node *n = &e->node[p->order[i]];
		struct us_run *last = p->runs ? &p->run[p->runs - 1] : NULL;
		if (last && n->voices > 1 && last->voices == n->voices)
			last->count++;
		else
			p->run[p->runs++] = (struct us_run){.first = (uint16_t)i,
			                                    .count = 1,
			                                    .groups = n->groups,
			                                    .voices = n->voices,
			                                    .width = n->width};
		n->run = (uint16_t)(p->runs - 1);
	}
}

/* Between equal numbers of voices a cable goes lane by lane, and one voice goes to all; anything else is a sum. */
static void find_sums(struct us_engine *e)
{
	for (uint32_t i = 0; i < e->head->cables; i++) {
		const struct us_cable *c = &e->cable[i];
		if (!e->plan.way[i])
			continue;
		uint32_t from = e->node[c->source].voices, to = e->node[c->instance].voices;
		if (from > 1 && from != to)
			e->plan.way[i] |= US_WAY_SUM;
	}
}

int us_plan_make(struct us_engine *e, enum us_view view, struct us_err *err)
{
	e->plan.valid = false;
	sort_cables(e, view, number_rows(e, view));
	spread_voices(e);
	rank_seats(e);
	find_feedback(e);
	put_in_order(e);
	divide_into_runs(e);
	find_sums(e);
	return us_plan_buffers(e, err);
}
