/* failover_retry.c — gives quarantined instances another chance: after 1 s, 2 s, 4 s … 60 s, and at once when somebody
 * asks for it. An hour without a fault clears an instance's count. Pure; called by failover.c. Who is in quarantine is
 * what the slot that leads says, because an engine bypasses garbage makers by itself, in all workers alike. It says so
 * once in US_CHECKPOINT_BLOCKS, of a block: who takes the lead may have said it of an earlier one, or not yet, and its
 * predecessor's word is still there. Only what is said of a later block is news; else each change of the lead would
 * count as a fault.
 *
 * A restore is an amendment for the first block that is not yet granted: nobody can have rendered it [planned]. */
#include "failover.h"

#include <string.h>

#define SECOND_NS 1000000000ull
#define FIRST_WAIT_NS SECOND_NS
#define LONGEST_WAIT_NS (60 * SECOND_NS)
#define FORGIVEN_AFTER_NS (3600 * SECOND_NS)
#define ROOM_NS 20000000ull      /* there will be room again */
#define HEARD_NS (SECOND_NS / 2) /* how soon the next word is heard */

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
	p->in = false; /* in quarantine after it all the same: it failed again, and waits longer */
	p->restored_at = t->samples->granted + US_CHECKPOINT_BLOCKS;
	f->patients[instance / 64] |= 1ull << instance % 64;
	return true;
}

static uint64_t treat(struct failover_turn *t, uint16_t instance, bool quarantined)
{
	struct failover_patient *p = &t->f->patient[instance];
	if (t->f->quarantined_at <= p->restored_at)
		return HEARD_NS;
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
		return HEARD_NS;
	}
	return p->retry_ns > t->now_ns ? p->retry_ns - t->now_ns : ROOM_NS;
}

static void hear(struct failover *f, const struct failover_samples *samples)
{
	if (samples->quarantined_at <= f->quarantined_at)
		return;
	f->quarantined_at = samples->quarantined_at;
	memcpy(f->quarantined, samples->quarantined, sizeof f->quarantined);
}

uint64_t failover_retry(struct failover_turn *t)
{
	uint64_t wait = UINT64_MAX;
	hear(t->f, t->samples);
	t->f->restored = 0;
	for (uint32_t word = 0; word < US_INDICES / 64; word++) {
		const uint64_t in = t->f->quarantined[word];
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
