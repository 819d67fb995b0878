/* watch.c — the look at the primary between two calls of a device with a long period. With short ones the callback
 * itself doubts in time; a period of 1,024 frames asks for 16 blocks, of which the first must not hang unseen until the
 * next call. The thread sleeps until the callback has granted something, and then looks once a block, only until the
 * primary has rendered what is granted. It decides nothing: it raises the same bell as the callback, suspect_fd. */
#include "ipc/clock.h"
#include "ipc/futex.h"
#include "stage.h"

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REST_NS 200000000u /* a bell that was not heard */

static void *watch(void *argument)
{
	struct us_stage *h = argument;
	const struct us_clock *c = h->session.clock;
	static const _Atomic uint32_t nobody_rings = 0;
	us_priority_set(h, (pid_t)syscall(SYS_gettid), US_RUNG_ARBITER);
	while (!atomic_load_explicit(&h->watch_stop, memory_order_acquire)) {
		uint32_t bell = atomic_load_explicit(&c->bell, memory_order_acquire);
		if (us_player_watch(&h->player, us_now_ns()))
			us_futex_wait(&nobody_rings, 0, h->player.block_ns + h->player.block_ns / 8);
		else if (us_player_needs_watch(&h->player))
			us_futex_wait(&c->bell, bell, REST_NS);
		else /* each call would wake it, for nothing */
			us_futex_wait(&nobody_rings, 0, REST_NS);
	}
	return NULL;
}

int us_watch_start(struct us_stage *h, struct us_err *err)
{
	if (h->session.clock->freewheel)
		return US_OK;
	int failed = pthread_create(&h->watch_thread, NULL, watch, h);
	if (failed)
		return us_fail(err, "cannot start the watch's thread: %s", strerror(failed));
	pthread_setname_np(h->watch_thread, "us-watch");
	return US_OK;
}

void us_watch_stop(struct us_stage *h)
{
	if (!h->watch_thread)
		return;
	atomic_store_explicit(&h->watch_stop, true, memory_order_release);
	pthread_join(h->watch_thread, NULL);
	h->watch_thread = 0;
}
