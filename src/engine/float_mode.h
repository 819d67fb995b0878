/* float_mode.h — the processor's modes that outlast a call. Floating point: denormals count as zero (a decaying tail of
 * them costs 68 times as much), and rounding is to nearest: the same bits everywhere. [rt] */
#ifndef US_FLOAT_MODE_H
#define US_FLOAT_MODE_H

#include <stdbool.h>
#include <stdint.h>
#include <understudy/module.h>

struct us_float_mode {
	uint64_t word;
};

#if defined(__x86_64__) || defined(__i386__)
#include <emmintrin.h>
/* All exceptions masked, flush to zero (15), denormals are zero (6), round to nearest. */
#define US_FLOAT_MODE ((struct us_float_mode){0x1f80 | 1u << 15 | 1u << 6})
static inline struct us_float_mode us_float_mode_get(void)
{
	return (struct us_float_mode){_mm_getcsr()};
}
static inline void us_float_mode_set(struct us_float_mode mode)
{
	_mm_setcsr((unsigned)mode.word);
}
/* Is it US_FLOAT_MODE? Reading the control word would wait for all arithmetic before it, so this calculates what each
 * other mode would make something else of. Lanes, product then sum: 1 + 3/4 of a unit in the last place (not rounded up
 * when rounding is towards zero or down), the same below zero (up), one that is flushed to zero, one whose first factor
 * is a denormal that counts as zero. The other half overflows, and has no value: with 1 / 0, the inexact sum and the
 * flushed product that is each exception that may be unmasked, so that its signal comes here and now, while the
 * breadcrumb still names who did it, and not in somebody else's division. */
static inline bool us_float_mode_is_ours(void)
{
	__m128 product = _mm_set_ps(0x1p-140f, 0x1p-100f, -1, 1), invalid = _mm_set_ps(0x1p100f, 0, -1, 1),
	       zero = _mm_setzero_ps();
	__asm__ volatile("" : "+x"(product), "+x"(invalid), "+x"(zero)); /* nothing of it is known beforehand */
	product = _mm_mul_ps(product, _mm_set_ps(0x1p100f, 0x1p-40f, 1, 1));
	invalid = _mm_mul_ps(invalid, _mm_set_ps(0x1p100f, __builtin_inff(), 1, 1));
	const __m128 sum = _mm_add_ps(product, _mm_set_ps(0, 0, -0x1.8p-24f, 0x1.8p-24f));
	const __m128 quotient = _mm_div_ss(_mm_set_ss(1), zero);
	const __m128i wrong = _mm_or_si128(
	    _mm_xor_si128(_mm_castps_si128(product), _mm_castps_si128(_mm_set_ps(0, 0, -1, 1))),
	    _mm_xor_si128(_mm_castps_si128(sum), _mm_castps_si128(_mm_set_ps(0, 0, -0x1.000002p0f, 0x1.000002p0f))));
	__asm__ volatile("" : : "x"(invalid), "x"(quotient)); /* calculated all the same */
	return _mm_movemask_epi8(_mm_cmpeq_epi32(wrong, _mm_setzero_si128())) == 0xffff;
}
/* The flags that a function must leave as it found them: with the direction flag set each copy runs backwards, with the
 * alignment check each unaligned access is a fault, in whatever comes next. False: they were not; they are now. */
static inline bool us_flags_restore(void)
{
	enum { DIRECTION = 1 << 10, ALIGNMENT_CHECK = 1 << 18 };
	const unsigned long long flags = __builtin_ia32_readeflags_u64();
	if (!(flags & (DIRECTION | ALIGNMENT_CHECK)))
		return true;
	__builtin_ia32_writeeflags_u64(flags & ~(unsigned long long)(DIRECTION | ALIGNMENT_CHECK));
	return false;
}
#elif defined(__aarch64__)
/* Nothing of the kind is within a module's reach. */
static inline bool us_flags_restore(void)
{
	return true;
}
/* Flush to zero (24), round to nearest. */
#define US_FLOAT_MODE ((struct us_float_mode){1u << 24})
static inline struct us_float_mode us_float_mode_get(void)
{
	uint64_t word;
	__asm__ volatile("mrs %0, fpcr" : "=r"(word));
	return (struct us_float_mode){word};
}
static inline void us_float_mode_set(struct us_float_mode mode)
{
	__asm__ volatile("msr fpcr, %0" : : "r"(mode.word));
}
static inline bool us_float_mode_is_ours(void)
{
	return us_float_mode_get().word == US_FLOAT_MODE.word;
}
#else
#error "understudy knows the floating-point mode of x86 and aarch64; add this processor's here"
#endif

#endif
