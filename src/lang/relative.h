/* relative.h — a change of what is there: *1.2, /2, +2st, +100hz, +3db, -=3db. A minus alone belongs to its number:
 * -3db is a value; but where no value can be meant, as in -2st of a frequency, it is a step. *=, /= and += say the same
 * as the sign alone. [any] */
#ifndef US_RELATIVE_H
#define US_RELATIVE_H

#include <stdbool.h>
#include <understudy/error.h>
#include <understudy/module.h>

/* `input`: NULL where it is not known. */
bool us_relative_is(const char *text, const struct us_input *input);

/* What becomes of `now`, a value of `input` (NULL: a plain number). Semitones move a frequency by their ratio, decibels
 * a level; all else is added. Does not clamp. */
int us_relative_apply(const char *text, const struct us_input *input, float now, float *value, struct us_err *err);

#endif
