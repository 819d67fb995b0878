/* undo_act.c — /undo and /redo: a step is carried out, and what takes it back goes into the other history. What a step
 * is, and how it comes about, is undo.c's. [control] */
#include "internal.h"

#include <string.h>

/* One record alone needs no batch, and may do what a batch may not. Nor does what leaves the graph as it is, as a
 * letter's parts, or a scene with patterns in it. */
static bool is_plain(const struct us_step *step)
{
	bool patterns = false;
	for (uint32_t i = 0; i < step->count; i++) {
		const uint8_t type = step->record[i].type;
		patterns |= type == US_REC_PATTERN;
		if (step->count > 1 && (type < US_REC_SET || type == US_REC_TABLE))
			return false;
	}
	return step->count == 1 || patterns;
}

/* With a time of its own only if that is still to come. */
static int bring_back(struct us_turn *turn, const struct us_record *record)
{
	struct us_record r = *record;
	if (r.at < us_turn_frame(turn))
		r.at = US_NOW;
	return us_turn_emit(turn, &r);
}

static bool is_pending(struct us_turn *turn, const struct us_step *step)
{
	for (uint32_t i = 0; i < step->count; i++)
		if (step->record[i].at >= us_turn_frame(turn))
			return true;
	return false;
}

static int carry_out(struct us_turn *turn, const struct us_step *step)
{
	if (turn->message->out->room - turn->message->out->count < step->count + 1)
		return us_turn_busy(turn);
	if (is_plain(step)) {
		for (uint32_t i = step->count; i-- > 0;)
			if (bring_back(turn, &step->record[i]))
				return US_FAILED;
		return US_OK;
	}
	struct us_group group = us_turn_begin(turn);
	int failed = US_OK;
	for (uint32_t i = step->count; i-- > 0 && !failed;)
		failed = bring_back(turn, &step->record[i]);
	return us_turn_end(turn, group, failed);
}

static int go(struct us_turn *turn, enum us_undo_kind from)
{
	struct us_undo *u = &turn->commander->undo;
	struct us_history *h = &u->history[from];
	if (turn->staged)
		return us_fail(&turn->err, "not within a batch");
	if (!h->steps)
		return us_fail(&turn->err,
		               from == US_UNDO ? "there is nothing to take back (the last %d edits are kept)"
		                               : "there is nothing to do again (of the last %d that were taken back)",
		               US_UNDO_STEPS);
	struct us_step step = h->step[--h->steps];
	u->into = from == US_UNDO ? US_REDO : US_UNDO;
	u->redoing = true;
	const bool pending = is_pending(turn, &step);
	const int failed = carry_out(turn, &step);
	if (!failed && step.scenes) {
		us_undo_scenes(turn->commander);
		us_scenes_put(turn->commander, step.scenes);
	}
	if (failed || pending) /* what has not come yet cannot be had again */
		u->count = 0;
	us_undo_step(turn->commander);
	u->into = US_UNDO;
	u->redoing = false;
	us_step_drop(&step);
	turn->commander->generation++;
	if (failed)
		return US_FAILED;
	us_turn_reply(turn, from == US_UNDO ? "/undone" : "/redone", "ii", (int64_t)u->history[US_UNDO].steps,
	              (int64_t)u->history[US_REDO].steps);
	return US_OK;
}

int us_act_undo(struct us_turn *turn)
{
	return go(turn, US_UNDO);
}

int us_act_redo(struct us_turn *turn)
{
	return go(turn, US_REDO);
}
