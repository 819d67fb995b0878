/* pulse.c — see pulse.h. */
#include "pulse.h"

#include "clock.h"
#include "process.h"

#define TURN_MOST_NS 200000000ull      /* a longer turn of ours was a machine that stood still */
#define SILENT_MOST_NS 600000000ull    /* both stand still */
#define STILL_MOST_NS 3000000000ull    /* the main loop stands still, the sound goes on */
#define STARTING_MOST_NS 5000000000ull /* it has not begun yet: a device may take its time */

void us_pulse_take(struct us_pulse_look *look, const struct us_clock *clock, pid_t supervisor)
{
	*look = (struct us_pulse_look){
	    .now_ns = us_now_ns(),
	    .heartbeat_ns = atomic_load_explicit(&clock->heartbeat_ns, memory_order_relaxed),
	    .played = atomic_load_explicit(&clock->played, memory_order_relaxed),
	    .cpu_ns = us_process_cpu_ns(supervisor),
	    .waits_for_cpu = us_process_state(supervisor) == 'R',
	};
}

uint64_t us_pulse_step(struct us_pulse *w, const struct us_pulse_look *look, bool starting)
{
	uint64_t passed = w->looked_ns ? look->now_ns - w->looked_ns : 0;
	if (passed > TURN_MOST_NS)
		passed = TURN_MOST_NS;
	if (look->waits_for_cpu && look->cpu_ns == w->cpu_ns) /* it is runnable, and others run */
		passed = 0;
	w->still_ns = look->heartbeat_ns == w->heartbeat_ns ? w->still_ns + passed : 0;
	w->silent_ns = look->played == w->played ? w->silent_ns + passed : 0;
	w->looked_ns = look->now_ns;
	w->heartbeat_ns = look->heartbeat_ns;
	w->played = look->played;
	w->cpu_ns = look->cpu_ns;
	if (starting)
		return w->still_ns > STARTING_MOST_NS ? w->still_ns : 0;
	const bool both = w->still_ns > SILENT_MOST_NS && w->silent_ns > SILENT_MOST_NS;
	return both || w->still_ns > STILL_MOST_NS ? w->still_ns : 0;
}

uint64_t us_pulse_age(const struct us_clock *clock)
{
	const uint64_t last = atomic_load_explicit(&clock->heartbeat_ns, memory_order_relaxed), now = us_now_ns();
	return last && now > last ? now - last : 0;
}
