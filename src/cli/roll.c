/* roll.c — see roll.h. */
#include "roll.h"

#include <string.h>

struct call {
	const struct us_library *library;
	struct us_roll roll;
	bool whole; /* the last answer has come, and says as many as there were */
};

static int take(void *context, const struct us_command *answer, struct us_err *err)
{
	struct call *call = context;
	struct us_roll *roll = &call->roll;
	(void)err;
	if (strcmp(answer->address, "/scene/list") == 0 && answer->argc == 2 && answer->arg[0].type == 's' &&
	    roll->scenes < US_ROLL_SCENES)
		snprintf(roll->scene[roll->scenes++], US_NAME_BYTES, "%s", answer->arg[0].s);
	if (strcmp(answer->address, "/patch/list") != 0)
		return US_OK;
	if (answer->argc == 1 && answer->arg[0].type == 'i')
		call->whole = answer->arg[0].i == roll->count;
	if (answer->argc < 4 || answer->arg[0].type != 's' || answer->arg[1].type != 's' ||
	    answer->arg[2].type != 'i' || answer->arg[3].type != 'i' || roll->count == US_MAX_INSTANCES)
		return US_OK;
	struct us_roll_entry *n = &roll->list[roll->count++];
	snprintf(n->name, sizeof n->name, "%s", answer->arg[0].s);
	n->module = us_library_find(call->library, answer->arg[1].s);
	n->voices = (uint32_t)answer->arg[2].i;
	n->bypassed = answer->arg[3].i != 0;
	return US_OK;
}

bool us_roll_ask(struct us_talk *talk, struct us_roll *roll, uint32_t patience_ms)
{
	static const struct us_command ask = {.address = "/patch/list"}, ask_scenes = {.address = "/scene/list"};
	struct call call = {.library = talk->library};
	struct us_err unread;
	if (!talk->sender)
		return false;
	us_sender_listen(talk->sender, take, &call);
	us_sender_wait(talk->sender, patience_ms);
	const bool heard = !us_sender_send(talk->sender, &ask_scenes, &unread) &&
	                   !us_sender_send(talk->sender, &ask, &unread) && !us_sender_sync(talk->sender, &unread) &&
	                   call.whole;
	us_sender_wait(talk->sender, 0);
	us_talk_listen(talk);
	if (heard)
		*roll = call.roll;
	return heard;
}

const struct us_roll_entry *us_roll_find(const struct us_roll *roll, const char *name)
{
	for (uint32_t i = 0; roll && i < roll->count; i++)
		if (strcmp(roll->list[i].name, name) == 0)
			return &roll->list[i];
	return NULL;
}
