/* fmt.c — `understudy fmt PATCH`: a patch file as it should look. */
#include "cli.h"
#include "offline.h"
#include "options.h"
#include "patch_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: understudy fmt [-w | --check] [--migrate] PATCH...\n"
    "Prints patch files as they should look. Comments stay, and so does what is heard.\n"
    "  -w, --write   writes them back instead\n"
    "      --check   only says which of them look otherwise; then the exit code is 1\n"
    "      --migrate a patch of the first convention of pitch, in which most oscillators rest at a4, is written in\n"
    "                the second, understudy 2, and sounds the same\n"
    "PATCH may be - for standard input.\n";

enum what { PRINT, WRITE = 'w', CHECK = US_CLI_OWN };
enum { MIGRATE = US_CLI_OWN + 1, RATE = 48000 };

static int deliver(enum what what, const struct us_lang_text *from, const char *text, size_t bytes, bool *differs,
                   struct us_err *err)
{
	const bool same = from->bytes == bytes && memcmp(from->text, text, bytes) == 0;
	if (what == PRINT)
		return fwrite(text, 1, bytes, stdout) == bytes ? US_OK : us_fail(err, "cannot print %s", from->file);
	if (same)
		return US_OK;
	if (what == WRITE)
		return us_text_replace(from->file, text, bytes, err);
	*differs = true;
	printf("%s\n", from->file);
	return US_OK;
}

/* `modules`: it is migrated, too. */
static int format_file(enum what what, const char *path, const struct us_lang_catalogue *modules, bool *differs,
                       struct us_err *err)
{
	char *memory, *formatted;
	size_t bytes;
	struct us_lang_text text = {.file = strcmp(path, "-") == 0 ? "(standard input)" : path, .whole = true};
	if (us_text_read(path, &memory, &text.bytes, err))
		return US_FAILED;
	text.text = memory;
	int failed = modules ? us_lang_migrate(&text, modules, &formatted, &bytes, err)
	                     : us_lang_format(&text, &formatted, &bytes, err);
	if (!failed)
		failed = deliver(what, &text, formatted, bytes, differs, err);
	free(formatted);
	free(memory);
	return failed;
}

int us_cli_fmt(int argc, char **argv)
{
	static const struct option table[] = {{"write", no_argument, NULL, WRITE},
	                                      {"check", no_argument, NULL, CHECK},
	                                      {"migrate", no_argument, NULL, MIGRATE},
	                                      US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table, .letters = ":w"};
	enum what what = PRINT;
	struct us_offline offline, *known = &offline;
	struct us_lang_catalogue modules;
	bool differs = false, migrates = false;
	struct us_err err;
	int code, worst = US_CLI_DONE;
	for (int key; (key = us_cli_option(argc, argv, &options, &code)) != -1;) {
		if (key == MIGRATE) {
			migrates = true;
			continue;
		}
		if (what != PRINT && (int)what != key)
			return us_cli_misused("fmt", "--write or --check, not both");
		what = (enum what)key;
	}
	if (code != US_CLI_GO_ON)
		return code;
	if (optind >= argc)
		return us_cli_misused("fmt", "right would be: understudy fmt patches/drone.us");
	for (int i = optind; i < argc; i++)
		if (what == WRITE && strcmp(argv[i], "-") == 0)
			return us_cli_misused("fmt", "standard input cannot be written back; leave -w out");
	if (migrates && us_offline_open(&offline, US_OFFLINE_DESCRIBED, RATE, 0, 0, &err))
		return us_cli_refuse(&err);
	if (migrates)
		modules = us_catalogue_of(known->library);
	for (int i = optind; i < argc; i++) {
		if (format_file(what, argv[i], migrates ? &modules : NULL, &differs, &err))
			worst = us_cli_refuse(&err);
	}
	if (migrates)
		us_offline_close(&offline);
	return differs ? US_CLI_FAILED : worst;
}
