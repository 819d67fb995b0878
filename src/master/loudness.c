/* loudness.c — the K weighting at any sample rate, and what the slices and the histogram say. */
#include "loudness.h"

#include <math.h>

#define OFFSET (-0.691) /* BS.1770-4: a full-scale 1 kHz sine in one front channel is -3.01 LKFS */
#define FIRST_BIN (-70.0)
#define BIN 0.1
#define RELATIVE_GATE 0.1 /* -10 LU, as power */

static double to_lufs(double power)
{
	return power > 0 ? OFFSET + 10 * log10(power) : (double)US_LOUDNESS_NONE;
}

/* The two filters of BS.1770-4, whose table is for 48 kHz: the analogue prototypes behind it, transformed to this rate.
 */
void us_loudness_rate_make(struct us_loudness_rate *rate, float frames_per_second)
{
	const double pi = 3.14159265358979323846, fs = (double)frames_per_second;
	double k = tan(pi * 1681.974450955533 / fs), q = 0.7071752369554196;
	const double high = pow(10, 3.999843853973347 / 20), band = pow(high, 0.4996667741545416);
	double a0 = 1 + k / q + k * k;
	rate->shelf =
	    (struct us_biquad_tap){(high + band * k / q + k * k) / a0, 2 * (k * k - high) / a0,
	                           (high - band * k / q + k * k) / a0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0};
	k = tan(pi * 38.13547087602444 / fs), q = 0.5003270373238773;
	a0 = 1 + k / q + k * k;
	rate->high_pass = (struct us_biquad_tap){1, -2, 1, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0};
	rate->slice_frames = (uint32_t)lround(fs / 10);
	for (uint32_t i = 0; i < US_LOUDNESS_BINS; i++)
		rate->power_of_bin[i] = pow(10, (FIRST_BIN + (i + 0.5) * BIN - OFFSET) / 10);
}

static float mean_of_last(const struct us_loudness *l, uint32_t slices)
{
	double power = 0;
	if (l->slices < slices)
		return US_LOUDNESS_NONE;
	for (uint32_t i = 1; i <= slices; i++)
		power += l->slice[(l->at + US_LOUDNESS_SLICES - i) % US_LOUDNESS_SLICES];
	return (float)to_lufs(power / slices);
}

float us_loudness_momentary(const struct us_loudness *l)
{
	return mean_of_last(l, US_LOUDNESS_MOMENTARY);
}

float us_loudness_short_term(const struct us_loudness *l)
{
	return mean_of_last(l, US_LOUDNESS_SLICES);
}

/* The mean power of the gating blocks at or above `least`; 0: there is none. */
static double mean_above(const struct us_loudness *l, const struct us_loudness_rate *rate, double least)
{
	double power = 0, blocks = 0;
	for (uint32_t i = 0; i < US_LOUDNESS_BINS; i++)
		if (l->count[i] && rate->power_of_bin[i] >= least) {
			power += rate->power_of_bin[i] * l->count[i];
			blocks += l->count[i];
		}
	return blocks > 0 ? power / blocks : 0;
}

float us_loudness_integrated(const struct us_loudness *l, const struct us_loudness_rate *rate)
{
	const double all = mean_above(l, rate, 0);
	return (float)to_lufs(all > 0 ? mean_above(l, rate, all * RELATIVE_GATE) : 0);
}

bool us_loudness_is_valid(const struct us_loudness *l, const struct us_loudness_rate *rate)
{
	bool valid = l->at < US_LOUDNESS_SLICES && l->slices <= US_LOUDNESS_SLICES && l->frames < rate->slice_frames &&
	             l->sum >= 0 && l->sum < 1e12;
	for (uint32_t i = 0; i < US_LOUDNESS_SLICES; i++)
		valid &= l->slice[i] >= 0 && l->slice[i] < 1e12;
	for (uint32_t c = 0; c < US_CHANNELS; c++)
		for (uint32_t f = 0; f < 2; f++)
			valid &= fabs(l->z[c][f][0]) < 1e9 && fabs(l->z[c][f][1]) < 1e9;
	return valid;
}
