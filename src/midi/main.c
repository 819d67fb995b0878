/* main.c — understudy-midi: the keeper of a client (client.h). It has no MIDI itself, so no fault in RtMidi or a sound
 * server reaches it; what is held is in memory that both have. When a client dies, the next one ends its notes. */
#include "client.h"

#include "ipc/clock.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENT_SECONDS = 1 };
#define YOUNG_NS 2000000000ull /* who dies so soon would do so again */

static int open_signals(void)
{
	struct sigaction hangup;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigaction(SIGHUP, NULL, &hangup) || hangup.sa_handler != SIG_IGN) /* nohup: it stays ignored */
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static pid_t start(const struct us_midi_options *o, struct us_midi_kept *kept, int signals)
{
	const pid_t keeper = getpid(), pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != keeper)
		_exit(0);
	const int code = us_midi_client_run(o, kept, signals);
	fflush(NULL);
	_exit(code); /* the libraries' destructors wait for threads that may be gone */
}

/* Until the client has ended, or is asked to: true. */
static bool wait_for(pid_t pid, int signals, int *status)
{
	bool asked = false;
	const int fd = pidfd_open(pid, 0);
	struct pollfd p[] = {{.fd = fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
	while (fd >= 0 && !p[0].revents) {
		poll(p, asked ? 1 : 2, -1);
		if (!asked && p[1].revents) {
			kill(pid, SIGTERM);
			asked = true;
		}
	}
	waitpid(pid, status, 0);
	close(fd);
	return asked;
}

/* Between two clients; true if it shall end. */
static bool rest(int signals)
{
	struct pollfd p = {.fd = signals, .events = POLLIN};
	return poll(&p, 1, PATIENT_SECONDS * 1000) > 0;
}

static int keep(const struct us_midi_options *o, struct us_midi_kept *kept, int signals)
{
	for (;;) {
		int status;
		const uint64_t began = us_now_ns();
		const pid_t pid = start(o, kept, signals);
		if (pid < 0)
			return 1;
		const bool asked = wait_for(pid, signals, &status);
		const bool again = WIFSIGNALED(status) || WEXITSTATUS(status) == US_EXIT_AGAIN;
		if (asked || !again)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
		if (WIFSIGNALED(status))
			fprintf(stderr, "understudy-midi: died of signal %d; another one goes on\n", WTERMSIG(status));
		if ((us_now_ns() - began < YOUNG_NS || !WIFSIGNALED(status)) && rest(signals))
			return 0;
	}
}

int main(int argc, char **argv)
{
	struct us_midi_options options;
	struct us_err err;
	if (us_midi_options_read(&options, argc, argv, &err)) {
		fprintf(stderr, "understudy-midi: %s\n", err.text);
		return 2;
	}
	if (options.list)
		return us_midi_client_list(&options);
	struct us_midi_kept *kept = mmap(NULL, sizeof *kept, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const int signals = open_signals();
	if (kept == MAP_FAILED || signals < 0) {
		fprintf(stderr, "understudy-midi: no memory\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	return keep(&options, kept, signals);
}
