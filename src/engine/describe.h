/* describe.h — what modules say of themselves, as data: names, inputs, ranges, help, sizes of their states. Made once,
 * by a process that loads the modules; everybody who only has to know them reads it, and no module's code is in them.
 * [setup] */
#ifndef US_DESCRIBE_H
#define US_DESCRIBE_H

#include "library.h"

#include <stddef.h>

/* The descriptions of all modules of a library that was loaded, with the sizes that they have at this rate. `bytes` is
 * the caller's to free. */
int us_describe(const struct us_library *library, float rate, void **bytes, size_t *count, struct us_err *err);
/* A library that can be asked everything and play nothing. The bytes are checked from end to end (they come from a
 * process that has run strange code), and copied. Its id is that of the library that was described. */
int us_library_described(struct us_library **library, const void *bytes, size_t count, float rate, struct us_err *err);

#endif
