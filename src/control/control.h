/* control.h — the control process: who reads the OSC socket and is the one writer of the journal.
 *
 *   datagrams ─▶ inbox ─▶ osc_liblo.c ─▶ commander (src/command) ─▶ outbox ─▶ journal       server.c, outbox.c
 *                                              └─▶ answers ─▶ sendmmsg to the packet's source
 *
 * Nothing of value lives here alone. The socket is the supervisor's, the journal is shared memory, the graph is
 * rebuilt from the newest checkpoint and the journal (model.c), scenes are shared memory, too, and datagrams lie there
 * until their records are in the journal (inbox.h). So this process may be killed at any instant. What is lost then:
 * open batches, answers that were due, and who sent which record. */
#ifndef US_CONTROL_H
#define US_CONTROL_H

#include "budget.h"
#include "command/commander.h"
#include "command/turn.h"
#include "engine/shelf.h"
#include "inbox.h"
#include "ipc/follow.h"
#include "ipc/shm.h"
#include "osc.h"
#include "replica/proof.h"

enum {
	US_ANSWER_BYTES = 256 << 10, /* answers that wait for their records to be in the journal */
	US_ANSWERS = 1024,
	US_WAITING = 64,      /* /sync and /record/… whose answer is not known yet */
	US_REMEMBERED = 1024, /* senders of the latest records */
	US_SUBSCRIBERS = 32,
	US_ID_BYTES = 64,
	US_GUEST_TOKEN_BYTES = 136,
	US_GUEST_TOKEN_LEAST = 16,
};

struct us_answers {
	uint32_t count;
	size_t used;
	struct us_answer {
		union us_source to;
		uint32_t offset, bytes;
	} list[US_ANSWERS];
	char bytes[US_ANSWER_BYTES];
};

enum us_waiting_kind {
	US_WAITS_NOT,
	US_WAITS_FOR_SYNC,
	US_WAITS_FOR_RECORDER,
	US_WAITS_TO_STOP, /* the recorder has not answered the request before it */
};
struct us_waiting {
	enum us_waiting_kind kind;
	enum us_from from;
	union us_source source;
	uint64_t target; /* journal position, or number of the request */
	uint64_t deadline_ns;
	struct us_arg id;
	char id_text[US_ID_BYTES];
	char address[US_ID_BYTES];
};

struct us_sender {
	uint64_t first, end; /* records */
	union us_source source;
};

struct us_subscriber {
	union us_source source;
	uint64_t until_ns; /* not after that */
	enum us_from from;
	bool faults, patterns; /* what it wants to hear of */
};

/* Why an instance was bypassed, as the amendment says. cause 0: by the engine itself. */
struct us_blamed {
	uint16_t cause;
	uint64_t worker, block;
};

/* sounds.c: what is known of each place on the shelf. */
struct us_sound_place {
	uint64_t needed; /* records below it may name its table, and the graph behind them may have it */
	uint64_t gone;   /* from this block on no worker's graph has it; 0: not known yet */
	bool wanted;     /* the model had it, at the last look */
	bool named;      /* by a record since then */
};

/* One record on its way from the socket to the ear. */
struct us_probe {
	bool on;
	uint64_t seq, read_ns, block, next_ns;
};

/* A file that a client of our own user has handed over: offers.c. */
enum { US_OFFERS = 64 };
struct us_offer {
	int fd;
	uint32_t uses; /* 0: this place is free */
	uint64_t at_ns;
	char path[US_PATH_BYTES];
};

struct us_control {
	struct us_session session;
	struct us_clock *clock;
	struct us_library *library;
	struct us_commander *commander;
	struct us_prover prover;
	uint64_t proved_ns; /* it looked then */
	uint32_t refusals;  /* checkpoints since the last one that was proven to load */
	int socket_fd;
	int here6_fd;  /* the same port on ::1, -1: none */
	int offers_fd; /* where files are handed over, -1: nowhere */
	struct us_offer offer[US_OFFERS];
	int shelf_fd; /* to reserve memory for tables: later no file can be opened for writing */

	struct us_record record[US_OUTBOX_RECORDS];
	struct us_outbox out;
	struct us_inbox *inbox;
	bool reading;     /* datagrams of the inbox are being carried out */
	us_place place;   /* in it: what is done once all records of the outbox are in the journal */
	uint32_t to_skip; /* messages of this datagram that a predecessor has carried out */
	struct us_answers answers;
	struct us_waiting waiting[US_WAITING];
	uint32_t waiting_count;
	union us_source taker; /* who has begun the recording */
	bool taking;           /* and is told if it ends by itself */
	struct us_sender sender[US_REMEMBERED];
	uint64_t senders;
	uint64_t attributed; /* records below it have a sender, or are older than this process */
	struct us_probe probe;

	struct us_follow follow;
	uint64_t now_ns, real_ns; /* of this turn of the loop */
	uint64_t supervisor_seen_ns;
	uint32_t amended[US_AMENDMENT_LISTS]; /* amendments that the model knows */
	struct us_record *anew;               /* the patch, until it is said again; NULL: it need not be */
	uint32_t anew_count;
	struct us_commander_counts counted; /* already in the house */

	bool subscribers; /* there has been one */
	struct us_subscriber subscriber[US_SUBSCRIBERS];
	struct us_blamed blamed[US_INDICES];
	uint64_t quarantined[US_INDICES / 64]; /* as the subscribers know it */
	uint64_t deaths;
	struct us_recital *recital; /* NULL: nobody listens to patterns */
	uint32_t credited;          /* generation of the graph whose names are in the house */

	const union us_source *source;          /* of the packet that is being carried out */
	enum us_from from;                      /* whom it is from, as far as it has shown */
	bool shown;                             /* it has shown a token */
	char guest_token[US_GUEST_TOKEN_BYTES]; /* the token of other machines; empty: there is none */
	bool patch_failed;
	struct us_budget budget;
	struct us_sound_place sound[US_TABLES];
	uint64_t sounds_ns; /* it was looked which can go */
	bool sound_is_new;  /* what is being put on the shelf did not lie there */
};

/* open.c. `c` is zeroed; after a failure us_control_close is not needed, the process ends. */
int us_control_open(struct us_control *c, const char *session, const int socket_fd[2], int patch_fd, int code_fd,
                    struct us_err *err);
void us_control_close(struct us_control *c);

/* server.c: reads, carries out, answers, until the session stops. */
int us_control_serve(struct us_control *c);
/* Carries out all messages of one packet. */
void us_control_packet(struct us_control *c, const void *packet, size_t bytes, const union us_source *source);
void us_control_look_at_clock(struct us_control *c);

/* recital.c: tells who has subscribed to patterns which token sounds now. */
void us_control_recite(struct us_control *c);
void us_control_recite_end(struct us_control *c);

/* outbox.c: records to the journal, answers to their senders; records first. */
void us_control_make_room(struct us_control *c);
void us_control_flush(struct us_control *c);
/* Notes who sent the records since the last call: a record may turn out to be deadly much later. */
void us_control_remember_sender(struct us_control *c);
us_command_sink us_control_answer; /* context: struct us_control; to c->source */

/* model.c: the graph at start and after a tombstone; the first patch. */
int us_control_rebuild(struct us_control *c, struct us_err *err);
bool us_control_is_fresh(const struct us_control *c);
int us_control_first_patch(struct us_control *c, int patch_fd, struct us_err *err);

/* Names of the instances, into the house: for messages to people. */
void us_control_credit(struct us_control *c);

/* amendments.c: what the supervisor decided meanwhile. */
void us_control_follow_amendments(struct us_control *c);

/* anew.c: the song is about to begin afresh in the model; the patch is said again, as soon as there is room; a new
 * control finds that nobody has. */
void us_control_remember_patch(struct us_control *c);
void us_control_say_anew(struct us_control *c);
int us_control_patch_after(struct us_control *c, int patch_fd, struct us_err *err);

/* rights.c: who sends, and what that allows. */
void us_control_open_rights(struct us_control *c);
/* A packet begins, or what control carries out of itself (source NULL): nobody has shown anything yet. */
void us_control_meet(struct us_control *c, const union us_source *source);
/* /token "…": the rest of this packet is from somebody who knows it. */
void us_control_show_token(struct us_control *c, const struct us_command *command);
/* False, with words: this sender is not listened to. */
bool us_control_listens(const struct us_control *c, struct us_err *err);

/* requests.c: addresses that only control can serve, and the answers that take time. */
extern const struct us_route us_control_routes[];
void us_control_answer_waiting(struct us_control *c);

/* subscribe.c: news for those who asked. */
void us_control_tell_patterns(struct us_control *c, const struct us_command *news);
bool us_control_has_pattern_listeners(const struct us_control *c);
void us_control_watch(struct us_control *c);
void us_control_renew_lease(struct us_control *c, const union us_source *source);
void us_control_note_blame(struct us_control *c, const struct us_amendment *amendment);
void us_control_tell_struck(struct us_control *c, const char *address, const struct us_amendment *amendment);
void us_control_watch_recording(struct us_control *c);
int us_act_subscribe(struct us_turn *turn);
int us_act_unsubscribe(struct us_turn *turn);

/* files.c: a file onto the session's shelf, if the sender may name it; returns when the workers can read it. `host` is
 * struct us_control. */
int us_control_shelve(void *host, const char *path, uint32_t *number, struct us_err *err);

/* sounds.c: what is on the shelf goes when nobody can want it any more. */
void us_control_open_sounds(struct us_control *c);
void us_control_sweep_sounds(struct us_control *c);
/* Records that go to the journal. */
void us_control_note_sounds(struct us_control *c, const struct us_record *record, uint32_t count);
void us_control_note_sound(struct us_control *c, uint32_t number);
/* [us_shelf_maker] Room for one more; waits a moment for the workers to be done with what has gone. */
int us_control_make_sound_room(void *context, const struct us_goods *goods, struct us_err *err);

/* prove.c: does what the workers save load? */
void us_control_open_prover(struct us_control *c, const struct us_engine_config *config);
void us_control_prove(struct us_control *c);

/* offers.c: the socket, and what has come over it; a descriptor of our own for a path that was offered, -1: it was not.
 */
int us_control_open_offers(uint64_t nonce);
void us_control_close_offers(struct us_control *c);
void us_control_take_offers(struct us_control *c);
int us_control_offered(struct us_control *c, const char *path);

/* decode.c: us_sound_read in a process of its own. `context` is struct us_control. */
struct us_sound;
int us_control_decode(void *context, struct us_sound *sound, int fd, const char *path, size_t most, struct us_err *err);

/* latency.c */
void us_control_probe_start(struct us_control *c, uint64_t seq);
void us_control_probe_look(struct us_control *c);

/* status.c: the state of the synth as one line of JSON; caller frees. NULL without memory. */
char *us_control_status(const struct us_control *c);

#endif
