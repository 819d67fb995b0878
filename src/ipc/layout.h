/* layout.h — every byte that processes share, and the story that makes two workers equal.
 *
 * Segments (POSIX shm, "/understudy.SESSION.NAME", mode 0600, posix_fallocated), one writer each:
 *
 *   clock     written by the supervisor   grants, role, amendments, desks, the board (status)
 *   journal   written by control          command records
 *   house     written by control          control's counters, record requests
 *   slot0/1   written by the worker in it block ring, breadcrumb, two checkpoints (the vault)
 *   tap       written by the supervisor   the blocks that were played
 *   recorder  written by the recorder     what is on disk
 *   shelf     written by control          tables that modules read: samples, tunings
 *   ear       written by the supervisor   what the input device heard, block by block
 *
 * Everybody else maps a segment read-only. There is no lock, and no word with two writers but a bell, which tells
 * nothing.
 *
 * Why two workers stay equal:
 *   [heard]   the callback writes what block n shall hear, then granted = n+1 (release).
 *   [order]   control writes record r, then journal.tail = r+1 (release). Nothing else decides order.
 *   [when]    the callback writes grant[n] = tail once, then granted = n+1 (release). Nothing else
 *             decides when. A worker reads granted (acquire) and only then grant[n].
 *   [gate]    the standby renders block n only after the primary published n, or after its own
 *             promotion: what kills the primary in n, the standby has not met.
 *   [amend]   for a fault blamed on an instance the arbiter, after *certain* death, reads crumb and
 *             what anybody has published (ring and count), writes the amendment with block q = max of both,
 *             then amendments.count (release), then role (release). A worker reads role (acquire), then count.
 *   [planned] other amendments are written by the callback for the block that it is about to grant,
 *             before granted: nobody can have rendered it.
 * (`published` counts blocks, so "last published + 1" of the design is its value.)
 *
 * Fixed sizes: nothing here grows. Indices only grow; a position in a ring is index % size. */
#ifndef US_LAYOUT_H
#define US_LAYOUT_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <understudy/module.h>
#include <understudy/record.h>
#include <understudy/scenes.h>
#include <understudy/shelf.h>

enum {
	US_LAYOUT_VERSION = 13,
	US_SLOTS = 2,
	US_DESKS = 8,           /* where workers wait for a slot; worker id % US_DESKS */
	US_GRANTS = 1 << 16,    /* 87 s at 48 kHz: far longer than the longest replay */
	US_JOURNAL = 1 << 14,   /* records: 0.3 s of 50,000 a second; each worker keeps them all in memory */
	US_MAX_FRAMES = 8192,   /* the largest device period, at any rate */
	US_MOST_LOOKAHEAD = 63, /* blocks that may be kept ready beyond the device period */
	US_MAX_LOOKAHEAD = US_MAX_FRAMES / US_BLOCK + US_MOST_LOOKAHEAD, /* blocks, with those of the period */
	US_RING = 512,        /* blocks in a slot's ring: a device that changes its period finds it large enough */
	US_TAP = 8192,        /* blocks: 10.9 s at 48 kHz */
	US_EAR = 8192,        /* blocks, as far back as a worker may have to render again */
	US_AMENDMENTS = 4096, /* in a session, per list; near its end bypasses become permanent (amend.h) */
	US_VAULT = 2,         /* checkpoints per slot, A and B */
	US_CHECKPOINT_BLOCKS = 64,
	US_SESSION_BYTES = 32, /* session name with its terminating 0 */
	US_PATH_BYTES = 512,
	US_TOKEN_BYTES = 40,                 /* 32 digits and a terminating 0 */
	US_FILE_PLACES = 4,                  /* --files may be given so often */
	US_RESTORES = 64,                    /* requests to restore an instance that may wait for the supervisor */
	US_SAMPLES = US_BLOCK * US_CHANNELS, /* floats in a block, interleaved */
	US_INBOX_BYTES_EACH = 65536,         /* the largest datagram */
	US_INBOX_BYTES = 32 * US_INBOX_BYTES_EACH + 8192, /* with who sent it; see src/control/inbox.h */
	US_LINE = 64,                                     /* cache line */
	US_PAGE = 4096,
};

#define US_MAGIC 0x7964757473726564ull /* "derstudy" */

enum us_segment_kind {
	US_SEG_CLOCK,
	US_SEG_JOURNAL,
	US_SEG_HOUSE,
	US_SEG_SLOT0,
	US_SEG_SLOT1,
	US_SEG_TAP,
	US_SEG_RECORDER,
	US_SEG_SHELF,
	US_SEG_EAR,
	US_SEGMENTS
};

/* First in every segment. `nonce` is drawn once per session: what does not carry it belongs to another one. */
struct us_segment {
	uint64_t magic;
	uint32_t version;
	uint32_t kind;
	uint64_t bytes;
	uint64_t nonce;
};

/* --- clock --------------------------------------------------------------------------------------------- */

struct us_process {
	_Atomic int32_t pid;          /* 0: none */
	_Atomic uint64_t start_ticks; /* field 22 of /proc/PID/stat: tells a reused PID */
};

enum { US_WAIT_HERE = 0 };
/* A worker's orders, by id % US_DESKS. A successor of the supervisor knows each worker by its desk. */
struct us_desk {
	alignas(US_LINE) _Atomic uint64_t orders; /* id << 8 | slot + 1 when it is to take a slot; else US_WAIT_HERE */
	_Atomic uint64_t former_owner;            /* from which the slot is to be claimed; before orders */
	_Atomic uint32_t bell;                    /* futex: raised after orders */
	struct us_process process;                /* who they are for; noted as soon as it is started */
	_Atomic uint64_t id;                      /* of the worker that was started for this desk last; before it is */
};

enum us_amendment_list { US_BY_CALLBACK, US_BY_ARBITER, US_AMENDMENT_LISTS };
struct us_amendments {
	alignas(US_LINE) _Atomic uint32_t count; /* entries below it never change */
	struct us_amendment list[US_AMENDMENTS];
};

/* Twelve figures with logarithmic buckets, 1 µs to 70 minutes; one writer. See histogram.h. */
enum { US_BUCKETS = 128 };
struct us_histogram {
	_Atomic uint64_t count, last_ns, max_ns;
	_Atomic uint32_t bucket[US_BUCKETS];
};

/* The connections of our ports in an audio server, as a successor is to make them again. Writer: the main loop. */
enum { US_CONNECTIONS = 32, US_PORT_BYTES = 320 };
struct us_connections {
	_Atomic uint32_t known; /* 0: none are, or they are being written */
	uint32_t count;
	struct us_connection {
		char ours[16], theirs[US_PORT_BYTES];
	} list[US_CONNECTIONS];
};

/* What `understudy status` shows of the supervisor. Written for people: relaxed stores, no order promised. */
struct us_board {
	struct us_process supervisor, control, recorder, keeper;
	_Atomic uint64_t started_unix_ns, started_mono_ns;
	_Atomic uint64_t underruns;       /* times the device had to be given a fade instead of the next block */
	_Atomic uint64_t held_frames;     /* silence played while holding, content delayed */
	_Atomic uint64_t gap_blocks;      /* blocks not played because no worker lived; content skipped */
	_Atomic uint64_t late_callbacks;  /* callbacks more than half a buffer late */
	_Atomic uint64_t rejected_blocks; /* blocks in a ring that failed validation */
	_Atomic uint64_t crashes;         /* workers that died without being asked to */
	_Atomic uint64_t promotions;
	_Atomic uint64_t replacements; /* workers that took a slot after a death and caught up */
	_Atomic uint64_t divergences;
	_Atomic uint64_t
	    differs; /* us_crumb of the instance whose output was the first to differ between two workers, last */
	_Atomic uint64_t last_death_mono_ns, last_promotion_mono_ns, last_rearm_mono_ns;
	/* Since when, CLOCK_MONOTONIC, 0: not so. And for how long their loops have not turned. */
	_Atomic uint64_t alone_since_ns, no_spare_since_ns, no_device_since_ns;
	_Atomic uint64_t control_still_ns, recorder_still_ns;
	_Atomic uint32_t spare_ready;
	_Atomic uint32_t device_latency_us;
	_Atomic uint32_t device_failures; /* in a row: it is opened anew more slowly */
	_Atomic uint64_t device_xruns;    /* periods that the device's server says were missed, by us or by others */
	struct us_connections connections;
	_Atomic uint32_t device_frames;                      /* that it takes at once: its period */
	_Atomic uint32_t callback_policy, callback_priority; /* as the kernel reports them */
	_Atomic int32_t callback_thread, arbiter_thread;     /* thread ids, for who may raise them */
	char device[128];                                    /* set before the stream starts */
	struct {
		struct us_process process;
		_Atomic uint64_t id; /* of the worker in the slot, 0: empty */
		_Atomic uint32_t policy, priority;
	} worker[US_SLOTS], spare;
	struct us_histogram failover; /* death noticed → standby promoted */
	struct us_histogram rebuild;  /* death noticed → a full pair again */
};

struct us_clock {
	struct us_segment segment;
	/* Written before the segment is published, then constant. */
	uint32_t rate;
	uint32_t lookahead;   /* D: blocks promised beyond the device's own buffer */
	uint32_t ring_blocks; /* in each slot's ring */
	uint32_t channels;    /* interleaved in a block */
	uint32_t freewheel;   /* 1: no real-time clock, the callback waits for the workers */
	uint32_t chaos;       /* 1: fault injection beyond kill and stop is allowed */
	uint32_t osc_port;
	char osc_address[64]; /* what control listens on, as it was said; room for an IPv6 address with its scope */
	/* Who may do what, see docs/security.md. */
	char token[US_TOKEN_BYTES]; /* whoever can read it is this session's user: no other one may map this segment */
	char token_file[US_PATH_BYTES];            /* holds a token for other machines; empty: there is none */
	uint32_t token_only;                       /* 1: nothing is taken without a token */
	char files[US_FILE_PLACES][US_PATH_BYTES]; /* directories whose files anybody on this machine may name */
	char record_dir[US_PATH_BYTES];            /* where /record/start makes files */
	uint64_t record_most; /* bytes that may lie in there before no recording begins or goes on; 0: any */
	uint64_t arena_bytes;
	uint64_t tape_bytes; /* for modules that keep minutes of sound; 0: none */
	char session[US_SESSION_BYTES];
	char modules[US_PATH_BYTES];     /* directory of the shared objects */
	char log_dir[US_PATH_BYTES];     /* empty: no log */
	char record_path[US_PATH_BYTES]; /* empty: nothing to record from the start */

	/* The clock proper. Writer: the callback. */
	alignas(US_LINE) _Atomic uint64_t granted; /* blocks below it may be rendered */
	_Atomic uint64_t played;                   /* blocks below it were played; the block number of the song */
	_Atomic uint32_t lookahead_total; /* blocks granted beyond the one being played: follows the device's period */
	alignas(US_LINE) _Atomic uint32_t bell; /* futex: raised after each grant; the primary waits for it */

	/* Writer: the arbiter. */
	alignas(US_LINE) _Atomic uint32_t cue; /* futex: raised after each change of role, for the player */
	_Atomic uint64_t role;                 /* promotions << 1 | slot of the primary */
	_Atomic uint64_t spoilt[US_SLOTS]; /* id of a worker whose blocks are not to be played; stored before role */
	_Atomic uint32_t live_mask;        /* bit s: slot s holds a live, caught-up worker */
	_Atomic uint64_t ever_published;   /* blocks below it were published by somebody, as far as deaths have shown */

	/* Writer: the main loop. */
	alignas(US_LINE) _Atomic uint64_t keep; /* journal records below it may be overwritten */
	_Atomic uint32_t stop;                  /* 1: everybody leaves */
	_Atomic uint32_t log_given_up;          /* 1: the log stands still, and the journal waits for it no longer */
	_Atomic uint64_t heartbeat_ns;          /* CLOCK_MONOTONIC of the main loop's last turn */
	_Atomic uint64_t next_worker;   /* id of the next worker; raised before it is started, never given twice */
	_Atomic uint64_t oldest_worker; /* who is older and has no orders was started by a dead supervisor */

	/* Writer: the keeper. */
	alignas(US_LINE) _Atomic uint64_t keeper_ns; /* of its last turn: while it moves, another supervisor may come */

	struct us_desk desk[US_DESKS];
	struct us_amendments amendments[US_AMENDMENT_LISTS];
	struct us_board board;
	alignas(US_LINE) _Atomic uint64_t grant[US_GRANTS]; /* journal tail that applies to block n, at n % US_GRANTS */
};

/* --- journal and house: control -------------------------------------------------------------------------- */

struct us_journal {
	struct us_segment segment;
	alignas(US_LINE) _Atomic uint64_t tail; /* records below it are complete */
	struct us_record record[US_JOURNAL];
};

/* What an instance is called, for messages to people: a reader may meet a name that is being written. */
struct us_credit {
	char instance[US_NAME_BYTES];
	char module[US_MODULE_NAME_BYTES];
};

enum us_record_request {
	US_RECORD_NONE,
	US_RECORD_START, /* a file in record_dir */
	US_RECORD_STOP,
	US_RECORD_START_ANYWHERE, /* the session's own user named it */
};
struct us_house {
	struct us_segment segment;
	_Atomic uint32_t ready; /* 1: the socket is read and the first patch is in the journal */
	_Atomic uint64_t turns; /* of control's loop; one that does not turn is stopped, or hangs */
	/* Checkpoints that control has seen to load, the two newest: us_vault_place(), 0: none. Nobody overwrites them,
	 * but the older one where there is no other room. See src/replica/proof.h. */
	_Atomic uint64_t proven[2];
	_Atomic uint64_t proven_applied; /* the journal position of the newest: from there on records are kept */
	_Atomic uint32_t said_anew;      /* amendments AFRESH after which control has said the patch again */
	_Atomic uint64_t received, applied, rejected, late; /* OSC messages; applied counts records written */
	struct us_histogram command_latency;                /* message read → first block that it changes is played */
	alignas(US_LINE) _Atomic uint32_t request_count;    /* futex: raised after a request is complete */
	_Atomic uint32_t request;                           /* enum us_record_request */
	char request_path[US_PATH_BYTES];
	_Atomic uint32_t restore_count; /* instances that somebody wants back, at restore[n % US_RESTORES] */
	_Atomic uint32_t restore[US_RESTORES];
	struct us_credit credit[US_INDICES];                  /* see credits.h */
	struct us_scenes scenes;                              /* control's successor goes on with them */
	alignas(US_LINE) unsigned char inbox[US_INBOX_BYTES]; /* datagrams that are not in the journal yet */
};

/* --- slots: workers ---------------------------------------------------------------------------------------- */

/* One rendered block. A reader takes it as: seq (acquire) == block + 1, copy words, seq again unchanged. */
struct us_ring_block {
	alignas(US_LINE) _Atomic uint64_t seq; /* block + 1 when complete, 0 while written */
	_Atomic uint64_t epoch;                /* id of the worker that wrote it */
	_Atomic uint64_t hash;                 /* us_hash of the samples */
	_Atomic uint64_t applied;              /* journal position behind it */
	_Atomic uint64_t state;                /* us_hash of a portion of the arena behind it, for the partner */
	_Atomic uint64_t word[US_SAMPLES / 2]; /* samples, two floats to a word */
};

/* DOUBTED: whole, but two workers that had begun from it differed. It is better than none at all. */
enum us_checkpoint_state { US_CHECKPOINT_EMPTY, US_CHECKPOINT_WRITING, US_CHECKPOINT_VALID, US_CHECKPOINT_DOUBTED };
struct us_checkpoint {
	alignas(US_LINE) _Atomic uint32_t state; /* enum us_checkpoint_state; VALID is stored last (release) */
	uint32_t pad;
	uint64_t block;     /* the next block to render */
	uint64_t applied;   /* journal position */
	uint64_t layout_id; /* us_engine_layout_id */
	uint64_t bytes;
	uint64_t hash;                        /* over the bytes and all of the head but state and itself */
	uint64_t tape_bytes;                  /* used by the tapes, whole reels */
	uint64_t tape_hash;                   /* us_hash of the hashes of their chunks */
	uint32_t amended[US_AMENDMENT_LISTS]; /* amendments already in it */
};

/* Where a worker was when a fatal signal met it: return addresses, innermost first. Written by its signal handler after
 * `death`, each worker in the entry of its desk, so that the next worker in the slot is in nobody's way. For people. */
enum { US_TRACE_FRAMES = 12, US_TRACE_OBJECT_BYTES = 24 };
struct us_trace {
	_Atomic uint64_t id; /* of the worker; stored last (release) */
	uint64_t address;    /* what it could not reach, for SIGSEGV and SIGBUS */
	uint32_t count;
	struct us_trace_frame {
		char object[US_TRACE_OBJECT_BYTES]; /* file name of the program, module or library */
		uint64_t offset;                    /* in it, as addr2line wants it; without an object: the address */
	} frame[US_TRACE_FRAMES];
};

/* How a worker leaves, for the arbiter: STATELESS, it has found no state to begin from; TRIED, it has rendered a block
 * with a trial in it (enum us_amendment_type). */
enum us_worker_exit {
	US_EXIT_STOPPED = 0,
	US_EXIT_FAILED = 1,
	US_EXIT_DIVERGED = 3,
	US_EXIT_STATELESS = 4,
	US_EXIT_TRIED = 5
};
enum us_worker_state { US_WORKER_ABSENT, US_WORKER_LOADING, US_WORKER_CATCHING_UP, US_WORKER_LIVE };
struct us_slot {
	struct us_segment segment; /* a page of its own, which not even the worker may write: see us_shm_seal */
	alignas(US_PAGE) _Atomic uint64_t published; /* blocks below it are in the ring */
	_Atomic uint32_t
	    published_bell;       /* futex: raised after published by the worker, and by the arbiter after role */
	_Atomic uint32_t state;   /* enum us_worker_state */
	_Atomic uint64_t owner;   /* id of the worker that may write here: claimed from its former owner */
	_Atomic uint64_t epoch;   /* id of the worker in this slot */
	_Atomic uint64_t applied; /* journal position reached, also within a block */
	_Atomic uint64_t crumb;   /* us_crumb(): what it is doing */
	_Atomic uint64_t timed;   /* number of the timed record that is carried out */
	_Atomic uint32_t
	    lifeline; /* robust futex: the kernel sets FUTEX_OWNER_DIED when the worker dies, before teardown */
	_Atomic uint32_t looks_back;   /* 1: it is live, and renders again from an old checkpoint (opinion.c) */
	_Atomic uint64_t probe_cpu_ns; /* CPU time of this process when it answered the last probe */
	_Atomic uint64_t probes;       /* SIGUSR1s answered: raised after probe_cpu_ns */
	_Atomic uint64_t death;        /* written by the fatal-signal handler: 1 << 63 | id << 16 | signal */
	alignas(US_LINE) _Atomic uint64_t busy_ns; /* wake to publish, total */
	_Atomic uint64_t blocks;                   /* rendered by this worker */
	_Atomic uint64_t busy_max_ns;
	_Atomic uint64_t cpu_ns;       /* CPU time of this process when it published last */
	_Atomic uint64_t minor_faults; /* since it became live */
	_Atomic uint64_t divergences;  /* blocks whose hash was not the primary's */
	_Atomic uint64_t diverged_block;
	_Atomic uint64_t accused; /* id of a primary that renders what nobody else does; diverged_block is the first */
	_Atomic uint64_t differs; /* us_crumb of the first instance whose output was not the primary's; 0: none */
	_Atomic uint64_t shelf_touched; /* bytes of the shelf that it reads without a page fault */
	_Atomic uint64_t checkpoints;
	_Atomic uint64_t garbage, refused, late;       /* us_engine_counts */
	_Atomic uint64_t quarantined[US_INDICES / 64]; /* bit i: instance i is bypassed, for any reason */
	_Atomic uint64_t quarantined_at; /* before this block; stored last (release). 0: not reported yet */
	struct us_trace trace[US_DESKS]; /* by worker id % US_DESKS */
	alignas(US_PAGE) _Atomic uint64_t meter[US_PAGE / 8]; /* levels and probes: for people, never in the arena */
	/* Hashes of what each instance put out, in the order of their calls (us_engine_print_to), of the last two
	 * blocks whose number US_CHECKPOINT_BLOCKS divides. `block` is its number + 1, stored last (release); 0 while
	 * written. */
	struct us_prints {
		_Atomic uint64_t block;
		_Atomic uint64_t count;
		_Atomic uint64_t print[US_INDICES];
	} prints[2];
	struct us_ring_block ring[US_RING];
	struct us_checkpoint vault[US_VAULT]; /* their bytes lie behind the struct, arena_bytes each; see vault_rt.h */
};

/* --- tap and recorder ----------------------------------------------------------------------------------------- */

enum us_tap_flags { US_TAP_GAP = 1 /* not played: no worker lived; samples are zero */ };
struct us_tap_block {
	alignas(US_LINE) _Atomic uint64_t seq; /* block + 1 when complete */
	_Atomic uint32_t flags;
	_Atomic uint64_t word[US_SAMPLES / 2];
};
struct us_tap {
	struct us_segment segment;
	alignas(US_LINE) _Atomic uint64_t played; /* blocks below it are in the ring */
	struct us_tap_block ring[US_TAP];
};

enum us_recorder_state { US_RECORDER_IDLE, US_RECORDER_ON, US_RECORDER_FAILED };
struct us_recorder {
	struct us_segment segment;
	_Atomic uint32_t ready;
	_Atomic uint32_t state;                   /* enum us_recorder_state */
	_Atomic uint64_t turns;                   /* of the recorder's loop; one that does not turn hangs */
	_Atomic uint32_t done_count;              /* us_house.request_count that was carried out last */
	_Atomic uint64_t first_block, frames;     /* of the recording that is on, or the last one */
	_Atomic uint32_t skipped;                 /* numbers of its parts that were taken already: wav.h */
	_Atomic uint64_t dropped_blocks;          /* overtaken by the tap ring */
	_Atomic uint64_t tap_position;            /* blocks taken from the tap; a freewheeling clock waits for it */
	_Atomic uint64_t log_records, log_grants; /* journal and grant positions that are in the log */
	_Atomic uint32_t log_failed;
	char path[US_PATH_BYTES];
	char message[256]; /* why it failed, for people */
};

/* --- shelf ---------------------------------------------------------------------------------------------------------
 */

/* Its memory is not reserved at the start: control reserves what a table needs before it writes. */
struct us_shelf_segment {
	struct us_segment segment;
	alignas(US_LINE) struct us_shelf shelf;
};

/* --- ear ------------------------------------------------------------------------------------------------------------
 */

/* Without an input device nothing is reserved but the head. */
struct us_ear_block {
	alignas(US_LINE) _Atomic uint64_t seq; /* block + 1 when complete */
	_Atomic uint64_t word[US_SAMPLES / 2];
};
struct us_ear {
	struct us_segment segment;
	uint32_t on; /* before anybody plays, then constant */
	struct us_ear_block ring[US_EAR];
};

_Static_assert(sizeof(struct us_desk) == US_LINE, "desks do not share lines");
_Static_assert(sizeof(struct us_ring_block) == US_LINE + sizeof(float) * US_SAMPLES, "ring block layout");
_Static_assert(US_RING >= 2 * US_MAX_LOOKAHEAD, "a producer can never lap the callback");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "64-bit atomics must be lock-free between processes");

#endif
