/* ladder — four one-pole stages with feedback around all of them, saturating like a transistor pair at the entrance.
 * Zero-delay: the feedback of this very frame is solved for (Zavalishin, The Art of VA Filter Design, 2012, ch. 5).
 *
 * What enters the stages is at most 1, whatever the resonance. With nothing coming in, a stage's stored z changes by
 * z'² - z² = -4 g y² in a frame, whatever g is in it: never upwards. So no modulation, however fast, makes it unstable.
 */
#include <understudy/dsp.h>

enum { IN, CUTOFF, PITCH, RESONANCE, DRIVE, MODE };
enum { STAGES = 4 };

struct ladder {
	us_vec stored[STAGES];
	struct us_choice mode;
};

/* A stage with stored z gives y = G u + H z. G1 to G4 are powers of G. */
struct tuning {
	us_vec G1, G2, G3, G4, H, feedback, solve; /* solve: 1 / (1 + feedback G^4) */
};

US_REALTIME static struct tuning tune(us_vec cutoff, us_vec octaves_as_factor, us_vec resonance,
                                      const struct us_block *b)
{
	const struct us_tangent g = us_prewarp(cutoff * octaves_as_factor * b->seconds_per_frame);
	const us_vec H = g.below / (g.above + g.below), G = 1 - H, G2 = G * G, G4 = G2 * G2;
	const us_vec k = 4.2f * us_clamp(resonance, 0, 1);
	return (struct tuning){G, G2, G2 * G, G4, H, k, 1 / (1 + k * G4)};
}

/* What the stages give: what came in, then the output of each. */
struct taps {
	us_vec in, y[STAGES];
};

/* Within 1, slope 1 at rest, smooth where it levels off: a transistor pair without the division that tanh costs. */
US_REALTIME static us_vec saturate(us_vec x)
{
	const us_vec c = us_clamp(x, -1.5f, 1.5f);
	return c - (4 / 27.f) * c * (c * c);
}

/* y[n] = G^(n+1) in + what the stages give by themselves. Written so that little has to wait for `in`. */
US_REALTIME static struct taps ladder_frame(struct ladder *s, const struct tuning *t, us_vec x)
{
	const us_vec *z = s->stored;
	const us_vec own[STAGES] = {t->H * z[0], t->H * (t->G1 * z[0] + z[1]),
	                            t->H * ((t->G2 * z[0] + t->G1 * z[1]) + z[2]),
	                            t->H * ((t->G3 * z[0] + t->G2 * z[1]) + (t->G1 * z[2] + z[3]))};
	const us_vec in = saturate((x - t->feedback * own[3]) * t->solve);
	const struct taps taps = {in,
	                          {t->G1 * in + own[0], t->G2 * in + own[1], t->G3 * in + own[2], t->G4 * in + own[3]}};
	for (int n = 0; n < STAGES; n++)
		s->stored[n] = 2 * taps.y[n] - s->stored[n];
	return taps;
}

/* Responses as weights of the taps (Oberheim's Xpander did this with resistors). */
enum { MODES = US_CHOICES };
static const float weight[MODES][1 + STAGES] = {{0, 0, 0, 0, 1}, {0, 0, 1, 0, 0}, {0, 0, 4, -8, 4}, {1, -4, 6, -4, 1}};

US_REALTIME static us_vec respond(const struct taps *taps, const struct us_choice *mode)
{
	us_vec y[MODES] = {taps->y[3]};
	for (int m = 1; m < MODES; m++) {
		y[m] = weight[m][0] * taps->in;
		for (int n = 0; n < STAGES; n++)
			y[m] += weight[m][1 + n] * taps->y[n];
	}
	return us_chosen(mode, y);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct ladder s = *(struct ladder *)state;
	const int steady = us_is_constant(b, CUTOFF) && us_is_constant(b, PITCH) && us_is_constant(b, RESONANCE);
	const int settled = us_is_constant(b, MODE) && us_is_chosen(&s.mode, in[MODE][0]);
	const int low = settled && !us_any(in[MODE][0] >= 0.5f);
	us_vec factor = us_exp2(in[PITCH][0]), drive = us_db_to_gain(in[DRIVE][0]);
	struct tuning t = tune(in[CUTOFF][0], factor, in[RESONANCE][0], b);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, PITCH))
			factor = us_exp2(in[PITCH][i]);
		if (!us_is_constant(b, DRIVE))
			drive = us_db_to_gain(in[DRIVE][i]);
		if (!steady)
			t = tune(in[CUTOFF][i], factor, in[RESONANCE][i], b);
		const struct taps taps = ladder_frame(&s, &t, us_bound(in[IN][i] * drive));
		if (!settled)
			us_choose(&s.mode, in[MODE][i], b);
		out[0][i] = low ? taps.y[3] : respond(&taps, &s.mode);
	}
	*(struct ladder *)state = s;
}

US_MODULE(
    ladder, "four-pole transistor ladder filter, 24 dB per octave, saturating", .also = "moog|moogladder|moogff",
    .help = "The warm one, for basses and leads. The bass thins as res rises, as it should; above about 0.95 it\n"
	    "sings by itself at the cutoff: plug a melody into pitch and play it as a sine. drive pushes the "
	    "signal into the\n"
	    "saturation before the filter; at 0 dB it is gentle, and 24 dB over a note at 2.5 kHz aliases at\n"
	    "-23 dB: for hard distortion put a drive before it. mode changes without a click. Cannot be made\n"
	    "unstable by any modulation.\n"
	    "The cutoff rests at 1 kHz and not at c4, so that a sound passes: say cutoff=c4 and pitch is in tune.\n"
	    "Source: Zavalishin 2012, ch. 5 (zero-delay ladder); responses after Oberheim's Xpander.",
    .version = 2, .flags = US_THROUGH, .state_size = sizeof(struct ladder), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio to filter", .also = "input"},
               [CUTOFF] = {"cutoff", US_HZ, 1000, 10, 20000, US_EXP, "where it sings", .also = "freq|frequency|corner"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to cutoff, in octaves (1 V/oct)"},
               [RESONANCE] = {"res", US_RATIO, 0.3f, 0, 1, US_LIN, "feedback; sings by itself near 1",
                              .also = "q|resonance|reso"},
               [DRIVE] = {"drive", US_DB, 0, -24, 36, US_LIN, "level into the saturation"},
               [MODE] = {"mode", US_CHOICE, 0, 0, MODES - 1, US_STEP, "response", "low24|low12|band|high",
                         .also = "type"}},
    .outputs = {{"out", "filtered audio"}});
