/* too_long.c — times in beats that a module cannot hold at this tempo: it halves them until it can. Right as it stands,
 * and in time, but not what was said. They are looked for when a command, or all of a batch, is done. */
#include "internal.h"

#include <string.h>

static void mark(struct us_commander *c, uint16_t instance)
{
	c->paced[instance / 64] |= 1ull << instance % 64;
	c->any_paced = true;
}

void us_too_long_mark(struct us_commander *c, const struct us_record *r)
{
	struct us_instance_view view;
	if (r->type == US_REC_TEMPO) {
		for (uint16_t i = 0; i < US_INDICES; i++)
			mark(c, i);
	} else if (r->type == US_REC_SET && us_engine_instance(c->model, r->instance, &view) &&
	           view.module->inputs[r->set.input].seconds > 0) {
		mark(c, r->instance);
	}
}

void us_too_long_forget(struct us_commander *c)
{
	memset(c->paced, 0, sizeof c->paced);
	c->any_paced = false;
}

static void look_at(struct us_turn *turn, const struct us_instance_view *view, uint16_t k)
{
	const struct us_engine *model = turn->commander->model;
	const struct us_input *row = &view->module->inputs[k];
	const float beats = us_engine_knob(model, view->index, k), tempo = us_engine_tempo(model);
	float held = beats;
	while (held * 60 / tempo > row->seconds)
		held /= 2;
	if (held != beats)
		us_turn_warn(turn, "%s.%s: %.9g beats at %.9g bpm are %.3g s, it holds %.9g s: halved to %.9g beats",
		             view->name, row->name, (double)beats, (double)tempo, (double)(beats * 60 / tempo),
		             (double)row->seconds, (double)held);
}

void us_too_long_say(struct us_turn *turn)
{
	struct us_commander *c = turn->commander;
	struct us_instance_view view;
	if (!c->any_paced)
		return;
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (c->paced[i / 64] >> i % 64 & 1 && us_engine_instance(c->model, i, &view))
			for (uint16_t k = 0; k < US_MAX_INPUTS && view.module->inputs[k].name; k++)
				if (view.module->inputs[k].seconds > 0)
					look_at(turn, &view, k);
	us_too_long_forget(c);
}
