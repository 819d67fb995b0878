/* arena.h — how large the arena of a session is. The supervisor writes it down for all of its engines, render goes by
 * it too, and a log says what it was: the same edit is accepted or refused everywhere. */
#ifndef UNDERSTUDY_ARENA_H
#define UNDERSTUDY_ARENA_H

#include <stdint.h>

/* At 48 kHz two full patches fit, the one that goes beside the one that comes. Delay lines are as long as the rate is
 * high, so the arena follows it in steps of 48 kHz. */
static inline uint64_t us_arena_bytes(uint32_t rate)
{
	enum { AT_48000 = 8 << 20 };
	return (uint64_t)AT_48000 * (rate <= 48000 ? 1 : (rate + 47999) / 48000);
}

#endif
