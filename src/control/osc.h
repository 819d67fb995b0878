/* osc.h — OSC packets to commands and back. The only door to liblo (osc_liblo.c). [one thread]
 *
 * liblo decodes and encodes, and nothing else: its server never listens, its queue is off, its matcher sees one
 * catch-all method, its sender is not used. Its constructor insists on a socket: it gets a UNIX one whose name is
 * removed at once, so no port is opened and nobody can reach it. */
#ifndef US_OSC_H
#define US_OSC_H

#include <stddef.h>
#include <stdint.h>
#include <understudy/command.h>

enum { US_OSC_IMMEDIATELY = 1 }; /* the time tag that says "now" */
enum { US_OSC_MOST_BYTES = 65536 };

/* One message. `command` and its strings live until the return; `at` is US_NOW. ntp: seconds since 1900 << 32 |
 * fraction. */
typedef void us_osc_take(void *context, struct us_command *command, uint64_t ntp);

struct us_osc;
int us_osc_open(struct us_osc **osc, struct us_err *err);
void us_osc_close(struct us_osc *osc);

/* Gives every message of a packet, also out of bundles in bundles, to `take` in their order. `packet` is aligned to 8
 * and scribbled on. Fails, with words, when it is not OSC. */
int us_osc_decode(struct us_osc *osc, void *packet, size_t bytes, us_osc_take *take, void *context, struct us_err *err);

/* Writes a command as one message; returns its size, 0 when it does not fit. Integers go as i or, when they need it, h;
 * arguments of type h always as h; numbers as f where that loses nothing, else as d. */
size_t us_osc_encode(const struct us_command *command, void *to, size_t room);

#endif
