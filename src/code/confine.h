/* confine.h — a process that runs code of strangers: what a module file may do while it is loaded, and what while it
 * renders. For the prober and for a replay with the modules that are in a log. [setup, one thread] */
#ifndef US_CONFINE_H
#define US_CONFINE_H

#include <understudy/error.h>

/* From here on this process can load from the descriptors that it has, compute, and write to what is open: every other
 * descriptor but those in `keep`, ascending, is closed, 0 to 2 lead to nowhere. No file can be opened by a path where
 * the kernel knows Landlock, none can be made anywhere; no network, no other process, no thread. `seconds`: processor
 * time, 0 for any amount. */
int us_confine_loading(const int *keep, int count, unsigned seconds, struct us_err *err);
/* From here on it can compute and write to `out_fd`, as a worker in its sandbox. */
int us_confine_rendering(int out_fd, struct us_err *err);

#endif
