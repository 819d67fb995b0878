/* inputs.h — which files a patch reads: itself, what it includes, its samples and tunings, its events; so that none of
 * them is overwritten with the sound that it makes. They are known by what they are, not by how they are spelt. */
#ifndef US_CLI_INPUTS_H
#define US_CLI_INPUTS_H

#include "lang/lang.h"

#include <stdbool.h>
#include <sys/types.h>

enum { US_INPUTS = 1024 };

struct us_inputs {
	struct us_lang_catalogue inner;
	uint32_t count;
	struct us_input_file {
		dev_t device;
		ino_t number;
		char name[64];
	} file[US_INPUTS];
};

/* A catalogue like `inner` that notes what it reads. */
struct us_lang_catalogue us_inputs_catalogue(struct us_inputs *inputs, const struct us_lang_catalogue *inner);
void us_inputs_note(struct us_inputs *inputs, const char *path);
/* The files that a command names. */
void us_inputs_note_command(struct us_inputs *inputs, const struct us_command *command);
/* Fails if `output`, which the option `option` names, is one of them. */
int us_inputs_check(const struct us_inputs *inputs, const char *option, const char *output, struct us_err *err);

#endif
