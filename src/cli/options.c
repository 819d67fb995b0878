/* options.c — the options of a subcommand, read by getopt_long, with words when one is not understood. */
#include "options.h"

#include "cli.h"
#include "lang/spelling.h"

#include <stdio.h>
#include <string.h>

static int misspelled(const struct us_cli_options *o, const char *subcommand, const char *word)
{
	char name[64];
	const char *dashes = word + strspn(word, "-");
	struct us_spelling s = {.wanted = name};
	snprintf(name, sizeof name, "%.*s", (int)strcspn(dashes, "="), dashes);
	for (const struct option *row = o->table; row->name; row++)
		us_spelling_offer(&s, row->name);
	const char *near = us_spelling_best(&s);
	return us_cli_misused(subcommand, "there is no option '%s'%s%s%s", word, near ? ", did you mean '--" : "",
	                      near ? near : "", near ? "'" : "");
}

static int refuse(const struct us_cli_options *o, char **argv, int key)
{
	const char *word = argv[optind - 1];
	const struct option *row = o->table;
	while (row->name && row->val != optopt)
		row++;
	if (key == ':')
		return us_cli_misused(argv[0], "%s wants a value", word);
	if (optopt && row->name)
		return us_cli_misused(argv[0], "--%s takes no value", row->name);
	if (optopt) {
		const char letter[] = {'-', (char)optopt, 0};
		return misspelled(o, argv[0], letter);
	}
	return misspelled(o, argv[0], word);
}

int us_cli_option(int argc, char **argv, const struct us_cli_options *o, int *code)
{
	opterr = 0;
	*code = US_CLI_GO_ON;
	int key = getopt_long(argc, argv, o->letters ? o->letters : ":", o->table, NULL);
	switch (key) {
	case US_CLI_HELP:
		fputs(o->usage, stdout);
		*code = US_CLI_DONE;
		return -1;
	case US_CLI_VERSION:
		us_cli_print_version();
		*code = US_CLI_DONE;
		return -1;
	case '?':
	case ':':
		*code = refuse(o, argv, key);
		return -1;
	default:
		return key;
	}
}
