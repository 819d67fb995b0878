/* lang.h — the patch language: text in, commands out. One language for patch files, the command line and the REPL.
 * [any]
 *
 *   # comment                            to the end of the line
 *   tempo 128                            gain 0.5
 *   osc = saw freq=110 pitch=-1          a new instance, with knobs
 *   lead = keys voices=8                 a source of eight voices
 *   osc -> vcf -> out                    cables: output or "instance.output", input or "instance.input"
 *   env -> vcf.cutoff *4khz              with an amount, in the input's unit
 *   disconnect osc -> vcf                delete osc
 *   vcf.cutoff 800hz                     a knob; without a value it is a question
 *   gate env on        note osc c4 100 0.5s        panic        begin, commit, abort, clear
 *
 * The compiler knows the instances that the text itself defines, and checks names, inputs, units and ranges for them.
 * What it does not know is passed on as it is written; control, who does know, checks it. */
#ifndef US_LANG_H
#define US_LANG_H

#include <understudy/command.h>
#include <understudy/error.h>
#include <understudy/module.h>

enum {
	US_LANG_LINE_BYTES = 4096,
	US_LANG_LINES = 20000,
	US_LANG_INSTANCES = 1024, /* in one text */
};

/* Who knows the modules. */
struct us_lang_catalogue {
	const struct us_module *(*find)(void *context, const char *name); /* NULL: there is none */
	const char *(*nearest)(void *context, const char *name);          /* NULL: nothing comes near */
	void *context;
};

/* Compiles `text`, `bytes` long, and gives command after command to `sink`. `file` is its name in messages, which read
 * "FILE:LINE:COLUMN: what is wrong; what would be right". NULL: a line that somebody typed, and only COLUMN is said.
 * Commands that were given before an error stand: begin and commit around it make it all or nothing. */
int us_lang_compile(const char *text, size_t bytes, const char *file, const struct us_lang_catalogue *catalogue,
                    us_command_sink *sink, void *context, struct us_err *err);

#endif
