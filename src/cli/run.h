/* run.h — `understudy run`: the keeper of a session. run_options.c reads what is wanted, run.c starts the supervisor
 * and stays until it ends, run_screen.c shows how it is doing. */
#ifndef US_RUN_H
#define US_RUN_H

#include "ipc/shm.h"

#include <stdbool.h>
#include <sys/types.h>

/* What the status line compares with: the counters at its last turn. */
struct us_run_sample {
	uint64_t at_ns;
	struct {
		uint64_t worker, busy_ns, blocks, cpu_ns;
	} slot[US_SLOTS];
};

struct us_run {
	/* what is wanted */
	const char *patch, *device, *bind, *session;
	uint32_t rate, frames, lookahead, port;
	char record[US_PATH_BYTES], log[US_PATH_BYTES], modules[US_PATH_BYTES];
	double seconds; /* 0: until it is ended */
	bool chaos;

	/* what runs */
	int patch_fd;
	pid_t supervisor;
	int pidfd, ready_fd, signal_fd;
	bool playing, ending;
	uint64_t ending_ns; /* when that began */
	uint32_t restarts;
	uint64_t restarted_ns;
	struct us_session view;
	bool viewing;
	bool terminal;
	struct us_run_sample sample;
};

/* US_CLI_GO_ON, or an exit code. */
int us_run_read(struct us_run *run, int argc, char **argv);

/* run_screen.c */
void us_run_greet(struct us_run *run);
void us_run_show(struct us_run *run);
void us_run_farewell(struct us_run *run);

/* patch_file.c: compiles a patch file to OSC packets in a memory file that control reads at its first start. */
int us_patch_packets(const char *path, const char *modules, int *fd, struct us_err *err);

#endif
