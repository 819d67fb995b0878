/* process.c — see process.h. */
#include "process.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void us_process_begin(const char *name, int last_fd)
{
	prctl(PR_SET_NAME, name);
	close_range((unsigned)last_fd + 1, ~0u, 0);
}

/* The state letter and the start time of a process; false if there is none. */
static bool read_stat(pid_t pid, char *state, uint64_t *start_ticks)
{
	char path[64], text[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = 0;
	const char *p = strrchr(text, ')'); /* the name in parentheses may hold anything */
	if (!p)
		return false;
	unsigned long long ticks;
	if (sscanf(p + 1, " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu", state,
	           &ticks) != 2)
		return false;
	*start_ticks = ticks;
	return true;
}

uint64_t us_process_start_ticks(pid_t pid)
{
	char state;
	uint64_t ticks;
	return read_stat(pid, &state, &ticks) ? ticks : 0;
}

char us_process_state(pid_t pid)
{
	char state;
	uint64_t ticks;
	return read_stat(pid, &state, &ticks) ? state : 0;
}

void us_process_note(struct us_process *process, pid_t pid)
{
	atomic_store_explicit(&process->pid, 0, memory_order_relaxed);
	if (!pid)
		return;
	atomic_store_explicit(&process->start_ticks, us_process_start_ticks(pid), memory_order_release);
	atomic_store_explicit(&process->pid, pid, memory_order_release); /* pairs with the acquire below */
}

bool us_process_alive(const struct us_process *process)
{
	pid_t pid = atomic_load_explicit(&process->pid, memory_order_acquire);
	uint64_t noted = atomic_load_explicit(&process->start_ticks, memory_order_acquire);
	char state;
	uint64_t ticks;
	return pid > 0 && read_stat(pid, &state, &ticks) && ticks == noted && state != 'Z' && state != 'X';
}

int us_process_open(const struct us_process *process)
{
	pid_t pid = atomic_load_explicit(&process->pid, memory_order_acquire);
	if (pid <= 0)
		return -1;
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd >= 0 && !us_process_alive(process)) { /* the PID was another's by the time it was opened */
		close(fd);
		return -1;
	}
	return fd;
}

pid_t us_process_pid(int pidfd)
{
	char path[64], line[128];
	int pid = 0;
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	if (f)
		fclose(f);
	return pid > 0 ? pid : 0;
}

void us_process_limit_rt_time(void)
{
	struct rlimit limit;
	const rlim_t soft_us = 100000, hard_us = 200000;
	if (getrlimit(RLIMIT_RTTIME, &limit))
		return;
	limit.rlim_max = limit.rlim_max < hard_us ? limit.rlim_max : hard_us;
	limit.rlim_cur = limit.rlim_max < soft_us ? limit.rlim_max : soft_us;
	setrlimit(RLIMIT_RTTIME, &limit);
}

uint64_t us_process_cpu_ns(pid_t pid)
{
	clockid_t clock;
	struct timespec t;
	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		return 0;
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int us_process_signal(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}
