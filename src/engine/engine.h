/* engine.h — the synth itself: apply(record), amend(amendment), render(block) over one flat arena.
 *
 * The worker, the offline renderer, replay, control's model and the simulation all run this code.
 * It knows nothing of processes, shared memory, OSC, files or time. After us_engine_open nothing in
 * here allocates, locks or calls the system: [rt] functions may run between wake and publish.
 *
 * State and plan. Everything that decides future sound lies in the arena: graph, knobs, timed
 * records, module states, block number; no pointer among it. The plan (order of calls, buffers,
 * function pointers) is derived from the arena by each process for itself. So a checkpoint is one
 * copy of the arena's used part, and loading it elsewhere gives the same bytes ever after.
 *
 * Threads: one engine belongs to one thread at a time. */
#ifndef US_ENGINE_H
#define US_ENGINE_H

#include "library.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <understudy/arena.h>
#include <understudy/error.h>
#include <understudy/meters.h>
#include <understudy/module.h>
#include <understudy/record.h>
#include <understudy/shelf.h>

enum { US_TIMED_RECORDS = 1024 }; /* records waiting for their frame; more are refused */
#define US_TIMED_AHEAD_SECONDS 60 /* an `at` farther in the future is refused */

struct us_engine;

struct us_engine_config {
	float rate;                   /* frames per second */
	size_t arena_bytes;           /* 0: us_arena_bytes(rate) */
	size_t tape_bytes;            /* for modules that ask for a tape; rounded down to whole reels; 0: none */
	bool master;                  /* limiter and meters, and one block later: see src/master/master.h */
	const struct us_shelf *shelf; /* tables for modules, or NULL; must outlive the engine */
	_Atomic uint64_t *crumb;      /* where to say what is being done, or NULL; one relaxed store per step */
};

/* What worker, replay, renderers and models of a session have alike: with a master. Only so their checkpoints fit. */
static inline struct us_engine_config us_engine_of_session(double rate, size_t arena_bytes, size_t tape_bytes,
                                                           const struct us_shelf *shelf)
{
	return (struct us_engine_config){
	    .rate = (float)rate, .arena_bytes = arena_bytes, .tape_bytes = tape_bytes, .shelf = shelf, .master = true};
}

/* [setup] Makes an engine with an empty graph at block 0. `library` must outlive it. */
int us_engine_open(struct us_engine **engine, const struct us_engine_config *config, const struct us_library *library,
                   struct us_err *err);
void us_engine_close(struct us_engine *engine);

/* [rt] From now on the breadcrumb goes there, and the number of a timed record at work (NULL: nowhere). A worker learns
 * only late where its slot is. */
void us_engine_crumb_to(struct us_engine *engine, _Atomic uint64_t *crumb, _Atomic uint64_t *timed);

/* [setup] Touches every page that a block can touch, so that no block takes a page fault. */
void us_engine_prefault(struct us_engine *engine);

/* [rt] Carries out one record at the current block. Refuses, with nothing changed, what cannot be done;
 * the same record is accepted or refused alike by every replica. Pass err = NULL in a worker.
 *
 * What is deleted or disconnected is gone at once for whoever looks in, and fades from the sound within 5 ms. A
 * US_REC_COMMIT may ask for a longer cross-fade, from the old patch's sinks to the new ones', in set.ramp_frames. */
int us_engine_apply(struct us_engine *engine, const struct us_record *record, struct us_err *err);

/* [rt] Passes over a record that a tombstone names. If it was staged, the rest of its batch is refused and its commit
 * is an abort: half of a patch is not what anybody asked for. */
void us_engine_strike(struct us_engine *engine, const struct us_record *record);

/* [rt] Carries out one amendment whose block has come. A tombstone takes away a record that waits for its frame; one
 * that is still to be applied is the caller's business: us_engine_strike. */
void us_engine_amend(struct us_engine *engine, const struct us_amendment *amendment);

/* [rt] Renders the current block into `out` (US_BLOCK frames, US_CHANNELS interleaved, each finite and
 * within [-1, 1]; with a master what the block before has mixed) and goes on to the next. Sets FTZ, DAZ and
 * round-to-nearest first. */
void us_engine_render(struct us_engine *engine, float out[US_BLOCK * US_CHANNELS]);

/* [rt] What the next render's modules hear from outside: US_BLOCK frames, US_CHANNELS interleaved; what is not finite
 * or out of [-8, 8] is silence. Without it they hear silence. Replicas must be told the same. */
void us_engine_hear(struct us_engine *engine, const float in[US_BLOCK * US_CHANNELS]);

/* [rt] Goes on to `block` without rendering: timed records that fall due are carried out. For models. */
void us_engine_skip_to(struct us_engine *engine, uint64_t block);

/* [rt] From now on each block leaves a hash of what each instance put out, in the order in which they were called:
 * instance << 48 | hash, room for US_INDICES of them. NULL: no more. The number of instances that are called. */
void us_engine_print_to(struct us_engine *engine, uint64_t *prints);
uint32_t us_engine_prints(const struct us_engine *engine);

/* [rt] The block that the next render makes. */
uint64_t us_engine_block(const struct us_engine *engine);

/* --- checkpoints ------------------------------------------------------------------------------------ */

/* A number that differs when arena layout, sample rate, arena size or any module's code version differs. */
uint64_t us_engine_layout_id(const struct us_engine *engine);

/* [rt] Bytes that us_engine_save would write now, never more than us_engine_save_max. */
size_t us_engine_save_bytes(const struct us_engine *engine);
size_t us_engine_save_max(const struct us_engine *engine);

/* [rt] Copies the used part of the arena to `to`; returns its size. */
size_t us_engine_save(const struct us_engine *engine, void *to);

/* [rt] The arena in US_PORTIONS portions, for who compares two engines bit by bit: where the bytes of one of them lie.
 */
enum { US_PORTIONS = 64, US_PIECES = 7 };
struct us_piece {
	const void *bytes;
	size_t count;
};
void us_engine_portion(const struct us_engine *engine, uint32_t portion, struct us_piece piece[US_PIECES]);

/* Replaces everything by what us_engine_save wrote (maybe in another process of the same layout id).
 * Refuses sizes, offsets and indices that do not fit; the engine is then empty, at block 0. */
int us_engine_load(struct us_engine *engine, const void *from, size_t bytes, struct us_err *err);
/* The same of a state that a worker lives on, or has lived on, though a module has written into the map of the heap:
 * memory that has no owner and counts as used is lost and does no harm. What is rendered is what that one renders.
 * Memory that has an owner and counts as free would be given away again: that is refused here, too. */
int us_engine_load_as_it_is(struct us_engine *engine, const void *from, size_t bytes, struct us_err *err);

/* --- tapes: what is too large for a checkpoint's one copy. See tape_rt.c ------------------------------------- */

enum { US_REEL_BYTES = US_TAPE_REEL * US_CHANNELS * sizeof(float) };

/* Whole reels for so many seconds. */
static inline size_t us_tape_bytes(double seconds, float rate)
{
	return (size_t)(seconds * (double)rate / US_TAPE_REEL + 1) * US_REEL_BYTES;
}
/* Reels that this engine has, and that are in use now: the first so many of them. */
uint32_t us_engine_reels(const struct us_engine *engine);
uint32_t us_engine_reels_used(const struct us_engine *engine);
/* [rt] Takes the marks of what was written since the last call: a word per reel, a bit per chunk, ORed into `into`. */
void us_engine_tape_marks(struct us_engine *engine, uint64_t *into);
/* [rt] One chunk, of US_TAPE_CHUNK frames. */
void *us_engine_tape_chunk(const struct us_engine *engine, uint32_t chunk);

/* --- looking in (control's model, status, save) -------------------------------------------------------- */

struct us_instance_view {
	const char *name;
	const struct us_module *module;
	uint16_t index;
	uint16_t voices;
	uint16_t asked; /* voices that it was created with; 0: as many as the cables bring */
	bool bypassed;  /* quarantined */
	bool muted, solo;
	uint32_t garbage; /* times its output was not finite */
	uint32_t table;   /* on the shelf, US_NO_TABLE: none */
};

/* The instance with this index, false if there is none. Pending creations count, pending deletions do not. */
bool us_engine_instance(const struct us_engine *engine, uint16_t index, struct us_instance_view *view);
/* Index of the instance with this name, or US_NOBODY. */
uint16_t us_engine_find(const struct us_engine *engine, const char *name);
/* Lowest index that no instance has; US_NOBODY when the patch is full. */
uint16_t us_engine_free_index(const struct us_engine *engine);
/* Target value of a knob, in the input's unit. */
float us_engine_knob(const struct us_engine *engine, uint16_t instance, uint16_t input);
/* The key that an instance with US_NOTE_PORT has played last; `otherwise` if there was none. */
float us_engine_last_key(const struct us_engine *engine, uint16_t instance, float otherwise);
float us_engine_gain(const struct us_engine *engine);
/* Is the master limiter on? */
bool us_engine_limiter(const struct us_engine *engine);
/* What the master meters say; all US_METER_NONE in an engine without a master. */
void us_engine_meters(const struct us_engine *engine, struct us_meters *meters);
/* In beats per minute; where it goes to while it moves. */
float us_engine_tempo(const struct us_engine *engine);
/* Where the song is at the first frame of the next block. */
struct us_song_view {
	bool plays;
	float bpm;
	uint64_t frame;
	double beat;
};
void us_engine_song(const struct us_engine *engine, struct us_song_view *view);

/* The song's key; the one that it goes to, which may wait for its frame; those that wait, the latest first, from place
 * 0 on, false past the end. And is it another than c chromatic, was it before, or will it be? */
struct us_key_view {
	uint32_t root, scale; /* pitch.h */
	uint64_t frame;       /* from which on */
};
struct us_key_view us_engine_key(const struct us_engine *engine);
struct us_key_view us_engine_next_key(const struct us_engine *engine);
bool us_engine_waiting_key(const struct us_engine *engine, uint32_t *place, struct us_key_view *view);
bool us_engine_key_was_set(const struct us_engine *engine);

/* The beat at a frame, as far as is known now; and the first frame from the next block on that is not before a beat,
 * false if that is more than US_TIMED_AHEAD_SECONDS away. */
double us_engine_beat_at(const struct us_engine *engine, uint64_t frame);
bool us_engine_frame_at(const struct us_engine *engine, double beat, uint64_t *frame);

/* The pattern that an instance plays, NULL if its module plays none. No nodes: none yet. */
const struct us_pattern *us_engine_pattern(const struct us_engine *engine, uint16_t instance);
/* The same, or the one that waits for its beat. */
const struct us_pattern *us_engine_next_pattern(const struct us_engine *engine, uint16_t instance);

struct us_cable_view {
	uint16_t source, instance;
	uint8_t output, input;
	float amount;
};
/* One cable after the other, in order of creation: the first at or behind `place`, which is then behind it. Begins with
 * place 0; false past the end. */
bool us_engine_next_cable(const struct us_engine *engine, uint32_t *place, struct us_cable_view *view);
/* The n-th cable, n from 0; false past the end. Who wants all of them asks for the next one. */
bool us_engine_cable(const struct us_engine *engine, uint32_t n, struct us_cable_view *view);

struct us_engine_counts {
	uint32_t instances, cables, timed;
	uint64_t late;                  /* timed records that came too late and were applied at once */
	uint64_t refused;               /* records that us_engine_apply refused */
	uint64_t garbage;               /* outputs that were not finite */
	size_t state_bytes, state_free; /* module states in the arena */
};
void us_engine_counts(const struct us_engine *engine, struct us_engine_counts *counts);

/* [rt] Behind each state lie bytes that nobody may write. False, and whose they are, if somebody has. */
bool us_engine_guards_ok(const struct us_engine *engine, uint16_t *instance);

#endif
