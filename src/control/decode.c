/* decode.c — sound files are decoded in a process of their own: libsndfile and the libraries below it have read what
 * nobody of ours has written. The child is a fork of control that has given up the session's memory, its sockets and
 * every system call but reading what it has open (guard.c); it sends floats through a pipe. If it dies of the file, or
 * is too slow, that is a message to who has named the file. */
#include "control.h"
#include "guard.h"
#include "ipc/clock.h"
#include "wav/sound.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CPU_SECONDS = 20, PATIENCE_MS = 30000, CHILD_FILE = 3, CHILD_OUT = 4 };

/* What the child says first; frames × channels floats follow. */
struct word {
	int32_t failed;
	uint32_t frames, channels;
	float rate;
	struct us_err why;
};

static bool write_all(int fd, const void *from, size_t bytes)
{
	for (const char *p = from; bytes;) {
		const ssize_t n = write(fd, p, bytes);
		if (n <= 0)
			return false;
		p += n;
		bytes -= (size_t)n;
	}
	return true;
}

/* The two descriptors that it needs, in order; the standard ones are left, and all others closed. */
static bool keep_descriptors(int file_fd, int out_fd)
{
	const int file = fcntl(file_fd, F_DUPFD, 64), out = fcntl(out_fd, F_DUPFD, 64);
	return file >= 0 && out >= 0 && dup2(file, CHILD_FILE) >= 0 && dup2(out, CHILD_OUT) >= 0 &&
	       close_range(CHILD_OUT + 1, ~0u, 0) == 0;
}

static _Noreturn void decode(struct us_control *c, int file_fd, int out_fd, const char *path, size_t most)
{
	struct us_sound sound = {0};
	struct word w = {0};
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
		signal(fatal[i], SIG_DFL);
	memset(c->guest_token, 0, sizeof c->guest_token);
	us_session_close(&c->session); /* with its token */
	setrlimit(RLIMIT_CPU, &(struct rlimit){CPU_SECONDS, CPU_SECONDS});
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	if (!keep_descriptors(file_fd, out_fd))
		_exit(1);
#ifndef __SANITIZE_ADDRESS__ /* which asks for more */
	if (us_guard_decoder(CHILD_OUT, &w.why))
		w.failed = 1;
#endif
	w.failed = w.failed || us_sound_read(&sound, CHILD_FILE, path, most, &w.why);
	w.frames = sound.frames;
	w.channels = sound.channels;
	w.rate = sound.rate;
	const bool sent = write_all(CHILD_OUT, &w, sizeof w) &&
	                  (w.failed || write_all(CHILD_OUT, sound.value,
	                                         sizeof(float) * (size_t)sound.frames * (size_t)sound.channels));
	_exit(sent ? 0 : 1);
}

/* False at the end of what there is, or when the time is over. */
static bool read_all(int fd, void *to, size_t bytes, uint64_t deadline_ns)
{
	for (char *p = to; bytes;) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		const uint64_t now = us_now_ns();
		if (now >= deadline_ns || poll(&ready, 1, (int)((deadline_ns - now) / 1000000) + 1) <= 0)
			return false;
		const ssize_t n = read(fd, p, bytes);
		if (n <= 0)
			return false;
		p += n;
		bytes -= (size_t)n;
	}
	return true;
}

/* Nothing that it says is believed: the sizes are checked again, the words are made visible. */
static int take(struct us_sound *sound, int fd, const char *path, size_t most, struct us_err *err)
{
	struct word w;
	const uint64_t deadline = us_now_ns() + PATIENCE_MS * 1000000ull;
	if (!read_all(fd, &w, sizeof w, deadline))
		return us_fail(err, "%s could not be decoded", path);
	w.why.text[sizeof w.why.text - 1] = 0;
	if (w.failed)
		return us_fail(err, "%s", w.why.text);
	if (w.channels < 1 || w.channels > 2 || w.frames < 1 || !(w.rate > 0 && w.rate < 1e7f) ||
	    w.frames > most / (w.channels * sizeof(float)))
		return us_fail(err, "%s could not be decoded", path);
	const size_t bytes = sizeof(float) * (size_t)w.frames * w.channels;
	*sound = (struct us_sound){.value = malloc(bytes), .frames = w.frames, .channels = w.channels, .rate = w.rate};
	if (!sound->value)
		return us_fail(err, "no memory for %s", path);
	if (read_all(fd, sound->value, bytes, deadline))
		return US_OK;
	us_sound_release(sound);
	return us_fail(err, "%s could not be decoded", path);
}

int us_control_decode(void *context, struct us_sound *sound, int fd, const char *path, size_t most, struct us_err *err)
{
	struct us_control *c = context;
	int out[2], status = 0;
	*sound = (struct us_sound){0};
	if (pipe2(out, O_CLOEXEC))
		return us_fail(err, "cannot make a pipe: %s", strerror(errno));
	const pid_t pid = fork();
	if (pid == 0)
		decode(c, fd, out[1], path, most);
	const int why = errno;
	close(out[1]);
	int failed =
	    pid < 0 ? us_fail(err, "cannot start a decoder: %s", strerror(why)) : take(sound, out[0], path, most, err);
	close(out[0]);
	if (pid < 0)
		return failed;
	if (failed)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (failed && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		return us_fail(err, "%s ended its decoder: SIG%s", path, sigabbrev_np(WTERMSIG(status)));
	return failed;
}
