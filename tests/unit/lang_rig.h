/* lang_rig.h — what the tests of the patch language share: a few modules of their own, and a sink that writes every
 * command down as one line, "/mod/osc/freq 110". Strings are quoted. */
#ifndef LANG_RIG_H
#define LANG_RIG_H

#include "lang/lang.h"
#include "lang/spelling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct us_module osc_module = {
    .name = "osc",
    .inputs = {{"freq", US_HZ, 440, 0.01f, 20000, US_EXP, ""},
               {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, ""},
               {"phase", US_RATIO, 0, -1, 1, US_LIN, ""}},
    .outputs = {{"out", ""}, {"sub", ""}},
};
static const struct us_module filter_module = {
    .name = "filter",
    .inputs = {{"cutoff", US_HZ, 1000, 10, 20000, US_EXP, ""},
               {"in", US_SIGNAL, 0, -1, 1, US_LIN, ""},
               {"res", US_RATIO, 0, 0, 1, US_LIN, ""},
               {"mode", US_CHOICE, 0, 0, 2, US_STEP, "", "low|high|band"}},
    .outputs = {{"out", ""}, {"low", ""}},
};
static const struct us_module adsr_module = {
    .name = "adsr",
    .inputs = {{"in", US_SIGNAL, 1, -1, 1, US_LIN, ""},
               {"gate", US_GATE, 0, 0, 1, US_STEP, ""},
               {"attack", US_MS, 10, 0, 10000, US_LIN, ""},
               {"steps", US_COUNT, 4, 1, 16, US_STEP, ""}},
    .outputs = {{"out", ""}},
};
static const struct us_module out_module = {
    .name = "out",
    .flags = US_SINK | US_MIXDOWN,
    .inputs = {{"in", US_SIGNAL, 0, -1, 1, US_LIN, ""}, {"level", US_RATIO, 1, 0, 2, US_LIN, ""}},
    .outputs = {{"out", ""}},
};
static const struct us_module deaf_module = {.name = "deaf", .outputs = {{"out", ""}}};
static const struct us_module mute_module = {.name = "mute", .inputs = {{"in", US_SIGNAL, 0, -1, 1, US_LIN, ""}}};
static const struct us_module *const rig_modules[] = {&osc_module, &filter_module, &adsr_module,
                                                      &out_module, &deaf_module,   &mute_module};
enum { RIG_MODULES = sizeof rig_modules / sizeof rig_modules[0] };

struct rig {
	char said[16384]; /* commands, a line each */
	size_t used;
	uint32_t commands;
	struct us_err err;
};

static inline const struct us_module *rig_find(void *context, const char *name)
{
	(void)context;
	for (size_t i = 0; i < RIG_MODULES; i++)
		if (strcmp(rig_modules[i]->name, name) == 0)
			return rig_modules[i];
	return NULL;
}

static inline const char *rig_nearest(void *context, const char *name)
{
	(void)context;
	struct us_spelling s = {.wanted = name};
	for (size_t i = 0; i < RIG_MODULES; i++)
		us_spelling_offer(&s, rig_modules[i]->name);
	return us_spelling_best(&s);
}

static inline int rig_hear(void *context, const struct us_command *command, struct us_err *err)
{
	struct rig *r = context;
	(void)err;
	char line[512];
	size_t n = (size_t)snprintf(line, sizeof line, "%s", command->address);
	for (uint32_t i = 0; i < command->argc; i++) {
		const struct us_arg *a = &command->arg[i];
		if (a->type == 's')
			n += (size_t)snprintf(line + n, sizeof line - n, " \"%s\"", a->s);
		else if (a->type == 'i')
			n += (size_t)snprintf(line + n, sizeof line - n, " %lld", (long long)a->i);
		else
			n += (size_t)snprintf(line + n, sizeof line - n, " %.9g", a->d);
	}
	r->commands++;
	if (r->used + n + 2 < sizeof r->said)
		r->used += (size_t)snprintf(r->said + r->used, sizeof r->said - r->used, "%s\n", line);
	return US_OK;
}

/* Files that can be included. */
static const char *const rig_files[][2] = {
    {"p/voice.us", "osc = osc\n"},
    {"p/deep/two.us", "include three.us\n"},
    {"p/deep/three.us", "b = osc\n"},
    {"p/bad.us", "\nx = osk\n"},
    {"p/self.us", "include self.us\n"},
    {"p/ping.us", "include pong.us\n"},
    {"p/pong.us", "\ninclude ping.us\n"},
    {"p/part.us", "input cutoff = vcf.cutoff\noutput out = vcf.low\ninput in = vcf\nosc = osc\nvcf = filter res=0.5\n"
                  "osc -> vcf\n"},
    {"p/outer.us", "one = part.us cutoff=1khz\noutput out = one\ninput tone = one.cutoff\n"},
    {"p/loud.us", "osc = osc\nosc -> out\n"},
    {"p/lost.us", "input in = none.in\nosc = osc\n"},
    {"p/loop.us", "a = loop.us\n"},
    {"p/twice.us", "a = osc\ninput in = a.freq\ninput in = a.pitch\n"},
    {"p/tempo.us", "tempo 100\n"},
};

static inline int rig_read(void *context, const char *path, char **text, size_t *bytes, struct us_err *err)
{
	(void)context;
	for (size_t i = 0; i < sizeof rig_files / sizeof rig_files[0]; i++)
		if (strcmp(rig_files[i][0], path) == 0) {
			*text = strdup(rig_files[i][1]);
			*bytes = strlen(*text);
			return US_OK;
		}
	return us_fail(err, "cannot read %s: no such file", path);
}

static inline int rig_compile(struct rig *r, const char *text, size_t bytes, const char *file, bool whole)
{
	const struct us_lang_catalogue catalogue = {.find = rig_find, .nearest = rig_nearest, .read = rig_read};
	const struct us_lang_text t = {.text = text, .bytes = bytes, .file = file, .whole = whole};
	*r = (struct rig){0};
	return us_lang_compile(&t, &catalogue, rig_hear, r, &r->err);
}

/* A whole patch, and what it must become. */
static inline void becomes(const char *patch, const char *said)
{
	static struct rig r;
	if (rig_compile(&r, patch, strlen(patch), "p.us", true))
		fail_msg("refused: %s\nin: %s", r.err.text, patch);
	assert_string_equal(r.said, said);
}

/* A line for a running synth, and what it must become. */
static inline void line_becomes(const char *line, const char *said)
{
	static struct rig r;
	if (rig_compile(&r, line, strlen(line), NULL, false))
		fail_msg("refused: %s\nin: %s", r.err.text, line);
	assert_string_equal(r.said, said);
}

static inline void refused(const char *text, bool whole, const char *message)
{
	static struct rig r;
	if (rig_compile(&r, text, strlen(text), whole ? "p.us" : NULL, whole) == US_OK)
		fail_msg("accepted: %s", text);
	if (strcmp(r.err.text, message) != 0)
		fail_msg("\ntext:     %s\nsaid:     %s\nexpected: %s", text, r.err.text, message);
}

#endif
