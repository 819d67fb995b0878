/* replay_logged.c — renders a log with the modules that are in it, in a process of its own: they are loaded where no
 * file can be opened and nothing sent (code/confine.h), and what they render comes through a pipe, block by block. */
#include "code/confine.h"
#include "code/load.h"
#include "offline_guard.h"
#include "replay/replay.h"
#include "replay_code.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* One block in the pipe: smaller than what a pipe takes at once. */
struct parcel {
	uint32_t failed, pad;
	uint64_t applied, gaps;
	union {
		float samples[US_SAMPLES];
		struct us_err err;
	};
};

static _Noreturn void send_failure(int fd, const struct us_err *err)
{
	struct parcel p = {.failed = 1, .err = *err};
	_exit(write(fd, &p, sizeof p) == sizeof p ? 0 : 1);
}

struct turn {
	struct us_replay replay;
	struct parcel parcel;
};

static void render(void *context)
{
	struct turn *turn = context;
	us_replay_block(&turn->replay, turn->parcel.samples);
}

static _Noreturn void perform(const struct us_log *log, struct us_shelf *shelf, int code_fd, int out_fd)
{
	static struct turn turn;
	const int keep[] = {code_fd < out_fd ? code_fd : out_fd, code_fd < out_fd ? out_fd : code_fd};
	const struct us_engine_config config =
	    us_engine_of_session(log->head.rate, log->head.arena_bytes, log->head.tape_bytes, shelf);
	struct us_library *library;
	struct us_err err;
	turn.replay.log = log;
	turn.replay.shelf = shelf;
	if (us_confine_loading(keep, 2, 0, &err) || us_code_library(&library, code_fd, NULL, &err) ||
	    us_engine_open(&turn.replay.replica.engine, &config, library, &err))
		send_failure(out_fd, &err);
	us_guard_open(turn.replay.replica.engine);
	if (us_confine_rendering(out_fd, &err))
		send_failure(out_fd, &err);
	if (write(out_fd, &turn.parcel, sizeof turn.parcel) != sizeof turn.parcel) /* loaded */
		_exit(1);
	for (uint64_t block = 0; block < log->blocks; block++) {
		if (us_guard_block(render, &turn, &err))
			send_failure(out_fd, &err);
		turn.parcel.applied = turn.replay.replica.applied;
		turn.parcel.gaps = turn.replay.gaps;
		if (write(out_fd, &turn.parcel, sizeof turn.parcel) != sizeof turn.parcel)
			break;
	}
	_exit(0);
}

static int ended(struct us_logged *l, struct us_err *err)
{
	int status = 0;
	waitpid(l->pid, &status, 0);
	l->pid = 0;
	if (WIFSIGNALED(status))
		return us_fail(err, "the modules in the log were ended in their sandbox by SIG%s",
		               sigabbrev_np(WTERMSIG(status)));
	return us_fail(err, "the modules in the log ended the process that ran them");
}

int us_logged_block(struct us_logged *l, float samples[US_SAMPLES], uint64_t *applied, uint64_t *gaps,
                    struct us_err *err)
{
	struct parcel p;
	for (size_t done = 0; done < sizeof p;) {
		ssize_t n = read(l->fd, (char *)&p + done, sizeof p - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ended(l, err);
		done += (size_t)n;
	}
	p.err.text[sizeof p.err.text - 1] = p.failed ? 0 : p.err.text[sizeof p.err.text - 1];
	if (p.failed)
		return us_fail(err, "%s", p.err.text);
	memcpy(samples, p.samples, sizeof p.samples);
	*applied = p.applied;
	*gaps = p.gaps;
	return US_OK;
}

int us_logged_start(struct us_logged *l, const struct us_log *log, struct us_shelf *shelf, int code_fd,
                    struct us_err *err)
{
	int pipe_fd[2];
	if (pipe2(pipe_fd, O_CLOEXEC))
		return us_fail(err, "cannot make a pipe: %s", strerror(errno));
	l->pid = fork();
	if (l->pid == 0)
		perform(log, shelf, code_fd, pipe_fd[1]);
	close(pipe_fd[1]);
	l->fd = pipe_fd[0];
	if (l->pid < 0)
		return us_fail(err, "cannot start a process: %s", strerror(errno));
	float nothing[US_SAMPLES];
	uint64_t none;
	return us_logged_block(l, nothing, &none, &none, err); /* it has loaded the modules */
}

void us_logged_end(struct us_logged *l)
{
	if (l->pid <= 0)
		return;
	close(l->fd);
	kill(l->pid, SIGKILL);
	waitpid(l->pid, NULL, 0);
	l->pid = 0;
}
