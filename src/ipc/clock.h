/* clock.h — monotonic time. [rt] through the vDSO. Only for waiting, measuring and people: no sound depends on it. */
#ifndef US_CLOCK_H
#define US_CLOCK_H

#include <stdint.h>
#include <time.h>

#ifdef US_POINTS /* the simulation has a time of its own */
uint64_t us_now_ns(void);
#else
static inline uint64_t us_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
#endif

#endif
