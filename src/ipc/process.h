/* process.h — other processes, by identity and not by mere number. [setup] and control plane.
 * A PID can come back after half a second; a PID with its start time cannot. */
#ifndef US_PROCESS_H
#define US_PROCESS_H

#include "layout.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* First in each program that the supervisor starts: it takes its name (it is executed from a file without one, see
 * code.h) and closes what it was not given, above `last_fd`. */
void us_process_begin(const char *name, int last_fd);
/* Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat), 0 if there is none. */
uint64_t us_process_start_ticks(pid_t pid);
/* Notes `pid` in a shared struct, start time first. pid 0 clears it. */
void us_process_note(struct us_process *process, pid_t pid);
/* Is the noted process still the same and not a zombie? */
bool us_process_alive(const struct us_process *process);
/* Opens a pidfd (CLOEXEC) on the noted process; -1 when it is gone or is another one by now. */
int us_process_open(const struct us_process *process);
/* Which process a pidfd is of, whatever has been noted since; 0: it is gone. */
pid_t us_process_pid(int pidfd);
/* Limits how long a real-time thread of this process may compute without a pause: SIGXCPU after 100 ms, SIGKILL after
 * 200. The kernel's own watchdog, and what rtkit asks for before it grants anything. */
void us_process_limit_rt_time(void);
/* CPU time of a process that has not been reaped, to the last tick of the kernel's timer; 0 if there is none. */
uint64_t us_process_cpu_ns(pid_t pid);
/* The state letter of a process as in /proc/PID/stat ('R' it runs or would, 'T' it is stopped, …), 0 if there is none.
 */
char us_process_state(pid_t pid);
/* Sends a signal through a pidfd; 0 or -1 with errno. */
int us_process_signal(int pidfd, int signal);

#endif
