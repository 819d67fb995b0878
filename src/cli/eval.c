/* eval.c — set, eval and load: one text from the command line, a file or standard input. */
#include "cli.h"
#include "options.h"
#include "patch_file.h"
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int finish(struct us_talk *t, int failed, const struct us_err *err)
{
	us_talk_close(t);
	return failed ? us_cli_refuse(err) : US_CLI_DONE;
}

static int read_options(int argc, char **argv, const char *usage, struct us_talk *t)
{
	static const struct option table[] = {{"session", required_argument, NULL, US_CLI_SESSION}, US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table, .text = true};
	int code;
	while (us_cli_option(argc, argv, &options, &code) == US_CLI_SESSION)
		t->wanted = optarg;
	return code;
}

static int join_words(char line[static US_LANG_LINE_BYTES], int argc, char **argv, struct us_err *err)
{
	size_t used = 0;
	line[0] = 0;
	for (int i = optind; i < argc; i++) {
		used +=
		    (size_t)snprintf(line + used, US_LANG_LINE_BYTES - used, "%s%s", i > optind ? " " : "", argv[i]);
		if (used >= US_LANG_LINE_BYTES)
			return us_fail(err, "a line of more than %d bytes; say it in several", US_LANG_LINE_BYTES - 1);
	}
	return US_OK;
}

static int say_words(struct us_talk *t, int argc, char **argv)
{
	char line[US_LANG_LINE_BYTES];
	struct us_err err;
	struct us_lang_text text = {.text = line};
	if (join_words(line, argc, argv, &err))
		return us_cli_refuse(&err);
	text.bytes = strlen(line);
	int failed = us_talk_open(t, &err) || us_talk_say(t, &text, &err);
	return finish(t, failed, &err);
}

static int say_file(struct us_talk *t, const char *path, bool whole)
{
	char *memory;
	struct us_err err;
	struct us_lang_text text = {.file = strcmp(path, "-") == 0 ? "(standard input)" : path, .whole = whole};
	if (us_text_read(path, &memory, &text.bytes, &err))
		return us_cli_refuse(&err);
	text.text = memory;
	int failed = us_talk_open(t, &err) || us_talk_say(t, &text, &err);
	free(memory);
	return finish(t, failed, &err);
}

int us_cli_set(int argc, char **argv)
{
	static const char usage[] = "usage: understudy set INSTANCE.INPUT [VALUE] [--session NAME]\n"
				    "Moves a knob of the running synth; without VALUE it prints where the knob is.\n"
				    "  understudy set sine.freq 440      understudy set filter.cutoff 2.5khz\n";
	struct us_talk t = {0};
	int code = read_options(argc, argv, usage, &t);
	if (code != US_CLI_GO_ON)
		return code;
	if (argc - optind < 1 || argc - optind > 2 || !strchr(argv[optind], '.'))
		return us_cli_misused("set", "right would be: understudy set sine.freq 440");
	return say_words(&t, argc, argv);
}

int us_cli_eval(int argc, char **argv)
{
	static const char usage[] =
	    "usage: understudy eval [--session NAME] LINE...\n       understudy eval [--session NAME] -\n"
	    "Carries out a line of the patch language in the running synth, or all lines from standard input. Several\n"
	    "changes take effect at one block, or none of them.\n"
	    "  understudy eval 'gate adsr on'      understudy eval 'lfo = sine freq=5'      echo panic | understudy "
	    "eval "
	    "-\n";
	struct us_talk t = {0};
	int code = read_options(argc, argv, usage, &t);
	if (code != US_CLI_GO_ON)
		return code;
	if (optind >= argc)
		return us_cli_misused("eval", "it wants a line, such as 'sine.freq 440', or - for standard input");
	if (argc - optind == 1 && strcmp(argv[optind], "-") == 0)
		return say_file(&t, "-", false);
	return say_words(&t, argc, argv);
}

int us_cli_load(int argc, char **argv)
{
	static const char usage[] =
	    "usage: understudy load PATCH [--session NAME]\n"
	    "Puts PATCH in the place of what plays now, at one block. If anything in it is wrong, nothing changes.\n"
	    "PATCH may be - for standard input.\n";
	struct us_talk t = {0};
	int code = read_options(argc, argv, usage, &t);
	if (code != US_CLI_GO_ON)
		return code;
	if (argc - optind != 1)
		return us_cli_misused("load", "right would be: understudy load patches/drone.us");
	return say_file(&t, argv[optind], true);
}
