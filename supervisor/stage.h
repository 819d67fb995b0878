/* stage.h — everything the supervisor has: options, the session's memory, the actors (worker processes), the player,
 * the arbiter's thread and the main loop's affairs. One struct for the process, passed first.
 *
 * Threads: the callback touches only struct us_player; the arbiter's thread owns `failover` and every actor that is
 * WATCHED; the main loop owns the rest. They meet in atomics and eventfds, never in a lock. */
#ifndef US_STAGE_H
#define US_STAGE_H

#include "audio.h"
#include "child.h"
#include "device.h"
#include "failover.h"
#include "ipc/code.h"
#include "ipc/ladder.h"
#include "ipc/shm.h"
#include "keep.h"
#include "player_rt.h"

#include <pthread.h>
#include <sys/types.h>

enum { US_NOTES = 256 };

struct us_options {
	const char *session, *device, *backend, *input, *bind, *record, *log, *modules;
	const char *record_dir, *token_file, *files[US_FILE_PLACES];
	uint32_t file_places;
	uint64_t record_most; /* bytes */
	bool token_only;
	uint32_t rate, frames, lookahead, port;
	uint64_t blocks, tape_bytes;
	int patch_fd, ready_fd, code_fd; /* code_fd: the first of US_CODE_FDS */
	int socket_fd, here6_fd;         /* for OSC, the keeper's; -1: to be opened */
	bool chaos;
	bool adopt; /* take over a session whose supervisor died */
};

/* One worker process. FREE → (main spawns) HANDED → (arbiter) WATCHED → (arbiter, dead) DEAD → (main reaps) FREE. */
enum us_actor_state { US_ACTOR_FREE, US_ACTOR_HANDED, US_ACTOR_WATCHED, US_ACTOR_DEAD };
struct us_actor {
	_Atomic uint32_t state;
	uint64_t id;
	pid_t pid;
	int pidfd, event_fd;
};

struct us_notes {
	_Atomic uint32_t in, out;
	_Atomic uint64_t lost;
	uint64_t second, printed, suppressed; /* the printing side's */
	struct us_note ring[US_NOTES];
};

/* Control or the recorder: the failover decides when it is started and when it is killed, the main loop does it and
 * tells the arbiter what has happened. */
enum { US_CHILD_NEWS = 4 };
struct us_child {
	const char *program;
	pid_t pid;
	int pidfd;
	_Atomic uint32_t starts_asked, kills_asked; /* by the arbiter */
	uint32_t starts_served, kills_served;       /* by the main loop */
	_Atomic uint32_t news_in, news_out;         /* the main loop's, the arbiter's */
	enum us_child_event news[US_CHILD_NEWS];
	_Atomic uint64_t idle_ns; /* for so long its loop has not turned; for people */
};

struct us_stage {
	struct us_options options;
	struct us_session session;
	struct us_code code;
	struct us_player player;
	const struct us_audio_backend *backend;
	struct us_device device;

	struct us_actor actor[US_DESKS];
	struct us_child child[FAILOVER_CHILDREN];
	struct us_log_watch log_watch;
	int socket_fd, lock_fd, hold_fd, signal_fd;
	int here6_fd;                                 /* the same port on ::1, -1: none */
	int main_fd;                                  /* eventfd: the main loop should look */
	int arbiter_fd;                               /* eventfd: the arbiter should look (new actors, end) */
	int lifeline_fd;                              /* eventfd: a worker's lifeline has changed */
	int suspect_fd;                               /* eventfd: the callback doubts the primary */
	int finished_fd;                              /* eventfd: options.blocks are played */
	uint32_t restores_passed_on;                  /* the main loop has told the arbiter of so many */
	uint32_t restores_served;                     /* and it has heard so many */
	uint64_t differs[US_SLOTS];                   /* instances that were named already, see board.c */
	bool wants_successor;                         /* to be replaced by a supervisor with a PortAudio of its own */
	pid_t raised_thread;                          /* callback thread whose priority was set */
	_Atomic int highest_priority;                 /* how high the ladder may reach, 0: there is none */
	_Atomic uint32_t spawns_asked, spawns_failed; /* by the arbiter; of those, answered with a failure */
	uint32_t spawns_served, spawns_failed_seen;   /* the main loop's, the arbiter's */

	pthread_t arbiter_thread, lifeline_thread;
	_Atomic bool arbiter_stop;
	pthread_t watch_thread;
	_Atomic bool watch_stop;
	struct failover failover;
	struct us_notes notes;
};

/* arbiter.c */
int us_arbiter_start(struct us_stage *stage, struct us_err *err);
void us_arbiter_stop(struct us_stage *stage);

/* watch.c: looks at the primary between the calls of a device with a long period. */
int us_watch_start(struct us_stage *stage, struct us_err *err);
void us_watch_stop(struct us_stage *stage);

/* failover_samples.c: reads what the failover may know. `somebody_died`: also what is in the rings. */
void us_failover_sample(struct us_stage *stage, bool somebody_died, struct failover_samples *samples);
/* Blocks below it may have been heard. */
uint64_t us_ever_published(const struct us_stage *stage);

/* failover_actions.c: one event, with the time and the samples of now, decided upon and carried out. Returns for how
 * long, in ns, there is nothing to do without a hint. */
uint64_t us_failover_event(struct us_stage *stage, struct failover_event event);

/* lifeline.c: a thread that waits for the kernel's word that a worker is dead, and wakes the arbiter. */
int us_lifeline_start(struct us_stage *stage, struct us_err *err);
void us_lifeline_stop(struct us_stage *stage);

/* spawn.c: child processes, from the session's own programs. The descriptors in `pass` are the child's from
 * US_FIRST_PASSED_FD on, the session's code comes after them. */
enum { US_FIRST_PASSED_FD = 3 };
int us_spawn(const struct us_stage *stage, pid_t *pid, enum us_program program, char *const argv[], const int *pass,
             uint32_t pass_count, struct us_err *err);
int us_spawn_worker(struct us_stage *stage, struct us_err *err);
void us_spawn_workers(struct us_stage *stage); /* reaps, and starts those that the arbiter has asked for */
void us_spawn_end_all(struct us_stage *stage);
void us_spawn_end(pid_t pid, int pidfd, uint64_t deadline_ns); /* waits until then, kills, reaps, closes pidfd */

/* children.c: control and the recorder. */
int us_children_start(struct us_stage *stage, struct us_err *err); /* those that are not there */
void us_children_keep(struct us_stage *stage);                     /* once a turn of the main loop */
void us_children_adopt(struct us_stage *stage, enum failover_child child, pid_t pid, int pidfd);
/* [arbiter] What the main loop has told of a child; false: no more. */
bool us_children_hear(struct us_child *child, enum us_child_event *event);
void us_children_end(struct us_stage *stage, uint64_t deadline_ns);

/* journal_keep.c: lets what nobody needs any more be overwritten; once a turn of the main loop. */
void us_journal_keep_turn(struct us_stage *stage);

/* priority.c: puts a thread on its rung of the ladder. Not permitted, or freewheeling: nothing happens. */
bool us_priority_set(const struct us_stage *stage, pid_t thread, enum us_rung rung);
void us_priority_drop(pid_t thread); /* who dies: the kernel takes milliseconds of its time to tear it down */
void us_priority_read(pid_t thread, _Atomic uint32_t *policy, _Atomic uint32_t *priority);

/* board.c: once a turn of the main loop. */
void us_board_turn(struct us_stage *stage, uint64_t now_ns);

/* notes.c */
void us_note_put(struct us_stage *stage, const struct us_note *note);
void us_notes_print(struct us_stage *stage);

/* options.c: what understudy run asks for. Returns US_FAILED with a reason. */
int us_options_read(struct us_options *options, int argc, char **argv, struct us_err *err);

/* open.c: the session's memory, socket and device. */
int us_stage_open(struct us_stage *stage, struct us_err *err);
/* Opens the socket for OSC, if there is none. */
int us_stage_open_socket(struct us_stage *stage, struct us_err *err);
void us_stage_close(struct us_stage *stage);

#endif
