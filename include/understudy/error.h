/* error.h — one way to say what went wrong. Anyone may use it, except code that runs in the audio
 * callback or between wake and publish in a worker (there an error is a counter, not a text).
 *
 * A function that can fail returns 0 or US_FAILED and writes one sentence into the caller's struct:
 * what is wrong and what would be right, without a final full stop. Only a main() or an OSC reply
 * prints it. `err` may be NULL where the caller does not care for the words. */
#ifndef UNDERSTUDY_ERROR_H
#define UNDERSTUDY_ERROR_H

#include <stdarg.h>
#include <stdio.h>
#include <understudy/visible.h>

enum { US_OK = 0, US_FAILED = -1 };
enum { US_ERROR_BYTES = 256 };

struct us_err {
	char text[US_ERROR_BYTES]; /* UTF-8, terminated, cut when too long; nothing in it moves a cursor */
};

__attribute__((format(printf, 2, 3))) static inline int us_fail(struct us_err *err, const char *format, ...)
{
	if (err) {
		va_list args;
		va_start(args, format);
		vsnprintf(err->text, sizeof err->text, format, args);
		va_end(args);
		us_visible(err->text);
	}
	return US_FAILED;
}

#endif
