/* limiter.h — for the master stage, and for the module limiter, which is linked with its code: keeps the true peak of a
 * signal below a ceiling, one gain for all channels. It looks one block ahead, holds each reduction for 20 ms (so a
 * bass note's half-waves share one gain and keep their shape), and lets go within some 100 ms. What stays below the
 * ceiling passes bit for bit, one block late; so it does with the limiter off, which is why it can be switched without
 * a click.
 *
 * [rt] The state is plain bytes: it is part of the engine's arena. The gain is counted in whole steps of 2^-30, so that
 * its average is exactly 1 when nothing is reduced. */
#ifndef US_LIMITER_H
#define US_LIMITER_H

#include <stdbool.h>
#include <stdint.h>
#include <understudy/meters.h>
#include <understudy/module.h>
#include <understudy/true_peak.h>

enum {
	US_LIMITER_FRAMES = US_MASTER_FRAMES,                    /* what it delays */
	US_LIMITER_RAMP = US_LIMITER_FRAMES - US_PEAK_DELAY + 1, /* frames in which a reduction comes */
	US_LIMITER_ONE = 1 << 30,
};
#define US_LIMITER_CEILING 0.89125094f /* of the master: -1 dBTP */

struct us_limiter_rate { /* derived */
	uint32_t hold_frames;
	float release; /* part of a reduction that goes in each frame */
};

struct us_limiter {
	struct us_peak_history history;
	float reduction;                   /* what is taken away, before it is smoothed: 1 less the gain */
	uint32_t hold;                     /* frames for which it stays where it is */
	uint32_t off;                      /* 1: nothing is reduced from now on */
	uint32_t at;                       /* the oldest entry of step */
	int64_t sum;                       /* of step */
	int32_t step[US_LIMITER_RAMP + 1]; /* the last gains in steps; the last entry is not used */
	float delayed[US_BLOCK * US_CHANNELS];
};

/* [setup] */
void us_limiter_rate_make(struct us_limiter_rate *rate, float frames_per_second);
/* [rt] */
US_REALTIME void us_limiter_reset(struct us_limiter *limiter);
/* [rt] In place; the block that comes out is the one that went in before. `in` is finite and within ±1,024. `gains` is
 * what each frame was multiplied with; returns the lowest. */
US_REALTIME float us_limiter_block(struct us_limiter *limiter, const struct us_limiter_rate *rate,
                                   const struct us_peak_filter *filter, float ceiling,
                                   float block[US_BLOCK * US_CHANNELS], float gains[US_BLOCK]);
/* Of a checkpoint: can it have been written by the functions above? */
bool us_limiter_is_valid(const struct us_limiter *limiter, const struct us_limiter_rate *rate);

#endif
