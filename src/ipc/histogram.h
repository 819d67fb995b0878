/* histogram.h — percentiles of durations in shared memory. One writer, any number of readers, no lock.
 * Buckets grow by a quarter octave from 1 µs: a percentile is right within 19 %. */
#ifndef US_HISTOGRAM_H
#define US_HISTOGRAM_H

#include "layout.h"

/* [rt] */
US_REALTIME void us_histogram_add(struct us_histogram *histogram, uint64_t ns);
/* [any] Upper bound of the bucket that holds the p-th percentile (0 < p <= 100), in ns; 0 while empty. */
uint64_t us_histogram_percentile(const struct us_histogram *histogram, double p);

#endif
