/* value.h — numbers as musicians write them: 440, 2.5khz, 5ms, 0.3s, -6db, 7st, 50c, c#4, 1/8. [any]
 * Always the C locale: a decimal point, never a comma. Used by the patch language and by control for
 * string arguments. */
#ifndef US_VALUE_H
#define US_VALUE_H

#include <understudy/error.h>
#include <understudy/module.h>

/* Reads the whole of `text` as a value for an input of unit `input->unit` (NULL: a plain number, or one in the unit
 * that is written, in its base: Hz, ms, dB, octaves, semitones). Choices are taken by name or index. Fails, and says
 * what would be right, when the text is no number, its unit does not fit (5ms for a frequency), or it is not finite.
 * Does not clamp. */
int us_value_parse(const char *text, const struct us_input *input, float *value, struct us_err *err);

/* Writes a value with the input's unit so that us_value_parse reads back the same float. Returns `text`. */
char *us_value_print(char text[static 48], float value, const struct us_input *input);

#endif
