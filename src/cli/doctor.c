/* doctor.c — `understudy doctor`: what this machine and this user lack for sound that does not stop, each with the line
 * that mends it. It changes nothing. */
#include "cli.h"
#include "health.h"
#include "ipc/ladder.h"
#include "ipc/rig.h"
#include "limits.h"
#include "options.h"
#include "run.h"
#include "sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* mlockall is measured by all that is mapped, touched or not: 200 MB in a worker. */
enum { WANTED_LOCK_MB = 256, WANTED_SHM_MB = 64 };

struct visit {
	uint32_t complaints;
};

static void well(const char *what, const char *how)
{
	printf("  good  %-24s %s\n", what, how);
}

static void complain(struct visit *v, const char *what, const char *how, const char *mend)
{
	v->complaints++;
	printf("  LACK  %-24s %s\n        to mend it: %s\n", what, how, mend);
}

static void check_priority(struct visit *v)
{
	char text[80];
	const int highest = us_ladder_highest();
	snprintf(text, sizeof text, "SCHED_FIFO up to %d", highest);
	if (highest >= US_LADDER_TOP)
		well("real-time priority", text);
	else if (!highest && us_rtkit_highest() > 0) {
		snprintf(text, sizeof text, "SCHED_RR up to %d, by rtkit", us_rtkit_highest());
		well("real-time priority", text);
	} else
		complain(v, "real-time priority", highest ? text : "SCHED_FIFO is not permitted",
		         "echo '@audio - rtprio 95' | sudo tee /etc/security/limits.d/audio.conf; "
		         "sudo usermod -aG audio $USER; then log in again");
}

static void check_memory_lock(struct visit *v)
{
	struct rlimit limit;
	char text[80];
	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= (rlim_t)WANTED_LOCK_MB << 20 || geteuid() == 0) {
		well("locked memory", "as much as is needed");
		return;
	}
	snprintf(text, sizeof text, "%llu kB may be locked; a worker maps about 200 MB",
	         (unsigned long long)limit.rlim_cur / 1024);
	complain(
	    v, "locked memory", text,
	    "echo '@audio - memlock unlimited' | sudo tee -a /etc/security/limits.d/audio.conf; then log in again");
}

static void check_cores(struct visit *v)
{
	char text[80];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	snprintf(text, sizeof text, "%ld", cores);
	if (cores >= 2)
		well("processor cores", text);
	else
		complain(v, "processor cores", text,
		         "none here: primary and standby share the one core, load must stay below 40 %");
}

static void check_kernel(struct visit *v)
{
	struct utsname name;
	uname(&name);
	long major = strtol(name.release, NULL, 10);
	const char *dot = strchr(name.release, '.');
	long minor = dot ? strtol(dot + 1, NULL, 10) : 0;
	if (major > 5 || (major == 5 && minor >= 16))
		well("kernel", name.release);
	else
		complain(v, "kernel", name.release,
		         "Linux 5.16 or newer has futex_waitv, pidfd_getfd and close_range; Debian 12 has 6.1");
}

/* The first line of a file; empty when there is none. */
static void read_line(const char *path, char text[static 40])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, 39);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
}

static void check_governor(struct visit *v)
{
	char text[40];
	read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", text);
	if (!*text)
		well("frequency governor", "none: the clock of this machine is not ours to set");
	else if (strcmp(text, "performance") == 0)
		well("frequency governor", text);
	else
		complain(v, "frequency governor", text,
		         "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor");
}

static void check_shared_memory(struct visit *v)
{
	struct statvfs fs;
	char text[80];
	if (statvfs("/dev/shm", &fs)) {
		complain(v, "shared memory", "there is no /dev/shm", "sudo mount -t tmpfs tmpfs /dev/shm");
		return;
	}
	unsigned long long mb = (unsigned long long)fs.f_bavail * fs.f_frsize >> 20;
	snprintf(text, sizeof text, "%llu MB free in /dev/shm, a session takes 40", mb);
	if (mb >= WANTED_SHM_MB)
		well("shared memory", text);
	else
		complain(v, "shared memory", text, "sudo mount -o remount,size=256M /dev/shm");
}

/* For a session with the usual options. */
static void check_limits(struct visit *v)
{
	struct us_limit limit[US_LIMITS];
	char what[40], text[160];
	us_limits_read(limit, 48000, 0);
	for (size_t i = 0; i < US_LIMITS; i++) {
		snprintf(what, sizeof what, "ulimit %s", limit[i].flag);
		if (limit[i].allowed == UINT64_MAX)
			snprintf(text, sizeof text, "no limit");
		else
			snprintf(text, sizeof text, "%llu%s, a session needs %llu%s",
			         (unsigned long long)limit[i].allowed, limit[i].unit,
			         (unsigned long long)limit[i].needed, limit[i].unit);
		if (limit[i].allowed >= limit[i].needed)
			well(what, text);
		else
			complain(v, what, text, "raise it in /etc/security/limits.conf, or in the unit of the service");
	}
}

static void check_leaks(struct visit *v)
{
	char text[80];
	const uint64_t leaked = us_sessions_leaked();
	snprintf(text, sizeof text, "%llu segments of dead sessions", (unsigned long long)leaked);
	if (leaked)
		complain(v, "left behind", text, "the next understudy run removes them");
	else
		well("left behind", "nothing");
}

/* How the sessions are that run now. */
static void check_session(const char *name, void *context)
{
	static struct us_vitals vitals;
	static struct us_report report;
	struct visit *v = context;
	struct us_session session;
	struct us_err err;
	char what[64];
	snprintf(what, sizeof what, "session %s", name);
	if (us_session_open(&session, name, 0, &err)) {
		complain(v, what, err.text, "understudy stop, or use the build that plays it");
		return;
	}
	us_vitals_take(&vitals, &session);
	us_health_judge(&vitals, &report);
	us_session_close(&session);
	if (!report.count)
		well(what, us_health_name(report.health));
	for (uint32_t i = 0; i < report.count; i++) {
		char text[480];
		snprintf(text, sizeof text, "%s: %s: %s", us_health_name(report.finding[i].health),
		         report.finding[i].part, report.finding[i].text);
		complain(v, what, text, "docs/faults.md says what each means, and what happens by itself");
	}
}

static void check_throttle(struct visit *v)
{
	char text[40];
	read_line("/proc/sys/kernel/sched_rt_runtime_us", text);
	long us = strtol(text, NULL, 10);
	if (!*text || us < 0 || us >= 900000)
		well("real-time throttle", us < 0 ? "off" : "at 90 % or more of a second");
	else
		complain(v, "real-time throttle", text, "sudo sysctl kernel.sched_rt_runtime_us=950000");
}

static void check_device(struct visit *v)
{
	char path[US_PATH_BYTES];
	char *const argv[] = {"understudy-supervisor", "--list-devices", NULL};
	struct us_err err;
	pid_t pid;
	int status = 1;
	if (us_rig_program(path, argv[0], &err)) {
		complain(v, "programs", err.text, "make");
		return;
	}
	printf("\n");
	fflush(stdout);
	if (posix_spawn(&pid, path, NULL, NULL, argv, environ) == 0)
		waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		well("audio device", "see above");
	else
		complain(v, "audio device", "PortAudio finds none; the null clock will play",
		         "plug one in; on PipeWire: sudo apt-get install pipewire-jack, then run under pw-jack; or "
		         "start jackd");
}

int us_cli_doctor(int argc, char **argv)
{
	static const char usage[] =
	    "usage: understudy doctor\n"
	    "Says what this machine and this user lack for sound that does not stop, and how to mend it.\n"
	    "It changes nothing. The exit code is 0 when nothing is lacking.\n";
	static const struct option table[] = {US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table};
	int code;
	us_cli_option(argc, argv, &options, &code);
	if (code != US_CLI_GO_ON)
		return code;
	if (optind < argc)
		return us_cli_misused("doctor", "it takes no '%s'", argv[optind]);
	struct visit v = {0};
	check_priority(&v);
	check_memory_lock(&v);
	check_cores(&v);
	check_kernel(&v);
	check_governor(&v);
	check_throttle(&v);
	check_shared_memory(&v);
	check_limits(&v);
	check_leaks(&v);
	us_sessions_each(check_session, &v);
	check_device(&v);
	if (v.complaints)
		printf("\n%u thing%s lacking. The synth plays all the same, with less in reserve.\n", v.complaints,
		       v.complaints == 1 ? " is" : "s are");
	else
		printf("\nNothing is lacking.\n");
	return v.complaints ? US_CLI_FAILED : US_CLI_DONE;
}
