/* input_rt.c — what a module finds at its inputs: knobs at rest, knobs that move, cables as they are, cables scaled and
 * summed. The common cases cost nothing: a knob at rest points to a buffer that holds its value already, and a lone
 * cable of amount 1 points to its source's output. */
#include "inside.h"

/* The same frame all along. */
static void hold(us_vec *to, us_vec low, us_vec high, uint32_t width)
{
	for (uint32_t i = 0; i < US_BLOCK * width; i += width) {
		to[i + width - 1] = high;
		to[i] = low;
	}
}

/* One vector a frame becomes two; `to` may be `from`. */
static const us_vec *widen(const us_vec *from, us_vec *to)
{
	for (uint32_t i = US_BLOCK; i-- > 0;)
		to[US_WIDE * i] = to[US_WIDE * i + 1] = from[i];
	return to;
}

static bool at_rest(const struct us_engine *e, uint32_t seat, const struct us_knob *knob)
{
	return !knob->ramp.left && !us_set_has(&e->moving, seat);
}

static uint64_t bind_knobs(struct us_engine *e, uint32_t seat)
{
	struct us_node *n = &e->node[seat];
	const struct us_knob *knob = us_knobs(e, seat);
	uint64_t loose = (n->inputs ? ~0ull >> (64 - n->inputs) : 0) & ~n->connected, constants = loose;
	if (n->pulled_at == e->constants.fills && !us_set_has(&e->busy, seat))
		return constants;
	e->constants.asker++;
	for (; loose; loose &= loose - 1) {
		uint32_t k = (uint32_t)__builtin_ctzll(loose);
		if (at_rest(e, seat, &knob[k])) {
			e->in[n->input_row + k] = us_constant(&e->constants, knob[k].ramp.now);
		} else {
			us_knob_trace(e, seat, k, e->scratch[k]);
			if (n->width == US_WIDE)
				widen(e->scratch[k], e->scratch[k]);
			e->in[n->input_row + k] = e->scratch[k];
			constants &= ~(1ull << k);
		}
	}
	n->pulled_at = us_set_has(&e->busy, seat) ? 0 : e->constants.fills;
	return constants;
}

static void scale(us_stride_vec *to, const us_stride_vec *from, float amount, float offset, uint32_t width)
{
	const us_stride_vec fixed = (us_stride_vec){0} + amount, base = (us_stride_vec){0} + offset;
	for (uint32_t i = 0; i < US_STRIDES(width); i++)
		to[i] = base + from[i] * fixed;
}

/* to = from · amount + offset, or to += the same. */
static void scale_add(us_vec *to, const us_vec *from, const struct us_ramp *amount, bool first, float offset,
                      uint32_t width)
{
	const uint32_t end = US_BLOCK * width;
	if (amount->left) {
		us_buffer line;
		struct us_ramp ramp = *amount;
		us_ramp_run(&ramp, line, 0, US_BLOCK);
		for (uint32_t i = 0; i < end; i++)
			to[i] = (first ? us_splat(offset) : to[i] + offset) + from[i] * line[i / width];
		return;
	}
	const us_stride_vec *in = (const us_stride_vec *)from;
	us_stride_vec *sum = (us_stride_vec *)to;
	if (first) {
		scale(sum, in, amount->now, offset, width);
		return;
	}
	const us_stride_vec fixed = (us_stride_vec){0} + amount->now, base = (us_stride_vec){0} + offset;
	for (uint32_t i = 0; i < US_STRIDES(width); i++)
		sum[i] += base + in[i] * fixed;
}

/* The sum of the voices of last block's output, for a cable that is late and leaves a polyphonic part. */
static void sum_echo(const struct us_engine *e, uint32_t source, const us_vec *out, us_vec *sum)
{
	const struct us_node *n = &e->node[source];
	const uint32_t voices = US_LANES * n->width;
	memset(sum, 0, sizeof(us_buffer));
	for (uint32_t g = 0; g < n->groups; g++)
		us_voices_add(sum, out + g * US_BLOCK * n->width, n->voices - g * voices, n->width);
	us_voices_fold(sum);
}

/* What comes in through a cable, before its amount. */
struct signal {
	const us_vec *frame;
	bool still; /* one vector in the whole block */
};

static bool was_still(const struct us_engine *e, const us_vec *frame)
{
	const uintptr_t n = ((uintptr_t)frame - (uintptr_t)e->pool) / sizeof(us_buffer);
	return n < US_POOL && e->still[n];
}

/* `room` is used when the signal lies nowhere yet, or for fewer lanes. */
static struct signal source_of(const struct us_engine *e, uint32_t cable, uint32_t group, us_vec *room)
{
	const struct us_cable *c = &e->cable[cable];
	const struct us_node *from = &e->node[c->source];
	const struct us_wire *w = &e->plan.wire[from->output_row + c->output];
	const uint32_t way = e->plan.way[cable];
	struct signal s = {w->out + group * w->stride, false};
	if (way & US_WAY_SUM) {
		s.frame = way & US_WAY_ECHO ? room : w->sum;
		if (way & US_WAY_ECHO)
			sum_echo(e, c->source, w->out, room);
	} else {
		s.still = was_still(e, s.frame);
	}
	if (e->node[c->instance].width > (way & US_WAY_SUM ? 1 : from->width))
		s.frame = s.still ? hold(room, *s.frame, *s.frame, US_WIDE), room : widen(s.frame, room);
	return s;
}

/* Can the module read the source's own buffer? Not if it would write to it at the same time. */
static bool passes_unchanged(const struct us_engine *e, uint32_t cable)
{
	const struct us_cable *c = &e->cable[cable];
	uint32_t late_sum = US_WAY_SUM | US_WAY_ECHO;
	return !c->amount.left && c->amount.now == 1 && c->source != c->instance &&
	       (e->plan.way[cable] & late_sum) != late_sum;
}

/* A lone cable that holds still, and a knob at rest. */
static struct signal hold_cable(struct us_engine *e, uint32_t cable, uint32_t group, us_vec *to, float offset)
{
	const struct us_cable *c = &e->cable[cable];
	const struct us_node *from = &e->node[c->source], *n = &e->node[c->instance];
	const struct us_wire *w = &e->plan.wire[from->output_row + c->output];
	const us_vec *frame = w->out + group * w->stride;
	if (e->plan.way[cable] & US_WAY_SUM || c->amount.left || !was_still(e, frame))
		return (struct signal){NULL, false};
	const us_vec low = us_splat(offset) + frame[0] * us_splat(c->amount.now);
	const us_vec high = us_splat(offset) + frame[from->width - 1] * us_splat(c->amount.now);
	const us_vec all = us_splat(low[0]);
	if (!us_any(((us_ivec)low != (us_ivec)all) | ((us_ivec)high != (us_ivec)all)))
		return (struct signal){us_constant_beside(e, n, low[0]), true};
	hold(to, low, high, n->width);
	return (struct signal){to, true};
}

/* A cable as it is, or its mono signal for many. */
static struct signal spread(struct us_engine *e, uint32_t cable, uint32_t group, us_vec *room)
{
	const struct us_cable *c = &e->cable[cable];
	if (e->node[c->instance].width != e->node[c->source].width) {
		const struct signal one = hold_cable(e, cable, group, room, 0);
		if (one.still)
			return one;
	}
	return source_of(e, cable, group, room);
}

/* Does the knob add to what the cables bring? */
static bool knob_counts(const struct us_engine *e, uint32_t seat, uint32_t k)
{
	const struct us_knob *knob = &us_knobs(e, seat)[k];
	const bool normalled = e->node[seat].module->inputs[k].unit == US_SIGNAL;
	return !normalled && !(at_rest(e, seat, knob) && knob->ramp.now == 0);
}

/* Cables of steady amount from buffers that their sources fill for each group in turn, and a knob at rest: found once a
 * block, summed for each group. More than two go the long way. */
static bool feed_find(const struct us_engine *e, uint32_t seat, uint32_t k, struct us_feed *feed)
{
	const struct us_plan *p = &e->plan;
	const uint32_t row = e->node[seat].input_row + k, first = p->in_first[row],
		       count = p->in_first[row + 1] - first;
	if (count > 2 || p->gathered[row] != US_NONE || !at_rest(e, seat, &us_knobs(e, seat)[k]))
		return false;
	*feed = (struct us_feed){.offset = knob_counts(e, seat, k) ? us_knobs(e, seat)[k].ramp.now : 0};
	for (uint32_t i = 0; i < count; i++) {
		const struct us_cable *c = &e->cable[p->in_cable[first + i]];
		const struct us_node *from = &e->node[c->source];
		const struct us_wire *w = &p->wire[from->output_row + c->output];
		if (c->amount.left || p->way[p->in_cable[first + i]] & US_WAY_SUM || w->stride ||
		    from->width != e->node[seat].width)
			return false;
		feed->from[i] = w->out;
		feed->amount[i] = c->amount.now;
	}
	return true;
}

/* What the loop in mix_cables would do, in one go. */
static void add_two(us_stride_vec *to, const struct us_feed *f, uint32_t width)
{
	const us_stride_vec *x = (const us_stride_vec *)f->from[0], *y = (const us_stride_vec *)f->from[1];
	if (f->amount[0] == 1 && f->amount[1] == 1 && f->offset == 0) { /* nearly always */
		for (uint32_t i = 0; i < US_STRIDES(width); i++)
			to[i] = x[i] + y[i];
		return;
	}
	const us_stride_vec none = {0}, base = none + f->offset;
	const us_stride_vec amount_x = none + f->amount[0], amount_y = none + f->amount[1];
	for (uint32_t i = 0; i < US_STRIDES(width); i++)
		to[i] = (base + x[i] * amount_x) + (none + y[i] * amount_y);
}

static struct signal feed_sum(const struct us_engine *e, const struct us_feed *f, us_vec *to, uint32_t width)
{
	struct signal s = {to, was_still(e, f->from[0])};
	if (f->from[1]) {
		add_two((us_stride_vec *)to, f, width);
		s.still &= was_still(e, f->from[1]);
	} else {
		scale((us_stride_vec *)to, (const us_stride_vec *)f->from[0], f->amount[0], f->offset, width);
	}
	return s;
}

/* Sums cables and knob in the input's own scratch. */
static struct signal mix_cables(struct us_engine *e, uint32_t seat, uint32_t k, uint32_t group)
{
	const struct us_plan *p = &e->plan;
	const struct us_node *n = &e->node[seat];
	const struct us_knob *knob = &us_knobs(e, seat)[k];
	const uint32_t row = n->input_row + k;
	const bool gathered = p->gathered[row] != US_NONE, resting = at_rest(e, seat, knob);
	bool counts = knob_counts(e, seat, k), begun = gathered, still = !gathered && (resting || !counts);
	if (still && p->in_first[row + 1] - p->in_first[row] == 1) {
		const float offset_now = counts ? knob->ramp.now : 0;
		const struct signal one =
		    hold_cable(e, p->in_cable[p->in_first[row]], group, e->scratch[k], offset_now);
		if (one.still)
			return one;
	}
	struct us_feed feed;
	if (feed_find(e, seat, k, &feed))
		return feed_sum(e, &feed, e->scratch[k], n->width);
	us_wide_buffer room;
	us_vec *to = gathered ? e->pool[p->gathered[row]] : e->scratch[k];
	const float offset = counts && resting ? knob->ramp.now : 0;
	for (uint32_t next = p->in_first[row]; next < p->in_first[row + 1]; next++) {
		const uint32_t cable = p->in_cable[next];
		if (p->way[cable] & US_WAY_PUSH)
			continue;
		const struct signal s = source_of(e, cable, group, room);
		const struct us_ramp *amount = &e->cable[cable].amount;
		scale_add(to, s.frame, amount, !begun, begun ? 0 : offset, n->width);
		counts &= begun || !resting; /* else it went along with the first cable */
		still &= s.still && !amount->left;
		begun = true;
	}
	if (!counts)
		return (struct signal){to, still};
	if (!resting)
		us_knob_trace(e, seat, k, room);
	for (uint32_t i = 0; i < US_BLOCK * n->width; i++)
		to[i] += resting ? us_splat(offset) : room[i / n->width];
	return (struct signal){to, still};
}

static struct signal bind_cables(struct us_engine *e, uint32_t seat, uint32_t k, uint32_t group)
{
	const struct us_plan *p = &e->plan;
	const uint32_t row = e->node[seat].input_row + k, first = p->in_first[row];
	if (p->in_first[row + 1] - first == 1 && !knob_counts(e, seat, k) && passes_unchanged(e, p->in_cable[first]))
		return spread(e, p->in_cable[first], group, e->scratch[k]);
	return mix_cables(e, seat, k, group);
}

/* One value from a mono cable: the next groups find the same buffer in the same row, as long as none is filled anew. */
static bool serves_all_groups(const struct us_engine *e, uint32_t row)
{
	const struct us_plan *p = &e->plan;
	const uintptr_t i = ((uintptr_t)e->in[row] - (uintptr_t)e->constants.buffer) / sizeof *e->constants.buffer;
	return i < US_CONSTANTS && p->in_first[row + 1] - p->in_first[row] == 1 &&
	       e->node[e->cable[p->in_cable[p->in_first[row]]].source].voices == 1;
}

/* Does each group find its signal where group 0 found it: in the buffer that their source's output takes in turn? */
static bool is_shared_buffer(const struct us_engine *e, uint32_t row)
{
	const struct us_plan *p = &e->plan;
	const struct us_cable *c = &e->cable[p->in_cable[p->in_first[row]]];
	const struct us_wire *w = &p->wire[e->node[c->source].output_row + c->output];
	return p->in_first[row + 1] - p->in_first[row] == 1 && e->in[row] == w->out && !w->stride;
}

/* What group 0 has learnt for the others of this block. */
static void note_for_groups(struct us_engine *e, uint32_t seat, uint64_t constants)
{
	struct us_node *n = &e->node[seat];
	n->kept = n->shared = n->fed = 0;
	n->kept_at = e->constants.fills;
	n->feed = (uint16_t)e->feeds;
	for (uint64_t mask = n->connected; mask && n->groups > 1; mask &= mask - 1) {
		const uint32_t k = (uint32_t)__builtin_ctzll(mask), row = n->input_row + k;
		const uint64_t bit = 1ull << k;
		if (is_shared_buffer(e, row))
			n->shared |= bit;
		else if (serves_all_groups(e, row))
			n->kept |= constants & bit;
		else if (e->feeds < US_FEEDS && feed_find(e, seat, k, &e->feed[e->feeds]))
			n->fed |= bit, e->feeds++;
	}
}

/* Points the seat's rows of e->in to this block's signals. Returns the mask of inputs that are constant. */
uint64_t us_inputs_bind(struct us_engine *e, uint32_t seat, uint32_t group)
{
	const struct us_node *n = &e->node[seat];
	uint64_t constants = bind_knobs(e, seat), kept = 0, shared = 0, fed = 0;
	if (group) {
		kept = n->kept_at == e->constants.fills ? n->kept : 0;
		shared = n->shared;
		fed = n->fed;
	}
	for (uint64_t mask = shared; mask; mask &= mask - 1) {
		const uint32_t k = (uint32_t)__builtin_ctzll(mask);
		constants |= (uint64_t)was_still(e, e->in[n->input_row + k]) << k;
	}
	const struct us_feed *feed = &e->feed[n->feed];
	for (uint64_t mask = n->connected & ~(kept | shared); mask; mask &= mask - 1) {
		const uint32_t k = (uint32_t)__builtin_ctzll(mask);
		const struct signal s =
		    fed >> k & 1 ? feed_sum(e, feed++, e->scratch[k], n->width) : bind_cables(e, seat, k, group);
		e->in[n->input_row + k] = s.frame;
		constants |= (uint64_t)s.still << k;
	}
	if (!group)
		note_for_groups(e, seat, constants);
	return constants | kept;
}

void us_outputs_push(struct us_engine *e, uint32_t seat, bool sums)
{
	const struct us_plan *p = &e->plan;
	for (uint32_t i = p->out_first[seat]; i < p->out_first[seat + 1]; i++) {
		uint32_t cable = p->out_cable[i], way = p->way[cable];
		if (!(way & US_WAY_PUSH) || !(way & US_WAY_SUM) == sums)
			continue;
		const struct us_cable *c = &e->cable[cable];
		const struct us_wire *w = &p->wire[e->node[seat].output_row + c->output];
		uint32_t gathered = p->gathered[e->node[c->instance].input_row + c->input];
		scale_add(e->pool[gathered], sums ? w->sum : w->out, &c->amount, way & US_WAY_FIRST, 0, 1);
		e->still[gathered] = false;
	}
}

void us_cables_advance(struct us_engine *e)
{
	if (!e->cables_moving)
		return;
	e->cables_moving = 0;
	for (uint32_t i = 0; i < e->head->cables; i++) {
		us_ramp_run(&e->cable[i].amount, NULL, 0, US_BLOCK);
		e->cables_moving += e->cable[i].amount.left > 0;
	}
}

void us_cables_land(struct us_engine *e)
{
	for (uint32_t i = 0; i < e->head->cables; i++)
		us_ramp_to(&e->cable[i].amount, e->cable[i].amount.target, 0);
	e->cables_moving = 0;
}
