/* stage.h — everything the supervisor has: options, the session's memory, the actors (worker processes), the player,
 * the arbiter's thread and the main loop's affairs. One struct for the process, passed first.
 *
 * Threads: the callback touches only struct us_player; the arbiter's thread owns `cast` and every actor that is
 * WATCHED; the main loop owns the rest. They meet in atomics and eventfds, never in a lock. */
#ifndef US_STAGE_H
#define US_STAGE_H

#include "arbiter_table.h"
#include "audio.h"
#include "child.h"
#include "device.h"
#include "ipc/code.h"
#include "ipc/ladder.h"
#include "ipc/shm.h"
#include "keep.h"
#include "player_rt.h"

#include <pthread.h>
#include <sys/types.h>

enum { US_NOTES = 256 };
#define US_LOOK_AGAIN_NS 125000ull /* after each of the two probes of a suspected primary */

struct us_options {
	const char *session, *device, *backend, *input, *bind, *record, *log, *modules;
	const char *record_dir, *token_file, *files[US_FILE_PLACES];
	uint32_t file_places;
	bool token_only;
	uint32_t rate, frames, lookahead, port;
	uint64_t blocks, tape_bytes;
	int patch_fd, ready_fd, code_fd; /* code_fd: the first of US_CODE_FDS */
	bool chaos;
	bool adopt; /* take over a session whose supervisor died */
};

/* One worker process. FREE → (main spawns) HANDED → (arbiter) WATCHED → (arbiter, dead) DEAD → (main reaps) FREE. */
enum us_actor_state { US_ACTOR_FREE, US_ACTOR_HANDED, US_ACTOR_WATCHED, US_ACTOR_DEAD };
struct us_still {              /* a standby that may stand still; see patience.c */
	uint64_t at, since_ns; /* it has published so much since then */
	uint64_t probes, probed_ns;
};
struct us_actor {
	_Atomic uint32_t state;
	uint64_t id;
	pid_t pid;
	int pidfd, event_fd;
	bool unreached; /* adopted, and its event descriptor is out of our reach: event_fd is rung by nobody */
	uint64_t spawned_ns;
	/* the arbiter's */
	int slot;            /* -1: none */
	bool ready;          /* it said so as a spare */
	bool mourned;        /* its death has been dealt with, the process is still going */
	uint64_t stalled_ns; /* it was found stalled then, 0: it is not */
	uint64_t stalled_at; /* blocks it had published */
	uint64_t killed_ns;  /* we killed it then, 0: we did not */
	struct us_still still;
	uint64_t way, stuck_ns; /* on its way to a place it had come so far, and no farther for so long */
	bool hung;              /* ended by us, because it burnt its time in one place */
	_Atomic bool looped;    /* died of itself within a moment: spares are spawned more slowly */
};

/* What the arbiter tells the main loop, for people to read. */
enum us_note_kind {
	US_NOTE_DIED,
	US_NOTE_PROMOTED,
	US_NOTE_JOINED,
	US_NOTE_QUARANTINE,
	US_NOTE_TOMBSTONE,
	US_NOTE_HANG,
	US_NOTE_STALL,
	US_NOTE_STILL,
	US_NOTE_STUCK,
	US_NOTE_LOST,
	US_NOTE_DEPOSED,
	US_NOTE_PAIR
};
struct us_note {
	enum us_note_kind kind;
	uint64_t id;
	int slot;
	int64_t detail;
	uint64_t block, ns;
};
struct us_notes {
	_Atomic uint32_t in, out;
	_Atomic uint64_t lost;
	uint64_t second, printed, suppressed; /* the printing side's */
	struct us_note ring[US_NOTES];
};

/* An instance that was in quarantine. See retry.c. */
struct us_patient {
	bool in;
	uint32_t faults;
	uint64_t since_ns, retry_ns, ignore_until_ns;
};

struct us_child { /* control and recorder: restarted when they die, with backoff */
	const char *program;
	pid_t pid;
	int pidfd;
	struct us_child_life life;
};

struct us_stage {
	struct us_options options;
	struct us_session session;
	struct us_code code;
	struct us_player player;
	const struct us_audio_backend *backend;
	struct us_device device;

	struct us_actor actor[US_DESKS];
	uint64_t next_id;
	struct us_child control, recorder;
	struct us_log_watch log_watch;
	int socket_fd, lock_fd, signal_fd;
	int main_fd;     /* eventfd: the main loop should look */
	int arbiter_fd;  /* eventfd: the arbiter should look (new actors, end) */
	int lifeline_fd; /* eventfd: a worker's lifeline has changed */
	int suspect_fd;  /* eventfd: the callback doubts the primary */
	int finished_fd; /* eventfd: options.blocks are played */
	struct us_patient patient[US_INDICES];
	uint32_t restores_served;
	bool wants_successor;         /* to be replaced by a supervisor with a PortAudio of its own */
	pid_t raised_thread;          /* callback thread whose priority was set */
	_Atomic int highest_priority; /* how high the ladder may reach, 0: there is none */
	uint64_t spawn_after_ns, spawn_backoff_ns;

	pthread_t arbiter_thread, lifeline_thread;
	_Atomic bool arbiter_stop;
	pthread_t watch_thread;
	_Atomic bool watch_stop;
	struct us_cast cast;
	uint64_t looked_ns;           /* patience.c looked at everybody then */
	uint64_t incomplete_since_ns; /* when the pair was broken, 0: it is complete */
	struct us_notes notes;
};

/* arbiter.c */
int us_arbiter_start(struct us_stage *stage, struct us_err *err);
void us_arbiter_stop(struct us_stage *stage);

/* watch.c: looks at the primary between the calls of a device with a long period. */
int us_watch_start(struct us_stage *stage, struct us_err *err);
void us_watch_stop(struct us_stage *stage);

/* orders.c: carries out, in the arbiter's name, what the table has decided. */
void us_orders_carry_out(struct us_stage *stage, const struct us_cast_orders *orders, uint64_t noticed_ns);
/* Tells a worker which slot is its own. To do so again is harmless: who has taken its slot is at its desk no more. */
void us_orders_write(struct us_clock *clock, uint32_t slot, uint64_t id);

/* patience.c: who does not move. Called by the arbiter; look returns for how long, in ns, it need not look again. */
uint64_t us_patience_look(struct us_stage *stage);
void us_patience_kill(struct us_actor *actor);
void us_patience_lose(struct us_stage *stage, struct us_actor *actor); /* it was killed, and is not gone */

/* lifeline.c: a thread that waits for the kernel's word that a worker is dead, and wakes the arbiter. */
int us_lifeline_start(struct us_stage *stage, struct us_err *err);
void us_lifeline_stop(struct us_stage *stage);
/* Does the kernel say that the worker, which has a slot, is dead? And that it died where nobody can be to blame? */
bool us_lifeline_dead(const struct us_stage *stage, const struct us_actor *actor);
bool us_lifeline_cut(const struct us_stage *stage, const struct us_actor *actor);

/* verdict.c: why a worker died and who is to blame; called by the arbiter. */
enum us_blame { US_BLAME_NOBODY, US_BLAME_INSTANCE, US_BLAME_RECORD };
struct us_verdict {
	enum us_blame blame;
	uint16_t instance;
	uint16_t cause; /* signal number or enum us_cause */
	uint64_t seq;
	uint64_t block;
	int signal;        /* 0: it exited */
	int status;        /* exit code */
	bool young;        /* it had hardly begun */
	uint64_t diverged; /* the block in which it differed from the primary, by its own word; 0: it did not */
};
/* Blocks below it may have been heard. */
uint64_t us_ever_published(const struct us_stage *stage);
struct us_verdict us_verdict_of(const struct us_stage *stage, const struct us_actor *actor);
/* Three glances with a probe (SIGUSR1) before the second and the third: does the primary use CPU time in one place
 * (hang), not answer at all (stall), or neither (fine, or just slow)? */
enum us_look { US_LOOK_FINE, US_LOOK_STALLED, US_LOOK_HUNG };
enum { US_GLANCES = 3 };
struct us_glance {
	uint64_t published, applied, crumb, probes, cpu_ns, taken_ns;
};
void us_glance_take(const struct us_stage *stage, const struct us_actor *actor, struct us_glance *glance);
enum us_look us_glance_compare(const struct us_stage *stage, const struct us_actor *actor,
                               const struct us_glance glance[US_GLANCES]);

/* spawn.c: child processes, from the session's own programs. The descriptors in `pass` are the child's from
 * US_FIRST_PASSED_FD on, the session's code comes after them. */
enum { US_FIRST_PASSED_FD = 3 };
int us_spawn(const struct us_stage *stage, pid_t *pid, enum us_program program, char *const argv[], const int *pass,
             uint32_t pass_count, struct us_err *err);
int us_spawn_worker(struct us_stage *stage, struct us_err *err);
void us_spawn_keep_company(struct us_stage *stage); /* as many workers as there should be */
void us_spawn_end_all(struct us_stage *stage);
void us_spawn_end(pid_t pid, int pidfd, uint64_t deadline_ns); /* waits until then, kills, reaps, closes pidfd */

/* children.c: control and the recorder. */
int us_children_start(struct us_stage *stage, struct us_err *err); /* those that are not there */
void us_children_keep(struct us_stage *stage);                     /* once a turn of the main loop */
void us_children_adopt(struct us_child *child, const char *program, pid_t pid, int pidfd, uint64_t turns);
void us_children_end(struct us_stage *stage, uint64_t deadline_ns);

/* retry.c: another chance for quarantined instances; once a turn of the main loop. Time never goes back. */
void us_retry_turn(struct us_stage *stage, uint64_t now_ns);

/* priority.c: puts a thread on its rung of the ladder. Not permitted, or freewheeling: nothing happens. */
bool us_priority_set(const struct us_stage *stage, pid_t thread, enum us_rung rung);
void us_priority_drop(pid_t thread); /* who dies: the kernel takes milliseconds of its time to tear it down */
void us_priority_read(pid_t thread, _Atomic uint32_t *policy, _Atomic uint32_t *priority);

/* notes.c */
void us_note_put(struct us_stage *stage, const struct us_note *note);
void us_notes_print(struct us_stage *stage);

/* options.c: what understudy run asks for. Returns US_FAILED with a reason. */
int us_options_read(struct us_options *options, int argc, char **argv, struct us_err *err);

/* open.c: the session's memory, socket and device. */
int us_stage_open(struct us_stage *stage, struct us_err *err);
void us_stage_close(struct us_stage *stage);

#endif
