/* record.h — what travels between control, workers and log: journal records and amendments.
 * Control writes records, the supervisor writes amendments, everything else only reads them.
 * Both are plain bytes of fixed size without pointers; both are in the log, so replay sees the same.
 *
 * At block n a worker (and replay, and the simulation) does, in this order:
 *   1. amendments whose block is <= n and that it has not applied yet, in list order;
 *   2. journal records from its position up to grant[n];
 *   3. timed records that fall into block n, at their very frame;
 *   4. render. */
#ifndef UNDERSTUDY_RECORD_H
#define UNDERSTUDY_RECORD_H

#include <stdint.h>

enum {
	US_MAX_INSTANCES = 1024,           /* of a patch */
	US_MAX_CABLES = 4096,              /* of a patch */
	US_INDICES = 2 * US_MAX_INSTANCES, /* a patch is made while the one before it still has its own */
	US_NAME_BYTES = 40,                /* instance name with its terminating 0 */
	US_MODULE_NAME_BYTES = 16,         /* module, input or output name with its terminating 0 */
	US_GRANT_RECORDS = 256,            /* at most so many new records in one grant */
	US_PATTERN_PART_BYTES = 36,        /* of a pattern, in one record */
	US_NOBODY = 0xffff,                /* no instance */
};

enum us_record_type {
	US_REC_NOP,        /* nothing; also what a tomb-stoned record becomes */
	US_REC_CREATE,     /* instance: a new instance of module; its name is its index until US_REC_NAME */
	US_REC_NAME,       /* instance gets a name */
	US_REC_DELETE,     /* instance goes, with its cables */
	US_REC_CONNECT,    /* a cable, or a new amount for the cable that is already there */
	US_REC_DISCONNECT, /* a cable goes */
	US_REC_SET,        /* a knob */
	US_REC_COMMIT,     /* all staged records take effect now, at this block */
	US_REC_ABORT,      /* all staged records are forgotten */
	US_REC_GAIN,       /* master gain, set.value, linear */
	US_REC_TEMPO,      /* set.value in beats per minute, reached in set.ramp_frames from this block on */
	US_REC_PANIC,      /* every gate input to 0, every timed record dropped, 5 ms fade of what sounds */
	US_REC_TABLE,      /* instance reads another table */
	US_REC_PATTERN,    /* a part of an instance's next pattern; the last one puts it in place */
	US_REC_NOTE,       /* a note of instance, whose module has US_NOTE_PORT, begins or ends */
	US_REC_SONG,       /* set.input: enum us_song_order; set.value: the beat to go to */
	US_REC_LIMITER,    /* the master limiter: set.value 1 on, 0 off */
	US_REC_METERS,     /* the master meters start anew */
	US_REC_MUTE,       /* instance: set.value 1 muted, 0 heard again, in set.ramp_frames */
	US_REC_SOLO,       /* instance: set.value 1 solo, 0 not, likewise */
	US_REC_KEY, /* key.root, key.scale: what patterns and quantize use that say no other, from that frame on */
	US_REC_TYPES,
};

enum us_song_order { US_SONG_STOP, US_SONG_PLAY, US_SONG_LOCATE };
enum { US_SONG_BEATS = 1 << 20 }; /* the farthest that a song can be located to */

enum us_record_flags {
	US_STAGED = 1, /* held until the next US_REC_COMMIT */
};

enum { US_NOW = 0 }; /* us_record.at: at the first frame of the block that the record is granted to */

struct us_record {
	uint64_t seq;      /* its number in the journal, from 0 */
	uint64_t at;       /* absolute frame, or US_NOW */
	uint32_t crc;      /* CRC-32C of the other 60 bytes, see us_record_crc */
	uint8_t type;      /* enum us_record_type */
	uint8_t flags;     /* enum us_record_flags */
	uint16_t instance; /* whom it concerns, or US_NOBODY */
	union {
		struct {
			char module[US_MODULE_NAME_BYTES];
			uint32_t seed;   /* for us_setup.seed */
			uint16_t voices; /* 0: as the cables say; else this instance is a source of so many voices */
			uint8_t pad[18];
		} create;
		char name[US_NAME_BYTES];
		struct {
			uint16_t source; /* instance */
			uint8_t output;  /* of source */
			uint8_t input;   /* of us_record.instance */
			float amount;
			uint8_t pad[32];
		} cable;
		struct {
			uint16_t input;
			uint16_t pad0;
			float value;          /* in the input's unit */
			uint32_t ramp_frames; /* 0: the engine's own smoothing */
			uint8_t pad[28];
		} set;
		struct {
			uint32_t number; /* on the session's shelf, 0: none */
			uint32_t mark;   /* of the table that is meant; another one there is an error */
			uint8_t pad[32];
		} table;
		struct {
			uint16_t part, parts;
			uint8_t bytes[US_PATTERN_PART_BYTES]; /* of a struct us_pattern_letter, part by part */
		} pattern;
		struct {
			float key;      /* MIDI number, with a fraction if need be */
			float velocity; /* up to 1; 0: the note ends */
			uint32_t id;    /* of the note. An end with one ends only this, else its key counts */
			uint8_t pad[28];
		} note;
		struct {
			uint8_t root, scale; /* by their numbers: pitch.h */
			uint8_t pad[38];
		} key;
		uint8_t bytes[40];
	};
};
_Static_assert(sizeof(struct us_record) == 64, "a record is one cache line");

enum us_amendment_type {
	US_AMEND_BYPASS,  /* instance renders silence (or passes through) from block on */
	US_AMEND_RESTORE, /* instance gets a fresh state and renders again from block on, unless it is bypassed again */
	US_AMEND_TOMBSTONE, /* the record with number seq is skipped from block on, also if it waits for its frame */
	US_AMEND_AFRESH,    /* block begins with nothing, as a session does, and with the records from seq on: what was
	                       before    is lost to all who could have known it */
	/* Trials: as the two above, but only while no other amendment comes behind in their list. Who renders their
	 * block with one of them leaves, unheard. */
	US_AMEND_TRY_BYPASS,
	US_AMEND_TRY_TOMBSTONE,
	US_AMEND_TRY_NOTHING, /* ends a trial */
};

struct us_amendment {
	uint64_t block;
	uint64_t seq;      /* _TOMBSTONE: the record; _AFRESH: the first one that counts */
	uint16_t type;     /* enum us_amendment_type */
	uint16_t more;     /* _BYPASS, _TOMBSTONE: so many instances, or records, behind the first one are meant, too */
	uint16_t instance; /* _BYPASS and _RESTORE */
	uint16_t cause;    /* signal number, or one of enum us_cause */
	uint64_t worker;   /* id of the worker that died of it, 0: none did. For the report; changes no sound */
};
_Static_assert(sizeof(struct us_amendment) == 32, "two amendments to a cache line");

enum us_cause { US_CAUSE_NAN = 256, US_CAUSE_HANG, US_CAUSE_EXIT, US_CAUSE_USER, US_CAUSE_SLOW };

/* What a worker is doing right now: one 64-bit store, read by the arbiter after its death. */
enum us_phase {
	US_PHASE_IDLE,
	US_PHASE_APPLY, /* one record of the journal */
	US_PHASE_MODULE,
	US_PHASE_MIX,
	US_PHASE_CHECKPOINT,
	US_PHASE_LOAD,
	US_PHASE_DUE,  /* amendments, patterns, the plan: no record is at work */
	US_PHASE_TIMED /* one record whose frame has come */
};

/* block: 40 bits, voices: 5 bits, phase: 3 bits, instance: 16 bits. While applying, the arbiter reads the record's
 * number from us_slot.applied: records below it are done. That of a timed one stands in us_slot.timed. */
static inline uint64_t us_crumb(enum us_phase phase, uint16_t instance, uint64_t block)
{
	return (block << 24) | ((uint64_t)phase << 16) | instance;
}
/* The same with the group of voices that is at work, so that an instance with many of them is seen to move. */
static inline uint64_t us_crumb_of_group(uint64_t crumb, uint32_t group)
{
	return crumb | (uint64_t)(group & 31) << 19;
}
static inline uint64_t us_crumb_block(uint64_t crumb)
{
	return crumb >> 24;
}
static inline enum us_phase us_crumb_phase(uint64_t crumb)
{
	return (enum us_phase)((crumb >> 16) & 7);
}
static inline uint16_t us_crumb_instance(uint64_t crumb)
{
	return (uint16_t)(crumb & 0xffff);
}

#endif
