/* midi_rig.h — what the tests of understudy midi share: a sink that writes down what is said, and messages from bytes.
 */
#ifndef MIDI_RIG_H
#define MIDI_RIG_H

#include "midi/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/command.h>

#include <cmocka.h>

struct said {
	uint32_t count;
	double last; /* the last number that was said */
	char text[4096];
};

/* "/note lead 60 100; " */
static inline int hear(void *context, const struct us_command *c, struct us_err *err)
{
	struct said *s = context;
	char one[256];
	int n = snprintf(one, sizeof one, "%s", c->address);
	(void)err;
	for (uint32_t i = 0; i < c->argc; i++) {
		const struct us_arg *a = &c->arg[i];
		if (a->type == 's')
			n += snprintf(one + n, sizeof one - (size_t)n, " %s", a->s);
		else
			n += snprintf(one + n, sizeof one - (size_t)n, " %.6g", a->type == 'i' ? (double)a->i : a->d);
		if (a->type != 's')
			s->last = a->type == 'i' ? (double)a->i : a->d;
	}
	s->count++;
	if (strlen(s->text) + strlen(one) + 3 < sizeof s->text)
		strcat(strcat(s->text, one), "; ");
	return US_OK;
}

static inline void said_is(struct said *s, const char *text)
{
	if (strcmp(s->text, text) != 0)
		fail_msg("\nsaid:   %s\nwanted: %s", s->text, text);
	*s = (struct said){0};
}

static inline struct us_midi_message message(const char *hex)
{
	uint8_t bytes[8];
	size_t count = 0;
	struct us_midi_message m;
	unsigned byte;
	int used;
	for (; sscanf(hex, "%2x%n", &byte, &used) == 1; hex += used)
		bytes[count++] = (uint8_t)byte;
	if (!us_midi_read(&m, bytes, count))
		fail_msg("%s is no message", hex);
	return m;
}

#endif
