/* prefault.c — code is memory, too: the first call into a page that was never touched is a page fault in the middle of
 * a block. Once, before a worker is ready, all code and constants of the program and of its modules are touched; the C
 * library is left alone, what blocks need of it has been used by then. */
#include "ipc/shm.h"
#include "worker.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_ours(const char *path, const char *program, const char *modules)
{
	return strcmp(path, program) == 0 || strncmp(path, modules, strlen(modules)) == 0;
}

void us_program_prefault(const char *modules)
{
	char program[PATH_MAX] = "", line[PATH_MAX + 128], path[PATH_MAX], rights[8];
	FILE *maps = fopen("/proc/self/maps", "r");
	if (!maps || readlink("/proc/self/exe", program, sizeof program - 1) < 0) {
		if (maps)
			fclose(maps);
		return;
	}
	while (fgets(line, sizeof line, maps)) {
		uintptr_t first, end;
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s %*s %*s %*s %4095s", &first, &end, rights, path) != 4 ||
		    rights[0] != 'r')
			continue;
		if (is_ours(path, program, modules))
			us_memory_prefault((const void *)first, end - first, rights[1] == 'w' ? US_WRITE : US_READ);
	}
	fclose(maps);
}
