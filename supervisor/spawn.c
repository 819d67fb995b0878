/* spawn.c — child processes, and the company of workers; control and the recorder are children.c's. Main loop only.
 * posix_spawn, never fork: nothing of ours is copied, no page fault follows. A child gets the descriptors that are
 * meant for it, and no others, whatever some library forgot to mark. */
#include "ipc/clock.h"
#include "ipc/process.h"
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

enum { MOST_PASSED = 8, COMPANY = US_SLOTS + 1 };
#define BACKOFF_FIRST_NS 50000000ull
#define BACKOFF_MOST_NS 5000000000ull
#define STEADY_NS 5000000000ull /* after so long without a death in a loop the wait begins anew */
#define KILL_PATIENCE_MS 2000   /* what the kernel has to end a process */
#define STOP_PATIENCE_MS 800    /* what they have to leave by themselves */

/* The descriptors `pass` become US_FIRST_PASSED_FD and so on, in two steps, so that a target never overwrites a source:
 * up above all of them, then down. The last of them is the program itself: the child closes it (us_process_begin). */
static int pass_on(posix_spawn_file_actions_t *actions, const int *pass, uint32_t count)
{
	int failed = 0, above = US_FIRST_PASSED_FD + (int)count;
	for (uint32_t i = 0; i < count; i++)
		above = pass[i] >= above ? pass[i] + 1 : above;
	for (uint32_t i = 0; i < count; i++)
		failed |= posix_spawn_file_actions_adddup2(actions, pass[i], above + (int)i);
	for (uint32_t i = 0; i < count; i++)
		failed |= posix_spawn_file_actions_adddup2(actions, above + (int)i, US_FIRST_PASSED_FD + (int)i);
	return failed | posix_spawn_file_actions_addclosefrom_np(actions, US_FIRST_PASSED_FD + (int)count);
}

/* From the session's own program, never from the disk. Its last passed descriptor is the code's. */
int us_spawn(const struct us_stage *h, pid_t *pid, enum us_program program, char *const argv[], const int *pass,
             uint32_t pass_count, struct us_err *err)
{
	char path[US_FD_PATH_BYTES];
	int all[MOST_PASSED];
	char *const environment[] = {NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, every;
	memcpy(all, pass, pass_count * sizeof *pass);
	all[pass_count] = h->options.code_fd;
	all[pass_count + 1] = h->options.code_fd + 1 + (int)program;
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	int failed = pass_on(&actions, all, pass_count + 2);
	sigemptyset(&none);
	sigfillset(&every);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &every);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	us_fd_path(path, US_FIRST_PASSED_FD + (int)pass_count + 1, 0);
	if (!failed)
		failed = posix_spawn(pid, path, &actions, &attributes, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return failed ? us_fail(err, "cannot start %s: %s", us_program_name(program), strerror(failed)) : US_OK;
}

int us_spawn_worker(struct us_stage *h, struct us_err *err)
{
	struct us_actor *a = &h->actor[h->next_id % US_DESKS];
	if (atomic_load_explicit(&a->state, memory_order_acquire) != US_ACTOR_FREE)
		return us_fail(err, "no desk is free for another worker");
	char id[24], fd[8], code_fd[8];
	snprintf(id, sizeof id, "%" PRIu64, h->next_id);
	snprintf(fd, sizeof fd, "%d", US_FIRST_PASSED_FD);
	snprintf(code_fd, sizeof code_fd, "%d", US_FIRST_PASSED_FD + 1);
	char *const argv[] = {"understudy-worker", h->session.name, id, fd, code_fd, NULL};
	int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event_fd < 0)
		return us_fail(err, "cannot make an event descriptor: %s", strerror(errno));
	pid_t pid;
	atomic_store(&h->session.clock->desk[h->next_id % US_DESKS].orders, US_WAIT_HERE);
	if (us_spawn(h, &pid, US_WORKER, argv, &event_fd, 1, err)) {
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

/* Waits for one process until the deadline, then ends it, and reaps it. One that SIGKILL does not end (frozen, in an
 * uninterruptible sleep) keeps nobody: init inherits it. */
void us_spawn_end(pid_t pid, int pidfd, uint64_t deadline_ns)
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
		us_spawn_end(a->pid, a->pidfd, deadline);
		close(a->event_fd);
		atomic_store_explicit(&a->state, US_ACTOR_FREE, memory_order_relaxed);
	}
	us_children_end(h, deadline);
}
