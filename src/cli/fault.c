/* fault.c — `understudy stop` and `understudy fault`: signals to processes that are known by PID and start time, never
 * by PID alone. Breaking a module goes through OSC, and only if run was told --chaos. */
#include "cli.h"
#include "client/sender.h"
#include "ipc/clock.h"
#include "ipc/process.h"
#include "lang/spelling.h"
#include "options.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STOP_PATIENCE_MS = 10000 };

static const char fault_usage[] =
    "usage: understudy fault kill|stop|cont WHO [--session NAME]\n"
    "       understudy fault segv|abort|fpe|hang|nan|file|wild|... WHO [--module INSTANCE] [--session NAME]\n"
    "Does on purpose what else happens on stage. WHO: primary, standby, both, spare, control, recorder, supervisor.\n"
    "  kill, stop, cont   SIGKILL, SIGSTOP, SIGCONT\n"
    "  segv, abort, ...   without --module: that signal to WHO; with it: INSTANCE, of the module `fault`, breaks in "
    "the\n"
    "                     middle of a block. These need `understudy run --chaos`.\n";

static const struct {
	const char *what;
	int signal; /* 0: only a module can do it */
	bool chaos;
} faults[] = {
    {"kill", SIGKILL, false}, {"stop", SIGSTOP, false}, {"cont", SIGCONT, false}, {"segv", SIGSEGV, true},
    {"bus", SIGBUS, true},    {"fpe", SIGFPE, true},    {"ill", SIGILL, true},    {"abort", SIGABRT, true},
    {"hang", 0, true},        {"nan", 0, true},         {"inf", 0, true},         {"exit", 0, true},
    {"stack", 0, true},       {"slow", 0, true},        {"syscall", 0, true},     {"scribble", 0, true},
    {"mxcsr", 0, true},       {"file", 0, true},        {"socket", 0, true},      {"fork", 0, true},
    {"wild", 0, true},        {"slower", 0, true},      {"lock", 0, true},        {"nap", 0, true},
    {"flags", 0, true},       {"creep", 0, true},       {"later", 0, true},       {"none", 0, true},
};
enum { FAULTS = sizeof faults / sizeof faults[0] };

static const char *const people[] = {"primary", "standby", "both", "spare", "control", "recorder", "supervisor", NULL};

static int strike(const struct us_process *process, const char *who, int signal, struct us_err *err)
{
	const int fd = us_process_open(process), pid = fd < 0 ? 0 : us_process_pid(fd);
	if (!pid) {
		if (fd >= 0)
			close(fd);
		return us_fail(err, "there is no %s right now", who);
	}
	int failed = us_process_signal(fd, signal);
	int why = errno;
	close(fd);
	if (failed)
		return us_fail(err, "cannot signal the %s: %s", who, strerror(why));
	printf("SIG%s to the %s, process %d\n", sigabbrev_np(signal), who, pid);
	return US_OK;
}

static int strike_people(const struct us_session *s, const char *who, int signal, struct us_err *err)
{
	const struct us_board *b = &s->clock->board;
	uint32_t primary = (uint32_t)(atomic_load(&s->clock->role) & 1);
	if (strcmp(who, "primary") == 0)
		return strike(&b->worker[primary].process, who, signal, err);
	if (strcmp(who, "standby") == 0)
		return strike(&b->worker[1 - primary].process, who, signal, err);
	if (strcmp(who, "both") == 0) {
		int first = strike(&b->worker[primary].process, "primary", signal, err);
		return strike(&b->worker[1 - primary].process, "standby", signal, err) || first ? US_FAILED : US_OK;
	}
	if (strcmp(who, "spare") == 0)
		return strike(&b->spare.process, who, signal, err);
	if (strcmp(who, "control") == 0)
		return strike(&b->control, who, signal, err);
	if (strcmp(who, "recorder") == 0)
		return strike(&b->recorder, who, signal, err);
	return strike(&b->supervisor, who, signal, err);
}

static int break_module(const struct us_session *s, const char *instance, const char *what, struct us_err *err)
{
	const struct us_command command = {
	    .address = "/fault/module", .argc = 2, .arg = {{.type = 's', .s = instance}, {.type = 's', .s = what}}};
	struct us_sender *sender;
	if (us_sender_open(&sender, s->clock->osc_address, s->clock->osc_port, err))
		return US_FAILED;
	us_sender_show(sender, s->clock->token);
	int failed = us_sender_send(sender, &command, err) || us_sender_sync(sender, err);
	us_sender_close(sender);
	if (!failed)
		printf("%s: %s\n", instance, what);
	return failed ? US_FAILED : US_OK;
}

static int carry_out(const struct us_session *s, size_t fault, const char *who, const char *module, struct us_err *err)
{
	if (faults[fault].chaos && !s->clock->chaos)
		return us_fail(err, "'%s' needs a synth that was started with --chaos; kill, stop and cont always work",
		               faults[fault].what);
	if (module)
		return break_module(s, module, faults[fault].what, err);
	if (!faults[fault].signal)
		return us_fail(err, "only a module can %s: say which instance with --module", faults[fault].what);
	return strike_people(s, who, faults[fault].signal, err);
}

static size_t find_fault(const char *what)
{
	size_t i = 0;
	while (i < FAULTS && strcmp(faults[i].what, what) != 0)
		i++;
	return i;
}

static int unknown_fault(const char *what)
{
	struct us_spelling s = {.wanted = what};
	for (size_t i = 0; i < FAULTS; i++)
		us_spelling_offer(&s, faults[i].what);
	const char *near = us_spelling_best(&s);
	return us_cli_misused("fault", "'%s' is no fault; %s%s%s", what, near ? "did you mean '" : "",
	                      near ? near : "right would be kill, stop, cont, segv, abort, fpe, hang, nan or exit",
	                      near ? "'" : "");
}

int us_cli_fault(int argc, char **argv)
{
	enum { MODULE = US_CLI_OWN };
	static const struct option table[] = {{"module", required_argument, NULL, MODULE},
	                                      {"session", required_argument, NULL, US_CLI_SESSION},
	                                      US_CLI_COMMON};
	const struct us_cli_options options = {.usage = fault_usage, .table = table};
	const char *wanted = NULL, *module = NULL;
	struct us_err err;
	int code;
	for (int key; (key = us_cli_option(argc, argv, &options, &code)) != -1;)
		*(key == MODULE ? &module : &wanted) = optarg;
	if (code != US_CLI_GO_ON)
		return code;
	if (argc - optind < 1 || argc - optind > 2 || (argc - optind == 1 && !module))
		return us_cli_misused("fault", "right would be: understudy fault kill primary");
	const char *what = argv[optind], *who = argc - optind == 2 ? argv[optind + 1] : "primary";
	size_t fault = find_fault(what), person = 0;
	while (people[person] && strcmp(people[person], who) != 0)
		person++;
	if (fault == FAULTS)
		return unknown_fault(what);
	if (!people[person])
		return us_cli_misused(
		    "fault", "'%s' is nobody here: primary, standby, both, spare, control, recorder, supervisor", who);
	char name[US_SESSION_BYTES];
	struct us_session session;
	if (us_cli_session(name, wanted, &err) || us_session_open(&session, name, 0, &err))
		return us_cli_refuse(&err);
	int failed = carry_out(&session, fault, who, module, &err);
	us_session_close(&session);
	return failed ? us_cli_refuse(&err) : US_CLI_DONE;
}

/* --- stop ------------------------------------------------------------------------------------------------------------
 */

static bool is_gone(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	return pidfd < 0 || poll(&p, 1, STOP_PATIENCE_MS) > 0;
}

/* Continued, too: one that was stopped (Ctrl-Z) would hear of it only later. */
static void ask_to_end(int pidfd)
{
	us_process_signal(pidfd, SIGTERM);
	us_process_signal(pidfd, SIGCONT);
}

/* The keeper is asked, who loses patience with a supervisor that hangs, and tidies up behind one that is dead. Without
 * one the supervisor is all there is. Both must be gone. */
static int stop(const struct us_session *s, struct us_err *err)
{
	const struct us_board *b = &s->clock->board;
	const int supervisor = us_process_open(&b->supervisor), keeper = us_process_open(&b->keeper);
	if (supervisor < 0 && keeper < 0)
		return us_fail(err, "session '%s' has neither a supervisor nor a keeper that lives", s->name);
	ask_to_end(keeper >= 0 ? keeper : supervisor);
	const bool gone = is_gone(keeper) && is_gone(supervisor);
	if (supervisor >= 0)
		close(supervisor);
	if (keeper >= 0)
		close(keeper);
	if (!gone)
		return us_fail(err, "session '%s' does not end; understudy fault kill supervisor would", s->name);
	printf("session %s has ended\n", s->name); /* which may have been chosen because it was the only one */
	return US_OK;
}

int us_cli_stop(int argc, char **argv)
{
	static const struct option table[] = {{"session", required_argument, NULL, US_CLI_SESSION}, US_CLI_COMMON};
	const struct us_cli_options options = {
	    .usage = "usage: understudy stop [--session NAME]\n"
		     "Ends a running synth, and returns when it is gone: its processes, its shared memory.\n",
	    .table = table};
	const char *wanted = NULL;
	struct us_err err;
	int code;
	while (us_cli_option(argc, argv, &options, &code) != -1)
		wanted = optarg;
	if (code != US_CLI_GO_ON)
		return code;
	if (optind < argc)
		return us_cli_misused("stop", "it takes no '%s'", argv[optind]);
	char name[US_SESSION_BYTES];
	struct us_session session;
	if (us_cli_session(name, wanted, &err) || us_session_open(&session, name, 0, &err))
		return us_cli_refuse(&err);
	int failed = stop(&session, &err);
	us_session_close(&session);
	return failed ? us_cli_refuse(&err) : US_CLI_DONE;
}
