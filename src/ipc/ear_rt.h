/* ear_rt.h — what the input device heard, from the callback to the workers. [rt] Writer: the callback, before it grants
 * the block [heard]. Readers: workers and the recorder, for blocks that are granted. */
#ifndef US_EAR_RT_H
#define US_EAR_RT_H

#include "layout.h"

#include <stdbool.h>

US_REALTIME void us_ear_write(struct us_ear *ear, uint64_t block, const float samples[US_SAMPLES]);
/* False, and silence, if there is no input or the block is so old that it has been overwritten. */
US_REALTIME bool us_ear_read(const struct us_ear *ear, uint64_t block, float samples[US_SAMPLES]);

#endif
