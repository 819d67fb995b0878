/* master.c — the part of master.h that does not run in a block: figures for people, and a look at checkpoints. */
#include "master.h"

#include <math.h>

void us_master_rate_make(struct us_master_rate *rate, float frames_per_second)
{
	us_peak_filter_make(&rate->filter);
	us_limiter_rate_make(&rate->limiter, frames_per_second);
	us_loudness_rate_make(&rate->loudness, frames_per_second);
	rate->recent_frames = (uint32_t)(frames_per_second / 10);
}

static float decibels(float linear)
{
	return linear > 1e-10f ? 20 * log10f(linear) : US_METER_NONE;
}

static float higher(float a, float b)
{
	return a > b ? a : b;
}

void us_master_read(const struct us_master *m, const struct us_master_rate *rate, struct us_meters *to)
{
	const float lowest = m->lowest < m->lowest_before ? m->lowest : m->lowest_before;
	*to = (struct us_meters){
	    .peak = decibels(m->peak),
	    .true_peak = decibels(higher(m->true_peak, m->peak)),
	    .recent = decibels(higher(m->recent, m->recent_before)),
	    .momentary = us_loudness_momentary(&m->loudness),
	    .short_term = us_loudness_short_term(&m->loudness),
	    .integrated = us_loudness_integrated(&m->loudness, &rate->loudness),
	    .reduction = lowest < 1 ? -decibels(lowest) : 0,
	    .limiter = !m->limiter.off,
	    .clips = m->clips,
	};
}

static bool is_in(float x, float low, float high)
{
	return x >= low && x <= high;
}

bool us_master_is_valid(const struct us_master *m, const struct us_master_rate *rate)
{
	bool valid = is_in(m->peak, 0, 1) && is_in(m->true_peak, 0, 8) && is_in(m->recent, 0, 1) &&
	             is_in(m->recent_before, 0, 1) && is_in(m->lowest, 0, 1) && is_in(m->lowest_before, 0, 1) &&
	             m->recent_frames < rate->recent_frames + US_BLOCK && is_in(m->history.highest, 0, 1);
	for (uint32_t c = 0; c < US_CHANNELS; c++)
		for (uint32_t k = 0; k < US_PEAK_TAPS - 1; k++)
			valid &= is_in(m->history.past[c][k], -1, 1);
	return valid && us_limiter_is_valid(&m->limiter, &rate->limiter) &&
	       us_loudness_is_valid(&m->loudness, &rate->loudness);
}
