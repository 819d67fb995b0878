/* fetch.c — see fetch.h. Control writes the lines (src/command/text.c) and sends them page by page. UDP may lose a
 * line: then the page is asked for again. */
#include "fetch.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE = 20 };

struct fetch {
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
	struct fetch *s = context;
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

static int begin(struct fetch *s, struct us_err *err)
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

static int ask_page(struct fetch *s, struct us_err *err)
{
	const struct us_command ask = {.address = "/patch/text", .argc = 1, .arg = {{.type = 'i', .i = s->next}}};
	s->heard = false;
	return us_sender_send(s->sender, &ask, err) || us_sender_sync(s->sender, err) ? US_FAILED : US_OK;
}

/* Page after page. Somebody who edits meanwhile makes it begin again, but not for ever. */
static int fetch_pages(struct fetch *s, struct us_err *err)
{
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

int us_patch_fetch(struct us_sender *sender, char **text, size_t *bytes, struct us_err *err)
{
	struct fetch s = {.sender = sender};
	us_sender_listen(sender, take_line, &s);
	const int failed = fetch_pages(&s, err);
	us_sender_listen(sender, NULL, NULL);
	if (s.out)
		fclose(s.out);
	if (failed) {
		free(s.text);
		return US_FAILED;
	}
	*text = s.text;
	*bytes = s.bytes;
	return US_OK;
}
