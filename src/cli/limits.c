/* limits.c — see limits.h. */
#include "limits.h"

#include "ipc/shm.h"
#include "ipc/vault_rt.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <understudy/arena.h>
#include <unistd.h>

/* The largest segment; behind a smaller limit not even its name could be made. */
static uint64_t largest_segment(uint32_t rate, size_t tape_bytes)
{
	const struct us_vault_room room = {us_arena_bytes(rate), tape_bytes};
	uint64_t most = 0;
	for (uint32_t k = 0; k < US_SEGMENTS; k++) {
		const uint64_t bytes = us_segment_bytes(k, room);
		most = bytes > most ? bytes : most;
	}
	return most;
}

/* Threads of this process if it is this user's, else 0. */
static uint64_t tasks_of(const char *pid)
{
	char path[64], line[128];
	unsigned uid = 0;
	unsigned long threads = 0;
	snprintf(path, sizeof path, "/proc/%.20s/status", pid);
	FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "Uid: %u", &uid) != 1)
			sscanf(line, "Threads: %lu", &threads);
	if (f)
		fclose(f);
	return f && uid == getuid() ? threads : 0;
}

/* What the kernel counts against RLIMIT_NPROC, as far as /proc shows it. */
static uint64_t tasks_of_user(void)
{
	uint64_t count = 0;
	DIR *d = opendir("/proc");
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			count += tasks_of(e->d_name);
	if (d)
		closedir(d);
	return count;
}

static uint64_t hard_limit(int resource)
{
	struct rlimit r;
	return getrlimit((__rlimit_resource_t)resource, &r) || r.rlim_max == RLIM_INFINITY ? UINT64_MAX : r.rlim_max;
}

static uint64_t tasks_left(void)
{
	const uint64_t most = geteuid() == 0 ? UINT64_MAX : hard_limit(RLIMIT_NPROC); /* root is not counted */
	if (most == UINT64_MAX)
		return most;
	const uint64_t there = tasks_of_user();
	return most > there ? most - there : 0;
}

void us_limits_read(struct us_limit limit[static US_LIMITS], uint32_t rate, size_t tape_bytes)
{
	const uint64_t file = hard_limit(RLIMIT_FSIZE);
	limit[0] = (struct us_limit){"-n", "open files", "", US_LIMIT_FILES, hard_limit(RLIMIT_NOFILE)};
	limit[1] = (struct us_limit){"-f", "size of a file, and of shared memory", " kB",
	                             (largest_segment(rate, tape_bytes) + 1023) / 1024,
	                             file == UINT64_MAX ? file : file / 1024};
	limit[2] = (struct us_limit){"-u", "processes and threads that this user may still start", "", US_LIMIT_TASKS,
	                             tasks_left()};
}

/* As high as it may go, but of descriptors no more than are of use: some libraries try them all. */
static void raise_limit(int resource)
{
	enum { MOST_FILES = 4096 };
	struct rlimit r;
	if (getrlimit((__rlimit_resource_t)resource, &r) || r.rlim_cur == r.rlim_max)
		return;
	if (resource != RLIMIT_NOFILE || r.rlim_max < MOST_FILES)
		r.rlim_cur = r.rlim_max;
	else if (r.rlim_cur < MOST_FILES)
		r.rlim_cur = MOST_FILES;
	setrlimit((__rlimit_resource_t)resource, &r);
}

int us_limits_prepare(uint32_t rate, size_t tape_bytes, struct us_err *err)
{
	static const int raised[] = {RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_NPROC,  RLIMIT_AS,
	                             RLIMIT_DATA,   RLIMIT_CPU,   RLIMIT_MEMLOCK};
	struct us_limit limit[US_LIMITS];
	signal(SIGXFSZ, SIG_IGN); /* what is too large is refused in words, here and in our children */
	for (size_t i = 0; i < sizeof raised / sizeof raised[0]; i++)
		raise_limit(raised[i]);
	us_limits_read(limit, rate, tape_bytes);
	for (size_t i = 0; i < US_LIMITS; i++)
		if (limit[i].allowed < limit[i].needed)
			return us_fail(err, "%s: %llu%s (ulimit %s), and a session needs %llu%s; raise the limit",
			               limit[i].what, (unsigned long long)limit[i].allowed, limit[i].unit,
			               limit[i].flag, (unsigned long long)limit[i].needed, limit[i].unit);
	return US_OK;
}
