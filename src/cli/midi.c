/* midi.c — `understudy midi`: looks the options over and becomes understudy-midi, which is a program of its own because
 * what it needs, RtMidi, shall be loaded by nobody else. */
#include "cli.h"
#include "ipc/rig.h"
#include "options.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "usage: understudy midi [OPTION]...\n"
    "Plays the running synth from MIDI keyboards and controllers, and follows or leads MIDI clock.\n"
    "  --list             the MIDI ports of this machine\n"
    "  --in NAME          listen only to ports whose name contains this (default: to all)\n"
    "  --out NAME         send clock to the port whose name contains this (default: a port of our own)\n"
    "  --api NAME         alsa or jack (default: auto, the first that works)\n"
    "  --channel N        only this channel, 1 to 16\n"
    "  --note INSTANCE    who plays the notes (default: the first that takes notes; the map may say otherwise)\n"
    "  --map FILE         what controllers turn (default: ~/.config/understudy/midi.txt)\n"
    "  --learn PLACE      the controller that is moved next turns PLACE, as in vcf.cutoff: a line in the map\n"
    "  --clock in         tempo, start and stop come from MIDI clock\n"
    "  --clock out        the song is sent as MIDI clock\n"
    "  --session NAME     the synth to play\n"
    "  --port N           its OSC port, if it is not what the session says\n"
    "Ports that are plugged in later are opened then; the map may be edited meanwhile. See docs/midi.md.\n";

enum key { IN = US_CLI_OWN, OUT, API, CHANNEL, NOTE, MAP, LEARN, CLOCK, PORT, LIST, KEYS };
enum { WORDS = 32 };

struct call {
	const char *session;
	bool list, learns, has_map;
	char map[US_PATH_BYTES];
	uint32_t count;
	char *word[WORDS];
};

static int refuse_value(int key, const char *value)
{
	char *end;
	const long n = strtol(value, &end, 10);
	const bool number = *value && !*end;
	if (key == API && strcmp(value, "alsa") && strcmp(value, "jack") && strcmp(value, "auto"))
		return us_cli_misused("midi", "there is no --api %s; right would be alsa, jack or auto", value);
	if (key == CLOCK && strcmp(value, "in") && strcmp(value, "out") && strcmp(value, "off"))
		return us_cli_misused("midi", "--clock %s: right would be in, out or off", value);
	if (key == CHANNEL && !(number && n >= 1 && n <= 16))
		return us_cli_misused("midi", "--channel %s: right would be a number from 1 to 16", value);
	if (key == PORT && !(number && n >= 1 && n <= 65535))
		return us_cli_misused("midi", "--port %s: right would be a number from 1 to 65535", value);
	if (key == LEARN && (!strchr(value, '.') || value[0] == '.' || strlen(value) >= 50))
		return us_cli_misused("midi", "--learn %s: right would be an instance and its input, as in vcf.cutoff",
		                      value);
	return US_CLI_GO_ON;
}

static void add(struct call *c, const char *name, const char *value)
{
	if (c->count + 3 > WORDS)
		return;
	c->word[c->count++] = (char *)name;
	if (value)
		c->word[c->count++] = (char *)value;
}

static int read_options(struct call *c, int argc, char **argv)
{
	static const struct option table[] = {{"in", required_argument, NULL, IN},
	                                      {"out", required_argument, NULL, OUT},
	                                      {"api", required_argument, NULL, API},
	                                      {"channel", required_argument, NULL, CHANNEL},
	                                      {"note", required_argument, NULL, NOTE},
	                                      {"map", required_argument, NULL, MAP},
	                                      {"learn", required_argument, NULL, LEARN},
	                                      {"clock", required_argument, NULL, CLOCK},
	                                      {"port", required_argument, NULL, PORT},
	                                      {"list", no_argument, NULL, LIST},
	                                      {"session", required_argument, NULL, US_CLI_SESSION},
	                                      US_CLI_COMMON};
	static const char *const names[KEYS] = {
	    [IN] = "--in",   [OUT] = "--out",     [API] = "--api",     [CHANNEL] = "--channel", [NOTE] = "--note",
	    [MAP] = "--map", [LEARN] = "--learn", [CLOCK] = "--clock", [PORT] = "--port",       [LIST] = "--list"};
	const struct us_cli_options options = {.usage = usage, .table = table};
	int code, wrong = US_CLI_GO_ON;
	for (int key; (key = us_cli_option(argc, argv, &options, &code)) != -1;) {
		if (key == US_CLI_SESSION) {
			c->session = optarg;
			continue;
		}
		if (optarg && wrong == US_CLI_GO_ON)
			wrong = refuse_value(key, optarg);
		c->has_map |= key == MAP;
		c->list |= key == LIST;
		c->learns |= key == LEARN;
		add(c, names[key], optarg);
	}
	if (code == US_CLI_GO_ON && wrong != US_CLI_GO_ON)
		return wrong;
	if (code == US_CLI_GO_ON && optind < argc)
		return us_cli_misused("midi", "it takes no '%s'; understudy midi --help lists its options",
		                      argv[optind]);
	return code;
}

int us_cli_midi(int argc, char **argv)
{
	char program[US_PATH_BYTES], session[US_SESSION_BYTES];
	struct us_err err;
	struct call call = {.word = {"understudy-midi"}, .count = 1};
	const int code = read_options(&call, argc, argv);
	if (code != US_CLI_GO_ON)
		return code;
	if (us_rig_program(program, "understudy-midi", &err))
		return us_cli_refuse(&err);
	if (!call.list && !call.learns && us_cli_session(session, call.session, &err))
		return us_cli_refuse(&err);
	if (!call.list && !call.learns)
		add(&call, "--session", session);
	if (!call.has_map && us_rig_config(call.map, "midi.txt"))
		add(&call, "--map", call.map);
	if (!call.has_map && !call.map[0] && call.learns)
		return us_cli_refuse(&(struct us_err){"there is no HOME to keep the map in; name a file with --map"});
	execv(program, call.word);
	us_fail(&err, "cannot start %s: %s", program, strerror(errno));
	return us_cli_refuse(&err);
}
