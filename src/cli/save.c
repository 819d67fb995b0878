/* save.c — `understudy save [FILE]`: the patch that plays, as text. Control writes the lines (src/command/text.c) and
 * sends them page by page; here they become a file. UDP may lose a line: then the page is asked for again. */
#include "cli.h"
#include "options.h"
#include "patch_file.h"
#include "sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: understudy save [FILE] [--session NAME]\n"
    "Writes the patch that plays as text that loads to the same sound: to FILE, else to standard\n"
    "output.\n";

enum { PATIENCE = 20 };

struct save {
	struct us_sender *sender;
	FILE *out;
	char *text;
	size_t bytes;
	uint32_t next;       /* the line that is due */
	uint32_t lines;      /* there are in all; 0: nobody has said */
	int64_t generation;  /* of the patch */
	bool changed, heard; /* in this page */
};

static int take_line(void *context, const struct us_command *answer, struct us_err *err)
{
	struct save *s = context;
	(void)err;
	if (strcmp(answer->address, "/patch/text") != 0)
		return US_OK;
	if (answer->argc == 2 && answer->arg[0].type == 'i' && answer->arg[1].type == 's') {
		if (answer->arg[0].i == s->next) /* one is missing: what follows it is asked for again */
			s->next += fprintf(s->out, "%s\n", answer->arg[1].s) > 0;
	} else if (answer->argc == 3 && answer->arg[2].type == 'i') {
		s->changed = s->lines && (s->generation != answer->arg[2].i || s->lines != answer->arg[1].i);
		s->lines = (uint32_t)answer->arg[1].i;
		s->generation = answer->arg[2].i;
		s->heard = true;
	}
	return US_OK;
}

static int begin(struct save *s, struct us_err *err)
{
	if (s->out)
		fclose(s->out);
	free(s->text);
	s->text = NULL;
	s->next = s->lines = 0;
	s->changed = false;
	s->out = open_memstream(&s->text, &s->bytes);
	return s->out ? US_OK : us_fail(err, "no memory for the patch");
}

static int ask_page(struct save *s, struct us_err *err)
{
	const struct us_command ask = {.address = "/patch/text", .argc = 1, .arg = {{.type = 'i', .i = s->next}}};
	s->heard = false;
	return us_sender_send(s->sender, &ask, err) || us_sender_sync(s->sender, err) ? US_FAILED : US_OK;
}

/* Page after page. Somebody who edits meanwhile makes it begin again, but not for ever. */
static int fetch(struct save *s, struct us_err *err)
{
	us_sender_listen(s->sender, take_line, s);
	if (begin(s, err))
		return US_FAILED;
	for (uint32_t tries = 0; tries < PATIENCE;) {
		const uint32_t before = s->next;
		if (ask_page(s, err))
			return US_FAILED;
		if (s->changed && begin(s, err))
			return US_FAILED;
		if (s->heard && s->lines && s->next >= s->lines)
			return fflush(s->out) ? us_fail(err, "no memory for the patch") : US_OK;
		tries += s->next <= before;
	}
	return us_fail(err, "the patch changes faster than it can be read, or its lines are lost; try again");
}

static int save(struct save *s, const char *session_name, const char *path, struct us_err *err)
{
	char name[US_SESSION_BYTES];
	struct us_session session;
	if (us_cli_session(name, session_name, err) || us_session_open(&session, name, 0, err))
		return US_FAILED;
	const uint32_t port = session.clock->osc_port;
	us_session_close(&session);
	if (us_sender_open(&s->sender, port, err) || fetch(s, err))
		return US_FAILED;
	if (path && strcmp(path, "-") != 0)
		return us_text_replace(path, s->text, s->bytes, err);
	return fwrite(s->text, 1, s->bytes, stdout) == s->bytes && !fflush(stdout)
	           ? US_OK
	           : us_fail(err, "cannot print the patch");
}

int us_cli_save(int argc, char **argv)
{
	static const struct option table[] = {{"session", required_argument, NULL, US_CLI_SESSION}, US_CLI_COMMON};
	const struct us_cli_options options = {.usage = usage, .table = table};
	const char *session = NULL;
	struct save s = {0};
	struct us_err err;
	int code;
	while (us_cli_option(argc, argv, &options, &code) == US_CLI_SESSION)
		session = optarg;
	if (code != US_CLI_GO_ON)
		return code;
	if (argc - optind > 1)
		return us_cli_misused("save", "one file is enough: understudy save my.us");
	const int failed = save(&s, session, argv[optind], &err);
	if (s.sender)
		us_sender_close(s.sender);
	if (s.out)
		fclose(s.out);
	free(s.text);
	return failed ? us_cli_refuse(&err) : US_CLI_DONE;
}
