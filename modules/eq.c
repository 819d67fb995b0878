/* eq — two shelves and two bells. Each band is a state variable filter whose responses are mixed with the input:
 * Simper, Solving the Continuous SVF Equations Using Trapezoidal Integration, 2013.
 *
 * As in filter.c no modulation makes it unstable: only g and the damping move, and both stay positive. A band at 0 dB
 * adds exactly nothing. */
#include <understudy/dsp.h>

enum { IN, LOW_FREQ, LOW, FREQ1, GAIN1, Q1, FREQ2, GAIN2, Q2, HIGH_FREQ, HIGH };
enum shape { LOW_SHELF, BELL, HIGH_SHELF };
#define FLAT_Q 0.70710678f

static const struct band {
	enum shape shape;
	int freq, gain, q; /* inputs; q 0: a shelf has none */
} bands[] = {{LOW_SHELF, LOW_FREQ, LOW, 0},
             {BELL, FREQ1, GAIN1, Q1},
             {BELL, FREQ2, GAIN2, Q2},
             {HIGH_SHELF, HIGH_FREQ, HIGH, 0}};
enum { BANDS = sizeof bands / sizeof bands[0] };

struct eq {
	struct integrators {
		us_vec first, second;
	} band[BANDS];
};

/* y = in_part x + band_part v1 + low_part v2, where v1 and v2 are what the two integrators give. */
struct tuning {
	us_vec g, k, scale, in_part, band_part, low_part;
};

US_REALTIME static struct tuning tune(const struct band *band, const us_vec *const in[], int i,
                                      const struct us_block *b)
{
	/* the root of the amplitude, so that boost and cut are mirror images */
	const us_vec A = us_db_to_gain(0.5f * us_clamp(in[band->gain][i], -48, 48)), A2 = A * A;
	const us_vec at = us_max(in[band->freq][i] * b->seconds_per_frame, us_splat(1e-5f));
	us_vec g = us_tan_prewarp(at), k = us_splat(1 / FLAT_Q), none = us_splat(0);
	struct tuning t = {.in_part = us_splat(1)};
	switch (band->shape) {
	case LOW_SHELF:
		g /= us_sqrt(A);
		t.band_part = k * (A - 1), t.low_part = A2 - 1;
		break;
	case BELL:
		k = 1 / (us_clamp(in[band->q][i], 0.05f, 100) * A);
		t.band_part = k * (A2 - 1), t.low_part = none;
		break;
	case HIGH_SHELF:
		g *= us_sqrt(A);
		t.in_part = A2, t.band_part = k * (1 - A) * A, t.low_part = 1 - A2;
		break;
	}
	t.g = g, t.k = k, t.scale = 1 / (1 + g * (g + k));
	return t;
}

US_REALTIME static us_vec band_frame(struct integrators *s, const struct tuning *t, us_vec x)
{
	const us_vec v1 = t->scale * (s->first + t->g * (x - s->second)), v2 = s->second + t->g * v1;
	s->first = 2 * v1 - s->first;
	s->second = 2 * v2 - s->second;
	return t->in_part * x + t->band_part * v1 + t->low_part * v2;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct eq *s = state;
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = us_bound(in[IN][i]);
	for (int n = 0; n < BANDS; n++) {
		const struct band *band = &bands[n];
		const int steady = us_is_constant(b, band->freq) && us_is_constant(b, band->gain) &&
		                   (band->shape != BELL || us_is_constant(b, band->q));
		struct integrators stored = s->band[n];
		struct tuning t = tune(band, in, 0, b);
		for (int i = 0; i < US_BLOCK; i++) {
			if (!steady)
				t = tune(band, in, i, b);
			out[0][i] = us_bound(band_frame(&stored, &t, out[0][i]));
		}
		stored.first = us_bound(stored.first), stored.second = us_bound(stored.second);
		s->band[n] = stored;
	}
}

US_MODULE(
    eq, "equalizer: two shelves and two bells", .also = "equalizer|parametric_eq",
    .help = "low and high are shelves: everything below low_freq, or above high_freq, louder or softer; the named\n"
	    "frequency is half way. gain1 and gain2 are bells, as narrow as q says; at its centre a bell has exactly\n"
	    "the gain that it says. Cut before you boost. All of it may be moved at audio rate: an lfo in freq1 with\n"
	    "12 dB and q 4 is a wah. At 0 dB everywhere the sound passes untouched. Source: Simper 2013.",
    .flags = US_THROUGH, .state_size = sizeof(struct eq), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio", .also = "input"},
               [LOW_FREQ] = {"low_freq", US_HZ, 120, 10, 20000, US_EXP, "half way of the low shelf"},
               [LOW] = {"low", US_DB, 0, -24, 24, US_LIN, "gain below"},
               [FREQ1] = {"freq1", US_HZ, 500, 10, 20000, US_EXP, "centre of the first bell"},
               [GAIN1] = {"gain1", US_DB, 0, -24, 24, US_LIN, "its gain"},
               [Q1] = {"q1", US_RATIO, 1, 0.1f, 30, US_EXP, "how narrow it is"},
               [FREQ2] = {"freq2", US_HZ, 2500, 10, 20000, US_EXP, "centre of the second bell"},
               [GAIN2] = {"gain2", US_DB, 0, -24, 24, US_LIN, "its gain"},
               [Q2] = {"q2", US_RATIO, 1, 0.1f, 30, US_EXP, "how narrow it is"},
               [HIGH_FREQ] = {"high_freq", US_HZ, 6000, 10, 20000, US_EXP, "half way of the high shelf"},
               [HIGH] = {"high", US_DB, 0, -24, 24, US_LIN, "gain above"}},
    .outputs = {{"out", "in, with another balance"}});
