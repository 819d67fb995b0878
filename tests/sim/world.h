/* world.h — all of understudy's processes as step functions in one process: two slots, a spare, the callback, the
 * arbiter, the main loop, control. No clock, no threads, no signals: what runs next, what dies where, is drawn from a
 * seed, so a failure can be seen again. The code that runs is the programs' own (worker, player, arbiter, engine, ipc),
 * compiled with US_POINTS: a worker can end at any store that another process reads.
 *
 * Oracle: every block that was played, rendered again from journal, grants and amendments, has the same bytes. */
#ifndef US_SIM_WORLD_H
#define US_SIM_WORLD_H

#include "../../supervisor/stage.h"
#include "worker/worker.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

enum { SIM_MAX_BLOCKS = 4096, SIM_ARENA = 1 << 20, SIM_ENGINES = 2 * US_DESKS };

/* UNDYING: it was killed, does not run any more, and is not dead. */
enum sim_life { SIM_NOBODY, SIM_AT_DESK, SIM_PLAYING, SIM_STALLED, SIM_UNDYING, SIM_DEAD };
struct sim_actor {
	enum sim_life life;
	struct us_worker worker;
	bool announced; /* the arbiter has been told of what it does now */
};

struct world {
	struct us_stage stage;
	struct us_session *session; /* stage.session */
	struct us_library *library;
	struct us_engine *engine_pool[SIM_ENGINES]; /* each is in use by one actor, or free */
	bool engine_used[SIM_ENGINES];
	void *pristine; /* checkpoint of an empty engine at block 0 */
	size_t pristine_bytes;
	struct sim_actor actor[US_DESKS];

	uint64_t random;
	uint64_t points;          /* points passed by workers so far */
	bool die_by_signal;       /* that end looks like a fault of the module at work */
	uint64_t die_at_point;    /* the worker that passes it ends there; 0: nobody */
	uint64_t die_again_after; /* so many points later somebody ends once more; 0: nobody */
	size_t spoil_at;          /* before it does, it writes spoil_with here in its slot; 0: it does not */
	uint64_t spoil_with;
	bool survives;       /* it does not end, only spoils */
	bool brittle;        /* who gives the poison a fresh state later than in the first patch ends there */
	uint64_t died_in[8]; /* how often, by enum us_phase */
	struct sim_actor *running;
	jmp_buf end_of_step, end_of_replay;

	float (*heard)[US_SAMPLES]; /* by block */
	uint32_t noise;             /* what the microphone hears */
	bool *gap;
	uint64_t kills, poisons, stalls, undying, promotions, gaps; /* what happened, for the table */
	char failure[256];                                          /* empty: all is well */
};

int world_open(struct world *world, struct us_err *err);
void world_close(struct world *world);
/* Everything back to the beginning of a session; `seed` decides all that follows. */
void world_reset(struct world *world, uint64_t seed);

/* Steps of single processes. */
void world_step_worker(struct world *world, struct sim_actor *actor);
void world_step_callback(struct world *world);
void world_step_arbiter(struct world *world);
void world_step_main(struct world *world);
void world_kill(struct world *world, struct sim_actor *actor);
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

/* Compares all that was played with the replay; writes world->failure. */
bool world_check(struct world *world);

uint64_t world_draw(struct world *world, uint64_t below);

/* arbiter.c of the supervisor, as the simulation sees it. */
void sim_arbiter_mourn(struct us_stage *stage, struct us_actor *actor);
void sim_arbiter_hear(struct us_stage *stage, struct us_actor *actor);
bool sim_arbiter_stall(struct us_stage *stage, struct us_actor *actor);

/* cast.c: the modules of the simulation. */
enum { SIM_OSC, SIM_ECHO, SIM_POISON, SIM_OUT, SIM_INSTANCES, SIM_STILLBORN = SIM_INSTANCES };
extern const struct us_module *const sim_modules[];
extern const uint32_t sim_module_count;
/* Called by the poison module: the worker that renders it ends as by a signal. */
void sim_poisoned(void);
/* Called by its init: the same in a world that is brittle. */
void sim_begun(void);

#endif
