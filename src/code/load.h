/* load.h — a session's own modules as a library that an engine can run. For workers, and for those that render a log
 * with the modules that are in it. */
#ifndef US_LOAD_H
#define US_LOAD_H

#include "engine/library.h"
#include "ipc/code.h"

/* [setup] Loads the modules of the pack at this descriptor, each from a private copy in memory whose bytes have the
 * hash that the pack lists. Nothing is read from disk. */
int us_code_library(struct us_library **library, int code_fd, struct us_err *err);

#endif
