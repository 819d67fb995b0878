/* spawn.c — child processes: the company of workers, control and the recorder. Main loop only. posix_spawn, never fork:
 * nothing of ours is copied, no page fault follows. A child gets the descriptors that are meant for it, and no others,
 * whatever some library forgot to mark. */
#include "ipc/clock.h"
#include "ipc/process.h"
#include "ipc/rig.h"
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_PASSED_FD = 3, COMPANY = US_SLOTS + 1 };
#define BACKOFF_FIRST_NS 50000000ull
#define BACKOFF_MOST_NS 5000000000ull
#define HUNG_NS 10000000000ull
#define TURN_NS 200000000ull    /* a turn of the main loop that took longer was a machine that stood still */
#define STEADY_NS 5000000000ull /* a child that lived so long starts afresh */
#define KILL_PATIENCE_MS 2000   /* what the kernel has to end a process */
#define STOP_PATIENCE_MS 800    /* what they have to leave by themselves */

static int spawn(pid_t *pid, const char *program, char *const argv[], const int *pass, uint32_t pass_count,
                 struct us_err *err)
{
	char path[US_PATH_BYTES];
	char *const environment[] = {NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	if (us_rig_program(path, program, err))
		return US_FAILED;
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	/* Two steps, so that a target never overwrites a source: up above all targets, then down. */
	int failed = 0;
	for (uint32_t i = 0; i < pass_count; i++)
		failed |= posix_spawn_file_actions_adddup2(&actions, pass[i], FIRST_PASSED_FD + 100 + (int)i);
	for (uint32_t i = 0; i < pass_count; i++)
		failed |= posix_spawn_file_actions_adddup2(&actions, FIRST_PASSED_FD + 100 + (int)i,
		                                           FIRST_PASSED_FD + (int)i);
	failed |= posix_spawn_file_actions_addclosefrom_np(&actions, FIRST_PASSED_FD + (int)pass_count);
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (!failed)
		failed = posix_spawn(pid, path, &actions, &attributes, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return failed ? us_fail(err, "cannot start %s: %s", path, strerror(failed)) : US_OK;
}

int us_spawn_worker(struct us_stage *h, struct us_err *err)
{
	struct us_actor *a = &h->actor[h->next_id % US_DESKS];
	if (atomic_load_explicit(&a->state, memory_order_acquire) != US_ACTOR_FREE)
		return us_fail(err, "no desk is free for another worker");
	char id[24], fd[8];
	snprintf(id, sizeof id, "%" PRIu64, h->next_id);
	snprintf(fd, sizeof fd, "%d", FIRST_PASSED_FD);
	char *const argv[] = {"understudy-worker", h->session.name, id, fd, NULL};
	int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event_fd < 0)
		return us_fail(err, "cannot make an event descriptor: %s", strerror(errno));
	pid_t pid;
	atomic_store(&h->session.clock->desk[h->next_id % US_DESKS].orders, US_WAIT_HERE);
	if (spawn(&pid, argv[0], argv, &event_fd, 1, err)) {
		close(event_fd);
		return US_FAILED;
	}
	*a = (struct us_actor){.id = h->next_id,
	                       .pid = pid,
	                       .pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
	                       .event_fd = event_fd,
	                       .spawned_ns = us_now_ns(),
	                       .slot = -1};
	h->next_id++;
	uint64_t one = 1;
	atomic_store_explicit(&a->state, US_ACTOR_HANDED, memory_order_release); /* pairs with collect() */
	return write(h->arbiter_fd, &one, sizeof one) == sizeof one ? US_OK
	                                                            : us_fail(err, "the arbiter does not listen");
}

static void reap(struct us_stage *h, struct us_actor *a)
{
	siginfo_t info;
	waitid(P_PIDFD, (id_t)a->pidfd, &info, WEXITED);
	close(a->pidfd);
	close(a->event_fd);
	if (atomic_load_explicit(&a->looped, memory_order_relaxed)) {
		h->spawn_after_ns = us_now_ns() + h->spawn_backoff_ns;
		uint64_t next = h->spawn_backoff_ns ? h->spawn_backoff_ns * 2 : BACKOFF_FIRST_NS;
		h->spawn_backoff_ns = next < BACKOFF_MOST_NS ? next : BACKOFF_MOST_NS;
	}
	atomic_store_explicit(&a->state, US_ACTOR_FREE, memory_order_release);
}

void us_spawn_keep_company(struct us_stage *h)
{
	struct us_err err;
	uint32_t company = 0;
	uint64_t now = us_now_ns();
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct us_actor *a = &h->actor[i];
		uint32_t state = atomic_load_explicit(&a->state, memory_order_acquire); /* pairs with bury() */
		if (state == US_ACTOR_DEAD)
			reap(h, a);
		else if (state != US_ACTOR_FREE && !a->mourned)
			company++;
	}
	if (h->spawn_backoff_ns && now > h->spawn_after_ns + STEADY_NS)
		h->spawn_backoff_ns = 0;
	for (; company < COMPANY && now >= h->spawn_after_ns; company++) {
		/* A desk may still be taken by the dying: the next id's is looked at the next time. */
		if (us_spawn_worker(h, &err)) {
			if (atomic_load(&h->actor[h->next_id % US_DESKS].state) != US_ACTOR_FREE)
				h->next_id++;
			else
				fprintf(stderr, "understudy: %s\n", err.text);
			return;
		}
	}
}

static int spawn_child(struct us_child *child, const char *program, char *const argv[], const int *pass,
                       uint32_t pass_count, struct us_process *board, struct us_err *err)
{
	child->program = program;
	if (spawn(&child->pid, program, argv, pass, pass_count, err))
		return US_FAILED;
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	child->started_ns = us_now_ns();
	us_process_note(board, child->pid);
	return US_OK;
}

int us_spawn_control(struct us_stage *h, struct us_err *err)
{
	bool patch = h->options.patch_fd >= 0;
	int pass[2] = {h->socket_fd, h->options.patch_fd};
	char socket[8], patch_fd[8];
	snprintf(socket, sizeof socket, "%d", FIRST_PASSED_FD);
	snprintf(patch_fd, sizeof patch_fd, "%d", patch ? FIRST_PASSED_FD + 1 : -1);
	char *const argv[] = {"understudy-control", h->session.name, socket, patch_fd, NULL};
	return spawn_child(&h->control, argv[0], argv, pass, patch ? 2 : 1, &h->session.clock->board.control, err);
}

int us_spawn_recorder(struct us_stage *h, struct us_err *err)
{
	char *const argv[] = {"understudy-recorder", h->session.name, NULL};
	return spawn_child(&h->recorder, argv[0], argv, NULL, 0, &h->session.clock->board.recorder, err);
}

static bool is_over(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	return poll(&p, 1, 0) > 0;
}

/* An adopted child is not ours to wait for: its end is seen, its reason is not. */
static void say_how_it_ended(const struct us_child *child)
{
	siginfo_t info = {0};
	if (waitid(P_PIDFD, (id_t)child->pidfd, &info, WEXITED | WNOHANG) || !info.si_pid)
		fprintf(stderr, "understudy: %s has ended, restarting it\n", child->program);
	else if (info.si_code == CLD_EXITED)
		fprintf(stderr, "understudy: %s left with code %d, restarting it\n", child->program, info.si_status);
	else
		fprintf(stderr, "understudy: %s died of SIG%s, restarting it\n", child->program,
		        sigabbrev_np(info.si_status) ? sigabbrev_np(info.si_status) : "?");
}

/* Restarts a child that died, at once the first time, more slowly if it keeps dying. */
static void keep(struct us_stage *h, struct us_child *child, struct us_process *board,
                 int (*start)(struct us_stage *, struct us_err *))
{
	struct us_err err;
	uint64_t now = us_now_ns();
	if (child->pid && is_over(child->pidfd)) {
		if (now - child->started_ns > STEADY_NS)
			child->backoff_ns = 0;
		say_how_it_ended(child);
		us_process_note(board, 0);
		close(child->pidfd);
		child->pid = 0;
		child->died_ns = now;
	}
	if (child->pid || now - child->died_ns < child->backoff_ns)
		return;
	child->backoff_ns = child->backoff_ns ? child->backoff_ns * 2 : BACKOFF_FIRST_NS;
	if (child->backoff_ns > BACKOFF_MOST_NS)
		child->backoff_ns = BACKOFF_MOST_NS;
	if (start(h, &err)) {
		fprintf(stderr, "understudy: %s\n", err.text);
		child->died_ns = now;
	}
}

/* Control has to turn its loop while we turn ours. One that was stopped, or hangs, is ended; what it had read is its
 * successor's. Time in which we ourselves did not run does not count. */
static void watch_control(struct us_stage *h)
{
	uint64_t turns = atomic_load_explicit(&h->session.house->turns, memory_order_relaxed), now = us_now_ns();
	uint64_t passed = now - h->control_seen_ns;
	h->control_seen_ns = now;
	h->control_idle_ns = turns == h->control_turns ? h->control_idle_ns + (passed < TURN_NS ? passed : TURN_NS) : 0;
	h->control_turns = turns;
	if (!h->control.pid || h->control_idle_ns < HUNG_NS)
		return;
	fprintf(stderr, "understudy: understudy-control has not moved for %llu s\n", HUNG_NS / 1000000000);
	us_process_signal(h->control.pidfd, SIGKILL);
	h->control_idle_ns = 0;
}

void us_spawn_keep_children(struct us_stage *h)
{
	watch_control(h);
	keep(h, &h->control, &h->session.clock->board.control, us_spawn_control);
	keep(h, &h->recorder, &h->session.clock->board.recorder, us_spawn_recorder);
}

/* Waits for one process until the deadline, then ends it, and reaps it. One that SIGKILL does not end (frozen, in an
 * uninterruptible sleep) keeps nobody: init inherits it. */
static void end(pid_t pid, int pidfd, uint64_t deadline_ns)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	uint64_t now = us_now_ns();
	siginfo_t info;
	if (poll(&p, 1, now < deadline_ns ? (int)((deadline_ns - now) / 1000000) : 0) == 0) {
		us_process_signal(pidfd, SIGKILL);
		poll(&p, 1, KILL_PATIENCE_MS);
	}
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG);
	close(pidfd);
}

void us_spawn_end_all(struct us_stage *h)
{
	uint64_t deadline = us_now_ns() + STOP_PATIENCE_MS * 1000000ull;
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct us_actor *a = &h->actor[i];
		if (atomic_load_explicit(&a->state, memory_order_acquire) == US_ACTOR_FREE)
			continue;
		us_process_signal(a->pidfd, SIGCONT); /* a stopped one would not see that it may leave */
		end(a->pid, a->pidfd, deadline);
		close(a->event_fd);
		atomic_store_explicit(&a->state, US_ACTOR_FREE, memory_order_relaxed);
	}
	if (h->control.pid)
		end(h->control.pid, h->control.pidfd, deadline);
	if (h->recorder.pid)
		end(h->recorder.pid, h->recorder.pidfd, deadline);
	h->control.pid = h->recorder.pid = 0;
}
