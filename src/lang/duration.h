/* duration.h — how long something takes: 2s, 500ms, 1min, 0.5 (seconds), 4 bars, 1/2 beat. [any] */
#ifndef US_DURATION_H
#define US_DURATION_H

#include <stdbool.h>
#include <understudy/error.h>

enum { US_BEATS_PER_BAR = 4 };

/* Is it as long as the tempo makes it? */
bool us_duration_is_musical(const char *text);

/* In seconds, at a tempo. Never negative. */
int us_duration_parse(const char *text, float bpm, float *seconds, struct us_err *err);

#endif
