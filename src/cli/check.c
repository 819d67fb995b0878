/* check.c — `understudy check PATCH`: what a synth would say to a patch, without one. The text is compiled, and what
 * comes out is carried out in an empty engine, which knows what fits and opens the files that are named. */
#include "cli.h"
#include "command/commander.h"
#include "offline.h"
#include "options.h"
#include "patch_file.h"
#include "shelf/shelve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000 };

struct check {
	struct us_offline offline;
	struct us_lang_catalogue catalogue;
	struct us_commander *commander; /* for each file a new one */
	struct us_record *record;       /* what would go to the journal */
	const char *file;
	bool refused;
	uint32_t warnings;
};

static int hear(void *context, const struct us_command *answer, struct us_err *err)
{
	struct check *c = context;
	(void)err;
	const bool warning = strcmp(answer->address, "/warning") == 0;
	if ((!warning && strcmp(answer->address, "/error") != 0) || answer->argc < 2 || answer->arg[1].type != 's')
		return US_OK;
	c->warnings += warning;
	if (warning)
		fprintf(stderr, "understudy: warning: %s: %s\n", c->file, answer->arg[1].s);
	else
		fprintf(stderr, "understudy: %s: %s %s\n", c->file, answer->arg[0].s, answer->arg[1].s);
	return US_OK;
}

static void complain(void *context, const char *text, bool warning)
{
	struct check *c = context;
	c->warnings += warning;
	c->refused |= !warning;
	fprintf(stderr, "understudy: %s%s\n", warning ? "warning: " : "", text);
}

/* Somebody would sit there and hear nothing. */
static void listen_to(struct check *c)
{
	const struct us_engine *model = us_commander_model(c->commander);
	struct us_instance_view view;
	struct us_cable_view cable;
	bool heard = false, anything = false;
	for (uint16_t i = 0; i < US_INDICES; i++)
		anything |= us_engine_instance(model, i, &view);
	for (uint32_t place = 0; us_engine_next_cable(model, &place, &cable);)
		heard |= us_engine_instance(model, cable.instance, &view) && view.module->flags & US_SINK;
	if (heard || !anything)
		return;
	c->warnings++;
	fprintf(stderr,
	        "understudy: warning: %s: nothing reaches the loudspeakers; a cable to out is missing, as in osc -> "
	        "out\n",
	        c->file);
}

static int take(void *context, const struct us_command *command, struct us_err *err)
{
	struct check *c = context;
	struct us_outbox out = {.record = c->record, .room = US_OUTBOX_RECORDS};
	const struct us_message message = {
	    .from = US_FROM_OWNER, .command = command, .out = &out, .reply = hear, .reply_context = c};
	const uint64_t rejected = us_commander_counts(c->commander).rejected;
	(void)err;
	us_commander_take(c->commander, &message);
	c->refused |= us_commander_counts(c->commander).rejected > rejected;
	return US_OK;
}

static int shelve(void *host, const char *path, uint32_t *number, struct us_err *err)
{
	const struct check *c = host;
	return us_shelve_file(&(struct us_shelve){.shelf = c->offline.shelf}, path, number, err);
}

static int try_text(struct check *c, const struct us_lang_text *text, struct us_err *err)
{
	const struct us_command begin = {.address = "/patch/begin"}, commit = {.address = "/patch/commit"};
	if (take(c, &begin, err))
		return US_FAILED;
	us_lang_compile(text, &c->catalogue, take, c, err); /* what is wrong has been told */
	if (take(c, &commit, err))
		return US_FAILED;
	if (!c->refused)
		listen_to(c);
	return US_OK;
}

static int check_file(struct check *c, const char *path, struct us_err *err)
{
	char *memory;
	struct us_lang_text text = {.file = strcmp(path, "-") == 0 ? "(standard input)" : path,
	                            .whole = true,
	                            .complain = complain,
	                            .complain_context = c};
	const struct us_commander_config config = {.rate = RATE,
	                                           .tape_bytes = us_tape_bytes(US_OFFLINE_TAPE_SECONDS, RATE),
	                                           .library = c->offline.library,
	                                           .shelf = c->offline.shelf,
	                                           .shelve = shelve,
	                                           .chaos = true,
	                                           .host = c};
	if (us_text_read(path, &memory, &text.bytes, err))
		return US_FAILED;
	text.text = memory;
	c->file = text.file;
	c->refused = false;
	c->warnings = 0;
	int failed = us_commander_open(&c->commander, &config, err);
	if (!failed) {
		failed = try_text(c, &text, err);
		us_commander_close(c->commander);
	}
	free(memory);
	if (!failed && !c->refused && c->warnings)
		printf("%s: good, with %u warning%s\n", c->file, c->warnings, c->warnings > 1 ? "s" : "");
	else if (!failed && !c->refused)
		printf("%s: good\n", c->file);
	return failed;
}

int us_cli_check(int argc, char **argv)
{
	static const char usage[] =
	    "usage: understudy check PATCH...\n"
	    "Looks patch files over without playing them: all that is wrong, where, and what would be right; whether\n"
	    "all of it fits; whether the files that it names are there. It warns when nothing reaches the\n"
	    "loudspeakers, when a name is a word of the language, when a ; is missing before a change of a\n"
	    "pattern, and when a name in a pattern has no cable. PATCH may be - for standard input.\n";
	static const struct option table[] = {US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table};
	struct check c = {.file = NULL};
	struct us_err err;
	int code, worst = US_CLI_DONE;
	us_cli_option(argc, argv, &options, &code);
	if (code != US_CLI_GO_ON)
		return code;
	if (optind >= argc)
		return us_cli_misused("check", "right would be: understudy check patches/drone.us");
	c.record = calloc(US_OUTBOX_RECORDS, sizeof *c.record);
	if (!c.record)
		us_fail(&err, "no memory for a patch");
	if (!c.record || us_offline_open(&c.offline, US_OFFLINE_DESCRIBED, RATE, 0, 0, &err)) {
		free(c.record);
		return us_cli_refuse(&err);
	}
	c.catalogue = us_catalogue_of(c.offline.library);
	for (int i = optind; i < argc; i++)
		if (check_file(&c, argv[i], &err))
			worst = us_cli_refuse(&err);
		else if (c.refused)
			worst = US_CLI_FAILED;
	us_offline_close(&c.offline);
	free(c.record);
	return worst;
}
