/* keys.c — notes for instances that tell notes apart (US_NOTE_PORT): a note is one record, and its end, if it carries
 * its length, is a second one, timed and with the note's own number. So an end can neither cut the next note on its key
 * nor get lost with control, and nothing has to be remembered here. */
#include "internal.h"

static bool has_port(const struct us_module *module, uint16_t *input)
{
	*input = 0;
	return module->flags & US_NOTE_PORT;
}

uint16_t us_keys_of(const struct us_engine *model, uint16_t from)
{
	uint16_t input;
	return us_reach_up(model, from, has_port, &input);
}

/* Counts on, and never behind the frames that are played: after a restart of control no number returns while an end
 * that carries it may still be waiting. */
static uint32_t new_id(struct us_commander *c)
{
	const uint32_t now = (uint32_t)(c->played * US_BLOCK);
	c->note_id = (int32_t)(c->note_id - now) > 0 ? c->note_id + 1 : now + 1;
	if (c->note_id == 0)
		c->note_id = 1;
	return c->note_id;
}

int us_keys_play(struct us_turn *turn, const struct us_keys_note *note)
{
	struct us_record r = {
	    .type = US_REC_NOTE,
	    .instance = note->instance,
	    .note = {.key = note->key, .id = note->velocity > 0 && note->end ? new_id(turn->commander) : 0},
	};
	/* The end first: if there is no room for it, the note does not begin. */
	r.at = note->end;
	if (r.note.id && us_turn_emit(turn, &r))
		return US_FAILED;
	r.at = note->at;
	r.note.velocity = note->velocity;
	return us_turn_emit(turn, &r);
}

/* A gate knows no pitch: what was played last is played again. */
int us_keys_gate(struct us_turn *turn, uint16_t instance, bool on, uint64_t end)
{
	const float middle_c = 60, most = 1;
	return us_keys_play(
	    turn, &(struct us_keys_note){.instance = instance,
	                                 .key = us_engine_last_key(turn->commander->model, instance, middle_c),
	                                 .velocity = on ? most : 0,
	                                 .at = turn->command->at,
	                                 .end = end});
}
