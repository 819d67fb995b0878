/* keep.h — how much of the journal must be kept, and for whom. Pure: no clock is read, no memory of others touched. */
#ifndef US_KEEP_H
#define US_KEEP_H

#include <stdbool.h>
#include <stdint.h>

/* What the log has of the journal, and for how long it has not got on. All zero to begin with. */
struct us_log_watch {
	uint64_t logged, still_ns, looked_ns;
};

/* The rest of the journal, of `room` records, is full when the log lags by all of it; then every sender hears "busy".
 * True: the log has stood still for a second while more than three quarters were waiting for it, and is to be given up.
 * Time in which nobody looked does not count. */
bool us_log_watch_step(struct us_log_watch *watch, uint64_t logged, uint64_t tail, uint64_t room, uint64_t now_ns);

#endif
