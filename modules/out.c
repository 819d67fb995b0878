/* out — what is heard: lane 0 is the left channel, lane 1 the right. */
#include <understudy/dsp.h>

enum { IN, LEFT, RIGHT, LEVEL };

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)b;
	const us_vec lane = us_lane_numbers(), silence = us_splat(0);
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec side = us_select(lane < 1, in[LEFT][i], us_select(lane < 2, in[RIGHT][i], silence));
		const us_vec both = us_select(lane < US_CHANNELS, in[IN][i], silence);
		out[0][i] = us_bound((both + side) * in[LEVEL][i]);
	}
}

US_MODULE(
    out, "the loudspeakers", .also = "output|dac|audio_out|audio_output|speaker|speakers",
    .help =
	"Plug anything into in: a mono signal is heard in the middle, a stereo one (from a reverb, a delay, a pan's\n"
	"out) as it is. left and right reach one side only: plug a pan's left and right here when it pans every\n"
	"voice by itself. All voices are summed on their way in. Several outs are summed as well.",
    .flags = US_SINK | US_MIXDOWN | US_STEREO, .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
               [LEFT] = {"left", US_SIGNAL, 0, -1, 1, US_LIN, "left only", .also = "l"},
               [RIGHT] = {"right", US_SIGNAL, 0, -1, 1, US_LIN, "right only", .also = "r"},
               [LEVEL] = {"level", US_RATIO, 1, 0, 2, US_LIN, "volume; 1 is unchanged",
                          .also = "gain|volume|amp|master"}},
    .outputs = {{"out", "lane 0 left, lane 1 right"}});
