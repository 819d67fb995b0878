/* words.c — what the program says when something is not right. */
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int us_cli_refuse(const struct us_err *err)
{
	fprintf(stderr, "understudy: %s\n", err->text);
	return US_CLI_FAILED;
}

int us_cli_misused(const char *subcommand, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(stderr, "understudy %s: ", subcommand);
	vfprintf(stderr, format, args);
	fprintf(stderr, "; understudy %s --help says more\n", subcommand);
	va_end(args);
	return US_CLI_USAGE;
}

/* Levenshtein's distance, for words of a few letters. */
static size_t distance(const char *a, const char *b)
{
	enum { MOST = 32 };
	size_t row[MOST + 1], n = strnlen(b, MOST);
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] && i <= MOST; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[n];
}

const char *us_cli_nearest(const char *word, const char *const words[])
{
	const char *best = NULL;
	size_t least = strlen(word) / 2 + 1;
	for (size_t i = 0; words[i]; i++)
		if (distance(word, words[i]) < least) {
			least = distance(word, words[i]);
			best = words[i];
		}
	return best;
}
