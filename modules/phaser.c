/* phaser — a chain of all-passes beside the straight way: where both arrive half a turn apart, nothing is left. The
 * feedback around the chain is solved for in the same frame (Zavalishin, The Art of VA Filter Design, 2012), so the
 * notches stand where the tuning says.
 *
 * Bounded under any modulation: what enters the chain is clamped, and a stage's stored value moves to
 * (1 - 2G) stored + 2G in with 0 < G < 1. */
#include <understudy/dsp.h>

enum { IN, RATE, FREQ, DEPTH, FEEDBACK, STAGES, SPREAD, MIX };
enum { MOST_STAGES = 12 };

#define LOUDEST_LOOP 8

struct phaser {
	us_uvec phase;
	us_vec stored[MOST_STAGES];
};

/* What the chain gives of what enters, and by itself; a stage gives (2G - 1) in + 2 (1 - G) stored. */
struct chain {
	us_vec pass, own;
};

US_REALTIME static struct chain foresee(const us_vec *stored, us_vec G, us_vec stages)
{
	struct chain c = {us_splat(1), us_splat(0)};
	for (int n = 0; n < MOST_STAGES; n++) {
		const us_ivec in_use = stages > (float)n;
		if (!us_any(in_use))
			break;
		c.pass = us_select(in_use, c.pass * (2 * G - 1), c.pass);
		c.own = us_select(in_use, (2 * G - 1) * c.own + 2 * (1 - G) * stored[n], c.own);
	}
	return c;
}

US_REALTIME static us_vec run(us_vec *stored, us_vec G, us_vec stages, us_vec x)
{
	for (int n = 0; n < MOST_STAGES; n++) {
		const us_ivec in_use = stages > (float)n;
		if (!us_any(in_use))
			break;
		const us_vec move = G * (x - stored[n]), low = stored[n] + move;
		stored[n] = us_select(in_use, low + move, stored[n]);
		x = us_select(in_use, 2 * low - x, x);
	}
	return x;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct phaser s = *(struct phaser *)state;
	const us_vec right = us_lane_numbers() - 2 * us_floor(0.5f * us_lane_numbers()); /* 1 in the odd lanes */
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec dry = us_bound(in[IN][i]);
		const us_vec swing = us_sin_phase(s.phase + us_phase(0.5f * right * us_clamp(in[SPREAD][i], 0, 1)));
		const us_vec hz = us_clamp(in[FREQ][i], 1, 1e5f) * us_exp2(us_clamp(in[DEPTH][i], -8, 8) * swing);
		const struct us_tangent g = us_prewarp(us_max(hz * b->seconds_per_frame, us_splat(1e-5f)));
		const us_vec G = g.above / (g.above + g.below), back = us_clamp(in[FEEDBACK][i], -0.95f, 0.95f);
		const us_vec stages = 2 * us_floor(us_clamp(0.5f * in[STAGES][i] + 0.25f, 1, 0.5f * MOST_STAGES));
		const struct chain c = foresee(s.stored, G, stages);
		const us_vec enter = us_clamp((dry + back * c.own) / (1 - back * c.pass), -LOUDEST_LOOP, LOUDEST_LOOP);
		const us_vec wet = run(s.stored, G, stages, enter), mix = us_clamp(in[MIX][i], 0, 1);
		out[0][i] = us_bound((1 - mix) * dry + mix * wet);
		s.phase += us_phase_step(in[RATE][i] * b->seconds_per_frame);
	}
	*(struct phaser *)state = s;
}

US_MODULE(
    phaser, "phaser: notches that wander through the sound",
    .help = "Electric pianos, clavinets, slow strings. Two stages make one notch; four are the small box on a\n"
	    "guitarist's floor, eight and more a studio's. freq is the middle of the sweep, depth how many octaves\n"
	    "it goes either way; feedback sharpens what is between the notches, negative feedback moves the peaks.\n"
	    "spread 1 lets the sides move against each other. With depth 0, plug your own cable into freq.\n"
	    "Source: Zavalishin 2012, zero-delay feedback.",
    .flags = US_THROUGH | US_STEREO, .state_size = sizeof(struct phaser), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio", .also = "input"},
               [RATE] = {"rate", US_HZ, 0.4f, 0.01f, 20, US_EXP, "how fast they wander", .also = "frequency|speed"},
               [FREQ] = {"freq", US_HZ, 700, 20, 15000, US_EXP, "the middle of the sweep"},
               [DEPTH] = {"depth", US_OCTAVE, 1.5f, 0, 4, US_LIN, "how far they go, either way"},
               [FEEDBACK] = {"feedback", US_RATIO, 0.3f, -0.95f, 0.95f, US_LIN, "around the chain", .also = "fb|regen"},
               [STAGES] = {"stages", US_COUNT, 6, 2, MOST_STAGES, US_STEP, "all-passes, in pairs"},
               [SPREAD] = {"spread", US_RATIO, 0.25f, 0, 1, US_LIN, "how differently left and right move"},
               [MIX] = {"mix", US_RATIO, 0.5f, 0, 1, US_LIN, "0 dry, 1 chain alone; 0.5 is deepest", .also = "wet"}},
    .outputs = {{"out", "phased"}});
