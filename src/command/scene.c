/* scene.c — /scene/save, /scene/set, /scene/delete, /scene/list: scenes are kept as what would be said to bring them
 * back, by names, so that an instance that was made anew still has its place in them. Recalling one: recall.c. */
#include "internal.h"

#include "lang/song_key.h"
#include "lang/value.h"
#include "pattern/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/names.h>

static const char *const reserved[] = {"save", "list", "delete"};

static int read_name(struct us_turn *turn, const char **name)
{
	if (us_turn_text(turn, 0, name))
		return US_FAILED;
	bool taken = false;
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		taken |= strcmp(*name, reserved[i]) == 0;
	if (us_name_ok(*name) && !taken)
		return US_OK;
	return us_fail(
	    &turn->err,
	    "'%.60s' is no name for a scene; right are letters, digits, _ and -, a letter first, and neither "
	    "save, list nor delete",
	    *name);
}

int us_turn_scene(struct us_turn *turn, const char **name)
{
	char best[US_NAME_BYTES]; /* a line lasts no longer than the next one */
	struct us_scene_line line;
	if (us_turn_text(turn, 0, name))
		return US_FAILED;
	if (us_scene_is(turn->commander, *name))
		return US_OK;
	struct us_spelling spelling = {.wanted = *name};
	for (const char *at = us_scenes_text(turn->commander); us_scene_line(&at, &line);) {
		us_spelling_offer(&spelling, line.name);
		if (spelling.best == line.name)
			spelling.best = strcpy(best, line.name);
	}
	const char *near = us_spelling_best(&spelling);
	if (near)
		return us_fail(&turn->err, "there is no scene '%.60s'; did you mean '%s'", *name, near);
	return us_fail(&turn->err, "there is no scene '%.60s'; /scene/save %.60s keeps what plays now as one", *name,
	               *name);
}

/* What belongs to no instance: two numbers and the key. */
static const struct us_input *master_row(const char *place)
{
	static const struct us_input tempo = {.name = "tempo", .unit = US_BPM},
				     gain = {.name = "gain", .unit = US_RATIO};
	return strcmp(place, "tempo") == 0 ? &tempo : strcmp(place, "gain") == 0 ? &gain : NULL;
}

static bool is_key(const char *place)
{
	return strcmp(place, "key") == 0;
}

/* What is played, a gate or a trigger, is none; but a gate that is on by itself says whether a module runs. */
bool us_scene_belongs(const struct us_input *input)
{
	return input->unit != US_TRIGGER && (input->unit != US_GATE || input->value > 0.5f);
}

/* What was never touched is as its module has it: one word for all of that, `vcf=default`, and then what differs. An
 * instance whose name stands for something else has all its knobs written down. Returns how many values that are. */
static uint32_t save_instance(struct us_draft *d, struct us_turn *turn, const char *scene,
                              const struct us_instance_view *view)
{
	const struct us_engine *model = turn->commander->model;
	const struct us_pattern *pattern = us_engine_next_pattern(model, view->index);
	char place[US_SCENE_PLACE_BYTES], value[48];
	const bool whole = master_row(view->name) || is_key(view->name);
	uint32_t values = 0;
	if (!whole)
		us_draft_add(d, scene, view->name, US_SCENE_DEFAULT);
	if (pattern && pattern->nodes) {
		snprintf(place, sizeof place, "%s.play", view->name);
		us_draft_add(d, scene, place, us_pattern_text(pattern));
		values++;
	}
	for (uint16_t i = 0; i < us_module_input_count(view->module); i++) {
		const struct us_input *input = &view->module->inputs[i];
		const float now = us_engine_knob(model, view->index, i);
		if (!us_scene_belongs(input) || (!whole && now == input->value))
			continue;
		snprintf(place, sizeof place, "%s.%s", view->name, input->name);
		us_value_print(value, now, input);
		us_draft_add(d, scene, place, value);
		values++;
	}
	return values;
}

/* The key, if there ever was one, or a scene has one: a scene without it would not end another's. */
static uint32_t save_key(struct us_draft *d, struct us_turn *turn, const char *scene)
{
	const struct us_engine *model = turn->commander->model;
	const struct us_key_view key = us_engine_next_key(model);
	struct us_scene_line line;
	char value[US_SONG_KEY_BYTES];
	bool wanted = us_engine_key_was_set(model);
	for (const char *at = us_scenes_text(turn->commander); !wanted && us_scene_line(&at, &line);)
		wanted = is_key(line.place) && strcmp(line.value, US_SCENE_DEFAULT) != 0;
	if (wanted)
		us_draft_add(d, scene, "key", us_song_key_print(value, key.root, key.scale));
	return wanted;
}

/* /scene/save name [instance …]: of all that plays, or of these. Tempo and gain are not in it: they are said if a scene
 * shall have them, /scene/set verse tempo 128. */
int us_act_scene_save(struct us_turn *turn)
{
	struct us_instance_view view;
	struct us_draft d;
	const char *name, *instance;
	int64_t values = 0;
	if (read_name(turn, &name))
		return US_FAILED;
	for (uint32_t i = 1; i < turn->command->argc; i++)
		if (us_turn_text(turn, i, &instance) || us_turn_instance(turn, instance, &view))
			return US_FAILED;
	if (us_draft_begin(&d, turn, name, NULL))
		return US_FAILED;
	for (uint32_t i = 1; i < turn->command->argc; i++)
		if (us_turn_instance(turn, turn->command->arg[i].s, &view) == US_OK)
			values += save_instance(&d, turn, name, &view);
	if (turn->command->argc == 1)
		values += save_key(&d, turn, name);
	for (uint16_t i = 0; turn->command->argc == 1 && i < US_INDICES; i++)
		if (us_engine_instance(turn->commander->model, i, &view))
			values += save_instance(&d, turn, name, &view);
	if (!d.added) {
		free(d.text);
		return us_fail(&turn->err, "nothing plays that could be in a scene");
	}
	if (us_draft_end(&d, turn))
		return US_FAILED;
	us_turn_reply(turn, "/scene/saved", "si", name, values);
	return US_OK;
}

/* A value as text; whether it fits its place is known when the scene is recalled, if the instance is not there yet. */
static int check_value(struct us_turn *turn, const char *place, const char *value)
{
	struct us_instance_view view;
	struct us_err why;
	uint32_t column;
	uint16_t input;
	float number;
	char name[US_NAME_BYTES];
	const char *dot = strchr(place, '.');
	uint32_t root, scale;
	if (is_key(place) && strcmp(value, US_SCENE_DEFAULT) != 0)
		return us_song_key_parse(value, &root, &scale, &turn->err);
	if (!dot && !master_row(place) && strcmp(value, US_SCENE_DEFAULT) == 0)
		return us_engine_find(turn->commander->model, place) == US_NOBODY && !us_name_ok(place)
		           ? us_fail(&turn->err, "'%.60s' is no name of an instance", place)
		           : US_OK;
	if (!dot)
		return master_row(place) ? us_value_parse(value, master_row(place), &number, &turn->err)
		                         : us_fail(&turn->err,
		                                   "'%.60s' is no place; right are vcf.cutoff, drums.play, "
		                                   "vcf=default, tempo, gain and key",
		                                   place);
	if (strcmp(dot, ".play") == 0) {
		struct us_pattern *pattern = us_pattern_new(value, &column, &why);
		free(pattern);
		if (!pattern)
			return us_fail(&turn->err, "column %u: %s", column, why.text);
	}
	snprintf(name, sizeof name, "%.*s", (int)(dot - place), place);
	if (us_engine_find(turn->commander->model, name) == US_NOBODY)
		return us_name_ok(name) ? US_OK : us_fail(&turn->err, "'%.60s' is no name of an instance", name);
	if (us_turn_instance(turn, name, &view))
		return US_FAILED;
	if (strcmp(dot, ".play") == 0)
		return us_engine_pattern(turn->commander->model, view.index)
		           ? US_OK
		           : us_fail(&turn->err, "'%s' is a %s, which plays no patterns; a pattern does", view.name,
		                     view.module->name);
	return us_turn_input_of(turn, &view, dot + 1, &input) ||
	               us_value_parse(value, &view.module->inputs[input], &number, &turn->err)
	           ? US_FAILED
	           : US_OK;
}

/* vcf.resonance is written down as vcf.res. */
static const char *first_name(struct us_turn *turn, const char *place, char to[static US_SCENE_PLACE_BYTES])
{
	const struct us_engine *model = turn->commander->model;
	struct us_instance_view view;
	char name[US_NAME_BYTES];
	const char *dot = strchr(place, '.');
	snprintf(name, sizeof name, "%.*s", dot ? (int)(dot - place) : 0, place);
	const uint16_t index = dot ? us_engine_find(model, name) : US_NOBODY;
	const int input =
	    index != US_NOBODY && us_engine_instance(model, index, &view) ? us_input_named(view.module, dot + 1) : -1;
	if (input < 0)
		return place;
	snprintf(to, US_SCENE_PLACE_BYTES, "%s.%s", name, view.module->inputs[input].name);
	return to;
}

/* /scene/set verse vcf.cutoff 800hz: one value of a scene, by hand. */
int us_act_scene_set(struct us_turn *turn)
{
	const struct us_arg *a = &turn->command->arg[2];
	const char *name, *place, *value = a->type == 's' ? a->s : NULL;
	char number[48];
	struct us_draft d;
	float x;
	if (read_name(turn, &name) || us_turn_text(turn, 1, &place))
		return US_FAILED;
	if (!value) {
		if (us_turn_number(turn, 2, NULL, &x))
			return US_FAILED;
		value = us_value_print(number, x, NULL);
	}
	if (strlen(place) >= US_SCENE_PLACE_BYTES || strpbrk(place, " \n") || strlen(value) >= US_PATTERN_TEXT)
		return us_fail(&turn->err, "a place and a value would be right, such as vcf.cutoff 800hz");
	char first[US_SCENE_PLACE_BYTES];
	if (check_value(turn, place, value))
		return US_FAILED;
	place = first_name(turn, place, first);
	if (master_row(place)) { /* as a plain number: -6db is a gain of 0.5 */
		us_value_parse(value, master_row(place), &x, NULL);
		value = us_value_print(number, x, NULL);
	}
	if (us_draft_begin(&d, turn, name, place))
		return US_FAILED;
	us_draft_add(&d, name, place, value);
	return us_draft_end(&d, turn);
}

/* /scene/delete name [place] */
int us_act_scene_delete(struct us_turn *turn)
{
	const char *name, *place = NULL;
	struct us_draft d;
	if (us_turn_scene(turn, &name) || (turn->command->argc > 1 && us_turn_text(turn, 1, &place)) ||
	    us_draft_begin(&d, turn, name, place))
		return US_FAILED;
	if (d.dropped)
		return us_draft_end(&d, turn);
	free(d.text);
	return us_fail(&turn->err, "nothing in the scene '%s' is said about %.60s", name, place);
}

/* One answer for each, /scene/list name values; the last one has only their number. */
int us_act_scene_list(struct us_turn *turn)
{
	struct us_scene_line line, other;
	int64_t scenes = 0;
	const char *text = us_scenes_text(turn->commander);
	for (const char *at = text; us_scene_line(&at, &line);) {
		const char *first = NULL;
		int64_t values = 0;
		for (const char *look = text; us_scene_line(&look, &other);)
			if (strcmp(other.name, line.name) == 0) {
				first = first ? first : other.begin;
				values += strcmp(other.value, US_SCENE_DEFAULT) != 0 || strchr(other.place, '.');
			}
		if (first != line.begin)
			continue;
		us_turn_reply(turn, "/scene/list", "si", line.name, values);
		scenes++;
	}
	us_turn_reply(turn, "/scene/list", "i", scenes);
	return US_OK;
}
