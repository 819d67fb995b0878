/* true_peak_rt.c — see true_peak.h. */
#include <string.h>
#include <understudy/true_peak.h>

static float magnitude(float x)
{
	return x < 0 ? -x : x;
}

static float highest_of(const float *x, uint32_t count)
{
	float highest = 0;
	for (uint32_t i = 0; i < count; i++)
		highest = magnitude(x[i]) > highest ? magnitude(x[i]) : highest;
	return highest;
}

static float highest_lane(us_vec x)
{
	float lane[US_LANES], highest = 0;
	memcpy(lane, &x, sizeof lane);
	for (uint32_t i = 0; i < US_LANES; i++)
		highest = lane[i] > highest ? lane[i] : highest;
	return highest;
}

static us_vec magnitudes(us_vec x)
{
	return (us_vec)((us_ivec)x & 0x7fffffff);
}

static us_vec interpolate(const struct us_peak_filter *f, const float *past)
{
	us_vec sum = {0};
	for (uint32_t k = 0; k < US_PEAK_TAPS; k++)
		sum += f->tap[k] * past[k];
	return magnitudes(sum);
}

bool us_peak_block(const struct us_peak_filter *f, struct us_peak_history *h, const float in[US_BLOCK * US_CHANNELS],
                   float floor, float peak[US_BLOCK])
{
	const float before = h->highest, now = highest_of(in, US_BLOCK * US_CHANNELS);
	const bool may_pass = (now > before ? now : before) * f->gain > floor;
	float line[US_CHANNELS][US_PEAK_TAPS - 1 + US_BLOCK];
	for (uint32_t c = 0; c < US_CHANNELS; c++) {
		memcpy(line[c], h->past[c], sizeof h->past[c]);
		for (uint32_t i = 0; i < US_BLOCK; i++)
			line[c][US_PEAK_TAPS - 1 + i] = in[i * US_CHANNELS + c];
		memcpy(h->past[c], line[c] + US_BLOCK, sizeof h->past[c]);
	}
	h->highest = now; /* the past is shorter than a block */
	if (!may_pass)
		return false;
	for (uint32_t i = 0; i < US_BLOCK; i++) {
		us_vec all = interpolate(f, line[0] + i);
		for (uint32_t c = 1; c < US_CHANNELS; c++) {
			const us_vec other = interpolate(f, line[c] + i);
			const us_ivec larger = other > all;
			all = (us_vec)(((us_ivec)other & larger) | ((us_ivec)all & ~larger));
		}
		peak[i] = highest_lane(all);
	}
	return true;
}
_Static_assert(US_PEAK_TAPS - 1 <= US_BLOCK, "the highest of one block covers the past of the next");
