/* worker.h — everything one worker process has. main.c makes it, join.c gives it a slot and a state to go on
 * from, perform_rt.c plays, crash.c says the last word. Single-threaded. */
#ifndef US_WORKER_H
#define US_WORKER_H

#include "ipc/shm.h"
#include "ipc/slot_rt.h"
#include "replica/load.h"

#include <linux/futex.h>
#include <stdbool.h>

/* Tapes in checkpoints, see tape_rt.c. Bits are chunks, words are reels. */
struct us_worker_tape {
	uint32_t reels; /* that the engine has; 0: nothing of this is used */
	uint32_t known; /* the first so many have been in use */
	uint64_t *stale[US_VAULT], *marks, *hash;
};

struct us_worker {
	struct us_session session;
	const struct us_clock *clock;
	struct us_library *library;
	struct us_replica replica;
	uint64_t id;
	int event_fd; /* to the arbiter: ready, joined, dying */

	struct us_lifeline *lifeline; /* ties us to the slot */

	/* The slot, once there are orders. */
	uint32_t slot_index;
	struct us_slot *slot;        /* ours, writable */
	const struct us_slot *other; /* the partner's, read-only */
	bool live;
	bool left_behind;    /* the journal no longer holds what it needs: it leaves */
	bool stateless;      /* it has found nothing to begin from */
	bool checkpoint_due; /* at the next chance, not only at the next multiple of US_CHECKPOINT_BLOCKS */
	uint64_t checkpoint_block;
	uint64_t origin; /* block of the checkpoint that it has begun from */
	uint32_t
	    compared;     /* blocks in which it agreed with the primary, up to US_PORTIONS: then its origin was sound */
	uint64_t accused; /* id of a primary that we have proven wrong: there is nothing to compare with it any more */
	uint64_t print[US_INDICES]; /* of the block that is being rendered */
	struct us_worker_tape tape;
	uint64_t shelf_touched; /* bytes of the shelf whose pages are ours */
	uint64_t faults_before; /* minor faults of this process when it became live */
	uint64_t block_ns;
	uint64_t rested_ns;            /* when it last waited for something */
	_Atomic uint32_t nobody_rings; /* a bell to rest at */
	uint64_t sign;                 /* of life: of the supervisor, the keeper, or that blocks are played */
	uint64_t lonely_ns;            /* waited since then */
};

/* join.c [setup]: waits for orders, takes the slot, loads the newest checkpoint that is whole. */
int us_worker_open(struct us_worker *worker, const char *session, uint64_t id, int event_fd, int code_fd,
                   struct us_err *err);
int us_worker_join(struct us_worker *worker, struct us_err *err);

/* join.c [setup]: are these orders for this worker, whose process the desk names? Was it started by a supervisor that
 * is dead, so that nobody will ever give it orders? Claims the slot from its former owner, whom the orders name; false:
 * another worker was quicker, or has never gone. */
bool us_worker_has_orders(const struct us_worker *worker, uint64_t orders, int32_t pid);
bool us_worker_is_forgotten(const struct us_worker *worker);
bool us_worker_claim(const struct us_worker *worker, struct us_slot *slot);

/* join.c: the newest checkpoint of `latest` or before that loads, with its tapes; all that belongs to the state is as
 * it was then. Allocates nothing. US_NO_CHECKPOINT when there is none: the engine is empty then. */
enum us_found_checkpoint { US_CHECKPOINT_LOADED, US_NO_CHECKPOINT };
enum us_found_checkpoint us_worker_load(struct us_worker *worker, uint64_t latest, enum us_load_trust trust);

/* perform_rt.c [rt]: one block of the song, from its amendments to its samples. */
US_REALTIME void us_worker_compute(struct us_worker *worker, uint64_t block, float samples[US_SAMPLES],
                                   struct us_digest *digest);

/* print_rt.c [rt]: around the computation of a block: of some a hash of each instance's output is kept in the slot, and
 * a standby says whose was the first that is not the primary's. */
US_REALTIME void us_worker_print_begin(struct us_worker *worker, uint64_t block);
US_REALTIME void us_worker_print_end(struct us_worker *worker, uint64_t block);

/* opinion.c: `mine` is not `theirs` in `block`. Computes it once more, from a checkpoint that is older than any trace
 * of what has just been found, and says who is right. Afterwards the
 * engine is that third one, and checkpoints that may be spoilt are in doubt. */
enum us_opinion { US_NO_OPINION, US_I_AM_RIGHT, US_THEY_ARE_RIGHT };
enum us_opinion us_worker_reconsider(struct us_worker *worker, uint64_t block, const struct us_digest *mine,
                                     const struct us_digest *theirs, float samples[US_SAMPLES]);

/* join.c [setup]: from a mapped slot to a worker that catches up; what us_worker_join ends with. When it fails,
 * `stateless` says that it has found no state to begin from. */
int us_worker_begin(struct us_worker *worker, uint32_t slot_index, struct us_err *err);

/* join.c: makes the next `most` bytes that were put on the shelf readable without a page fault. Between blocks, after
 * publishing, in small portions; at the start all of it. */
void us_worker_touch_shelf(struct us_worker *worker, size_t most);

/* tape.c [setup], tape_rt.c: in the order of their calls. All that is stale at the start; a checkpoint's tapes; is so
 * little stale that a checkpoint may be written now (if not, some of it has been brought up to date); and its tapes. */
int us_worker_tape_open(struct us_worker *worker, struct us_err *err);
void us_worker_tape_begin(struct us_worker *worker);
bool us_worker_tape_load(struct us_worker *worker, const struct us_found *found);
US_REALTIME bool us_worker_tape_ready(struct us_worker *worker);
US_REALTIME void us_worker_tape_save(struct us_worker *worker, struct us_checkpoint *checkpoint);

/* perform_rt.c: of this process, since it began. */
uint64_t us_worker_minor_faults(void);

/* perform_rt.c [rt]: one look: renders the next block if it may. What us_worker_perform does for ever; the simulation
 * calls it for each of its workers. */
enum us_worker_step { US_STEP_WAIT, US_STEP_RENDERED, US_STEP_DIVERGED, US_STEP_TRIED };
US_REALTIME enum us_worker_step us_worker_step(struct us_worker *worker);

/* perform_rt.c: renders until clock.stop, or until the supervisor is gone for good. Returns the exit code. */
int us_worker_perform(struct us_worker *worker);

/* lifeline.c [setup]: from now on the kernel marks `slot` when this process dies. `line` must stay where it is. */
struct us_lifeline {
	struct robust_list_head head;
	struct robust_list entry;
};
void us_lifeline_tie(struct us_lifeline *line, struct us_slot *slot);

/* prefault.c [setup]: touches all code and data of the program, its modules and its libraries. */
void us_program_prefault(void);

/* trace.c: what is mapped where, and the stack of the moment in which a fatal signal came. */
enum { US_PLACES = 160 };
struct us_places {
	uint32_t count;
	struct us_place {
		uintptr_t begin, end;
		char object[US_TRACE_OBJECT_BYTES];
	} list[US_PLACES];
};
/* [setup] After all modules are loaded. */
void us_trace_learn_places(struct us_places *places, const struct us_worker *worker);
/* [in a signal handler] `context` is its third argument. */
void us_trace_write(struct us_trace *trace, uint64_t worker, const struct us_places *places, uintptr_t reached_for,
                    const void *context);

/* crash.c [setup]: on a fatal signal, says so in `slot` and through event_fd, then leaves. */
struct us_last_words {
	struct us_places places;
	struct us_slot *_Atomic slot;
	uint64_t id;
	int event_fd;
};
void us_crash_install(struct us_last_words *words);

/* sandbox.c lets nobody end the process who does not say this word. The kernel looks at the lowest byte only. */
enum { US_FAREWELL = 0x75736400 };
_Noreturn void us_worker_leave(int code);

/* [any] Tells the arbiter to look. */
void us_worker_notify(const struct us_worker *worker);

/* [any] To be called after each wait that ended without work, of `waited_ns` or less: has the supervisor stopped us, or
 * has nothing moved during ORPHAN_SECONDS of our own waiting: neither the supervisor's loop nor its keeper's, and no
 * block was played? Time in which this process was itself frozen does not count, so nobody leaves after a suspend. */
bool us_worker_should_leave(struct us_worker *worker, uint64_t waited_ns);

/* sandbox.c [setup]: gives up every system call that a block does not need. */
int us_sandbox_enter(const struct us_worker *worker, struct us_err *err);

#endif
