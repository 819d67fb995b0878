/* commander.h — from one OSC-like command to journal records and replies, against a model of the graph. [one thread]
 *
 * Control calls it for every datagram, `understudy render` for every event, a fuzzer for anything. It knows no
 * sockets, no shared memory and no time but what it is told. Nothing that a stranger sends makes it fail: what cannot
 * be carried out is answered with /error <address> <what is wrong and what would be right>, and changes nothing.
 *
 * The model is an engine that nobody has to render (an offline renderer may: it is an engine like any other). Every
 * record is applied to it first; what the model refuses is not written. So the workers, who run the same code, refuse
 * nothing that the sender was not told about. */
#ifndef US_COMMANDER_H
#define US_COMMANDER_H

#include "engine/engine.h"

#include <understudy/command.h>
#include <understudy/scenes.h>
#include <understudy/shelf.h>

enum {
	US_CLIENT_BYTES = 28,     /* holds any socket address of IP */
	US_BATCHES = 8,           /* clients that may be between /patch/begin and /patch/commit at once */
	US_BATCH_BYTES = 1 << 20, /* edits that one of them may collect */
	US_BATCH_PATIENCE_MS = 10000,
	US_WILDCARD_MATCHES = 1024, /* inputs that one pattern may reach */
	US_OUTBOX_RECORDS = 16384,  /* enough for any patch in one commit */
};

/* What tells one sender from another; unused bytes are 0. */
struct us_client {
	unsigned char bytes[US_CLIENT_BYTES];
};

/* Where records go. The caller promises that `room` of them can be written to the journal. */
struct us_outbox {
	struct us_record *record;
	uint32_t count, room;
};

/* Who may have sent a message. */
enum us_from {
	US_FROM_ELSEWHERE, /* another machine */
	US_FROM_HERE,      /* any user of this machine, or another machine with the token that was given to it */
	US_FROM_OWNER,     /* the user whose session it is: with the session's own token, or the first patch */
};

struct us_message {
	struct us_client client;
	enum us_from from;
	const struct us_command *command;
	struct us_outbox *out;
	us_command_sink *reply; /* answers, as commands; what it returns is ignored */
	void *reply_context;
};

struct us_turn;

enum us_route_flags {
	US_ROUTE_EDIT = 1,  /* changes the sound: collected between begin and commit */
	US_ROUTE_TIMED = 2, /* may carry a time of its own */
	US_ROUTE_QUERY = 4, /* without arguments it is a question, and changes nothing */
	US_ROUTE_DEAR = 16, /* may take milliseconds, or answer at length: a sender has a budget for it */
	US_ROUTE_NEAR = 8,  /* touches more than the song: not from elsewhere */
};

/* One address. `act` fails with words in the turn's err; the commander sends them. */
struct us_route {
	const char *address; /* NULL ends a table */
	const char *usage;   /* "name type [voices]" */
	uint32_t least, most, flags;
	int (*act)(struct us_turn *turn);
};

struct us_commander_config {
	float rate;
	size_t arena_bytes, tape_bytes;
	const struct us_library *library;
	const struct us_shelf *shelf; /* tables for modules, or NULL */
	/* Puts a file on that shelf: /file. NULL: no files here. */
	int (*shelve)(void *host, const char *path, uint32_t *number, struct us_err *err);
	struct us_scenes *scenes;      /* where scenes are kept; NULL: in the commander's own memory */
	bool chaos;                    /* /fault/... is allowed */
	const struct us_route *routes; /* addresses that only the caller can serve, or NULL */
	void *host;                    /* for their `act`, see turn.h */
};

struct us_commander_counts {
	uint64_t received, rejected, late;
};

struct us_commander;
int us_commander_open(struct us_commander **commander, const struct us_commander_config *config, struct us_err *err);
void us_commander_close(struct us_commander *commander);

/* Time goes on: block `played` is heard, `granted` is the first block that a record of now can reach. */
void us_commander_advance(struct us_commander *commander, uint64_t played, uint64_t granted, uint64_t now_ms);

/* May this command carry a time of its own? What may not takes effect with its block. */
bool us_commander_takes_time(struct us_commander *commander, const struct us_command *command);

/* Carries out one command. */
void us_commander_take(struct us_commander *commander, const struct us_message *message);

/* Is it of a kind that may take milliseconds (US_ROUTE_DEAR)? */
bool us_commander_is_dear(const struct us_commander *commander, const struct us_command *command);

/* Changes whenever instances may have come, gone or changed their names. Never 0. */
uint32_t us_commander_generation(const struct us_commander *commander);

/* The model, for a caller who rebuilds it; us_commander_forget must follow. */
struct us_engine *us_commander_model(struct us_commander *commander);
void us_commander_forget(struct us_commander *commander);
/* The whole patch as the model knows it, as records that make it anew from nothing; how many. 0: they do not fit. What
 * could be taken back is forgotten. */
uint32_t us_commander_whole(struct us_commander *commander, struct us_record *to, uint32_t room);
/* What plays now is the patch that was loaded: undo stops there. */
void us_commander_begin_history(struct us_commander *commander);

/* Adds the places of the tables that a step of undo or redo would bring back. */
void us_commander_mark_tables(const struct us_commander *commander, uint64_t set[US_TABLES / 64]);
/* Forgets the oldest steps, up to the first that would bring back a table; false: there is none. */
bool us_commander_drop_tables(struct us_commander *commander);

struct us_commander_counts us_commander_counts(const struct us_commander *commander);

/* 1 to 39 bytes of [A-Za-z_][A-Za-z0-9_-]*: no dot, because osc.freq is input freq of osc, and no pattern character. */
bool us_name_ok(const char *name);

/* Chance in an instance comes from its name: the same patch sounds the same wherever and whenever it is played. */
uint32_t us_seed_of(const char *name);

#endif
