/* jobs.c — see jobs.h. */
#include "jobs.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 256 };

uint32_t jobs_wanted(void)
{
	const char *asked = getenv("JOBS");
	const unsigned long jobs = asked ? strtoul(asked, NULL, 10) : 0;
	cpu_set_t cores;
	if (jobs > 0)
		return jobs < MOST ? (uint32_t)jobs : MOST;
	if (sched_getaffinity(0, sizeof cores, &cores))
		return 1;
	return (uint32_t)CPU_COUNT(&cores) < MOST ? (uint32_t)CPU_COUNT(&cores) : MOST;
}

void *jobs_memory(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		abort();
	return memory;
}

static void take_turns(_Atomic uint64_t *next, uint64_t count, bool (*work)(void *, uint64_t), void *context)
{
	uint64_t number;
	while ((number = atomic_fetch_add(next, 1)) < count)
		if (!work(context, number))
			atomic_store(next, count);
}

uint32_t jobs_run(uint32_t jobs, uint64_t count, bool (*work)(void *context, uint64_t number),
                  void (*finish)(void *context), void *context)
{
	_Atomic uint64_t *next = jobs_memory(sizeof *next);
	pid_t pid[MOST];
	uint32_t lost = 0, started = 0;
	fflush(stdout);
	for (; started < jobs && started < MOST; started++) {
		pid[started] = fork();
		if (pid[started] < 0)
			break;
		if (pid[started] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			take_turns(next, count, work, context);
			finish(context);
			fflush(stdout);
			_exit(0);
		}
	}
	lost = jobs - started;
	for (uint32_t i = 0; i < started; i++) {
		int status;
		lost += waitpid(pid[i], &status, 0) != pid[i] || status != 0;
	}
	munmap(next, sizeof *next);
	return lost;
}
