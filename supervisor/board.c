/* board.c — what the main loop writes on the board for `understudy status`, once a turn: who has been missing since
 * when, who stands still, on which rung of the ladder each one is. */
#include "ipc/report.h"
#include "ipc/say.h"
#include "stage.h"

#include <stdio.h>

static void store(_Atomic uint64_t *to, uint64_t value)
{
	atomic_store_explicit(to, value, memory_order_relaxed);
}

/* Since when something is so, 0: it is not. */
static void since(_Atomic uint64_t *to, bool is_so, uint64_t now)
{
	if (!is_so)
		store(to, 0);
	else if (!atomic_load_explicit(to, memory_order_relaxed))
		store(to, now);
}

static uint64_t still_of(const struct us_child *child)
{
	return child->pid ? atomic_load_explicit(&child->idle_ns, memory_order_relaxed) : 0;
}

static void read_priorities(struct us_stage *h)
{
	struct us_board *b = &h->session.clock->board;
	pid_t callback = atomic_load(&h->player.thread_id);
	atomic_store_explicit(&b->callback_thread, callback, memory_order_relaxed);
	us_priority_read(callback, &b->callback_policy, &b->callback_priority);
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		pid_t pid = atomic_load(&b->worker[s].process.pid);
		if (pid)
			us_priority_read(pid, &b->worker[s].policy, &b->worker[s].priority);
	}
}

/* Said by a worker that may be dead by now; once for each time. */
static void name_who_differs(struct us_stage *h)
{
	char who[US_REPORT_BYTES];
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		const uint64_t differs = atomic_load_explicit(&h->session.slot[s]->differs, memory_order_acquire);
		if (!differs || differs == h->differs[s])
			continue;
		h->differs[s] = differs;
		store(&h->session.clock->board.differs, differs);
		fprintf(stderr,
		        US_SAY_ERROR "understudy: in block %llu the output of %s is not the same in two workers, and "
		                     "was the first that is "
		                     "not: it depends on something but its inputs and its state, or memory is spoilt\n",
		        (unsigned long long)us_crumb_block(differs),
		        us_report_who(who, h->session.house, us_crumb_instance(differs)));
	}
}

void us_board_turn(struct us_stage *h, uint64_t now)
{
	struct us_board *b = &h->session.clock->board;
	const uint32_t live = atomic_load_explicit(&h->session.clock->live_mask, memory_order_acquire);
	since(&b->alone_since_ns, live != (1u << US_SLOTS) - 1, now);
	since(&b->no_spare_since_ns, !atomic_load_explicit(&b->spare_ready, memory_order_relaxed), now);
	since(&b->no_device_since_ns, h->device.substitute != NULL, now);
	store(&b->control_still_ns, still_of(&h->child[CHILD_CONTROL]));
	store(&b->recorder_still_ns, still_of(&h->child[CHILD_RECORDER]));
	read_priorities(h);
	name_who_differs(h);
}
