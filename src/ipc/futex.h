/* futex.h — waiting for a word in shared memory, and waking who waits. [rt]
 * A wake is a hint: every wait has a time-out, and the caller reads the state again. Values are never
 * interpreted; a bell is raised by adding 1. Works on read-only mappings. */
#ifndef US_FUTEX_H
#define US_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>
#include <understudy/module.h>

/* Waits until *word != seen, a wake, or the time-out, whichever is first. */
US_REALTIME void us_futex_wait(const _Atomic uint32_t *word, uint32_t seen, uint64_t timeout_ns);
/* The same over two words (futex_waitv, Linux 5.16; elsewhere it waits for the first alone). Not in a worker: its
 * sandbox cannot look into the array. */
US_REALTIME void us_futex_wait2(const _Atomic uint32_t *a, uint32_t seen_a, const _Atomic uint32_t *b, uint32_t seen_b,
                                uint64_t timeout_ns);
/* Wakes all who wait. */
US_REALTIME void us_futex_wake(const _Atomic uint32_t *word);

#endif
