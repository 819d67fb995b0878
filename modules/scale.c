/* scale — from one range to another, along a curve. */
#include <understudy/dsp.h>

enum { IN, FROM_LOW, FROM_HIGH, TO_LOW, TO_HIGH, CURVE, BEYOND };

/* 0 to 0, 1 to 1, in between as bent as `bend` is far from 1: a hyperbola, so that its inverse has the same shape. */
US_REALTIME static us_vec along(us_vec x, us_vec bend)
{
	return x / (x + (1 - x) * bend);
}

US_REALTIME static us_vec bend_of(us_vec curve)
{
	return us_exp2(4 * us_clamp(curve, -1, 1));
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	us_vec bend = bend_of(in[CURVE][0]);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, CURVE))
			bend = bend_of(in[CURVE][i]);
		const us_vec low = us_bound(in[FROM_LOW][i]), width = us_bound(in[FROM_HIGH][i]) - low;
		const us_ivec empty = us_abs(width) < 1e-9f;
		const us_vec place =
		    us_select(empty, us_splat(0), (us_bound(in[IN][i]) - low) / us_select(empty, us_splat(1), width));
		const us_vec inside = us_clamp(place, 0, 1), outside = place - inside;
		const us_vec bent = along(inside, bend);
		const us_vec whole = us_select(in[BEYOND][i] < 0.5f, bent, bent + outside);
		const us_vec to = us_bound(in[TO_LOW][i]);
		out[0][i] = us_bound(to + whole * (us_bound(in[TO_HIGH][i]) - to));
	}
}

US_MODULE(
    scale, "from one range to another, straight or along a curve", .also = "attenuverter|attenuator|linlin|polarizer",
    .help =
	"What arrives between from_low and from_high leaves between to_low and to_high; with the two of a pair the\n"
	"other way round it is turned over. curve bends the way: above 0 slow at first, below 0 fast at first. What\n"
	"comes from beyond its range stops at the end, or goes straight on (beyond). An lfo from -1 to 1 that should\n"
	"move a knob between two values wants just this.",
    .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -10, 10, US_LIN, "what is moved", .also = "input"},
               [FROM_LOW] = {"from_low", US_RATIO, -1, -20000, 20000, US_LIN, "becomes to_low"},
               [FROM_HIGH] = {"from_high", US_RATIO, 1, -20000, 20000, US_LIN, "becomes to_high"},
               [TO_LOW] = {"to_low", US_RATIO, 0, -20000, 20000, US_LIN, "what from_low becomes"},
               [TO_HIGH] = {"to_high", US_RATIO, 1, -20000, 20000, US_LIN, "what from_high becomes"},
               [CURVE] = {"curve", US_RATIO, 0, -1, 1, US_LIN, "0 straight, above 0 slow at first"},
               [BEYOND] = {"beyond", US_CHOICE, 0, 0, 1, US_STEP, "what comes from beyond its range", "stops|goes_on"}},
    .outputs = {{"out", "in, moved"}});
