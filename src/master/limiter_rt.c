/* limiter_rt.c — see limiter.h. Peak, hold, then the mean over the frames of the ramp: a peak's reduction is held for
 * longer than the ramp, so every gain in the mean of its frame is low enough. */
#include <string.h>
#include <understudy/limiter.h>

#define NEARLY_NONE 1e-5f /* -100 dB: from here it goes to nothing at once */

void us_limiter_reset(struct us_limiter *l)
{
	const uint32_t off = l->off;
	memset(l, 0, sizeof *l);
	l->off = off;
	for (uint32_t i = 0; i < US_LIMITER_RAMP; i++)
		l->step[i] = US_LIMITER_ONE;
	l->sum = (int64_t)US_LIMITER_ONE * US_LIMITER_RAMP;
}

static bool is_at_rest(const struct us_limiter *l)
{
	return l->reduction == 0 && l->sum == (int64_t)US_LIMITER_ONE * US_LIMITER_RAMP;
}

/* What the frame US_PEAK_DELAY frames ago needs taken away. What the release would undercut before that frame is heard
 * keeps the reduction where it is until then. */
static void hold(struct us_limiter *l, const struct us_limiter_rate *rate, float needed)
{
	if (needed >= l->reduction) {
		l->reduction = needed;
		l->hold = needed > 0 ? rate->hold_frames : 0;
		return;
	}
	if (l->hold < US_LIMITER_RAMP && needed > l->reduction * (1 - rate->release * US_LIMITER_RAMP))
		l->hold = US_LIMITER_RAMP;
	if (l->hold)
		l->hold--;
	else
		l->reduction = l->reduction > NEARLY_NONE ? l->reduction * (1 - rate->release) : 0;
}

static float smooth(struct us_limiter *l)
{
	const int32_t step = (int32_t)((1 - l->reduction) * US_LIMITER_ONE);
	l->sum += step - l->step[l->at];
	l->step[l->at] = step;
	l->at = l->at + 1 < US_LIMITER_RAMP ? l->at + 1 : 0;
	return (float)((double)l->sum / ((double)US_LIMITER_ONE * US_LIMITER_RAMP));
}

float us_limiter_block(struct us_limiter *l, const struct us_limiter_rate *rate, const struct us_peak_filter *filter,
                       float ceiling, float block[US_BLOCK * US_CHANNELS], float gains[US_BLOCK])
{
	float peak[US_BLOCK], out[US_BLOCK * US_CHANNELS], lowest = 1;
	const bool over = us_peak_block(filter, &l->history, block, ceiling, peak) && !l->off;
	if (!over && is_at_rest(l)) {
		memcpy(out, l->delayed, sizeof out);
		for (uint32_t i = 0; i < US_BLOCK; i++)
			gains[i] = 1;
	} else {
		for (uint32_t i = 0; i < US_BLOCK; i++) {
			hold(l, rate, over && peak[i] > ceiling ? 1 - ceiling / peak[i] : 0);
			const float gain = gains[i] = smooth(l);
			lowest = gain < lowest ? gain : lowest;
			for (uint32_t c = 0; c < US_CHANNELS; c++)
				out[i * US_CHANNELS + c] = l->delayed[i * US_CHANNELS + c] * gain;
		}
	}
	memcpy(l->delayed, block, sizeof l->delayed);
	memcpy(block, out, sizeof out);
	return lowest;
}

static bool is_in(float x, float low, float high)
{
	return x >= low && x <= high;
}

bool us_limiter_is_valid(const struct us_limiter *l, const struct us_limiter_rate *rate)
{
	int64_t sum = 0;
	bool valid =
	    is_in(l->reduction, 0, 1) && l->hold <= rate->hold_frames && l->off <= 1 && l->at < US_LIMITER_RAMP;
	for (uint32_t i = 0; i < US_LIMITER_RAMP; i++) {
		valid &= l->step[i] >= 0 && l->step[i] <= US_LIMITER_ONE;
		sum += l->step[i];
	}
	for (uint32_t i = 0; i < US_BLOCK * US_CHANNELS; i++)
		valid &= is_in(l->delayed[i], -1024, 1024);
	for (uint32_t c = 0; c < US_CHANNELS; c++)
		for (uint32_t k = 0; k < US_PEAK_TAPS - 1; k++)
			valid &= is_in(l->history.past[c][k], -1024, 1024);
	return valid && sum == l->sum && is_in(l->history.highest, 0, 1024);
}
