/* spawn.c — child processes, and workers as the failover asks for them; control and the recorder are children.c's. Main
 * loop only. posix_spawn, never fork: nothing of ours is copied, no page fault follows. A child gets the descriptors
 * that are meant for it, and no others, whatever some library forgot to mark. */
#include "event.h"
#include "ipc/clock.h"
#include "ipc/process.h"
#include "ipc/say.h"
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

enum { MOST_PASSED = 8 };
#define KILL_PATIENCE_MS 2000 /* what the kernel has to end a process */
#define STOP_PATIENCE_MS 800  /* what they have to leave by themselves */

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

/* The next id whose desk is free: the dying may still sit at some. Never given twice, whoever dies in here. */
static int take_id(struct us_stage *h, uint64_t *id, struct us_err *err)
{
	struct us_clock *c = h->session.clock;
	*id = atomic_load_explicit(&c->next_worker, memory_order_relaxed);
	for (uint32_t i = 0; i < US_DESKS; i++, ++*id)
		if (atomic_load_explicit(&h->actor[*id % US_DESKS].state, memory_order_acquire) == US_ACTOR_FREE) {
			atomic_store_explicit(&c->next_worker, *id + 1, memory_order_release);
			return US_OK;
		}
	return us_fail(err, "all %d desks are taken by workers that are not dead", US_DESKS);
}

/* A worker takes a slot only if its desk names its process: one that was started and not noted is nobody's. */
int us_spawn_worker(struct us_stage *h, struct us_err *err)
{
	uint64_t id;
	char id_text[24], fd[8], code_fd[8];
	if (take_id(h, &id, err))
		return US_FAILED;
	struct us_actor *a = &h->actor[id % US_DESKS];
	struct us_desk *desk = &h->session.clock->desk[id % US_DESKS];
	snprintf(id_text, sizeof id_text, "%" PRIu64, id);
	snprintf(fd, sizeof fd, "%d", US_FIRST_PASSED_FD);
	snprintf(code_fd, sizeof code_fd, "%d", US_FIRST_PASSED_FD + 1);
	char *const argv[] = {"understudy-worker", h->session.name, id_text, fd, code_fd, NULL};
	int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event_fd < 0)
		return us_fail(err, "cannot make an event descriptor: %s", strerror(errno));
	pid_t pid;
	atomic_store(&desk->orders, US_WAIT_HERE);
	us_process_note(&desk->process, 0);
	atomic_store(&desk->id, id);
	if (us_spawn(h, &pid, US_WORKER, argv, &event_fd, 1, err)) {
		close(event_fd);
		return US_FAILED;
	}
	us_process_note(&desk->process, pid);
	*a = (struct us_actor){
	    .id = id, .pid = pid, .pidfd = (int)syscall(SYS_pidfd_open, pid, 0), .event_fd = event_fd};
	atomic_store_explicit(&a->state, US_ACTOR_HANDED, memory_order_release); /* pairs with collect() */
	us_event_raise(h->arbiter_fd);
	return US_OK;
}

static void reap(struct us_actor *a)
{
	siginfo_t info;
	waitid(P_PIDFD, (id_t)a->pidfd, &info, WEXITED);
	close(a->pidfd);
	close(a->event_fd);
	atomic_store_explicit(&a->state, US_ACTOR_FREE, memory_order_release);
}

void us_spawn_workers(struct us_stage *h)
{
	struct us_err err;
	for (uint32_t i = 0; i < US_DESKS; i++)
		if (atomic_load_explicit(&h->actor[i].state, memory_order_acquire) ==
		    US_ACTOR_DEAD) /* pairs with bury() */
			reap(&h->actor[i]);
	const uint32_t asked = atomic_load_explicit(&h->spawns_asked, memory_order_acquire);
	if (h->spawns_served == asked)
		return;
	h->spawns_served = asked;
	if (us_spawn_worker(h, &err)) {
		fprintf(stderr, US_SAY_WARNING "understudy: %s\n", err.text);
		atomic_fetch_add_explicit(&h->spawns_failed, 1, memory_order_release);
		us_event_raise(h->arbiter_fd);
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
