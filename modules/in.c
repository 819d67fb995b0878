/* in — what the input device hears. */
#include <understudy/dsp.h>

enum { LEVEL };
enum { OUT, LEFT, RIGHT };

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	for (int i = 0; i < US_BLOCK; i++) {
		const float left = b->input ? b->input[US_CHANNELS * i] : 0,
			    right = b->input ? b->input[US_CHANNELS * i + 1] : 0;
		const us_vec level = us_clamp(in[LEVEL][i], 0, 16);
		out[OUT][i] = us_stereo(left, right) * level;
		out[LEFT][i] = us_splat(left) * level;
		out[RIGHT][i] = us_splat(right) * level;
	}
}

US_MODULE(
    in, "what the input device hears: a microphone, an instrument", .also = "adc|audio_in|audio_input",
    .help = "Start with run --input NAME (or default); without it there is silence. Both workers hear the same\n"
	    "samples, and run --log keeps them, so that a replay plays with you again. They arrive the lookahead\n"
	    "later than with a cable: 5.3 ms more than the device takes. A mono input is heard on both sides.",
    .flags = US_MIXDOWN | US_STEREO, .process = process,
    .inputs = {[LEVEL] = {"level", US_RATIO, 1, 0, 16, US_LIN, "loudness", .also = "gain|amp|volume"}},
    .outputs = {[OUT] = {"out", "stereo"}, [LEFT] = {"left", "left channel"}, [RIGHT] = {"right", "right channel"}});
