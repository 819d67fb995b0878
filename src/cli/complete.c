/* complete.c — `understudy complete SHELL` prints what a shell needs to complete command lines of ours; that asks
 * `understudy complete -- WORD…`, where all of it is known: subcommands from their table, options from the tables that
 * getopt reads, instances, inputs, values, words and scenes from the session that runs. */
#include "cli.h"
#include "options.h"
#include "repl.h"
#include "sessions.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 300, LINE_BYTES = 4096 };

static const char usage[] =
    "usage: understudy complete bash|zsh|fish\n"
    "Prints what makes the shell complete command lines of understudy: subcommands, options, and the\n"
    "instances and inputs of the running session.\n"
    "  bash: eval \"$(understudy complete bash)\"    in ~/.bashrc\n"
    "  zsh:  eval \"$(understudy complete zsh)\"     in ~/.zshrc, behind compinit\n"
    "  fish: understudy complete fish | source     in ~/.config/fish/config.fish\n";

/* A candidate a line; "@files" asks the shell for files. */
static const struct {
	const char *shell, *script;
} shells[] = {
    {"bash", "_understudy() {\n"
             "	local IFS=$'\\n' line word=${COMP_WORDS[COMP_CWORD]}\n"
             "	COMPREPLY=()\n"
             "	while read -r line; do\n"
             "		if [ \"$line\" = @files ]; then compopt -o default -o filenames; return; fi\n"
             "		COMPREPLY+=(\"$line\")\n"
             "	done < <(\"$1\" complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
             "	case ${COMPREPLY[0]} in *[./=]) [ ${#COMPREPLY[@]} = 1 ] && compopt -o nospace ;; esac\n"
             "}\n"
             "complete -F _understudy understudy\n"},
    {"zsh",
     "_understudy() {\n"
     "	local -a given\n"
     "	given=(\"${(@f)$($words[1] complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
     "	if [[ $given[1] = @files ]]; then _files; return; fi\n"
     "	if [[ $#given = 1 && $given[1] = *[./=] ]]; then compadd -U -S '' -- $given; else compadd -U -- $given; fi\n"
     "}\n"
     "compdef _understudy understudy\n"},
    {"fish", "function __understudy\n"
             "	set -l words (commandline -opc) (commandline -ct)\n"
             "	set -l given ($words[1] complete -- $words[2..-1] 2>/dev/null)\n"
             "	if test \"$given[1]\" = @files\n"
             "		__fish_complete_path (commandline -ct)\n"
             "	else\n"
             "		printf '%s\\n' $given\n"
             "	end\n"
             "end\n"
             "complete -c understudy -f -a '(__understudy)'\n"},
};
enum { SHELLS = sizeof shells / sizeof shells[0] };

static const char *typed; /* what a candidate begins with */

static void offer(const char *word)
{
	if (strncmp(word, typed, strlen(typed)) == 0)
		printf("%s\n", word);
}

static void offer_words(const char *words)
{
	char copy[256], *rest = copy;
	snprintf(copy, sizeof copy, "%s", words);
	for (char *word; (word = strsep(&rest, " "));)
		offer(word);
}

static void offer_session(const char *session, void *context)
{
	(void)context;
	offer(session);
}

static const struct us_subcommand *find(const char *name)
{
	const struct us_subcommand *s;
	for (uint32_t i = 0; (s = us_cli_subcommand(i)); i++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

/* The options of a subcommand, as its own table has them: read from another process, because it prints. */
static FILE *list_options(const struct us_subcommand *s, pid_t *child)
{
	int fd[2];
	char option[] = US_CLI_LIST_OPTIONS;
	if (pipe(fd))
		return NULL;
	fflush(stdout);
	*child = fork();
	if (*child == 0) {
		dup2(fd[1], STDOUT_FILENO);
		close(fd[0]);
		close(fd[1]);
		_exit(s->call(2, (char *[]){(char *)(uintptr_t)s->name, option, NULL}) + fflush(stdout));
	}
	close(fd[1]);
	return fdopen(fd[0], "r");
}

/* Each option in turn; true: `visit` has said so. */
static bool each_option(const struct us_subcommand *s, bool (*visit)(const char *name, bool valued, const char *like),
                        const char *like)
{
	char line[80];
	pid_t child = -1;
	bool found = false;
	FILE *f = list_options(s, &child);
	while (f && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		char *value = strchr(line, '=');
		if (value)
			*value = 0;
		found |= visit(line, value != NULL, like);
	}
	if (f)
		fclose(f);
	if (child > 0)
		waitpid(child, NULL, 0);
	return found;
}

static bool offer_option(const char *name, bool valued, const char *like)
{
	(void)valued, (void)like;
	offer(name);
	return false;
}

static bool takes_value(const char *name, bool valued, const char *like)
{
	return valued && strcmp(name, like) == 0;
}

static void complete_option_value(const char *option)
{
	static const struct {
		const char *option, *words;
	} values[] = {
	    {"--device", "null freewheel help"}, {"--clock", "in out off"}, {"--api", "auto alsa jack"},
	    {"--format", "wav flac aiff ogg"},   {"--at", "bar beat now"},  {"--rate", "44100 48000 88200 96000"},
	    {"--bind", "127.0.0.1 0.0.0.0"}};
	if (strcmp(option, "--session") == 0) {
		us_sessions_each(offer_session, NULL);
		return;
	}
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (strcmp(values[i].option, option) == 0) {
			offer_words(values[i].words);
			return;
		}
	printf("@files\n");
}

/* What the prompt would offer for the line of these words. */
static void complete_line(struct us_repl *r, const char *before)
{
	static struct us_candidates candidates;
	char line[LINE_BYTES];
	const size_t from = (size_t)snprintf(line, sizeof line, "%s", before);
	if (from + strlen(typed) >= sizeof line)
		return;
	strcpy(line + from, typed);
	candidates.from = strlen(line);
	us_repl_complete(r, line, strlen(line), &candidates);
	const size_t kept = candidates.from > from ? candidates.from - from : 0;
	for (uint32_t i = 0; i < candidates.count; i++)
		printf("%.*s%s\n", (int)kept, typed, candidates.list[i].text);
}

/* The words behind the subcommand, without options. */
static void join_words(char line[static LINE_BYTES], const char *first, int argc, char **argv)
{
	size_t used = (size_t)snprintf(line, LINE_BYTES, "%s", first);
	for (int i = 2; i < argc - 1 && used < LINE_BYTES - 2; i++) {
		if (strcmp(argv[i], "--session") == 0) {
			i++;
			continue;
		}
		used += (size_t)snprintf(line + used, LINE_BYTES - used, "%s ", argv[i]);
	}
}

static void complete_from_session(const struct us_subcommand *s, int argc, char **argv)
{
	struct us_repl r = {.colour = false};
	struct us_err err;
	char line[LINE_BYTES];
	for (int i = 2; i + 1 < argc; i++)
		if (strcmp(argv[i], "--session") == 0)
			r.talk.wanted = argv[i + 1];
	r.talk.roll = calloc(1, sizeof *r.talk.roll);
	if (r.talk.roll && (us_talk_open(&r.talk, &err) == US_OK || us_talk_open_library(&r.talk, &err) == US_OK)) {
		join_words(line, s->takes == US_TAKES_WORDS ? "say " : "", argc, argv);
		if (r.talk.sender)
			us_roll_ask(&r.talk, r.talk.roll, PATIENCE_MS);
		const bool knob = s->takes == US_TAKES_KNOB && !line[0];
		for (uint32_t i = 0; knob && !strchr(typed, '.') && i < r.talk.roll->count; i++) {
			char name[US_NAME_BYTES + 1];
			snprintf(name, sizeof name, "%s.", r.talk.roll->list[i].name);
			offer(name);
		}
		if (!knob || strchr(typed, '.'))
			complete_line(&r, line);
	}
	us_words_close(r.words);
	us_talk_close(&r.talk);
}

static void complete_word(const struct us_subcommand *s, int argc, char **argv)
{
	const struct us_subcommand *other;
	const struct us_module *module;
	struct us_talk talk = {0};
	switch (s->takes) {
	case US_TAKES_PATCH:
	case US_TAKES_LOG:
		printf("@files\n");
		break;
	case US_TAKES_KNOB:
	case US_TAKES_LINE:
	case US_TAKES_WORDS:
		complete_from_session(s, argc, argv);
		break;
	case US_TAKES_MODULE:
		if (us_talk_open_library(&talk, NULL) == US_OK)
			for (uint32_t i = 0; (module = us_library_at(talk.library, i)); i++)
				offer(module->name);
		us_talk_close(&talk);
		break;
	case US_TAKES_FAULT:
		offer_words(argc <= 3 ? "kill stop cont segv bus fpe ill abort hang nan inf exit"
		                      : "primary standby both spare control recorder supervisor");
		break;
	case US_TAKES_SHELL:
		offer_words("bash zsh fish");
		break;
	case US_TAKES_SUBCOMMAND:
		for (uint32_t i = 0; (other = us_cli_subcommand(i)); i++)
			offer(other->name);
		break;
	default:
		break;
	}
}

/* argv[1] is the subcommand, the last word is being typed. */
static void complete(int argc, char **argv)
{
	static const struct us_subcommand help = {.name = "help", .takes = US_TAKES_SUBCOMMAND};
	typed = argv[argc - 1];
	if (argc <= 2) {
		complete_word(&help, argc, argv);
		offer_words("help --help --version");
		return;
	}
	const struct us_subcommand *s = strcmp(argv[1], "help") == 0 ? &help : find(argv[1]);
	const char *before = argv[argc - 2];
	if (!s)
		return;
	if (strcmp(before, "-o") == 0 || strcmp(before, "-e") == 0)
		printf("@files\n");
	else if (s->call && before[0] == '-' && before[1] == '-' && each_option(s, takes_value, before))
		complete_option_value(before);
	else if (s->call && typed[0] == '-')
		each_option(s, offer_option, NULL);
	else
		complete_word(s, argc, argv);
}

int us_cli_complete(int argc, char **argv)
{
	static const struct option table[] = {US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table};
	int code;
	if (argc > 2 && strcmp(argv[1], "--") == 0) {
		argv[1] = argv[0];
		complete(argc - 1, argv + 1);
		return US_CLI_DONE;
	}
	us_cli_option(argc, argv, &options, &code);
	if (code != US_CLI_GO_ON)
		return code;
	for (int i = 0; i < SHELLS && argc - optind == 1; i++)
		if (strcmp(shells[i].shell, argv[optind]) == 0) {
			fputs(shells[i].script, stdout);
			return US_CLI_DONE;
		}
	return us_cli_misused("complete", "right would be: understudy complete bash, zsh or fish");
}
