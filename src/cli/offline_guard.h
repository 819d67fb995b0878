/* offline_guard.h — a module that crashes or loops for ever while replay or render compute a block: both end with a
 * line that names it. A session has a worker to lose for that; these two have only themselves. */
#ifndef US_OFFLINE_GUARD_H
#define US_OFFLINE_GUARD_H

#include "engine/engine.h"

enum { US_GUARD_SECONDS = 10 }; /* of processor time, in one block */

/* [setup, once] From now on the engine says what it does. */
void us_guard_open(struct us_engine *engine);
/* Does `work`, which computes blocks. US_FAILED: it did not come to its end; err names block and instance. The engine
 * may not be used any more then. */
int us_guard_block(void (*work)(void *context), void *context, struct us_err *err);

#endif
