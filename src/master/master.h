/* master.h — the last stage of the engine: limiter, then meters of what is heard. Its state is part of the arena, so it
 * goes on the same in every replica. Gain and fades come before it (see mix_down in the engine).
 *
 * Called by the engine only; the figures are read by whoever shows them. [rt] as in limiter.h. */
#ifndef US_MASTER_H
#define US_MASTER_H

#include "loudness.h"

#include <understudy/limiter.h>
#include <understudy/meters.h>

struct us_master_rate { /* derived */
	struct us_peak_filter filter;
	struct us_limiter_rate limiter;
	struct us_loudness_rate loudness;
	uint32_t recent_frames;
};

struct us_master {
	struct us_limiter limiter;
	struct us_peak_history history; /* of what is heard */
	float peak, true_peak;          /* since the last reset, linear */
	float recent, recent_before;    /* highest sample of this and the last 0.1 s */
	float lowest, lowest_before;    /* gain of the limiter, likewise */
	uint32_t recent_frames;
	uint32_t pad;
	uint64_t clips; /* samples cut off at ±1 since the last reset: only with the limiter off */
	struct us_loudness loudness;
};

/* [setup] */
void us_master_rate_make(struct us_master_rate *rate, float frames_per_second);
/* [rt] As at the start: nothing heard. Whether the limiter is on stays as it is. */
US_REALTIME void us_master_begin(struct us_master *master);
/* [rt] The meters start anew; the sound does not notice. */
US_REALTIME void us_master_reset_meters(struct us_master *master);
/* [rt] In place, one block late; what comes out is within ±1. */
US_REALTIME void us_master_block(struct us_master *master, const struct us_master_rate *rate,
                                 float block[US_BLOCK * US_CHANNELS]);
/* [any] */
void us_master_read(const struct us_master *master, const struct us_master_rate *rate, struct us_meters *meters);
/* Of a checkpoint. */
bool us_master_is_valid(const struct us_master *master, const struct us_master_rate *rate);

#endif
