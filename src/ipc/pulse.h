/* pulse.h — the keeper's look at a supervisor that lives: does it move? One that is stopped (SIGSTOP, a debugger) or
 * that hangs starts no worker, hears no command to end, and, when the callback is stopped with it, plays nothing.
 *
 * Two things move: its main loop (the heartbeat in shared memory) and the sound. When both stand still that is heard,
 * and patience is short. While the sound goes on there is time. Nothing counts that is not the supervisor's own: time
 * in which we did not run ourselves (the machine slept, or everything was frozen), nor time in which it would run if
 * the machine let it. */
#ifndef US_PULSE_H
#define US_PULSE_H

#include "layout.h"

#include <stdbool.h>
#include <sys/types.h>

struct us_pulse {
	uint64_t looked_ns, heartbeat_ns, played, cpu_ns; /* as they were last seen */
	uint64_t still_ns, silent_ns;                     /* so long its main loop, and the sound, have not moved */
};
struct us_pulse_look {
	uint64_t now_ns, heartbeat_ns, played, cpu_ns;
	bool waits_for_cpu;
};

/* One look, at a child that has not been reaped. */
void us_pulse_take(struct us_pulse_look *look, const struct us_clock *clock, pid_t supervisor);
/* Pure. For how long, in ns, it has stood still, once that is too long; else 0. starting: it has not said yet that it
 * plays. To be called a few times a second. */
uint64_t us_pulse_step(struct us_pulse *pulse, const struct us_pulse_look *look, bool starting);
/* For how long the supervisor's main loop has stood still, as far as the heartbeat tells, in ns. */
uint64_t us_pulse_age(const struct us_clock *clock);

#endif
