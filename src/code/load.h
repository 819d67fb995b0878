/* load.h — a session's own modules as a library: with their code for workers, and for those that render a log with the
 * modules that are in it; as mere descriptions for everybody else. */
#ifndef US_LOAD_H
#define US_LOAD_H

#include "engine/library.h"
#include "ipc/code.h"

/* [setup] Loads the modules of the pack at this descriptor, each from a private copy in memory whose bytes have the
 * hash that the pack lists. Nothing is read from disk. `now`, if there is one, always names the file that is being
 * loaded: its constructors run. */
int us_code_library(struct us_library **library, int code_fd, char now[US_CODE_NAME_BYTES], struct us_err *err);
/* [setup] The descriptions in the pack as a library that plays nothing (engine/describe.h): no code is loaded. */
int us_code_descriptions(struct us_library **library, int code_fd, uint32_t rate, struct us_err *err);
/* [setup] The descriptions of a running session, from its directory: see registry.h. */
int us_session_library(struct us_library **library, const char *session, uint32_t rate, struct us_err *err);

#endif
