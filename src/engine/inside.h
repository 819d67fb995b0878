/* inside.h — what the engine's files share; nobody else includes it.
 *
 * struct us_engine holds the arena's parts (see arena.h) and everything that is derived from them: the modules'
 * descriptors, the plan, the buffers. Derived means: us_engine_load makes it anew, and no sound depends on its past.
 *
 *   library, descriptor   modules and their tables
 *   heap_rt               memory in the arena
 *   seat_rt               one instance: its knobs and states
 *   knob_rt               knobs and ramps: smoothing, timed moves
 *   graph_rt              cables and seats from the arena to adjacency, voices, feedback and order
 *   buffer_rt             which buffer each output is rendered to
 *   edit_rt, stage_rt     records that change the graph; staged ones and their commit
 *   leave_rt              what is deleted fades away first
 *   hearing_rt            mute and solo: which cables are closed
 *   pattern_rt            patterns, which come in parts
 *   tape_rt               memory for minutes of sound, outside the arena
 *   note_rt               which voice plays which note
 *   apply_rt, timed_rt    all other records; those that wait for their frame
 *   song_rt, song_key_rt   where the song is; its key
 *   constant_rt           buffers of one value
 *   input_rt, render_rt   a block
 *   view_rt               looking in from outside */
#ifndef US_INSIDE_H
#define US_INSIDE_H

#include "arena.h"
#include "descriptor.h"
#include "engine.h"
#include "float_mode.h"
#include "master/master.h"

#include <stdbool.h>
#include <string.h>
#include <understudy/dsp.h>
#include <understudy/pattern.h>
#include <understudy/shelf.h>

enum {
	US_FEEDS = 256,      /* in a run: what is more goes a longer way */
	US_POOL = 4096,      /* buffers of one block for outputs: a mono graph needs one a cable at most */
	US_CONSTANTS = 256,  /* buffers that hold one value in every frame; a power of two */
	US_SMOOTH_US = 5000, /* how long knobs, cables and the master gain take to get where they are sent */
	US_NONE = 0xffff,    /* no buffer, no run, no place */
};
#define US_FADE_SECONDS 60  /* the longest cross-fade */
#define US_AMOUNT_MAX 1e9f  /* of a cable */
#define US_GAIN_MAX 16.0f   /* master, linear */
#define US_TEMPO_MIN 1.0f   /* beats per minute */
#define US_TEMPO_MAX 999.0f /* beats per minute */

/* As wide as one instruction of this machine: for the engine's own loops over whole buffers. */
#if defined(__AVX512F__)
enum { US_STRIDE = 64 };
#elif defined(__AVX__)
enum { US_STRIDE = 32 };
#else
enum { US_STRIDE = 16 };
#endif
typedef float us_stride_vec __attribute__((vector_size(US_STRIDE), aligned(4), may_alias));
#define US_STRIDES(width)                                                                                              \
	((uint32_t)(width) * sizeof(us_buffer) / US_STRIDE) /* in a buffer of so many vectors a frame */

/* One signal in the narrow form of modules, and in the wide: two vectors a frame. The engine itself is built narrow. */
enum { US_WIDE = 2 };
typedef us_vec us_buffer[US_BLOCK];
typedef us_vec us_wide_buffer[US_BLOCK * US_WIDE];

/* A bit per seat, and a bit per word of it, so that the lowest is found at once. */
struct us_set {
	uint64_t words;
	uint64_t bits[US_SEATS / 64];
};
_Static_assert(US_SEATS / 64 <= 64, "one summary word");

static inline void us_set_add(struct us_set *set, uint32_t n)
{
	set->bits[n / 64] |= 1ull << n % 64;
	set->words |= 1ull << n / 64;
}
static inline void us_set_remove(struct us_set *set, uint32_t n)
{
	set->bits[n / 64] &= ~(1ull << n % 64);
	if (!set->bits[n / 64])
		set->words &= ~(1ull << n / 64);
}
static inline bool us_set_has(const struct us_set *set, uint32_t n)
{
	return set->bits[n / 64] >> n % 64 & 1;
}
static inline uint32_t us_set_lowest(const struct us_set *set) /* of one that is not empty */
{
	uint32_t word = (uint32_t)__builtin_ctzll(set->words);
	return word * 64 + (uint32_t)__builtin_ctzll(set->bits[word]);
}
/* The lowest from n on, US_SEATS if there is none. */
static inline uint32_t us_set_next(const struct us_set *set, uint32_t n)
{
	for (; n < US_SEATS; n = (n / 64 + 1) * 64) {
		uint64_t rest = set->bits[n / 64] >> n % 64;
		if (rest)
			return n + (uint32_t)__builtin_ctzll(rest);
	}
	return US_SEATS;
}

/* What is derived from a seat. The first group stands while the seat is used, the rest is the plan's. */
struct us_node {
	const struct us_module *module;
	struct us_table table; /* where it lies in this process */
	struct us_tape tape;   /* the same; no frames: none */
	uint8_t inputs, outputs;
	uint32_t name_hash, staged_name_hash;

	bool planned;
	uint16_t voices, groups;        /* a group for each state and call */
	uint8_t width;                  /* vectors a frame: 1, or US_WIDE */
	uint16_t input_row, output_row; /* its first rows in the tables below */
	uint16_t rank;                  /* among all seats, see graph_rt.c */
	uint16_t position;              /* in the order of calls */
	uint16_t run;
	uint64_t connected; /* inputs with a cable */
	uint64_t read;      /* outputs with a cable, and the first */
	uint64_t was_connected;
	uint64_t pulled_at; /* us_constants.fills when its knobs were bound; 0: never */
	uint64_t kept;      /* connected inputs that group 0 left with a value for all groups of this block */
	uint64_t kept_at;   /* us_constants.fills then */
	uint64_t shared;    /* those that find every group's signal in the same buffer */
	uint64_t fed;       /* those whose signal is the sum of us_engine.feed[feed] and so on */
	uint16_t feed;
};

/* How a cable is rendered. */
enum us_way {
	US_WAY_ECHO = 1,  /* closes a loop: reads last block's output */
	US_WAY_SUM = 2,   /* out of a polyphonic part: the sum of its voices */
	US_WAY_PUSH = 4,  /* added to the input's buffer as soon as the source has run */
	US_WAY_FIRST = 8, /* the first to be pushed there: it writes, the others add */
	US_WAY_LIVE = 16, /* is in the plan at all */
};

/* Where an output is rendered to. */
struct us_wire {
	us_vec *out;
	us_vec *sum;     /* NULL if nobody wants the sum of the voices */
	uint32_t stride; /* vectors from one group's buffer to the next; 0: all groups use the same */
};

/* The one or two cables of an input whose sum has the same parts in all groups of a block. */
struct us_feed {
	const us_vec *from[2]; /* the second is NULL if there is but one */
	float amount[2];
	float offset; /* the knob's */
};

/* Instances that are called in turn, group by group: the longest stretches of equal voices in the order. */
struct us_run {
	uint16_t first, count; /* positions */
	uint16_t groups, voices;
	uint8_t width;
	bool sums;
};

struct us_plan {
	bool valid;
	uint32_t count, runs, ranks;
	uint16_t order[US_SEATS]; /* position → seat */
	struct us_run run[US_SEATS];
	uint16_t
	    out_first[US_SEATS + 1]; /* cables by source: out_cable[out_first[s] …], each leads to seat out_to[…] */
	uint16_t out_cable[US_CABLES];
	uint16_t out_to[US_CABLES];
	uint16_t in_first[US_INPUT_ROWS + 1]; /* cables by input row, in order of creation */
	uint16_t in_cable[US_CABLES];
	uint8_t way[US_CABLES];           /* enum us_way */
	uint16_t gathered[US_INPUT_ROWS]; /* the pool buffer that cables are pushed to, or US_NONE */
	struct us_wire wire[US_OUTPUT_ROWS];
	uint64_t echoes[US_SEATS]; /* a bit per output that needs one */
	bool has_echo;
};

/* Buffers of equal frames, found by their value: knobs at rest cost nothing. */
struct us_constants {
	uint64_t fills; /* raised whenever a buffer changes its value, so that who holds one can tell */
	uint64_t asker;
	uint32_t value[US_CONSTANTS];    /* bits of the float */
	uint64_t asked_by[US_CONSTANTS]; /* whose inputs use it in this call */
	us_wide_buffer *buffer;
};

/* print_rt.c: what an instance has just put out, for one group of its voices. */
struct us_engine;
void us_print(struct us_engine *e, uint32_t seat, uint32_t group, us_vec *const out[]);

/* A timed SET that falls into this block. */
struct us_move {
	uint16_t seat, input;
	uint32_t offset, ramp_frames;
	float value;
};

struct us_engine {
	const struct us_library *library;
	const struct us_shelf *shelf;
	float (*tape)[US_CHANNELS]; /* reels, one after the other */
	uint64_t *tape_touched;     /* a word for each */
	uint32_t reels;
	_Atomic uint64_t *crumb;
	_Atomic uint64_t own_crumb; /* stands in when nobody wants to know */
	_Atomic uint64_t *timed_seq, own_timed_seq;
	uint64_t *prints; /* see us_engine_print_to */
	float rate;
	uint32_t smooth_frames;
	bool has_master; /* the mix goes through the master stage */
	struct us_master_rate master_rate;
	uint64_t layout_id;

	/* The arena. */
	struct us_head *head;
	struct us_master *master; /* limiter and meters; see has_master */
	struct us_seat *seat;
	struct us_cable *cable;
	struct us_record *timed; /* latest first: the next one is the last */
	uint64_t *heap_map;
	uint8_t *heap;
	uint32_t heap_units;

	/* Derived. */
	struct us_node node[US_SEATS];
	struct us_set busy;        /* seats with a knob that moves */
	struct us_set moving;      /* seats with a timed move in this block */
	struct us_set fresh;       /* seats with US_SEAT_FRESH */
	struct us_set fading;      /* seats whose level moves, and those that leave */
	struct us_set taken;       /* seats in use */
	struct us_set waiting;     /* seats whose next pattern waits for its beat */
	struct us_set replaced;    /* seats whose pattern before this one is still there */
	struct us_set restored;    /* seats with US_SEAT_RESTORED */
	struct us_set muted, solo; /* seats with US_SEAT_MUTED, US_SEAT_SOLO */
	uint16_t door[US_INDICES]; /* an instance's index → its seat, or US_NONE */
	bool shortage;             /* the last refusal was for want of room, which those that leave might make */
	uint32_t cables_moving, cables_leaving;
	bool closed; /* some cable may be closed */
	struct us_plan plan;
	const us_vec *in[US_INPUT_ROWS];
	struct us_constants constants;
	struct us_move move[US_TIMED_RECORDS];
	uint32_t moves;

	/* Scratch: means nothing between two calls. */
	us_buffer *pool;
	us_wide_buffer *scratch;       /* one per input of the instance that is being called */
	struct us_feed feed[US_FEEDS]; /* of the run that is being played */
	uint32_t feeds;
	bool still[US_POOL];                 /* this buffer of the pool holds one vector in the whole block */
	us_buffer *mix;                      /* what the sinks have given so far */
	float heard[US_BLOCK * US_CHANNELS]; /* from outside, for the next block */
	bool hears;
	uint64_t *shadow_map;
	bool takes_leaks; /* while it loads */
	uint16_t list_a[US_SEATS];
	uint16_t cursor[US_SEATS];
	uint16_t ranked[US_SEATS]; /* rank in the plan that is being made → seat */
	uint16_t renumbered[US_CABLES];
	struct us_set set_a, set_b;
	uint64_t pool_map[US_POOL / 64];
	uint16_t pool_next[US_POOL]; /* buffers that fall free after the same position, linked */
	uint16_t pool_count[US_POOL];
	uint16_t pool_free_at[US_SEATS];
	uint32_t grown[US_SEATS]; /* a new table of states that is not yet in use */
	uint32_t new_echo[US_OUTPUT_ROWS];
};

static inline uint64_t us_first_frame(const struct us_engine *e)
{
	return e->head->block * US_BLOCK;
}
static inline void us_say(struct us_engine *e, enum us_phase phase, uint32_t instance)
{
	/* Read by the arbiter after this process has died: no order with anything else is needed. */
	atomic_store_explicit(e->crumb, us_crumb(phase, (uint16_t)instance, e->head->block), memory_order_relaxed);
}
static inline void us_say_group(struct us_engine *e, uint32_t seat, uint32_t group)
{
	const uint64_t crumb = us_crumb(US_PHASE_MODULE, e->seat[seat].crumb, e->head->block);
	atomic_store_explicit(e->crumb, us_crumb_of_group(crumb, group), memory_order_relaxed);
}
static inline void *us_at(const struct us_engine *e, uint32_t offset)
{
	return e->heap + offset;
}
/* Fading towards a bypass: see us_engine_amend. */
static inline bool us_seat_sinks(const struct us_seat *s)
{
	return s->level.target == 0 && !(s->flags & US_SEAT_LEAVING);
}
/* US_NONE if there is no such instance. */
static inline uint32_t us_seat_of(const struct us_engine *e, uint32_t index)
{
	return index < US_INDICES ? e->door[index] : (uint32_t)US_NONE;
}
static inline struct us_knob *us_knobs(const struct us_engine *e, uint32_t seat)
{
	return us_at(e, e->seat[seat].knobs);
}
static inline uint32_t us_groups(uint32_t voices, uint32_t width)
{
	return (voices + US_LANES * width - 1) / (US_LANES * width);
}
/* What runs: the module itself or its wide form. */
static inline const struct us_module *us_form(const struct us_module *module, uint32_t width)
{
	return width == US_WIDE ? module->wide : module;
}
/* heap_rt.c. Offsets; 0: no room. What is taken is zero. */
US_REALTIME void us_heap_reset(struct us_engine *e);
US_REALTIME uint32_t us_heap_take(struct us_engine *e, size_t bytes);
US_REALTIME void us_heap_give(struct us_engine *e, uint32_t offset, size_t bytes);
US_REALTIME size_t us_heap_free(const struct us_engine *e);
static inline size_t us_heap_round(size_t bytes)
{
	return (bytes + US_UNIT - 1) / US_UNIT * US_UNIT;
}
US_REALTIME void us_guard_write(struct us_engine *e, uint32_t offset);
US_REALTIME bool us_guard_ok(const struct us_engine *e, uint32_t offset);

/* seat_rt.c */
US_REALTIME int us_seat_make(struct us_engine *e, const struct us_record *r, struct us_err *err);
US_REALTIME void us_seat_free(struct us_engine *e, uint32_t seat);
US_REALTIME void us_seat_derive(struct us_engine *e, uint32_t seat, const struct us_module *module);
US_REALTIME void us_seat_rename(struct us_engine *e, uint32_t seat, const char *name);
US_REALTIME uint32_t us_name_hash(const char *name);
US_REALTIME void us_state_reset(struct us_engine *e, uint32_t seat, uint32_t group);
US_REALTIME void us_seat_reset(struct us_engine *e, uint32_t seat);
/* Gives every planned seat the states and echoes that the plan asks for; refuses, with nothing changed. */
US_REALTIME int us_seats_fit(struct us_engine *e, struct us_err *err);
/* Is that already so? */
US_REALTIME bool us_seats_fitted(const struct us_engine *e);

/* knob_rt.c */
US_REALTIME void us_ramp_to(struct us_ramp *ramp, float target, uint32_t frames);
US_REALTIME void us_ramp_run(struct us_ramp *ramp, us_vec *to, uint32_t from, uint32_t until);
US_REALTIME float us_knob_clamp(const struct us_input *input, float value);
US_REALTIME void us_knob_set(struct us_engine *e, uint32_t seat, uint32_t input, float value, uint32_t ramp_frames);
US_REALTIME void us_knob_trace(struct us_engine *e, uint32_t seat, uint32_t input, us_vec *to);
US_REALTIME void us_knobs_advance(struct us_engine *e);
US_REALTIME void us_knobs_land(struct us_engine *e);

/* graph_rt.c: which seats and cables count. Both: now and next, for the time in which one fades into the other. */
enum us_view { US_VIEW_NOW, US_VIEW_NEXT, US_VIEW_BOTH };
US_REALTIME bool us_seat_in(const struct us_seat *seat, enum us_view view);
/* Has it US_MAX_INSTANCES? What only fades does not count. */
US_REALTIME bool us_patch_is_full(const struct us_engine *e, enum us_view view);
US_REALTIME bool us_cable_in(const struct us_cable *cable, enum us_view view);
US_REALTIME int us_plan_make(struct us_engine *e, enum us_view view, struct us_err *err);
/* buffer_rt.c */
US_REALTIME int us_plan_buffers(struct us_engine *e, struct us_err *err);

/* edit_rt.c, stage_rt.c: one function for each type of record. */
typedef int us_edit(struct us_engine *e, const struct us_record *r, struct us_err *err);
/* Is the instance there for a record, staged or not? What is staged can already be set and cabled by staged records. */
US_REALTIME int us_seat_check(const struct us_engine *e, uint32_t index, bool staged, struct us_err *err);
us_edit us_edit_create, us_edit_name, us_edit_delete, us_edit_connect, us_edit_disconnect, us_edit_set, us_edit_table;
/* Derives where the seat's table lies; false if the shelf does not hold the one that is meant. */
bool us_table_find(struct us_engine *e, uint32_t seat);

/* pattern_rt.c: room for a pattern, for seats whose module plays one, and for the letter of the next. */
bool us_pattern_take(struct us_engine *e, uint32_t seat);
void us_pattern_give(struct us_engine *e, uint32_t seat);
/* Bytes on the heap of a pattern of so many bytes, which came in parts; 0 for a seat that plays none. */
size_t us_pattern_room(uint32_t bytes);
size_t us_letter_room(const struct us_seat *s);
us_edit us_edit_pattern;
/* Opens the letters whose beat comes before `frame`. */
US_REALTIME void us_patterns_due(struct us_engine *e, uint64_t frame);
/* The block is over: those that were replaced in it go. */
US_REALTIME void us_patterns_settle(struct us_engine *e);

/* tape_rt.c. Reels for a new seat whose module wants some; and where they lie, false if they do not fit the module or
 * overlap those of a seat before. */
int us_tape_take(struct us_engine *e, uint32_t seat, struct us_err *err);
bool us_tape_find(struct us_engine *e, uint32_t seat);
us_edit us_stage_commit, us_stage_abort;
US_REALTIME int us_set_check(const struct us_engine *e, const struct us_record *r, struct us_err *err);
US_REALTIME void us_cables_sweep(struct us_engine *e, uint16_t flags);
US_REALTIME void us_cable_send(struct us_engine *e, struct us_cable *cable, float amount);
/* Its amount goes where it belongs: to what is wanted, or to 0 while it is closed. */
US_REALTIME void us_cable_aim(struct us_engine *e, struct us_cable *cable, uint32_t frames);
US_REALTIME int us_plan_adopt(struct us_engine *e, enum us_view view, struct us_err *err);

/* apply_rt.c */
US_REALTIME int us_carry_out(struct us_engine *e, const struct us_record *r, struct us_err *err);
US_REALTIME void us_panic_end(struct us_engine *e);
US_REALTIME void us_restored_begin(struct us_engine *e);

/* note_rt.c */
us_edit us_edit_note;
US_REALTIME int us_note_check(const struct us_engine *e, const struct us_record *r, struct us_err *err);
US_REALTIME void us_note_at(struct us_engine *e, const struct us_record *r, uint32_t frame);
US_REALTIME void us_notes_end(struct us_engine *e, uint32_t seat);
US_REALTIME bool us_notes_are_sound(const struct us_engine *e, uint32_t seat);

/* timed_rt.c */
US_REALTIME int us_timed_add(struct us_engine *e, const struct us_record *r, struct us_err *err);
US_REALTIME void us_timed_due(struct us_engine *e);
US_REALTIME void us_timed_strike(struct us_engine *e, uint64_t seq);
US_REALTIME void us_timed_forget(struct us_engine *e, uint32_t index);
US_REALTIME void us_timed_forget_keys(struct us_engine *e, uint64_t from);

/* leave_rt.c */
US_REALTIME void us_cable_leave(struct us_engine *e, struct us_cable *cable, uint32_t frames);
/* For a cable of a seat that leaves: one that nobody has heard is GONE and waits for the sweep, one that was heard goes
 * when the seat goes. */
US_REALTIME void us_cable_leave_with_seat(struct us_engine *e, struct us_cable *cable);
/* After its cables. A seat that nobody has heard keeps its index; the caller frees it. */
US_REALTIME void us_seat_leave(struct us_engine *e, uint32_t seat, uint32_t frames);
US_REALTIME bool us_leaving(const struct us_engine *e);
US_REALTIME void us_leaving_advance(struct us_engine *e);
US_REALTIME void us_leaving_cut(struct us_engine *e);
US_REALTIME void us_levels_land(struct us_engine *e);
US_REALTIME void us_level_apply(struct us_engine *e, uint32_t seat, us_vec *const out[]);
US_REALTIME void us_level_to(struct us_engine *e, uint32_t seat, float level, uint32_t frames);

/* hearing_rt.c. What is closed or opened takes so many frames; 0: the usual ones. After every change of the graph. */
US_REALTIME void us_hearing_settle(struct us_engine *e, uint32_t frames);
us_edit us_edit_mute, us_edit_solo;

/* constant_rt.c: a buffer with this value in every frame, that nobody else will get in this call; and one beside those
 * that the seat's inputs have already. */
US_REALTIME const us_vec *us_constant(struct us_constants *c, float value);
US_REALTIME const us_vec *us_constant_beside(struct us_engine *e, const struct us_node *n, float value);
/* input_rt.c */
US_REALTIME uint64_t us_inputs_bind(struct us_engine *e, uint32_t seat, uint32_t group);
US_REALTIME void us_outputs_push(struct us_engine *e, uint32_t seat, bool sums);
US_REALTIME void us_cables_advance(struct us_engine *e);
US_REALTIME void us_cables_land(struct us_engine *e);

/* render_rt.c */
US_REALTIME void us_voices_add(us_vec *sum, const us_vec *out, uint32_t voices, uint32_t width);
US_REALTIME void us_voices_fold(us_vec *sum);
/* --- song_rt.c --- */
US_REALTIME double us_song_beat(const struct us_engine *e, uint64_t frame);
/* Beat and tempo of a block whose frame and rate are known. */
US_REALTIME void us_song_place(const struct us_engine *e, struct us_block *b);
US_REALTIME int us_song_tempo(struct us_engine *e, const struct us_record *r, struct us_err *err);
US_REALTIME int us_song_transport(struct us_engine *e, const struct us_record *r, struct us_err *err);
/* Of a checkpoint at this block. */
bool us_song_is_sound(const struct us_song *song, uint64_t block);
/* song_key_rt.c: as the three above. The check is for a record that waits for its frame. */
US_REALTIME void us_song_key_place(const struct us_engine *e, struct us_block *b);
US_REALTIME int us_song_key_check(const struct us_record *r, struct us_err *err);
US_REALTIME int us_song_key_set(struct us_engine *e, const struct us_record *r, struct us_err *err);
bool us_song_key_is_sound(const struct us_song_key *key, uint64_t block);
US_REALTIME void us_freshness_end(struct us_engine *e);

/* engine.c */
void us_engine_empty(struct us_engine *e);

#endif
