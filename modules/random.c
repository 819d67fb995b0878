/* random — a looping shift register: patterns that repeat, change a little, or never come back. After Tom Whitwell's
 * Turing Machine, 2012. */
#include <understudy/dsp.h>

enum { CLOCK, CHANGE, STEPS };
enum { OUT, GATE };
enum { BITS = 32, VALUE_BITS = 8 };

struct shift {
	us_uvec bits; /* the newest is bit 0 */
	us_uvec counter;
	us_ivec was_on;
};

US_REALTIME static void tick(struct shift *s, us_ivec ticked, us_vec change, us_vec steps)
{
	us_uvec counter = s->counter;
	const us_vec chance = us_random(&counter);
	const us_uvec coin = us_scramble(counter + 1) >> (BITS - 1);
	const us_uvec length = (us_uvec)us_to_int(us_round(us_clamp(steps, 1, BITS)));
	const us_uvec old = s->bits >> (length - 1) & 1;
	const us_ivec renew = 0.5f * chance + 0.5f < us_clamp(change, 0, 1);
	const us_uvec bit = (us_uvec)us_select(renew, (us_vec)coin, (us_vec)old);
	s->bits = (us_uvec)us_select(ticked, (us_vec)(s->bits << 1 | bit), (us_vec)s->bits);
	s->counter = (us_uvec)us_select(ticked, (us_vec)counter, (us_vec)s->counter);
}

US_REALTIME static us_vec level(const struct shift *s)
{
	const float most = (1 << VALUE_BITS) - 1;
	return us_to_float((us_ivec)(s->bits & ((1u << VALUE_BITS) - 1))) * (2 / most) - 1;
}

US_REALTIME static us_vec opening(const struct shift *s)
{
	return us_select(s->was_on & ((us_ivec)(s->bits & 1) != 0), us_splat(1), us_splat(0));
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct shift s = *(struct shift *)state;
	us_vec value = level(&s), gate = opening(&s);
	if (us_is_constant(b, CLOCK) && !us_any((in[CLOCK][0] > 0.5f) ^ s.was_on)) { /* nothing moves */
		us_fill(out[OUT], value, !us_is_unread(b, OUT));
		us_fill(out[GATE], gate, !us_is_unread(b, GATE));
		return;
	}
	for (int i = 0; i < US_BLOCK; i++) {
		const us_ivec was_on = s.was_on, ticked = us_rise(&s.was_on, in[CLOCK][i]);
		if (us_any(ticked))
			tick(&s, ticked, in[CHANGE][i], in[STEPS][i]);
		if (us_any(was_on ^ s.was_on))
			value = level(&s), gate = opening(&s);
		out[OUT][i] = value;
		out[GATE][i] = gate;
	}
	*(struct shift *)state = s;
}

static void init(void *state, const struct us_setup *setup)
{
	struct shift *s = state;
	s->counter = us_seed_voices(setup, 0);
	s->bits = us_scramble(s->counter);
}

US_MODULE(
    random, "random patterns that loop, drift or never come back", .also = "turing|random_walk",
    .help =
	"A new value with every clock. At change 0 the last `steps` values repeat for ever, at 1 every one is new; in\n"
	"between the loop drifts: turn it up until you like what you hear, then down to keep it. out into\n"
	"quantize makes melodies, gate makes the rhythm that belongs to them. Replay brings the same chance again.\n"
	"After the Turing Machine by T. Whitwell, 2012.",
    .flags = US_SEEDED, .state_size = sizeof(struct shift), .init = init, .process = process,
    .inputs = {[CLOCK] = {"clock", US_TRIGGER, 0, 0, 1, US_STEP, "one value for each rise", .also = "clk|trigger|trig"},
               [CHANGE] = {"change", US_RATIO, 0.1f, 0, 1, US_LIN, "how likely a value is renewed"},
               [STEPS] = {"steps", US_COUNT, 8, 1, BITS, US_STEP, "length of the loop", .also = "length"}},
    .outputs = {[OUT] = {"out", "-1 to 1"}, [GATE] = {"gate", "the clock, about every other time"}});
