/* words.c — what the program says when something is not right. */
#include "cli.h"
#include "client/said.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int us_cli_refuse(const struct us_err *err)
{
	char said[US_ERROR_BYTES];
	fprintf(stderr, "understudy: %s\n", us_said(said, err->text));
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
