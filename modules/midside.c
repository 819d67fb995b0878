/* midside — between left and right on one hand, middle and sides on the other. Blumlein, British Patent 394,325, 1931.
 */
#include <understudy/dsp.h>

enum { IN, MID, SIDE };
enum { OUT, MIDDLE, SIDES };

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)b;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec x = us_bound(in[IN][i]);
		const float mid = 0.5f * (x[0] + x[1]), side = 0.5f * (x[0] - x[1]);
		const float m = mid * us_clamp(in[MID][i], -4, 4)[0], s = side * us_clamp(in[SIDE][i], -4, 4)[0];
		out[MIDDLE][i] = us_splat(mid);
		out[SIDES][i] = us_splat(side);
		out[OUT][i] = us_stereo(m + s, m - s);
	}
}

US_MODULE(
    midside, "what both sides have in common, and what they do not",
    .help =
	"mid is what left and right share, side their difference, both mono; out is stereo again, with each of them\n"
	"as loud as its knob says. side 0 is mono, mid 0 leaves only the room. Treat mid and side differently (a\n"
	"compressor on mid, a reverb on side), and put them together with a second midside: mid into left and right\n"
	"of a merge, side into left, and with amount -1 into right. Source: Blumlein 1931.",
    .flags = US_THROUGH | US_MIXDOWN | US_STEREO, .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "stereo", .also = "input"},
               [MID] = {"mid", US_RATIO, 1, -4, 4, US_LIN, "loudness of the middle"},
               [SIDE] = {"side", US_RATIO, 1, -4, 4, US_LIN, "loudness of the sides"}},
    .outputs = {
	[OUT] = {"out", "stereo"}, [MIDDLE] = {"mid", "the middle, mono"}, [SIDES] = {"side", "the sides, mono"}});
