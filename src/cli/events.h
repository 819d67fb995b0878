/* events.h — what a pattern does, in words and a picture: for the subcommand and the prompt. */
#ifndef US_CLI_EVENTS_H
#define US_CLI_EVENTS_H

#include <stdint.h>
#include <understudy/error.h>

struct us_talk;

struct us_events {
	const char *name; /* of the instance whose chance it is; NULL: a chance of its own */
	int64_t from, cycles;
};

/* To standard output. Fails with the column and a hint. [allocates] */
int us_events_say(const char *text, const struct us_events *how, struct us_err *err);

/* What an instance plays; the caller frees *text. Fails where there is no such instance, or it plays no patterns. */
int us_events_ask(struct us_talk *talk, const char *name, char **text, struct us_err *err);

#endif
