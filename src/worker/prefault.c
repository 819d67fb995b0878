/* prefault.c — code is memory, too: the first call into a page that was never touched is a page fault in the middle of
 * a block. Once, before a worker is ready, all code, constants and data of the program, its modules and its libraries
 * are touched. The session's segments are not: join.c knows how much of each is needed. */
#include "ipc/clock.h"
#include "ipc/shm.h"
#include "worker.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

void us_program_prefault(void)
{
	us_now_ns(); /* the kernel's own page behind the vDSO: its first use is a page fault, too */
	char line[PATH_MAX + 128], path[PATH_MAX], rights[8];
	FILE *maps = fopen("/proc/self/maps", "r");
	if (!maps)
		return;
	while (fgets(line, sizeof line, maps)) {
		uintptr_t first, end;
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %*s %4095s", &first, &end, rights, path) != 4)
			continue;
		bool file = path[0] == '/' && strncmp(path, "/dev/", 5) != 0;
		if (file && rights[0] == 'r')
			us_memory_prefault((const void *)first, end - first, rights[1] == 'w' ? US_WRITE : US_READ);
	}
	fclose(maps);
}
