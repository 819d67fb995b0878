/* mixer — eight inputs, each with its level, into one. */
#include <understudy/dsp.h>

enum { CHANNELS = 8 };
enum { IN_1, LEVEL_1 = CHANNELS };

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	us_vec sum[US_BLOCK] = {{0}};
	for (int c = 0; c < CHANNELS; c++) {
		const us_vec *signal = in[IN_1 + c], *level = in[LEVEL_1 + c];
		if (us_is_constant(b, IN_1 + c) && !us_any(signal[0] != 0))
			continue;
		for (int i = 0; i < US_BLOCK; i++)
			sum[i] += us_bound(signal[i] * level[i]);
	}
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = sum[i];
}

#define CHANNEL(N) [IN_1 + N - 1] = {"in" #N, US_SIGNAL, 0, -1, 1, US_LIN, "signal " #N}
#define LEVEL(N) [LEVEL_1 + N - 1] = {"level" #N, US_RATIO, 1, 0, 2, US_LIN, "how much of in" #N}

US_MODULE(
    mixer, "eight signals with their levels into one", .also = "mix|simple_mixer|mult|multiple|attenumixer",
    .help = "Every input of every module already sums its cables; a mixer is for when the levels should be knobs, or\n"
	    "be modulated: plug an lfo into a level. It mixes within a voice as well as after the mixdown.",
    .flags = US_THROUGH, .process = process,
    .inputs = {CHANNEL(1), CHANNEL(2), CHANNEL(3), CHANNEL(4), CHANNEL(5), CHANNEL(6), CHANNEL(7), CHANNEL(8), LEVEL(1),
               LEVEL(2), LEVEL(3), LEVEL(4), LEVEL(5), LEVEL(6), LEVEL(7), LEVEL(8)},
    .outputs = {{"out", "the sum"}});
