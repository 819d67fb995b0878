/* compiler.h — what the parts of the patch language's compiler share, for src/lang alone. */
#ifndef US_COMPILER_H
#define US_COMPILER_H

#include "convention.h"
#include "lang.h"
#include "words.h"

/* An instance that this text has defined. */
struct us_known {
	char name[US_NAME_BYTES];
	const struct us_module *module;
};

/* A file used as a part (part.c), and what can be plugged into it. */
enum { US_LANG_PARTS = 64, US_LANG_PORTS = 32 };
struct us_port {
	bool output;
	char name[US_MODULE_NAME_BYTES * 2], instance[US_NAME_BYTES], port[US_MODULE_NAME_BYTES];
	struct us_word leads_to;
};
struct us_part {
	char name[US_LANG_WORD_BYTES];
	uint32_t ports;
	struct us_port port[US_LANG_PORTS];
};

struct us_compiler {
	const struct us_lang_text *text;
	const struct us_lang_catalogue *catalogue;
	us_command_sink *sink;
	void *context;
	uint32_t known_count, commands;
	const char *chain[US_LANG_DEPTH]; /* the files that are being included, the outermost first */
	uint32_t depth, includes;
	int convention;      /* of the text */
	uint32_t statements; /* of the text, so far */
	uint32_t at;         /* the word that comes next */
	uint32_t column;     /* where an error is */
	bool stranger;       /* what is wrong is that no statement begins so */
	bool follows;        /* what is wrong only follows from an error before */
	uint32_t number;     /* of the line */
	const char *begin;   /* of it */
	uint32_t errors;     /* so far, where all of them are wanted */
	uint32_t broken_count, part_count;
	struct us_err *err;
	struct us_part *inside;          /* the part whose file is being compiled, or NULL */
	char prefix[US_LANG_WORD_BYTES]; /* of the names in it */
	/* From here on megabytes that are not zeroed for each line that is typed: only what has been written is read.
	 */
	struct us_line line;
	struct us_known known[US_LANG_INSTANCES];
	char broken[US_LANG_PARTS][US_NAME_BYTES]; /* names whose definition was wrong */
	struct us_part part[US_LANG_PARTS];
	struct us_part self; /* the text's own inputs and outputs, where it is a part played alone */
};

/* compile.c: words, one after the other. Those that fail have said why. */
const struct us_word *us_word_next(const struct us_compiler *c);
const struct us_word *us_word_take(struct us_compiler *c);
int us_word_text(struct us_compiler *c, const struct us_word **word, const char *right);
bool us_word_is(const struct us_compiler *c, enum us_word_kind kind);
int us_line_end(struct us_compiler *c);
/* Fails at a word: something else, named in `right`, would be right here. */
int us_word_refuse(struct us_compiler *c, const struct us_word *word, const char *right);
/* Puts the place in front of the words: "FILE:LINE:COLUMN: ". `column` counts bytes of the line that begins at `text`;
 * what is said counts characters. */
void us_err_locate(struct us_err *err, const char *file, uint32_t line, const char *text, uint32_t column);
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
	const struct us_part *part;   /* it is a part: us_place_input and _output lead into it */
};
/* Fails if it is no name, or is unknown in a whole patch. */
int us_place_read(struct us_compiler *c, const struct us_word *word, struct us_place *place);
/* The input or output that is meant. NULL in *input where only a running synth can know. */
int us_place_input(struct us_compiler *c, struct us_place *place, const struct us_input **input);
int us_place_output(struct us_compiler *c, struct us_place *place);
/* Only an instance, without a port. */
int us_instance_read(struct us_compiler *c, const struct us_word *word, struct us_place *place);
/* Is it a name, and is it free? */
int us_name_check(struct us_compiler *c, const char *name, uint32_t column);
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

/* song_key.c: key d dorian. */
int us_say_key(struct us_compiler *c);

/* convention.c: `understudy 2`. */
int us_say_convention(struct us_compiler *c);
/* What a text means that does not say it. */
void us_convention_assume(struct us_compiler *c);
/* Is this input named in the line, from a word on, as freq=, or behind an instance, as osc.freq=? */
bool us_convention_said(const struct us_line *line, uint32_t from, const char *instance, const struct us_module *module,
                        uint32_t input);
/* The knobs of a new instance that rested elsewhere in the text's convention, but for those that its line says. */
int us_say_rests(struct us_compiler *c, const char *instance, const struct us_module *module);
/* The same for vcf=default in a scene. */
int us_say_scene_rests(struct us_compiler *c, const char *scene, const struct us_known *known);

/* warn.c: what may not be what was meant, if somebody wants to hear it. */
void us_warn_name(struct us_compiler *c, const struct us_word *name);
void us_warn_convention(struct us_compiler *c);
void us_warn_pattern(struct us_compiler *c, const struct us_word *text);
/* An error is told; its line is passed over. False: nobody wants to hear more than one. */
bool us_complain(struct us_compiler *c);

/* patch.c: instances, knobs and cables. */
/* Reads it, so that an error is found before anything is sent; what is sent is the text. */
int us_pattern_check(struct us_compiler *c, const struct us_word *text);
int us_say_create(struct us_compiler *c);
int us_say_cables(struct us_compiler *c, bool out);
int us_say_delete(struct us_compiler *c);
int us_say_play(struct us_compiler *c);
int us_say_file(struct us_compiler *c);

/* knob.c: knobs that are turned, and how long that takes. */
int us_say_knob(struct us_compiler *c);
/* Is this `vcf.cutoff -> 4khz over 2s` and no cable? */
bool us_knob_is_ramp(const struct us_compiler *c);
/* A value for an input (NULL: only the running synth knows it), or a step, whose words are put into `step`. */
enum { US_STEP_BYTES = US_LANG_WORD_BYTES + 4 };
int us_change_read(struct us_compiler *c, const struct us_input *input, char step[static US_STEP_BYTES],
                   struct us_arg *arg);
/* The words "over 2s" or "over 4 bars" that end a line: seconds, or the words in `text`. */
enum { US_OVER_BYTES = 96 };
int us_over_read(struct us_compiler *c, char text[static US_OVER_BYTES], struct us_arg *arg);

/* scene.c */
int us_say_scene(struct us_compiler *c);

/* play.c: the statements that begin with a word of the language. 1 if the line is none of them. */
enum { US_NOT_MINE = 1 };
int us_say_word(struct us_compiler *c);
/* The word of the language that is spelled most like this one, or NULL. */
const char *us_say_nearest(const char *word);

/* part.c */
int us_name_local(struct us_compiler *c, const char *name, char local[static US_LANG_WORD_BYTES]);
const struct us_part *us_part_find(const struct us_compiler *c, const char *name);
bool us_part_is(const struct us_word *type);
int us_part_enter(struct us_compiler *c, struct us_place *place, bool output);
int us_say_port(struct us_compiler *c);
int us_say_part(struct us_compiler *c, const struct us_word *name, const struct us_word *type);
/* A part that is played alone is heard: its outputs lead to the loudspeakers. */
int us_part_play(struct us_compiler *c);
/* compile.c: all of a file, as if its lines stood here. */
int us_file_compile(struct us_compiler *c, const struct us_word *file);
/* patch.c: the value that comes next, for an input. */
int us_say_value(struct us_compiler *c, const char *instance, const char *port, const struct us_input *input);
/* patch.c: a cable from there to the loudspeakers, which are made where there are none. */
int us_say_heard(struct us_compiler *c, struct us_place *source);

#endif
