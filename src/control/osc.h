/* osc.h — OSC packets to commands (osc_read.c) and back (osc_liblo.c). [one thread]
 *
 * All of OSC 1.0 is read: each type, arrays, messages without a type tag string, bundles in bundles. liblo, which
 * writes, refuses arrays and messages without types, and drops a bundle at its first bad element. */
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

/* What is wrong with a message, and its address: "/" where there is none. */
typedef void us_osc_refuse(void *context, const char *address, const char *text);

/* Gives every message of a packet, also out of bundles in bundles, to `take` in their order; what is no message to
 * `refuse`. Strings lie in the packet. US_FAILED if anything was refused. */
int us_osc_decode(const void *packet, size_t bytes, us_osc_take *take, us_osc_refuse *refuse, void *context);

/* Writes a command as one message; returns its size, 0 when it does not fit. Integers go as i or, when they need it, h;
 * arguments of type h always as h; numbers as f where that loses nothing, else as d. */
size_t us_osc_encode(const struct us_command *command, void *to, size_t room);

#endif
