/* loudness_rt.c — the part of loudness.h that runs in each block. */
#include "loudness.h"

#include <string.h>

void us_loudness_reset(struct us_loudness *l)
{
	double z[US_CHANNELS][2][2];
	memcpy(z, l->z, sizeof z);
	memset(l, 0, sizeof *l);
	memcpy(l->z, z, sizeof z);
}

static double filter(const struct us_biquad_tap *t, double z[2], double x)
{
	const double y = t->b0 * x + z[0];
	z[0] = t->b1 * x - t->a1 * y + z[1];
	z[1] = t->b2 * x - t->a2 * y;
	return y;
}

/* A gating block ends with each slice. Its bin is found by halving: no logarithm in a block. */
static void count_block(struct us_loudness *l, const struct us_loudness_rate *rate)
{
	double power = 0;
	if (l->slices < US_LOUDNESS_MOMENTARY)
		return;
	for (uint32_t i = 1; i <= US_LOUDNESS_MOMENTARY; i++)
		power += l->slice[(l->at + US_LOUDNESS_SLICES - i) % US_LOUDNESS_SLICES];
	power /= US_LOUDNESS_MOMENTARY;
	uint32_t low = 0, high = US_LOUDNESS_BINS; /* power_of_bin is the middle of a bin */
	const double half_bin = 0.988553094656939; /* -0.05 LU */
	if (power < rate->power_of_bin[0] * half_bin)
		return; /* the absolute gate */
	while (high - low > 1) {
		const uint32_t middle = (low + high) / 2;
		if (power < rate->power_of_bin[middle] * half_bin)
			high = middle;
		else
			low = middle;
	}
	l->count[low] += l->count[low] < UINT32_MAX;
}

static void end_slice(struct us_loudness *l, const struct us_loudness_rate *rate)
{
	l->slice[l->at] = l->sum / rate->slice_frames;
	l->at = (l->at + 1) % US_LOUDNESS_SLICES;
	l->slices += l->slices < US_LOUDNESS_SLICES;
	l->sum = 0;
	l->frames = 0;
	count_block(l, rate);
}

void us_loudness_block(struct us_loudness *l, const struct us_loudness_rate *rate,
                       const float in[US_BLOCK * US_CHANNELS])
{
	for (uint32_t i = 0; i < US_BLOCK; i++) {
		for (uint32_t c = 0; c < US_CHANNELS; c++) {
			const double x = filter(&rate->shelf, l->z[c][0], (double)in[i * US_CHANNELS + c]);
			const double y = filter(&rate->high_pass, l->z[c][1], x);
			l->sum += y * y;
		}
		if (++l->frames >= rate->slice_frames)
			end_slice(l, rate);
	}
}
