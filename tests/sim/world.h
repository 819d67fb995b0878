/* world.h — all of understudy's processes as step functions in one process: workers, the supervisor with its callback,
 * its arbiter and its main loop, its successors, control. No threads, no signals, and a time of its own: what runs
 * next, how long it takes, what dies or is stopped where, is drawn from a seed, so a failure can be seen again. The
 * code that runs is the programs' own (worker, player, failover, arbiter, adoption, spawning, engine, ipc), compiled
 * with US_POINTS: a worker can end, or be stopped, at any store that another process reads; each has a stack of its
 * own. kernel.c stands in for the kernel.
 *
 * Oracle: every block that was played, rendered again from journal, grants and amendments, has the same bytes. */
#ifndef US_SIM_WORLD_H
#define US_SIM_WORLD_H

#include "../../supervisor/stage.h"
#include "replica/proof.h"
#include "worker/worker.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

enum {
	SIM_MAX_BLOCKS = 8000,
	SIM_ARENA = 1 << 20,
	SIM_PROCESSES = 2 * US_DESKS,
	SIM_ENGINES = SIM_PROCESSES + 2,
	SIM_RECORDS = 1 << 16,
	SIM_STACK = 256 << 10,
	SIM_SUSPECT_FD = 902, /* the bell that doubts the primary; no descriptor */
	SIM_RATE = 48000
};
#define SIM_BLOCK_NS 1333333ull

enum sim_life { SIM_NOBODY, SIM_STARTING, SIM_AT_DESK, SIM_PLAYING, SIM_DEAD };
struct sim_process {
	enum sim_life life;
	struct us_worker worker;
	pid_t pid;
	uint32_t parent;     /* which supervisor has started it */
	uint32_t start_in;   /* steps until it is ready */
	bool stopped;        /* SIGSTOP */
	bool frozen;         /* nothing reaches it, not even SIGKILL */
	bool kill_pending;   /* which it will die of when it thaws */
	bool hanging;        /* it computes in one place without end */
	bool deaf;           /* and has its signals blocked */
	uint64_t busy_ns;    /* it computes in one place for so long */
	bool news;           /* its event descriptor was raised */
	uint64_t unanswered; /* probes that it has not been running for */
	uint64_t cpu_ns;
	int end_signal, end_status;
	uint64_t gone_ns; /* dead: until then its address space is torn down, and its parent is told nothing */
	struct us_lifeline lifeline;
	const struct robust_list_head *robust; /* what it has told the kernel of that */
	bool held_up;                          /* it was stopped within its step */
	ucontext_t context;                    /* its beginning */
	jmp_buf here;                          /* where it goes on */
	bool begun;
	char *stack;
};

/* Control or the recorder: as much of it as the supervisor sees. What it does is done by world_step_prover() and
 * world_step_recorder(). */
struct sim_child {
	pid_t pid; /* 0: there is none */
	bool dead, hangs;
	uint64_t gone_ns;
	uint32_t starts;
};

/* What has happened, for the table: a simulation in which something never does proves nothing about it. */
#define SIM_HAPPENINGS(X)                                                                                              \
	X(blocks, "blocks")                                                                                            \
	X(kills, "deaths at a store")                                                                                  \
	X(poisons, "deaths of a module")                                                                               \
	X(scribbles, "states that do not load")                                                                        \
	X(crawls, "blocks in which a module crawled")                                                                  \
	X(stops, "stopped")                                                                                            \
	X(undying, "killed in vain")                                                                                   \
	X(promotions, "promotions")                                                                                    \
	X(successors, "successors of the supervisor")                                                                  \
	X(gaps, "gap blocks")                                                                                          \
	X(slow_stretches, "stretches of a slow host")                                                                  \
	X(periods, "changes of the device's period")                                                                   \
	X(outputs_blocked, "outputs that block the main loop")                                                         \
	X(recorder_stands, "stands of the recorder")                                                                   \
	X(logs_given_up, "logs given up")                                                                              \
	X(children_dead, "deaths of control or the recorder")                                                          \
	X(children_hung, "of them that hung")                                                                          \
	X(hangs, "verdicts: hangs")                                                                                    \
	X(stalls, "verdicts: stalled")                                                                                 \
	X(still, "verdicts: a standby that stands still")                                                              \
	X(stuck, "verdicts: on its way and stuck")                                                                     \
	X(lost, "verdicts: cannot be killed")                                                                          \
	X(bypasses, "instances bypassed")                                                                              \
	X(tombstones, "records struck out")                                                                            \
	X(dearest, "dearest instances bypassed")                                                                       \
	X(restores, "instances given another chance")                                                                  \
	X(trials, "blocks tried without some of it")                                                                   \
	X(afresh, "songs begun afresh")
struct sim_tally {
#define SIM_COUNTER(name, text) uint64_t name;
	SIM_HAPPENINGS(SIM_COUNTER)
#undef SIM_COUNTER
};

enum sim_supervisor { SIM_RUNS, SIM_STOPPED, SIM_GONE };

struct world {
	struct us_stage stage;
	struct us_session *session; /* stage.session */
	struct us_library *library;
	struct us_engine *engine_pool[SIM_ENGINES]; /* each is in use by one process, or free; the last two are
	                                               control's and the oracle's */
	bool engine_used[SIM_ENGINES];
	void *pristine; /* checkpoint of an empty engine at block 0 */
	size_t pristine_bytes;
	struct sim_process process[SIM_PROCESSES];
	struct sim_child child[FAILOVER_CHILDREN];
	pid_t next_pid;
	struct us_prover prover; /* control's */

	uint64_t now_ns, callback_ns,
	    look_ns;               /* now; when the callback is due; when the arbiter looks without a hint */
	bool suspected;            /* that bell was rung */
	bool lifeline_changed;     /* the kernel has marked one, and woken who waits for it */
	uint64_t teardown_ns;      /* a dead process is gone within it */
	uint32_t period;           /* of the device, frames */
	uint64_t main_free_ns;     /* until then the main loop waits for an output */
	uint64_t recorder_free_ns; /* until then the recorder stands still */
	uint64_t crawl_ns;         /* so slow becomes a module, step by step, and then quick again; 0: it is quick */
	uint32_t crawl_step;
	uint64_t crawl_next_ns;
	uint64_t slow_until_ns; /* somebody else has the machine's cores */
	uint64_t watched_ns;    /* the last look between two calls of the device */
	enum sim_supervisor supervisor;
	uint32_t supervisors; /* so far */
	uint64_t succeeds_ns; /* when the next one begins */
	uint32_t dies_within; /* so many calls of the kernel the supervisor ends; 0: it does not */
	bool fork_fails;
	bool loud;

	uint64_t random;
	uint64_t points;          /* points passed by workers so far */
	bool die_by_signal;       /* that end looks like a fault of the module at work */
	uint64_t die_at_point;    /* the worker that passes it ends there; 0: nobody */
	uint64_t stop_at_point;   /* the worker that passes it is stopped there */
	uint64_t die_again_after; /* so many points later somebody ends once more; 0: nobody */
	size_t spoil_at;          /* before it does, it writes spoil_with here in its slot; 0: it does not */
	uint64_t spoil_with;
	bool survives;       /* it does not end, only spoils */
	bool may_lose_all;   /* no state may be left to begin from */
	bool brittle;        /* who gives the poison a fresh state later than in the first patch ends there */
	bool scribbles_deep; /* what then is saved cannot be taken as it is either */
	bool nameless;       /* and its breadcrumb does not say who it was */
	uint32_t said_anew;  /* the patch, after the song has begun afresh */
	bool poison_hangs;   /* the poison does not kill, it never returns */
	bool poison_deafens; /* and takes no signal */
	uint64_t died_in[8]; /* how often, by enum us_phase */
	struct sim_process *running;
	jmp_buf scheduler, end_of_replay, end_of_supervisor;

	struct us_record *accepted; /* by number: the journal does not keep them all */
	float (*heard)[US_SAMPLES]; /* by block */
	uint64_t recorded;          /* blocks below it are in `heard` */
	uint32_t noise;             /* what the microphone hears */
	bool *gap;
	struct sim_tally tally;
	uint64_t silence_ns; /* longest, where it was measured */
	char failure[256];   /* empty: all is well */
};

int world_open(struct world *world, struct us_err *err);
void world_close(struct world *world);
/* Everything back to the beginning of a session; `seed` decides all that follows. */
void world_reset(struct world *world, uint64_t seed);

/* Steps of single processes. The arbiter's: only if it is woken, by a hint or because its time has come. */
void world_step_worker(struct world *world, struct sim_process *process);
void world_step_callback(struct world *world);
void world_step_arbiter(struct world *world);
void world_step_main(struct world *world);
void world_step_prover(struct world *world);
void world_step_recorder(struct world *world);
/* Time passes. The callback is called when it is due, a successor begins when its time has come. */
void world_pass(struct world *world, uint64_t ns);
void world_kill(struct world *world, struct sim_process *process);
void world_kill_supervisor(struct world *world, uint64_t successor_in_ns);
/* The limiter and the meter of true peaks cost more than all the rest: after a loud beginning they work on in one world
 * of eight, and rest in the others. */
float world_gain(const struct world *world);
void world_lose_all(struct world *world);
bool world_record(struct world *world, struct us_record *record);
/* Lets everybody run fairly, without faults, for `blocks` more blocks, and until the pair is whole; false if that does
 * not happen. */
bool world_settle(struct world *world, uint64_t blocks);
/* The same with the undying among them: whoever else there is must play on, accept commands and make checkpoints; also
 * hard-pressed, when it is never ahead of its grants. */
bool world_endure(struct world *world, uint64_t blocks, bool hard_pressed);
/* Writes world->failure: `what`, and who is where. */
void world_describe(struct world *world, const char *what);
/* Both slots live and a spare waiting. */
bool world_is_whole(const struct world *world);
uint64_t world_played(const struct world *world);
/* The worker that has a slot, by the failover; NULL: none. */
struct sim_process *world_in_slot(struct world *world, uint32_t slot);
struct sim_process *world_process(struct world *world, pid_t pid);
/* A process that lives, by chance, or NULL. */
struct sim_process *world_any(struct world *world);
/* Nobody lives whom the supervisor does not know, and no slot has two writers. */
void world_look_at_processes(struct world *world);

/* Control or the recorder dies. */
void world_kill_child(struct world *world, enum failover_child child);
bool world_child_serves(const struct world *world, enum failover_child child);

/* Everybody gets `steps` turns in so many ns; the device is called when it is due. */
void world_fair_turn(struct world *world, uint32_t steps, uint64_t ns);
/* Tells the module that crawls how slow it is, when it is time for the next step. */
void world_crawl(struct world *world);
/* The device calls in another period from now on. */
void world_set_period(struct world *world, uint32_t frames);

/* scenes.c: from a whole pair on, one thing happens, and a rule is held against it; writes world->failure. In each the
 * sound goes on: */
/* Both are stopped, at once or the second as it takes over: within 300 ms. */
void scene_stop_pair(struct world *world);
/* The device's period changes: with at most one hold, no longer than the new period. */
void scene_change_period(struct world *world);
/* The main loop waits for an output, and the primary is killed: without a hold. */
void scene_block_output(struct world *world);
/* The recorder stands still until the journal is full of what it has not written: senders are heard again. */
void scene_stand_still(struct world *world);
/* A module is slower each time, until the patch is late: it is bypassed. */
void scene_be_dear(struct world *world);
/* Control or the recorder hangs: it is killed, not too soon, and another one is there. */
void scene_hang_child(struct world *world);
/* What is saved does not load any more, for longer than what was played can be rendered again; then workers are killed,
 * one after the other, where what is saved can be taken as it is: somebody stands by again. Senders are heard in any
 * case. */
void scene_outlive_the_state(struct world *world);

/* Compares all that was played with the replay; writes world->failure. */
bool world_check(struct world *world);

uint64_t world_draw(struct world *world, uint64_t below);

/* arbiter_access.c: one round of the arbiter's loop; `woken` says of each worker what would wake it. Returns for how
 * long it need not be called without a hint. */
uint64_t sim_arbiter_round(struct us_stage *stage, bool suspected, bool (*is_gone)(pid_t), bool (*has_news)(pid_t));

/* kernel.c: what the kernel does for the simulated processes. */
void sim_kernel_is(struct world *world);
void sim_end(struct sim_process *process, int signal, int status);
/* Its pidfd says so. */
bool sim_is_gone(const struct sim_process *process);
void sim_reap_orphans(void);

/* cast.c: the modules of the simulation. */
enum { SIM_OSC, SIM_ECHO, SIM_POISON, SIM_SCRIBBLE, SIM_CRAWL, SIM_OUT, SIM_INSTANCES, SIM_STILLBORN = SIM_INSTANCES };
extern const struct us_module *const sim_modules[];
extern const uint32_t sim_module_count;
/* Called by the poison module: the worker that renders it ends as by a signal, or hangs. */
void sim_poisoned(void);
/* Called by the module crawl: the worker computes for so long. */
void sim_crawled(uint64_t ns);
#define SIM_CRAWL_NS 10000000ull /* at 1 */
/* Called by the module scribble: what the worker saves from now on does not load. */
void sim_scribbled(void);
/* scribble.c: false: there is no place for it just now. */
bool sim_scribble_into(struct us_engine *engine, bool deep);
/* Called by its init: the same in a world that is brittle. */
void sim_begun(void);

#endif
