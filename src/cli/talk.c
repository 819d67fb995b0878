/* talk.c — see talk.h. */
#include "talk.h"

#include "answer.h"
#include "cli.h"
#include "code.h"
#include "code/load.h"
#include "ipc/shm.h"
#include "patch_file.h"
#include "roll.h"

#include <stdlib.h>
#include <string.h>

/* --- the session ------------------------------------------------------------------------------------------------- */

/* Which synth plays, and where it listens. */
struct place {
	uint64_t nonce;
	uint32_t port;
	char address[64];
	char token[US_TOKEN_BYTES];
};

static int look_up(struct us_talk *t, struct place *place, struct us_err *err)
{
	void *memory;
	if (us_cli_session(t->session, t->wanted, err) ||
	    us_shm_open(&memory, t->session, US_SEG_CLOCK, 0, US_READ, err))
		return US_FAILED;
	const struct us_clock *clock = memory;
	place->nonce = clock->segment.nonce;
	place->port = clock->osc_port;
	snprintf(place->address, sizeof place->address, "%.63s", clock->osc_address);
	snprintf(place->token, sizeof place->token, "%.*s", US_TOKEN_BYTES - 1, clock->token);
	/* What is played moves on by the device's buffers: it may be less by one than the time that has passed. */
	const uint32_t step = atomic_load_explicit(&clock->board.device_frames, memory_order_relaxed);
	const uint32_t ahead = atomic_load_explicit(&clock->lookahead_total, memory_order_relaxed) * US_BLOCK;
	t->lead_frames = ahead > step ? ahead - step : 0;
	t->rate = clock->rate;
	us_shm_close(memory);
	return US_OK;
}

/* A session's modules are what they were when it began, whatever has been built since. */
int us_talk_open_library(struct us_talk *t, struct us_err *err)
{
	struct place place;
	struct us_library *library;
	if (look_up(t, &place, NULL) || us_session_library(&library, t->session, t->rate, NULL)) {
		if (t->library)
			return US_OK;
		if (us_code_modules_here(&library, err))
			return US_FAILED;
	}
	us_library_close(t->former);
	t->former = t->library;
	t->library = library;
	return US_OK;
}

static int say_answer(void *context, const struct us_command *answer, struct us_err *err)
{
	const struct us_talk *t = context;
	(void)err;
	us_answer_say(t->roll, answer);
	return US_OK;
}

void us_talk_listen(struct us_talk *t)
{
	us_sender_listen(t->sender, say_answer, t);
}

static void hang_up(struct us_talk *t)
{
	if (t->sender)
		us_sender_close(t->sender);
	t->sender = NULL;
	t->nonce = 0;
}

int us_talk_renew(struct us_talk *t, bool *renewed, struct us_err *err)
{
	struct place place;
	*renewed = false;
	if (look_up(t, &place, err)) {
		hang_up(t);
		return US_FAILED;
	}
	if (t->sender && place.nonce == t->nonce)
		return US_OK;
	hang_up(t);
	if (us_sender_open(&t->sender, place.address, place.port, err))
		return US_FAILED;
	us_sender_show(t->sender, place.token);
	us_sender_offer(t->sender, place.nonce);
	us_talk_listen(t);
	t->nonce = place.nonce;
	*renewed = true;
	return t->library ? us_talk_open_library(t, err) : US_OK;
}

int us_talk_open(struct us_talk *t, struct us_err *err)
{
	bool renewed;
	return us_talk_renew(t, &renewed, err) || us_talk_open_library(t, err) ? US_FAILED : US_OK;
}

void us_talk_close(struct us_talk *t)
{
	hang_up(t);
	us_library_close(t->library);
	us_library_close(t->former);
	free(t->roll);
	t->roll = NULL;
	t->library = t->former = NULL;
}

enum { ROLL_PATIENCE_MS = 300 };

/* --- saying a text ----------------------------------------------------------------------------------------------- */

int us_talk_compile(struct us_talk *t, const struct us_lang_text *text, us_command_sink *sink, void *context,
                    struct us_err *err)
{
	struct us_lang_catalogue catalogue = us_catalogue_of(t->library);
	return us_lang_compile(text, &catalogue, sink, context, err);
}

static int send_command(void *context, const struct us_command *command, struct us_err *err)
{
	return us_sender_send(context, command, err);
}

int us_talk_at_once(struct us_talk *t, int (*give)(struct us_talk *talk, void *context, struct us_err *err),
                    void *context, struct us_err *err)
{
	static const struct us_command begin = {.address = "/patch/begin"}, commit = {.address = "/patch/commit"},
				       abandon = {.address = "/patch/abort"};
	if (us_sender_send(t->sender, &begin, err))
		return US_FAILED;
	if (give(t, context, err) || us_sender_sync(t->sender, err)) {
		us_sender_send(t->sender, &abandon, NULL);
		return US_FAILED;
	}
	return us_sender_send(t->sender, &commit, err) || us_sender_sync(t->sender, err) ? US_FAILED : US_OK;
}

/* A whole patch takes the place of what plays. */
static int give_text(struct us_talk *t, void *context, struct us_err *err)
{
	static const struct us_command clear = {.address = "/patch/clear"};
	const struct us_lang_text *text = context;
	if (text->whole && us_sender_send(t->sender, &clear, err))
		return US_FAILED;
	return us_talk_compile(t, text, send_command, t->sender, err);
}

struct survey {
	uint32_t commands, edits;
	bool units; /* an answer will have one */
};

/* What a batch can hold: changes, but no questions and nothing about the batch itself. */
static bool is_edit(const struct us_command *command)
{
	static const char *const others[] = {"/patch/begin",    "/patch/commit", "/patch/abort", "/patch/list",
	                                     "/patch/cables",   "/panic",        "/ping",        "/time",
	                                     "/module/restore", "/undo",         "/redo"};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(command->address, others[i]) == 0)
			return false;
	bool question = strncmp(command->address, "/mod/", 5) == 0 || strcmp(command->address, "/tempo") == 0 ||
	                strcmp(command->address, "/engine/gain") == 0 ||
	                strcmp(command->address, "/engine/limiter") == 0 || strcmp(command->address, "/mute") == 0 ||
	                strcmp(command->address, "/solo") == 0 || strcmp(command->address, "/key") == 0;
	return command->argc > 0 || !question;
}

static int count(void *context, const struct us_command *command, struct us_err *err)
{
	struct survey *s = context;
	(void)err;
	s->commands++;
	s->edits += is_edit(command);
	s->units |= (command->argc == 0 && strncmp(command->address, "/mod/", 5) == 0) ||
	            strcmp(command->address, "/patch/cables") == 0;
	return US_OK;
}

int us_talk_say(struct us_talk *t, const struct us_lang_text *text, struct us_err *err)
{
	struct survey s = {0};
	if (us_talk_compile(t, text, count, &s, err))
		return US_FAILED;
	if (s.units && !t->roll && (t->roll = calloc(1, sizeof *t->roll)))
		us_roll_ask(t, t->roll, ROLL_PATIENCE_MS);
	us_talk_listen(t);
	if (text->whole || (s.commands > 1 && s.edits == s.commands))
		return us_talk_at_once(t, give_text, (void *)text, err);
	return us_talk_compile(t, text, send_command, t->sender, err) || us_sender_sync(t->sender, err) ? US_FAILED
	                                                                                                : US_OK;
}
