/* dcblock — takes away what does not move. A zero at 0 Hz beside a pole that the bilinear transform puts at the cutoff.
 * It keeps differences and not levels, so that a constant is forgotten entirely and not to a float's precision. */
#include <understudy/dsp.h>

enum { IN, CUTOFF };

struct dcblock {
	us_vec last, kept;
};

US_REALTIME static us_vec pole(us_vec cutoff, const struct us_block *b)
{
	const struct us_tangent g = us_prewarp(us_max(cutoff * b->seconds_per_frame, us_splat(1e-6f)));
	return (g.below - g.above) / (g.below + g.above);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct dcblock s = *(struct dcblock *)state;
	us_vec p = pole(in[CUTOFF][0], b);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, CUTOFF))
			p = pole(in[CUTOFF][i], b);
		const us_vec x = us_bound(in[IN][i]);
		out[0][i] = s.kept = p * s.kept + (0.5f + 0.5f * p) * (x - s.last);
		s.last = x;
	}
	*(struct dcblock *)state = s;
}

US_MODULE(
    dcblock, "takes away what does not move: a high-pass far below hearing", .also = "dc_blocker|leakdc",
    .help = "After drive, fold, ring or a lopsided pulse: an offset cannot be heard, but it eats headroom and thumps\n"
	    "when something is switched. At 5 Hz it leaves 20 Hz within 0.3 dB. It is the high half of onepole,\n"
	    "made so that a constant comes out as exactly nothing.",
    .flags = US_THROUGH, .state_size = sizeof(struct dcblock), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio", .also = "input"},
               [CUTOFF] = {"cutoff", US_HZ, 5, 0.5f, 200, US_EXP, "where it is 3 dB down",
                           .also = "freq|frequency|corner"}},
    .outputs = {{"out", "in, around zero"}});
