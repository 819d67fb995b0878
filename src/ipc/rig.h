/* rig.h — where our own programs and modules lie, and what children inherit. [setup]
 *
 * Programs are looked for beside the running one, then in ../lib/understudy beside it (an installed tree);
 * modules in "modules" below either. UNDERSTUDY_MODULES overrides the modules' directory.
 *
 * Descriptors that a child inherits are named in its environment-free command line:
 *   understudy-worker     SESSION ID EVENT_FD CODE_FD
 *   understudy-control    SESSION SOCKET_FD PATCH_FD(-1: default patch) CODE_FD
 *   understudy-recorder   SESSION CODE_FD
 *   understudy-midi       see src/midi/options.c
 *   understudy-supervisor see supervisor/main.c */
#ifndef US_RIG_H
#define US_RIG_H

#include "layout.h"

#include <stdbool.h>
#include <understudy/error.h>

/* With this code a supervisor asks its keeper for a successor that takes over; everybody else plays on. */
enum { US_EXIT_SUCCESSOR = 75 };

int us_rig_program(char path[static US_PATH_BYTES], const char *program, struct us_err *err);
int us_rig_modules(char path[static US_PATH_BYTES], struct us_err *err);
/* A file of the user's: $XDG_CONFIG_HOME/understudy/NAME, or below ~/.config. It need not be there. False: there is no
 * such directory. */
bool us_rig_config(char path[static US_PATH_BYTES], const char *name);
/* The table of musical words. */
int us_rig_words(char path[static US_PATH_BYTES], struct us_err *err);

#endif
