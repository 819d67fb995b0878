/* child.c — see child.h; and control and the recorder at each look of the failover. */
#include "failover.h"

#define LOOK_NS 200000000ull /* two looks farther apart than this: the machine, or we ourselves, stood still */

static enum us_child_order look_alive(struct us_child_life *l, uint64_t turns, uint64_t now)
{
	const uint64_t passed = now - l->looked_ns;
	l->looked_ns = now;
	if (turns != l->turns) {
		l->turns = turns;
		l->idle_ns = 0;
		return US_CHILD_WAIT;
	}
	l->idle_ns += passed < LOOK_NS ? passed : LOOK_NS;
	if (l->idle_ns < (l->hung_ns ? l->hung_ns : US_CHILD_HUNG_NS))
		return US_CHILD_WAIT;
	l->state = US_CHILD_KILLED;
	return US_CHILD_KILL;
}

static void put_off(struct us_child_life *l, uint64_t now)
{
	const uint64_t next = l->backoff_ns ? 2 * l->backoff_ns : US_CHILD_BACKOFF_FIRST_NS;
	l->state = US_CHILD_ABSENT;
	l->start_after_ns = now + l->backoff_ns;
	l->backoff_ns = next < US_CHILD_BACKOFF_MOST_NS ? next : US_CHILD_BACKOFF_MOST_NS;
}

enum us_child_order us_child_step(struct us_child_life *l, enum us_child_event event, uint64_t turns, uint64_t now)
{
	switch (event) {
	case US_CHILD_STARTED: /* what its predecessors did not do is none of its idleness */
		l->state = US_CHILD_ALIVE;
		l->started_ns = l->looked_ns = now;
		l->turns = turns;
		l->idle_ns = 0;
		return US_CHILD_WAIT;
	case US_CHILD_ENDED:
		if (now - l->started_ns > US_CHILD_STEADY_NS)
			l->backoff_ns = 0;
		put_off(l, now);
		return US_CHILD_WAIT;
	case US_CHILD_REFUSED:
		put_off(l, now);
		return US_CHILD_WAIT;
	case US_CHILD_LOOK:
		break;
	}
	if (l->state == US_CHILD_ALIVE)
		return look_alive(l, turns, now);
	return l->state == US_CHILD_ABSENT && now >= l->start_after_ns ? US_CHILD_START : US_CHILD_WAIT;
}

static uint64_t look_again(const struct us_child_life *l, uint64_t now)
{
	return l->state == US_CHILD_ABSENT && l->start_after_ns > now && l->start_after_ns - now < LOOK_NS
	           ? l->start_after_ns - now
	           : LOOK_NS;
}

uint64_t failover_children(struct failover_turn *t)
{
	uint64_t wait = UINT64_MAX;
	for (uint32_t i = 0; i < FAILOVER_CHILDREN; i++) {
		struct us_child_life *l = &t->f->child[i];
		l->hung_ns = t->samples->child[i].hung_ns;
		switch (us_child_step(l, US_CHILD_LOOK, t->samples->child[i].turns, t->now_ns)) {
		case US_CHILD_START:
			failover_act(t, ACTION_CHILD_START, 0, i);
			break;
		case US_CHILD_KILL:
			failover_act(t, ACTION_CHILD_KILL, 0, i);
			break;
		case US_CHILD_WAIT:
			break;
		}
		const uint64_t next = look_again(l, t->now_ns);
		wait = next < wait ? next : wait;
	}
	return wait;
}
