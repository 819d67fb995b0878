/* knobs.c — /mod/<instance>/<input>: turn a knob, or ask where it stands. And the two knobs of the whole, gain and
 * tempo. */
#include "internal.h"

#include "lang/duration.h"
#include "lang/relative.h"
#include "lang/value.h"

#include <stdio.h>

#define MOST_RAMP_SECONDS 3600.0f

float us_turn_clamp(struct us_turn *turn, const struct us_input *row, float value)
{
	char limit[48];
	float near = value < row->min ? row->min : value > row->max ? row->max : value;
	if (near != value)
		us_turn_warn(turn, "%.9g is out of range: clamped to %s, the %s of '%s'", (double)value,
		             us_value_print(limit, near, row), value < near ? "least" : "most", row->name);
	return near;
}

int us_turn_set(struct us_turn *turn, uint16_t instance, uint16_t input, float value, uint32_t ramp_frames, uint64_t at)
{
	const struct us_record r = {.type = US_REC_SET,
	                            .instance = instance,
	                            .at = at,
	                            .set = {.input = input, .value = value, .ramp_frames = ramp_frames}};
	return us_turn_emit(turn, &r);
}

/* A value, or a step from where the knob stands: "+2st". */
static int read_value(struct us_turn *turn, const struct us_input *row, float now, float *value)
{
	const struct us_arg *a = &turn->command->arg[0];
	if (a->type == 's' && us_relative_is(a->s, row))
		return us_relative_apply(a->s, row, now, value, &turn->err);
	return us_turn_number(turn, 0, row, value);
}

/* In seconds, or in words, "4 bars" of the tempo of now. */
int us_turn_ramp(struct us_turn *turn, uint32_t n, uint32_t *frames)
{
	static const struct us_input ramp = {.name = "ramp", .max = MOST_RAMP_SECONDS};
	const struct us_commander *c = turn->commander;
	const struct us_arg *a = &turn->command->arg[n];
	float seconds = 0;
	if (turn->command->argc > n &&
	    (a->type == 's' ? us_duration_parse(a->s, us_engine_tempo(c->model), &seconds, &turn->err)
	                    : us_turn_number(turn, n, NULL, &seconds)))
		return US_FAILED;
	seconds = us_turn_clamp(turn, &ramp, seconds);
	*frames = (uint32_t)(seconds * c->config.rate);
	return US_OK;
}

int us_turn_knob(struct us_turn *turn, const char *address, const struct cached *target)
{
	const float now = us_engine_knob(turn->commander->model, target->instance, target->input);
	if (turn->command->argc == 0) {
		us_turn_reply(turn, address, "d", (double)now);
		return US_OK;
	}
	float value;
	uint32_t ramp_frames;
	if (read_value(turn, target->row, now, &value) || us_turn_ramp(turn, 1, &ramp_frames))
		return US_FAILED;
	value = us_turn_clamp(turn, target->row, value);
	return us_turn_set(turn, target->instance, target->input, value, ramp_frames, turn->command->at);
}

static int act_knob(struct us_turn *turn)
{
	struct cached target;
	if (us_resolve_knob(turn, turn->command->address, &target))
		return US_FAILED;
	return us_turn_knob(turn, turn->command->address, &target);
}

const struct us_route us_knob_route = {
    .usage = "value or step [seconds, or \"4 bars\"]",
    .most = 2,
    .flags = US_ROUTE_EDIT | US_ROUTE_TIMED | US_ROUTE_QUERY,
    .act = act_knob,
};

int us_turn_master(struct us_turn *turn, enum us_record_type type, const struct us_input *row, float now)
{
	float value;
	uint32_t ramp_frames;
	if (turn->command->argc == 0) {
		us_turn_reply(turn, turn->command->address, "d", (double)now);
		return US_OK;
	}
	if (read_value(turn, row, now, &value) || us_turn_ramp(turn, 1, &ramp_frames))
		return US_FAILED;
	const struct us_record r = {.type = (uint8_t)type,
	                            .instance = US_NOBODY,
	                            .at = turn->command->at,
	                            .set = {.value = us_turn_clamp(turn, row, value), .ramp_frames = ramp_frames}};
	return us_turn_emit(turn, &r);
}

int us_act_gain(struct us_turn *turn)
{
	static const struct us_input gain = {.name = "gain", .unit = US_RATIO, .value = 1, .max = 2};
	return us_turn_master(turn, US_REC_GAIN, &gain, us_engine_gain(turn->commander->model));
}

int us_act_limiter(struct us_turn *turn)
{
	static const struct us_input limiter = {.name = "limiter", .unit = US_GATE, .value = 1, .max = 1};
	return us_turn_master(turn, US_REC_LIMITER, &limiter, us_engine_limiter(turn->commander->model) ? 1 : 0);
}

int us_act_meters_reset(struct us_turn *turn)
{
	return us_turn_emit(turn, &(struct us_record){.type = US_REC_METERS, .instance = US_NOBODY});
}
