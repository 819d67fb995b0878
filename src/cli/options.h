/* options.h — the options of a subcommand. Each has --help and --version; each misspelling gets a suggestion. */
#ifndef US_CLI_OPTIONS_H
#define US_CLI_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

/* As the only word it lists the options, "--rate=" where one takes a value: see complete.c. */
#define US_CLI_LIST_OPTIONS "--list-options"

enum { US_CLI_GO_ON = -1 }; /* else: an exit code */
enum us_cli_key {
	US_CLI_HELP = 0x100,
	US_CLI_VERSION,
	US_CLI_SESSION,
	US_CLI_OWN /* the subcommand's, from here on */
};

/* Ends the table of every subcommand. */
#define US_CLI_COMMON                                                                                                  \
	{"help", no_argument, NULL, US_CLI_HELP}, {"version", no_argument, NULL, US_CLI_VERSION},                      \
	{                                                                                                              \
		NULL, 0, NULL, 0                                                                                       \
	}

struct us_cli_options {
	const char *usage;
	const struct option *table;
	const char *letters; /* for getopt_long, beginning with ":"; NULL: none */
	bool text;           /* the other words are free text: what begins with a minus is text, too, unless it is one
	                      * of the table's names behind two of them. No letters then. */
};

/* The next option's key; -1 when there is none left. Then *code is US_CLI_GO_ON and optind is at the first word that is
 * no option, or it is what to exit with. */
int us_cli_option(int argc, char **argv, const struct us_cli_options *options, int *code);

#endif
