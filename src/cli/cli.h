/* cli.h — the `understudy` program: a table of subcommands, and what they share. Ordinary processes: their death costs
 * nobody anything. Exit codes: 0 done, 1 could not be done, 2 not understood. */
#ifndef US_CLI_H
#define US_CLI_H

#include "ipc/shm.h"

#include <stdbool.h>
#include <understudy/error.h>
#include <understudy/module.h>

enum us_cli_exit { US_CLI_DONE, US_CLI_FAILED, US_CLI_USAGE };

/* Prints "understudy: reason" and returns US_CLI_FAILED. */
int us_cli_refuse(const struct us_err *err);
/* Prints what is wrong with the call, and where to read more. Returns US_CLI_USAGE. */
__attribute__((format(printf, 2, 3))) int us_cli_misused(const char *subcommand, const char *format, ...);
/* "understudy 0.1" */
void us_cli_print_version(void);

/* The session to talk to: `name` if given, else the only one that lives, else "main". */
int us_cli_session(char chosen[US_SESSION_BYTES], const char *name, struct us_err *err);

/* Prints what a module is: `understudy modules NAME`. */
void us_cli_describe(const struct us_module *module);
/* One input or output of it; false: there is none of this name. */
bool us_cli_describe_port(const struct us_module *module, const char *port);

/* main.c: the table of subcommands; NULL behind the last. */
enum us_cli_takes {
	US_TAKES_NOTHING,
	US_TAKES_PATCH,
	US_TAKES_LOG,
	US_TAKES_KNOB,
	US_TAKES_LINE,
	US_TAKES_WORDS,
	US_TAKES_MODULE,
	US_TAKES_FAULT,
	US_TAKES_SUBCOMMAND,
	US_TAKES_SHELL
};
struct us_subcommand {
	const char *name;
	int (*call)(int argc, char **argv);
	const char *summary;
	enum us_cli_takes takes; /* what stands behind it, for completion */
};
const struct us_subcommand *us_cli_subcommand(uint32_t n);

/* Subcommands: argv[0] is the subcommand itself. */
int us_cli_run(int argc, char **argv);
int us_cli_status(int argc, char **argv);
int us_cli_sessions(int argc, char **argv);
int us_cli_modules(int argc, char **argv);
int us_cli_devices(int argc, char **argv);
int us_cli_doctor(int argc, char **argv);
int us_cli_stop(int argc, char **argv);
int us_cli_fault(int argc, char **argv);
int us_cli_set(int argc, char **argv);
int us_cli_load(int argc, char **argv);
int us_cli_eval(int argc, char **argv);
int us_cli_events(int argc, char **argv);
int us_cli_repl(int argc, char **argv);
int us_cli_say(int argc, char **argv);
int us_cli_explain(int argc, char **argv);
int us_cli_midi(int argc, char **argv);
int us_cli_watch(int argc, char **argv);
int us_cli_check(int argc, char **argv);
int us_cli_save(int argc, char **argv);
int us_cli_fmt(int argc, char **argv);
int us_cli_replay(int argc, char **argv);
int us_cli_render(int argc, char **argv);
int us_cli_complete(int argc, char **argv);

#endif
