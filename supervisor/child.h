/* child.h — the life of control and of the recorder: when to start the process, and when to kill one that stands still.
 * Part of the failover. Pure: no clock is read, no process touched; children.c carries it out, in the main loop. */
#ifndef US_CHILD_H
#define US_CHILD_H

#include <stdbool.h>
#include <stdint.h>

enum us_child_state { US_CHILD_ABSENT, US_CHILD_ALIVE, US_CHILD_KILLED };
enum us_child_event {
	US_CHILD_LOOK,    /* at each look of the failover */
	US_CHILD_STARTED, /* the process is there; also: adopted from another supervisor */
	US_CHILD_REFUSED, /* it could not be started */
	US_CHILD_ENDED,   /* it is dead for certain */
};
enum us_child_order { US_CHILD_WAIT, US_CHILD_START, US_CHILD_KILL };

/* All zero: absent, to be started at once, patient for 10 s. */
struct us_child_life {
	enum us_child_state state;
	uint64_t hung_ns; /* one whose loop does not turn for so long is killed; 0: US_CHILD_HUNG_NS */
	uint64_t started_ns, start_after_ns, backoff_ns;
	uint64_t turns, idle_ns, looked_ns; /* its loop's count when it last rose; for how long it has not */
};

/* After the first death at once, then after 50, 100, 200 … 5,000 ms; one that lived for 5 s begins anew. */
#define US_CHILD_BACKOFF_FIRST_NS 50000000ull
#define US_CHILD_BACKOFF_MOST_NS 5000000000ull
#define US_CHILD_STEADY_NS 5000000000ull
#define US_CHILD_HUNG_NS 10000000000ull

/* `turns` is the count of the child's loop in shared memory, `now_ns` any monotonic time. Any order of events is
 * taken; an order is repeated until an event says that it was carried out. */
enum us_child_order us_child_step(struct us_child_life *life, enum us_child_event event, uint64_t turns,
                                  uint64_t now_ns);

#endif
