/* say.c — `understudy say` and `understudy explain`: what a musician says, as lines of the patch language, carried out
 * or only shown. */
#include "cli.h"
#include "options.h"
#include "vocabulary.h"

#include <stdio.h>
#include <string.h>

static int list_words(const struct us_words *words)
{
	const char *name;
	for (uint32_t n = 0; (name = us_words_name(words, n)); n++)
		printf("%s\n", name);
	return US_OK;
}

static int say_it(struct us_talk *talk, struct us_words *words, const char *sentence, bool only_explain,
                  struct us_err *err)
{
	char lines[US_WORDS_LINES_BYTES];
	if (us_talk_open(talk, err) || us_vocabulary_explain(words, talk, sentence, lines, err))
		return US_FAILED;
	fputs(lines, stdout);
	const struct us_lang_text text = {.text = lines, .bytes = strlen(lines)};
	return only_explain ? US_OK : us_talk_say(talk, &text, err);
}

static int say(int argc, char **argv, const char *subcommand, const char *usage, bool only_explain)
{
	enum { LIST = US_CLI_OWN };
	static const struct option table[] = {
	    {"session", required_argument, NULL, US_CLI_SESSION}, {"list", no_argument, NULL, LIST}, US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table, .text = true};
	struct us_talk talk = {0};
	struct us_words *words = NULL;
	struct us_err err;
	char sentence[US_SENTENCE_BYTES] = "";
	bool list = false;
	int code;
	for (int key; (key = us_cli_option(argc, argv, &options, &code)) != -1;)
		if (key == US_CLI_SESSION)
			talk.wanted = optarg;
		else
			list = true;
	if (code != US_CLI_GO_ON)
		return code;
	if (optind == argc && !list)
		return us_cli_misused(subcommand, "something to say is wanted, as in understudy %s 'a bit darker'",
		                      subcommand);
	for (size_t n = 0; optind < argc; optind++) {
		n += (size_t)snprintf(sentence + n, sizeof sentence - n, "%s%s", n ? " " : "", argv[optind]);
		if (n >= sizeof sentence)
			return us_cli_misused(subcommand, "a sentence has at most %d letters", US_SENTENCE_BYTES - 1);
	}
	const int failed = us_vocabulary_open(&words, &err) ||
	                   (list ? list_words(words) : say_it(&talk, words, sentence, only_explain, &err));
	us_words_close(words);
	us_talk_close(&talk);
	return failed ? us_cli_refuse(&err) : US_CLI_DONE;
}

int us_cli_say(int argc, char **argv)
{
	return say(argc, argv, "say",
	           "usage: understudy say WORDS... [--session NAME]\n"
	           "Says it in a musician's words, prints the lines that this means, and carries them out:\n"
	           "  understudy say 'the bass a bit darker'      understudy say add echo to lead\n"
	           "  understudy say louder and less bright       understudy say more like a flute\n"
	           "      --list    the words that are known; ~/.config/understudy/words.txt adds to them\n",
	           false);
}

int us_cli_explain(int argc, char **argv)
{
	return say(argc, argv, "explain",
	           "usage: understudy explain WORDS... [--session NAME]\n"
	           "Shows what understudy say WORDS would do, and does nothing.\n",
	           true);
}
