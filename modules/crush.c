/* crush — fewer bits and fewer samples, as in the machines that had no more. It aliases: that is what it is for. */
#include <understudy/dsp.h>

enum { IN, BITS, RATE, MIX };

struct crush {
	us_vec phase; /* of the slow converter's clock, in its cycles */
	us_vec held;
};

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct crush s = *(struct crush *)state;
	us_vec steps = us_exp2(us_clamp(in[BITS][0], 1, 24) - 1);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, BITS))
			steps = us_exp2(us_clamp(in[BITS][i], 1, 24) - 1);
		const us_vec dry = us_bound(in[IN][i]);
		s.phase += us_clamp(in[RATE][i] * b->seconds_per_frame, 0, 1);
		const us_ivec due = s.phase >= 1;
		s.phase -= us_select(due, us_splat(1), us_splat(0));
		s.held = us_select(due, us_round(dry * steps) / steps, s.held);
		const us_vec mix = us_clamp(in[MIX][i], 0, 1);
		out[0][i] = (1 - mix) * dry + mix * s.held;
	}
	*(struct crush *)state = s;
}

static void init(void *state, const struct us_setup *setup)
{
	(void)setup;
	((struct crush *)state)->phase = us_splat(0.9999f); /* the first frame is heard */
}

US_MODULE(
    crush, "fewer bits and fewer samples: the sound of old samplers and toys", .also = "bitcrusher|decimator",
    .help = "12 bits and 26 kHz are a famous drum sampler, 8 bits and 11 kHz an old home computer, 1 bit is a fuzz.\n"
	    "Both may be moved and need not be whole: sweep rate and ghost tones run against the melody. The\n"
	    "middle step is zero, so silence stays silent. It aliases on purpose; a filter after it is the other\n"
	    "half of the old machines' sound.",
    .flags = US_THROUGH, .state_size = sizeof(struct crush), .init = init, .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio", .also = "input"},
               [BITS] = {"bits", US_RATIO, 8, 1, 24, US_LIN, "2^bits steps from -1 to 1", .also = "depth|bitdepth"},
               [RATE] = {"rate", US_HZ, 11025, 20, 192000, US_EXP, "samples in a second",
                         .also = "samplerate|downsample|freq"},
               [MIX] = {"mix", US_RATIO, 1, 0, 1, US_LIN, "0 dry, 1 crushed alone", .also = "wet"}},
    .outputs = {{"out", "crushed"}});
