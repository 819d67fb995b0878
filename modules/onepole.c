/* onepole — the gentlest filter there is: 6 dB per octave, both halves at once. One trapezoidal integrator without a
 * delay in the loop: Zavalishin, The Art of VA Filter Design, 2012, ch. 3.
 *
 * The stored value moves by 2 G (in - stored) in a frame and 0 < G < 1: with silence it shrinks in every frame,
 * whatever the cutoff does. */
#include <understudy/dsp.h>

enum { IN, CUTOFF, PITCH, MODE };
enum { OUT, LOW, HIGH };

US_REALTIME static us_vec tune(us_vec cutoff, us_vec pitch, const struct us_block *b)
{
	const us_vec cycles = cutoff * us_exp2(pitch) * b->seconds_per_frame;
	const struct us_tangent g = us_prewarp(us_max(cycles, us_splat(1e-6f)));
	return g.above / (g.above + g.below);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	us_vec stored = *(us_vec *)state;
	const int steady = us_is_constant(b, CUTOFF) && us_is_constant(b, PITCH);
	us_vec G = tune(in[CUTOFF][0], in[PITCH][0], b);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!steady)
			G = tune(in[CUTOFF][i], in[PITCH][i], b);
		const us_vec x = us_bound(in[IN][i]), move = G * (x - stored), low = stored + move;
		stored = low + move;
		out[LOW][i] = low;
		out[HIGH][i] = x - low;
		out[OUT][i] = us_select(in[MODE][i] < 0.5f, low, x - low);
	}
	*(us_vec *)state = stored;
}

US_MODULE(
    onepole, "the gentlest filter: low or high, 6 dB per octave",
    .also = "lpf1|lowpass1|hpf1 mode=high|highpass1 mode=high",
    .help =
	"A tone control: it darkens or thins without a character of its own. cutoff is where it is 3 dB down,\n"
	"right within 1 % up to 15 kHz; it may be moved at audio rate. low and high together are the input\n"
	"again: split a sound there, treat one half and mix. With a cutoff of a few Hz, low is a lag for\n"
	"control signals. The cutoff rests at 1 kHz and not at c4, so that a sound passes: say cutoff=c4 and pitch\n"
	"is in tune. Source: Zavalishin 2012, ch. 3.",
    .flags = US_THROUGH, .state_size = sizeof(us_vec), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio or control", .also = "input"},
               [CUTOFF] = {"cutoff", US_HZ, 1000, 0.1f, 20000, US_EXP, "where it is 3 dB down",
                           .also = "freq|frequency|corner"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to cutoff, in octaves (1 V/oct)"},
               [MODE] = {"mode", US_CHOICE, 0, 0, 1, US_STEP, "what out gives", "low|high", .also = "type"}},
    .outputs = {[OUT] = {"out", "the half chosen by mode"},
                [LOW] = {"low", "below the cutoff"},
                [HIGH] = {"high", "above the cutoff"}});
