/* run_output.c — where the lines of a session go. The keeper and all that it starts have one pipe as stderr, which
 * takes what fits and never makes anybody wait (ipc/lines.h). This process, a fork of the keeper, writes what comes
 * out of it to the stderr that `understudy run` was called with, and is the only one that may wait there: for a
 * terminal in which somebody has pressed Ctrl-S, a pipe that nobody reads, a disk. It ends when nobody is left who
 * could say anything. Should it die, the keeper, which has the pipe's other end, starts another one.
 *
 * On a terminal each line takes the place of the keeper's status line, which ends in \r. */
#include "ipc/clock.h"
#include "ipc/lines.h"
#include "line.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIPE_BYTES = 256 << 10, PORTION = 16 << 10, DRAIN_MS = 1000 };

struct screen {
	int fd;
	bool terminal, within_line;
	uint64_t lost; /* lines that could not be written */
	enum us_line_form form;
	const char *session;
	struct us_line_rate rate;
};

/* Waits as long as it takes. False: it cannot be written, the disk is full or the terminal is gone. */
static bool write_all(int fd, const char *text, size_t bytes)
{
	while (bytes) {
		const ssize_t n = write(fd, text, bytes);
		if (n > 0) {
			text += n;
			bytes -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN) { /* somebody else made it so; we may wait */
			struct pollfd room = {.fd = fd, .events = POLLOUT};
			poll(&room, 1, -1);
		} else if (n == 0 || errno != EINTR) {
			return false;
		}
	}
	return true;
}

static uint64_t unix_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Time, session and severity before it, as line.h has it. Returns its bytes; 0: there are too many. */
static size_t dress(struct screen *s, char to[static US_LINE_BYTES], const char *text, size_t bytes)
{
	char more[64];
	uint64_t dropped;
	if (!us_line_may(&s->rate, us_now_ns(), &dropped))
		return 0;
	if (dropped) {
		const int n = snprintf(more, sizeof more, "understudy: %" PRIu64 " more lines\n", dropped);
		write_all(s->fd, to, us_line_write(to, s->form, s->session, unix_ns(), more, (size_t)n));
	}
	return us_line_write(to, s->form, s->session, unix_ns(), text, bytes);
}

static void show(struct screen *s, const char *text, size_t bytes)
{
	char line[US_LINE_BYTES];
	if (!s->within_line && text[bytes - 1] == '\n') {
		bytes = dress(s, line, text, bytes);
		text = line;
		if (!bytes)
			return;
	}
	char lost[80];
	if (s->terminal && !s->within_line)
		write_all(s->fd, "\r\x1b[K", 4);
	if (s->lost) {
		const int n =
		    snprintf(lost, sizeof lost, "understudy: %" PRIu64 " lines could not be written\n", s->lost);
		s->lost = write_all(s->fd, lost, (size_t)n) ? 0 : s->lost;
	}
	if (!write_all(s->fd, text, bytes))
		s->lost += memchr(text, '\n', bytes) != NULL;
	s->within_line = text[bytes - 1] != '\n' && text[bytes - 1] != '\r';
}

static void show_lines(struct screen *s, const char *text, size_t bytes)
{
	for (size_t first = 0, i = 0; i < bytes; i++)
		if (text[i] == '\n' || text[i] == '\r' || i + 1 == bytes) {
			show(s, text + first, i + 1 - first);
			first = i + 1;
		}
}

/* Ctrl-C, the end of the terminal and of the service: what the others have to say about it is still to be written. */
static _Noreturn void relay(int from, int to, bool terminal, const char *session)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTOU, SIGPIPE};
	static char text[PORTION];
	struct screen screen = {.fd = STDERR_FILENO,
	                        .terminal = terminal,
	                        .session = session,
	                        .form = us_line_form_of(to, getenv("JOURNAL_STREAM"))};
	prctl(PR_SET_NAME, "understudy-line");
	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		signal(ignored[i], SIG_IGN);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(from, STDIN_FILENO) < 0 || dup2(to, STDERR_FILENO) < 0 || dup2(to, STDOUT_FILENO) < 0)
		_exit(1);
	close_range(STDERR_FILENO + 1, ~0u, 0);
	for (;;) {
		const ssize_t n = read(STDIN_FILENO, text, sizeof text);
		if (n > 0)
			show_lines(&screen, text, (size_t)n);
		else if (n == 0 || errno != EINTR)
			_exit(0);
	}
}

static int start_relay(struct us_run *run, struct us_err *err)
{
	struct us_output_pipe *o = &run->output;
	const pid_t pid = fork();
	if (pid < 0)
		return us_fail(err, "cannot start the process that writes lines: %s", strerror(errno));
	if (pid == 0 && run->viewing)
		us_session_close(&run->view); /* it has no part in the session's memory */
	if (pid == 0)
		relay(o->read_fd, o->screen_fd, o->terminal, run->session);
	o->relay = pid;
	return US_OK;
}

/* Descriptors 0 to 2 are taken, by nothing if need be: a pipe must not become stderr by chance. */
static void take_standard_descriptors(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int us_run_output_open(struct us_run *run, struct us_err *err)
{
	struct us_output_pipe *o = &run->output;
	int fd[2];
	take_standard_descriptors();
	o->terminal = isatty(STDERR_FILENO);
	o->screen_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (o->screen_fd < 0 || pipe2(fd, O_CLOEXEC))
		return us_fail(err, "cannot make a pipe: %s", strerror(errno));
	o->read_fd = fd[0];
	fcntl(fd[1], F_SETPIPE_SZ, PIPE_BYTES);
	fcntl(fd[1], F_SETFL, O_NONBLOCK); /* of this pipe, which nobody shares but our children */
	if (start_relay(run, err)) {
		close(fd[0]);
		close(fd[1]);
		o->read_fd = 0;
		return US_FAILED;
	}
	fflush(stderr);
	dup2(fd[1], STDERR_FILENO);
	close(fd[1]);
	us_lines_open();
	return US_OK;
}

void us_run_output_turn(struct us_run *run)
{
	struct us_err err;
	if (!run->output.relay)
		start_relay(run, &err);
}

bool us_run_output_is_relay(struct us_output_pipe *o, pid_t dead)
{
	if (dead != o->relay)
		return false;
	o->relay = 0;
	return true;
}

void us_run_output_close(struct us_output_pipe *o)
{
	if (!o->read_fd)
		return; /* it was never opened */
	fflush(stderr);
	dup2(o->screen_fd, STDERR_FILENO); /* the pipe has no writer any more, when all have left */
	close(o->read_fd);
	if (!o->relay)
		return;
	struct pollfd gone = {.fd = (int)syscall(SYS_pidfd_open, o->relay, 0), .events = POLLIN};
	if (gone.fd < 0 || poll(&gone, 1, DRAIN_MS) <= 0)
		kill(o->relay, SIGKILL);
	if (gone.fd >= 0)
		close(gone.fd);
	waitpid(o->relay, NULL, 0);
	o->relay = 0;
}
