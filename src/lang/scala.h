/* scala.h — tunings in the Scala format (.scl): a description, the number of degrees, then one pitch per line, as cents
 * (a number with a point) or as a ratio (3/2, or 2). Lines that begin with ! are comments. [any]
 * The format: Manuel Op de Coul, Scala scale file format. */
#ifndef US_SCALA_H
#define US_SCALA_H

#include <stddef.h>
#include <stdint.h>
#include <understudy/error.h>

enum { US_SCALA_DEGREES = 1024 };

/* octave[i]: pitches above the root, in octaves, in rising order; the last is the period. Fails with line and hint. */
int us_scala_read(const char *text, size_t bytes, float octave[static US_SCALA_DEGREES], uint32_t *degrees,
                  struct us_err *err);

#endif
