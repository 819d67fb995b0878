/* talk.c — set, eval, load and check: text to commands, commands to the running synth. Success means applied: each ends
 * with /sync, and an /error from control is this program's failure. */
#include "cli.h"
#include "ipc/rig.h"
#include "patch_file.h"
#include "sender.h"

#include <getopt.h>
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

static void close_talk(struct talk *t)
{
	if (t->sender)
		us_sender_close(t->sender);
	if (t->library)
		us_library_close(t->library);
}

static int send_command(void *context, const struct us_command *command, struct us_err *err)
{
	return us_sender_send(((struct talk *)context)->sender, command, err);
}

static int drop_command(void *context, const struct us_command *command, struct us_err *err)
{
	(void)context, (void)command, (void)err;
	return US_OK;
}

static int say(struct talk *t, const char *text, size_t bytes, const char *file, struct us_err *err)
{
	struct us_lang_catalogue catalogue = us_catalogue_of(t->library);
	return us_lang_compile(text, bytes, file, &catalogue, send_command, t, err);
}

/* Looks all of it over before any of it is sent: a typing error changes nothing. */
static int look_over(struct talk *t, const char *text, size_t bytes, const char *file, struct us_err *err)
{
	struct us_lang_catalogue catalogue = us_catalogue_of(t->library);
	return us_lang_compile(text, bytes, file, &catalogue, drop_command, t, err);
}

/* --- options, the same for all four
 * ------------------------------------------------------------------------------------ */

/* Returns US_CLI_DONE to go on; else *code is what to exit with. */
static int read_options(int argc, char **argv, const char *usage, struct talk *t, int *code)
{
	static const struct option options[] = {
	    {"session", required_argument, NULL, 's'}, {"help", no_argument, NULL, 'h'}, {0}};
	/* "+": what follows the first word is text, even if it begins with a minus. */
	for (int key; (key = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
		if (key == 's') {
			t->session = optarg;
		} else if (key == 'h') {
			printf("%s", usage);
			*code = US_CLI_DONE;
			return US_FAILED;
		} else {
			*code = us_cli_misused(argv[0], "that is no option of it");
			return US_FAILED;
		}
	}
	return US_OK;
}

/* "--session NAME" may also stand behind the words. */
static int trailing_session(int *argc, char **argv, struct talk *t)
{
	if (*argc - optind >= 3 && strcmp(argv[*argc - 2], "--session") == 0) {
		t->session = argv[*argc - 1];
		*argc -= 2;
	}
	return US_OK;
}

static int finish(struct talk *t, int failed, struct us_err *err)
{
	close_talk(t);
	return failed ? us_cli_refuse(err) : US_CLI_DONE;
}

static void join_words(char *line, size_t room, int argc, char **argv)
{
	size_t used = 0;
	line[0] = 0;
	for (int i = optind; i < argc && used < room; i++)
		used += (size_t)snprintf(line + used, room - used, "%s%s", i > optind ? " " : "", argv[i]);
}

int us_cli_set(int argc, char **argv)
{
	static const char usage[] = "usage: understudy set INSTANCE.INPUT [VALUE] [--session NAME]\n"
				    "Moves a knob of the running synth; without VALUE it prints where the knob is.\n"
				    "  understudy set sine.freq 440      understudy set filter.cutoff 2.5khz\n";
	char line[US_LANG_LINE_BYTES];
	struct talk t = {0};
	struct us_err err;
	int code;
	if (read_options(argc, argv, usage, &t, &code))
		return code;
	trailing_session(&argc, argv, &t);
	if (argc - optind < 1 || argc - optind > 2 || !strchr(argv[optind], '.'))
		return us_cli_misused("set", "right would be: understudy set sine.freq 440");
	join_words(line, sizeof line, argc, argv);
	int failed = open_talk(&t, &err) || say(&t, line, strlen(line), NULL, &err) || us_sender_sync(t.sender, &err);
	return finish(&t, failed, &err);
}

int us_cli_eval(int argc, char **argv)
{
	static const char usage[] =
	    "usage: understudy eval [--session NAME] LINE...\n       understudy eval [--session NAME] -\n"
	    "Carries out a line of the patch language in the running synth, or all lines from standard input.\n"
	    "  understudy eval 'gate adsr on'      understudy eval 'lfo = sine freq=5'      echo 'panic' | understudy "
	    "eval -\n";
	char line[US_LANG_LINE_BYTES], *text = line;
	size_t bytes;
	struct talk t = {0};
	struct us_err err;
	int code;
	if (read_options(argc, argv, usage, &t, &code))
		return code;
	trailing_session(&argc, argv, &t);
	if (optind >= argc)
		return us_cli_misused("eval", "it wants a line, such as 'sine.freq 440', or - for standard input");
	bool from_stdin = argc - optind == 1 && strcmp(argv[optind], "-") == 0;
	if (from_stdin && us_text_read("-", &text, &bytes, &err))
		return us_cli_refuse(&err);
	if (!from_stdin) {
		join_words(line, sizeof line, argc, argv);
		bytes = strlen(line);
	}
	const char *file = from_stdin ? "(standard input)" : NULL;
	int failed = open_talk(&t, &err) || look_over(&t, text, bytes, file, &err) ||
	             say(&t, text, bytes, file, &err) || us_sender_sync(t.sender, &err);
	if (from_stdin)
		free(text);
	return finish(&t, failed, &err);
}

static int load(struct talk *t, const char *path, const char *text, size_t bytes, struct us_err *err)
{
	const struct us_command begin = {.address = "/patch/begin"}, clear = {.address = "/patch/clear"},
				commit = {.address = "/patch/commit"}, abort_it = {.address = "/patch/abort"};
	if (look_over(t, text, bytes, path, err) || us_sender_send(t->sender, &begin, err) ||
	    us_sender_send(t->sender, &clear, err))
		return US_FAILED;
	if (say(t, text, bytes, path, err) || us_sender_sync(t->sender, err)) {
		us_sender_send(t->sender, &abort_it, NULL);
		return US_FAILED;
	}
	return us_sender_send(t->sender, &commit, err) || us_sender_sync(t->sender, err) ? US_FAILED : US_OK;
}

int us_cli_load(int argc, char **argv)
{
	static const char usage[] =
	    "usage: understudy load PATCH [--session NAME]\n"
	    "Puts PATCH in the place of what plays now, at one block. If anything in it is wrong, nothing changes.\n";
	struct talk t = {0};
	struct us_err err;
	char *text;
	size_t bytes;
	int code;
	if (read_options(argc, argv, usage, &t, &code))
		return code;
	trailing_session(&argc, argv, &t);
	if (argc - optind != 1)
		return us_cli_misused("load", "right would be: understudy load patches/acid.us");
	if (us_text_read(argv[optind], &text, &bytes, &err))
		return us_cli_refuse(&err);
	int failed = open_talk(&t, &err) || load(&t, argv[optind], text, bytes, &err);
	free(text);
	return finish(&t, failed, &err);
}

int us_cli_check(int argc, char **argv)
{
	static const char usage[] = "usage: understudy check PATCH...\nLooks patch files over without playing them.\n";
	struct talk t = {0};
	struct us_err err;
	int code, worst = US_CLI_DONE;
	if (read_options(argc, argv, usage, &t, &code))
		return code;
	if (optind >= argc)
		return us_cli_misused("check", "right would be: understudy check patches/acid.us");
	if (open_library(&t, &err))
		return us_cli_refuse(&err);
	for (int i = optind; i < argc; i++) {
		char *text;
		size_t bytes;
		if (us_text_read(argv[i], &text, &bytes, &err)) {
			worst = us_cli_refuse(&err);
			continue;
		}
		if (look_over(&t, text, bytes, argv[i], &err))
			worst = us_cli_refuse(&err);
		else
			printf("%s: good\n", argv[i]);
		free(text);
	}
	close_talk(&t);
	return worst;
}
