/* run.c — the keeper: starts the supervisor, passes on Ctrl-C, and starts another one if it dies, which takes over the
 * living workers. It plays nothing, listens to nobody, and adopts orphans so that none stays a zombie. */
#include "run.h"

#include "cli.h"
#include "code.h"
#include "ipc/clock.h"
#include "ipc/process.h"
#include "ipc/rig.h"
#include "limits.h"
#include "options.h"
#include "sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TURN_MS = 200, PATIENCE_MS = 2000, ARGUMENTS = 64, RESTARTS = 5 };
#define RESTARTS_FORGIVEN_NS 60000000000ull

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

enum { PATCH_FD = 3, READY_FD = 4, CODE_FD = 5, PASSED_FDS = CODE_FD + US_CODE_FDS };

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
	for (uint32_t i = 0; i < run->file_places; i++)
		add_text(a, "--files", run->files[i]);
	add_text(a, "--record-dir", run->record_dir);
	add_text(a, "--token-file", run->token_file);
	if (run->token_only)
		add(a, "--token-only");
	if (run->chaos)
		add(a, "--chaos");
	if (adopt)
		add(a, "--adopt");
}

/* Each descriptor to its place, in two steps, so that a target never overwrites a source. The last is the program
 * itself, which its process closes. */
static void pass_on(const struct us_run *run, posix_spawn_file_actions_t *actions, int ready_fd)
{
	int from[PASSED_FDS + 1], above = PASSED_FDS + 1;
	from[PATCH_FD] = run->patch_fd;
	from[READY_FD] = ready_fd;
	memcpy(&from[CODE_FD], run->code_fd, sizeof run->code_fd);
	from[PASSED_FDS] = run->code_fd[1 + US_SUPERVISOR];
	for (int i = PATCH_FD; i <= PASSED_FDS; i++)
		above = from[i] >= above ? from[i] + 1 : above;
	for (int i = PATCH_FD; i <= PASSED_FDS; i++)
		if (from[i] >= 0)
			posix_spawn_file_actions_adddup2(actions, from[i], above + i);
	for (int i = PATCH_FD; i <= PASSED_FDS; i++)
		if (from[i] >= 0)
			posix_spawn_file_actions_adddup2(actions, above + i, i);
	posix_spawn_file_actions_addclosefrom_np(actions, PASSED_FDS + 1);
}

/* In a process group of its own: Ctrl-C in the terminal reaches the keeper alone, who passes it on in order. */
static int start_supervisor(struct us_run *run, bool adopt, struct us_err *err)
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
		return us_fail(err, "cannot start the supervisor: %s", strerror(failed));
	}
	run->ready_fd = pipe_fd[0];
	run->pidfd = (int)syscall(SYS_pidfd_open, run->supervisor, 0);
	return US_OK;
}

/* One line from the supervisor: "ready DEVICE" or "error REASON". */
static int hear_supervisor(struct us_run *run)
{
	char line[512] = "";
	ssize_t n = read(run->ready_fd, line, sizeof line - 1);
	if (n > 0)
		line[n] = 0;
	line[strcspn(line, "\n")] = 0;
	close(run->ready_fd);
	run->ready_fd = -1;
	if (strncmp(line, "ready ", 6) == 0) {
		if (!run->playing)
			us_run_greet(run);
		us_service_ready(run);
		run->playing = true;
		return US_OK;
	}
	if (strncmp(line, "error ", 6) == 0)
		fprintf(stderr, "understudy: %s\n", line + 6);
	return US_FAILED;
}

static int take_signals(struct us_run *run, struct us_err *err)
{
	struct sigaction hangup;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	if (sigaction(SIGHUP, NULL, &hangup) || hangup.sa_handler != SIG_IGN) /* nohup: it stays ignored */
		sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	run->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return run->signal_fd < 0 ? us_fail(err, "cannot take signals: %s", strerror(errno)) : US_OK;
}

static void read_signals(struct us_run *run)
{
	struct signalfd_siginfo info;
	while (read(run->signal_fd, &info, sizeof info) == sizeof info)
		if (info.ssi_signo != SIGCHLD) {
			if (!run->ending) {
				us_service_stopping(run);
				run->ending_ns = us_now_ns();
			}
			run->ending = true;
			us_process_signal(run->pidfd, SIGTERM);
		}
}

/* A supervisor that was asked to end and does not, because it is stopped or hangs, is not asked a second time. */
static void lose_patience(struct us_run *run)
{
	if (run->ending && us_now_ns() - run->ending_ns > PATIENCE_MS * 1000000ull)
		us_process_signal(run->pidfd, SIGKILL);
}

/* Orphans of a dead supervisor have become ours. */
static void reap_orphans(const struct us_run *run)
{
	siginfo_t info;
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid ||
		    info.si_pid == run->supervisor)
			return;
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
	}
}

/* The supervisor is gone: 0 or its code if it left by itself, -1 if it was killed. */
static int bury_supervisor(struct us_run *run)
{
	siginfo_t info = {0};
	waitid(P_PID, (id_t)run->supervisor, &info, WEXITED);
	close(run->pidfd);
	if (run->ready_fd >= 0)
		close(run->ready_fd);
	run->ready_fd = run->pidfd = -1;
	return info.si_code == CLD_EXITED ? info.si_status : -1;
}

static bool may_restart(struct us_run *run)
{
	uint64_t now = us_now_ns();
	if (now - run->restarted_ns > RESTARTS_FORGIVEN_NS)
		run->restarts = 0;
	run->restarted_ns = now;
	return run->playing && !run->ending && run->restarts++ < RESTARTS;
}

static void end_company(struct us_run *run)
{
	if (!run->viewing)
		return;
	const struct us_board *b = &run->view.clock->board;
	const struct us_process *const all[] = {&b->worker[0].process, &b->worker[1].process, &b->spare.process,
	                                        &b->control, &b->recorder};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		int fd = us_process_open(all[i]);
		if (fd < 0)
			continue;
		us_process_signal(fd, SIGKILL);
		close(fd);
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static int keep(struct us_run *run)
{
	struct us_err err;
	for (;;) {
		struct pollfd fd[] = {{.fd = run->signal_fd, .events = POLLIN},
		                      {.fd = run->pidfd, .events = POLLIN},
		                      {.fd = run->ready_fd, .events = POLLIN}};
		poll(fd, 3, TURN_MS);
		read_signals(run);
		lose_patience(run);
		if (fd[2].revents && run->ready_fd >= 0)
			hear_supervisor(run);
		if (run->playing) {
			us_run_show(run);
			us_service_turn(run);
			us_rtkit_turn(run);
		}
		reap_orphans(run);
		if (!fd[1].revents)
			continue;
		int code = bury_supervisor(run);
		bool successor = code == US_EXIT_SUCCESSOR && run->playing;
		if (code > 0 && run->playing && !successor) /* it could not take over: nobody else will */
			end_company(run);
		if (code >= 0 && !successor)
			return code;
		if (!successor && !may_restart(run)) {
			if (!run->ending)
				fprintf(stderr, "understudy: the supervisor was killed%s\n",
				        run->playing ? " too often; giving up" : " before the sound had started");
			end_company(run);
			return US_CLI_FAILED;
		}
		if (!successor)
			fprintf(stderr, "understudy: the supervisor died; another one takes over\n");
		if (start_supervisor(run, true, &err)) {
			end_company(run);
			return us_cli_refuse(&err);
		}
	}
}

static int limits_allow(const struct us_run *run, struct us_err *err)
{
	const uint32_t rate = run->rate ? run->rate : US_RUN_USUAL_RATE;
	return us_limits_prepare(rate, us_tape_bytes(run->tape_seconds, (float)rate), err);
}

int us_cli_run(int argc, char **argv)
{
	struct us_run run;
	struct us_err err;
	int verdict = us_run_read(&run, argc, argv);
	if (verdict != US_CLI_GO_ON)
		return verdict;
	run.terminal = isatty(STDERR_FILENO);
	run.ready_fd = -1;
	if (limits_allow(&run, &err) || us_rig_modules(run.modules, &err))
		return us_cli_refuse(&err);
	if (us_code_allow_descriptors(&err) || us_code_gather(run.code_fd, run.modules, true, run.log_code, &err))
		return us_cli_refuse(&err);
	if (!us_code_in_memory(run.code_fd[0]))
		fprintf(stderr,
		        "understudy: this system forbids executable memory files (vm.memfd_noexec): modules and "
		        "programs are kept in nameless files instead\n");
	/* What the limits have to be depends on the rate, and what that is may depend on the device. */
	if (us_run_choose_device(&run, &err) || limits_allow(&run, &err))
		return us_cli_refuse(&err);
	if (us_code_describe(run.code_fd, run.rate, &err))
		return us_cli_refuse(&err);
	if (run.patch && us_patch_packets(run.patch, run.code_fd[0], run.rate, &run.patch_fd, &err))
		return us_cli_refuse(&err);
	if (strcmp(run.bind, "127.0.0.1") != 0)
		fprintf(stderr, "understudy: listening on %s: whoever reaches this address can play this synth\n",
		        run.bind);
	us_sessions_clean();
	struct timespec began;
	clock_gettime(CLOCK_REALTIME_COARSE, &began);
	us_service_open(&run.service);
	signal(SIGTTOU,
	       SIG_IGN); /* inherited: in the background of a terminal with tostop a message must stop nobody */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (take_signals(&run, &err) || start_supervisor(&run, false, &err))
		return us_cli_refuse(&err);
	int code = keep(&run);
	if (run.playing)
		us_run_farewell(&run);
	us_session_clear_away(run.session, &began); /* what a killed supervisor could not remove */
	us_rtkit_close(&run.rtkit);
	if (run.viewing)
		us_session_close(&run.view);
	return code;
}
