/* script.h — a patch as a list of commands that can be kept, and what leads from one to another. [one thread] */
#ifndef US_SCRIPT_H
#define US_SCRIPT_H

#include "lang.h"

/* Begin with zeros. */
struct us_script {
	struct us_command *command;
	uint32_t count, room;
};

us_command_sink us_script_add; /* context: struct us_script; copies the command */
void us_script_free(struct us_script *script);

/* Gives what makes `now` out of `before`, if that plays: only instances, cables and knobs that differ. An instance
 * whose module, voices, file or pattern is not what it was, or gone, is made anew, with all that is plugged into it; a
 * knob that is not spoken of any more goes where its module wants it; what is played once, as a note, is played if it
 * is new. Both are whole patches. */
int us_script_difference(const struct us_script *before, const struct us_script *now,
                         const struct us_lang_catalogue *catalogue, us_command_sink *sink, void *context,
                         struct us_err *err);

#endif
