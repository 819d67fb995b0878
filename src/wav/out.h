/* out.h — a rendered sound on its way out: to a file whose ending says what it is, or to standard output. [setup, may
 * block] render and replay write through it; recordings, which must go on after a death, are wav.h's alone. */
#ifndef US_OUT_H
#define US_OUT_H

#include <stdint.h>
#include <understudy/error.h>

enum us_out_format { US_OUT_UNKNOWN, US_OUT_WAV, US_OUT_FLAC, US_OUT_AIFF, US_OUT_OGG };

/* What `path` is to be: what `named` says (--format; NULL: nothing), else its ending, else WAV for "-" and for what is
 * no file. Fails, with what can be written, before anything is touched. */
int us_out_format(const char *path, const char *named, enum us_out_format *format, struct us_err *err);

struct us_out;
/* `path` may be "-". `frames`: how many there will be. A file of this name is overwritten. */
int us_out_open(struct us_out **out, const char *path, enum us_out_format format, uint32_t rate, uint64_t frames,
                struct us_err *err);
int us_out_write(struct us_out *out, const float *samples, uint64_t frames, struct us_err *err);
/* Fails when the last bytes did not get there. NULL is closed already. */
int us_out_close(struct us_out *out, struct us_err *err);

#endif
