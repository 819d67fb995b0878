/* render_rt.c — one block: timed records, then every run of the plan, then the mix.
 *
 * A polyphonic run is played group by group, the whole chain for eight voices before the next eight, so that the
 * signals between its modules stay in the nearest cache. After each call the outputs are checked: what is not finite
 * never reaches another module. */
#include "inside.h"

typedef uint32_t stride_uvec __attribute__((vector_size(US_STRIDE)));

static bool any_bit(stride_uvec x)
{
	uint64_t word[US_STRIDE / sizeof(uint64_t)], any = 0;
	memcpy(word, &x, sizeof word);
	for (size_t i = 0; i < sizeof word / sizeof word[0]; i++)
		any |= word[i];
	return any;
}

/* Are all frames the same? Nearly every signal that moves has done so within half a block. */
static bool is_still(const us_vec *signal, uint32_t width)
{
	enum { WHOLE = US_STRIDE > sizeof(us_vec) ? US_STRIDE / sizeof(us_vec) : 1 }; /* vectors in a stride */
	if (us_any(signal[0] != signal[US_BLOCK / 2 * width]))
		return false;
	if (WHOLE > width && memcmp(signal, signal + 1, sizeof *signal) != 0)
		return false;
	const size_t strides = US_STRIDES(width), period = WHOLE > width ? 1 : strides / US_BLOCK;
	const stride_uvec *at = (const stride_uvec *)signal;
	stride_uvec differ = {0};
	for (size_t p = 0; p < period; p++)
		for (size_t i = p + period; i < strides; i += period)
			differ |= at[i] ^ at[p];
	return !any_bit(differ);
}

/* A float of 2^65 or more, an infinity and a NaN have the two highest bits of their exponent set. */
static bool is_sane(const us_vec *signal, uint32_t frames, uint32_t width)
{
	stride_uvec wild_a = {0}, wild_b = {0};
	const stride_uvec *at = (const stride_uvec *)signal;
	for (const stride_uvec *end = at + frames * width * sizeof(us_vec) / US_STRIDE; at < end; at += 2) {
		wild_a |= at[0] & (at[0] + at[0]);
		wild_b |= at[1] & (at[1] + at[1]);
	}
	return !any_bit((wild_a | wild_b) & 0x40000000);
}

/* Adds up to eight voices to the sum; what lies in the lanes beyond them is nobody's. */
static void add_eight(us_vec *sum, const us_vec *out, uint32_t voices, uint32_t width)
{
	if (voices >= US_LANES) {
		for (uint32_t i = 0; i < US_BLOCK; i++)
			sum[i] += out[i * width];
		return;
	}
	const us_ivec mask = (us_ivec)us_lane_counts() < (int32_t)voices;
	for (uint32_t i = 0; i < US_BLOCK; i++)
		sum[i] += (us_vec)((us_ivec)out[i * width] & mask);
}

/* Adds a group's voices to the sum: eight by eight, so that the sum does not depend on how many a group has. */
void us_voices_add(us_vec *sum, const us_vec *out, uint32_t voices, uint32_t width)
{
	if (width == US_WIDE && voices >= US_WIDE * US_LANES) {
		for (uint32_t i = 0; i < US_BLOCK; i++)
			sum[i] = (sum[i] + out[US_WIDE * i]) + out[US_WIDE * i + 1];
		return;
	}
	for (uint32_t v = 0; v < width && voices > v * US_LANES; v++)
		add_eight(sum, out + v, voices - v * US_LANES, width);
}

/* Every lane becomes the sum of all. */
void us_voices_fold(us_vec *sum)
{
	for (uint32_t i = 0; i < US_BLOCK; i++) {
		us_vec x = sum[i];
		x += __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6);
		x += __builtin_shufflevector(x, x, 2, 3, 0, 1, 6, 7, 4, 5);
		x += __builtin_shufflevector(x, x, 4, 5, 6, 7, 0, 1, 2, 3);
		sum[i] = x;
	}
}
_Static_assert(US_LANES == 8, "us_voices_fold names the lanes");

/* Once in a while it starts anew; three times within a second and it is left out until it is restored. */
static void note_garbage(struct us_engine *e, uint32_t seat)
{
	struct us_seat *s = &e->seat[seat];
	uint64_t now = e->head->block, second = (uint64_t)(e->rate / US_BLOCK);
	if (s->garbage_recent && s->garbage_block[0] == now)
		return; /* another group, in the same block */
	s->garbage++;
	e->head->garbage++;
	if (s->garbage_recent == 2 && now - s->garbage_block[1] <= second)
		s->flags |= US_SEAT_BYPASSED;
	s->garbage_block[1] = s->garbage_block[0];
	s->garbage_block[0] = now;
	if (s->garbage_recent < 2)
		s->garbage_recent++;
}

static void silence(const struct us_node *n, us_vec *const out[])
{
	for (uint32_t o = 0; o < n->outputs; o++)
		memset(out[o], 0, n->width * sizeof(us_buffer));
}

static void bypass(const struct us_engine *e, const struct us_node *n, us_vec *const out[])
{
	silence(n, out);
	if (n->module->flags & US_THROUGH && n->inputs && n->outputs)
		memcpy(out[0], e->in[n->input_row], n->width * sizeof(us_buffer));
}

/* A module that changed the processor's mode for all who come after it, or wrote past the end of its state, is left out
 * at once: in both workers alike, because both see it. */
static bool breaks_the_rules(const struct us_engine *e, const struct us_seat *s, uint32_t state)
{
	const bool flags = us_flags_restore(); /* before anything is copied */
	bool mode = us_float_mode_is_ours(), guard = us_guard_ok(e, state + (uint32_t)us_heap_round(s->state_bytes));
	if (!mode)
		us_float_mode_set(US_FLOAT_MODE);
	return !flags || !mode || !guard;
}

/* Outputs that close a loop lie in the arena: nothing is known of them. */
static void note_stillness(struct us_engine *e, const us_vec *out, bool still)
{
	const uintptr_t n = ((uintptr_t)out - (uintptr_t)e->pool) / sizeof(us_buffer);
	if (n < US_POOL)
		e->still[n] = still;
}

static void forget_stillness(struct us_engine *e, const struct us_node *n, us_vec *const out[])
{
	for (uint32_t o = 0; o < n->outputs; o++)
		note_stillness(e, out[o], false);
}

enum { FEW = 2 * US_STRIDE / sizeof(us_vec) }; /* frames of which is_sane looks at no less */

static void process(struct us_engine *e, uint32_t seat, us_vec *const out[], const struct us_block *b)
{
	const struct us_node *n = &e->node[seat];
	const uint32_t *states = us_at(e, e->seat[seat].states);
	us_say_group(e, seat, b->group);
	us_form(n->module, n->width)->process(us_at(e, states[b->group]), &e->in[n->input_row], out, b);
	bool sane = true;
	if (breaks_the_rules(e, &e->seat[seat], states[b->group])) {
		e->seat[seat].flags |= US_SEAT_BYPASSED;
		e->head->garbage++;
		us_state_reset(e, seat, b->group);
		bypass(e, n, out);
		forget_stillness(e, n, out);
		return;
	}
	for (uint64_t read = n->read; read; read &= read - 1) { /* what nobody reads harms nobody */
		const uint32_t o = (uint32_t)__builtin_ctzll(read);
		const bool still = is_still(out[o], n->width);
		sane &= is_sane(out[o], still ? FEW : US_BLOCK, n->width);
		note_stillness(e, out[o], still && !us_set_has(&e->fading, seat));
	}
	if (sane)
		return;
	silence(n, out);
	us_state_reset(e, seat, b->group);
	note_garbage(e, seat);
}

/* Of the next call, during this one: many voices have more states than the nearest cache holds. */
static void prefetch_state(const struct us_engine *e, uint32_t seat, uint32_t group)
{
	enum { LINE = 64, NEAR = 512 };
	const struct us_seat *s = &e->seat[seat];
	const uint32_t *states = us_at(e, s->states);
	const uint8_t *state = us_at(e, states[group]);
	const uint32_t guard = (uint32_t)us_heap_round(s->state_bytes), end = guard < NEAR ? guard : NEAR;
	for (uint32_t i = 0; i < end; i += LINE)
		__builtin_prefetch(state + i, 1);
	__builtin_prefetch(state + guard);
}

static void call(struct us_engine *e, uint32_t seat, struct us_block *b)
{
	const struct us_node *n = &e->node[seat];
	const struct us_wire *wire = &e->plan.wire[n->output_row];
	us_vec *out[US_MAX_OUTPUTS];
	for (uint32_t o = 0; o < n->outputs; o++)
		out[o] = wire[o].out + b->group * wire[o].stride;
	b->constant = us_inputs_bind(e, seat, b->group);
	b->connected = n->connected;
	b->unread = ~n->read;
	b->table = n->table.value ? &n->table : NULL;
	b->tape = n->tape.frames ? &n->tape : NULL;
	b->pattern = e->seat[seat].pattern ? us_at(e, e->seat[seat].pattern) : NULL;
	b->before = e->seat[seat].pattern_before ? us_at(e, e->seat[seat].pattern_before) : NULL;
	b->voices = n->voices;
	if (e->seat[seat].flags & US_SEAT_BYPASSED)
		bypass(e, n, out), forget_stillness(e, n, out);
	else
		process(e, seat, out, b);
	if (e->prints)
		us_print(e, seat, b->group, out);
	if (us_set_has(&e->fading, seat))
		us_level_apply(e, seat, out);
	for (uint32_t o = 0; o < n->outputs; o++)
		if (wire[o].sum)
			us_voices_add(wire[o].sum, out[o], n->voices - b->group * US_LANES * n->width, n->width);
	if (n->module->flags & US_SINK && n->outputs)
		us_voices_add(*e->mix, out[0], US_LANES, 1);
}

static void finish_sums(struct us_engine *e, const struct us_run *run)
{
	for (uint32_t i = run->first; i < run->first + run->count; i++) {
		uint32_t seat = e->plan.order[i];
		const struct us_node *n = &e->node[seat];
		for (uint32_t o = 0; o < n->outputs; o++)
			if (e->plan.wire[n->output_row + o].sum)
				us_voices_fold(e->plan.wire[n->output_row + o].sum);
		us_outputs_push(e, seat, true);
	}
}

static void begin_sum(struct us_engine *e, us_vec *sum)
{
	memset(sum, 0, sizeof(us_buffer));
	note_stillness(e, sum, false);
}

static void start_sums(struct us_engine *e, const struct us_run *run)
{
	for (uint32_t i = run->first; i < run->first + run->count; i++) {
		const struct us_node *n = &e->node[e->plan.order[i]];
		for (uint32_t o = 0; o < n->outputs; o++)
			if (e->plan.wire[n->output_row + o].sum)
				begin_sum(e, e->plan.wire[n->output_row + o].sum);
	}
}

static void play(struct us_engine *e, const struct us_run *run, struct us_block *b)
{
	if (run->sums)
		start_sums(e, run);
	e->feeds = 0;
	for (b->group = 0; b->group < run->groups; b->group++) {
		const uint32_t lanes = US_LANES * run->width, rest = run->voices - b->group * lanes;
		b->lanes = rest < lanes ? rest : lanes;
		for (uint32_t i = run->first; i < run->first + run->count; i++) {
			if (i + 1u < run->first + run->count)
				prefetch_state(e, e->plan.order[i + 1], b->group);
			else if (b->group + 1 < run->groups)
				prefetch_state(e, e->plan.order[run->first], b->group + 1);
			call(e, e->plan.order[i], b);
			if (run->voices == 1)
				us_outputs_push(e, e->plan.order[i], false);
		}
	}
	if (run->sums)
		finish_sums(e, run);
}

/* The comparisons are false for a NaN, which becomes silence. */
static float limit(float x)
{
	return x > 1 ? 1 : x >= -1 ? x : x < -1 ? -1 : 0;
}

static void mix_down(struct us_engine *e, float out[US_BLOCK * US_CHANNELS])
{
	us_buffer gain, fade;
	us_ramp_run(&e->head->gain, gain, 0, US_BLOCK);
	us_ramp_run(&e->head->fade, fade, 0, US_BLOCK);
	for (uint32_t i = 0; i < US_BLOCK; i++)
		for (uint32_t c = 0; c < US_CHANNELS; c++)
			out[i * US_CHANNELS + c] = (*e->mix)[i][c] * (gain[i][c] * fade[i][c]);
	if (e->has_master) {
		us_master_block(e->master, &e->master_rate, out);
		return;
	}
	for (uint32_t i = 0; i < US_BLOCK * US_CHANNELS; i++)
		out[i] = limit(out[i]);
}

void us_engine_hear(struct us_engine *e, const float in[US_BLOCK * US_CHANNELS])
{
	for (uint32_t i = 0; i < US_BLOCK * US_CHANNELS; i++)
		e->heard[i] = in[i] >= -8 && in[i] <= 8 ? in[i] : 0;
	e->hears = true;
}

void us_freshness_end(struct us_engine *e)
{
	for (uint32_t s = us_set_next(&e->fresh, 0); s < US_SEATS; s = us_set_next(&e->fresh, s + 1)) {
		if (e->seat[s].flags & US_SEAT_ADD)
			continue; /* still unheard */
		e->seat[s].flags &= (uint16_t)~US_SEAT_FRESH;
		us_set_remove(&e->fresh, s);
	}
}

void us_engine_render(struct us_engine *e, float out[US_BLOCK * US_CHANNELS])
{
	us_float_mode_set(US_FLOAT_MODE);
	us_say(e, US_PHASE_DUE, US_NOBODY);
	us_restored_begin(e);
	us_timed_due(e);
	us_patterns_due(e, us_first_frame(e) + US_BLOCK - 1);
	if (e->head->panic && !e->head->fade.left)
		us_panic_end(e);
	if (!e->plan.valid && us_plan_adopt(e, US_VIEW_NOW, NULL))
		e->plan.count = e->plan.runs = 0; /* every edit made sure of it: silence rather than a wild pointer */
	struct us_block b = {.rate = e->rate,
	                     .seconds_per_frame = 1 / e->rate,
	                     .frame = us_first_frame(e),
	                     .input = e->hears ? e->heard : NULL};
	us_song_place(e, &b);
	us_song_key_place(e, &b);
	memset(*e->mix, 0, sizeof(us_buffer));
	for (uint32_t r = 0; r < e->plan.runs; r++)
		play(e, &e->plan.run[r], &b);
	us_say(e, US_PHASE_MIX, US_NOBODY);
	mix_down(e, out);
	us_knobs_advance(e);
	us_cables_advance(e);
	us_leaving_advance(e);
	us_freshness_end(e);
	us_patterns_settle(e);
	e->head->block++;
	e->hears = false;
	us_say(e, US_PHASE_IDLE, US_NOBODY);
}
