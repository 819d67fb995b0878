/* limiter.c — the limiter's time constants at a rate. */
#include <understudy/limiter.h>

#define HOLD_SECONDS 0.020
#define RELEASE_SECONDS 0.100

void us_limiter_rate_make(struct us_limiter_rate *rate, float frames_per_second)
{
	rate->hold_frames = (uint32_t)(HOLD_SECONDS * (double)frames_per_second);
	if (rate->hold_frames < US_LIMITER_RAMP)
		rate->hold_frames = US_LIMITER_RAMP; /* else a peak could pass before its reduction is there */
	rate->release = (float)(1 / (RELEASE_SECONDS * (double)frames_per_second));
}
