/* turn.h — one command being carried out: what every file of src/command, and the routes of the caller, work with.
 * Private to src/command and to those who add routes (src/control). */
#ifndef US_TURN_H
#define US_TURN_H

#include "commander.h"

struct us_turn {
	struct us_commander *commander;
	const struct us_message *message;
	const struct us_command *command; /* message->command, or one out of a batch */
	const struct us_route *route;
	void *host;
	bool staged;       /* records wait for the COMMIT that follows */
	uint32_t warnings; /* sent so far */
	struct us_err err;
};

/* Answers the sender. types: one letter per argument, i (int64_t), d (double), s (const char *);
 * h is an int64_t that may grow beyond 32 bits, so that its OSC type never changes: frames. */
void us_turn_reply(struct us_turn *turn, const char *address, const char *types, ...);
/* Answers with /warning <address of the command> <text>: for what was carried out, though not to the letter. */
__attribute__((format(printf, 2, 3))) void us_turn_warn(struct us_turn *turn, const char *format, ...);
/* Answers with /error and the turn's err: a part could not be carried out, the rest was. */
void us_turn_complain_in_part(struct us_turn *turn);

/* Offers one record to the model and, if it accepts, to the outbox. */
int us_turn_emit(struct us_turn *turn, const struct us_record *record);
/* There is no room for what this command wants to write; returns US_FAILED. */
int us_turn_busy(struct us_turn *turn);

/* Records that take effect together or not at all. In a batch the batch is that group already. */
struct us_group {
	uint32_t mark, noted;
	bool outer, scenes; /* scenes had been changed before, in this step */
};
struct us_group us_turn_begin(struct us_turn *turn);
int us_turn_end(struct us_turn *turn, struct us_group group, int failed);

/* The frame at which a record without a time of its own takes effect, at the earliest. */
uint64_t us_turn_frame(const struct us_turn *turn);

/* Argument `n` as text; as a number for `input` (NULL: any), finite, whole where the input steps; as a whole number in
 * [least, most]; as on or off. All say what is wrong in the turn's err. */
int us_turn_text(struct us_turn *turn, uint32_t n, const char **text);
int us_turn_number(struct us_turn *turn, uint32_t n, const struct us_input *input, float *value);
int us_turn_whole(struct us_turn *turn, uint32_t n, int64_t least, int64_t most, int64_t *value);
int us_turn_switch(struct us_turn *turn, uint32_t n, bool *on);

/* Carries out text in the patch language (eval.c). */
int us_turn_eval(struct us_turn *turn, const char *line);

/* --- within src/command ------------------------------------------------------------------------------------- */

/* The instance with this name; fails with the names that come near. */
int us_turn_instance(struct us_turn *turn, const char *name, struct us_instance_view *view);
/* "osc", "osc.out" or "vcf.cutoff". */
int us_turn_output(struct us_turn *turn, const char *endpoint, struct us_instance_view *view, uint8_t *output);
int us_turn_input(struct us_turn *turn, const char *endpoint, struct us_instance_view *view, uint8_t *input);
/* An input of an instance by name; fails with the inputs that it has. */
int us_turn_input_of(struct us_turn *turn, const struct us_instance_view *view, const char *name, uint16_t *input);

#endif
