/* lanes.h — vectors of lanes as such: making them, choosing between them, their size, whole numbers and cycles. For
 * modules; included by dsp.h, whose rules for equal bits hold here too.
 *
 * Masks. A comparison of vectors gives an us_ivec of 0 and -1: combine with & | ~, hand it to us_select or us_any. */
#ifndef UNDERSTUDY_LANES_H
#define UNDERSTUDY_LANES_H

#include <understudy/module.h>

#if defined(__AVX512F__) && US_FORM_LANES == 16
#define US_ZMM 1
#include <immintrin.h>
#elif defined(__AVX__) && US_FORM_LANES == 8
#define US_YMM 1
#include <immintrin.h>
#elif defined(__SSE__) && US_FORM_LANES == 8
#define US_XMM 1
#endif

/* --- lanes ------------------------------------------------------------------------------------------ */

static inline us_vec us_splat(float x)
{
	return (us_vec){0} + x;
}

/* Floats from memory, for what has to be gathered lane by lane. */
static inline us_vec us_gathered(const float lanes[US_LANES])
{
	us_vec x;
	__builtin_memcpy(&x, lanes, sizeof x);
	return x;
}

static inline us_vec us_to_float(us_ivec x)
{
	return __builtin_convertvector(x, us_vec);
}

/* Towards zero. Only for |x| < 2^31: processors disagree about the rest. */
static inline us_ivec us_to_int(us_vec x)
{
	return __builtin_convertvector(x, us_ivec);
}

static inline us_uvec us_lane_counts(void)
{
#if US_FORM_LANES == 16
	return (us_uvec){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#else
	return (us_uvec){0, 1, 2, 3, 4, 5, 6, 7};
#endif
}

/* 0, 1, 2 and so on: to treat left and right, or voice and voice, differently. */
static inline us_vec us_lane_numbers(void)
{
	return us_to_float((us_ivec)us_lane_counts());
}

#ifdef US_XMM
/* Two half vectors: what gcc makes of a whole one on a machine without AVX goes lane by lane. */
struct us_halves {
	float __attribute__((vector_size(sizeof(us_vec) / 2))) low, high;
};
static inline struct us_halves us_halves(us_vec x)
{
	struct us_halves h;
	__builtin_memcpy(&h, &x, sizeof h);
	return h;
}
static inline us_vec us_whole(struct us_halves h)
{
	us_vec x;
	__builtin_memcpy(&x, &h, sizeof x);
	return x;
}
#endif

/* mask ? yes : no, lane by lane. */
static inline us_vec us_select(us_ivec mask, us_vec yes, us_vec no)
{
#ifdef US_YMM
	return __builtin_ia32_blendvps256(no, yes, (us_vec)mask);
#else
	return (us_vec)((mask & (us_ivec)yes) | (~mask & (us_ivec)no));
#endif
}

/* True if any lane of a mask is set; only the signs are looked at. */
static inline int us_any(us_ivec mask)
{
#ifdef US_ZMM
	return _mm512_movepi32_mask((__m512i)mask) != 0;
#elif defined(US_YMM)
	return __builtin_ia32_movmskps256((us_vec)mask) != 0;
#elif defined(US_XMM)
	const struct us_halves m = us_halves((us_vec)mask);
	return (__builtin_ia32_movmskps(m.low) | __builtin_ia32_movmskps(m.high)) != 0;
#else
	int32_t any = 0;
	for (int l = 0; l < US_LANES; l++)
		any |= mask[l];
	return any < 0;
#endif
}

/* True if input k holds one vector in the whole block. */
static inline int us_is_constant(const struct us_block *b, int k)
{
	return (int)(b->constant >> k & 1);
}

/* True if nobody reads output o in this block. */
static inline int us_is_unread(const struct us_block *b, int o)
{
	return (int)(b->unread >> o & 1);
}

/* The same vector in every frame, if anybody reads it. */
static inline void us_fill(us_vec out[US_BLOCK], us_vec x, int is_read)
{
	for (int i = 0; i < US_BLOCK && is_read; i++)
		out[i] = x;
}

/* --- size ------------------------------------------------------------------------------------------- */

/* a < b ? a : b. Not a number in a gives b. */
static inline us_vec us_min(us_vec a, us_vec b)
{
#ifdef US_ZMM
	return (us_vec)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(US_YMM)
	return __builtin_ia32_minps256(a, b);
#elif defined(US_XMM)
	const struct us_halves x = us_halves(a), y = us_halves(b);
	return us_whole((struct us_halves){__builtin_ia32_minps(x.low, y.low), __builtin_ia32_minps(x.high, y.high)});
#else
	return us_select(a < b, a, b);
#endif
}

/* a > b ? a : b. Not a number in a gives b. */
static inline us_vec us_max(us_vec a, us_vec b)
{
#ifdef US_ZMM
	return (us_vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(US_YMM)
	return __builtin_ia32_maxps256(a, b);
#elif defined(US_XMM)
	const struct us_halves x = us_halves(a), y = us_halves(b);
	return us_whole((struct us_halves){__builtin_ia32_maxps(x.low, y.low), __builtin_ia32_maxps(x.high, y.high)});
#else
	return us_select(a > b, a, b);
#endif
}

/* Not a number gives the lower limit. */
static inline us_vec us_clamp(us_vec x, float low, float high)
{
	return us_min(us_max(x, us_splat(low)), us_splat(high));
}

/* The same for limits above 0, where numbers are ordered as their bits are: whole numbers are compared sooner. */
static inline us_vec us_clamp_above_0(us_vec x, float low, float high)
{
#ifdef US_ZMM
	return (us_vec)_mm512_min_epi32(_mm512_max_epi32((__m512i)x, (__m512i)us_splat(low)), (__m512i)us_splat(high));
#elif defined(US_YMM) && defined(__AVX2__)
	return (us_vec)_mm256_min_epi32(_mm256_max_epi32((__m256i)x, (__m256i)us_splat(low)), (__m256i)us_splat(high));
#else
	return us_clamp(x, low, high);
#endif
}

/* Far above anything musical, far below overflow: what multiplies or feeds back keeps within it. A patch may howl, but
 * it never produces infinity, so it is never taken for a broken module. */
#define US_LOUDEST 1e9f
static inline us_vec us_bound(us_vec x)
{
#if defined(US_ZMM) && defined(__AVX512DQ__) /* the smaller magnitude, the first one's sign */
	return (us_vec)_mm512_range_ps((__m512)x, (__m512)us_splat(US_LOUDEST), 2);
#elif defined(US_YMM) && defined(__AVX512DQ__) && defined(__AVX512VL__)
	return _mm256_range_ps(x, us_splat(US_LOUDEST), 2);
#else
	return us_clamp(x, -US_LOUDEST, US_LOUDEST);
#endif
}

static inline us_vec us_abs(us_vec x)
{
	return (us_vec)((us_ivec)x & 0x7fffffff);
}

/* The correctly rounded square root; 0 for negative numbers. */
static inline us_vec us_sqrt(us_vec x)
{
	us_vec root = us_max(x, us_splat(0));
	for (int l = 0; l < US_LANES; l++)
		root[l] = __builtin_sqrtf(root[l]);
	return root;
}

/* --- whole numbers and cycles ------------------------------------------------------------------------ */

/* To the nearest whole number, halves to even, exact for |x| <= 2^22; beyond that within 1 of x. */
static inline us_vec us_round(us_vec x)
{
	const float shift = 0x1.8p23f; /* has no room for a fraction */
	return (x + shift) - shift;
}

/* Exact for |x| <= 2^22. */
static inline us_vec us_floor(us_vec x)
{
	us_vec near = us_round(x);
	return near - us_select(near > x, us_splat(1), us_splat(0));
}

/* The part of a number of cycles that counts: 0 <= result < 1, for |x| <= 2^22. */
static inline us_vec us_wrap(us_vec x)
{
	us_vec part = x - us_floor(x);
	return us_select(part < 1, part, us_splat(0));
}

/* A phase as a 32-bit integer wraps by itself and never drifts: 2^32 is one cycle. From cycles per frame, |x| clamped
 * below one half. The step is right to half a unit or a float's precision, so a pitch above 20 Hz is right within
 * 0.0005 cent. */
static inline us_uvec us_phase_step(us_vec cycles)
{
	us_vec x = us_clamp(cycles, -0.4999f, 0.4999f) * 0x1p32f;
	return (us_uvec)us_to_int(us_select(us_abs(x) < 0x1p22f, us_round(x), x));
}

/* A phase offset in cycles, any size. */
static inline us_uvec us_phase(us_vec cycles)
{
	us_vec half = us_clamp(cycles - us_round(cycles), -0.5f, 0.49999997f);
	return (us_uvec)us_to_int(half * 0x1p32f);
}

#endif
