/* guard.h — what control, and the processes that it lets read sound files, may ask of the kernel. [setup] */
#ifndef US_GUARD_H
#define US_GUARD_H

#include <understudy/error.h>

/* From here on control starts no program, opens no socket, and opens no file for writing, whatever happens to it. */
int us_guard_control(struct us_err *err);
/* From here on a process reads what it has open, computes, writes to `out_fd`, and ends. Anything else ends it. */
int us_guard_decoder(int out_fd, struct us_err *err);

#endif
