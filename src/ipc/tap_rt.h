/* tap_rt.h — the blocks that were played, for recorder, scope and whoever listens.
 * Writer: the callback. Readers are ordinary processes that may be slow: they are overtaken, never waited for
 * (but by a freewheeling clock, which waits for the recorder). */
#ifndef US_TAP_RT_H
#define US_TAP_RT_H

#include "layout.h"

#include <stdbool.h>

/* [rt, callback] Publishes block tap->played and goes on to the next. samples may be NULL for a gap. */
US_REALTIME void us_tap_write(struct us_tap *tap, const float *samples, uint32_t flags);

enum us_tap_read { US_TAP_OK, US_TAP_NOT_YET, US_TAP_OVERTAKEN };
/* [any] Copies block `block`. OVERTAKEN: it is gone, go on at us_tap_oldest. */
enum us_tap_read us_tap_read(const struct us_tap *tap, uint64_t block, float samples[US_SAMPLES], uint32_t *flags);
/* [any] The oldest block that can safely be read for a while. */
uint64_t us_tap_oldest(const struct us_tap *tap);

#endif
