/* watch_plays.h — what plays, as the commands of a patch: for watch.c, which compares a file with it. */
#ifndef US_WATCH_PLAYS_H
#define US_WATCH_PLAYS_H

#include "lang/lang.h"
#include "lang/script.h"
#include "talk.h"

/* Asks for it: the patch as text, which the caller frees. */
int us_watch_ask(struct us_talk *talk, char **text, struct us_err *err);

/* That text as commands, to compare a file with. What is played and not set is in it as it was sent last: gates, notes.
 */
int us_watch_read(const char *text, const struct us_lang_catalogue *catalogue, const struct us_script *sent,
                  struct us_script *plays, struct us_err *err);

#endif
