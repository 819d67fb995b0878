/* run.c — the keeper: starts the supervisor, passes on Ctrl-C, and starts another one if it dies or does not move,
 * which takes over the living workers. It plays nothing, listens to nobody, and adopts orphans so that none stays a
 * zombie.
 *
 * A session whose workers live does not end because something is short for a moment (processes, memory): another start
 * is tried, more and more slowly, for GIVE_UP_NS. The port cannot be lost meanwhile, because its socket is held here.
 */
#include "run.h"

#include "cli.h"
#include "code.h"
#include "ipc/clock.h"
#include "ipc/process.h"
#include "ipc/rig.h"
#include "ipc/say.h"
#include "ipc/socket.h"
#include "limits.h"
#include "options.h"
#include "sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TURN_MS = 100, PATIENCE_MS = 4000, RESTARTS = 5, KILL_PATIENCE_MS = 2000 };
#define RESTARTS_FORGIVEN_NS 60000000000ull
#define RETRY_FIRST_NS 100000000ull
#define RETRY_MOST_NS 2000000000ull
#define GIVE_UP_NS 60000000000ull

/* Where SIGHUP is ignored (nohup) it stays ignored. SIGINT, which a shell ignores for what runs in its background, is
 * heard all the same: scripts end what they have started that way. */
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
static void reap_orphans(struct us_run *run)
{
	siginfo_t info;
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid ||
		    info.si_pid == run->supervisor)
			return;
		us_run_output_is_relay(&run->output, info.si_pid);
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
	}
}

static bool may_restart(struct us_run *run)
{
	uint64_t now = us_now_ns();
	if (now - run->restarted_ns > RESTARTS_FORGIVEN_NS)
		run->restarts = 0;
	run->restarted_ns = now;
	return run->restarts++ < RESTARTS;
}

/* All that a dead supervisor had started: they are our children by now, known to the board or not. */
static uint32_t kill_children(const struct us_run *run)
{
	char path[64];
	uint32_t count = 0;
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *f = fopen(path, "re");
	for (int pid; f && fscanf(f, "%d", &pid) == 1;)
		if (pid != run->output.relay && kill(pid, SIGKILL) == 0)
			count++;
	if (f)
		fclose(f);
	return count;
}

/* One that SIGKILL does not end (frozen, held by a driver) keeps nobody. */
static void end_company(struct us_run *run)
{
	const uint64_t deadline = us_now_ns() + KILL_PATIENCE_MS * 1000000ull;
	while (kill_children(run) && us_now_ns() < deadline) {
		reap_orphans(run);
		poll(NULL, 0, 5);
	}
}

/* --- one supervisor after the other --------------------------------------------------------------------------------
 */

/* Something is short, and will not be for ever. True: that has lasted too long. */
static bool put_off(struct us_run *run)
{
	const uint64_t now = us_now_ns();
	if (!run->failing_since_ns)
		run->failing_since_ns = now;
	run->retry_pause_ns = run->retry_pause_ns ? run->retry_pause_ns * 2 : RETRY_FIRST_NS;
	if (run->retry_pause_ns > RETRY_MOST_NS)
		run->retry_pause_ns = RETRY_MOST_NS;
	run->retry_ns = now + run->retry_pause_ns;
	return now - run->failing_since_ns > GIVE_UP_NS;
}

static int give_up(struct us_run *run, const char *why)
{
	if (!run->ending)
		fprintf(stderr, "understudy: %s\n", why);
	end_company(run);
	return US_CLI_FAILED;
}

static int start_successor(struct us_run *run)
{
	struct us_err err;
	run->pulse = (struct us_pulse){0};
	if (us_run_start_supervisor(run, true, &err) == US_OK)
		return US_CLI_GO_ON;
	if (!run->failing_since_ns)
		fprintf(stderr, "understudy: %s; the workers play on as far as they may, trying again\n", err.text);
	return put_off(run) ? give_up(run, "no supervisor could be started for a minute; giving up") : US_CLI_GO_ON;
}

/* The supervisor is gone. US_CLI_GO_ON, or what to exit with. */
static int succeed(struct us_run *run)
{
	const int code = us_run_bury_supervisor(run);
	if (!run->playing || run->ending || code == 0) {
		if (code >= 0 && !(run->ending && code == US_EXIT_SUCCESSOR))
			return code;
		return give_up(run, "the supervisor was killed before the sound had started");
	}
	if (code == US_EXIT_SUCCESSOR)
		return start_successor(run);
	if (code > 0) /* it could not take over, and has touched nothing */
		return put_off(run) ? give_up(run, "no supervisor could take over for a minute; giving up")
		                    : US_CLI_GO_ON;
	if (!may_restart(run))
		return give_up(run, "the supervisor was killed too often; giving up");
	if (!run->stood_still)
		fprintf(stderr, US_SAY_WARNING "understudy: the supervisor died; another one takes over\n");
	run->stood_still = false;
	return start_successor(run);
}

/* One that is stopped, or hangs, is replaced as if it had died. */
static void watch_supervisor(struct us_run *run)
{
	struct us_pulse_look look;
	if (!run->viewing || run->pidfd < 0 || run->ending || run->stood_still ||
	    atomic_load_explicit(&run->view.clock->stop, memory_order_relaxed))
		return;
	us_pulse_take(&look, run->view.clock, run->supervisor);
	const uint64_t still_ns = us_pulse_step(&run->pulse, &look, run->ready_fd >= 0);
	if (!still_ns)
		return;
	fprintf(stderr,
	        US_SAY_WARNING "understudy: the supervisor has stood still for %.1f s; another one takes over\n",
	        (double)still_ns / 1e9);
	run->stood_still = true;
	us_process_signal(run->pidfd, SIGKILL);
}

static void look_around(struct us_run *run)
{
	struct pollfd fd[] = {{.fd = run->signal_fd, .events = POLLIN},
	                      {.fd = run->pidfd, .events = POLLIN},
	                      {.fd = run->ready_fd, .events = POLLIN}};
	poll(fd, 3, TURN_MS);
	read_signals(run);
	lose_patience(run);
	if (fd[2].revents && run->ready_fd >= 0)
		us_run_hear_supervisor(run);
	us_run_output_turn(run);
	if (run->viewing)
		atomic_store_explicit(&run->view.clock->keeper_ns, us_now_ns(), memory_order_relaxed);
	if (run->playing) {
		us_run_show(run);
		us_service_turn(run);
		us_rtkit_turn(run);
		watch_supervisor(run);
	}
	reap_orphans(run);
}

static bool is_over(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	return poll(&p, 1, 0) > 0;
}

static int keep(struct us_run *run)
{
	for (int code = US_CLI_GO_ON;;) {
		look_around(run);
		if (run->supervisor && is_over(run->pidfd))
			code = succeed(run);
		else if (!run->supervisor && run->ending)
			code = give_up(run, "");
		else if (!run->supervisor && us_now_ns() >= run->retry_ns)
			code = start_successor(run);
		if (code != US_CLI_GO_ON)
			return code;
	}
}

static int limits_allow(const struct us_run *run, struct us_err *err)
{
	const uint32_t rate = run->rate ? run->rate : US_RUN_USUAL_RATE;
	return us_limits_prepare(rate, us_tape_bytes(run->tape_seconds, (float)rate), err);
}

/* What was said at the start is true once; from here on lines go through a pipe. */
static int perform(struct us_run *run)
{
	struct us_err err;
	if (us_run_output_open(run, &err) || take_signals(run, &err) || us_run_start_supervisor(run, false, &err))
		return us_cli_refuse(&err);
	int code = keep(run);
	if (run->playing)
		us_run_farewell(run);
	if (run->hold_fd >= 0)
		close(run->hold_fd);
	us_session_clear_away(run->session, &run->began); /* what a killed supervisor could not remove */
	us_rtkit_close(&run->rtkit);
	if (run->viewing)
		us_session_close(&run->view);
	return code;
}

int us_cli_run(int argc, char **argv)
{
	struct us_run run;
	struct us_err err;
	int verdict = us_run_read(&run, argc, argv);
	if (verdict != US_CLI_GO_ON)
		return verdict;
	run.ready_fd = run.pidfd = run.hold_fd = -1;
	if (limits_allow(&run, &err) || us_rig_modules(run.modules, &err))
		return us_cli_refuse(&err);
	if (us_code_allow_descriptors(&err) || us_code_gather(run.code_fd, run.modules, true, run.log_code, &err))
		return us_cli_refuse(&err);
	if (!us_code_in_memory(run.code_fd[1 + US_SUPERVISOR]))
		fprintf(stderr, "understudy: this system forbids executable memory files (vm.memfd_noexec): "
		                "programs are kept in nameless files instead\n");
	/* What the limits have to be depends on the rate, and what that is may depend on the device. */
	if (us_run_choose_device(&run, &err) || limits_allow(&run, &err))
		return us_cli_refuse(&err);
	if (us_code_describe(run.code_fd, run.rate, &err))
		return us_cli_refuse(&err);
	static struct us_inputs inputs; /* big for a stack */
	if (run.patch && (us_patch_packets(run.patch, run.code_fd[0], run.rate, &run.patch_fd, &inputs, &err) ||
	                  us_inputs_check(&inputs, "--record", run.record, &err)))
		return us_cli_refuse(&err);
	if (!us_socket_is_here(run.bind))
		fprintf(stderr, "understudy: listening on %s: whoever reaches this address can play this synth\n",
		        run.bind);
	if (run.log[0] && us_run_choose_log(run.log, run.log_keep, &err))
		return us_cli_refuse(&err);
	us_session_end_orphans(run.session);
	us_sessions_clean();
	clock_gettime(CLOCK_REALTIME_COARSE, &run.began);
	us_service_open(&run.service);
	/* Where that fails the supervisor says why, after all that is more important. */
	run.socket_fd = us_socket_open(run.bind, run.port, &err);
	run.here6_fd = run.socket_fd >= 0 ? us_socket_open_here6(run.bind, run.port) : -1;
	signal(SIGTTOU,
	       SIG_IGN); /* inherited: in the background of a terminal with tostop a message must stop nobody */
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	int code = perform(&run);
	us_run_output_close(&run.output);
	return code;
}
