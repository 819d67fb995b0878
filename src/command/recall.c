/* recall.c — /scene/recall name ["now"|"beat"|"bar"] [seconds, or "4 bars"]: a scene becomes records of the kinds that
 * there are: knobs, which wait for their frame, and patterns, which wait for the beat in that very frame. So all of it
 * comes at one frame, and what comes is in the journal already: control may die meanwhile. Only what differs is said.
 * What was there before is noted as one step of /undo. */
#include "internal.h"

#include "lang/song_key.h"
#include "lang/value.h"
#include "pattern/read.h"

#include <stdlib.h>
#include <string.h>
#include <understudy/names.h>

struct recall {
	struct us_turn *turn;
	const char *name;
	uint64_t frame; /* when all of it comes, */
	double beat;    /* and the beat in that frame */
	uint32_t ramp_frames;
	bool all; /* also what does not differ: other changes are on their way */
	struct us_record *record;
	uint32_t count, room, knobs, patterns, missing;
	char first_missing[US_SCENE_PLACE_BYTES];
};

static int add(struct recall *r, const struct us_record *record)
{
	if (r->count == r->room) {
		const uint32_t room = r->room ? 2 * r->room : 256;
		struct us_record *grown = realloc(r->record, room * sizeof *grown);
		if (!grown)
			return us_fail(&r->turn->err, "no memory to recall a scene");
		r->record = grown;
		r->room = room;
	}
	r->record[r->count++] = *record;
	return US_OK;
}

/* It, or its input, is not there any more: the rest of the scene still makes sense. */
static int miss(struct recall *r, const char *place)
{
	if (!r->missing++)
		strcpy(r->first_missing, place);
	return US_OK;
}

static int add_pattern(struct recall *r, const struct us_instance_view *view, const struct us_scene_line *line)
{
	const struct us_pattern *now = us_engine_next_pattern(r->turn->commander->model, view->index);
	struct us_record part;
	uint32_t column;
	if (now && !r->all && strcmp(us_pattern_text(now), line->value) == 0)
		return US_OK;
	const uint64_t held = us_outputs_held(r->turn->commander->model, view);
	struct us_pattern *p = now ? us_pattern_next(line->value, now, held, &column, NULL) : NULL;
	if (!p)
		return miss(r, line->place);
	p->start = US_START_AT;
	p->beat = r->beat;
	p->seed = us_seed_of(view->name);
	r->patterns++;
	int failed = US_OK;
	for (uint32_t n = 0; n < us_pattern_parts(p) && !failed; n++) {
		us_pattern_part(&part, view->index, p, n);
		failed = add(r, &part);
	}
	free(p);
	return failed;
}

static float within(float value, float least, float most)
{
	return value < least ? least : value > most ? most : value;
}

/* What moves in steps cannot move slowly. */
static bool is_stepped(const struct us_input *input)
{
	return input->unit == US_GATE || input->unit == US_TRIGGER || input->unit == US_CHOICE ||
	       input->unit == US_COUNT || input->curve == US_STEP;
}

static int add_set(struct recall *r, const struct us_instance_view *view, uint16_t input, float value)
{
	if (!r->all && us_engine_knob(r->turn->commander->model, view->index, input) == value)
		return US_OK;
	r->knobs++;
	return add(r, &(struct us_record){
			  .type = US_REC_SET,
			  .instance = view->index,
			  .at = r->frame,
			  .set = {.input = input,
	                          .value = value,
	                          .ramp_frames = is_stepped(&view->module->inputs[input]) ? 0 : r->ramp_frames}});
}

/* Does the scene name this knob, by its first name or another? */
static bool is_named(const struct recall *r, const struct us_instance_view *view, uint16_t input)
{
	struct us_scene_line line;
	const size_t n = strlen(view->name);
	for (const char *at = us_scenes_text(r->turn->commander); us_scene_line(&at, &line);)
		if (strcmp(line.name, r->name) == 0 && strncmp(line.place, view->name, n) == 0 &&
		    line.place[n] == '.' && us_input_named(view->module, line.place + n + 1) == input)
			return true;
	return false;
}

/* vcf=default */
static int add_defaults(struct recall *r, const struct us_instance_view *view)
{
	int failed = US_OK;
	for (uint16_t k = 0; k < us_module_input_count(view->module) && !failed; k++)
		if (us_scene_belongs(&view->module->inputs[k]) && !is_named(r, view, k))
			failed = add_set(r, view, k, view->module->inputs[k].value);
	return failed;
}

static int add_knob(struct recall *r, const struct us_instance_view *view, const char *port,
                    const struct us_scene_line *line)
{
	const int found = us_input_named(view->module, port);
	const struct us_input *input = found < 0 ? NULL : &view->module->inputs[found];
	float value;
	if (!input || us_value_parse(line->value, input, &value, NULL))
		return miss(r, line->place);
	return add_set(r, view, (uint16_t)found, within(value, input->min, input->max));
}

static int add_master(struct recall *r, const struct us_scene_line *line)
{
	const bool tempo = strcmp(line->place, "tempo") == 0;
	const struct us_engine *model = r->turn->commander->model;
	float value;
	if (us_value_parse(line->value, NULL, &value, NULL))
		return miss(r, line->place);
	value = tempo ? within(value, 1, 999) : within(value, 0, 2);
	if (!r->all && value == (tempo ? us_engine_tempo(model) : us_engine_gain(model)))
		return US_OK;
	r->knobs++;
	return add(r, &(struct us_record){.type = tempo ? US_REC_TEMPO : US_REC_GAIN,
	                                  .instance = US_NOBODY,
	                                  .at = r->frame,
	                                  .set = {.value = value, .ramp_frames = tempo ? r->ramp_frames : 0}});
}

static int add_key(struct recall *r, const struct us_scene_line *line)
{
	const struct us_key_view now = us_engine_next_key(r->turn->commander->model);
	uint32_t root, scale;
	if (us_song_key_parse(line->value, &root, &scale, NULL))
		return miss(r, line->place);
	if (!r->all && root == now.root && scale == now.scale)
		return US_OK;
	r->knobs++;
	return add(r, &(struct us_record){.type = US_REC_KEY,
	                                  .instance = US_NOBODY,
	                                  .at = r->frame,
	                                  .key = {.root = (uint8_t)root, .scale = (uint8_t)scale}});
}

static int add_line(struct recall *r, const struct us_scene_line *line)
{
	const struct us_engine *model = r->turn->commander->model;
	struct us_instance_view view;
	char name[US_NAME_BYTES];
	const char *dot = strchr(line->place, '.');
	const bool defaults = !dot && strcmp(line->value, US_SCENE_DEFAULT) == 0;
	if (!dot && !defaults)
		return strcmp(line->place, "key") == 0 ? add_key(r, line) : add_master(r, line);
	if (!dot)
		dot = line->place + strlen(line->place);
	if (dot - line->place >= US_NAME_BYTES)
		return miss(r, line->place);
	memcpy(name, line->place, (size_t)(dot - line->place));
	name[dot - line->place] = 0;
	const uint16_t index = us_engine_find(model, name);
	if (index == US_NOBODY || !us_engine_instance(model, index, &view))
		return defaults ? US_OK : miss(r, line->place); /* what it had beside them is missed */
	if (defaults)
		return add_defaults(r, &view);
	return strcmp(dot, ".play") == 0 && view.module->flags & US_PATTERN ? add_pattern(r, &view, line)
	                                                                    : add_knob(r, &view, dot + 1, line);
}

static int collect(struct recall *r)
{
	struct us_scene_line line;
	r->count = r->knobs = r->patterns = r->missing = 0;
	for (const char *at = us_scenes_text(r->turn->commander); us_scene_line(&at, &line);)
		if (strcmp(line.name, r->name) == 0 && add_line(r, &line))
			return US_FAILED;
	return US_OK;
}

/* --- when ----------------------------------------------------------------------------------------------------------
 */

/* Its last record must be granted before its frame comes. */
static uint64_t earliest(const struct recall *r)
{
	const uint32_t before = r->turn->message->out->count;
	return us_turn_frame(r->turn) + ((before + r->count) / US_GRANT_RECORDS + 2) * US_BLOCK;
}

/* The frame, and the beat in it. */
static int set_time(struct recall *r, double unit)
{
	return us_turn_moment(r->turn, unit, earliest(r), &r->frame, &r->beat);
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

/* What cannot be rolled back is not begun. */
static int has_room(const struct recall *r)
{
	const struct us_outbox *out = r->turn->message->out;
	const struct us_commander *c = r->turn->commander;
	struct us_engine_counts counts;
	us_engine_counts(c->model, &counts);
	if (out->room - out->count < r->count || (r->turn->staged && DEFERRED - c->deferred_count < r->count))
		return us_fail(&r->turn->err, "busy: more commands than can be kept safe just now; try again");
	if (counts.timed + r->knobs > US_TIMED_RECORDS)
		return us_fail(&r->turn->err,
		               "%u knobs would have to move at once, and %u changes wait already; at most %d can",
		               r->knobs, counts.timed, US_TIMED_RECORDS);
	return US_OK;
}

static int carry_out(struct recall *r)
{
	int failed = US_OK;
	r->turn->commander->undo.timed = true; /* for this step */
	for (uint32_t i = 0; i < r->count && !failed; i++)
		failed = us_turn_emit(r->turn, &r->record[i]);
	return failed;
}

static int recall(struct recall *r, double unit)
{
	struct us_engine_counts counts;
	us_engine_counts(r->turn->commander->model, &counts);
	r->all = counts.timed > 0;
	/* How long it is decides how soon it can be: the first round only counts. */
	if (collect(r) || set_time(r, unit) || collect(r) || has_room(r) || carry_out(r))
		return US_FAILED;
	if (r->missing)
		us_turn_warn(r->turn, "%u of its values are left out: there is no %s any more", r->missing,
		             r->first_missing);
	us_turn_reply(r->turn, "/scene/recalled", "siih", r->name, (int64_t)r->knobs, (int64_t)r->patterns,
	              (int64_t)r->frame);
	return US_OK;
}

int us_act_scene_recall(struct us_turn *turn)
{
	struct recall r = {.turn = turn};
	double unit;
	if (us_turn_scene(turn, &r.name) || us_turn_when(turn, 1, false, &unit) ||
	    us_turn_ramp(turn, 2, &r.ramp_frames))
		return US_FAILED;
	const int failed = recall(&r, unit);
	free(r.record);
	return failed;
}
