/* run.h — `understudy run`: the keeper of a session. run_options.c reads what is wanted, run.c starts the supervisor
 * and stays until it ends, run_screen.c shows how it is doing. */
#ifndef US_RUN_H
#define US_RUN_H

#include "engine/engine.h"
#include "ipc/code.h"
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

enum { US_TAPE_SECONDS = 1200 }; /* the longest tape: half a gigabyte at 48 kHz, several times */

struct us_service {
	bool on; /* systemd listens */
	uint64_t watchdog_us;
	uint64_t sign_ns, status_ns, heartbeat_ns, played;
};

struct sd_bus;
struct us_rtkit {
	struct sd_bus *bus;
	int highest;
	bool hopeless; /* not there, or not needed */
	bool complained;
	uint32_t granted;
	uint64_t again_ns; /* not before */
};

struct us_run {
	/* what is wanted */
	const char *patch, *device, *input, *bind, *session;
	uint32_t rate, frames, lookahead, port; /* rate: 0 until us_run_choose_device; lookahead 0: as is usual */
	char backend[16];                       /* "jack", "portaudio", or "" for a clock without a device */
	char files[US_FILE_PLACES][US_PATH_BYTES], record_dir[US_PATH_BYTES], token_file[US_PATH_BYTES];
	uint32_t file_places;
	bool token_only;
	char record[US_PATH_BYTES], log[US_PATH_BYTES], modules[US_PATH_BYTES];
	double seconds; /* 0: until it is ended */
	double tape_seconds;
	bool chaos;
	bool log_code; /* the log gets the modules' bytes */

	/* what runs */
	int patch_fd;
	int code_fd[US_CODE_FDS]; /* the session's own modules and programs: see ipc/code.h */
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
	struct us_service service;
	struct us_rtkit rtkit;
};

/* US_CLI_GO_ON, or an exit code. */
int us_run_read(struct us_run *run, int argc, char **argv);

/* run_device.c: which device there is, through which back end, and at which rate the session runs. */
enum { US_RUN_USUAL_RATE = 48000 };
int us_run_choose_device(struct us_run *run, struct us_err *err);

/* run_screen.c */
void us_run_greet(struct us_run *run);
void us_run_show(struct us_run *run);
void us_run_farewell(struct us_run *run);

/* service.c */
void us_service_open(struct us_service *service);
void us_service_ready(const struct us_run *run);
void us_service_turn(struct us_run *run);
void us_service_stopping(const struct us_run *run);

/* rtkit.c */
void us_rtkit_turn(struct us_run *run);
void us_rtkit_close(struct us_rtkit *rtkit);
/* The highest priority that rtkit would grant, 0 if there is none. */
int us_rtkit_highest(void);

/* patch_file.c: compiles a patch file to OSC packets in a memory file that control reads at its first start. */
int us_patch_packets(const char *path, int code_fd, uint32_t rate, int *fd, struct us_err *err);

#endif
