/* talk.h — from text to the running synth: what set, eval, load, check, repl and watch share. Success means applied:
 * what is said ends with /sync, and an /error from control is a failure. [one thread] */
#ifndef US_TALK_H
#define US_TALK_H

#include "client/sender.h"
#include "engine/library.h"
#include "ipc/layout.h"
#include "lang/lang.h"

struct us_roll;

/* Begin with zeros but for .wanted. */
struct us_talk {
	const char *wanted; /* session, or NULL: the one that lives */
	char session[US_SESSION_BYTES];
	uint32_t lead_frames;       /* what is said now is heard so many frames later, at the earliest */
	uint64_t nonce;             /* of the session that is talked to; 0: none */
	struct us_library *library; /* of the session that is talked to; while there is none, of this machine */
	struct us_library *former;  /* of the one before: somebody may still look at it */
	uint32_t rate;              /* of the session */
	struct us_sender *sender;
	struct us_roll *roll; /* who plays, for the units of answers; NULL: not asked yet */
};

/* The modules' descriptions alone, for who only compiles. */
int us_talk_open_library(struct us_talk *talk, struct us_err *err);
int us_talk_open(struct us_talk *talk, struct us_err *err);
/* From now on answers are printed, in words. */
void us_talk_listen(struct us_talk *talk);
void us_talk_close(struct us_talk *talk);

/* Makes sure that the session which was opened is still the one that plays: *renewed if another synth plays in its
 * place, to whom nothing has been said yet. Fails while there is none. */
int us_talk_renew(struct us_talk *talk, bool *renewed, struct us_err *err);

int us_talk_compile(struct us_talk *talk, const struct us_lang_text *text, us_command_sink *sink, void *context,
                    struct us_err *err);

/* Carries out a text: a whole patch in the place of what plays; several edits at one block, or none of them. It is
 * looked over before any of it is sent: a slip of the hand changes nothing. */
int us_talk_say(struct us_talk *talk, const struct us_lang_text *text, struct us_err *err);

/* Sends what `give` gives between begin and commit. */
int us_talk_at_once(struct us_talk *talk, int (*give)(struct us_talk *talk, void *context, struct us_err *err),
                    void *context, struct us_err *err);

#endif
