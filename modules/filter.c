/* filter — state-variable filter, four responses at once. Trapezoidal integrators without a unit delay in the loop:
 * Zavalishin, The Art of VA Filter Design, 2012; Simper, Linear Trapezoidal State Variable Filter, 2013.
 *
 * Why no modulation can make it unstable. With the two integrator states a and b, one frame without input changes
 * a² + b² by -4 g k v1², whatever g and k are in this very frame: never upwards while g and k are positive. Both are.
 */
#include <understudy/dsp.h>

enum { IN, CUTOFF, PITCH, RESONANCE, MODE };
enum { OUT, LOW, HIGH, BAND, NOTCH };

struct filter {
	us_vec a, b; /* the integrators: band-pass, low-pass */
};

/* What one frame does to the state: a += da·a - c·b + c·x, b += c·a - db·b + db·x. Small numbers at low cutoffs, so
 * nothing is lost to rounding there. k is the damping. */
struct coefficients {
	us_vec da, db, c, k;
};

US_REALTIME static struct coefficients tune(us_vec cutoff, us_vec octaves_as_factor, us_vec resonance,
                                            const struct us_block *b)
{
	const us_vec k = 1.41421356f - 1.39421356f * us_clamp(resonance, 0, 1); /* Butterworth at 0, Q = 50 at 1 */
	const struct us_tangent g =
	    us_prewarp(us_max(cutoff * octaves_as_factor * b->seconds_per_frame, us_splat(1e-5f)));
	const us_vec sine2 = g.sine * g.sine, product = g.sine * g.cosine, damped = k * product;
	const us_vec scale = 2 / (g.cosine * g.cosine + sine2 + damped);
	return (struct coefficients){-scale * (sine2 + damped), scale * sine2, scale * product, k};
}

US_REALTIME static void filter_frame(struct filter *s, const struct coefficients *t, us_vec x, us_vec *const out[],
                                     int i)
{
	const us_vec a = s->a, b = s->b;
	s->a = (a + t->da * a) + (t->c * x - t->c * b);
	s->b = (b - t->db * b) + (t->db * x + t->c * a);
	const us_vec low = 0.5f * (b + s->b), band = t->k * (0.5f * (a + s->a)), notch = x - band;
	out[LOW][i] = low;
	out[HIGH][i] = notch - low;
	out[BAND][i] = band;
	out[NOTCH][i] = notch;
}

US_REALTIME static void choose(const us_vec *mode, us_vec *const out[], const struct us_block *b)
{
	const us_vec first = mode[0];
	if (us_is_constant(b, MODE) && !us_any(first >= 0.5f)) {
		for (int i = 0; i < US_BLOCK; i++)
			out[OUT][i] = out[LOW][i];
		return;
	}
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec m = mode[i];
		const us_vec low_or_high = us_select(m < 0.5f, out[LOW][i], out[HIGH][i]);
		const us_vec band_or_notch = us_select(m < 2.5f, out[BAND][i], out[NOTCH][i]);
		out[OUT][i] = us_select(m < 1.5f, low_or_high, band_or_notch);
	}
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct filter s = *(struct filter *)state;
	us_vec factor = us_exp2(in[PITCH][0]);
	struct coefficients t = tune(in[CUTOFF][0], factor, in[RESONANCE][0], b);
	if (us_is_constant(b, PITCH) && us_is_constant(b, CUTOFF) && us_is_constant(b, RESONANCE)) {
		for (int i = 0; i < US_BLOCK; i++)
			filter_frame(&s, &t, us_bound(in[IN][i]), out, i);
	} else {
		for (int i = 0; i < US_BLOCK; i++) {
			if (!us_is_constant(b, PITCH))
				factor = us_exp2(in[PITCH][i]);
			t = tune(in[CUTOFF][i], factor, in[RESONANCE][i], b);
			filter_frame(&s, &t, us_bound(in[IN][i]), out, i);
		}
	}
	choose(in[MODE], out, b);
	*(struct filter *)state = s;
}

US_MODULE(filter, "state-variable filter: low, high, band, notch; 12 dB per octave",
          .help =
              "The clean all-rounder. At res 0 it is flat (Butterworth), at 1 it rings for long but never\n"
              "by itself. cutoff is where low and high are 3 dB down, right within 1 % up to 15 kHz. cutoff, pitch\n"
              "and res may be moved at audio rate as wildly as you like: it cannot become unstable.\n"
              "out is the response chosen by mode; the four others are always there for their own cables.\n"
              "Plug an envelope into cutoff with an amount in Hz, or into pitch with an amount in octaves, which\n"
              "tracks the keyboard. Source: Zavalishin 2012, Simper 2013 (trapezoidal integrators).",
          .flags = US_THROUGH, .state_size = sizeof(struct filter), .process = process,
          .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio to filter"},
                     [CUTOFF] = {"cutoff", US_HZ, 1000, 10, 20000, US_EXP, "corner or centre frequency"},
                     [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to cutoff, in octaves (1 V/oct)"},
                     [RESONANCE] = {"res", US_RATIO, 0.2f, 0, 1, US_LIN, "emphasis at the cutoff"},
                     [MODE] = {"mode", US_CHOICE, 0, 0, 3, US_STEP, "what out gives", "low|high|band|notch"}},
          .outputs = {[OUT] = {"out", "the response chosen by mode"},
                      [LOW] = {"low", "below the cutoff"},
                      [HIGH] = {"high", "above the cutoff"},
                      [BAND] = {"band", "around the cutoff, peak gain 1"},
                      [NOTCH] = {"notch", "all but the cutoff"}});
