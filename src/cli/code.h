/* code.h — for `understudy run` and `understudy replay`: reads modules and programs from disk, once. The pack that
 * comes of it is described in ipc/code.h. */
#ifndef US_CLI_CODE_H
#define US_CLI_CODE_H

#include "ipc/code.h"

/* [setup] Reads every *.so of `directory` and, if `programs`, the session's programs beside the running one. `fd` gets
 * the pack and the programs (CLOEXEC; -1 where there is none). On failure nothing stays open. `log_bytes`: a log of
 * this session gets the modules' bytes. */
int us_code_gather(int fd[static US_CODE_FDS], const char *directory, bool programs, bool log_bytes,
                   struct us_err *err);
/* [setup] Adds the descriptions of its modules, at this rate, to the pack; `fd` holds the programs, too. Fails with the
 * name of a module that is broken: nothing but the prober has run its code. */
int us_code_describe(int fd[static US_CODE_FDS], uint32_t rate, struct us_err *err);
void us_code_drop(int fd[static US_CODE_FDS]);

/* [setup] As many descriptors as this user may have, for this process and its children; fails where that is less than a
 * session needs. */
int us_code_allow_descriptors(struct us_err *err);

/* [setup] This machine's modules as descriptions, for a command that talks to no session: at the usual rate. */
struct us_library;
int us_code_modules_here(struct us_library **library, struct us_err *err);

#endif
