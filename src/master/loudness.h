/* loudness.h — loudness in LUFS by ITU-R BS.1770-4 and EBU Tech 3341: momentary (0.4 s), short-term (3 s), integrated
 * (gated, since the last reset). The integrated one comes from a histogram of fixed size with steps of 0.1 LU, so a
 * show may last for days.
 *
 * [rt] functions neither allocate nor call anything. The state is plain bytes: it is part of the engine's arena. */
#ifndef US_LOUDNESS_H
#define US_LOUDNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <understudy/module.h>

enum {
	US_LOUDNESS_SLICES = 30, /* of 0.1 s: short-term */
	US_LOUDNESS_MOMENTARY = 4,
	US_LOUDNESS_BINS = 800, /* of 0.1 LU, from -70 LUFS to +10 */
};
#define US_LOUDNESS_NONE (-200.0f) /* nothing was loud enough to be counted, or not for long enough */

struct us_biquad_tap { /* derived */
	double b0, b1, b2, a1, a2;
};
struct us_loudness_rate {
	struct us_biquad_tap shelf, high_pass; /* the K weighting */
	uint32_t slice_frames;                 /* 0.1 s */
	double power_of_bin[US_LOUDNESS_BINS];
};

struct us_loudness {
	double z[US_CHANNELS][2][2]; /* filter state: shelf, high pass */
	double sum;                  /* of squares, of the slice that is not full yet */
	double slice[US_LOUDNESS_SLICES];
	uint32_t frames; /* in sum */
	uint32_t at;     /* the slice that is the next to be overwritten */
	uint32_t slices; /* full ones, up to US_LOUDNESS_SLICES */
	uint32_t pad;
	uint32_t count[US_LOUDNESS_BINS]; /* gating blocks of 0.4 s, one each 0.1 s */
};

/* [setup] */
void us_loudness_rate_make(struct us_loudness_rate *rate, float frames_per_second);
/* [rt] Forgets all but what the filters hold. */
US_REALTIME void us_loudness_reset(struct us_loudness *loudness);
/* [rt] `in`: interleaved, finite. */
US_REALTIME void us_loudness_block(struct us_loudness *loudness, const struct us_loudness_rate *rate,
                                   const float in[US_BLOCK * US_CHANNELS]);
/* [any] In LUFS, or US_LOUDNESS_NONE. */
float us_loudness_momentary(const struct us_loudness *loudness);
float us_loudness_short_term(const struct us_loudness *loudness);
float us_loudness_integrated(const struct us_loudness *loudness, const struct us_loudness_rate *rate);
/* Of a checkpoint: can it have been written by the functions above? */
bool us_loudness_is_valid(const struct us_loudness *loudness, const struct us_loudness_rate *rate);

#endif
