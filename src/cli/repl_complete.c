/* repl_complete.c — how the word at the cursor could go on: decided by the words before it, filled from what plays,
 * from the modules' descriptors and from the language. */
#include "repl.h"

#include "lang/plain.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <understudy/names.h>
#include <understudy/pitch.h>

enum { WORDS = 32, NAMES_PATIENCE_MS = 100 };

/* The line up to the cursor, cut where completion cares: at spaces, and at = and * whoever stands close to them. */
struct cut {
	char text[1024];
	const char *word[WORDS + 1]; /* the last one is being typed, and may be empty */
	uint32_t count;              /* of those before it */
	size_t from;                 /* where it begins in the line */
};

struct completion {
	const struct us_repl *repl;
	struct us_candidates *out;
	struct cut cut;
};

static bool cut_line(struct cut *cut, const char *line, size_t cursor)
{
	size_t used = 0, from = 0;
	bool inside = false;
	cut->count = 0;
	cut->word[0] = cut->text;
	if (cursor * 3 + 2 > sizeof cut->text)
		return false;
	for (size_t i = 0; i < cursor; i++) {
		const bool sign = strchr("=*", line[i]) != NULL, space = strchr(" \t\"", line[i]) != NULL;
		if (!space && !sign) {
			if (!inside)
				from = i;
			inside = true;
			cut->text[used++] = line[i];
			continue;
		}
		for (int part = inside ? 0 : 1; part < 1 + sign; part++) {
			if (part)
				cut->text[used++] = line[i];
			cut->text[used++] = 0;
			if (++cut->count > WORDS)
				return false;
			cut->word[cut->count] = cut->text + used;
		}
		inside = false;
	}
	cut->text[used] = 0;
	cut->from = inside ? from : cursor;
	return true;
}

/* `n` words before the one that is being typed. "": there is none. */
static const char *before(const struct completion *c, uint32_t n)
{
	return n <= c->cut.count ? c->cut.word[c->cut.count - n] : "";
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* --- candidates -------------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void offer(struct completion *c, char suffix, const char *format, ...)
{
	char text[US_CANDIDATE_BYTES];
	va_list args;
	const char *typed = c->cut.word[c->cut.count];
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (strncmp(text, typed, strlen(typed)) != 0)
		return;
	for (uint32_t i = 0; i < c->out->count; i++)
		if (is(c->out->list[i].text, text))
			return;
	if (c->out->count < US_CANDIDATES) {
		struct us_candidate *to = &c->out->list[c->out->count++];
		strcpy(to->text, text);
		to->suffix = suffix;
	}
}

static bool ends_with_one_of(const char *name, const char *endings)
{
	char copy[80], *rest = copy;
	snprintf(copy, sizeof copy, "%s", endings);
	for (char *ending; (ending = strsep(&rest, " "));)
		if (strlen(name) > strlen(ending) && is(name + strlen(name) - strlen(ending), ending))
			return true;
	return false;
}

/* Files with one of these endings, and directories on the way to them; as far as the path that is typed goes. */
static void offer_files(struct completion *c, const char *endings)
{
	char place[PATH_MAX], home[PATH_MAX], path[2 * PATH_MAX];
	const char *typed = c->cut.word[c->cut.count], *slash = strrchr(typed, '/');
	const int above = slash ? (int)(slash + 1 - typed) : 0;
	struct dirent *entry;
	struct stat st;
	snprintf(place, sizeof place, "%.*s", above, above ? typed : "");
	const char *directory = above ? us_plain_path(place, home, sizeof home) : ".";
	DIR *d = opendir(directory);
	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.' && typed[above] != '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		if (stat(path, &st) || strpbrk(entry->d_name, " \t\"=*"))
			continue; /* what would have to be quoted is not offered */
		if (S_ISDIR(st.st_mode))
			offer(c, 0, "%.*s%s/", above, typed, entry->d_name);
		else if (ends_with_one_of(entry->d_name, endings))
			offer(c, ' ', "%.*s%s", above, typed, entry->d_name);
	}
	if (d)
		closedir(d);
}

#define SOUNDS ".wav .flac .aiff .aif .ogg .scl"

static void offer_words(struct completion *c, const char *words)
{
	char copy[256], *rest = copy;
	snprintf(copy, sizeof copy, "%s", words);
	for (char *word; (word = strsep(&rest, " |"));)
		offer(c, ' ', "%s", word);
}

static void offer_instances(struct completion *c, char suffix)
{
	for (uint32_t i = 0; i < c->repl->talk.roll->count; i++)
		offer(c, suffix, "%s", c->repl->talk.roll->list[i].name);
}

static void offer_modules(struct completion *c)
{
	const struct us_module *module;
	for (uint32_t i = 0; (module = us_library_at(c->repl->talk.library, i)); i++)
		offer(c, ' ', "%s", module->name);
}

static void offer_notes(struct completion *c)
{
	static const char *const notes[] = {"c", "c#", "d", "d#", "e", "f", "f#", "g", "g#", "a", "a#", "b"};
	for (uint32_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
		for (int octave = 0; octave <= 8; octave++)
			offer(c, ' ', "%s%d", notes[i], octave);
}

/* What may be said as the value of an input, where words are. */
static void offer_values(struct completion *c, const struct us_input *input)
{
	if (input->choices)
		offer_words(c, input->choices);
	else if (input->unit == US_GATE || input->unit == US_TRIGGER)
		offer_words(c, "on off");
	else if ((input->unit == US_HZ || input->unit == US_SEMITONE) && *c->cut.word[c->cut.count])
		offer_notes(c);
}

/* "vcf.cu": the instance that is meant, and its inputs, its outputs, or both. */
static void offer_ports(struct completion *c, bool outputs, bool inputs)
{
	char name[US_NAME_BYTES];
	const char *typed = c->cut.word[c->cut.count];
	snprintf(name, sizeof name, "%.*s", (int)strcspn(typed, "."), typed);
	const struct us_roll_entry *instance = us_roll_find(c->repl->talk.roll, name);
	const struct us_module *m = instance ? instance->module : NULL;
	for (uint32_t i = 0; m && inputs && i < us_module_input_count(m); i++)
		offer(c, ' ', "%s.%s", name, m->inputs[i].name);
	for (uint32_t i = 0; m && outputs && i < us_module_output_count(m); i++)
		offer(c, ' ', "%s.%s", name, m->outputs[i].name);
}

static const struct us_input *input_of(const struct us_module *m, const char *name)
{
	const int input = m ? us_module_input(m, name) : -1;
	return input < 0 ? NULL : &m->inputs[input];
}

/* --- places ------------------------------------------------------------------------------------------------------ */

static void begin_line(struct completion *c)
{
	const struct us_repl_word *own;
	const char *word, *example;
	for (uint32_t i = 0; (own = us_repl_word(i)); i++)
		offer(c, ' ', "%s", own->word);
	for (uint32_t i = 0; (word = us_lang_word(i, &example)); i++)
		offer(c, is(word, example) ? 0 : ' ', "%s", word);
	offer_instances(c, 0);
}

/* osc = saw freq=110 */
static void complete_instance(struct completion *c)
{
	const char *last = before(c, 1);
	if (c->cut.count == 2) {
		offer_modules(c);
		return;
	}
	const struct us_module *module = us_library_find(c->repl->talk.library, c->cut.word[2]);
	if (is(last, "=") && is(before(c, 2), "file")) {
		offer_files(c, SOUNDS);
		return;
	}
	if (is(last, "=")) {
		const struct us_input *input = input_of(module, before(c, 2));
		if (input)
			offer_values(c, input);
		return;
	}
	for (uint32_t i = 0; module && i < us_module_input_count(module); i++)
		offer(c, '=', "%s", module->inputs[i].name);
	offer(c, '=', "voices");
	if (module && module->flags & US_TABLE)
		offer(c, '=', "file");
	if (module && module->flags & US_PATTERN)
		offer(c, '=', "play");
}

/* vcf.cutoff 800hz */
static void complete_value(struct completion *c)
{
	char name[US_NAME_BYTES];
	const char *knob = c->cut.word[0], *dot = strchr(knob, '.');
	snprintf(name, sizeof name, "%.*s", (int)(dot - knob), knob);
	const struct us_roll_entry *instance = us_roll_find(c->repl->talk.roll, name);
	const struct us_input *input = instance ? input_of(instance->module, dot + 1) : NULL;
	if (input)
		offer_values(c, input);
}

/* vcf.cutoff -> 4khz over 4 bars */
static void complete_ramp(struct completion *c)
{
	const char *last = before(c, 1);
	if (is(last, "over"))
		return;
	if (is(before(c, 2), "over"))
		offer_words(c, is(last, "1") ? "bar beat" : "bars beats");
	else if (!is(last, "=") && !is(last, "*") && !is(last, "->"))
		offer(c, ' ', "over");
}

static void offer_scenes(struct completion *c)
{
	for (uint32_t i = 0; i < c->repl->talk.roll->scenes; i++)
		offer(c, ' ', "%s", c->repl->talk.roll->scene[i]);
}

/* scene save verse drums, scene verse at bar over 4 bars */
static void complete_scene(struct completion *c)
{
	const char *what = c->cut.word[1], *last = before(c, 1);
	const bool save = is(what, "save");
	if (c->cut.count == 1)
		offer_words(c, "save list delete");
	if (c->cut.count == 1 || (c->cut.count == 2 && (save || is(what, "delete"))))
		offer_scenes(c);
	else if (save)
		offer_instances(c, ' ');
	else if (is(last, "at"))
		offer_words(c, "bar beat");
	else if (c->cut.count == 2)
		offer_words(c, "at over now");
	else
		complete_ramp(c);
}

/* key d dorian at beat */
static void complete_key(struct completion *c)
{
	if (c->cut.count == 1)
		offer_words(c, US_ROOT_NAMES "|off");
	else if (c->cut.count == 2 && !is(before(c, 1), "off"))
		offer_words(c, US_SCALE_NAMES);
	else if (c->cut.count <= 3)
		offer_words(c, "now beat bar cycle");
}

/* Words of the table that are one word. */
static void offer_musical(struct completion *c)
{
	const char *name;
	for (uint32_t i = 0; c->repl->words && (name = us_words_name(c->repl->words, i)); i++)
		if (!strchr(name, ' '))
			offer(c, ' ', "%s", name);
}

static void complete_argument(struct completion *c)
{
	const char *statement = c->cut.word[0];
	if (is(statement, "help")) {
		begin_line(c);
		offer_modules(c);
		offer_musical(c);
	} else if (is(statement, "mute") || is(statement, "unmute") || is(statement, "solo") ||
	           is(statement, "unsolo")) {
		if (!is(before(c, 1), "over") && !is(before(c, 2), "over"))
			offer_instances(c, ' ');
		complete_ramp(c);
	} else if (is(statement, "file") && c->cut.count == 2) {
		offer_files(c, SOUNDS);
	} else if (c->cut.count == 1) {
		offer_instances(c, ' ');
	} else if (is(statement, "note")) {
		offer_notes(c);
	} else if (is(statement, "gate")) {
		offer_words(c, "on off");
	} else if (is(statement, "play")) {
		offer_words(c, "now beat bar cycle");
	}
}

static bool takes_instance(const char *statement)
{
	static const char *const words[] = {"mute",   "unmute", "solo", "unsolo", "help",    "gate",      "note",
	                                    "delete", "play",   "file", "test",   "restore", "disconnect"};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (is(words[i], statement))
			return true;
	return false;
}

static void complete_word(struct completion *c)
{
	const char *typed = c->cut.word[c->cut.count], *last = before(c, 1);
	const bool arrow = is(last, "->") || is(last, "-/>");
	if (strchr(typed, '.') && (c->cut.count == 0 || arrow))
		offer_ports(c, !arrow, true);
	else if (c->cut.count == 0)
		begin_line(c);
	else if (arrow)
		offer_instances(c, 0);
	else if (is(c->cut.word[1], "=") && c->cut.count >= 2)
		complete_instance(c);
	else if (is(c->cut.word[0], "scene"))
		complete_scene(c);
	else if (is(c->cut.word[0], "key"))
		complete_key(c);
	else if (is(c->cut.word[0], "load") || is(c->cut.word[0], "save") || is(c->cut.word[0], "include"))
		offer_files(c, ".us");
	else if (is(c->cut.word[0], "record"))
		offer_words(c, "stop"), offer_files(c, ".wav");
	else if (is(c->cut.word[0], "say") || is(c->cut.word[0], "explain"))
		offer_musical(c), offer_instances(c, ' ');
	else if (takes_instance(c->cut.word[0]))
		complete_argument(c);
	else if (strchr(c->cut.word[0], '.') && c->cut.count == 1)
		complete_value(c);
	else if (strchr(c->cut.word[0], '.'))
		complete_ramp(c);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct us_candidate *)a)->text, ((const struct us_candidate *)b)->text);
}

void us_repl_complete(void *context, const char *line, size_t cursor, struct us_candidates *candidates)
{
	struct us_repl *r = context;
	struct completion c = {.repl = r, .out = candidates};
	if (!cut_line(&c.cut, line, cursor))
		return;
	us_roll_ask(&r->talk, r->talk.roll, NAMES_PATIENCE_MS); /* if nobody answers, what was known last */
	candidates->from = c.cut.from;
	struct us_err unread;
	const char *first = c.cut.word[0];
	if (!r->words && (is(first, "say") || is(first, "explain") || is(first, "help")))
		us_vocabulary_open(&r->words, &unread);
	complete_word(&c);
	qsort(candidates->list, candidates->count, sizeof candidates->list[0], by_name);
}
