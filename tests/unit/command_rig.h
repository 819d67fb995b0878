/* command_rig.h — what the tests of the commander share: a commander on the real modules (in $UNDERSTUDY_MODULES), an
 * outbox, and every answer as a line of text. */
#ifndef COMMAND_RIG_H
#define COMMAND_RIG_H

#include "command/commander.h"
#include "command/wildcard.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LOOKAHEAD = 3, ANSWERS = 4096 };

static struct us_library *library;
static enum us_from sender = US_FROM_OWNER; /* of what is said */

struct rig {
	struct us_commander *commander;
	struct us_record record[US_OUTBOX_RECORDS];
	struct us_outbox out;
	struct us_client client;
	uint32_t answers;
	char answer[ANSWERS][US_ERROR_BYTES + US_NAME_BYTES];
	uint64_t block;
};

static inline int note_answer(void *context, const struct us_command *c, struct us_err *err)
{
	struct rig *r = context;
	(void)err;
	if (r->answers == ANSWERS)
		return 0;
	char *text = r->answer[r->answers++], *end = text + sizeof r->answer[0];
	text += snprintf(text, (size_t)(end - text), "%.60s", c->address);
	for (uint32_t i = 0; i < c->argc && text < end; i++) {
		const struct us_arg *a = &c->arg[i];
		if (a->type == 's')
			text += snprintf(text, (size_t)(end - text), " %s", a->s);
		else if (a->type == 'd')
			text += snprintf(text, (size_t)(end - text), " %.9g", a->d);
		else
			text += snprintf(text, (size_t)(end - text), " %lld", (long long)a->i);
	}
	return 0;
}

/* types: i (int), d (double), s; T F N I carry nothing. */
static inline void say_at(struct rig *r, uint64_t at, const char *address, const char *types, ...)
{
	struct us_command c = {.address = address, .at = at};
	const struct us_message m = {.client = r->client,
	                             .from = sender,
	                             .command = &c,
	                             .out = &r->out,
	                             .reply = note_answer,
	                             .reply_context = r};
	va_list args;
	va_start(args, types);
	for (; *types; types++) {
		struct us_arg *a = &c.arg[c.argc++];
		a->type = *types;
		if (*types == 'i')
			a->i = va_arg(args, int);
		else if (*types == 'd')
			a->d = va_arg(args, double);
		else if (*types == 's')
			a->s = va_arg(args, const char *);
	}
	va_end(args);
	us_commander_take(r->commander, &m);
}
#define say(r, address, ...) say_at(r, US_NOW, address, __VA_ARGS__)

static inline void forget(struct rig *r)
{
	r->answers = 0;
	r->out.count = 0;
}

/* That names of a pattern have no cables, or beats are too long, is said, and no refusal: who tests something else
 * forgets it. */
static inline void forget_unheard(struct rig *r)
{
	static const char *const words[] = {"the pattern does not say", "names have an output", "nowhere", "halved to"};
	for (size_t i = 0; r->answers && i < 4; i++)
		while (r->answers && strstr(r->answer[r->answers - 1], words[i]))
			r->answers--;
}

static inline void go_to(struct rig *r, uint64_t block)
{
	r->block = block;
	us_commander_advance(r->commander, block, block + LOOKAHEAD, block * US_BLOCK / 48);
}

static inline struct rig *open_rig_at(bool chaos, uint64_t block)
{
	struct us_err err = {""};
	struct rig *r = calloc(1, sizeof *r);
	const struct us_commander_config config = {.rate = 48000, .library = library, .chaos = chaos};
	if (us_commander_open(&r->commander, &config, &err))
		fail_msg("%s", err.text);
	r->out = (struct us_outbox){.record = r->record, .room = US_OUTBOX_RECORDS};
	go_to(r, block);
	return r;
}

static inline struct rig *open_rig(bool chaos)
{
	return open_rig_at(chaos, 1000);
}

static inline int empty(void **state)
{
	*state = open_rig(false);
	return 0;
}

static inline int with_default_patch(void **state)
{
	static const char *const chain[] = {"sine", "adsr", "filter", "out"};
	struct rig *r = *state = open_rig(false);
	for (int i = 0; i < 4; i++)
		say(r, "/patch/create", "ss", chain[i], chain[i]);
	for (int i = 1; i < 4; i++)
		say(r, "/patch/connect", "ss", chain[i - 1], chain[i]);
	if (r->answers)
		fail_msg("%s", r->answer[0]);
	forget(r);
	return 0;
}

static inline int tear_down(void **state)
{
	struct rig *r = *state;
	us_commander_close(r->commander);
	free(r);
	return 0;
}

static inline uint16_t find(struct rig *r, const char *name)
{
	return us_engine_find(us_commander_model(r->commander), name);
}

static inline struct us_instance_view view_of(struct rig *r, const char *name)
{
	struct us_instance_view v;
	assert_true(us_engine_instance(us_commander_model(r->commander), find(r, name), &v));
	return v;
}

static inline float knob(struct rig *r, const char *name, const char *input)
{
	struct us_instance_view v = view_of(r, name);
	int i = us_module_input(v.module, input);
	assert_true(i >= 0);
	return us_engine_knob(us_commander_model(r->commander), v.index, (uint16_t)i);
}

/* An answer that starts so and has this in it. */
static inline void expect_answer(struct rig *r, const char *start, const char *part)
{
	for (uint32_t i = 0; i < r->answers; i++)
		if (strncmp(r->answer[i], start, strlen(start)) == 0 && strstr(r->answer[i], part))
			return;
	fail_msg("no answer %s … %s; the first of %u is: %s", start, part, r->answers, r->answers ? r->answer[0] : "");
}

/* An /error with these words, and not one record. */
static inline void expect_refusal(struct rig *r, const char *address, const char *part)
{
	char start[US_ADDRESS_BYTES + 8];
	snprintf(start, sizeof start, "/error %s", address);
	expect_answer(r, start, part);
	assert_int_equal(r->out.count, 0);
	forget(r);
}

static inline void expect_silence(struct rig *r)
{
	if (r->answers)
		fail_msg("%s", r->answer[0]);
}

static inline int open_library(void **state)
{
	struct us_err err = {""};
	const char *modules = getenv("UNDERSTUDY_MODULES");
	(void)state;
	if (modules && !us_library_open(&library, modules, &err))
		return 0;
	fprintf(stderr, "%s\n", modules ? err.text : "UNDERSTUDY_MODULES must name the directory of the modules");
	return -1;
}

static inline int close_library(void **state)
{
	(void)state;
	us_library_close(library);
	return 0;
}

#define on_patch(test) cmocka_unit_test_setup_teardown(test, with_default_patch, tear_down)

#endif
