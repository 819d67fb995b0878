/* float_mode.h — the processor's floating-point mode. Denormals count as zero (a decaying tail of them costs 68
 * times as much), and rounding is to nearest: the same bits everywhere. [rt] */
#ifndef US_FLOAT_MODE_H
#define US_FLOAT_MODE_H

#include <stdbool.h>
#include <stdint.h>
#include <understudy/module.h>

struct us_float_mode {
	uint64_t word;
};

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
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
/* The lowest six bits only tell what has happened since they were cleared. */
static inline bool us_float_mode_is(struct us_float_mode mode)
{
	return (_mm_getcsr() & ~0x3fu) == (mode.word & ~0x3fu);
}
#elif defined(__aarch64__)
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
static inline bool us_float_mode_is(struct us_float_mode mode)
{
	return us_float_mode_get().word == mode.word;
}
#else
#error "understudy knows the floating-point mode of x86 and aarch64; add this processor's here"
#endif

#endif
