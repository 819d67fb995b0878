/* split — a stereo signal into its two sides. */
#include <understudy/dsp.h>

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)b;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec x = us_bound(in[0][i]);
		out[0][i] = us_splat(x[0]);
		out[1][i] = us_splat(x[1]);
	}
}

US_MODULE(
    split, "a stereo signal into left and right",
    .help =
	"Each side comes out as a mono signal, to be treated by itself: a filter on the left, a delay on the right.\n"
	"merge puts them together again. Voices are summed before they get here.",
    .flags = US_MIXDOWN | US_STEREO, .process = process,
    .inputs = {{"in", US_SIGNAL, 0, -1, 1, US_LIN, "stereo", .also = "input"}},
    .outputs = {{"left", "the left side, mono"}, {"right", "the right side, mono"}});
