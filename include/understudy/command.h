/* command.h — one command as an OSC message says it: an address and typed arguments.
 * The patch language compiles text to these, control decodes UDP packets to these, and src/command
 * turns them into journal records. No liblo in here, and no parsing of bytes. */
#ifndef UNDERSTUDY_COMMAND_H
#define UNDERSTUDY_COMMAND_H

#include <stdint.h>
#include <understudy/error.h>

enum { US_COMMAND_ARGS = 16 };

/* type is the OSC type tag: i h c → i;  f d → d;  s S → s;  T F N I carry no value. */
struct us_arg {
	char type;
	union {
		int64_t i;
		double d;
		const char *s; /* terminated; valid as long as the command */
	};
};

struct us_command {
	const char *address; /* "/mod/osc/freq" */
	uint64_t at;         /* absolute frame, or US_NOW */
	uint32_t argc;
	struct us_arg arg[US_COMMAND_ARGS];
};

/* Whoever takes commands one by one. Returns 0, or US_FAILED with a reason, which ends the giving. */
typedef int us_command_sink(void *context, const struct us_command *command, struct us_err *err);

#endif
