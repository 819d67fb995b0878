/* dsp.h — lane maths for modules: small inline functions over us_vec, eight lanes at once.
 *
 * For modules, and for tests of modules. Everything here is plain arithmetic in a fixed order, so the same source gives
 * the same bits with gcc and clang, with and without AVX, as long as the compiler keeps off fused multiply-adds
 * (-ffp-contract=off) and -ffast-math. That is why no reciprocal estimate and no libm function is used: their bits
 * differ between processors and libraries. "Error" is what tests/unit/test_dsp.c measures; polynomials without a
 * named source are near-minimax fits made for this file (Lawson's reweighted least squares).
 *
 * What the lanes themselves can do is in lanes.h. */
#ifndef UNDERSTUDY_DSP_H
#define UNDERSTUDY_DSP_H

#include <understudy/lanes.h>
#include <understudy/pitch.h>

/* --- stereo, for modules after the mixdown ------------------------------------------------------------ */

/* Left in the even lanes, right in the odd ones: lanes 0 and 1 are heard, and whoever reads another lane is not deaf.
 */
static inline us_vec us_stereo(float left, float right)
{
#if US_FORM_LANES == 16
	return (us_vec){left, right, left, right, left, right, left, right,
	                left, right, left, right, left, right, left, right};
#else
	return (us_vec){left, right, left, right, left, right, left, right};
#endif
}

/* The same from and to a line in memory that holds two floats a frame. */
static inline us_vec us_load_stereo(const float frame[US_CHANNELS])
{
	typedef double pairs __attribute__((vector_size(sizeof(us_vec))));
	double both;
	__builtin_memcpy(&both, frame, sizeof both);
#if US_FORM_LANES == 16
	return (us_vec)(pairs){both, both, both, both, both, both, both, both};
#else
	return (us_vec)(pairs){both, both, both, both};
#endif
}

static inline void us_store_stereo(float frame[US_CHANNELS], us_vec x)
{
	__builtin_memcpy(frame, &x, sizeof(float[US_CHANNELS]));
}

/* Between b (f = 0) and c (f = 1), with a before and d after them: Catmull and Rom's cubic, 1974. */
static inline us_vec us_between(us_vec a, us_vec b, us_vec c, us_vec d, us_vec f)
{
	us_vec slope = 0.5f * (c - a), bend = a - 2.5f * b + 2 * c - 0.5f * d, twist = 0.5f * (d - a) + 1.5f * (b - c);
	return b + f * (slope + f * (bend + f * twist));
}

/* What belongs to a moment of the song belongs to the first frame that is not before it. So much of a frame is
 * forgiven to rounding. */
#define US_BEAT_SLACK 1e-4

/* What is left behind the point, never rounded up: a moment does not come before its time. */
static inline float us_part(double x)
{
	const double part = x - __builtin_floor(x);
	const float near = (float)part;
	return (double)near > part ? near - near * 0x1p-24f : near;
}
/* Place in a cycle of `beats` quarter notes that is locked to the song, in frame i: 0 <= result < 1. In double
 * precision, because after an hour a float no longer knows the beat. beats must be above 0. */
static inline us_vec us_song_phase(us_vec beats, int i, const struct us_block *b)
{
	const double beat = b->beat + b->beat_step * (i + US_BEAT_SLACK);
	us_vec at;
	if (!us_any(beats != beats[0])) /* nearly always */
		return us_splat(us_part(beat / (double)beats[0]));
	for (int l = 0; l < US_LANES; l++)
		at[l] = us_part(beat / (double)beats[l]);
	return at;
}

/* Where a gate or trigger has just gone up; `was_on` is the only state. */
static inline us_ivec us_rise(us_ivec *was_on, us_vec x)
{
	const us_ivec on = x > 0.5f, rise = on & ~*was_on;
	*was_on = on;
	return rise;
}

/* Which of `steps` places: one further at each clock, the first one after a reset, plus `offset`. */
struct us_stepper {
	us_vec step;       /* where the clock has come to, from 0 */
	us_ivec was_clock; /* masks */
	us_ivec was_reset;
};
static inline us_vec us_step(struct us_stepper *s, us_vec clock, us_vec reset, us_vec steps, us_vec offset)
{
	const us_ivec tick = us_rise(&s->was_clock, clock), back = us_rise(&s->was_reset, reset);
	s->step = us_select(tick, s->step + 1, s->step);
	s->step = us_select((s->step >= steps) | back, us_splat(0), s->step);
	const us_vec sum = s->step + offset;
	return sum - steps * us_floor((sum + 0.5f) / steps); /* whole numbers: the half keeps away from the borders */
}

/* --- functions -------------------------------------------------------------------------------------- */

/* 2^x for x clamped to -126..127; exact for whole x. Relative error below 2e-7. */
static inline us_vec us_exp2(us_vec x)
{
	us_vec in = us_clamp(x, -126, 127), whole = us_round(in), f = in - whole;
	us_vec p =
	    1 + f * (0.69314698f + f * (0.24022246f + f * (0.055507306f + f * (0.0096712723f + f * 0.0013265135f))));
	return p * (us_vec)((us_to_int(whole) + 127) << 23);
}

/* log2(x); x below 1.2e-38 counts as 1.2e-38. Exact for powers of two; error below 3e-7, or 1e-7 of a larger result. */
static inline us_vec us_log2(us_vec x)
{
	us_ivec bits = (us_ivec)us_max(x, us_splat(0x1p-126f));
	us_ivec exponent = (bits - 0x3f3504f3) >> 23; /* mantissa from sqrt(1/2) to sqrt(2) */
	us_vec m = (us_vec)((us_uvec)bits - ((us_uvec)exponent << 23));
	us_vec s = (m - 1) / (m + 1), q = s * s;
	return us_to_float(exponent) + s * (2.88539008f + q * (0.96179883f + q * (0.57671608f + q * 0.43168979f)));
}

/* sin(2πr) for a quarter turn either way, -1/4 <= r <= 1/4. Error below 1.5e-7. */
static inline us_vec us_sin_quarter(us_vec r)
{
	us_vec q = r * r;
	return r * (6.28318527f + q * (-41.3416777f + q * (81.6022532f + q * (-76.5756201f + q * 39.7164819f))));
}

/* sin(2πx), x in cycles, any size. Error below 2.5e-7, and what rounding x costs. */
static inline us_vec us_sin_cycles(us_vec x)
{
	us_vec r = us_clamp(x - us_round(x), -0.5f, 0.5f);
	us_vec folded = us_select(r < 0, us_splat(-0.5f), us_splat(0.5f)) - r;
	return us_sin_quarter(us_select(us_abs(r) > 0.25f, folded, r));
}

/* sin of an integer phase. Error below 2.5e-7. */
static inline us_vec us_sin_phase(us_uvec phase)
{
	us_uvec fold = (us_uvec)((us_ivec)(phase ^ (phase << 1)) >> 31); /* set in the second and third quarter */
	us_uvec folded = (phase ^ fold) + (fold & 0x80000001u);          /* half a turn minus the phase */
	return us_sin_quarter(us_to_float((us_ivec)folded) * 0x1p-32f);
}

/* tan(πx) as a fraction, for x = frequency / rate, clamped to 0..0.49: what a filter needs to bend its frequency so
 * that its cutoff is exact (bilinear transform). Two numbers because a division by one can often be spared; only their
 * ratio means something: they are scaled so that no coefficient is left to multiply with but US_PREWARP, which a filter
 * can put into what it multiplies a frequency with anyway. */
struct us_tangent {
	us_vec above, below;
};
#define US_PREWARP 0.329155623f
static inline struct us_tangent us_prewarp_scaled(us_vec c) /* US_PREWARP times 0 to 0.49 already */
{
	const us_vec q = c * c;
	return (struct us_tangent){c * (0.113165916f - q), q * (q - 0.464828697f) + 0.0118568032f};
}

static inline struct us_tangent us_prewarp(us_vec x)
{
	return us_prewarp_scaled(us_clamp(x, 0, 0.49f) * US_PREWARP);
}

/* The same divided: relative error below 2e-6 up to x = 0.32, 1e-4 at 0.49. */
static inline us_vec us_tan_prewarp(us_vec x)
{
	struct us_tangent t = us_prewarp(x);
	return t.above / t.below;
}

/* tanh(x): Lambert's continued fraction of 1770, seven levels deep. Error below 1e-4, below 2e-6 for |x| <= 3; odd,
 * monotone, never beyond ±1. */
static inline us_vec us_tanh(us_vec x)
{
	us_vec c = us_clamp(x, -4.97f, 4.97f), q = c * c;
	us_vec above = c * (135135 + q * (17325 + q * (378 + q)));
	us_vec below = 135135 + q * (62370 + q * (3150 + q * 28));
	return us_clamp(above / below, -1, 1);
}

/* 10^(db/20); 0 dB is exactly 1. Relative error below 1e-6 within ±120 dB. */
static inline us_vec us_db_to_gain(us_vec db)
{
	return us_exp2(db * 0.166096405f);
}

/* Factor per frame that takes a level down by 60 dB in `ms`: what a drum fades with. */
static inline us_vec us_fade(us_vec ms, float rate)
{
	return us_exp2(-9.9657843f / us_max(us_clamp(ms, 0.1f, 1e6f) * (0.001f * rate), us_splat(1)));
}

/* The pole of a low-pass for a knob that says what lies above fades sooner: at the top of its range, 20 kHz, nothing
 * does. */
static inline us_vec us_opened(us_vec hz)
{
	const us_vec x = us_clamp(hz, 0, 20000) * (1 / 20000.f), square = x * x;
	return hz / us_max(1 - square * square, us_splat(1e-6f));
}

/* A filter of two poles that may be moved in any frame: Zavalishin's state variable filter as solved by Simper, Solving
 * the Continuous SVF Equations, 2013. x is frequency / rate; band has a peak of 0 dB. */
struct us_svf {
	us_vec first, second;
};
struct us_svf_knobs {
	us_vec g, k, scale;
};
struct us_svf_bands {
	us_vec low, band, high;
};
static inline struct us_svf_knobs us_svf_tune(us_vec x, float q)
{
	const us_vec g = us_tan_prewarp(x), k = us_splat(1 / q);
	return (struct us_svf_knobs){g, k, 1 / (1 + g * (g + k))};
}
static inline struct us_svf_bands us_svf_frame(struct us_svf *s, struct us_svf_knobs t, us_vec in)
{
	const us_vec band = t.scale * (s->first + t.g * (in - s->second)), low = s->second + t.g * band;
	s->first = 2 * band - s->first;
	s->second = 2 * low - s->second;
	return (struct us_svf_bands){low, t.k * band, in - t.k * band - low};
}

/* What to subtract from a falling step of height 2 at phase 0 (a naive saw) so that it aliases less: the two-sample
 * polynomial residual of Välimäki and Huovilainen, IEEE SPM 24(2), 2007. `phase` in 0..1 cycles, 0 < step < 1/2 cycles
 * per frame. Cheap and good below 1 kHz; blep.h is the better and costs more. */
static inline us_vec us_polyblep(us_vec phase, us_vec step)
{
	us_vec after = us_max(1 - phase / step, us_splat(0)), before = us_max(1 - (1 - phase) / step, us_splat(0));
	return before * before - after * after;
}

/* --- chance ----------------------------------------------------------------------------------------- */

/* A number that looks random, from one that counts: Appleby's MurmurHash3 finaliser. Bits equal everywhere. */
static inline us_uvec us_scramble(us_uvec x)
{
	x = (x ^ (x >> 16)) * 0x85ebca6bu;
	x = (x ^ (x >> 13)) * 0xc2b2ae35u;
	return x ^ (x >> 16);
}

/* A different start for every lane, from us_setup.seed. The next group's seed is US_SEED_STEP further for each lane of
 * this one, so that it does not matter how many lanes a group has. */
#define US_SEED_STEP 0x9e3779b9u
static inline us_uvec us_seed_lanes(uint32_t seed)
{
	return us_scramble(us_lane_counts() * US_SEED_STEP + seed);
}

/* The same for what is heard alike on both sides unless it has voices (US_SEEDED): a mono instance draws the chances of
 * its first voice in all lanes. `salt` tells several streams of one instance apart. */
static inline us_uvec us_seed_voices(const struct us_setup *setup, uint32_t salt)
{
	const us_uvec apart = us_seed_lanes(setup->seed + salt);
	return setup->mono ? (us_uvec){0} + apart[0] : apart;
}

/* The next of a stream of 2^32 evenly spread numbers, -1 <= result < 1. `counter` is the only state. */
#define US_RANDOM_STEP 0x9e3779b9u
static inline us_vec us_random(us_uvec *counter)
{
	*counter += US_RANDOM_STEP;
	return us_to_float((us_ivec)us_scramble(*counter)) * 0x1p-31f;
}

/* Noise that is heard alike at every sample rate: a new number 44,100 to 66,150 times a second, held in between. White
 * at the rates up to there; at 96 and 192 kHz 0.6 dB less at 10 kHz, 2.6 dB less at 20 kHz. */
static inline uint32_t us_hiss_hold(float rate)
{
	return rate < 66150 ? 1 : (uint32_t)(rate * (1 / 48000.f) + 0.5f);
}
static inline int us_hiss_is_new(uint32_t hold, int i, const struct us_block *b)
{
	return hold == 1 || (b->frame + (uint64_t)i) % hold == 0;
}
static inline us_vec us_hiss(us_uvec *counter, uint32_t hold, int i, const struct us_block *b)
{
	*counter -= us_hiss_is_new(hold, i, b) ? 0 : US_RANDOM_STEP;
	return us_random(counter);
}

#include <understudy/blep.h>
#include <understudy/unclick.h>

#endif
