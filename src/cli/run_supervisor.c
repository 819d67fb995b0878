/* run_supervisor.c — the supervisor as its keeper has it: its command line, its start, its first word, its end. */
#include "ipc/rig.h"
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS = 64 };

extern char **environ;

struct arguments {
	char *at[ARGUMENTS + 1];
	char text[ARGUMENTS][24];
	uint32_t count;
};

static void add(struct arguments *a, const char *word)
{
	if (a->count < ARGUMENTS)
		a->at[a->count++] = (char *)(uintptr_t)word;
}

static void add_number(struct arguments *a, const char *option, uint64_t value)
{
	add(a, option);
	snprintf(a->text[a->count], sizeof a->text[0], "%llu", (unsigned long long)value);
	add(a, a->text[a->count]);
}

static void add_text(struct arguments *a, const char *option, const char *value)
{
	add(a, option);
	add(a, value);
}

enum { PATCH_FD = 3, READY_FD = 4, SOCKET_FD = 5, HERE6_FD = 6, CODE_FD = 7, PASSED_FDS = CODE_FD + US_CODE_FDS };

static void write_arguments(const struct us_run *run, struct arguments *a, bool adopt)
{
	add(a, "understudy-supervisor");
	add_text(a, "--session", run->session);
	add_text(a, "--device", run->device ? run->device : "");
	add_text(a, "--backend", run->backend);
	if (run->input)
		add_text(a, "--input", run->input);
	add_text(a, "--bind", run->bind);
	add_text(a, "--record", run->record);
	add_text(a, "--log", run->log);
	add_text(a, "--modules", run->modules);
	add_number(a, "--rate", run->rate);
	add_number(a, "--frames", run->frames);
	if (run->lookahead)
		add_number(a, "--lookahead", run->lookahead);
	add_number(a, "--port", run->port);
	add_number(a, "--ready-fd", READY_FD);
	add_number(a, "--code-fd", CODE_FD);
	if (run->seconds > 0)
		add_number(a, "--blocks", (uint64_t)(run->seconds * run->rate / US_BLOCK + 0.5));
	if (run->tape_seconds > 0)
		add_number(a, "--tape-bytes", us_tape_bytes(run->tape_seconds, (float)run->rate));
	if (run->patch_fd >= 0)
		add_number(a, "--patch-fd", PATCH_FD);
	if (run->socket_fd >= 0)
		add_number(a, "--socket-fd", SOCKET_FD);
	if (run->here6_fd >= 0)
		add_number(a, "--here6-fd", HERE6_FD);
	for (uint32_t i = 0; i < run->file_places; i++)
		add_text(a, "--files", run->files[i]);
	add_text(a, "--record-dir", run->record_dir);
	add_number(a, "--record-most", (uint64_t)(run->record_most * 1e9));
	add_text(a, "--token-file", run->token_file);
	if (run->token_only)
		add(a, "--token-only");
	if (run->chaos)
		add(a, "--chaos");
	if (adopt)
		add(a, "--adopt");
}

/* Each descriptor to its place, in two steps, so that a target never overwrites a source. The last is the program
 * itself, which its process closes. What a library prints to stdout may not wait either. */
static void pass_on(const struct us_run *run, posix_spawn_file_actions_t *actions, int ready_fd)
{
	int from[PASSED_FDS + 1], above = PASSED_FDS + 1;
	from[PATCH_FD] = run->patch_fd;
	from[READY_FD] = ready_fd;
	from[SOCKET_FD] = run->socket_fd;
	from[HERE6_FD] = run->here6_fd;
	memcpy(&from[CODE_FD], run->code_fd, sizeof run->code_fd);
	from[PASSED_FDS] = run->code_fd[1 + US_SUPERVISOR];
	for (int i = PATCH_FD; i <= PASSED_FDS; i++)
		above = from[i] >= above ? from[i] + 1 : above;
	posix_spawn_file_actions_adddup2(actions, STDERR_FILENO, STDOUT_FILENO);
	for (int i = PATCH_FD; i <= PASSED_FDS; i++)
		if (from[i] >= 0)
			posix_spawn_file_actions_adddup2(actions, from[i], above + i);
	for (int i = PATCH_FD; i <= PASSED_FDS; i++)
		if (from[i] >= 0)
			posix_spawn_file_actions_adddup2(actions, above + i, i);
	posix_spawn_file_actions_addclosefrom_np(actions, PASSED_FDS + 1);
}

/* In a process group of its own: Ctrl-C in the terminal reaches the keeper alone, who passes it on in order. */
int us_run_start_supervisor(struct us_run *run, bool adopt, struct us_err *err)
{
	struct arguments a = {0};
	char path[US_FD_PATH_BYTES];
	int pipe_fd[2];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	write_arguments(run, &a, adopt);
	if (pipe2(pipe_fd, O_CLOEXEC))
		return us_fail(err, "cannot make a pipe: %s", strerror(errno));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	pass_on(run, &actions, pipe_fd[1]);
	posix_spawnattr_init(&attributes);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	us_fd_path(path, PASSED_FDS, 0);
	int failed = posix_spawn(&run->supervisor, path, &actions, &attributes, a.at, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	close(pipe_fd[1]);
	if (failed) {
		close(pipe_fd[0]);
		run->supervisor = 0;
		return us_fail(err, "cannot start the supervisor: %s", strerror(failed));
	}
	run->ready_fd = pipe_fd[0];
	run->pidfd = (int)syscall(SYS_pidfd_open, run->supervisor, 0);
	return US_OK;
}

/* One line from the supervisor: "ready DEVICE" or "error REASON". */
int us_run_hear_supervisor(struct us_run *run)
{
	char line[512] = "";
	ssize_t n = read(run->ready_fd, line, sizeof line - 1);
	if (n > 0)
		line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	close(run->ready_fd);
	run->ready_fd = -1;
	if (strncmp(line, "ready ", 6) == 0) {
		run->failing_since_ns = run->retry_pause_ns = 0;
		if (!run->playing) {
			run->hold_fd = us_shm_hold(run->session, 0);
			us_run_greet(run);
		}
		us_service_ready(run);
		run->playing = true;
		return US_OK;
	}
	if (strncmp(line, "error ", 6) == 0 && !run->failing_since_ns) /* once, however often it is tried */
		fprintf(stderr, "understudy: %s\n", line + 6);
	return US_FAILED;
}

/* The supervisor is gone: 0 or its code if it left by itself, -1 if it was killed. */
int us_run_bury_supervisor(struct us_run *run)
{
	siginfo_t info = {0};
	waitid(P_PID, (id_t)run->supervisor, &info, WEXITED);
	close(run->pidfd);
	if (run->ready_fd >= 0)
		close(run->ready_fd);
	run->ready_fd = run->pidfd = -1;
	run->supervisor = 0;
	return info.si_code == CLD_EXITED ? info.si_status : -1;
}
