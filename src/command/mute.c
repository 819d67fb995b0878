/* mute.c — /mute and /solo instance [on] [ramp], /unmute and /unsolo for all of them. Who is heard then is the engine's
 * to find out (src/engine/hearing_rt.c). Without an instance it is a question, answered with a line for each, and their
 * number. */
#include "internal.h"

static int set(struct us_turn *turn, enum us_record_type type, uint16_t instance, bool on, uint32_t ramp_frames)
{
	return us_turn_emit(turn, &(struct us_record){.type = (uint8_t)type,
	                                              .instance = instance,
	                                              .at = turn->command->at,
	                                              .set = {.value = on, .ramp_frames = ramp_frames}});
}

static bool is_marked(const struct us_instance_view *view, enum us_record_type type)
{
	return type == US_REC_MUTE ? view->muted : view->solo;
}

static int list(struct us_turn *turn, enum us_record_type type)
{
	struct us_instance_view view;
	int64_t count = 0;
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(turn->commander->model, i, &view) && is_marked(&view, type)) {
			us_turn_reply(turn, turn->command->address, "s", view.name);
			count++;
		}
	us_turn_reply(turn, turn->command->address, "i", count);
	return US_OK;
}

static int act(struct us_turn *turn, enum us_record_type type)
{
	struct us_instance_view view;
	const char *name;
	uint32_t ramp_frames;
	uint16_t input;
	bool on = true;
	if (!turn->command->argc)
		return list(turn, type);
	if (us_turn_text(turn, 0, &name) || us_turn_instance(turn, name, &view) ||
	    (turn->command->argc > 1 && us_turn_switch(turn, 1, &on)) || us_turn_ramp(turn, 2, &ramp_frames))
		return US_FAILED;
	if (set(turn, type, view.index, on, ramp_frames))
		return US_FAILED;
	/* In a batch the cables may still be to come. */
	if (type == US_REC_SOLO && on && !turn->staged &&
	    us_reach_down(turn->commander->model, view.index, us_is_sink, &input) == US_NOBODY)
		us_turn_warn(turn, "'%s' does not reach the loudspeakers: solo waits until it does", view.name);
	return US_OK;
}

static int act_all(struct us_turn *turn, enum us_record_type type)
{
	struct us_instance_view view;
	uint32_t ramp_frames;
	if (us_turn_ramp(turn, 0, &ramp_frames))
		return US_FAILED;
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(turn->commander->model, i, &view) && is_marked(&view, type) &&
		    set(turn, type, i, false, ramp_frames))
			return US_FAILED;
	return US_OK;
}

int us_act_mute(struct us_turn *turn)
{
	return act(turn, US_REC_MUTE);
}

int us_act_solo(struct us_turn *turn)
{
	return act(turn, US_REC_SOLO);
}

int us_act_unmute(struct us_turn *turn)
{
	return act_all(turn, US_REC_MUTE);
}

int us_act_unsolo(struct us_turn *turn)
{
	return act_all(turn, US_REC_SOLO);
}
