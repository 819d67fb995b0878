/* failover_retry.c — gives quarantined instances another chance: after 1 s, 2 s, 4 s … 60 s, and at once when somebody
 * asks for it. An hour without a fault clears an instance's count. Pure; called by failover.c. Who is in quarantine is
 * what the slot that leads says, because an engine bypasses garbage makers by itself, in all workers alike.
 *
 * A restore is an amendment for the first block that is not yet granted: nobody can have rendered it [planned]. */
#include "failover.h"

#define SECOND_NS 1000000000ull
#define FIRST_WAIT_NS SECOND_NS
#define LONGEST_WAIT_NS (60 * SECOND_NS)
#define FORGIVEN_AFTER_NS (3600 * SECOND_NS)
#define ROOM_NS 20000000ull        /* there will be room again */
#define REFRESH_NS (SECOND_NS / 2) /* how long a worker may take to show in its bits that an instance is back */

static uint64_t wait_of(const struct failover_patient *p)
{
	uint64_t wait = FIRST_WAIT_NS;
	for (uint32_t i = 1; i < p->faults && wait < LONGEST_WAIT_NS; i++)
		wait *= 2;
	return wait < LONGEST_WAIT_NS ? wait : LONGEST_WAIT_NS;
}

enum { AT_ONCE = 16 }; /* of a step's actions */

/* False: not now, or, after thousands of faults, never again in this session. */
static bool restore(struct failover_turn *t, uint16_t instance)
{
	struct failover *f = t->f;
	struct failover_patient *p = &f->patient[instance];
	if (f->restored >= t->samples->restore_room || f->restored >= AT_ONCE)
		return false;
	f->restored++;
	failover_act(t, ACTION_RESTORE, 0, instance);
	p->in = false; /* still in its bits after REFRESH_NS: it failed again, and waits longer */
	p->ignore_until_ns = t->now_ns + REFRESH_NS;
	f->patients[instance / 64] |= 1ull << instance % 64;
	return true;
}

static uint64_t treat(struct failover_turn *t, uint16_t instance, bool quarantined)
{
	struct failover_patient *p = &t->f->patient[instance];
	if (t->now_ns < p->ignore_until_ns)
		return p->ignore_until_ns - t->now_ns;
	if (!quarantined) {
		p->in = false;
		if (p->faults && t->now_ns - p->since_ns > FORGIVEN_AFTER_NS)
			p->faults = 0;
		if (!p->faults) /* there is nothing to remember of it */
			t->f->patients[instance / 64] &= ~(1ull << instance % 64);
		return UINT64_MAX;
	}
	if (!p->in) {
		p->in = true;
		p->since_ns = t->now_ns;
		p->faults++;
		p->retry_ns = t->now_ns + wait_of(p);
		t->f->patients[instance / 64] |= 1ull << instance % 64;
	} else if (t->now_ns >= p->retry_ns && restore(t, instance)) {
		return REFRESH_NS;
	}
	return p->retry_ns > t->now_ns ? p->retry_ns - t->now_ns : ROOM_NS;
}

uint64_t failover_retry(struct failover_turn *t)
{
	uint64_t wait = UINT64_MAX;
	t->f->restored = 0;
	for (uint32_t word = 0; word < US_INDICES / 64; word++) {
		const uint64_t in = t->samples->quarantined[word];
		for (uint64_t all = in | t->f->patients[word]; all; all &= all - 1) {
			const uint32_t bit = (uint32_t)__builtin_ctzll(all);
			const uint64_t next = treat(t, (uint16_t)(64 * word + bit), in >> bit & 1);
			wait = next < wait ? next : wait;
		}
	}
	return wait;
}

void failover_asked(struct failover_turn *t, uint64_t instance)
{
	t->f->restored = 0;
	if (instance < US_INDICES)
		restore(t, (uint16_t)instance);
}
