/* amend.h — questions to a session's lists of amendments. Any thread. */
#ifndef US_AMEND_H
#define US_AMEND_H

#include "layout.h"

#include <stdbool.h>
#include <stddef.h>

/* The last amendment by which the session has begun afresh, and how many there were; NULL: it is as it began. */
static inline const struct us_amendment *us_amend_afresh(const struct us_clock *c, uint32_t *place, uint32_t *times)
{
	const struct us_amendments *a = &c->amendments[US_BY_ARBITER];
	const uint32_t count = atomic_load_explicit(&a->count, memory_order_acquire); /* [amend] */
	const struct us_amendment *last = NULL;
	*times = 0;
	for (uint32_t i = 0; i < count && i < US_AMENDMENTS; i++)
		if (a->list[i].type == US_AMEND_AFRESH) {
			last = &a->list[i];
			*place = i;
			++*times;
		}
	return last;
}

/* For the supervisor, before it lets an instance out of quarantine, and for control, before it passes on a request to.
 * The lists never shrink. Whoever is let out may have to be shut in again, and a fault that finds no room would kill
 * one worker after the other: so while instances are let out, there is room for all of them to fail once more. */
static inline bool us_amend_may_restore(const struct us_clock *c)
{
	const uint32_t bypasses = atomic_load_explicit(&c->amendments[US_BY_ARBITER].count, memory_order_acquire);
	const uint32_t restores = atomic_load_explicit(&c->amendments[US_BY_CALLBACK].count, memory_order_acquire);
	return bypasses + US_MAX_INSTANCES < US_AMENDMENTS && restores < US_AMENDMENTS;
}

/* For the arbiter, before it searches for a culprit: with less room than that for what it tries, the rest of the list
 * is for those that are named. */
static inline bool us_amend_may_search(const struct us_clock *c)
{
	enum { TRIES = 64 }; /* twice by halves: 256 records, then US_INDICES instances */
	return atomic_load_explicit(&c->amendments[US_BY_ARBITER].count, memory_order_acquire) + US_MAX_INSTANCES +
	           TRIES <
	       US_AMENDMENTS;
}

#endif
