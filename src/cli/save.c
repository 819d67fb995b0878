/* save.c — `understudy save [FILE]`: the patch that plays becomes a file. */
#include "cli.h"
#include "fetch.h"
#include "options.h"
#include "patch_file.h"
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: understudy save [FILE] [--session NAME]\n"
    "Writes the patch that plays as text that loads to the same sound: to FILE, else to standard\n"
    "output.\n";

static int save(struct us_talk *t, const char *path, struct us_err *err)
{
	char *text;
	size_t bytes;
	bool renewed;
	if (us_talk_renew(t, &renewed, err) || us_patch_fetch(t->sender, &text, &bytes, err))
		return US_FAILED;
	int failed = US_OK;
	if (path && strcmp(path, "-") != 0)
		failed = us_text_replace(path, text, bytes, err);
	else if (fwrite(text, 1, bytes, stdout) != bytes || fflush(stdout))
		failed = us_fail(err, "cannot print the patch");
	free(text);
	return failed;
}

int us_cli_save(int argc, char **argv)
{
	static const struct option table[] = {{"session", required_argument, NULL, US_CLI_SESSION}, US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table};
	struct us_talk t = {0};
	struct us_err err;
	int code;
	while (us_cli_option(argc, argv, &options, &code) == US_CLI_SESSION)
		t.wanted = optarg;
	if (code != US_CLI_GO_ON)
		return code;
	if (argc - optind > 1)
		return us_cli_misused("save", "one file is enough: understudy save my.us");
	const int failed = save(&t, argv[optind], &err);
	us_talk_close(&t);
	return failed ? us_cli_refuse(&err) : US_CLI_DONE;
}
