/* ladder.h — the real-time ladder: callback > arbiter > primary > standby, and everybody else below. Who decides goes
 * before who computes, however much of it is permitted: else a worker that hangs keeps from its core whoever would end
 * it. A freewheeling session has no deadline and stays off it. */
#ifndef US_LADDER_H
#define US_LADDER_H

enum us_rung { US_RUNG_CALLBACK, US_RUNG_ARBITER, US_RUNG_PRIMARY, US_RUNG_STANDBY, US_RUNGS };
enum { US_LADDER_TOP = 80 };

/* The priority of a rung where `highest` is the most that may be had: 80, 75, 60, 55, or next to each other below that.
 * 0 where there is no room for all four: half a ladder would stand upside down. */
int us_ladder_priority(int highest, enum us_rung rung);

/* [setup] The highest priority of SCHED_FIFO that the calling thread may have, up to the ladder's top; 0: none. Tried,
 * not guessed; the thread is then what it was. */
int us_ladder_highest(void);

#endif
