/* events.h — what a pattern does, in words and a picture: for the subcommand and the prompt. */
#ifndef US_CLI_EVENTS_H
#define US_CLI_EVENTS_H

#include <stdint.h>
#include <understudy/error.h>

/* To standard output, of the first so many cycles. Fails with the column and a hint. [allocates] */
int us_events_say(const char *text, int64_t cycles, struct us_err *err);

#endif
