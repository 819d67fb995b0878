/* adopt.c — the supervisor's own death is not the end: its successor finds the session's memory by name, checks every
 * header and the nonce, takes the living workers over by pidfd (a reused PID is told by its start time), and goes on
 * with the very block that is due. Nothing but the time that the device needs to open is heard.
 *
 * What a dead supervisor may have left half done, and what is done about it:
 *   a block in the tap but not counted      the tap counts: it was on its way to the device
 *   grants that were not released           nobody can have read them: they are made again
 *   a worker that has a slot by the board,  it may wait at its desk for orders that were never written: they are
 *   and is not live                         written again */
#include "adopt.h"

#include "ipc/clock.h"
#include "ipc/process.h"
#include "stage.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THEIR_EVENT_FD = 3, THEIR_SOCKET_FD = 3, CONTROL_PATIENCE_MS = 2000 };

int us_adopt_segments(struct us_stage *h, struct us_err *err)
{
	unsigned all = (1u << US_SEGMENTS) - 1;
	if (us_session_open(&h->session, h->options.session, all, err))
		return US_FAILED;
	if (us_process_alive(&h->session.clock->board.supervisor)) {
		us_session_close(&h->session);
		return us_fail(err, "session '%s' has a living supervisor", h->options.session);
	}
	return US_OK;
}

static int fd_of(int pidfd, int their_fd)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, their_fd, 0);
}

int us_adopt_socket(struct us_stage *h)
{
	int pidfd = us_process_open(&h->session.clock->board.control);
	if (pidfd < 0)
		return US_FAILED;
	h->socket_fd = fd_of(pidfd, THEIR_SOCKET_FD);
	if (h->socket_fd < 0) { /* not permitted: control must go, and be gone, so that the port can be taken again */
		struct pollfd gone = {.fd = pidfd, .events = POLLIN};
		us_process_signal(pidfd, SIGKILL);
		poll(&gone, 1, CONTROL_PATIENCE_MS);
		close(pidfd);
		return US_FAILED;
	}
	us_children_adopt(&h->control, "understudy-control", atomic_load(&h->session.clock->board.control.pid), pidfd,
	                  atomic_load(&h->session.house->turns));
	return US_OK;
}

void us_adopt_recorder(struct us_stage *h)
{
	const int pidfd = us_process_open(&h->session.clock->board.recorder);
	if (pidfd >= 0)
		us_children_adopt(&h->recorder, "understudy-recorder",
		                  atomic_load(&h->session.clock->board.recorder.pid), pidfd,
		                  atomic_load(&h->session.recorder->turns));
}

static bool adopt_worker(struct us_stage *h, const struct us_process *process, uint64_t id, int slot)
{
	int pidfd = us_process_open(process);
	if (pidfd < 0)
		return false;
	int event_fd = fd_of(pidfd, THEIR_EVENT_FD);
	const bool unreached = event_fd < 0;
	if (unreached) /* not permitted: what it says is heard at the arbiter's next look, its death at once */
		event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct us_actor *a = &h->actor[id % US_DESKS];
	*a = (struct us_actor){.id = id,
	                       .pid = atomic_load(&process->pid),
	                       .pidfd = pidfd,
	                       .event_fd = event_fd,
	                       .unreached = unreached,
	                       .spawned_ns = us_now_ns(),
	                       .slot = slot,
	                       .ready = true};
	atomic_store_explicit(&a->state, US_ACTOR_HANDED, memory_order_release);
	return true;
}

static void adopt_slot(struct us_stage *h, uint32_t slot)
{
	const struct us_slot *s = h->session.slot[slot];
	uint64_t id = atomic_load(&h->session.clock->board.worker[slot].id);
	struct us_seat *seat = &h->cast.seat[slot];
	if (!id || !adopt_worker(h, &h->session.clock->board.worker[slot].process, id, (int)slot))
		return;
	bool live = atomic_load_explicit(&s->epoch, memory_order_acquire) == id &&
	            atomic_load_explicit(&s->state, memory_order_acquire) == US_WORKER_LIVE;
	if (!live)
		us_orders_write(h->session.clock, slot, id);
	*seat = (struct us_seat){.state = live ? US_SEAT_LIVE : US_SEAT_LOADING, .id = id};
}

void us_adopt_company(struct us_stage *h)
{
	struct us_board *b = &h->session.clock->board;
	h->cast.primary = (uint32_t)(atomic_load(&h->session.clock->role) & 1);
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		uint64_t id = atomic_load(&b->worker[s].id);
		if (id >= h->next_id)
			h->next_id = id + 1;
		adopt_slot(h, s);
	}
	/* A spare without a slot has nothing that is worth the trouble of finding out how far it has come. */
	int spare = us_process_open(&b->spare.process);
	if (spare >= 0) {
		us_process_signal(spare, SIGKILL);
		close(spare);
	}
	us_process_note(&b->spare.process, 0);
	atomic_store(&b->spare_ready, 0);
	h->next_id += US_DESKS; /* away from any desk that an unknown worker may still sit at */
	if (h->cast.seat[h->cast.primary].state == US_SEAT_EMPTY &&
	    h->cast.seat[1 - h->cast.primary].state != US_SEAT_EMPTY) {
		h->cast.primary = 1 - h->cast.primary;
		uint64_t role = atomic_load(&h->session.clock->role);
		atomic_store_explicit(&h->session.clock->role, ((role >> 1) + 1) << 1 | h->cast.primary,
		                      memory_order_release);
	}
	if (us_cast_live_mask(&h->cast) != 3)
		h->incomplete_since_ns = us_now_ns();
	atomic_store_explicit(&h->session.clock->live_mask, us_cast_live_mask(&h->cast), memory_order_release);
}

void us_adopt_clock(struct us_stage *h)
{
	struct us_clock *c = h->session.clock;
	uint64_t tapped = atomic_load(&h->session.tap->played);
	if (tapped > atomic_load(&c->played))
		atomic_store_explicit(&c->played, tapped, memory_order_release);
	us_process_note(&c->board.supervisor, getpid());
	us_process_note(&c->board.keeper, getppid());
}
