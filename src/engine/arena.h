/* arena.h — the bytes that decide future sound. Only the engine's own files include it.
 *
 * One flat piece of memory, no pointer in it; places in the heap are byte offsets from the heap's start:
 *
 *   head | master | seats (instances) | cables | timed records | heap map (a bit per unit) | heap
 *
 * Every table is dense from its start, so that the used part is a few prefixes. The heap holds knobs, module
 * states, tables of states, and the echoes of feedback cables. Its map lies in front of it, out of reach of a module
 * that writes past its state, and can be recomputed from the seats: us_engine_load does so and compares. */
#ifndef US_ARENA_H
#define US_ARENA_H

#include <stdint.h>
#include <understudy/module.h>
#include <understudy/record.h>

enum {
	US_ARENA_VERSION = 10,
	US_SEATS = US_INDICES,         /* of two patches: one is on its way out or in */
	US_CABLES = 2 * US_MAX_CABLES, /* likewise */
	US_UNIT = 64,                  /* bytes in a heap unit */
	US_GUARD_BYTES = 256,          /* known bytes after each state: what a near miss hits instead of a neighbour */
	US_MAX_VOICES = 1024,
	US_MAX_GROUPS = US_MAX_VOICES / US_LANES, /* fits struct us_seat */
	US_INPUT_ROWS = 32768,                    /* inputs of all instances together, of two patches likewise */
	US_OUTPUT_ROWS = 8192,
};
#define US_ARENA_MAGIC 0x616e657261737564ull /* "dusarena" */

/* A value on its way: `left` more frames to `target`, in a straight line. */
struct us_ramp {
	float now, target;
	uint32_t left;
};

struct us_knob {
	struct us_ramp ramp;
	float staged;
	uint32_t is_staged; /* 0: nothing is; else 1 + frames of its ramp, 1 for the usual one */
};

enum us_seat_flags {
	US_SEAT_USED = 1,
	US_SEAT_ADD = 2,      /* created by a staged record: not heard yet */
	US_SEAT_DEL = 4,      /* deleted by a staged record: still heard */
	US_SEAT_GONE = 8,     /* being deleted, within one call only */
	US_SEAT_RENAMED = 16, /* staged_name waits for the commit */
	US_SEAT_RETUNED = 32, /* some knob has a staged value */
	US_SEAT_BYPASSED = 64,
	US_SEAT_FRESH = 128,    /* no block was rendered with it yet: knobs jump, cables need no ramp */
	US_SEAT_LEAVING = 256,  /* deleted; sounds on until its level is 0 */
	US_SEAT_RESTORED = 512, /* gets fresh states before the next block is rendered */
	US_SEAT_MUTED = 1024,   /* see hearing_rt.c */
	US_SEAT_SOLO = 2048,
	US_SEAT_FLAGS = 4095,
};

/* One instance. Offsets are 0 where there is nothing. */
struct us_seat {
	char name[US_NAME_BYTES];
	char staged_name[US_NAME_BYTES];
	char module[US_MODULE_NAME_BYTES];
	uint32_t seed;
	uint16_t flags; /* enum us_seat_flags */
	uint16_t index; /* the instance's number in records; US_NOBODY once it is deleted */
	uint16_t asked; /* voices it is a source of; 0: as the cables say */
	uint16_t voices;
	uint8_t groups;       /* states it has */
	uint8_t width;        /* of their form: each has US_LANES × width voices */
	uint16_t crumb;       /* its index, also after it is deleted: whom to blame */
	uint32_t state_bytes; /* of one group, without guard */
	uint32_t knobs;       /* heap: struct us_knob[inputs] */
	uint32_t states;      /* heap: uint32_t[groups], the offsets of the states */
	uint32_t
	    echo[US_MAX_OUTPUTS];   /* heap: us_vec[groups][US_BLOCK][width], last block's output for feedback cables */
	struct us_ramp level;       /* of its outputs: 1, but while it fades in or out */
	uint32_t garbage;           /* blocks in which its output was not finite */
	uint32_t garbage_recent;    /* how many of these two are known */
	uint64_t garbage_block[2];  /* the last two such blocks, newest first */
	uint32_t table, table_mark; /* on the shelf; 0: none */
	uint32_t first_reel, reels; /* of its tape */
	uint32_t pattern;           /* heap: struct us_pattern */
	uint32_t letter;            /* heap: the next one, as far as it has come; 0: none is on its way */
	uint16_t letter_parts;      /* that it has, */
	uint16_t letter_came;       /* and that have come */
	uint32_t pattern_before;    /* heap: the one that played in this block until the pattern took over; 0: none */
	double pattern_due;         /* the beat at which the letter is opened; 0: it is not complete */
};
_Static_assert(sizeof(struct us_seat) == 360, "no hidden padding in a checkpoint");

enum us_cable_flags {
	US_CABLE_ADD = 1,      /* staged */
	US_CABLE_DEL = 2,      /* staged deletion */
	US_CABLE_RESIZED = 4,  /* staged amount */
	US_CABLE_GONE = 8,     /* being deleted, within one call only */
	US_CABLE_LEAVING = 16, /* disconnected; goes when its amount has reached 0 */
	US_CABLE_CLOSED = 32,  /* muted, or not of a solo's way: its amount is 0 for now */
	US_CABLE_FLAGS = 63,
};

struct us_cable {
	uint16_t source, instance;
	uint8_t output, input;
	uint16_t flags; /* enum us_cable_flags */
	struct us_ramp amount;
	float wanted; /* the amount when it is not closed */
	float staged;
};
_Static_assert(sizeof(struct us_cable) == 28, "no hidden padding in a checkpoint");

/* Where the song is: at `beat` in `frame`, and from there on at a tempo that goes from `from` to `to`, in beats per
 * minute, in so many frames. See song_rt.c. */
struct us_song {
	double beat;
	uint64_t frame;
	double from; /* in the middle of a ramp it is no round number */
	float to;
	uint32_t ramp_frames;
	uint32_t stopped; /* 1: it stands at beat */
	uint32_t pad;
};

/* The song's key: from `frame` on, and what it was until then. See song_key_rt.c. */
struct us_song_key {
	uint64_t frame;
	uint8_t root, scale, root_before, scale_before;
	uint32_t pad;
};

enum us_panic { US_PANIC_NONE, US_PANIC_FADING };

struct us_head {
	uint64_t magic;
	uint32_t version;
	uint32_t panic;     /* enum us_panic */
	uint64_t bytes;     /* of the whole arena */
	uint64_t layout_id; /* us_engine_layout_id */
	uint64_t block;     /* the next one to render */
	struct us_song song;
	struct us_song_key key;
	uint32_t struck; /* 1: of the batch that is being staged a record was struck out */
	uint32_t pad;
	struct us_ramp gain; /* master */
	struct us_ramp fade; /* master, for panic */
	uint64_t late, refused, garbage;
	uint32_t seats; /* used prefix */
	uint32_t cables;
	uint32_t timed;
	uint32_t heap_end;  /* used prefix, in units */
	uint32_t heap_used; /* units in use */
	uint32_t instances; /* seats with an index */
	uint32_t input_rows, output_rows;
};
_Static_assert(sizeof(struct us_head) == 184, "no hidden padding in a checkpoint");

#endif
