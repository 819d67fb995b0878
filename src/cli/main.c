/* main.c — understudy SUBCOMMAND …: finds the subcommand in a table and calls it. */
#include "cli.h"
#include "lang/spelling.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define VERSION "0.1"

static const struct us_subcommand table[] = {
    {"run", us_cli_run, "start the synth", US_TAKES_PATCH},
    {"load", us_cli_load, "load a patch into the running synth", US_TAKES_PATCH},
    {"save", us_cli_save, "write the patch that plays as text that loads to the same sound", US_TAKES_PATCH},
    {"set", us_cli_set, "move a knob: understudy set osc.freq 440", US_TAKES_KNOB},
    {"eval", us_cli_eval, "carry out a line of the patch language", US_TAKES_LINE},
    {"repl", us_cli_repl, "talk to the running synth, line by line", US_TAKES_NOTHING},
    {"say", us_cli_say, "the same in a musician's words: the bass a bit darker", US_TAKES_WORDS},
    {"explain", us_cli_explain, "what say would do", US_TAKES_WORDS},
    {"watch", us_cli_watch, "load a patch file, and what changes in it each time it is saved", US_TAKES_PATCH},
    {"midi", us_cli_midi, "play it from MIDI, follow or lead MIDI clock", US_TAKES_NOTHING},
    {"events", us_cli_events, "what a pattern does: its events, and a picture of the cycle", US_TAKES_NOTHING},
    {"check", us_cli_check, "look a patch file over without playing it", US_TAKES_PATCH},
    {"fmt", us_cli_fmt, "a patch file as it should look", US_TAKES_PATCH},
    {"status", us_cli_status, "how the running synth is doing", US_TAKES_NOTHING},
    {"sessions", us_cli_sessions, "which synths are running on this machine", US_TAKES_NOTHING},
    {"stop", us_cli_stop, "end the running synth", US_TAKES_NOTHING},
    {"fault", us_cli_fault, "kill, stop or break a part of it, on purpose", US_TAKES_FAULT},
    {"render", us_cli_render, "render a patch to a WAV file, offline", US_TAKES_PATCH},
    {"replay", us_cli_replay, "render what was played, from the session's log", US_TAKES_LOG},
    {"modules", us_cli_modules, "the modules and their inputs and outputs", US_TAKES_MODULE},
    {"devices", us_cli_devices, "the audio devices", US_TAKES_NOTHING},
    {"complete", us_cli_complete, "completion for bash, zsh and fish", US_TAKES_SHELL},
    {"doctor", us_cli_doctor, "what this machine lacks for sound that does not stop", US_TAKES_NOTHING},
};
enum { COUNT = sizeof table / sizeof table[0] };

const struct us_subcommand *us_cli_subcommand(uint32_t n)
{
	return n < COUNT ? &table[n] : NULL;
}

static void print_help(FILE *f)
{
	fprintf(
	    f, "understudy — a modular synthesizer that does not stop\n\nusage: understudy SUBCOMMAND [OPTION]...\n\n");
	for (size_t i = 0; i < COUNT; i++)
		fprintf(f, "  %-9s %s\n", table[i].name, table[i].summary);
	fprintf(f, "\nunderstudy SUBCOMMAND --help says more; understudy help SUBCOMMAND does the same.\n");
}

static int unknown(const char *word)
{
	struct us_spelling spelling = {.wanted = word};
	for (size_t i = 0; i < COUNT; i++)
		us_spelling_offer(&spelling, table[i].name);
	const char *near = us_spelling_best(&spelling);
	fprintf(stderr, "understudy: there is no subcommand '%s'%s%s%s; understudy --help lists them\n", word,
	        near ? ", did you mean '" : "", near ? near : "", near ? "'" : "");
	return US_CLI_USAGE;
}

void us_cli_print_version(void)
{
	printf("understudy %s\n", VERSION);
}

/* understudy help run is understudy run --help. */
static int help_with(char *word)
{
	char option[] = "--help";
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(word, table[i].name) == 0)
			return table[i].call(2, (char *[]){word, option, NULL});
	return unknown(word);
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, ""); /* numbers stay in the C locale: a decimal point, never a comma */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		print_help(stderr);
		return US_CLI_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 && argc > 2)
		return help_with(argv[2]);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return US_CLI_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		us_cli_print_version();
		return US_CLI_DONE;
	}
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(argv[1], table[i].name) == 0)
			return table[i].call(argc - 1, argv + 1);
	return unknown(argv[1]);
}
