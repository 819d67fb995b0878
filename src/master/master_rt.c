/* master_rt.c — the part of master.h that runs in each block. */
#include "master.h"

#include <string.h>

#define MOST_IN 1024.0f /* +60 dB: beyond it a mix is no signal */

static void begin_recent(struct us_master *m)
{
	m->recent_before = m->recent;
	m->lowest_before = m->lowest;
	m->recent = 0;
	m->lowest = 1;
	m->recent_frames = 0;
}

void us_master_reset_meters(struct us_master *m)
{
	m->peak = m->true_peak = 0;
	m->clips = 0;
	us_loudness_reset(&m->loudness);
	begin_recent(m);
	begin_recent(m);
}

void us_master_begin(struct us_master *m)
{
	us_limiter_reset(&m->limiter);
	memset(&m->history, 0, sizeof m->history);
	memset(m->loudness.z, 0, sizeof m->loudness.z);
	us_master_reset_meters(m);
}

/* The comparisons are false for a NaN, which becomes silence. */
static float within(float x, float most)
{
	return x > most ? most : x >= -most ? x : x < -most ? -most : 0;
}

static void cut_off(struct us_master *m, float block[US_BLOCK * US_CHANNELS])
{
	for (uint32_t i = 0; i < US_BLOCK * US_CHANNELS; i++) {
		const float x = within(block[i], 1), magnitude = x < 0 ? -x : x;
		m->clips += x != block[i];
		m->recent = magnitude > m->recent ? magnitude : m->recent;
		block[i] = x;
	}
	m->peak = m->recent > m->peak ? m->recent : m->peak;
}

static void measure(struct us_master *m, const struct us_master_rate *rate, const float block[US_BLOCK * US_CHANNELS])
{
	float peak[US_BLOCK];
	if (us_peak_block(&rate->filter, &m->history, block, m->true_peak, peak))
		for (uint32_t i = 0; i < US_BLOCK; i++)
			m->true_peak = peak[i] > m->true_peak ? peak[i] : m->true_peak;
	us_loudness_block(&m->loudness, &rate->loudness, block);
}

void us_master_block(struct us_master *m, const struct us_master_rate *rate, float block[US_BLOCK * US_CHANNELS])
{
	if (m->recent_frames >= rate->recent_frames)
		begin_recent(m);
	m->recent_frames += US_BLOCK;
	for (uint32_t i = 0; i < US_BLOCK * US_CHANNELS; i++)
		block[i] = within(block[i], MOST_IN);
	float gains[US_BLOCK];
	const float gain =
	    us_limiter_block(&m->limiter, &rate->limiter, &rate->filter, US_LIMITER_CEILING, block, gains);
	m->lowest = gain < m->lowest ? gain : m->lowest;
	cut_off(m, block);
	measure(m, rate, block);
}
