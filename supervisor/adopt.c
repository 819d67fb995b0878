/* adopt.c — the supervisor's own death is not the end: its successor finds the session's memory by name, checks every
 * header and the nonce, takes the living workers over by pidfd (a reused PID is told by its start time), and goes on
 * with the very block that is due. Nothing but the time that the device needs to open is heard.
 *
 * What a dead supervisor may have left half done, and what is done about it:
 *   a block in the tap but not counted      the tap counts: it was on its way to the device
 *   grants that were not released           nobody can have read them: they are made again
 *   a worker with orders for a slot         plays on, or loads; it may not have heard them: they are given again
 *   a worker without orders                 is killed, and known until it is dead
 *   a worker that was started and whose     gets no orders, as no desk names its process, and leaves: it is older than
 *   process was not noted                   clock.oldest_worker */
#include "adopt.h"

#include "ipc/clock.h"
#include "ipc/process.h"
#include "stage.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
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

/* Behind the other, if it has one. */
static int here6_of(int pidfd)
{
	int domain = 0;
	socklen_t bytes = sizeof domain;
	const int fd = fd_of(pidfd, THEIR_SOCKET_FD + 1);
	if (fd < 0 || (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &bytes) == 0 && domain == AF_INET6))
		return fd;
	close(fd);
	return -1;
}

void us_adopt_control(struct us_stage *h)
{
	int pidfd = us_process_open(&h->session.clock->board.control);
	if (pidfd < 0)
		return;
	if (h->socket_fd < 0)
		h->socket_fd = fd_of(pidfd, THEIR_SOCKET_FD);
	if (h->here6_fd < 0)
		h->here6_fd = here6_of(pidfd);
	if (h->socket_fd < 0) { /* not permitted: control must go, and be gone, so that the port can be taken again */
		struct pollfd gone = {.fd = pidfd, .events = POLLIN};
		us_process_signal(pidfd, SIGKILL);
		poll(&gone, 1, CONTROL_PATIENCE_MS);
		close(pidfd);
		return;
	}
	us_children_adopt(h, CHILD_CONTROL, atomic_load(&h->session.clock->board.control.pid), pidfd);
}

void us_adopt_recorder(struct us_stage *h)
{
	const int pidfd = us_process_open(&h->session.clock->board.recorder);
	if (pidfd >= 0)
		us_children_adopt(h, CHILD_RECORDER, atomic_load(&h->session.clock->board.recorder.pid), pidfd);
}

/* Where its orders say that it is. They outlive it, and it may be dead, but not gone yet, while another one has its
 * slot already: the board says who was given a slot last. */
static int slot_of(const struct us_stage *h, const struct us_desk *desk, uint64_t id)
{
	const uint64_t orders = atomic_load(&desk->orders), place = orders & 0xff;
	if (orders >> 8 != id || !place || place > US_SLOTS)
		return -1;
	return atomic_load(&h->session.clock->board.worker[place - 1].id) == id ? (int)place - 1 : -1;
}

/* What failover.c decides about a worker that a desk names, if it lives. */
static void adopt_worker(struct us_stage *h, const struct us_desk *desk)
{
	const uint64_t id = atomic_load(&desk->id);
	const int slot = slot_of(h, desk, id);
	struct us_actor *a = &h->actor[id % US_DESKS];
	int pidfd = id && desk == &h->session.clock->desk[id % US_DESKS] ? us_process_open(&desk->process) : -1;
	if (pidfd < 0)
		return;
	int event_fd = fd_of(pidfd, THEIR_EVENT_FD);
	const bool unreached = event_fd < 0;
	if (unreached) /* not permitted: what it says is heard at the arbiter's next look, its death at once */
		event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*a = (struct us_actor){.id = id, .pid = atomic_load(&desk->process.pid), .pidfd = pidfd, .event_fd = event_fd};
	atomic_store_explicit(&a->state, US_ACTOR_WATCHED, memory_order_release);
	us_failover_event(
	    h, (struct failover_event){.kind = FAILOVER_ADOPTED, .id = id, .slot = slot, .unreached = unreached});
}

void us_adopt_company(struct us_stage *h)
{
	struct us_clock *c = h->session.clock;
	struct us_board *b = &c->board;
	atomic_store_explicit(&c->oldest_worker, atomic_load(&c->next_worker), memory_order_release);
	us_process_note(&b->spare.process, 0);
	atomic_store(&b->spare_ready, 0);
	/* What was asked for before was answered before. */
	h->restores_served = h->restores_passed_on = atomic_load(&h->session.house->restore_count);
	for (uint32_t i = 0; i < US_DESKS; i++)
		adopt_worker(h, &c->desk[i]);
	us_failover_event(h,
	                  (struct failover_event){.kind = FAILOVER_RESUMED, .slot = (int)(atomic_load(&c->role) & 1)});
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
