/* retry.c — gives quarantined instances another chance: after 1 s, 2 s, 4 s … 60 s, and at once when somebody asks for
 * it. An hour without a fault clears an instance's count. Main loop only; who is in quarantine is read from the
 * primary's slot, because an engine bypasses garbage makers by itself, in both workers alike.
 *
 * A restore is an amendment for the first block that is not yet granted: nobody can have rendered it [planned]. */
#include "ipc/amend.h"
#include "ipc/clock.h"
#include "stage.h"

#define SECOND_NS 1000000000ull
#define FIRST_WAIT_NS SECOND_NS
#define LONGEST_WAIT_NS (60 * SECOND_NS)
#define FORGIVEN_AFTER_NS (3600 * SECOND_NS)
#define REFRESH_NS (SECOND_NS / 2) /* how long a worker may take to show in its bits that an instance is back */

/* False: not now, or, after thousands of faults, never again in this session. */
static bool restore(struct us_stage *h, uint16_t instance)
{
	if (!us_amend_may_restore(h->session.clock))
		return false;
	const struct us_amendment a = {.type = US_AMEND_RESTORE, .instance = instance, .cause = US_CAUSE_USER};
	return us_player_plan(&h->player, &a);
}

static uint64_t wait_of(const struct us_patient *p)
{
	uint64_t wait = FIRST_WAIT_NS;
	for (uint32_t i = 1; i < p->faults && wait < LONGEST_WAIT_NS; i++)
		wait *= 2;
	return wait < LONGEST_WAIT_NS ? wait : LONGEST_WAIT_NS;
}

static void treat(struct us_stage *h, uint16_t instance, bool quarantined, uint64_t now)
{
	struct us_patient *p = &h->patient[instance];
	if (!quarantined) {
		p->in = false;
		if (p->faults && now - p->since_ns > FORGIVEN_AFTER_NS)
			p->faults = 0;
		return;
	}
	if (p->in && now < p->retry_ns)
		return;
	if (!p->in) {
		p->in = true;
		p->since_ns = now;
		p->faults++;
		p->retry_ns = now + wait_of(p);
	} else if (restore(h, instance)) {
		p->in = false; /* still in its bits after REFRESH_NS: it failed again, and waits longer */
		p->ignore_until_ns = now + REFRESH_NS;
	}
}

static void serve_requests(struct us_stage *h, uint64_t now)
{
	const struct us_house *house = h->session.house;
	uint32_t count = atomic_load_explicit(&house->restore_count, memory_order_acquire);
	if (count - h->restores_served > US_RESTORES)
		h->restores_served = count - US_RESTORES;
	for (; h->restores_served != count; h->restores_served++) {
		uint32_t instance =
		    atomic_load_explicit(&house->restore[h->restores_served % US_RESTORES], memory_order_relaxed);
		if (instance < US_INDICES && restore(h, (uint16_t)instance)) {
			h->patient[instance].in = false;
			h->patient[instance].ignore_until_ns = now + REFRESH_NS;
		}
	}
}

/* The dearest instance of a patch that is late for long. No worker has died: it counts from a block that is not granted
 * yet. */
static void serve_bypass(struct us_stage *h)
{
	const uint32_t asked = atomic_exchange_explicit(&h->bypass_asked, 0, memory_order_acquire);
	const struct us_amendment a = {
	    .type = US_AMEND_BYPASS, .instance = (uint16_t)(asked - 1), .cause = US_CAUSE_SLOW};
	if (asked && us_amend_may_restore(h->session.clock))
		us_player_plan(&h->player, &a);
}

void us_retry_turn(struct us_stage *h, uint64_t now)
{
	uint32_t primary = (uint32_t)(atomic_load(&h->session.clock->role) & 1);
	const struct us_slot *s = h->session.slot[primary];
	serve_bypass(h);
	serve_requests(h, now);
	for (uint32_t w = 0; w < US_INDICES / 64; w++) {
		uint64_t bits = atomic_load_explicit(&s->quarantined[w], memory_order_relaxed);
		for (uint16_t i = (uint16_t)(64 * w); i < 64 * w + 64; i++)
			if (now >= h->patient[i].ignore_until_ns)
				treat(h, i, bits >> i % 64 & 1, now);
	}
}
