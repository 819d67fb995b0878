/* scene.c — the statements about scenes, named sets of knobs and patterns.
 *
 *   scene save verse          scene save verse drums vcf        what plays now, all of it or these
 *   scene verse               at the next bar                   scene verse now · scene verse at beat
 *   scene verse over 4 bars   knobs take so long
 *   scene verse vcf.cutoff=800hz drums.play="bd*4" tempo=128    by hand; in a patch, too
 *   scene verse key="d dorian"
 *   scene verse vcf=default vcf.res=0.5     knobs of vcf that are not named: as its module has them. So save writes
 * them scene list · scene delete verse */
#include "compiler.h"
#include "song_key.h"

#include <stdlib.h>
#include <string.h>

static const char right[] = "right would be scene save verse, scene verse at bar or scene verse vcf.cutoff=800hz";

static int needs_synth(struct us_compiler *c)
{
	if (!c->text->whole)
		return US_OK;
	return us_fail(c->err, "that is for a running synth; a patch says what is in a scene, as in "
	                       "scene verse vcf.cutoff=800hz");
}

static int say_save(struct us_compiler *c, const struct us_word *name)
{
	struct us_command command = {.address = "/scene/save", .argc = 1, .arg = {us_text_arg(name->text)}};
	const struct us_word *word;
	struct us_place place;
	while (!us_word_is(c, US_WORD_END)) {
		if (command.argc == US_COMMAND_ARGS)
			return us_fail(c->err, "more than %d instances; save all of them: scene save %s",
			               US_COMMAND_ARGS - 1, name->text);
		if (us_word_text(c, &word, "right would be scene save verse drums vcf") ||
		    us_instance_read(c, word, &place))
			return US_FAILED;
		command.arg[command.argc++] = us_text_arg(word->text);
	}
	return us_give(c, &command);
}

/* [at] now|beat|bar, over 4 bars */
static int say_recall(struct us_compiler *c, const struct us_word *name)
{
	static const char when_right[] = "right would be scene verse, scene verse now or scene verse at beat over 2s";
	char over[US_OVER_BYTES];
	struct us_command command = {
	    .address = "/scene/recall", .argc = 2, .arg = {us_text_arg(name->text), us_text_arg("bar")}};
	const struct us_word *word = us_word_next(c);
	if (strcmp(word->text, "at") == 0) {
		us_word_take(c);
		word = us_word_next(c);
	}
	if (!us_word_is(c, US_WORD_END) && strcmp(word->text, "over") != 0) {
		us_word_take(c);
		if (strcmp(word->text, "now") && strcmp(word->text, "beat") && strcmp(word->text, "bar"))
			return us_word_refuse(c, word, when_right);
		command.arg[1] = us_text_arg(word->text);
	}
	if (us_word_is(c, US_WORD_END))
		return us_give(c, &command);
	command.argc = 3;
	return us_over_read(c, over, &command.arg[2]) || us_give(c, &command) ? US_FAILED : US_OK;
}

/* key="d dorian"; but key=default is of an instance with that name. */
static bool is_key(const struct us_word *word)
{
	return strcmp(word->text, "key") == 0 && word[1].kind == US_WORD_EQUALS && strcmp(word[2].text, "default") != 0;
}

/* vcf.cutoff, drums.play, tempo: as control takes it. */
static int read_place(struct us_compiler *c, const struct us_word *word, char to[static US_LANG_WORD_BYTES],
                      const struct us_input **input)
{
	struct us_place place;
	*input = NULL;
	strcpy(to, word->text);
	if (strcmp(word->text, "tempo") == 0 || strcmp(word->text, "gain") == 0 || is_key(word))
		return US_OK;
	if (us_place_read(c, word, &place))
		return US_FAILED;
	const bool defaults = !place.port && word[1].kind == US_WORD_EQUALS && strcmp(word[2].text, "default") == 0;
	if (defaults && !place.part) { /* vcf=default: its knobs, but for those that are named */
		strcpy(to, place.instance);
		return US_OK;
	}
	if (!place.port)
		return us_word_refuse(c, word,
		                      "right would be vcf.cutoff=800hz, vcf=default, drums.play=\"bd*4\" or tempo=128");
	if (strcmp(place.port, "play") == 0 && !place.part) {
		if (!place.known || place.known->module->flags & US_PATTERN)
			return US_OK;
		return us_fail(c->err, "a %s plays no patterns; a pattern does", place.known->module->name);
	}
	if (us_place_input(c, &place, input))
		return US_FAILED;
	snprintf(to, US_LANG_WORD_BYTES, "%.*s.%.*s", US_NAME_BYTES, place.instance, US_NAME_BYTES, place.port);
	return US_OK;
}

static int say_value(struct us_compiler *c, const struct us_word *name)
{
	static const struct us_input tempo = {.name = "tempo", .unit = US_BPM, .min = 1, .max = 999},
				     gain = {.name = "gain", .unit = US_RATIO, .min = 0, .max = 2};
	char place[US_LANG_WORD_BYTES];
	const struct us_word *word, *value;
	const struct us_input *input;
	float unused;
	if (us_word_text(c, &word, right) || read_place(c, word, place, &input))
		return US_FAILED;
	const bool key = is_key(word);
	uint32_t root, scale;
	const bool pattern = strcmp(place + strcspn(place, "."), ".play") == 0;
	if (!us_word_is(c, US_WORD_EQUALS))
		return us_word_refuse(c, us_word_next(c), "right would be scene verse vcf.cutoff=800hz");
	us_word_take(c);
	if (us_word_text(c, &value, pattern ? "a pattern would be right, such as \"bd*4\"" : "a value would be right"))
		return US_FAILED;
	const bool master = strcmp(place, "tempo") == 0 || strcmp(place, "gain") == 0;
	if (master)
		input = place[0] == 't' ? &tempo : &gain;
	if (key       ? us_song_key_parse(value->text, &root, &scale, c->err)
	    : pattern ? us_pattern_check(c, value)
	              : input && us_value_read(c, value, input, true, &unused))
		return US_FAILED;
	struct us_command set = {.address = "/scene/set",
	                         .argc = 3,
	                         .arg = {us_text_arg(name->text), us_text_arg(place), us_text_arg(value->text)}};
	if (master) /* in the base unit: -6db is a gain of 0.5 */
		set.arg[2] = us_number_arg(unused);
	if (us_give(c, &set))
		return US_FAILED;
	const bool defaults = !strchr(place, '.') && strcmp(value->text, "default") == 0;
	return defaults ? us_say_scene_rests(c, name->text, us_instance_find(c, place)) : US_OK;
}

int us_say_scene(struct us_compiler *c)
{
	const struct us_word *what, *name;
	if (us_word_text(c, &what, right))
		return US_FAILED;
	if (strcmp(what->text, "list") == 0)
		return needs_synth(c) || us_line_end(c) || us_give(c, &(struct us_command){.address = "/scene/list"})
		           ? US_FAILED
		           : US_OK;
	const bool save = strcmp(what->text, "save") == 0;
	if (save || strcmp(what->text, "delete") == 0) {
		if (needs_synth(c) ||
		    us_word_text(c, &name, "the name of a scene would be right, as in scene save verse"))
			return US_FAILED;
		if (save)
			return say_save(c, name);
		return us_line_end(c) || us_give(c, &(struct us_command){.address = "/scene/delete",
		                                                         .argc = 1,
		                                                         .arg = {us_text_arg(name->text)}})
		           ? US_FAILED
		           : US_OK;
	}
	if (us_word_next(c)[0].kind == US_WORD_TEXT && us_word_next(c)[1].kind == US_WORD_EQUALS) {
		while (!us_word_is(c, US_WORD_END))
			if (say_value(c, what))
				return US_FAILED;
		return US_OK;
	}
	if (!us_word_is(c, US_WORD_END) && strchr(us_word_next(c)->text, '.'))
		return us_word_refuse(c, us_word_next(c) + 1, "right would be scene verse vcf.cutoff=800hz");
	return needs_synth(c) || say_recall(c, what) ? US_FAILED : US_OK;
}
