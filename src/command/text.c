/* text.c — /patch/text [first line]: the patch that plays, as text in the patch language that loads to the same sound.
 *
 * Instances in the order of their places, cables in the order of their making: both decide which of two cables in a
 * loop is the late one, and in what order an input's cables are added up. Numbers are written so that the same float is
 * read back. Only what differs from the modules' own values is said. */
#include "internal.h"

#include "lang/convention.h"
#include "lang/song_key.h"
#include "lang/value.h"
#include "pattern/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/pattern.h>

enum {
	PAGE_LINES = 64,
	/* A name, a module, a file and a pattern, each letter of them written with four. */
	LINE_BYTES = 4 * (US_PATTERN_TEXT + US_TABLE_NAME_BYTES) + 256,
	LINE_WANTED = 112, /* knobs that do not fit in there have lines of their own */
};

struct page {
	struct us_turn *turn;
	uint32_t first, line; /* `line` is the next one */
};

__attribute__((format(printf, 2, 3))) static void say(struct page *p, const char *format, ...)
{
	char text[LINE_BYTES];
	va_list args;
	if (p->line >= p->first && p->line < p->first + PAGE_LINES) {
		va_start(args, format);
		vsnprintf(text, sizeof text, format, args);
		va_end(args);
		us_turn_reply(p->turn, "/patch/text", "is", (int64_t)p->line, text);
	}
	p->line++;
}

/* --- instances --------------------------------------------------------------------------------------------------- */

/* Appends name="text"; what cannot stand in quotes stands there as the language writes it (src/lang/words.c). */
static size_t quote(char *line, size_t used, const char *name, const char *text)
{
	used += (size_t)snprintf(line + used, LINE_BYTES - used, " %s=\"", name);
	for (const char *p = text; *p && used < LINE_BYTES - 8; p++) {
		const unsigned char c = (unsigned char)*p;
		/* A backslash stands for itself unless what follows would make it mean something else. */
		if (c == '"' || (c == '\\' && (!p[1] || strchr("\"\\ntx", p[1]))))
			used += (size_t)sprintf(line + used, "\\%c", c);
		else if (c == '\n' || c == '\t')
			used += (size_t)sprintf(line + used, "\\%c", c == '\n' ? 'n' : 't');
		else if (c < ' ' || c == 127)
			used += (size_t)sprintf(line + used, "\\x%02x", c);
		else
			line[used++] = *p;
	}
	line[used++] = '"';
	line[used] = 0;
	return used;
}

/* Name n of a pattern, "" if there is none. */
static const char *name_of(const struct us_pattern *p, uint32_t n)
{
	return p && n <= p->names ? us_pattern_name(p, n) : "";
}

/* What follows a pattern's text, so that its cables find the same outputs when it is read anew: its names in their
 * order, where the text alone would order them otherwise, or has lost one that has a cable. */
static void add_names(const struct page *p, const struct us_instance_view *v, const struct us_pattern *pattern,
                      char text[static US_PATTERN_TEXT])
{
	const uint64_t held = us_outputs_held(p->turn->commander->model, v);
	uint32_t column, last = 0;
	struct us_pattern *anew = us_pattern_new(us_pattern_text(pattern), &column, NULL);
	for (uint32_t n = 1; anew && n <= US_PATTERN_OUTPUTS; n++)
		if (held >> (n - 1) & 1 && strcmp(name_of(pattern, n), name_of(anew, n)) != 0)
			last = pattern->names;
	size_t used = strlen(text);
	used += last ? (size_t)snprintf(text + used, US_PATTERN_TEXT - used, "; names") : 0;
	for (uint32_t n = 1; n <= last && used < US_PATTERN_TEXT; n++) {
		const char *name = name_of(pattern, n);
		bool wanted = n <= US_PATTERN_OUTPUTS && held >> (n - 1) & 1;
		for (uint32_t k = 1; k <= anew->names; k++)
			wanted |= strcmp(name_of(anew, k), name) == 0;
		used += (size_t)snprintf(text + used, US_PATTERN_TEXT - used, " %s", wanted && *name ? name : "~");
	}
	if (used >= US_PATTERN_TEXT) /* longer than a pattern can be */
		snprintf(text, US_PATTERN_TEXT, "%s", us_pattern_text(pattern));
	free(anew);
}

static void say_instance(struct page *p, const struct us_instance_view *v)
{
	const struct us_commander *c = p->turn->commander;
	const struct us_pattern *pattern = us_engine_next_pattern(c->model, v->index);
	const struct us_shelf *shelf = c->config.shelf;
	const uint32_t inputs = us_module_input_count(v->module);
	struct us_shelf_entry file;
	char line[LINE_BYTES], value[48];
	size_t used = (size_t)snprintf(line, sizeof line, "%s = %s", v->name, v->module->name);
	uint32_t i = 0;
	if (v->asked)
		used += (size_t)snprintf(line + used, sizeof line - used, " voices=%u", v->asked);
	if (us_shelf_entry(shelf, v->table, &file))
		used = quote(line, used, "file", file.name);
	if (pattern && pattern->nodes) {
		char text[US_PATTERN_TEXT];
		snprintf(text, sizeof text, "%s", us_pattern_text(pattern));
		add_names(p, v, pattern, text);
		used = quote(line, used, "play", text);
	}
	for (; i < inputs && used < LINE_WANTED; i++) {
		const struct us_input *input = &v->module->inputs[i];
		const float knob = us_engine_knob(c->model, v->index, (uint16_t)i);
		if (knob != input->value)
			used += (size_t)snprintf(line + used, sizeof line - used, " %s=%s", input->name,
			                         us_value_print(value, knob, input));
	}
	say(p, "%s", line);
	for (; i < inputs; i++) {
		const struct us_input *input = &v->module->inputs[i];
		const float knob = us_engine_knob(c->model, v->index, (uint16_t)i);
		if (knob != input->value)
			say(p, "%s.%s %s", v->name, input->name, us_value_print(value, knob, input));
	}
}

/* --- cables ------------------------------------------------------------------------------------------------------ */

/* The input that a cable goes to if none is named. */
static bool is_plain(const struct us_module *module, uint8_t input)
{
	const int in = us_module_input(module, "in");
	return input == (in < 0 ? 0 : in);
}

static void say_cable(struct page *p, const struct us_cable_view *c)
{
	const struct us_engine *model = p->turn->commander->model;
	struct us_instance_view from, to;
	char amount[48], output[US_PATTERN_NAME_BYTES];
	if (!us_engine_instance(model, c->source, &from) || !us_engine_instance(model, c->instance, &to))
		return;
	const struct us_input *input = &to.module->inputs[c->input];
	const bool first = c->output == 0, plain = is_plain(to.module, c->input);
	say(p, "%s%s%s -> %s%s%s%s%s", from.name, first ? "" : ".",
	    first ? "" : us_output_name(from.module, us_engine_next_pattern(model, c->source), c->output, output),
	    to.name, plain ? "" : ".", plain ? "" : input->name, c->amount != 1 ? " *" : "",
	    c->amount != 1 ? us_value_print(amount, c->amount, input) : "");
}

/* --- mute and solo ----------------------------------------------------------------------------------------------- */

static void say_marks(struct page *p)
{
	struct us_instance_view v;
	bool begun = false;
	for (uint16_t i = 0; i < US_INDICES; i++) {
		if (!us_engine_instance(p->turn->commander->model, i, &v) || !(v.muted || v.solo))
			continue;
		if (!begun)
			say(p, "%s", "");
		begun = true;
		if (v.muted)
			say(p, "mute %s", v.name);
		if (v.solo)
			say(p, "solo %s", v.name);
	}
}

/* --- scenes ------------------------------------------------------------------------------------------------------ */

/* A line holds values of one scene, as many as fit well. */
static void say_scenes(struct page *p)
{
	struct us_scene_line v;
	char line[LINE_BYTES], name[US_NAME_BYTES] = "";
	size_t used = 0;
	for (const char *at = us_scenes_text(p->turn->commander); us_scene_line(&at, &v);) {
		if (used && (strcmp(name, v.name) || used >= LINE_WANTED)) {
			say(p, "%s", line);
			used = 0;
		}
		if (!used) {
			used = (size_t)snprintf(line, sizeof line, "scene %s", v.name);
			strcpy(name, v.name);
		}
		if (strcmp(v.place + strcspn(v.place, "."), ".play") == 0 || strchr(v.value, ' '))
			used = quote(line, used, v.place, v.value);
		else
			used += (size_t)snprintf(line + used, sizeof line - used, " %s=%s", v.place, v.value);
	}
	if (used > strlen("scene ") + strlen(name))
		say(p, "%s", line);
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

static void say_patch(struct page *p)
{
	const struct us_engine *model = p->turn->commander->model;
	struct us_instance_view instance;
	struct us_cable_view cable;
	char number[48];
	say(p, "understudy %d", US_CONVENTION);
	say(p, "tempo %s", us_value_print(number, us_engine_tempo(model), NULL));
	const struct us_key_view key = us_engine_next_key(model);
	if (key.root || key.scale)
		say(p, "key %s", us_song_key_print(number, key.root, key.scale));
	say(p, "gain %s", us_value_print(number, us_engine_gain(model), NULL));
	if (!us_engine_limiter(model))
		say(p, "%s", "limiter off");
	say(p, "%s", "");
	for (uint16_t i = 0; i < US_INDICES; i++)
		if (us_engine_instance(model, i, &instance))
			say_instance(p, &instance);
	for (uint32_t place = 0, n = 0; us_engine_next_cable(model, &place, &cable); n++) {
		if (n == 0)
			say(p, "%s", "");
		say_cable(p, &cable);
	}
	say_marks(p);
	if (us_scenes_text(p->turn->commander)[0])
		say(p, "%s", "");
	say_scenes(p);
}

/* An answer for each of the lines from the one that was asked for, /patch/text number line; the last one has the number
 * to ask for next, how many lines there are, and a number that changes with the patch: pages of two patches do not fit
 * together. */
int us_act_text(struct us_turn *turn)
{
	struct page p = {.turn = turn};
	int64_t first = 0;
	if (turn->command->argc > 0 && us_turn_whole(turn, 0, 0, INT32_MAX, &first))
		return US_FAILED;
	p.first = (uint32_t)first;
	say_patch(&p);
	const uint32_t next = p.first + PAGE_LINES < p.line ? p.first + PAGE_LINES : p.line;
	us_turn_reply(turn, "/patch/text", "iii", (int64_t)next, (int64_t)p.line,
	              (int64_t)(turn->commander->generation & INT32_MAX));
	return US_OK;
}
