/* repl_names.c — which instances play, and which scenes there are, for completion and for `who`. */
#include "repl.h"

#include <string.h>

struct roll {
	const struct us_library *library;
	struct us_repl_names names;
	bool whole; /* the last answer has come, and says as many as there were */
};

static int take(void *context, const struct us_command *answer, struct us_err *err)
{
	struct roll *roll = context;
	struct us_repl_names *names = &roll->names;
	(void)err;
	if (strcmp(answer->address, "/scene/list") == 0 && answer->argc == 2 && answer->arg[0].type == 's' &&
	    names->scenes < US_REPL_SCENES)
		snprintf(names->scene[names->scenes++], US_NAME_BYTES, "%s", answer->arg[0].s);
	if (strcmp(answer->address, "/patch/list") != 0)
		return US_OK;
	if (answer->argc == 1 && answer->arg[0].type == 'i')
		roll->whole = answer->arg[0].i == names->count;
	if (answer->argc < 4 || answer->arg[0].type != 's' || answer->arg[1].type != 's' ||
	    answer->arg[2].type != 'i' || answer->arg[3].type != 'i' || names->count == US_MAX_INSTANCES)
		return US_OK;
	struct us_repl_name *n = &names->list[names->count++];
	snprintf(n->name, sizeof n->name, "%s", answer->arg[0].s);
	n->module = us_library_find(roll->library, answer->arg[1].s);
	n->voices = (uint32_t)answer->arg[2].i;
	n->bypassed = answer->arg[3].i != 0;
	return US_OK;
}

bool us_repl_ask_names(struct us_repl *r, uint32_t patience_ms)
{
	static const struct us_command ask = {.address = "/patch/list"}, ask_scenes = {.address = "/scene/list"};
	struct roll roll = {.library = r->talk.library};
	struct us_err unread;
	if (!r->talk.sender)
		return false;
	us_sender_listen(r->talk.sender, take, &roll);
	us_sender_wait(r->talk.sender, patience_ms);
	const bool heard = !us_sender_send(r->talk.sender, &ask_scenes, &unread) &&
	                   !us_sender_send(r->talk.sender, &ask, &unread) && !us_sender_sync(r->talk.sender, &unread) &&
	                   roll.whole;
	us_sender_wait(r->talk.sender, 0);
	us_sender_listen(r->talk.sender, r->editor ? us_repl_answer : NULL, r);
	if (heard)
		r->names = roll.names;
	return heard;
}

const struct us_repl_name *us_repl_name(const struct us_repl *r, const char *name)
{
	for (uint32_t i = 0; i < r->names.count; i++)
		if (strcmp(r->names.list[i].name, name) == 0)
			return &r->names.list[i];
	return NULL;
}
