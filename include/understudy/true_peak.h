/* true_peak.h — how high a sampled signal goes between its samples: eight-fold interpolation by a windowed sinc of
 * 32 samples (ITU-R BS.1770-4, annex 2, with a longer filter). Flat within 0.03 dB up to 0.45 of the rate; between two
 * interpolated points at that frequency 0.14 dB can be missed. Used by the limiter and by the meters.
 *
 * [rt] functions neither allocate nor call anything. The state is plain bytes: it is part of the engine's arena. */
#ifndef US_TRUE_PEAK_H
#define US_TRUE_PEAK_H

#include <stdbool.h>
#include <understudy/module.h>

enum {
	US_PEAK_TAPS = 32,
	US_PEAK_DELAY = US_PEAK_TAPS / 2, /* frames from a sample's arrival until what follows it is known */
};

/* Derived, the same for all rates. */
struct us_peak_filter {
	us_vec tap[US_PEAK_TAPS]; /* lane p: the filter for p eighths of a sample */
	float gain;               /* no interpolated point is higher than so many times the highest sample */
};
_Static_assert(US_LANES == 8, "a lane for each eighth");

struct us_peak_history {
	float past[US_CHANNELS][US_PEAK_TAPS - 1]; /* the samples before this block, oldest first */
	float highest;                             /* of them, absolute */
};

/* [setup] */
void us_peak_filter_make(struct us_peak_filter *filter);

/* [rt] For each frame i of the block, in peak[i]: the highest absolute value of any channel from US_PEAK_DELAY frames
 * before frame i up to the next frame, at steps of an eighth. Where nothing can be above `floor` it returns false and
 * leaves `peak` alone. `in` is interleaved and finite. */
US_REALTIME bool us_peak_block(const struct us_peak_filter *filter, struct us_peak_history *history,
                               const float in[US_BLOCK * US_CHANNELS], float floor, float peak[US_BLOCK]);

#endif
