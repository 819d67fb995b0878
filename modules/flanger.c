/* flanger — a copy a few thousandths of a second behind, that comes nearer and goes away: two tape machines, and a
 * thumb on the flange of one reel. */
#include <understudy/tap.h>

enum { IN, RATE, DEPTH, DELAY, FEEDBACK, SPREAD, MIX };
enum { TAPS = 4 };

#define LONGEST_SECONDS 0.025f
#define LOUDEST_LOOP 4 /* 12 dB above full scale */

struct flanger {
	us_uvec phase;
	us_vec returned; /* what came out of the line a frame ago */
	struct us_swing swing;
	uint32_t write;
	uint32_t unused[7];
	float line[][US_CHANNELS];
};

US_REALTIME static uint32_t length(float rate)
{
	return (uint32_t)(LONGEST_SECONDS * rate) + 2 * TAPS;
}

static size_t state_size(float rate)
{
	return sizeof(struct flanger) + length(rate) * sizeof(float[US_CHANNELS]);
}

/* Each side stands at its own place in the line. */
US_REALTIME static us_vec copy_at(const struct flanger *s, uint32_t write, us_vec wanted, uint32_t frames)
{
	const us_vec back = us_clamp(wanted, 2, (float)(frames - TAPS)), whole = us_floor(back);
	us_vec at[TAPS];
	uint32_t left = write + frames - (uint32_t)whole[0] + 1, right = write + frames - (uint32_t)whole[1] + 1;
	for (int k = 0; k < TAPS; k++, left--, right--)
		at[k] = us_stereo(s->line[left % frames][0], s->line[right % frames][1]);
	return us_between(at[0], at[1], at[2], at[3], back - whole);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct flanger *s = state;
	const uint32_t frames = length(b->rate);
	us_uvec phase = s->phase;
	us_vec returned = s->returned;
	uint32_t write = s->write;
	const float per_ms = 0.001f * b->rate;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec dry = us_bound(in[IN][i]), spread = us_clamp(in[SPREAD][i], 0, 1);
		const us_vec wave = 0.5f + 0.5f * us_sin_phase(phase + us_phase(us_stereo(0, 0.5f) * spread));
		us_swing_follow(&s->swing, us_clamp(in[DELAY][i], 0, 100) * per_ms,
		                us_clamp(in[DEPTH][i], 0, 100) * per_ms, b->seconds_per_frame);
		const us_vec enter = dry + us_clamp(in[FEEDBACK][i], -0.97f, 0.97f) * returned;
		us_store_stereo(s->line[write], us_clamp(enter, -LOUDEST_LOOP, LOUDEST_LOOP));
		returned = copy_at(s, write, s->swing.stand + wave * s->swing.reach, frames);
		if (us_swing_fades(&s->swing))
			returned =
			    us_swing_mix(s->swing.fade, returned,
			                 copy_at(s, write, s->swing.old_stand + wave * s->swing.old_reach, frames));
		write = write + 1 == frames ? 0 : write + 1;
		out[0][i] = dry + us_clamp(in[MIX][i], 0, 1) * (returned - dry);
		phase += us_phase_step(us_splat(in[RATE][i][0]) * b->seconds_per_frame);
	}
	s->phase = phase, s->returned = returned, s->write = write;
}

US_MODULE(
    flanger, "flanger: a copy just behind, coming and going",
    .help = "A jet that passes overhead. The copy stands `delay` behind and moves up to `depth` further; mixed half\n"
	    "and half, it takes out a comb of frequencies that slides. Feedback makes it whistle, negative feedback\n"
	    "hollows it. spread 1 lets the sides move against each other. With a very slow rate on noise or a pad it\n"
	    "is the sea; depth 0 and your own cable into delay make it a resonator. Jumps of delay and depth fade.",
    .version = 2, .flags = US_THROUGH | US_MIXDOWN | US_STEREO, .state_size_at = state_size, .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "mono or stereo", .also = "input"},
               [RATE] = {"rate", US_HZ, 0.2f, 0.01f, 20, US_EXP, "how often it comes and goes",
                         .also = "freq|frequency|speed"},
               [DEPTH] = {"depth", US_MS, 3, 0, 12, US_LIN, "how far it moves"},
               [DELAY] = {"delay", US_MS, 0.5f, 0.05f, 12, US_EXP, "how near it comes", .also = "time"},
               [FEEDBACK] = {"feedback", US_RATIO, 0.5f, -0.97f, 0.97f, US_LIN, "of the copy into itself",
                             .also = "fb|regen"},
               [SPREAD] = {"spread", US_RATIO, 0.5f, 0, 1, US_LIN, "how differently the sides move"},
               [MIX] = {"mix", US_RATIO, 0.5f, 0, 1, US_LIN, "0 dry, 1 copy alone", .also = "wet"}},
    .outputs = {{"out", "stereo"}});
