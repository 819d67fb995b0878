/* lifeline.c — hears the kernel's word that a worker is dead (see src/worker/lifeline.c) and wakes the arbiter: the
 * pidfd fires only after the address space has been torn down, a millisecond later. A thread of its own, because a
 * futex cannot be polled together with descriptors; it sleeps in one futex_waitv over both slots.
 *
 * The word does not tell how the worker died. Where an instance or a record may be to blame the arbiter waits for the
 * pidfd, which does. */
#include "event.h"
#include "ipc/futex.h"
#include "stage.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOOK_NS 200000000ull /* how soon the end of the session is seen */

static void *run(void *argument)
{
	struct us_stage *h = argument;
	const _Atomic uint32_t *line[US_SLOTS] = {&h->session.slot[0]->lifeline, &h->session.slot[1]->lifeline};
	uint32_t seen[US_SLOTS];
	us_priority_set(h, (pid_t)syscall(SYS_gettid), US_RUNG_ARBITER);
	for (uint32_t s = 0; s < US_SLOTS; s++)
		seen[s] = atomic_load_explicit(line[s], memory_order_acquire);
	while (!atomic_load_explicit(&h->arbiter_stop, memory_order_acquire)) {
		us_futex_wait2(line[0], seen[0], line[1], seen[1], LOOK_NS);
		bool died = false;
		for (uint32_t s = 0; s < US_SLOTS; s++) {
			uint32_t now = atomic_load_explicit(line[s], memory_order_acquire);
			died |= now != seen[s] && now & FUTEX_OWNER_DIED;
			seen[s] = now;
		}
		if (died)
			us_event_raise(h->lifeline_fd);
	}
	return NULL;
}

int us_lifeline_start(struct us_stage *h, struct us_err *err)
{
	int failed = pthread_create(&h->lifeline_thread, NULL, run, h);
	return failed ? us_fail(err, "cannot start the thread that hears of deaths: %s", strerror(failed)) : US_OK;
}

void us_lifeline_stop(struct us_stage *h)
{
	if (h->lifeline_thread)
		pthread_join(h->lifeline_thread, NULL);
}
