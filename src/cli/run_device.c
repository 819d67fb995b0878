/* run_device.c — which device plays, through which back end, and at which rate: decided before the session is made,
 * since all of its memory depends on the rate. The libraries are asked in a process of their own (understudy-supervisor
 * --probe-device), which nobody misses if they hang or crash. */
#include "ipc/code.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

extern char **environ;

/* Its answer, a line, into `text`; false: it had none, in time. */
static bool ask(const struct us_run *run, char *text, size_t size)
{
	char path[US_FD_PATH_BYTES], number[16], *const device = (char *)(uintptr_t)(run->device ? run->device : "");
	char *const argv[] = {"understudy-supervisor", "--probe-device", device, "", number, NULL};
	posix_spawn_file_actions_t actions;
	int end[2], status = 1;
	pid_t pid = 0;
	snprintf(number, sizeof number, "%u", run->rate);
	us_fd_path(path, run->code_fd[1 + US_SUPERVISOR], 0);
	if (pipe2(end, O_CLOEXEC))
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, end[1], STDOUT_FILENO);
	int failed = posix_spawn(&pid, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(end[1]);
	struct pollfd answer = {.fd = end[0], .events = POLLIN};
	ssize_t n = failed || poll(&answer, 1, PATIENCE_MS) != 1 ? 0 : read(end[0], text, size - 1);
	text[n > 0 ? n : 0] = 0;
	close(end[0]);
	if (failed)
		return false;
	if (n <= 0)
		kill(pid, SIGKILL); /* it has nothing to say, or hangs in a library */
	waitpid(pid, &status, 0);
	return n > 0;
}

int us_run_choose_device(struct us_run *run, struct us_err *err)
{
	char answer[64];
	uint32_t rate = 0;
	run->backend[0] = 0;
	const bool clock = run->device && (!strcmp(run->device, "null") || !strcmp(run->device, "freewheel"));
	if (!clock && ask(run, answer, sizeof answer) && sscanf(answer, "%15s %u", run->backend, &rate) == 2) {
		if (run->rate && run->rate != rate)
			return us_fail(
			    err,
			    "--rate %u: JACK runs at %u, and so does all that plays there: leave --rate out, or "
			    "start the server with another",
			    run->rate, rate);
	} else if (!clock && (!run->device || !*run->device)) {
		fprintf(stderr,
		        "understudy: no audio device found: playing to the null clock (understudy devices lists "
		        "devices)\n");
		run->device = "null";
	}
	if (!run->rate)
		run->rate = rate ? rate : US_RUN_USUAL_RATE;
	return run->rate >= 8000 && run->rate <= 192000
	           ? US_OK
	           : us_fail(err, "the device runs at %u frames per second: 8000 to 192000 will do", run->rate);
}
