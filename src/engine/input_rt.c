/* input_rt.c — what a module finds at its inputs: knobs at rest, knobs that move, cables as they are, cables scaled and
 * summed. The common cases cost nothing: a knob at rest points to a buffer that holds its value already, and a lone
 * cable of amount 1 points to its source's output. */
#include "inside.h"

enum { PROBES = US_MAX_INPUTS + 1 }; /* an instance never finds all of them taken by its own inputs */
_Static_assert((int)PROBES < (int)US_CONSTANTS, "there is always one to take");

static uint32_t bits_of(float value)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

/* A buffer with this value in every frame, that nobody else will get in this call. */
static const us_vec *constant(struct us_constants *c, float value)
{
	uint32_t bits = bits_of(value), home = bits * 0x9e3779b1u >> 16, free = US_NONE;
	for (uint32_t p = 0; p < PROBES; p++) {
		uint32_t i = (home + p) % US_CONSTANTS;
		if (c->value[i] == bits) {
			c->asked_by[i] = c->asker;
			return c->buffer[i];
		}
		/* rather one that nobody has had: two values with the same home would drive each other out for ever */
		if (c->asked_by[i] != c->asker && (free == US_NONE || (c->asked_by[free] && !c->asked_by[i])))
			free = i;
		if (p >= 3 && free != US_NONE)
			break;
	}
	us_vec all = us_splat(value);
	for (uint32_t i = 0; i < US_BLOCK * US_WIDE; i++)
		c->buffer[free][i] = all;
	c->value[free] = bits;
	c->asked_by[free] = c->asker;
	c->fills++;
	return c->buffer[free];
}

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

/* The same for a cable, after the knobs of this seat were bound: none of their buffers may be taken. */
static const us_vec *constant_beside(struct us_engine *e, const struct us_node *n, float value)
{
	struct us_constants *c = &e->constants;
	c->asker++;
	for (uint32_t k = 0; k < n->inputs; k++) {
		const uintptr_t i = ((uintptr_t)e->in[n->input_row + k] - (uintptr_t)c->buffer) / sizeof *c->buffer;
		if (i < US_CONSTANTS)
			c->asked_by[i] = c->asker;
	}
	return constant(c, value);
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
			e->in[n->input_row + k] = constant(&e->constants, knob[k].ramp.now);
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
	const us_stride_vec fixed = (us_stride_vec){0} + amount->now, base = (us_stride_vec){0} + offset;
	if (first) {
		for (uint32_t i = 0; i < US_STRIDES(width); i++)
			sum[i] = base + in[i] * fixed;
	} else {
		for (uint32_t i = 0; i < US_STRIDES(width); i++)
			sum[i] += base + in[i] * fixed;
	}
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
		return (struct signal){constant_beside(e, n, low[0]), true};
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

static bool is_plain(const struct us_engine *e, uint32_t cable)
{
	const struct us_cable *c = &e->cable[cable];
	return !c->amount.left && !(e->plan.way[cable] & (US_WAY_PUSH | US_WAY_SUM)) &&
	       e->node[c->source].width == e->node[c->instance].width;
}

/* Two cables in one go: what the loop in mix_cables would do. */
static void add_two(us_vec *to, const us_vec *a, float amount_a, const us_vec *b, float amount_b, float offset,
                    uint32_t width)
{
	const us_stride_vec *x = (const us_stride_vec *)a, *y = (const us_stride_vec *)b;
	us_stride_vec *sum = (us_stride_vec *)to;
	if (amount_a == 1 && amount_b == 1 && offset == 0) { /* nearly always */
		for (uint32_t i = 0; i < US_STRIDES(width); i++)
			sum[i] = x[i] + y[i];
		return;
	}
	const us_stride_vec none = {0}, base = none + offset, fixed_a = none + amount_a, fixed_b = none + amount_b;
	for (uint32_t i = 0; i < US_STRIDES(width); i++)
		sum[i] = (base + x[i] * fixed_a) + (none + y[i] * fixed_b);
}

/* Sums cables and knob in the input's own scratch. */
static struct signal mix_cables(struct us_engine *e, uint32_t seat, uint32_t k, uint32_t group, bool knob_counts)
{
	const struct us_plan *p = &e->plan;
	const struct us_node *n = &e->node[seat];
	const struct us_knob *knob = &us_knobs(e, seat)[k];
	const uint32_t row = n->input_row + k;
	const bool gathered = p->gathered[row] != US_NONE, resting = at_rest(e, seat, knob);
	bool begun = gathered, still = !gathered && (resting || !knob_counts);
	if (still && p->in_first[row + 1] - p->in_first[row] == 1) {
		const float offset_now = knob_counts ? knob->ramp.now : 0;
		const struct signal one =
		    hold_cable(e, p->in_cable[p->in_first[row]], group, e->scratch[k], offset_now);
		if (one.still)
			return one;
	}
	us_wide_buffer room;
	us_vec *to = gathered ? e->pool[p->gathered[row]] : e->scratch[k];
	const float offset = knob_counts && resting ? knob->ramp.now : 0;
	uint32_t next = p->in_first[row];
	if (!gathered && p->in_first[row + 1] - next >= 2 && is_plain(e, p->in_cable[next]) &&
	    is_plain(e, p->in_cable[next + 1])) {
		const struct us_cable *a = &e->cable[p->in_cable[next]], *b = &e->cable[p->in_cable[next + 1]];
		const struct signal x = source_of(e, p->in_cable[next], group, NULL),
				    y = source_of(e, p->in_cable[next + 1], group, NULL);
		add_two(to, x.frame, a->amount.now, y.frame, b->amount.now, offset, n->width);
		knob_counts &= !resting;
		still &= x.still && y.still;
		begun = true;
		next += 2;
	}
	for (; next < p->in_first[row + 1]; next++) {
		const uint32_t cable = p->in_cable[next];
		if (p->way[cable] & US_WAY_PUSH)
			continue;
		const struct signal s = source_of(e, cable, group, room);
		const struct us_ramp *amount = &e->cable[cable].amount;
		scale_add(to, s.frame, amount, !begun, begun ? 0 : offset, n->width);
		knob_counts &= begun || !resting; /* else it went along with the first cable */
		still &= s.still && !amount->left;
		begun = true;
	}
	if (!knob_counts)
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
	uint32_t row = e->node[seat].input_row + k, first = p->in_first[row], end = p->in_first[row + 1];
	const struct us_knob *knob = &us_knobs(e, seat)[k];
	const bool normalled = e->node[seat].module->inputs[k].unit == US_SIGNAL;
	const bool knob_counts = !normalled && !(at_rest(e, seat, knob) && knob->ramp.now == 0);
	if (end - first == 1 && !knob_counts && passes_unchanged(e, p->in_cable[first]))
		return spread(e, p->in_cable[first], group, e->scratch[k]);
	return mix_cables(e, seat, k, group, knob_counts);
}

/* One value from a mono cable: the next groups find the same buffer in the same row, as long as none is filled anew. */
static bool serves_all_groups(const struct us_engine *e, uint32_t row)
{
	const struct us_plan *p = &e->plan;
	const uintptr_t i = ((uintptr_t)e->in[row] - (uintptr_t)e->constants.buffer) / sizeof *e->constants.buffer;
	return i < US_CONSTANTS && p->in_first[row + 1] - p->in_first[row] == 1 &&
	       e->node[e->cable[p->in_cable[p->in_first[row]]].source].voices == 1;
}

/* Points the seat's rows of e->in to this block's signals. Returns the mask of inputs that are constant. */
uint64_t us_inputs_bind(struct us_engine *e, uint32_t seat, uint32_t group)
{
	struct us_node *n = &e->node[seat];
	uint64_t constants = bind_knobs(e, seat);
	const uint64_t kept = group && n->kept_at == e->constants.fills ? n->kept : 0;
	if (!group)
		n->kept = 0;
	for (uint64_t mask = n->connected & ~kept; mask; mask &= mask - 1) {
		uint32_t k = (uint32_t)__builtin_ctzll(mask);
		const struct signal s = bind_cables(e, seat, k, group);
		e->in[n->input_row + k] = s.frame;
		constants |= (uint64_t)s.still << k;
		if (!group && s.still && serves_all_groups(e, n->input_row + k))
			n->kept |= 1ull << k;
	}
	if (!group)
		n->kept_at = e->constants.fills;
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
