/* lose_states.c — `lose_states SESSION PID…`: stops these workers, takes away all that was ever saved, and ends them.
 */
#include "ipc/layout.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static void lose(const char *session, int which)
{
	char name[128];
	snprintf(name, sizeof name, "/understudy.%s.slot%d", session, which);
	const int fd = shm_open(name, O_RDWR, 0);
	struct us_slot *slot =
	    fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *slot, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (slot == MAP_FAILED) {
		perror(name);
		exit(1);
	}
	for (int v = 0; v < US_VAULT; v++)
		atomic_store(&slot->vault[v].state, US_CHECKPOINT_EMPTY);
}

int main(int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		kill(atoi(argv[i]), SIGSTOP);
	lose(argv[1], 0);
	lose(argv[1], 1);
	for (int i = 2; i < argc; i++)
		kill(atoi(argv[i]), SIGKILL);
	return 0;
}
