/* probe.c — see probe.h. The two sides share a memory file: what is being loaded, then what came of it. The asker reads
 * it when the other side is gone, and checks every byte. */
#include "probe.h"

#include "confine.h"
#include "engine/describe.h"
#include "ipc/process.h"
#include "load.h"

#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CODE_FD = 3, REPORT_FD = 4, PROGRAM_FD = 5, CPU_SECONDS = 3, PATIENCE_MS = 20000 };
enum { MOST_BYTES = 32 << 20 };

enum state { BEGUN, FAILED, DONE };
struct report {
	char module[US_CODE_NAME_BYTES]; /* that is being loaded */
	uint32_t state;
	struct us_err err;
	uint64_t bytes;
	char described[]; /* up to MOST_BYTES in all */
};

/* --- the side that loads -------------------------------------------------------------------------------------------
 */

int us_probe_serve(int code_fd, int report_fd, uint32_t rate)
{
	struct report *report = mmap(NULL, MOST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, report_fd, 0);
	struct us_library *library;
	struct us_err err;
	void *bytes;
	size_t count;
	if (report == MAP_FAILED)
		return 1;
	report->state = FAILED;
	if (us_confine_loading(&code_fd, 1, CPU_SECONDS, &report->err))
		return 1;
	report->state = BEGUN;
	int failed = us_code_library(&library, code_fd, report->module, &err);
	report->module[0] = 0;
	failed = failed || us_describe(library, (float)rate, &bytes, &count, &err);
	if (!failed && count > MOST_BYTES - sizeof *report)
		failed = us_fail(&err, "the descriptions of all modules are longer than %d MB", MOST_BYTES >> 20);
	if (failed) {
		report->err = err;
		report->state = FAILED;
		_exit(1);
	}
	memcpy(report->described, bytes, count);
	report->bytes = count;
	report->state = DONE;
	_exit(0); /* no destructor of a module's */
}

/* --- the side that asks --------------------------------------------------------------------------------------------
 */

static int start(pid_t *pid, int worker_fd, int code_fd, int report_fd, uint32_t rate, struct us_err *err)
{
	char path[US_FD_PATH_BYTES], code[8], report[8], hz[16];
	char *const argv[] = {"understudy-worker", "--describe", code, report, hz, NULL}, *const environment[] = {NULL};
	const int from[] = {code_fd, report_fd, worker_fd};
	int above = PROGRAM_FD + 1;
	posix_spawn_file_actions_t actions;
	snprintf(code, sizeof code, "%d", CODE_FD);
	snprintf(report, sizeof report, "%d", REPORT_FD);
	snprintf(hz, sizeof hz, "%u", rate);
	posix_spawn_file_actions_init(&actions);
	for (int i = 0; i < 3; i++)
		above = from[i] >= above ? from[i] + 1 : above;
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&actions, from[i], above + i);
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&actions, above + i, CODE_FD + i);
	posix_spawn_file_actions_addclosefrom_np(&actions, PROGRAM_FD + 1);
	int failed = posix_spawn(pid, us_fd_path(path, PROGRAM_FD, 0), &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	return failed ? us_fail(err, "cannot start the process that looks at modules: %s", strerror(failed)) : US_OK;
}

/* Its end, or the end of patience. */
static int wait_for(pid_t pid, bool *late)
{
	int status = 0, pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	*late = pidfd >= 0 && poll(&p, 1, PATIENCE_MS) == 0;
	if (*late)
		us_process_signal(pidfd, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (pidfd >= 0)
		close(pidfd);
	return status;
}

static int blame(const struct report *report, int status, bool late, struct us_err *err)
{
	const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	char module[sizeof report->module] = "a module";
	if (report->module[0])
		snprintf(module, sizeof module, "%.*s", (int)sizeof report->module - 1, report->module);
	for (char *c = module; *c; c++)
		*c = *c >= ' ' && *c < 127 ? *c : '?';
	if (late || signal == SIGXCPU || (signal == SIGKILL && !late))
		return us_fail(err, "module %s does not come to an end when it is loaded", module);
	if (signal == SIGSYS)
		return us_fail(
		    err,
		    "module %s does more than compute when it is loaded (a file, a thread, a process or the network)",
		    module);
	if (signal)
		return us_fail(err, "module %s dies of SIG%s when it is loaded", module,
		               sigabbrev_np(signal) ? sigabbrev_np(signal) : "?");
	return us_fail(err, "module %s ends the process that loads it", module);
}

static int conclude(const struct report *report, int status, bool late, void **bytes, size_t *count, struct us_err *err)
{
	const bool left = WIFEXITED(status) && !late;
	if (left && report->state == FAILED)
		return us_fail(err, "%.*s", (int)sizeof report->err.text - 1, report->err.text);
	if (!left || report->state != DONE || report->bytes > MOST_BYTES - sizeof *report)
		return blame(report, status, late, err);
	*count = report->bytes;
	*bytes = malloc(*count + 1);
	if (!*bytes)
		return us_fail(err, "no memory for the modules' descriptions");
	memcpy(*bytes, report->described, *count);
	return US_OK;
}

int us_probe(int worker_fd, int code_fd, uint32_t rate, void **bytes, size_t *count, struct us_err *err)
{
	int fd = memfd_create("understudy-report", MFD_CLOEXEC), failed = US_FAILED;
	struct report *report = MAP_FAILED;
	pid_t pid;
	bool late;
	if (fd >= 0 && ftruncate(fd, MOST_BYTES) == 0)
		report = mmap(NULL, MOST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (report == MAP_FAILED)
		us_fail(err, "no memory to look at modules: %s", strerror(errno));
	else if (start(&pid, worker_fd, code_fd, fd, rate, err) == US_OK) {
		const int status = wait_for(pid, &late);
		failed = conclude(report, status, late, bytes, count, err);
	}
	if (report != MAP_FAILED)
		munmap(report, MOST_BYTES);
	if (fd >= 0)
		close(fd);
	return failed;
}
