/* amend.h — how much room a session's lists of amendments still have. For the supervisor, before it lets an instance
 * out of quarantine, and for control, before it passes on a request to. Any thread. */
#ifndef US_AMEND_H
#define US_AMEND_H

#include "layout.h"

#include <stdbool.h>

/* The lists never shrink. Whoever is let out may have to be shut in again, and a fault that finds no room would kill
 * one worker after the other: so while instances are let out, there is room for all of them to fail once more. */
static inline bool us_amend_may_restore(const struct us_clock *c)
{
	const uint32_t bypasses = atomic_load_explicit(&c->amendments[US_BY_ARBITER].count, memory_order_acquire);
	const uint32_t restores = atomic_load_explicit(&c->amendments[US_BY_CALLBACK].count, memory_order_acquire);
	return bypasses + US_MAX_INSTANCES < US_AMENDMENTS && restores < US_AMENDMENTS;
}

#endif
