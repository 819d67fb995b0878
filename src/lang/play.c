/* play.c — the statements that begin with a word of the language, as a table: how fast, how loud, gates and notes, and
 * what only a running synth can do. */
#include "compiler.h"
#include "spelling.h"
#include "value.h"

#include <string.h>

struct statement {
	const char *word, *right; /* right: what it should look like */
	const char *address;
	int (*say)(struct us_compiler *c, const struct statement *s);
	const struct us_input *value;
	bool running; /* makes sense in a running synth only */
	const char *does;
};

/* What control takes, too. */
static const struct us_input tempo = {.name = "tempo", .unit = US_BPM, .min = 1, .max = 999};
static const struct us_input gain = {.name = "gain", .unit = US_RATIO, .min = 0, .max = 2};
static const struct us_input limiter = {.name = "limiter", .unit = US_GATE, .min = 0, .max = 1};

/* tempo 128, tempo 140 over 4 bars; in a running synth without a value it is a question. */
static int say_number(struct us_compiler *c, const struct statement *s)
{
	char step[US_STEP_BYTES], over[US_OVER_BYTES];
	struct us_command command = {.address = s->address};
	if (us_word_is(c, US_WORD_END) && !c->text->whole)
		return us_give(c, &command);
	if (us_word_is(c, US_WORD_END))
		return us_word_refuse(c, us_word_next(c), s->right);
	if (us_word_is(c, US_WORD_EQUALS) || us_word_is(c, US_WORD_ARROW)) /* tempo -> 140 over 4 bars */
		us_word_take(c);
	command.argc = 1;
	if (us_change_read(c, s->value, step, &command.arg[0]))
		return US_FAILED;
	if (s->value != &limiter && strcmp(us_word_next(c)->text, "over") == 0 &&
	    us_over_read(c, over, &command.arg[command.argc++]))
		return US_FAILED;
	return us_line_end(c) || us_give(c, &command) ? US_FAILED : US_OK;
}

/* transport play, stop, locate 16; without a word it is a question. */
static int say_transport(struct us_compiler *c, const struct statement *s)
{
	static const struct us_input position = {.name = "a position", .unit = US_BEAT, .min = 0, .max = 1 << 20};
	const struct us_word *word;
	struct us_command command = {.address = "/transport"};
	float beat;
	if (us_word_is(c, US_WORD_END))
		return us_give(c, &command);
	if (us_word_text(c, &word, s->right))
		return US_FAILED;
	if (strcmp(word->text, "play") == 0)
		command.address = "/transport/play";
	else if (strcmp(word->text, "stop") == 0)
		command.address = "/transport/stop";
	else if (strcmp(word->text, "locate") != 0)
		return us_word_refuse(c, word, s->right);
	else {
		command.address = "/transport/locate";
		if (us_word_text(c, &word, s->right) || us_value_read(c, word, &position, true, &beat))
			return US_FAILED;
		command.arg[command.argc++] = us_number_arg(beat);
	}
	return us_line_end(c) || us_give(c, &command) ? US_FAILED : US_OK;
}

static int say_gate(struct us_compiler *c, const struct statement *s)
{
	static const struct us_input gate = {.name = "a gate", .unit = US_GATE, .min = 0, .max = 1};
	const struct us_word *instance, *word;
	char address[US_LANG_WORD_BYTES + 8];
	struct us_place place;
	float value = 1;
	if (us_word_text(c, &instance, s->right) || us_instance_read(c, instance, &place))
		return US_FAILED;
	if (!us_word_is(c, US_WORD_END) &&
	    (us_word_text(c, &word, s->right) || us_value_read(c, word, &gate, true, &value) || us_line_end(c)))
		return US_FAILED;
	snprintf(address, sizeof address, "/gate/%s", place.instance);
	return us_give(c,
	               &(struct us_command){.address = address, .argc = 1, .arg = {{.type = 'i', .i = value > 0.5f}}});
}

/* A MIDI number, a note's name, or a frequency, which control understands as it is written. */
static int read_pitch(struct us_compiler *c, const struct us_word *word, struct us_arg *arg)
{
	static const struct us_input number = {.name = "a pitch", .unit = US_SEMITONE, .min = 0, .max = 127};
	static const struct us_input hertz = {.name = "a pitch", .unit = US_HZ, .min = 1, .max = 20000};
	float value;
	*arg = us_text_arg(word->text);
	if (us_value_parse(word->text, &number, &value, NULL) && us_value_parse(word->text, &hertz, &value, NULL) == 0)
		return us_value_read(c, word, &hertz, true, &value);
	if (us_value_read(c, word, &number, true, &value))
		return US_FAILED;
	*arg = us_number_arg(value);
	return US_OK;
}

/* In seconds where no unit is written: 0.5, 0.5s or 500ms. */
static int read_length(struct us_compiler *c, const struct us_word *word, struct us_arg *arg)
{
	static const struct us_input length = {.name = "a length", .unit = US_MS, .min = 0, .max = 3600000};
	float value;
	bool unit = strpbrk(word->text, "smuSMU") != NULL;
	if (us_value_read(c, word, unit ? &length : NULL, unit, &value))
		return US_FAILED;
	value = unit ? value / 1000 : value;
	if (!(value > 0) || value > 3600)
		return us_fail(c->err, "a note of %s; more than 0 s and at most an hour would be right", word->text);
	*arg = us_number_arg(value);
	return US_OK;
}

/* note osc c4 100 0.5s: velocity and length may be left out, then it lasts until its gate is closed. */
static int say_note(struct us_compiler *c, const struct statement *s)
{
	static const struct us_input velocity = {.name = "a velocity", .unit = US_RATIO, .min = 0, .max = 127};
	const struct us_word *instance, *word;
	struct us_place place;
	float value = 100;
	struct us_command command = {.address = s->address, .argc = 3};
	if (us_word_text(c, &instance, s->right) || us_instance_read(c, instance, &place) ||
	    us_word_text(c, &word, s->right) || read_pitch(c, word, &command.arg[1]))
		return US_FAILED;
	if (!us_word_is(c, US_WORD_END) &&
	    (us_word_text(c, &word, s->right) || us_value_read(c, word, &velocity, true, &value)))
		return US_FAILED;
	if (!us_word_is(c, US_WORD_END) &&
	    (us_word_text(c, &word, s->right) || read_length(c, word, &command.arg[command.argc++]) || us_line_end(c)))
		return US_FAILED;
	command.arg[0] = us_text_arg(instance->text);
	command.arg[2] = us_number_arg(value);
	return us_give(c, &command);
}

static int say_instance(struct us_compiler *c, const struct statement *s)
{
	const struct us_word *word;
	struct us_place place;
	if (us_word_text(c, &word, s->right) || us_instance_read(c, word, &place) || us_line_end(c))
		return US_FAILED;
	return us_give(c, &(struct us_command){.address = s->address, .argc = 1, .arg = {us_text_arg(word->text)}});
}

/* mute kick hat, solo bass over 2 beats; unmute and unsolo alone, and mute off, are about all of them. In a running
 * synth mute and solo alone are questions. */
static int say_mute(struct us_compiler *c, const struct statement *s)
{
	char over[US_OVER_BYTES];
	const char *names[US_LANG_WORDS];
	uint32_t count = 0;
	const bool un = s->word[0] == 'u';
	struct us_command command = {.address = s->address, .argc = 2, .arg = {[1] = {.type = 'i', .i = !un}}};
	const struct us_word *word = us_word_next(c);
	struct us_place place;
	const bool off = strcmp(word->text, "off") == 0 && !us_instance_find(c, "off");
	if (off)
		us_word_take(c);
	for (; !off && !us_word_is(c, US_WORD_END) && strcmp(us_word_next(c)->text, "over") != 0; count++) {
		if (us_word_text(c, &word, s->right) || us_instance_read(c, word, &place))
			return US_FAILED;
		names[count] = word->text;
	}
	if (count == 0) {
		const bool all = un || off;
		command = (struct us_command){.address = !all                   ? s->address
		                                         : s->address[1] == 'm' ? "/unmute"
		                                                                : "/unsolo"};
		if (c->text->whole)
			return us_word_refuse(c, us_word_next(c), s->right);
		if (!all)
			return us_line_end(c) || us_give(c, &command) ? US_FAILED : US_OK;
	}
	if (!us_word_is(c, US_WORD_END) && us_over_read(c, over, &command.arg[command.argc++]))
		return US_FAILED;
	if (us_line_end(c))
		return US_FAILED;
	for (uint32_t i = 0; i < count; i++) {
		command.arg[0] = us_text_arg(names[i]);
		if (us_give(c, &command))
			return US_FAILED;
	}
	return count || us_give(c, &command) == US_OK ? US_OK : US_FAILED;
}

static int say_include(struct us_compiler *c, const struct statement *s)
{
	(void)s;
	return us_say_include(c);
}

static int say_bare(struct us_compiler *c, const struct statement *s)
{
	return us_line_end(c) || us_give(c, &(struct us_command){.address = s->address}) ? US_FAILED : US_OK;
}

static int say_test(struct us_compiler *c, const struct statement *s)
{
	return us_word_is(c, US_WORD_END) ? say_bare(c, s) : say_instance(c, s);
}

static int say_delete(struct us_compiler *c, const struct statement *s)
{
	(void)s;
	return us_say_delete(c);
}

static int say_play(struct us_compiler *c, const struct statement *s)
{
	(void)s;
	return us_say_play(c);
}

static int say_file(struct us_compiler *c, const struct statement *s)
{
	(void)s;
	return us_say_file(c);
}

static int say_scene(struct us_compiler *c, const struct statement *s)
{
	(void)s;
	return us_say_scene(c);
}

static int say_key(struct us_compiler *c, const struct statement *s)
{
	(void)s;
	return us_say_key(c);
}

static int say_convention(struct us_compiler *c, const struct statement *s)
{
	(void)s;
	return us_say_convention(c);
}

static int say_disconnect(struct us_compiler *c, const struct statement *s)
{
	(void)s;
	return us_say_cables(c, true);
}

static const struct statement statements[] = {
    {"tempo", "right would be tempo 128", "/tempo", say_number, &tempo, false,
     "how fast the song goes, in beats per minute; alone it is a question"},
    {"key", "right would be key d dorian, key bb minor now or key off", NULL, say_key, NULL, false,
     "the root and scale of patterns and quantize that say no other, from the next bar on; now, beat or bar behind it "
     "say when; alone it is a question"},
    {"gain", "right would be gain 0.5 or gain -6db", "/engine/gain", say_number, &gain, false, "how loud all of it is"},
    {"limiter", "right would be limiter on or limiter off", "/engine/limiter", say_number, &limiter, false,
     "the limiter behind all of it: nothing leaves above -1 dB while it is on"},
    {"gate", "right would be gate env on", NULL, say_gate, NULL, false,
     "opens or closes the gate of an instance, or of the envelope behind it: a key that is held"},
    {"note", "right would be note osc c4 100 0.5s", "/note", say_note, NULL, false,
     "plays a note: pitch, velocity up to 127, length; without a length until its gate is closed"},
    {"delete", "right would be delete osc", NULL, say_delete, NULL, false, "takes an instance out, with its cables"},
    {"play", "right would be play drums \"bd sn\"", NULL, say_play, NULL, false,
     "another pattern for an instance, at the next cycle; now, beat or bar behind it say when; alone it is a question"},
    {"mute", "right would be mute kick, mute kick hat over 2 bars or mute off", "/mute", say_mute, NULL, false,
     "silences instances; unmute brings them back; alone it is a question"},
    {"unmute", "right would be unmute kick, or unmute for all", "/mute", say_mute, NULL, false,
     "brings back what was muted"},
    {"solo", "right would be solo bass, solo bass over 1 beat or solo off", "/solo", say_mute, NULL, false,
     "lets through only what comes from these instances; unsolo ends it; alone it is a question"},
    {"unsolo", "right would be unsolo bass, or unsolo for all", "/solo", say_mute, NULL, false,
     "brings back what solo had silenced"},
    {"scene", "right would be scene save verse, scene verse, scene verse at beat over 4 bars or scene list", NULL,
     say_scene, NULL, false, "keeps knobs and patterns under a name, and brings them back at the next bar"},
    {"include", NULL, NULL, say_include, NULL, false, "all that another file says, in the place of this line"},
    {US_CONVENTION_WORD, "right would be understudy 2", NULL, say_convention, NULL, false,
     "the first line of a patch: pitch 0 is c4 everywhere; understudy 1 is how patches of before meant it"},
    {"file", "right would be file kit kick.wav", NULL, say_file, NULL, false,
     "another sound or tuning for an instance that reads one"},
    {"disconnect", "right would be disconnect osc -> vcf", NULL, say_disconnect, NULL, false,
     "takes a cable out; osc -/> vcf does the same"},
    {"test", "right would be test or test osc", "/test", say_test, NULL, true,
     "plays a short note, to hear whether anything is heard"},
    {"restore", "right would be restore vcf", "/module/restore", say_instance, NULL, true,
     "brings back an instance that was bypassed because it had failed"},
    {"transport", "right would be transport play, transport stop or transport locate 16", NULL, say_transport, NULL,
     true, "holds clocks and patterns, lets them go on, or goes to a beat; alone it says where the song is"},
    {"tap", NULL, "/tempo/tap", say_bare, NULL, true, "said twice or more in time, it sets the tempo"},
    {"undo", NULL, "/undo", say_bare, NULL, true, "takes the last change back; again, the one before"},
    {"redo", NULL, "/redo", say_bare, NULL, true, "does again what undo took back"},
    {"hush", NULL, "/hush", say_bare, NULL, true, "gives every pattern a rest; undo brings them back"},
    {"panic", NULL, "/panic", say_bare, NULL, true, "closes all gates and cuts what rings"},
    {"begin", NULL, "/patch/begin", say_bare, NULL, true,
     "collects the changes that follow; commit makes all of them sound at one block, abort forgets them"},
    {"commit", NULL, "/patch/commit", say_bare, NULL, true, "makes all changes since begin sound, at one block"},
    {"abort", NULL, "/patch/abort", say_bare, NULL, true, "forgets the changes since begin"},
    {"clear", NULL, "/patch/clear", say_bare, NULL, true, "takes everything out: instances, cables, scenes"},
    {"list", NULL, "/patch/list", say_bare, NULL, true, "the instances that play"},
    {"cables", NULL, "/patch/cables", say_bare, NULL, true, "the cables between them"},
    {"ping", NULL, "/ping", say_bare, NULL, true, "asks whether the synth answers"},
    {"time", NULL, "/time", say_bare, NULL, true, "where the song is, and how fast it goes"},
};
enum { STATEMENTS = sizeof statements / sizeof statements[0] };

int us_say_word(struct us_compiler *c)
{
	const struct us_word *word = us_word_next(c);
	for (size_t i = 0; i < STATEMENTS; i++) {
		const struct statement *s = &statements[i];
		if (strcmp(s->word, word->text) != 0)
			continue;
		if (s->running && c->text->whole)
			return us_fail(c->err,
			               "'%s' is for a running synth, not for a patch; understudy eval '%s' does it",
			               s->word, s->word);
		us_word_take(c);
		return s->say(c, s);
	}
	return US_NOT_MINE;
}

const char *us_lang_word(uint32_t n, const char **example)
{
	if (n >= STATEMENTS)
		return NULL;
	const char *right = statements[n].right, *begin = right ? strstr(right, statements[n].word) : NULL;
	*example = begin ? begin : statements[n].word;
	return statements[n].word;
}

const char *us_lang_word_does(uint32_t n)
{
	return n < STATEMENTS ? statements[n].does : NULL;
}

const char *us_say_nearest(const char *word)
{
	struct us_spelling spelling = {.wanted = word};
	for (size_t i = 0; i < STATEMENTS; i++)
		us_spelling_offer(&spelling, statements[i].word);
	return us_spelling_best(&spelling);
}
