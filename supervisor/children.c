/* children.c — control and the recorder: started, watched, restarted. Main loop only. child.c decides, this file does.
 */
#include "ipc/clock.h"
#include "ipc/process.h"
#include "ipc/say.h"
#include "stage.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t turns_of(const _Atomic uint64_t *turns)
{
	return atomic_load_explicit(turns, memory_order_relaxed);
}

static int spawn_child(const struct us_stage *h, struct us_child *child, enum us_program program, char *const argv[],
                       const int *pass, uint32_t pass_count, const _Atomic uint64_t *turns, struct us_process *board,
                       struct us_err *err)
{
	pid_t pid;
	child->program = argv[0];
	if (us_spawn(h, &pid, program, argv, pass, pass_count, err)) {
		us_child_step(&child->life, US_CHILD_REFUSED, turns_of(turns), us_now_ns());
		return US_FAILED;
	}
	us_children_adopt(child, argv[0], pid, (int)syscall(SYS_pidfd_open, pid, 0), turns_of(turns));
	us_process_note(board, pid);
	return US_OK;
}

static int spawn_control(struct us_stage *h, struct us_err *err)
{
	if (us_stage_open_socket(h, err)) {
		us_child_step(&h->control.life, US_CHILD_REFUSED, turns_of(&h->session.house->turns), us_now_ns());
		return US_FAILED;
	}
	bool patch = h->options.patch_fd >= 0;
	/* us_adopt_control knows their order. */
	const bool six = h->here6_fd >= 0;
	int pass[3] = {h->socket_fd}, count = 1;
	char socket[8], here6[8], patch_fd[8], code_fd[8];
	snprintf(socket, sizeof socket, "%d", US_FIRST_PASSED_FD);
	snprintf(here6, sizeof here6, "%d", six ? US_FIRST_PASSED_FD + count : -1);
	if (six)
		pass[count++] = h->here6_fd;
	snprintf(patch_fd, sizeof patch_fd, "%d", patch ? US_FIRST_PASSED_FD + count : -1);
	if (patch)
		pass[count++] = h->options.patch_fd;
	snprintf(code_fd, sizeof code_fd, "%d", US_FIRST_PASSED_FD + count);
	char *const argv[] = {"understudy-control", h->session.name, socket, here6, patch_fd, code_fd, NULL};
	return spawn_child(h, &h->control, US_CONTROL, argv, pass, count, &h->session.house->turns,
	                   &h->session.clock->board.control, err);
}

static int spawn_recorder(struct us_stage *h, struct us_err *err)
{
	char code_fd[8];
	snprintf(code_fd, sizeof code_fd, "%d", US_FIRST_PASSED_FD);
	char *const argv[] = {"understudy-recorder", h->session.name, code_fd, NULL};
	return spawn_child(h, &h->recorder, US_RECORDER, argv, (const int[]){0}, 0, &h->session.recorder->turns,
	                   &h->session.clock->board.recorder, err);
}

void us_children_adopt(struct us_child *child, const char *program, pid_t pid, int pidfd, uint64_t turns)
{
	child->program = program;
	child->pid = pid;
	child->pidfd = pidfd;
	us_child_step(&child->life, US_CHILD_STARTED, turns, us_now_ns());
}

int us_children_start(struct us_stage *h, struct us_err *err)
{
	return (!h->recorder.pid && spawn_recorder(h, err)) || (!h->control.pid && spawn_control(h, err)) ? US_FAILED
	                                                                                                  : US_OK;
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
		fprintf(stderr, US_SAY_WARNING "understudy: %s has ended, restarting it\n", child->program);
	else if (info.si_code == CLD_EXITED)
		fprintf(stderr, US_SAY_WARNING "understudy: %s left with code %d, restarting it\n", child->program,
		        info.si_status);
	else
		fprintf(stderr, US_SAY_WARNING "understudy: %s died of SIG%s, restarting it\n", child->program,
		        sigabbrev_np(info.si_status) ? sigabbrev_np(info.si_status) : "?");
}

static void keep(struct us_stage *h, struct us_child *child, struct us_process *board, uint64_t turns,
                 int (*start)(struct us_stage *, struct us_err *))
{
	struct us_err err;
	if (child->pid && is_over(child->pidfd)) {
		say_how_it_ended(child);
		us_process_note(board, 0);
		close(child->pidfd);
		child->pid = 0;
		us_child_step(&child->life, US_CHILD_ENDED, turns, us_now_ns());
	}
	switch (us_child_step(&child->life, US_CHILD_LOOK, turns, us_now_ns())) {
	case US_CHILD_START:
		if (start(h, &err))
			fprintf(stderr, US_SAY_WARNING "understudy: %s\n", err.text);
		break;
	case US_CHILD_KILL: /* it was stopped, or hangs; what it had read or not yet written is its successor's */
		fprintf(stderr, US_SAY_WARNING "understudy: %s has not moved for %.1f s, killing it\n", child->program,
		        (double)child->life.idle_ns / 1e9);
		us_process_signal(child->pidfd, SIGKILL);
		break;
	case US_CHILD_WAIT:
		break;
	}
}

/* The tap remembers what was played for some seconds, fewer at high rates: a recorder that hangs is replaced while its
 * successor still finds all of it there. */
void us_children_keep(struct us_stage *h)
{
	struct us_board *b = &h->session.clock->board;
	h->recorder.life.hung_ns = US_TAP / 2 * 1000000000ull * US_BLOCK / h->session.clock->rate;
	keep(h, &h->control, &b->control, turns_of(&h->session.house->turns), spawn_control);
	keep(h, &h->recorder, &b->recorder, turns_of(&h->session.recorder->turns), spawn_recorder);
}

void us_children_end(struct us_stage *h, uint64_t deadline_ns)
{
	struct us_child *const all[] = {&h->control, &h->recorder};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (all[i]->pid) {
			us_process_signal(all[i]->pidfd, SIGCONT); /* a stopped one would not see that it may leave */
			us_spawn_end(all[i]->pid, all[i]->pidfd, deadline_ns);
			all[i]->pid = 0;
		}
}
