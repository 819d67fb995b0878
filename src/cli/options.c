/* options.c — the options of a subcommand, read by getopt_long, with words when one is not understood. */
#include "options.h"

#include "cli.h"
#include "lang/spelling.h"

#include <stdio.h>
#include <string.h>
#include <understudy/letters.h>

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

/* --- free text --------------------------------------------------------------------------------------------------- */

/* Two minuses and a letter: "--session". A rest ("- - 1"), a number ("-3") or a word with a minus are text. */
static bool is_option(const char *word)
{
	const char letter = word[0] == '-' && word[1] == '-' ? us_lower(word[2]) : 0;
	return letter >= 'a' && letter <= 'z';
}

static bool has_value_behind(const struct us_cli_options *o, const char *word)
{
	const char *name = word + 2;
	for (const struct option *row = o->table; row->name; row++)
		if (!strncmp(row->name, name, strlen(name))) /* as getopt_long takes it: a beginning is enough */
			return row->has_arg == required_argument;
	return false;
}

static void move(char **argv, int from, int to)
{
	char *word = argv[from];
	memmove(argv + to + 1, argv + to, (size_t)(from - to) * sizeof *argv);
	argv[to] = word;
}

/* Options to the front, text behind them, each in its own order. Behind "--" all is text. */
static void sort_words(int argc, char **argv, const struct us_cli_options *o)
{
	int front = 1;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			move(argv, i, front);
			break;
		}
		if (!is_option(argv[i]))
			continue;
		const bool two = has_value_behind(o, argv[i]) && i + 1 < argc;
		move(argv, i, front++);
		if (two)
			move(argv, ++i, front++);
	}
}

/* The words are sorted at the first call; from where no option stands, all is text. */
static bool text_begins(int argc, char **argv, const struct us_cli_options *o)
{
	if (optind <= 1) {
		optind = 1;
		sort_words(argc, argv, o);
	}
	return optind >= argc || (!is_option(argv[optind]) && strcmp(argv[optind], "--") != 0);
}

int us_cli_option(int argc, char **argv, const struct us_cli_options *o, int *code)
{
	opterr = 0;
	*code = US_CLI_GO_ON;
	if (argc == 2 && strcmp(argv[1], US_CLI_LIST_OPTIONS) == 0) {
		for (const struct option *row = o->table; row->name; row++)
			printf("--%s%s\n", row->name, row->has_arg == required_argument ? "=" : "");
		*code = US_CLI_DONE;
		return -1;
	}
	if (o->text && text_begins(argc, argv, o))
		return -1;
	int key = getopt_long(argc, argv, o->letters ? o->letters : o->text ? "+:" : ":", o->table, NULL);
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
