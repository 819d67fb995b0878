/* watch_plays.c — see watch_plays.h. Somebody else may have changed what plays since the file was sent: an undo,
 * another player, a load. Then the file is compared with what plays, and not with what was sent last. */
#include "watch_plays.h"

#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/names.h>

int us_watch_ask(struct us_talk *talk, char **text, struct us_err *err)
{
	size_t bytes;
	return us_patch_fetch(talk->sender, text, &bytes, err);
}

/* "/mod/env/gate": is it a gate, which is played? */
static bool is_played(const struct us_script *plays, const struct us_lang_catalogue *catalogue, const char *address)
{
	char name[US_NAME_BYTES];
	const char *at = address + strlen("/mod/"), *slash = strchr(at, '/');
	if (strncmp(address, "/mod/", strlen("/mod/")) != 0 || !slash)
		return false;
	snprintf(name, sizeof name, "%.*s", (int)(slash - at), at);
	for (uint32_t i = 0; i < plays->count; i++) {
		const struct us_command *c = &plays->command[i];
		if (strcmp(c->address, "/patch/create") != 0 || strcmp(c->arg[0].s, name) != 0)
			continue;
		const struct us_module *m = catalogue->find(catalogue->context, c->arg[1].s);
		const int input = m ? us_input_named(m, slash + 1) : -1;
		return input >= 0 && (m->inputs[input].unit == US_GATE || m->inputs[input].unit == US_TRIGGER);
	}
	return false;
}

/* Told apart by their addresses: a gate, or what is done once. */
static bool is_kept(const char *address)
{
	return strncmp(address, "/gate/", strlen("/gate/")) == 0 || strcmp(address, "/note") == 0;
}

static int add_kept(const struct us_script *sent, const struct us_script *plays,
                    const struct us_lang_catalogue *catalogue, struct us_script *to, struct us_err *err)
{
	int failed = US_OK;
	for (uint32_t i = 0; i < sent->count && !failed; i++)
		if (is_kept(sent->command[i].address) || is_played(plays, catalogue, sent->command[i].address))
			failed = us_script_add(to, &sent->command[i], err);
	return failed;
}

int us_watch_read(const char *text, const struct us_lang_catalogue *catalogue, const struct us_script *sent,
                  struct us_script *plays, struct us_err *err)
{
	struct us_script all = {0};
	const struct us_lang_text patch = {.text = text, .bytes = strlen(text), .file = "what plays", .whole = true};
	int failed = us_lang_compile(&patch, catalogue, us_script_add, &all, err);
	for (uint32_t i = 0; i < all.count && !failed; i++)
		if (!is_played(&all, catalogue, all.command[i].address))
			failed = us_script_add(plays, &all.command[i], err);
	if (!failed)
		failed = add_kept(sent, &all, catalogue, plays, err);
	us_script_free(&all);
	return failed ? US_FAILED : US_OK;
}
