/* emit.c — from a command's wish to records: each is tried in the model first, noted for undo, and put into the outbox;
 * several that belong together are staged and end in one COMMIT, or none of them is there. */
#include "internal.h"

uint64_t us_turn_frame(const struct us_turn *turn)
{
	return turn->commander->granted * US_BLOCK;
}

int us_turn_busy(struct us_turn *turn)
{
	return us_fail(&turn->err, "busy: more commands than can be kept safe just now; try again");
}

static int defer(struct us_turn *turn, const struct us_record *record)
{
	struct us_commander *c = turn->commander;
	if (c->deferred_count == DEFERRED)
		return us_fail(&turn->err,
		               "more than %d changes that follow one batch (times, notes, patterns); commit earlier",
		               DEFERRED);
	c->deferred[c->deferred_count++] = *record;
	return US_OK;
}

/* What cannot be staged comes behind the commit of its batch: what has a time of its own; notes, because what sounds
 * already must not play them before the batch is whole; the song's place; and another pattern or file, mute and solo,
 * for what sounds already. */
static bool follows_commit(const struct us_turn *turn, const struct us_record *r)
{
	const bool replaces =
	    r->type == US_REC_PATTERN || r->type == US_REC_TABLE || r->type == US_REC_MUTE || r->type == US_REC_SOLO;
	return r->at != US_NOW || r->type == US_REC_NOTE || r->type == US_REC_SONG ||
	       (replaces && !us_undo_made(turn->commander, r->instance));
}

int us_turn_emit(struct us_turn *turn, const struct us_record *record)
{
	struct us_outbox *out = turn->message->out;
	struct us_record r = *record;
	if (turn->staged && follows_commit(turn, record))
		return defer(turn, record);
	if (turn->staged)
		r.flags |= US_STAGED;
	if (out->count >= out->room)
		return us_turn_busy(turn);
	const uint32_t noted = turn->commander->undo.count;
	us_undo_before(turn->commander, &r);
	if (us_engine_apply(turn->commander->model, &r, &turn->err)) {
		turn->commander->undo.count = noted;
		return US_FAILED;
	}
	if (r.type < US_REC_SET || r.type == US_REC_COMMIT)
		turn->commander->generation++;
	us_too_long_mark(turn->commander, &r);
	out->record[out->count++] = r;
	return US_OK;
}

struct us_group us_turn_begin(struct us_turn *turn)
{
	struct us_group group = {.mark = turn->message->out->count,
	                         .noted = turn->commander->undo.count,
	                         .outer = !turn->staged,
	                         .scenes = turn->commander->undo.scenes != NULL};
	if (group.outer) {
		turn->staged = true;
		turn->commander->deferred_count = 0;
	}
	return group;
}

/* What is of the whole song is not staged: the model has carried it out, and the journal will not have it. */
static void take_back(struct us_commander *c, uint32_t noted)
{
	for (uint32_t i = c->undo.count; i-- > noted;) {
		const struct us_record *r = &c->undo.record[i];
		if (r->type == US_REC_GAIN || r->type == US_REC_TEMPO || r->type == US_REC_LIMITER ||
		    r->type == US_REC_KEY)
			us_engine_apply(c->model, r, NULL);
	}
}

static int roll_back(struct us_turn *turn, struct us_group group)
{
	struct us_commander *c = turn->commander;
	const struct us_record abort = {.type = US_REC_ABORT, .instance = US_NOBODY};
	us_engine_apply(c->model, &abort, NULL);
	take_back(c, group.noted);
	c->generation++;
	turn->message->out->count = group.mark;
	c->undo.count = group.noted;
	if (!group.scenes)
		us_undo_scenes_drop(c);
	return US_FAILED;
}

int us_turn_end(struct us_turn *turn, struct us_group group, int failed)
{
	struct us_commander *c = turn->commander;
	const struct us_record commit = {.type = US_REC_COMMIT, .instance = US_NOBODY};
	if (!group.outer)
		return failed;
	turn->staged = false;
	if (failed)
		return roll_back(turn, group);
	if (turn->message->out->count > group.mark && us_turn_emit(turn, &commit))
		return roll_back(turn, group);
	for (uint32_t i = 0; i < c->deferred_count; i++)
		if (us_turn_emit(turn, &c->deferred[i]))
			us_turn_complain_in_part(turn);
	return US_OK;
}
