/* children.c — control and the recorder: started, watched, restarted. Main loop only. The failover decides (child.c),
 * this file does, and tells the arbiter. */
#include "event.h"
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

/* More than one death and one start it never has to tell before the arbiter asks for another start. */
static void tell(struct us_stage *h, struct us_child *child, enum us_child_event event)
{
	const uint32_t in = atomic_load_explicit(&child->news_in, memory_order_relaxed);
	if (in - atomic_load_explicit(&child->news_out, memory_order_acquire) >= US_CHILD_NEWS)
		return;
	child->news[in % US_CHILD_NEWS] = event;
	atomic_store_explicit(&child->news_in, in + 1, memory_order_release); /* pairs with us_children_hear() */
	us_event_raise(h->arbiter_fd);
}

bool us_children_hear(struct us_child *child, enum us_child_event *event)
{
	const uint32_t out = atomic_load_explicit(&child->news_out, memory_order_relaxed);
	if (out == atomic_load_explicit(&child->news_in, memory_order_acquire))
		return false;
	*event = child->news[out % US_CHILD_NEWS];
	atomic_store_explicit(&child->news_out, out + 1, memory_order_release);
	return true;
}

static struct us_process *board_of(const struct us_stage *h, enum failover_child child)
{
	struct us_board *b = &h->session.clock->board;
	return child == CHILD_CONTROL ? &b->control : &b->recorder;
}

static int spawn_child(struct us_stage *h, enum failover_child child, enum us_program program, char *const argv[],
                       const int *pass, uint32_t pass_count, struct us_err *err)
{
	pid_t pid;
	if (us_spawn(h, &pid, program, argv, pass, pass_count, err)) {
		tell(h, &h->child[child], US_CHILD_REFUSED);
		return US_FAILED;
	}
	us_children_adopt(h, child, pid, (int)syscall(SYS_pidfd_open, pid, 0));
	us_process_note(board_of(h, child), pid);
	return US_OK;
}

static int spawn_control(struct us_stage *h, struct us_err *err)
{
	if (us_stage_open_socket(h, err)) {
		tell(h, &h->child[CHILD_CONTROL], US_CHILD_REFUSED);
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
	return spawn_child(h, CHILD_CONTROL, US_CONTROL, argv, pass, count, err);
}

static int spawn_recorder(struct us_stage *h, struct us_err *err)
{
	char code_fd[8];
	snprintf(code_fd, sizeof code_fd, "%d", US_FIRST_PASSED_FD);
	char *const argv[] = {"understudy-recorder", h->session.name, code_fd, NULL};
	return spawn_child(h, CHILD_RECORDER, US_RECORDER, argv, (const int[]){0}, 0, err);
}

static int start(struct us_stage *h, enum failover_child child, struct us_err *err)
{
	return child == CHILD_CONTROL ? spawn_control(h, err) : spawn_recorder(h, err);
}

void us_children_adopt(struct us_stage *h, enum failover_child child, pid_t pid, int pidfd)
{
	static const char *const program[FAILOVER_CHILDREN] = {"understudy-control", "understudy-recorder"};
	struct us_child *c = &h->child[child];
	c->program = program[child];
	c->pid = pid;
	c->pidfd = pidfd;
	tell(h, c, US_CHILD_STARTED);
}

int us_children_start(struct us_stage *h, struct us_err *err)
{
	for (uint32_t i = FAILOVER_CHILDREN; i-- > 0;)
		if (!h->child[i].pid && start(h, i, err))
			return US_FAILED;
	return US_OK;
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

static bool is_asked(const _Atomic uint32_t *asked, uint32_t *served)
{
	const uint32_t n = atomic_load_explicit(asked, memory_order_acquire);
	const bool is_new = n != *served;
	*served = n;
	return is_new;
}

static void keep(struct us_stage *h, enum failover_child which)
{
	struct us_child *child = &h->child[which];
	struct us_err err;
	if (child->pid && is_over(child->pidfd)) {
		say_how_it_ended(child);
		us_process_note(board_of(h, which), 0);
		close(child->pidfd);
		child->pid = 0;
		tell(h, child, US_CHILD_ENDED);
	}
	/* It was stopped, or hangs; what it had read or not yet written is its successor's. */
	if (is_asked(&child->kills_asked, &child->kills_served) && child->pid) {
		fprintf(stderr, US_SAY_WARNING "understudy: %s has not moved for %.1f s, killing it\n", child->program,
		        (double)atomic_load_explicit(&child->idle_ns, memory_order_relaxed) / 1e9);
		us_process_signal(child->pidfd, SIGKILL);
	}
	if (is_asked(&child->starts_asked, &child->starts_served) && !child->pid && start(h, which, &err))
		fprintf(stderr, US_SAY_WARNING "understudy: %s\n", err.text);
}

void us_children_keep(struct us_stage *h)
{
	for (uint32_t i = 0; i < FAILOVER_CHILDREN; i++)
		keep(h, i);
}

void us_children_end(struct us_stage *h, uint64_t deadline_ns)
{
	for (uint32_t i = 0; i < FAILOVER_CHILDREN; i++) {
		struct us_child *c = &h->child[i];
		if (!c->pid)
			continue;
		us_process_signal(c->pidfd, SIGCONT); /* a stopped one would not see that it may leave */
		us_spawn_end(c->pid, c->pidfd, deadline_ns);
		c->pid = 0;
	}
}
