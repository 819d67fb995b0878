/* module.h — the whole contract between the engine and one DSP module.
 *
 * A module is one C file in modules/, built as one shared object and loaded by name. It declares
 * inputs, outputs, the size of its state, and two functions. It has no other way to touch the world:
 * no allocation, no globals but constants, no files, no clock, no threads.
 *
 * Signals. A cable carries US_BLOCK frames of one us_vec: US_LANES floats side by side. Before the
 * mixdown a lane is a voice, after it a lane is a channel (0 left, 1 right). A mono signal has equal
 * lanes. A module treats all lanes alike and never asks which of the two it is in.
 *
 * Everything is an input. An input has a name, a unit, an idle value (its knob), a range and a curve.
 *   not connected   in[k] is the knob, smoothed by the engine
 *   connected       in[k] is knob + Σ amount × cable. For the unit US_SIGNAL the jack is *normalled*:
 *                   the knob counts only while nothing is plugged in.
 * in[k] always points to US_BLOCK vectors. Values from knobs are inside [min, max]; the sum with
 * cables is not clamped: a module must stay finite and bounded for any finite input.
 *
 * State. The engine hands over `state_size` bytes, aligned to 64 and zeroed, then calls init (if any).
 *   1. No pointer, no handle, no time, no thread inside: copying the bytes copies the sound.
 *   2. process() reads only state, inputs and struct us_block, and writes only state and outputs.
 *   3. init() twice from zeroed memory gives the same bytes. There is no reset: reset is zero + init.
 *   4. All randomness comes from us_setup.seed and is kept in the state.
 *   5. Outputs never alias inputs or each other. Every output that is read must be written in all US_BLOCK frames.
 * Two forms. On a machine with AVX-512 each module that may have voices is compiled twice from the same source, for 8
 * lanes and for 16; the engine runs the wide form where there are more than 8 voices. Both sound the same, bit for bit:
 * write US_LANES, us_lane_numbers() and us_seed_voices(), never a list of eight. A source that cannot keep to that says
 * US_NARROW in its flags.
 * Threads: init and process run in a worker's real-time thread, one call at a time per state. */
#ifndef UNDERSTUDY_MODULE_H
#define UNDERSTUDY_MODULE_H

#include <stddef.h>
#include <stdint.h>

enum { US_ABI = 7 };    /* raise when this file changes meaning or layout */
enum { US_BLOCK = 64 }; /* frames in a block */
#ifndef US_FORM_LANES
#define US_FORM_LANES 8
#endif
enum { US_LANES = US_FORM_LANES }; /* floats in a vector: voices, later channels */
enum { US_CHANNELS = 2 };          /* lanes that reach the device */
enum { US_MAX_INPUTS = 48 };       /* per module; fits the masks in struct us_block */
enum { US_MAX_OUTPUTS = 40 };      /* per module; fits the masks of the plan */
enum { US_STATE_ALIGN = 64 };

typedef float us_vec __attribute__((vector_size(4 * US_LANES)));
typedef int32_t us_ivec __attribute__((vector_size(4 * US_LANES)));
typedef uint32_t us_uvec __attribute__((vector_size(4 * US_LANES)));

/* Marks every function that may run in the audio callback or between wake and publish in a worker:
 * no allocation, lock, file, log line, page fault or system call (but a futex or eventfd wake). */
#if defined(__clang__) && __clang_major__ >= 20
#define US_REALTIME __attribute__((nonblocking))
#else
#define US_REALTIME
#endif

enum us_unit {
	US_SIGNAL,  /* audio or control signal, nominally -1 to 1; a normalled jack, knob not smoothed away by cables */
	US_GATE,    /* > 0.5 is on; steps at its exact frame, never smoothed */
	US_TRIGGER, /* a rise above 0.5 fires; steps, never smoothed */
	US_HZ,      /* frequency */
	US_OCTAVE,  /* pitch offset, 1 per octave */
	US_SEMITONE, /* pitch offset or note number, 12 per octave */
	US_MS,       /* time in milliseconds */
	US_DB,       /* level in decibels */
	US_RATIO,    /* factor or amount without unit, often 0 to 1 */
	US_BPM,      /* beats per minute */
	US_BEAT,     /* musical time in quarter notes */
	US_CHOICE,   /* one of `choices`, by index; steps, never smoothed */
	US_COUNT,    /* a whole number; steps, never smoothed */
	US_UNITS,
};

enum us_curve {
	US_LIN,  /* a fader moves it evenly */
	US_EXP,  /* a fader moves it evenly in its logarithm; min must be > 0 */
	US_STEP, /* whole numbers only */
};

struct us_input {
	const char *name; /* [a-z][a-z0-9_]*, the stable id in patches and OSC addresses, at most 15 bytes */
	enum us_unit unit;
	float value; /* the knob before anyone has touched it */
	float min, max;
	enum us_curve curve;
	const char *doc;     /* one line for the reference */
	const char *choices; /* US_CHOICE only: "low|high|band", index 0 first; NULL otherwise */
	const char *also;    /* what others call it, "gain|level": understood, never written (names.h); NULL: nothing */
	float seconds; /* US_BEAT: what lasts longer at the tempo is halved until it does not; 0: nothing is too long */
};

struct us_output {
	const char *name;
	const char *doc;
};

/* What may change a module's initial state besides its code. */
struct us_setup {
	float rate;    /* frames per second, 8,000 to 192,000 */
	uint32_t seed; /* differs between instances and groups, equal in all replicas */
	uint32_t mono; /* 1: one voice, so all lanes begin alike: us_seed_voices() */
};

struct us_pattern; /* pattern.h */

/* Numbers from a file that an instance may read: a sample, a wave, a tuning. It never changes; which one an instance
 * has may change between two blocks. */
struct us_table {
	const float *value; /* frames × channels, interleaved */
	uint32_t frames, channels;
	float rate; /* frames a second; 0: not a sound */
};

/* Memory for minutes of sound, outside the state: too much to be copied with every checkpoint, so a module says what it
 * writes by writing through us_tape_put, and only that is copied. What lies on it at first, and after a reset of the
 * state, is undefined: read only what you have written since. */
enum { US_TAPE_CHUNK = 512, US_TAPE_REEL = 64 * US_TAPE_CHUNK }; /* frames; a tape is whole reels */
struct us_tape {
	float (*frame)[US_CHANNELS];
	uint64_t *touched; /* a bit for each chunk */
	uint32_t frames;
};
static inline void us_tape_put(const struct us_tape *tape, uint32_t n, const float pair[US_CHANNELS])
{
	for (int c = 0; c < US_CHANNELS; c++)
		tape->frame[n][c] = pair[c];
	tape->touched[n / US_TAPE_REEL] |= 1ull << n % US_TAPE_REEL / US_TAPE_CHUNK;
}

/* Of the song, where nobody says otherwise: root and scale by their numbers (pitch.h), and what they were until frame
 * `from` of the block. */
struct us_key {
	uint32_t root : 4, scale : 4, root_before : 4, scale_before : 4, from : 8, unused : 8;
};

/* The same in every replica for the same block of the same session. */
struct us_block {
	float rate;              /* frames per second */
	float seconds_per_frame; /* 1 / rate */
	uint32_t lanes;          /* lanes in use in this call: 1 if mono, else voices or channels, 1 to US_LANES */
	uint32_t group;          /* which group of US_LANES voices, from 0 */
	uint64_t frame;          /* absolute number of the block's first frame */
	double beat;             /* song position at the first frame, in quarter notes */
	double beat_step;        /* how far it moves in a frame; 0 while the song stands */
	float beats_per_frame;   /* tempo: bpm / 60 / rate, also while the song stands */
	uint64_t unread;         /* bit o: nobody reads out[o] in this block; it may be left as it is */
	uint32_t voices;         /* of this instance, in all groups */
	struct us_key key;
	uint64_t constant;  /* bit k: in[k] holds the same vector in all US_BLOCK frames; take the fast path */
	uint64_t connected; /* bit k: at least one cable is plugged into input k */
	const float *input; /* what the input device heard: US_BLOCK frames, US_CHANNELS interleaved; NULL: nothing */
	const struct us_pattern *pattern; /* of this instance, if its module plays one (pattern.h); NULL: none yet */
	const struct us_pattern
	    *before;                  /* the one that played until `pattern` took over, in the block of that; or NULL */
	const struct us_tape *tape;   /* of this instance, if its module asks for one (tape_frames_at) */
	const struct us_table *table; /* of this instance (file=… in a patch), NULL if it has none */
};

typedef void us_init_fn(void *state, const struct us_setup *setup);
typedef void us_process_fn(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b);

enum us_module_flags {
	US_THROUGH = 1, /* when bypassed, the first input passes to the first output; otherwise a bypass is silence */
	US_MIXDOWN = 2, /* runs once, after the voices: polyphonic cables into it are summed over voices */
	US_NARROW = 16, /* has no wide form */
	US_SEEDED =
	    256, /* its voices draw chances of their own: it begins anew where one voice becomes many, or many one */
	US_STEREO =
	    512, /* of equal lanes it may make different ones: left and right. Of all others a mono signal stays mono */
	US_SINK = 4,       /* its first output is heard: lanes 0 and 1 are left and right */
	US_TABLE = 8,      /* reads a table: file=… in a patch */
	US_PATTERN = 32,   /* plays a pattern: play="…" in a patch */
	US_NOTE_PORT = 64, /* plays notes: its state begins with struct us_note_port */
	US_NOTE_CHORD =
	    128, /* with US_NOTE_PORT: only the list of held keys is kept, in the order in which they came */
};

/* Notes. Which voice plays which note is decided by the engine (note_rt.c), over all groups of an instance with
 * US_NOTE_PORT and by its knobs mode, steal and unison (found by name; a module without one has its first choice). It
 * writes what changes to the front of the state of the voice's group, and keeps its books there too, so that they are
 * in every checkpoint and gone after a reset. The module carries the changes out at their frames, sets their count to
 * 0, and says how loud its voices are. */
enum us_note_mode { US_NOTES_POLY, US_NOTES_MONO, US_NOTES_LEGATO };
enum us_note_steal { US_STEAL_OLDEST, US_STEAL_QUIETEST, US_STEAL_NONE };
enum us_note_flags {
	US_NOTE_ON = 1,     /* the voice's gate is on from this frame */
	US_NOTE_STRUCK = 2, /* a new note begins, even if it was on; without it an old one moves on to another key */
};
enum {
	US_NOTE_CHANGES = 4, /* of one voice in one block; further ones replace the last */
	US_NOTE_UNISON = 16, /* voices of one note at most */
	US_NOTE_HELD = 32,   /* keys that a mono instance remembers as held; of more, the first are forgotten */
};
struct us_note_change {
	float key, velocity; /* MIDI number; 0 to 1, of a note that is struck */
	float place;         /* -1 to 1: where among the voices of its note; 0 if it is alone */
	uint16_t frame;      /* of the block, never below the one of the change before */
	uint16_t flags;      /* enum us_note_flags */
};
/* One voice. */
struct us_note_lane {
	/* From the engine to the module. */
	struct us_note_change change[US_NOTE_CHANGES];
	uint32_t changes;
	/* From the module to the engine. */
	float level; /* how loud, for US_STEAL_QUIETEST */
	/* The engine's own. */
	float key;
	uint32_t id;
	uint32_t since; /* when it began, or ended, by the clock below */
	uint32_t on;
};
struct us_note_port {
	/* The engine's own, in group 0. */
	struct us_note_key {
		float key, velocity;
		uint32_t id;
	} held[US_NOTE_HELD]; /* the last one sounds */
	uint32_t held_count;
	uint32_t clock; /* beginnings and ends so far */
	float last_key; /* last struck, valid if clock is not 0 */
	uint32_t pad;
	struct us_note_lane lane[US_LANES];
};
_Static_assert(sizeof(struct us_note_change) == 16 && sizeof(struct us_note_lane) == 88,
               "no hidden padding in a state");

/* A module without input or output rows ends its table with a NULL name; nobody counts by hand. */
struct us_module {
	uint32_t abi; /* US_ABI */
	uint32_t flags;
	uint32_t version; /* raise when the state changes shape: older checkpoints are refused */
	const char *name; /* [a-z][a-z0-9_]*, at most 15 bytes, the file's name without .c */
	const char *doc;  /* one line */
	const char *help; /* the reference text: what it is for, how to use it, its source; may be NULL */
	const char *also; /* what others call it, "vco|sawtooth"; "hpf mode=high" sets a knob, too; may be NULL */
	size_t state_size;
	size_t (*state_size_at)(float rate);    /* when the size depends on the sample rate; else NULL */
	uint32_t (*tape_frames_at)(float rate); /* NULL: no tape. Only with US_MIXDOWN: a tape belongs to one state */
	us_init_fn *init;                       /* NULL: zeroed memory is the initial state */
	us_process_fn *process;
	const struct us_module *wide; /* the same for twice as many lanes, or NULL; US_MODULE sees to it */
	struct us_input inputs[US_MAX_INPUTS + 1];
	struct us_output outputs[US_MAX_OUTPUTS + 1];
};

/* US_MODULE(saw, "band-limited sawtooth oscillator", .state_size = …, .process = process, .inputs = {…}, .outputs =
 * {…}); The one exported symbol of a module. */
#ifdef US_FORM
#define US_FORM_EXPORT
#else
#define US_FORM us_module
#define US_FORM_EXPORT __attribute__((visibility("default")))
#endif
#ifdef US_HAS_WIDE
extern const struct us_module us_module_wide;
#define US_WIDE_FORM &us_module_wide
#else
#define US_WIDE_FORM NULL
#endif
#define US_MODULE(NAME, DOC, ...)                                                                                      \
	US_FORM_EXPORT extern const struct us_module US_FORM;                                                          \
	_Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Woverride-init\"") /* another .version */    \
	    const struct us_module US_FORM = {                                                                         \
		.abi = US_ABI, .version = 1, .name = #NAME, .doc = DOC, .wide = US_WIDE_FORM, __VA_ARGS__};            \
	_Pragma("GCC diagnostic pop") US_FORM_EXPORT extern const struct us_module US_FORM

#endif
