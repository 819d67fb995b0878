/* diode — the ladder of the TB-303: four capacitors coupled by diodes, so that each stage loads the one before, and
 * the first has half the capacity. Zero-delay, solved from the far end (Zavalishin, The Art of VA Filter Design, 2012;
 * circuit: Stinchcombe, Diode Ladder Filters).
 *
 *   y1' = w (u - y1 + y2)   y2' = w/2 (y1 - 2 y2 + y3)   y3' = w/2 (y2 - 2 y3 + y4)   y4' = w/2 (y3 - 2 y4)
 *
 * y4 is half a turn behind at w/√2, and 17 times smaller: there and with that feedback it sings.
 *
 * Why no modulation makes it unstable. What enters is at most 1. Weigh the stored squares by capacity, 1 2 2 2: in a
 * frame without input the sum falls by 4g(y1² - 2 y1 y2 + 2 y2² - 2 y2 y3 + 2 y3² - 2 y3 y4 + 2 y4²), which is
 * 4g((y1 - y2)² + (y2 - y3)² + (y3 - y4)² + y4²), never upwards, whatever g is in it. */
#include <understudy/dsp.h>

enum { IN, CUTOFF, PITCH, RESONANCE, DRIVE };
enum { STAGES = 4 };

struct diode {
	us_vec stored[STAGES];
};

/* Stage n gives pass[n] × (what the one before gives) + hold[n] × (its stored + lift[n] × the own part of the next). */
struct tuning {
	us_vec pass[STAGES], hold[STAGES], lift[STAGES - 1], feedback, solve;
};

US_REALTIME static struct tuning tune(us_vec cutoff, us_vec pitch, us_vec resonance, const struct us_block *b)
{
	const us_vec cycles = cutoff * us_exp2(pitch) * b->seconds_per_frame;
	const us_vec g = 1.41421356f * us_tan_prewarp(us_max(cycles, us_splat(1e-5f))), h = 0.5f * g;
	struct tuning t = {.lift = {g, h, h}, .feedback = 17.5f * us_clamp(resonance, 0, 1)};
	const us_vec own = 1 + g; /* 1 + 2h, in the inner stages */
	t.hold[3] = 1 / own;
	t.pass[3] = t.hold[3] * h;
	for (int n = STAGES - 2; n > 0; n--) {
		t.hold[n] = 1 / (own - h * t.pass[n + 1]);
		t.pass[n] = t.hold[n] * h;
	}
	t.hold[0] = 1 / (own - g * t.pass[1]);
	t.pass[0] = t.hold[0] * g;
	t.solve = 1 / (1 + t.feedback * (t.pass[0] * t.pass[1]) * (t.pass[2] * t.pass[3]));
	return t;
}

/* Within 1, slope 1 at rest: the pair of transistors at the entrance. */
US_REALTIME static us_vec saturate(us_vec x)
{
	const us_vec c = us_clamp(x, -1.5f, 1.5f);
	return c - (4 / 27.f) * c * (c * c);
}

US_REALTIME static us_vec diode_frame(struct diode *s, const struct tuning *t, us_vec x)
{
	us_vec own[STAGES];
	own[3] = t->hold[3] * s->stored[3];
	for (int n = STAGES - 2; n >= 0; n--)
		own[n] = t->hold[n] * (s->stored[n] + t->lift[n] * own[n + 1]);
	us_vec back = own[0];
	for (int n = 1; n < STAGES; n++)
		back = t->pass[n] * back + own[n];
	us_vec y = saturate((x - t->feedback * back) * t->solve);
	for (int n = 0; n < STAGES; n++) {
		y = t->pass[n] * y + own[n];
		s->stored[n] = 2 * y - s->stored[n];
	}
	return y;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct diode s = *(struct diode *)state;
	const int steady = us_is_constant(b, CUTOFF) && us_is_constant(b, PITCH) && us_is_constant(b, RESONANCE);
	struct tuning t = tune(in[CUTOFF][0], in[PITCH][0], in[RESONANCE][0], b);
	us_vec drive = us_db_to_gain(in[DRIVE][0]);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, DRIVE))
			drive = us_db_to_gain(in[DRIVE][i]);
		if (!steady)
			t = tune(in[CUTOFF][i], in[PITCH][i], in[RESONANCE][i], b);
		out[0][i] =
		    diode_frame(&s, &t, us_bound(in[IN][i] * drive)) * (1 + t.feedback); /* what it takes away */
	}
	*(struct diode *)state = s;
}

US_MODULE(
    diode, "diode ladder filter: the rubber and the acid of the TB-303", .also = "tb303|acidfilter",
    .help =
	"Softer at the corner than the transistor ladder, thinner when it resonates, and it squeals rather than\n"
	"sings. cutoff is where it squeals, in tune; without resonance the sound is 3 dB down well below. A saw\n"
	"or pulse, res 0.8, a short envelope of two or three octaves into pitch, and a drive after it: acid.\n"
	"What lies below cutoff is as loud at any res. From res 0.98 it oscillates by itself, at half of full scale.\n"
	"24 dB over, a note at 2.5 kHz aliases at -23 dB: for hard distortion a drive before or after it is better.\n"
	"Cannot be made unstable by any modulation.\n"
	"The cutoff rests at 1 kHz and not at c4, so that a sound passes: say cutoff=c4 and pitch is in tune.\n"
	"Source: Zavalishin 2012; Stinchcombe, Diode Ladder Filters, for the circuit.",
    .flags = US_THROUGH, .state_size = sizeof(struct diode), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio to filter", .also = "input"},
               [CUTOFF] = {"cutoff", US_HZ, 1000, 10, 20000, US_EXP, "where it squeals",
                           .also = "freq|frequency|corner"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to cutoff, in octaves (1 V/oct)"},
               [RESONANCE] = {"res", US_RATIO, 0.6f, 0, 1, US_LIN, "feedback; oscillates near 1",
                              .also = "q|resonance|reso"},
               [DRIVE] = {"drive", US_DB, 0, -24, 36, US_LIN, "level into the saturation"}},
    .outputs = {{"out", "filtered audio"}});
