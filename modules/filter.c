/* filter — state-variable filter, four responses at once. Trapezoidal integrators without a unit delay in the loop:
 * Zavalishin, The Art of VA Filter Design, 2012; Simper, Linear Trapezoidal State Variable Filter, 2013.
 *
 * Why no modulation can make it unstable. With the two integrator states a and b, one frame without input changes
 * a² + b² by -4 g k v1², whatever g and k are in this very frame: never upwards while g and k are positive. Both are.
 */
#include <understudy/dsp.h>

enum { IN, CUTOFF, PITCH, RESONANCE, MODE };
enum { OUT, LOW, HIGH, BAND, NOTCH };
enum { AHEAD = 2 }; /* frames */

struct filter {
	us_vec a, b; /* the integrators: band-pass, low-pass */
	struct us_choice mode;
};

/* What one frame does to the state, with v = x - b: a += c·v - da·a, b += c·a + db·v. Small numbers at low cutoffs, so
 * nothing is lost to rounding there. k is the damping. */
struct coefficients {
	us_vec da, db, c, k;
};

/* Half-way from one frame's state to the next. */
struct middle {
	us_vec a, b;
};

/* A factor for frequencies that suits tune. */
US_REALTIME static us_vec per_hz(us_vec pitch, const struct us_block *b)
{
	return us_exp2(pitch) * (b->seconds_per_frame * US_PREWARP);
}

/* Tuning ends in a division, which takes its time: where the cutoff moves it is begun some frames ahead. */
struct tuning {
	struct us_tangent g;
	us_vec scale;
};

US_REALTIME static struct tuning begin(us_vec cutoff, us_vec factor, us_vec k)
{
	const struct us_tangent g =
	    us_prewarp_scaled(us_clamp_above_0(cutoff * factor, 1e-5f * US_PREWARP, 0.49f * US_PREWARP));
	return (struct tuning){g, 2 / (g.below * g.below + g.above * (g.above + k * g.below))};
}

US_REALTIME static struct coefficients finish(struct tuning t, us_vec k)
{
	const us_vec part = t.scale * t.g.above, db = part * t.g.above, c = part * t.g.below;
	return (struct coefficients){db + k * c, db, c, k};
}

US_REALTIME static struct coefficients tune(us_vec cutoff, us_vec factor, us_vec k)
{
	return finish(begin(cutoff, factor, k), k);
}

/* Few steps lie between the old state and the new one: they cannot overlap with those of the next frame. */
US_REALTIME static struct middle step(struct filter *s, const struct coefficients *t, us_vec x)
{
	const us_vec a = s->a, b = s->b, v = x - b;
	s->a = (a - t->da * a) + t->c * v;
	s->b = (b + t->c * a) + t->db * v;
	return (struct middle){0.5f * (a + s->a), 0.5f * (b + s->b)};
}

US_REALTIME static void filter_frame(struct filter *s, const struct coefficients *t, us_vec x, us_vec *const out[],
                                     int i)
{
	const struct middle m = step(s, t, x);
	const us_vec low = m.b, band = t->k * m.a, notch = x - band;
	out[LOW][i] = low;
	out[HIGH][i] = notch - low;
	out[BAND][i] = band;
	out[NOTCH][i] = notch;
}

US_REALTIME static void choose(struct filter *s, const us_vec *mode, us_vec *const out[], const struct us_block *b)
{
	const us_vec m = mode[0];
	if (us_is_constant(b, MODE) && us_is_chosen(&s->mode, m)) {
		for (int i = 0; i < US_BLOCK; i++) {
			const us_vec low_or_high = us_select(m < 0.5f, out[LOW][i], out[HIGH][i]);
			const us_vec band_or_notch = us_select(m < 2.5f, out[BAND][i], out[NOTCH][i]);
			out[OUT][i] = us_select(m < 1.5f, low_or_high, band_or_notch);
		}
		return;
	}
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec response[US_CHOICES] = {out[LOW][i], out[HIGH][i], out[BAND][i], out[NOTCH][i]};
		us_choose(&s->mode, mode[i], b);
		out[OUT][i] = us_chosen(&s->mode, response);
	}
}

US_REALTIME static us_vec damping(us_vec resonance)
{
	return 1.41421356f - 1.39421356f * us_clamp(resonance, 0, 1); /* Butterworth at 0, Q = 50 at 1 */
}

US_REALTIME static void process_all(struct filter *s, const us_vec *const in[], us_vec *const out[],
                                    const struct us_block *b)
{
	us_vec factor = per_hz(in[PITCH][0], b);
	struct coefficients t = tune(in[CUTOFF][0], factor, damping(in[RESONANCE][0]));
	const int steady = us_is_constant(b, PITCH) && us_is_constant(b, CUTOFF) && us_is_constant(b, RESONANCE);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, PITCH))
			factor = per_hz(in[PITCH][i], b);
		if (!steady)
			t = tune(in[CUTOFF][i], factor, damping(in[RESONANCE][i]));
		filter_frame(s, &t, us_bound(in[IN][i]), out, i);
	}
	choose(s, in[MODE], out, b);
}

/* The usual case: nobody hears but one low-pass, and only the cutoff moves. */
US_REALTIME static void process_low(struct filter *s, const us_vec *const in[], us_vec *to, const struct us_block *b)
{
	const us_vec factor = per_hz(in[PITCH][0], b), k = damping(in[RESONANCE][0]);
	struct coefficients t = tune(in[CUTOFF][0], factor, k);
	if (us_is_constant(b, CUTOFF)) {
		for (int i = 0; i < US_BLOCK; i++)
			to[i] = step(s, &t, us_bound(in[IN][i])).b;
		return;
	}
	struct tuning now = begin(in[CUTOFF][0], factor, k), next = begin(in[CUTOFF][AHEAD - 1], factor, k);
	for (int i = 0; i < US_BLOCK; i++) {
		const struct tuning later = begin(in[CUTOFF][i + AHEAD < US_BLOCK ? i + AHEAD : 0], factor, k);
		t = finish(now, k);
		to[i] = step(s, &t, us_bound(in[IN][i])).b;
		now = next;
		next = later;
	}
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct filter s = *(struct filter *)state;
	const int low = us_is_constant(b, MODE) && !us_any(in[MODE][0] > 0.5f) && us_is_chosen(&s.mode, in[MODE][0]);
	const int lone = us_is_unread(b, HIGH) && us_is_unread(b, BAND) && us_is_unread(b, NOTCH) &&
	                 (us_is_unread(b, LOW) || (us_is_unread(b, OUT) && low)) && (us_is_unread(b, OUT) || low);
	if (lone && us_is_constant(b, PITCH) && us_is_constant(b, RESONANCE))
		process_low(&s, in, us_is_unread(b, LOW) ? out[OUT] : out[LOW], b);
	else
		process_all(&s, in, out, b);
	*(struct filter *)state = s;
}

US_MODULE(
    filter, "state-variable filter: low, high, band, notch; 12 dB per octave",
    .also = "biquad_filter|biquad|svf|vcf|lpf|rlpf|hpf mode=high|rhpf mode=high|"
	    "bpf mode=band|notch_filter mode=notch|bandreject mode=notch",
    .help = "The clean all-rounder. At res 0 it is flat (Butterworth), at 1 it rings for long but never\n"
	    "by itself. cutoff is where low and high are 3 dB down, right within 1 % up to 15 kHz. cutoff, pitch\n"
	    "and res may be moved at audio rate as wildly as you like: it cannot become unstable.\n"
	    "out is the response chosen by mode, which changes without a click; the four others are always there for\n"
	    "their own cables.\n"
	    "Plug an envelope into cutoff with an amount in Hz, or into pitch with an amount in octaves, which\n"
	    "tracks the keyboard. The cutoff rests at 1 kHz and not at c4, so that a sound passes: say cutoff=c4 and\n"
	    "pitch is in tune. Source: Zavalishin 2012, Simper 2013 (trapezoidal integrators).",
    .version = 2, .flags = US_THROUGH, .state_size = sizeof(struct filter), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio to filter", .also = "input"},
               [CUTOFF] = {"cutoff", US_HZ, 1000, 10, 20000, US_EXP, "corner or centre frequency",
                           .also = "freq|frequency|corner"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to cutoff, in octaves (1 V/oct)"},
               [RESONANCE] = {"res", US_RATIO, 0.2f, 0, 1, US_LIN, "emphasis at the cutoff",
                              .also = "q|resonance|reso"},
               [MODE] = {"mode", US_CHOICE, 0, 0, 3, US_STEP, "what out gives", "low|high|band|notch", .also = "type"}},
    .outputs = {[OUT] = {"out", "the response chosen by mode"},
                [LOW] = {"low", "below the cutoff"},
                [HIGH] = {"high", "above the cutoff"},
                [BAND] = {"band", "around the cutoff, peak gain 1"},
                [NOTCH] = {"notch", "all but the cutoff"}});
