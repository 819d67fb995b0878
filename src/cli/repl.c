/* repl.c — `understudy repl`: a line is read, carried out, answered. It keeps nothing that anybody would miss: the
 * synth plays on when it dies, and when the synth dies it waits for the next one. */
#include "repl.h"
#include "cli.h"
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "usage: understudy repl [--session NAME]\n"
    "Talks to the running synth, line by line, in the patch language: help says how. Lines are\n"
    "kept from one time to the next. When its input is no terminal it is quiet, carries out all\n"
    "lines, and exits with 1 if one of them could not be.\n";

enum { NAMES_PATIENCE_MS = 100 };

/* --- one line ---------------------------------------------------------------------------------------------------- */

/* The synth that plays now; says so when it is another one than for the line before. */
static int reach(struct us_repl *r, struct us_err *err)
{
	bool renewed;
	const bool lost = r->lost;
	r->lost = true;
	if (us_talk_renew(&r->talk, &renewed, err))
		return US_FAILED;
	r->lost = false;
	if (!renewed)
		return US_OK;
	if (r->editor && (lost || r->line > 1))
		printf("another synth plays now: session %s\n", r->talk.session);
	return US_OK;
}

/* `what = saw` is an instance of that name, and so is what -> out. */
static const struct us_repl_word *own_word(const char *line, size_t bytes)
{
	const struct us_repl_word *word;
	const char *rest = line + bytes + strspn(line + bytes, " \t");
	if (*rest == '=' || strncmp(rest, "->", 2) == 0 || strncmp(rest, "-/>", 3) == 0)
		return NULL;
	for (uint32_t i = 0; (word = us_repl_word(i)); i++)
		if (strlen(word->word) == bytes && memcmp(word->word, line, bytes) == 0)
			return word;
	return NULL;
}

int us_repl_say(struct us_repl *r, const char *sentence, bool only_explain, struct us_err *err)
{
	char lines[US_WORDS_LINES_BYTES];
	if ((!r->words && us_vocabulary_open(&r->words, err)) ||
	    us_vocabulary_explain(r->words, &r->talk, sentence, lines, err))
		return US_FAILED;
	fputs(lines, stdout);
	const struct us_lang_text text = {.text = lines, .bytes = strlen(lines)};
	return only_explain ? US_OK : us_talk_say(&r->talk, &text, err);
}

/* A line that is no statement of the language may be a musician's: "the bass a bit darker". `err` says already why it
 * is none; that stands if it knows what was meant. */
static int say_otherwise(struct us_repl *r, const char *line, struct us_err *err)
{
	struct us_err why;
	if (us_repl_say(r, line + strspn(line, " \t"), false, &why) == US_OK)
		return US_OK;
	if (!strstr(why.text, "no word that I know") ||
	    (strstr(why.text, "did you mean") && !strstr(err->text, "did you mean")))
		*err = why;
	return US_FAILED;
}

/* mute the kick: a statement, but for names that nobody has. The first of them; "": there is none. */
static const char *stranger_in(const struct us_repl *r, const char *line, char name[static US_NAME_BYTES])
{
	static const char *const statements[] = {"mute", "unmute", "solo", "unsolo"};
	char copy[US_SENTENCE_BYTES], *rest = copy;
	snprintf(copy, sizeof copy, "%s", line + strspn(line, " \t"));
	const char *first = strsep(&rest, " \t");
	bool is_one = false;
	name[0] = 0;
	for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
		is_one |= strcmp(first, statements[i]) == 0;
	for (char *word; is_one && (word = strsep(&rest, " \t"));) {
		if (strcmp(word, "over") == 0 || strcmp(word, "off") == 0)
			break;
		const bool hollow = !name[0] || strcmp(name, "the") == 0 || strcmp(name, "and") == 0;
		if (*word && hollow && !us_roll_find(r->talk.roll, word))
			snprintf(name, US_NAME_BYTES, "%s", word);
	}
	return name;
}

static int say(struct us_repl *r, const char *line, struct us_lang_fault *fault, struct us_err *err)
{
	const struct us_lang_text text = {.text = line, .bytes = strlen(line), .fault = fault};
	struct us_err unread;
	char name[US_NAME_BYTES];
	if (r->talk.roll->count && *stranger_in(r, line, name))
		return us_repl_say(r, line, false, &unread)
		           ? us_fail(err, "there is no instance '%s'; list names those that exist", name)
		           : US_OK;
	if (!us_talk_say(&r->talk, &text, err))
		return US_OK;
	if (!fault->stranger || say_otherwise(r, line, err))
		return US_FAILED;
	*fault = (struct us_lang_fault){0};
	return US_OK;
}

static void carry_out(struct us_repl *r, const char *line)
{
	struct us_err err;
	struct us_lang_fault fault = {0};
	char rest[US_NAME_BYTES];
	const char *first = line + strspn(line, " \t");
	const size_t bytes = strcspn(first, " \t");
	const struct us_repl_word *word = own_word(first, bytes);
	if (!*first || *first == '#')
		return;
	const char *behind = first + bytes + strspn(first + bytes, " \t");
	snprintf(rest, sizeof rest, "%s", behind);
	rest[strcspn(rest, " \t")] = 0;
	int failed = reach(r, &err);
	if (!failed)
		us_roll_ask(&r->talk, r->talk.roll,
		            NAMES_PATIENCE_MS); /* an answer is printed in the unit of its input */
	if (word && (!failed || !word->needs_synth))
		failed = word->act(r, word->whole ? behind : rest, &err);
	else if (!failed)
		failed = say(r, line, &fault, &err);
	if (failed)
		us_repl_complain(r, line, &fault, &err);
	fflush(stdout);
}

/* --- lines ------------------------------------------------------------------------------------------------------- */

/* $XDG_STATE_HOME/understudy/history, made where it is not there; NULL: there is no place for it. */
static const char *history_path(char path[static US_PATH_BYTES])
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n = -1;
	if (state && *state == '/')
		n = snprintf(path, US_PATH_BYTES, "%s/understudy/history", state);
	else if (home && *home == '/')
		n = snprintf(path, US_PATH_BYTES, "%s/.local/state/understudy/history", home);
	if (n < 0 || n >= US_PATH_BYTES)
		return NULL;
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		const bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
		*slash = '/';
		if (!made)
			return NULL;
	}
	return path;
}

static int talk_to_somebody(struct us_repl *r, struct us_err *err)
{
	char path[US_PATH_BYTES];
	const struct us_editor_config config = {.prompt = US_REPL_PROMPT,
	                                        .history = history_path(path),
	                                        .colour = r->colour,
	                                        .complete = us_repl_complete,
	                                        .context = r};
	if (us_editor_open(&r->editor, &config, err))
		return US_FAILED;
	if (reach(r, err))
		printf("%s\n", err->text);
	else
		printf("session %s; help says what can be said\n", r->talk.session);
	for (const char *line; !r->over && (line = us_editor_read(r->editor));) {
		if (!line[strspn(line, " \t")])
			continue;
		r->line++;
		us_editor_remember(r->editor, line);
		carry_out(r, line);
	}
	if (!r->over)
		printf("\n");
	us_editor_close(r->editor);
	return US_OK;
}

static int read_all(struct us_repl *r, struct us_err *err)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t bytes;
	while (!r->over && (bytes = getline(&line, &room, stdin)) > 0) {
		line[strcspn(line, "\r\n")] = 0;
		r->line++;
		carry_out(r, line);
	}
	free(line);
	if (ferror(stdin))
		return us_fail(err, "cannot read standard input: %s", strerror(errno));
	return r->failed ? US_FAILED : US_OK;
}

int us_cli_repl(int argc, char **argv)
{
	static const struct option table[] = {{"session", required_argument, NULL, US_CLI_SESSION}, US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table};
	struct us_repl r = {.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR")};
	struct us_err err = {.text = ""};
	int code;
	while (us_cli_option(argc, argv, &options, &code) == US_CLI_SESSION)
		r.talk.wanted = optarg;
	if (code != US_CLI_GO_ON)
		return code;
	if (optind < argc)
		return us_cli_misused("repl", "it reads lines, and takes no '%s'; understudy eval takes them",
		                      argv[optind]);
	const bool typed = isatty(STDIN_FILENO);
	r.talk.roll = calloc(1, sizeof *r.talk.roll);
	const int failed = (!r.talk.roll && us_fail(&err, "no memory to know who plays")) ||
	                   us_talk_open_library(&r.talk, &err) ||
	                   (typed ? talk_to_somebody(&r, &err) : read_all(&r, &err));
	us_talk_close(&r.talk);
	us_words_close(r.words);
	if (!failed)
		return US_CLI_DONE;
	return err.text[0] ? us_cli_refuse(&err) : US_CLI_FAILED;
}
