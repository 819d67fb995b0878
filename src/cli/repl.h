/* repl.h — `understudy repl`: what its parts share. repl.c reads lines and carries them out, repl_names.c knows what
 * plays, repl_complete.c how a word could go on, repl_help.c what can be said, repl_answer.c prints. [one thread] */
#ifndef US_REPL_H
#define US_REPL_H

#include "editor.h"
#include "talk.h"
#include "vocabulary.h"

#include <understudy/record.h>

#define US_REPL_PROMPT "> "

enum { US_REPL_SCENES = 64 }; /* that are completed */

/* The instances that play, and the scenes, as control said when it was asked last. */
struct us_repl_names {
	uint32_t count;
	struct us_repl_name {
		char name[US_NAME_BYTES];
		const struct us_module *module; /* NULL: one that we do not have */
		uint32_t voices;
		bool bypassed;
	} list[US_MAX_INSTANCES];
	uint32_t scenes;
	char scene[US_REPL_SCENES][US_NAME_BYTES];
};

struct us_repl {
	struct us_talk talk;
	struct us_editor *editor; /* NULL: nobody types, it is a pipe or a file */
	bool colour;
	bool lost;   /* there was no synth when the last line was typed */
	bool failed; /* a line could not be carried out */
	bool over;
	uint32_t line; /* number of the line that is carried out */
	struct us_repl_names names;
	struct us_words *words; /* NULL: not needed yet */
};

/* repl_names.c: asks what plays; false, and *names is as before, if nobody answers in time. */
bool us_repl_ask_names(struct us_repl *repl, uint32_t patience_ms);
const struct us_repl_name *us_repl_name(const struct us_repl *repl, const char *name);

/* repl_complete.c */
us_editor_complete us_repl_complete; /* context: struct us_repl */

/* repl_help.c: the statements that only the REPL knows, beside those of the language. */
struct us_repl_word {
	const char *word, *says;
	bool needs_synth;
	bool whole; /* it takes the rest of the line, not a word */
	int (*act)(struct us_repl *repl, const char *rest, struct us_err *err);
};
/* NULL past the end. */
const struct us_repl_word *us_repl_word(uint32_t n);

/* repl_answer.c: prints an answer for somebody who reads it. context: struct us_repl. */
us_command_sink us_repl_answer;
/* Says what is wrong with a line, with a mark under the place where that is known. */
void us_repl_complain(struct us_repl *repl, const char *line, const struct us_lang_fault *fault,
                      const struct us_err *err);

#endif
