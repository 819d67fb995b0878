/* batch.c — edits between /patch/begin and /patch/commit, collected per sender, carried out at one block or not at all.
 *
 * A batch is kept as the commands that were sent, not as records: what they mean is decided at the commit, against
 * the graph of that moment, in their order. Then all records go to the journal together, staged, with their COMMIT
 * behind them; a death of control in between leaves either the whole or nothing. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* One command in a batch's bytes: this, then 8 bytes per argument, then the strings, padded to 8. A string argument
 * is its distance from the start of the command. */
struct stored {
	uint32_t bytes, argc;
	uint32_t address; /* distance */
	char type[US_COMMAND_ARGS];
	uint32_t pad;
};
_Static_assert(sizeof(struct stored) % 8 == 0, "arguments behind it are aligned");

struct batch *us_batch_of(struct us_commander *c, const struct us_client *client)
{
	for (uint32_t i = 0; i < US_BATCHES; i++)
		if (c->batch[i].open && memcmp(&c->batch[i].client, client, sizeof *client) == 0)
			return &c->batch[i];
	return NULL;
}

void us_batch_close(struct us_commander *c, struct batch *b)
{
	if (b->open)
		c->open_batches--;
	free(b->bytes);
	memset(b, 0, sizeof *b);
}

void us_batch_expire(struct us_commander *c)
{
	for (uint32_t i = 0; i < US_BATCHES; i++)
		if (c->batch[i].open && c->now_ms > c->batch[i].heard_ms + US_BATCH_PATIENCE_MS) {
			const struct us_client client = c->batch[i].client;
			us_batch_close(c, &c->batch[i]);
			c->batch[i] = (struct batch){.dropped = true, .client = client};
		}
}

/* Has this sender lost a batch, and not been told yet? */
static bool was_dropped(struct us_commander *c, const struct us_client *client)
{
	for (uint32_t i = 0; i < US_BATCHES; i++)
		if (c->batch[i].dropped && memcmp(&c->batch[i].client, client, sizeof *client) == 0) {
			c->batch[i].dropped = false;
			return true;
		}
	return false;
}

/* --- storing -------------------------------------------------------------------------------------------------------
 */

static size_t stored_bytes(const struct us_command *command)
{
	size_t bytes = sizeof(struct stored) + 8 * command->argc + strlen(command->address) + 1;
	for (uint32_t i = 0; i < command->argc; i++)
		if (command->arg[i].type == 's')
			bytes += strlen(command->arg[i].s) + 1;
	return (bytes + 7) / 8 * 8;
}

static bool make_room(struct batch *b, size_t bytes)
{
	if (b->used + bytes > US_BATCH_BYTES)
		return false;
	size_t room = b->room ? b->room : 4096;
	while (room < b->used + bytes)
		room *= 2;
	char *grown = room > b->room ? realloc(b->bytes, room) : b->bytes;
	if (!grown)
		return false;
	b->bytes = grown;
	b->room = room;
	return true;
}

static void store(char *to, size_t bytes, const struct us_command *command)
{
	struct stored s = {.bytes = (uint32_t)bytes, .argc = command->argc};
	size_t end = sizeof s + 8 * command->argc;
	memset(to, 0, bytes);
	s.address = (uint32_t)end;
	end = (size_t)(stpcpy(to + end, command->address) - to) + 1;
	for (uint32_t i = 0; i < command->argc; i++) {
		const struct us_arg *a = &command->arg[i];
		uint64_t value = end;
		s.type[i] = a->type;
		if (a->type == 's')
			end = (size_t)(stpcpy(to + end, a->s) - to) + 1;
		else
			memcpy(&value, &a->i, sizeof value);
		memcpy(to + sizeof s + 8 * i, &value, sizeof value);
	}
	memcpy(to, &s, sizeof s);
}

/* Strings in `command` point into `from`. Returns the size of what was read. */
static size_t recall(struct us_command *command, const char *from)
{
	struct stored s;
	memcpy(&s, from, sizeof s);
	*command = (struct us_command){.address = from + s.address, .at = US_NOW, .argc = s.argc};
	for (uint32_t i = 0; i < s.argc; i++) {
		struct us_arg *a = &command->arg[i];
		memcpy(&a->i, from + sizeof s + 8 * i, sizeof a->i);
		a->type = s.type[i];
		if (a->type == 's')
			a->s = from + (size_t)a->i;
	}
	return s.bytes;
}

int us_batch_collect(struct us_turn *turn, struct batch *b)
{
	size_t bytes = stored_bytes(turn->command);
	if (!make_room(b, bytes))
		return us_fail(&turn->err, "the batch is full; /patch/commit what there is, or /patch/abort it");
	store(b->bytes + b->used, bytes, turn->command);
	if (turn->message->from < b->from)
		b->from = turn->message->from;
	b->used += bytes;
	b->edits++;
	b->heard_ms = turn->commander->now_ms;
	return US_OK;
}

/* --- what the addresses do
 * --------------------------------------------------------------------------------------------- */

int us_act_begin(struct us_turn *turn)
{
	struct us_commander *c = turn->commander;
	struct batch *b = us_batch_of(c, &turn->message->client);
	if (b) {
		us_turn_warn(turn, "the batch that was open, of %u edits, is dropped", b->edits);
		us_batch_close(c, b);
	}
	const enum us_from from = turn->message->from;
	const uint32_t seats = from == US_FROM_OWNER ? US_BATCHES : US_BATCHES * (from == US_FROM_HERE ? 3 : 1) / 4;
	uint32_t taken = 0;
	for (uint32_t i = 0; i < US_BATCHES; i++)
		taken += c->batch[i].open && c->batch[i].opener <= from;
	for (uint32_t i = 0; i < US_BATCHES && taken < seats; i++) {
		b = &c->batch[i];
		if (b->open)
			continue;
		*b = (struct batch){.open = true,
		                    .opener = from,
		                    .from = US_FROM_OWNER,
		                    .client = turn->message->client,
		                    .heard_ms = c->now_ms};
		c->open_batches++;
		return US_OK;
	}
	return us_fail(&turn->err, "%d batches of other senders are open; try again in a few seconds", US_BATCHES);
}

static int no_batch(struct us_turn *turn)
{
	return us_fail(&turn->err, "no batch is open: /patch/begin first (it is dropped after %d s without an edit)",
	               US_BATCH_PATIENCE_MS / 1000);
}

/* What clears all and builds anew is a patch that is loaded. */
static bool is_load(const struct batch *b)
{
	struct us_command command;
	bool clears = false, builds = false;
	for (size_t at = 0; at < b->used;) {
		at += recall(&command, b->bytes + at);
		builds |= clears && strcmp(command.address, "/patch/create") == 0;
		clears |= strcmp(command.address, "/patch/clear") == 0;
	}
	return builds;
}

/* Each edit that fails is answered by itself; after some of them the rest is not looked at. */
static uint32_t carry_out(struct us_turn *turn, const struct batch *b)
{
	struct us_command command;
	struct us_message message = *turn->message;
	uint32_t failures = 0;
	if (b->from < message.from) /* who commits lends nobody his rights */
		message.from = b->from;
	for (size_t at = 0; at < b->used && failures < WARNINGS;) {
		at += recall(&command, b->bytes + at);
		struct us_turn edit = *turn;
		edit.command = &command;
		edit.message = &message;
		edit.warnings = 0;
		failures += us_turn_run(&edit) != US_OK;
	}
	return failures;
}

int us_act_commit(struct us_turn *turn)
{
	struct us_commander *c = turn->commander;
	struct batch *b = us_batch_of(c, &turn->message->client);
	if (!b && was_dropped(c, &turn->message->client))
		return no_batch(turn);
	if (!b) { /* clients of the synth before this one commit without having begun */
		us_turn_reply(turn, "/patch/commit", "s",
		              "nothing was waiting: what is sent without /patch/begin sounds at once");
		return US_OK;
	}
	struct us_group group = us_turn_begin(turn);
	const bool loads = is_load(b);
	uint32_t edits = b->edits, failures = carry_out(turn, b);
	us_batch_close(c, b);
	if (failures) {
		us_turn_end(turn, group, US_FAILED);
		return us_fail(&turn->err, "nothing is changed, because %u of %u edits cannot be carried out", failures,
		               edits);
	}
	if (us_turn_end(turn, group, US_OK))
		return US_FAILED;
	if (loads)
		us_undo_stops_here(c);
	return US_OK;
}

int us_act_abort(struct us_turn *turn)
{
	struct batch *b = us_batch_of(turn->commander, &turn->message->client);
	if (!b)
		return no_batch(turn);
	us_batch_close(turn->commander, b);
	return US_OK;
}
