/* width — how wide a stereo signal is, and mono below a frequency. The sides lose their bass through two poles; the
 * middle keeps all. */
#include <understudy/dsp.h>

enum { IN, WIDTH, BASS };

struct width {
	float low[2]; /* what the sides have below `bass`, after one pole and after two */
};

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct width s = *(struct width *)state;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec x = us_bound(in[IN][i]);
		const us_vec turns =
		    us_clamp(in[BASS][i], 0, 1000) * (-9.0647203f * b->seconds_per_frame); /* -2 pi / ln 2 */
		const float weight = 1 - us_exp2(turns)[0], wide = us_clamp(in[WIDTH][i], 0, 4)[0];
		const float mid = 0.5f * (x[0] + x[1]);
		float side = 0.5f * (x[0] - x[1]);
		s.low[0] += weight * (side - s.low[0]);
		side -= s.low[0];
		s.low[1] += weight * (side - s.low[1]);
		side = (side - s.low[1]) * wide;
		out[0][i] = us_stereo(mid + side, mid - side);
	}
	*(struct width *)state = s;
}

US_MODULE(
    width, "how wide a stereo signal is; mono in the bass", .also = "stereo_width",
    .help = "width 0 is mono, 1 leaves it as it is, 2 doubles what the sides differ by. Below bass the sides fade into "
	    "the\n"
	    "middle, 12 dB an octave: a record can be cut, and a club's one subwoofer plays all of it. bass 0 leaves\n"
	    "them alone. A mono signal stays mono.",
    .flags = US_THROUGH | US_MIXDOWN | US_STEREO, .state_size = sizeof(struct width), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "stereo", .also = "input"},
               [WIDTH] = {"width", US_RATIO, 1, 0, 4, US_LIN, "0 mono, 1 as it is, 2 twice as wide",
                          .also = "amount|stereo"},
               [BASS] = {"bass", US_RATIO, 0, 0, 1000, US_LIN, "mono below so many Hz; 0: nowhere"}},
    .outputs = {{"out", "stereo"}});
