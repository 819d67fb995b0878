/* drive — louder than the wire can bear. Bent at four times the sample rate, so that a high note stays a note. */
#include <understudy/dsp.h>
#include <understudy/oversample.h>

enum { IN, DRIVE, SHAPE, BIAS, TONE, LEVEL };

struct drive {
	struct us_oversample oversample;
	us_vec dark;
};

/* Slope 1 at rest, at most 1, in every shape: only the way there differs. */
US_REALTIME static us_vec bend(us_vec x, us_vec shape)
{
	const us_vec soft = us_tanh(x);
	if (!us_any(shape >= 0.5f))
		return soft;
	const us_vec hard = us_clamp(x, -1, 1), tube = us_select(x > 0, soft, x / (1 + us_abs(x)));
	return us_select(shape < 0.5f, soft, us_select(shape < 1.5f, hard, tube));
}

/* Weight of a one-pole low-pass; all of it from where it would be out of tune. */
US_REALTIME static us_vec weight(us_vec hz, const struct us_block *b)
{
	const struct us_tangent g = us_prewarp(us_max(hz * b->seconds_per_frame, us_splat(1e-5f)));
	return g.above / (g.above + g.below);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct drive s = *(struct drive *)state;
	us_vec drive = us_db_to_gain(in[DRIVE][0]), level = us_db_to_gain(in[LEVEL][0]), G = weight(in[TONE][0], b);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, DRIVE))
			drive = us_db_to_gain(in[DRIVE][i]);
		if (!us_is_constant(b, LEVEL))
			level = us_db_to_gain(in[LEVEL][i]);
		if (!us_is_constant(b, TONE))
			G = weight(in[TONE][i], b);
		const us_vec shape = in[SHAPE][i], bias = us_clamp(in[BIAS][i], -1, 1), rest = bend(bias, shape);
		us_vec y[US_OVERSAMPLE];
		us_oversample_up(&s.oversample, us_bound(in[IN][i] * drive), y);
		for (int n = 0; n < US_OVERSAMPLE; n++)
			y[n] = bend(y[n] + bias, shape) - rest;
		const us_vec bright = us_oversample_down(&s.oversample, y), move = G * (bright - s.dark);
		const us_vec dark = s.dark + move;
		s.dark = dark + move;
		out[0][i] = us_bound(dark * level);
	}
	*(struct drive *)state = s;
}

US_MODULE(
    drive, "overdrive: soft, hard or like a tube, without aliasing", .also = "distortion|overdrive|saturator",
    .help =
	"soft rounds off (tanh), hard cuts off, tube rounds one side more than the other. bias shifts the signal\n"
	"before it is bent: even harmonics, and with an lfo a wandering tone; a dcblock after it takes away the\n"
	"offset. tone softens the edge. What comes out is hardly louder than 1, or 2 with bias, before level. Bent\n"
	"at four times the sample rate: what would alias is more than 20 dB lower than with a plain shaper.",
    .flags = US_THROUGH, .state_size = sizeof(struct drive), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio", .also = "input"},
               [DRIVE] = {"drive", US_DB, 12, -12, 60, US_LIN, "how hard it is pushed",
                          .also = "gain|amount|overdrive"},
               [SHAPE] = {"shape", US_CHOICE, 0, 0, 2, US_STEP, "how it gives way", "soft|hard|tube",
                          .also = "curve|type"},
               [BIAS] = {"bias", US_RATIO, 0, -1, 1, US_LIN, "off centre: even harmonics"},
               [TONE] = {"tone", US_HZ, 12000, 200, 20000, US_EXP, "what lies above is softened, 6 dB per octave"},
               [LEVEL] = {"level", US_DB, -3, -48, 12, US_LIN, "after it", .also = "gain_out|output"}},
    .outputs = {{"out", "bent"}});
