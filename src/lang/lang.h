/* lang.h — the patch language: text in, commands out. One language for patch files, the command line and the REPL.
 * [any]
 *
 *   understudy 2                         first of all: how pitch is meant, see convention.h
 *   # comment                            to the end of the line
 *   tempo 128                            gain -6db
 *   osc = saw freq=110 pitch=-1          a new instance, with knobs
 *   lead = keys voices=8                 a source of eight voices
 *   drums = pattern play="bd*2 sn"       with a pattern in mini-notation (src/pattern)
 *   include "drums.us"                 all that another file says, whose path counts from that of the text
 *   kit = sampler file=kick.wav          with a file, whose path counts from that of the text
 *   osc -> vcf -> out                    cables, from an instance's first output to its input `in` (or its first)
 *   noise -> mix.in2 -> out              to another input; the chain goes on from the first output
 *   vcf.band -> side                     from another output
 *   env -> vcf.cutoff *4khz              with an amount, in the input's unit
 *   osc -/> vcf                          takes the cable out; `disconnect osc -> vcf` says the same
 *   vcf.cutoff 800hz                     a knob; in a running synth a question, if the value is left out
 *   gate env on                          note osc c4 100 0.5s          delete osc
 *   file kit other.wav                   another file
 *   play drums "hh*8" now                another pattern, at the next cycle, or now, or at the next beat or bar
 *
 *   scene verse vcf.cutoff=800hz         what is in a scene; `scene verse` recalls it, see scene.c
 *
 * and for a running synth: hush, panic, test, restore NAME, list, cables, ping, time, begin, commit, abort, clear.
 *
 * Two kinds of text. A whole patch defines every instance that it speaks of, on a line before; only a cable to `out`
 * makes the loudspeakers by itself. Everything in it is checked here: names, inputs, outputs, units, ranges. Lines for
 * a running synth may speak of instances that only control knows: what is said of those is passed on as it is
 * written, and control checks it. */
#ifndef US_LANG_H
#define US_LANG_H

#include <stdbool.h>
#include <stddef.h>
#include <understudy/command.h>
#include <understudy/error.h>
#include <understudy/module.h>
#include <understudy/record.h>

/* In one text. */
enum {
	US_LANG_LINE_BYTES = 65536,
	US_LANG_LINES = 20000,
	US_LANG_INSTANCES = US_MAX_INSTANCES,
	US_LANG_PATH_BYTES = 232, /* of a file, as US_TABLE_NAME_BYTES */
	US_LANG_DEPTH = 8,        /* includes in includes */
	US_LANG_INCLUDES = 64,
	US_LANG_COMMANDS = 65536, /* every knob of a patch that is as large as can be */
};

/* Who knows the modules. */
struct us_lang_catalogue {
	const struct us_module *(*find)(void *context, const char *name); /* NULL: there is none */
	const char *(*nearest)(void *context, const char *name);          /* NULL: nothing comes near */
	/* Reads the file of an include into memory that is freed behind it. NULL: nothing can be included. */
	int (*read)(void *context, const char *path, char **text, size_t *bytes, struct us_err *err);
	void *context;
};

/* Where a text is wrong, for who shows it. */
struct us_lang_fault {
	uint32_t line, column; /* from 1; 0: nothing is wrong */
	bool stranger;         /* the line is no statement of the language at all */
};

/* What is wrong, or (warning) may not be what was meant, with its place in front. */
typedef void us_lang_complaint(void *context, const char *text, bool warning);

struct us_lang_text {
	const char *text;
	size_t bytes;
	const char *file;            /* its name in messages: "FILE:LINE:COLUMN: what is wrong; what would be right".
	                              * NULL: a line that somebody has just typed, "column COLUMN: …" */
	bool whole;                  /* a whole patch */
	struct us_lang_fault *fault; /* if there is one, it is told the place, and the words do not say it */
	/* For who wants to hear all of it: the text is read to its end, whatever is wrong in it. NULL: the first error
	 * ends it, and nothing is warned of. */
	us_lang_complaint *complain;
	void *complain_context;
};

/* Compiles a text and gives command after command to `sink`. Commands that were given before an error stand: begin and
 * commit around it make it all or nothing. */
int us_lang_compile(const struct us_lang_text *text, const struct us_lang_catalogue *catalogue, us_command_sink *sink,
                    void *context, struct us_err *err);

/* The words that statements begin with: the n-th and an example of it, which may be the word alone. NULL past the end.
 */
const char *us_lang_word(uint32_t n, const char **example);
/* What the n-th does, in a line. */
const char *us_lang_word_does(uint32_t n);

/* The same text as it should look: one space between words, none around the = of a knob, comments behind statements in
 * one column, never two blank lines in a row. Comments stay, what it compiles to stays, and a second time changes
 * nothing. Only what cannot be cut into words is refused. The caller frees *formatted. */
int us_lang_format(const struct us_lang_text *text, char **formatted, size_t *bytes, struct us_err *err);

/* Rewrites a whole patch that is written in another convention of pitch (`understudy 1`, or no such line) into the
 * present one, formatted: it says what rested elsewhere, and sounds the same. What is in the present one already is
 * only formatted. Other files that it includes or uses as parts are texts of their own. */
int us_lang_migrate(const struct us_lang_text *text, const struct us_lang_catalogue *catalogue, char **migrated,
                    size_t *bytes, struct us_err *err);

#endif
