/* talk.c — set, eval, load and check: text to commands, commands to the running synth. Success means applied: each ends
 * with /sync, and an /error from control is this program's failure. */
#include "cli.h"
#include "ipc/rig.h"
#include "options.h"
#include "patch_file.h"
#include "sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct talk {
	const char *session; /* wanted, or NULL */
	struct us_library *library;
	struct us_sender *sender;
};

static int open_library(struct talk *t, struct us_err *err)
{
	char modules[US_PATH_BYTES];
	return us_rig_modules(modules, err) || us_library_open(&t->library, modules, err) ? US_FAILED : US_OK;
}

static int open_talk(struct talk *t, struct us_err *err)
{
	char name[US_SESSION_BYTES];
	struct us_session session;
	if (us_cli_session(name, t->session, err) || us_session_open(&session, name, 0, err))
		return US_FAILED;
	uint32_t port = session.clock->osc_port;
	us_session_close(&session);
	return open_library(t, err) || us_sender_open(&t->sender, port, err) ? US_FAILED : US_OK;
}

static int finish(struct talk *t, int failed, const struct us_err *err)
{
	if (t->sender)
		us_sender_close(t->sender);
	if (t->library)
		us_library_close(t->library);
	return failed ? us_cli_refuse(err) : US_CLI_DONE;
}

/* --- saying a text --------------------------------------------------------------------------------------------------
 */

static int compile(struct talk *t, const struct us_lang_text *text, us_command_sink *sink, void *context,
                   struct us_err *err)
{
	struct us_lang_catalogue catalogue = us_catalogue_of(t->library);
	return us_lang_compile(text, &catalogue, sink, context, err);
}

static int send_command(void *context, const struct us_command *command, struct us_err *err)
{
	return us_sender_send(context, command, err);
}

struct survey {
	uint32_t commands, edits;
};

/* What a batch can hold: changes, but no questions and nothing about the batch itself. */
static bool is_edit(const struct us_command *command)
{
	static const char *const others[] = {"/patch/begin", "/patch/commit", "/patch/abort",
	                                     "/patch/list",  "/patch/cables", "/panic",
	                                     "/ping",        "/time",         "/module/restore",
	                                     "/undo",        "/redo"};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(command->address, others[i]) == 0)
			return false;
	bool question = strncmp(command->address, "/mod/", 5) == 0 || strcmp(command->address, "/tempo") == 0 ||
	                strcmp(command->address, "/engine/gain") == 0;
	return command->argc > 0 || !question;
}

static int count(void *context, const struct us_command *command, struct us_err *err)
{
	struct survey *s = context;
	(void)err;
	s->commands++;
	s->edits += is_edit(command);
	return US_OK;
}

/* Between begin and commit: all of it takes effect at one block, or nothing. `clear`: in the place of what plays. */
static int say_at_once(struct talk *t, const struct us_lang_text *text, bool clear, struct us_err *err)
{
	static const struct us_command begin = {.address = "/patch/begin"}, commit = {.address = "/patch/commit"},
				       empty = {.address = "/patch/clear"}, abandon = {.address = "/patch/abort"};
	if (us_sender_send(t->sender, &begin, err))
		return US_FAILED;
	if ((clear && us_sender_send(t->sender, &empty, err)) || compile(t, text, send_command, t->sender, err) ||
	    us_sender_sync(t->sender, err)) {
		us_sender_send(t->sender, &abandon, NULL);
		return US_FAILED;
	}
	return us_sender_send(t->sender, &commit, err) || us_sender_sync(t->sender, err) ? US_FAILED : US_OK;
}

/* Looks all of it over before any of it is sent: a slip of the hand changes nothing. */
static int say(struct talk *t, const struct us_lang_text *text, struct us_err *err)
{
	struct survey s = {0};
	if (compile(t, text, count, &s, err))
		return US_FAILED;
	if (text->whole || (s.commands > 1 && s.edits == s.commands))
		return say_at_once(t, text, text->whole, err);
	return compile(t, text, send_command, t->sender, err) || us_sender_sync(t->sender, err) ? US_FAILED : US_OK;
}

/* --- the calls ------------------------------------------------------------------------------------------------------
 */

/* "--session NAME" in front of the words, or behind them. What lies between is text, even if it begins with a minus. */
static int read_options(int *argc, char **argv, const char *usage, struct talk *t)
{
	static const struct option table[] = {{"session", required_argument, NULL, US_CLI_SESSION}, US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table, .letters = "+:"};
	int code;
	while (us_cli_option(*argc, argv, &options, &code) == US_CLI_SESSION)
		t->session = optarg;
	if (code != US_CLI_GO_ON)
		return code;
	if (*argc - optind >= 3 && strcmp(argv[*argc - 2], "--session") == 0) {
		t->session = argv[*argc - 1];
		*argc -= 2;
	} else if (*argc - optind >= 2 && strncmp(argv[*argc - 1], "--session=", 10) == 0) {
		t->session = argv[--*argc] + 10;
	}
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

static int say_words(struct talk *t, int argc, char **argv)
{
	char line[US_LANG_LINE_BYTES];
	struct us_err err;
	struct us_lang_text text = {.text = line};
	if (join_words(line, argc, argv, &err))
		return us_cli_refuse(&err);
	text.bytes = strlen(line);
	int failed = open_talk(t, &err) || say(t, &text, &err);
	return finish(t, failed, &err);
}

static int say_file(struct talk *t, const char *path, bool whole)
{
	char *memory;
	struct us_err err;
	struct us_lang_text text = {.file = strcmp(path, "-") == 0 ? "(standard input)" : path, .whole = whole};
	if (us_text_read(path, &memory, &text.bytes, &err))
		return us_cli_refuse(&err);
	text.text = memory;
	int failed = open_talk(t, &err) || say(t, &text, &err);
	free(memory);
	return finish(t, failed, &err);
}

int us_cli_set(int argc, char **argv)
{
	static const char usage[] = "usage: understudy set INSTANCE.INPUT [VALUE] [--session NAME]\n"
				    "Moves a knob of the running synth; without VALUE it prints where the knob is.\n"
				    "  understudy set sine.freq 440      understudy set filter.cutoff 2.5khz\n";
	struct talk t = {0};
	int code = read_options(&argc, argv, usage, &t);
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
	struct talk t = {0};
	int code = read_options(&argc, argv, usage, &t);
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
	struct talk t = {0};
	int code = read_options(&argc, argv, usage, &t);
	if (code != US_CLI_GO_ON)
		return code;
	if (argc - optind != 1)
		return us_cli_misused("load", "right would be: understudy load patches/drone.us");
	return say_file(&t, argv[optind], true);
}

static int check_file(struct talk *t, const char *path, struct us_err *err)
{
	char *memory;
	struct survey s = {0};
	struct us_lang_text text = {.file = strcmp(path, "-") == 0 ? "(standard input)" : path, .whole = true};
	if (us_text_read(path, &memory, &text.bytes, err))
		return US_FAILED;
	text.text = memory;
	int failed = compile(t, &text, count, &s, err);
	free(memory);
	if (!failed)
		printf("%s: good\n", text.file);
	return failed;
}

int us_cli_check(int argc, char **argv)
{
	static const char usage[] = "usage: understudy check PATCH...\n"
				    "Looks patch files over without playing them. PATCH may be - for standard input.\n";
	struct talk t = {0};
	struct us_err err;
	int code = read_options(&argc, argv, usage, &t), worst = US_CLI_DONE;
	if (code != US_CLI_GO_ON)
		return code;
	if (optind >= argc)
		return us_cli_misused("check", "right would be: understudy check patches/drone.us");
	if (open_library(&t, &err))
		return us_cli_refuse(&err);
	for (int i = optind; i < argc; i++)
		if (check_file(&t, argv[i], &err))
			worst = us_cli_refuse(&err);
	finish(&t, US_OK, NULL);
	return worst;
}
