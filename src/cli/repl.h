/* repl.h — `understudy repl`: what its parts share. repl.c reads lines and carries them out, roll.c knows what plays,
 * repl_complete.c how a word could go on, repl_words.c what only it can do, repl_help.c what can be said, repl_answer.c
 * complains. [one thread] */
#ifndef US_REPL_H
#define US_REPL_H

#include "editor.h"
#include "roll.h"
#include "vocabulary.h"

#include <limits.h>

#define US_REPL_PROMPT "> "

struct us_repl {
	struct us_talk talk;      /* with a roll */
	struct us_editor *editor; /* NULL: nobody types, it is a pipe or a file */
	bool colour;
	bool lost;   /* there was no synth when the last line was typed */
	bool failed; /* a line could not be carried out */
	bool over;
	uint32_t line;          /* number of the line that is carried out */
	struct us_words *words; /* NULL: not needed yet */
	char file[PATH_MAX];    /* that was loaded last; "": none */
	char saved[PATH_MAX];   /* that was saved last */
};

/* repl_complete.c */
us_editor_complete us_repl_complete; /* context: struct us_repl */

/* repl.c: a musician's words; `only_explain`: what they mean is printed, and not done. */
int us_repl_say(struct us_repl *repl, const char *sentence, bool only_explain, struct us_err *err);

/* repl_help.c: of a module, an instance, a knob of one, a word; "": all that can be said. */
int us_repl_help(struct us_repl *repl, const char *topic, struct us_err *err);

/* repl_words.c: the statements that only the REPL knows, beside those of the language. */
struct us_repl_word {
	const char *word, *says;
	bool needs_synth;
	bool whole; /* it takes the rest of the line, not a word */
	int (*act)(struct us_repl *repl, const char *rest, struct us_err *err);
};
/* NULL past the end. */
const struct us_repl_word *us_repl_word(uint32_t n);

/* repl_answer.c: says what is wrong with a line, with a mark under the place where that is known. */
void us_repl_complain(struct us_repl *repl, const char *line, const struct us_lang_fault *fault,
                      const struct us_err *err);

#endif
