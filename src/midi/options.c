/* options.c — the command line of understudy-midi. It is written by `understudy midi`, which has checked what a person
 * typed. */
#include "client.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

int us_midi_options_read(struct us_midi_options *o, int argc, char **argv, struct us_err *err)
{
	enum key { SESSION = 1, IN, OUT, API, NOTE, MAP, LEARN, PORT, CHANNEL, CLOCK, LIST };
	static const struct option table[] = {{"session", required_argument, NULL, SESSION},
	                                      {"in", required_argument, NULL, IN},
	                                      {"out", required_argument, NULL, OUT},
	                                      {"api", required_argument, NULL, API},
	                                      {"note", required_argument, NULL, NOTE},
	                                      {"map", required_argument, NULL, MAP},
	                                      {"learn", required_argument, NULL, LEARN},
	                                      {"port", required_argument, NULL, PORT},
	                                      {"channel", required_argument, NULL, CHANNEL},
	                                      {"clock", required_argument, NULL, CLOCK},
	                                      {"list", no_argument, NULL, LIST},
	                                      {NULL, 0, NULL, 0}};
	*o = (struct us_midi_options){.session = "main", .api = "auto", .map = "", .channel = US_MAP_EVERY};
	const char **words[] = {[SESSION] = &o->session, [IN] = &o->in,   [OUT] = &o->out,    [API] = &o->api,
	                        [NOTE] = &o->note,       [MAP] = &o->map, [LEARN] = &o->learn};
	for (int key; (key = getopt_long(argc, argv, "", table, NULL)) != -1;) {
		if (key >= SESSION && key <= LEARN)
			*words[key] = optarg;
		else if (key == PORT)
			o->port = (uint32_t)strtoul(optarg, NULL, 10);
		else if (key == CHANNEL)
			o->channel = atoi(optarg) - 1;
		else if (key == CLOCK)
			o->clock = strcmp(optarg, "in") == 0    ? US_CLOCK_LED
			           : strcmp(optarg, "out") == 0 ? US_CLOCK_LEADS
			                                        : US_CLOCK_OFF;
		else if (key == LIST)
			o->list = true;
		else
			return us_fail(err, "unknown option; understudy midi knows the options");
	}
	if (!us_session_name_ok(o->session) || (o->learn && !strchr(o->learn, '.')))
		return us_fail(err, "this is started by understudy midi");
	return US_OK;
}
