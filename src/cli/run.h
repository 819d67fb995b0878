/* run.h — `understudy run`: the keeper of a session. run_options.c reads what is wanted, run.c starts the supervisor
 * and stays until it ends, run_screen.c shows how it is doing. */
#ifndef US_RUN_H
#define US_RUN_H

#include "engine/engine.h"
#include "inputs.h"
#include "ipc/code.h"
#include "ipc/pulse.h"
#include "ipc/shm.h"
#include "ipc/socket.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* What the status line compares with: the counters at its last turn. */
struct us_run_sample {
	uint64_t at_ns;
	struct {
		uint64_t worker, busy_ns, blocks, cpu_ns;
	} slot[US_SLOTS];
};

enum { US_TAPE_SECONDS = 1200 }; /* the longest tape: half a gigabyte at 48 kHz, several times */

struct us_service {
	bool on;         /* systemd listens */
	bool owes_ready; /* it has not taken READY yet */
	uint64_t watchdog_us;
	uint64_t sign_ns, status_ns, heartbeat_ns, played;
};

/* Where lines go: run_output.c. */
struct us_output_pipe {
	int read_fd, screen_fd; /* screen_fd: the stderr that run was called with */
	pid_t relay;            /* who writes them, 0: dead */
	bool terminal;
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
	const char *patch, *device, *input, *session;
	char bind[US_ADDRESS_TEXT_BYTES];       /* a number */
	uint32_t rate, frames, lookahead, port; /* rate: 0 until us_run_choose_device; lookahead 0: as is usual */
	uint32_t log_keep;                      /* directories of logs in the one that --log names */
	char backend[16];                       /* "jack", "portaudio", or "" for a clock without a device */
	char files[US_FILE_PLACES][US_PATH_BYTES], record_dir[US_PATH_BYTES], token_file[US_PATH_BYTES];
	uint32_t file_places;
	double record_most; /* GB */
	bool token_only;
	char record[US_PATH_BYTES], log[US_PATH_BYTES], modules[US_PATH_BYTES];
	double seconds; /* 0: until it is ended */
	double tape_seconds;
	bool chaos;
	bool log_code; /* the log gets the modules' bytes */

	/* what runs */
	int patch_fd, socket_fd;  /* socket_fd: where OSC arrives; held for all supervisors to come, -1: they open it */
	int here6_fd;             /* the same on ::1 */
	int code_fd[US_CODE_FDS]; /* the session's own modules and programs: see ipc/code.h */
	pid_t supervisor;         /* 0: there is none at the moment */
	int pidfd, ready_fd, signal_fd;
	bool playing, ending;
	struct timespec began; /* nothing of the session is older; CLOCK_REALTIME_COARSE */
	struct us_pulse pulse;
	bool stood_still;                                    /* it did, and has been killed for it */
	uint64_t retry_ns, retry_pause_ns, failing_since_ns; /* when no supervisor could be started */
	uint64_t ending_ns;                                  /* when that began */
	uint32_t restarts;
	uint64_t restarted_ns;
	struct us_session view;
	bool viewing;
	int hold_fd; /* of the session's memory, from the supervisor's first word on */
	struct us_output_pipe output;
	struct us_run_sample sample;
	struct us_service service;
	struct us_rtkit rtkit;
};

/* US_CLI_GO_ON, or an exit code. */
int us_run_read(struct us_run *run, int argc, char **argv);

/* run_device.c: which device there is, through which back end, and at which rate the session runs. */
enum { US_RUN_USUAL_RATE = 48000 };
int us_run_choose_device(struct us_run *run, struct us_err *err);

/* run_log.c [setup]: `path` becomes the directory for the log of this session, which it is already where it holds none;
 * of those that were made before this way at most keep - 1 are left. */
int us_run_choose_log(char path[US_PATH_BYTES], uint32_t keep, struct us_err *err);

/* run_supervisor.c */
int us_run_start_supervisor(struct us_run *run, bool adopt, struct us_err *err);
int us_run_hear_supervisor(struct us_run *run);
/* It is gone: 0 or its code if it left by itself, -1 if it was killed. */
int us_run_bury_supervisor(struct us_run *run);

/* run_screen.c */
void us_run_greet(struct us_run *run);
void us_run_show(struct us_run *run);
void us_run_farewell(struct us_run *run);

/* run_output.c: from open to close stderr is a pipe, for the keeper and all that it starts, and writing to it never
 * waits. turn: once a turn, starts another relay if it has died; is_relay: was it that child? close: gives what was
 * said last a second to be written, and stderr back. */
int us_run_output_open(struct us_run *run, struct us_err *err);
void us_run_output_turn(struct us_run *run);
bool us_run_output_is_relay(struct us_output_pipe *output, pid_t dead);
void us_run_output_close(struct us_output_pipe *output);

/* service.c */
void us_service_open(struct us_service *service);
void us_service_ready(struct us_run *run);
void us_service_turn(struct us_run *run);
void us_service_stopping(const struct us_run *run);

/* rtkit.c */
void us_rtkit_turn(struct us_run *run);
void us_rtkit_close(struct us_rtkit *rtkit);
/* The highest priority that rtkit would grant, 0 if there is none. */
int us_rtkit_highest(void);

/* patch_file.c: compiles a patch file to OSC packets in a memory file that control reads at its first start. */
int us_patch_packets(const char *path, int code_fd, uint32_t rate, int *fd, struct us_inputs *inputs,
                     struct us_err *err);

#endif
