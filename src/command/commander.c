/* commander.c — see commander.h: a commander, and the life of one command, from its address to its answer. Answers
 * themselves are in answer.c, records in emit.c. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

int us_commander_open(struct us_commander **commander, const struct us_commander_config *config, struct us_err *err)
{
	struct us_commander *c = calloc(1, sizeof *c);
	if (!c)
		return us_fail(err, "no memory for the commander");
	const struct us_engine_config engine =
	    us_engine_of_session(config->rate, config->arena_bytes, config->tape_bytes, config->shelf);
	if (us_engine_open(&c->model, &engine, config->library, err)) {
		free(c);
		return US_FAILED;
	}
	c->config = *config;
	c->scenes = config->scenes;
	if (!c->scenes)
		c->scenes = c->own_scenes = calloc(1, sizeof *c->scenes);
	if (!c->scenes) {
		us_commander_close(c);
		return us_fail(err, "no memory for scenes");
	}
	c->generation = 1;
	*commander = c;
	return US_OK;
}

void us_commander_close(struct us_commander *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < US_BATCHES; i++)
		us_batch_close(c, &c->batch[i]);
	us_undo_close(c);
	free(c->patched);
	us_engine_close(c->model);
	free(c->own_scenes);
	free(c);
}

void us_commander_advance(struct us_commander *c, uint64_t played, uint64_t granted, uint64_t now_ms)
{
	c->played = played;
	c->granted = granted > played ? granted : played;
	c->now_ms = now_ms;
	if (c->granted > us_engine_block(c->model))
		us_engine_skip_to(c->model, c->granted); /* where the workers carry out what comes now */
	if (c->open_batches)
		us_batch_expire(c);
}

uint32_t us_commander_generation(const struct us_commander *c)
{
	return c->generation;
}

struct us_engine *us_commander_model(struct us_commander *c)
{
	return c->model;
}

void us_commander_forget(struct us_commander *c)
{
	us_undo_forget(c);
	c->generation++;
	memset(c->off, 0, sizeof c->off);
}

void us_commander_begin_history(struct us_commander *c)
{
	us_undo_forget(c);
}

struct us_commander_counts us_commander_counts(const struct us_commander *c)
{
	return c->counts;
}

/* --- one command -------------------------------------------------------------------------------------------- */

static int check_address(struct us_turn *turn)
{
	const char *a = turn->command->address;
	size_t n = strnlen(a, US_ADDRESS_BYTES);
	if (n == US_ADDRESS_BYTES)
		return us_fail(&turn->err, "the address is longer than %d bytes", US_ADDRESS_BYTES - 1);
	if (a[0] != '/')
		return us_fail(&turn->err, "an address begins with a slash, as in /mod/sine/freq");
	for (size_t i = 0; i < n; i++)
		if (a[i] <= ' ' || a[i] >= 127)
			return us_fail(&turn->err, "an address consists of visible ASCII characters without spaces");
	return US_OK;
}

static int unknown(struct us_turn *turn)
{
	struct us_spelling spelling = {.wanted = turn->command->address};
	const struct us_route *r;
	for (uint32_t i = 0; (r = us_route_at(turn->commander, i)); i++)
		us_spelling_offer(&spelling, r->address);
	const char *near = us_spelling_best(&spelling);
	if (near)
		return us_fail(&turn->err, "there is no such address; did you mean %s", near);
	return us_fail(&turn->err, "there is no such address; the most used are /mod/<instance>/<input> value, "
	                           "/gate/<instance> 0 or 1, /note, /patch/create, /patch/connect, /engine/status");
}

static int find_route(struct us_turn *turn)
{
	const char *a = turn->command->address;
	if (us_wildcard_is(a))
		turn->route = &us_wildcard_route;
	else if (strncmp(a, "/mod/", 5) == 0)
		turn->route = &us_knob_route;
	else if (strncmp(a, "/gate/", 6) == 0)
		turn->route = &us_gate_route;
	else
		turn->route = us_route_find(turn->commander, a);
	return turn->route ? US_OK : unknown(turn);
}

bool us_commander_is_dear(const struct us_commander *c, const struct us_command *command)
{
	if (us_wildcard_is(command->address))
		return true;
	const struct us_route *r = us_route_find(c, command->address);
	return r && r->flags & US_ROUTE_DEAR;
}

static int check_arguments(struct us_turn *turn)
{
	const struct us_route *r = turn->route;
	uint32_t argc = turn->command->argc;
	if (argc >= r->least && argc <= r->most)
		return US_OK;
	const char *a = r->address ? r->address : turn->command->address;
	return us_fail(&turn->err, "%u argument%s; right would be: %s %s", argc, argc == 1 ? "" : "s", a,
	               r->most ? r->usage : "without arguments");
}

static bool is_edit(const struct us_turn *turn)
{
	uint32_t flags = turn->route->flags;
	return (flags & US_ROUTE_EDIT) && !((flags & US_ROUTE_QUERY) && turn->command->argc == 0);
}

bool us_turn_is_edit(struct us_turn *turn)
{
	return !find_route(turn) && is_edit(turn);
}

bool us_commander_takes_time(struct us_commander *c, const struct us_command *command)
{
	struct us_turn turn = {.commander = c, .command = command};
	return !find_route(&turn) && (!is_edit(&turn) || turn.route->flags & US_ROUTE_TIMED);
}

static int carry_out(struct us_turn *turn)
{
	if (check_address(turn) || find_route(turn) || check_arguments(turn))
		return US_FAILED;
	if (turn->route->flags & US_ROUTE_NEAR && turn->message->from == US_FROM_ELSEWHERE)
		return us_fail(&turn->err, "it is taken from this machine only, or with a token (run --token-file)");
	bool edit = is_edit(turn);
	bool timed = edit && turn->command->at != US_NOW;
	if (timed && !(turn->route->flags & US_ROUTE_TIMED))
		return us_fail(&turn->err, "a change of the patch cannot be scheduled; send it when it is due");
	if (edit && turn->message->out->room - turn->message->out->count < ROOM_FOR_ONE)
		return us_turn_busy(turn);
	struct batch *batch = edit && !turn->staged && turn->commander->open_batches
	                          ? us_batch_of(turn->commander, &turn->message->client)
	                          : NULL;
	if (batch && timed)
		return us_fail(&turn->err, "between /patch/begin and /patch/commit nothing has a time of its own");
	return batch ? us_batch_collect(turn, batch) : turn->route->act(turn);
}

int us_turn_run(struct us_turn *turn)
{
	turn->err.text[0] = 0;
	if (!carry_out(turn))
		return US_OK;
	turn->commander->counts.rejected++;
	us_turn_complain(turn, turn->err.text);
	return US_FAILED;
}

/* What we say ourselves is never answered: two programs must not argue for ever. */
static bool is_an_answer(const char *address)
{
	static const char *const ours[] = {"/error", "/late", "/pong", "/synced", "/warning"};
	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		if (strcmp(address, ours[i]) == 0)
			return true;
	return false;
}

/* Too late is done at once and said; too far ahead is refused. */
static int settle_time(struct us_turn *turn, struct us_command *command)
{
	struct us_commander *c = turn->commander;
	uint64_t first = us_turn_frame(turn), most = (uint64_t)(US_TIMED_AHEAD_SECONDS * c->config.rate);
	if (command->at >= first && command->at - c->played * US_BLOCK > most)
		return us_fail(&turn->err, "more than %d seconds ahead; send it later", US_TIMED_AHEAD_SECONDS);
	if (command->at >= first)
		return US_OK;
	uint64_t late = first - command->at;
	command->at = US_NOW;
	if (late > US_BLOCK) { /* within a block it is as exact as a command without a time */
		c->counts.late++;
		us_turn_reply(turn, "/late", "sd", command->address, (double)late * 1000 / (double)c->config.rate);
	}
	return US_OK;
}

void us_commander_take(struct us_commander *c, const struct us_message *m)
{
	struct us_turn turn = {.commander = c, .message = m, .command = m->command, .host = c->config.host};
	struct us_command timed;
	c->counts.received++;
	if (is_an_answer(m->command->address)) {
		c->counts.rejected++;
		return;
	}
	if (m->command->at != US_NOW) {
		timed = *m->command;
		turn.command = &timed;
		if (settle_time(&turn, &timed)) {
			c->counts.rejected++;
			us_turn_complain(&turn, turn.err.text);
			return;
		}
	}
	if (us_turn_run(&turn)) {
		us_unheard_forget(c);
		us_too_long_forget(c);
	} else {
		us_unheard_say(&turn, turn.route->act == us_act_commit);
		us_too_long_say(&turn);
	}
	us_undo_step(c);
}
