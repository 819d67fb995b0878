/* failover.h — every decision about workers: who leads, who stands by, who takes a slot, who is killed and when, what
 * is bypassed, struck out or given another chance, when another worker is started; and when control or the recorder is
 * started again, or killed because it stands still. Pure: an event with its time and
 * with samples of shared memory goes in, actions come out. It reads no clock, sends no signal and touches no shared
 * memory. The arbiter's thread and the simulation call failover_step; nothing else may decide about them.
 *
 * One worker's life:
 *
 *   STARTING ─ready─▶ SPARE ─assigned─▶ LOADING ─caught up─▶ LIVE ◀──moves again── DEMOTED
 *                                                          │   ▲                     ▲
 *                                                     in doubt answers    the other one leads
 *                                                          ▼   │                     │
 *                                                         PROBED ─does not run──▶ STALLED
 *
 *   from each of them:
 *     ─time is up, or memory spoilt─▶ KILLED ─is not gone─▶ UNKILLABLE
 *     ─death is certain─▶ DEAD
 *
 * The slots: a worker has its slot from LOADING until it is DEAD. Nobody else gets it before: never two writers in one.
 *
 * The rule of amendments: what is amended from block q on must be published by nobody without the amendment. Who
 * follows is gated; who leads, or led when it was last seen to move (`in_flight`), may be within q. So it is killed
 * first, and the amendment, the promotion and the slots wait until its death is certain (`pending`). */
#ifndef US_FAILOVER_H
#define US_FAILOVER_H

#include "child.h"
#include "ipc/layout.h"

#include <stdbool.h>
#include <stdint.h>

enum worker_state {
	WORKER_NONE,
	WORKER_STARTING,   /* spawned, loads its modules */
	WORKER_SPARE,      /* ready, without a slot */
	WORKER_LOADING,    /* has a slot, and catches up */
	WORKER_LIVE,       /* has caught up: leads or stands by */
	WORKER_PROBED,     /* live, and asked whether it runs */
	WORKER_STALLED,    /* does not run, and leads, because nobody else can */
	WORKER_DEMOTED,    /* does not run, another one leads */
	WORKER_KILLED,     /* SIGKILL is sent */
	WORKER_UNKILLABLE, /* and has not ended it: uninterruptible sleep, or a frozen cgroup. It runs no instruction
	                      more */
	WORKER_DEAD,       /* death is certain; its process may still be torn down */
	WORKER_STATES
};

/* What the memory of a slot says, read by failover_samples.c. */
struct failover_slot {
	uint64_t epoch;     /* id of its worker */
	uint64_t published; /* blocks below it are in the ring */
	uint64_t applied, timed, crumb;
	uint64_t granted_records, granted_before; /* up to its block, and up to the one before */
	uint64_t probes, probe_cpu_ns;
	uint64_t cpu_ns, busy_ns, blocks;
	uint64_t death; /* the word of its signal handler */
	uint64_t divergences, diverged_block, accused;
	bool live;       /* its worker, `epoch`, has caught up */
	bool owner_died; /* the kernel says so; see lifeline.c */
};
enum failover_child { CHILD_CONTROL, CHILD_RECORDER, FAILOVER_CHILDREN };
struct failover_samples {
	struct failover_slot slot[US_SLOTS];
	uint64_t granted;        /* blocks below it may be rendered */
	uint64_t ever_published; /* blocks below it may have been heard; up to date with each death */
	uint64_t open_block,
	    open_records; /* from there on nothing was published or played; records granted before it */
	uint64_t trial;   /* 1 + block of the trial that the list of amendments ends with; 0: it does not */
	uint64_t block_ns;
	uint64_t unheard;                      /* times the device was given a fade, and blocks that were skipped */
	uint64_t quarantined_at;               /* a block; 0: nothing is said */
	uint64_t quarantined[US_INDICES / 64]; /* bits: who is bypassed before it, as the slot that leads says */
	uint32_t restore_room;                 /* so many amendments may be handed over now */
	bool search_room;                      /* and there is room for all that a search takes */
	struct {
		uint64_t turns, hung_ns; /* of its loop; see struct us_child_life */
	} child[FAILOVER_CHILDREN];
	uint64_t
	    cpu_ns[US_DESKS]; /* CPU time of each worker as the kernel tells it, to a timer tick; by id % US_DESKS */
};

/* What one worker's process is known to do, three times 125 µs apart, with a probe (SIGUSR1) after the first two. */
enum { FAILOVER_GLANCES = 3 };
#define FAILOVER_GLANCE_NS 125000ull
struct failover_glance {
	uint64_t published, applied, crumb, probes, cpu_ns;
};

struct failover_worker {
	uint64_t id; /* 0: none */
	enum worker_state state;
	int slot;          /* -1: none */
	uint64_t state_ns; /* entered then */
	uint64_t at;       /* blocks published (before the first: CPU time) when it was last seen to move */
	uint64_t moved_ns; /* and when that was */
	uint64_t cpu_ns;   /* CPU time when it was found stalled */
	uint64_t probes;   /* answered when a standby was probed */
	uint32_t glances;
	struct failover_glance glance[FAILOVER_GLANCES];
	bool was_live;    /* it has caught up once */
	bool in_flight;   /* it may be within a block that it began as primary */
	bool interrupted; /* it computes in one place without end, and was told so by SIGXCPU */
	bool killed;      /* by us: its death is no news */
	bool dismissed;   /* killed as nobody could use it: that is no crash */
	bool unreached;   /* adopted, and out of reach of its event descriptor: looked at each millisecond */
};

/* Where a primary was that was late; see failover_cost.c. */
enum { FAILOVER_DEAREST = 4 };
struct failover_seen {
	uint16_t instance;
	uint32_t times;
};
struct failover_cost {
	uint64_t id, since_ns, cpu_ns, blocks, unheard; /* of the worker, as the window began */
	uint32_t looks;
	struct failover_seen seen[FAILOVER_DEAREST];
};

/* An instance that was in quarantine; see failover_retry.c. */
struct failover_patient {
	bool in;
	uint32_t faults;
	uint64_t since_ns, retry_ns;
	uint64_t restored_at; /* what is said of an earlier block tells nothing about it */
};

enum fault_blame {
	BLAME_NONE,
	BLAME_INSTANCE, /* `instance`, and `more` behind it */
	BLAME_RECORD,   /* `seq`, and `more` behind it */
	BLAME_STATE     /* all that is known of the song: it begins afresh */
};
struct fault {
	enum fault_blame blame;
	uint16_t instance, cause; /* signal number or enum us_cause */
	uint16_t more;
	uint64_t seq;
	uint64_t block;    /* q; for a record: the breadcrumb's block */
	bool believed;     /* it led, and `block` is where it died */
	bool trial;        /* only to see whether it helps */
	int signal;        /* that ended it; 0: it exited */
	int status;        /* exit code */
	bool young;        /* it had hardly begun */
	uint64_t diverged; /* the block in which it differed from the primary, by its own word; 0: it did not */
};

/* Workers die one after the other in one block, and nothing names a culprit; see fault_search.c. */
enum { FAULT_NAMES = 8 }; /* so many are believed in one block */
struct fault_search {
	enum fault_search_kind { SEARCH_NONE, SEARCH_RECORDS, SEARCH_INSTANCES } kind;
	enum { SEARCH_ALL, SEARCH_LOW, SEARCH_HIGH } stage;
	uint64_t block;
	uint32_t deaths;         /* in that block, in a row */
	uint64_t first;          /* the candidates: records or instances */
	uint32_t count;          /* so many */
	uint32_t low, high, bad; /* without [low, high) of them workers live; `bad` is a bound with which they do not */
	uint16_t cause;
	uint64_t named_block;
	struct fault_name {
		enum fault_blame blame;
		uint16_t instance;
		uint64_t seq;
	} named[FAULT_NAMES]; /* in that block */
	uint32_t names;
};

struct failover {
	struct failover_worker worker[US_DESKS]; /* by id % US_DESKS */
	uint32_t primary;                        /* slot */
	uint64_t broken_ns;                      /* the pair is incomplete since then; 0: it is whole */
	uint64_t looked_ns, wait_ns;             /* the last look, and for how long there was to be no other */
	struct {
		bool waiting;
		uint64_t id;
		struct fault fault;
	} pending;     /* an amendment that waits for the death of who may publish without it */
	bool spawning; /* the main loop was asked for a worker, and has not answered */
	uint64_t spawn_asked_ns, spawn_after_ns, backoff_ns;
	struct failover_cost cost;
	struct failover_patient patient[US_INDICES];
	uint64_t patients[US_INDICES / 64]; /* bits: of whom there is something to remember */
	uint64_t quarantined_at;            /* the newest that was said: of this block */
	uint64_t quarantined[US_INDICES / 64];
	uint32_t restored; /* in this step */
	struct fault_search search;
	uint64_t quiet_block;  /* 1 + the block in which a worker died last of which only the kernel has told */
	uint32_t stateless;    /* workers in a row that found no state to begin from */
	uint32_t early_deaths; /* in a row, of workers that never got ready */
	struct us_child_life child[FAILOVER_CHILDREN];
};

enum failover_event_kind {
	FAILOVER_LOOK,         /* time has passed, or a hint came: look at everybody */
	FAILOVER_SUSPECT,      /* the callback misses a block of the primary */
	FAILOVER_SPAWNED,      /* worker `id` was started */
	FAILOVER_SPAWN_FAILED, /* it could not be */
	FAILOVER_READY,        /* worker `id` waits for a slot */
	FAILOVER_EXITED,       /* the process of worker `id` is gone: `signal` (0: exited with `status`) */
	FAILOVER_ADOPTED,      /* a successor has found worker `id`, in `slot` or (-1) without one */
	FAILOVER_ASKED,        /* somebody wants instance `id` back */
	FAILOVER_CHILD,        /* `child` has happened to enum failover_child `id` */
	FAILOVER_RESUMED       /* it has found all; `slot` is the primary's by the last word of the dead supervisor */
};
struct failover_event {
	enum failover_event_kind kind;
	uint64_t now_ns; /* CLOCK_MONOTONIC */
	uint64_t id;
	int slot;
	int signal, status;
	bool unknown;   /* EXITED, of an adopted worker: nobody can say how */
	bool unreached; /* ADOPTED */
	enum us_child_event child;
	const struct failover_samples *samples;
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
	US_NOTE_PAIR,
	US_NOTE_DEAREST,
	US_NOTE_SEARCH, /* detail: candidates; slot: enum fault_search_kind */
	US_NOTE_AFRESH
};
struct us_note {
	enum us_note_kind kind;
	uint64_t id;
	int slot;
	int64_t detail;
	uint64_t block, ns;
};

/* Carried out in their order. */
enum failover_action_kind {
	ACTION_PROBE,       /* SIGUSR1 to `id` */
	ACTION_INTERRUPT,   /* SIGXCPU: its own handler announces its death within microseconds */
	ACTION_KILL,        /* SIGKILL */
	ACTION_DISCARD,     /* blocks of `id` in `slot` are not played any more; before a promotion */
	ACTION_AMEND,       /* publish `amendment`; before a promotion */
	ACTION_PROMOTE,     /* `slot` leads */
	ACTION_ASSIGN,      /* `id` takes `slot` */
	ACTION_VACATE,      /* `slot` is empty */
	ACTION_SPARES,      /* the number of ready spares has changed: `slot` of them */
	ACTION_RANK,        /* real-time priority by its place: `slot` 0 primary, 1 standby, 2 none */
	ACTION_SPAWN,       /* start one more worker */
	ACTION_CHILD_START, /* enum failover_child `slot`, if it is not there */
	ACTION_CHILD_KILL,
	ACTION_BYPASS,  /* instance `slot`, from a block that is not granted yet: everybody lives */
	ACTION_RESTORE, /* instance `slot` gets a fresh state, from such a block on */
	ACTION_TELL     /* `note`, and count it */
};
struct failover_action {
	enum failover_action_kind kind;
	uint64_t id;
	uint32_t slot;
	struct us_amendment amendment;
	struct us_note note;
};
enum { FAILOVER_ACTIONS = 48 };
struct failover_actions {
	uint32_t count;
	uint64_t wait_ns; /* look again after so long, without a hint */
	struct failover_action list[FAILOVER_ACTIONS];
};

/* [any] The block that a worker is in. Between its last instance and the publication of the block its breadcrumb names
 * the next one. */
static inline uint64_t failover_block_of(uint64_t crumb, uint64_t published)
{
	const uint64_t block = us_crumb_block(crumb);
	return us_crumb_phase(crumb) == US_PHASE_IDLE && published < block ? published : block;
}
/* [any] The one door. Fills `out` anew. */
void failover_step(struct failover *f, const struct failover_event *event, struct failover_actions *out);
/* [any] Bit s: the worker in slot s is live, as far as is known. */
uint32_t failover_live_mask(const struct failover *f);
/* [any] The worker in a slot, and that with an id; NULL: none. */
struct failover_worker *failover_in_slot(struct failover *f, uint32_t slot);
struct failover_worker *failover_by_id(struct failover *f, uint64_t id);
/* [any] For people and tests. */
const char *failover_state_name(enum worker_state state);

/* --- between the files of the failover ------------------------------------------------------------------------------
 */

/* One step's arguments. */
struct failover_turn {
	struct failover *f;
	const struct failover_samples *samples;
	uint64_t now_ns;
	struct failover_actions *out;
};

/* fault_attribution.c: why a worker died and who is to blame. Pure. `signal` as in the event; `is_primary`: it led. */
struct fault fault_attribute(const struct failover_worker *w, const struct failover_samples *samples, bool is_primary,
                             int signal, int status);
/* The block from which on an amendment for `fault` counts, now that the death of all who could publish is certain.
 * False: it is too late to blame anybody. */
bool fault_settle(struct fault *fault, const struct failover_samples *samples);
/* fault_search.c: after each death. Where `fault` names nobody, or whom it has named in vain, it is made to name whom
 * to try without, or who was found. BEGINS: with another kind of culprit; no search is begun where `may_begin` is
 * false. Pure. */
enum fault_search_step { SEARCH_RESTS, SEARCH_BEGINS, SEARCH_GOES_ON };
enum fault_search_step fault_search(struct fault_search *search, struct fault *fault, const struct failover_slot *slot,
                                    uint64_t ever_published, bool may_begin);
/* Three glances: does it use CPU time in one place (hang), not answer at all (stall), or neither (fine, or slow)? */
enum failover_look { LOOK_FINE, LOOK_STALLED, LOOK_HUNG };
enum failover_look failover_compare(const struct failover_worker *w, const struct failover_samples *samples);
struct failover_glance failover_glance_of(const struct failover_slot *slot);

/* failover_slots.c */
struct failover_action *failover_act(struct failover_turn *t, enum failover_action_kind kind, uint64_t id,
                                     uint32_t slot);
void failover_tell(struct failover_turn *t, struct us_note note);
void failover_enter(struct failover_turn *t, struct failover_worker *w, enum worker_state state);
void failover_kill(struct failover_turn *t, struct failover_worker *w);
void failover_hand_over(struct failover_turn *t);
void failover_fill(struct failover_turn *t);
void failover_reseat(struct failover_turn *t);
bool failover_is_primary(const struct failover *f, const struct failover_worker *w);
uint32_t failover_spares(const struct failover *f);
/* failover_death.c: death is certain: of `signal`, or with exit code `status`; it is known not to end; and the trial
 * that nobody goes on with is ended. */
void failover_die(struct failover_turn *t, struct failover_worker *w, int signal, int status);
void failover_lose(struct failover_turn *t, struct failover_worker *w);
void failover_end_trial(struct failover_turn *t);

/* failover_timeouts.c: looks at one worker; returns for how long, in ns, it need not be looked at again. */
uint64_t failover_timeouts(struct failover_turn *t, struct failover_worker *w);
/* Before each event: who has moved since the last one. */
void failover_watch(struct failover_turn *t);
/* The callback misses a block. */
void failover_suspect(struct failover_turn *t);
/* failover_cost.c: the primary is late, and was at this breadcrumb. */
void failover_note_cost(struct failover_turn *t, const struct failover_worker *w, uint64_t crumb);
/* failover_retry.c: who has been in quarantine for long enough; returns when it is to be asked again. */
uint64_t failover_retry(struct failover_turn *t);
void failover_asked(struct failover_turn *t, uint64_t instance);
/* child.c: control and the recorder; returns when they are to be looked at again. */
uint64_t failover_children(struct failover_turn *t);
/* failover_pool.c: how many workers there should be, and how soon the next. */
uint64_t failover_keep_pool(struct failover_turn *t);
void failover_spawn_failed(struct failover_turn *t);
void failover_note_early_death(struct failover_turn *t, const struct failover_worker *w, const struct fault *fault);

#endif
