/* compiler.h — what the parts of the patch language's compiler share, for src/lang alone. */
#ifndef US_COMPILER_H
#define US_COMPILER_H

#include "lang.h"
#include "words.h"

/* An instance that this text has defined. */
struct us_known {
	char name[US_NAME_BYTES];
	const struct us_module *module;
};

struct us_compiler {
	const struct us_lang_text *text;
	const struct us_lang_catalogue *catalogue;
	us_command_sink *sink;
	void *context;
	struct us_known *known;
	uint32_t known_count, commands;
	struct us_line line;
	const char *chain[US_LANG_DEPTH]; /* the files that are being included, the outermost first */
	uint32_t depth, includes;
	uint32_t at;     /* the word that comes next */
	uint32_t column; /* where an error is */
	struct us_err *err;
};

/* compile.c: words, one after the other. Those that fail have said why. */
const struct us_word *us_word_next(const struct us_compiler *c);
const struct us_word *us_word_take(struct us_compiler *c);
int us_word_text(struct us_compiler *c, const struct us_word **word, const char *right);
bool us_word_is(const struct us_compiler *c, enum us_word_kind kind);
int us_line_end(struct us_compiler *c);
/* Fails at a word: something else, named in `right`, would be right here. */
int us_word_refuse(struct us_compiler *c, const struct us_word *word, const char *right);
/* Puts the place in front of the words: "FILE:LINE:COLUMN: ". */
void us_err_locate(struct us_err *err, const char *file, uint32_t line, uint32_t column);
/* include "drums.us": compiles that file in the place of this line. */
int us_say_include(struct us_compiler *c);
/* The path of a file that this text names, which counts from the text's own directory. */
int us_path_read(struct us_compiler *c, const struct us_word *word, char path[static US_LANG_PATH_BYTES]);
/* Gives a command to the sink. */
int us_give(struct us_compiler *c, const struct us_command *command);

static inline struct us_arg us_text_arg(const char *s)
{
	return (struct us_arg){.type = 's', .s = s};
}
static inline struct us_arg us_number_arg(float value)
{
	return (struct us_arg){.type = 'f', .d = (double)value};
}

/* names.c: what the text has defined, and what it may speak of. */

/* "osc" or "osc.freq", cut in two. */
struct us_place {
	char instance[US_NAME_BYTES];
	const char *port;             /* in the word; NULL: none */
	uint32_t column;              /* of the word */
	const struct us_known *known; /* NULL: only a running synth can know it */
};
/* Fails if it is no name, or is unknown in a whole patch. */
int us_place_read(struct us_compiler *c, const struct us_word *word, struct us_place *place);
/* The input or output that is meant. NULL in *input where only a running synth can know. */
int us_place_input(struct us_compiler *c, const struct us_place *place, const struct us_input **input);
int us_place_output(struct us_compiler *c, const struct us_place *place);
/* Only an instance, without a port. */
int us_instance_read(struct us_compiler *c, const struct us_word *word, struct us_place *place);
int us_instance_define(struct us_compiler *c, const struct us_word *word, const struct us_module *module);
void us_instance_forget(struct us_compiler *c, const char *name);
const struct us_known *us_instance_find(const struct us_compiler *c, const char *name);
/* An input by its name. */
int us_input_find(struct us_compiler *c, const struct us_module *module, const char *name, uint32_t column,
                  const struct us_input **input);
int us_module_find(struct us_compiler *c, const struct us_word *word, const struct us_module **module);

/* A value for an input; NULL: of no unit. `limits`: it must be within the input's range. */
int us_value_read(struct us_compiler *c, const struct us_word *word, const struct us_input *input, bool limits,
                  float *value);

/* patch.c: instances, knobs and cables. */
int us_say_create(struct us_compiler *c);
int us_say_cables(struct us_compiler *c, bool out);
int us_say_knob(struct us_compiler *c);
int us_say_delete(struct us_compiler *c);
int us_say_play(struct us_compiler *c);
int us_say_file(struct us_compiler *c);

/* play.c: the statements that begin with a word of the language. 1 if the line is none of them. */
enum { US_NOT_MINE = 1 };
int us_say_word(struct us_compiler *c);
/* The word of the language that is spelled most like this one, or NULL. */
const char *us_say_nearest(const char *word);

#endif
