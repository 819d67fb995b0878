/* report.h — words about a fault, for the supervisor's lines and control's OSC messages: who it was (credits, written
 * by control), where it was (traces, written by the dying worker), why (causes). [any], nothing here is trusted: what
 * another process wrote is bounded and cleared of what no terminal should see. */
#ifndef US_REPORT_H
#define US_REPORT_H

#include "layout.h"

#include <stdbool.h>
#include <stddef.h>

enum { US_REPORT_BYTES = 512 };

/* "lead (module fault)", or "instance 3" while nobody has given it a name. Returns `text`. */
char *us_report_who(char text[static US_REPORT_BYTES], const struct us_house *house, uint32_t instance);
/* Control: notes what an instance is called. */
void us_report_credit(struct us_house *house, uint32_t instance, const char *name, const char *module);
/* "SIGSEGV", "a hang", "an exit", "not a number". `cause` as in struct us_amendment. */
const char *us_report_cause(char text[static 32], uint32_t cause);
/* "fault.so+0x11a0 < understudy-worker+0x4c2f < …". False if that worker left no trace (yet). */
bool us_report_where(char text[static US_REPORT_BYTES], const struct us_slot *slot, uint64_t worker);

#endif
