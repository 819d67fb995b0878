/* ladder.c — see ladder.h. */
#include "ladder.h"

#include <sched.h>

int us_ladder_priority(int highest, enum us_rung rung)
{
	static const int whole[US_RUNGS] = {
	    [US_RUNG_CALLBACK] = US_LADDER_TOP, [US_RUNG_ARBITER] = 75, [US_RUNG_PRIMARY] = 60, [US_RUNG_STANDBY] = 55};
	if (highest >= US_LADDER_TOP)
		return whole[rung];
	return highest >= US_RUNGS ? highest - (int)rung : 0;
}

int us_ladder_highest(void)
{
	struct sched_param before, wish = {.sched_priority = US_LADDER_TOP};
	const int policy = sched_getscheduler(0);
	if (policy < 0 || sched_getparam(0, &before))
		return 0;
	/* A flag that is set already may not be taken away by everybody. */
	while (wish.sched_priority && sched_setscheduler(0, SCHED_FIFO | (policy & SCHED_RESET_ON_FORK), &wish))
		wish.sched_priority--;
	if (wish.sched_priority)
		sched_setscheduler(0, policy, &before);
	return wish.sched_priority;
}
