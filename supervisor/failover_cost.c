/* failover_cost.c — a patch that is late for long: which instance takes the time. Each look at a primary that is merely
 * slow (failover_timeouts.c) is a sample of where it is, so what costs most is seen most. Pure; called there.
 *
 * It is late for long when within WINDOW_NS the device was given LEAST_UNHEARD fades and more (or as many blocks were
 * skipped, while one who leads catches up and gets no nearer), and each block took the worker nine tenths of a block's
 * time and more, of its own CPU time: no other process is to blame. The dearest instance is one that was at work in
 * three of five samples and more: it is bypassed, as if it had failed.
 *
 * Where no instance stands out the patch as a whole is too much for this machine: nothing is bypassed. */
#include "failover.h"

#define WINDOW_NS 2000000000ull
enum { LEAST_UNHEARD = 10, LEAST_LOOKS = 60 };

/* The few that are seen often (Misra and Gries): each other one takes one from all of them. */
static void count(struct failover_cost *c, uint16_t instance)
{
	struct failover_seen *free_place = NULL;
	for (uint32_t i = 0; i < FAILOVER_DEAREST; i++) {
		struct failover_seen *s = &c->seen[i];
		if (s->times && s->instance == instance) {
			s->times++;
			return;
		}
		if (!s->times)
			free_place = s;
	}
	if (free_place) {
		*free_place = (struct failover_seen){.instance = instance, .times = 1};
		return;
	}
	for (uint32_t i = 0; i < FAILOVER_DEAREST; i++)
		c->seen[i].times--;
}

static void begin(struct failover_turn *t, const struct failover_worker *w, const struct failover_slot *s)
{
	t->f->cost = (struct failover_cost){.id = w->id,
	                                    .since_ns = t->now_ns,
	                                    .cpu_ns = s->cpu_ns,
	                                    .blocks = s->blocks,
	                                    .unheard = t->samples->unheard};
}

static bool is_late_for_long(const struct failover_turn *t, const struct failover_slot *s)
{
	const struct failover_cost *c = &t->f->cost;
	const uint64_t blocks = s->blocks - c->blocks;
	return t->samples->unheard - c->unheard >= LEAST_UNHEARD && c->looks >= LEAST_LOOKS && blocks > 0 &&
	       s->blocks >= c->blocks && (s->cpu_ns - c->cpu_ns) / blocks >= t->samples->block_ns / 10 * 9;
}

static void bypass_dearest(struct failover_turn *t, const struct failover_worker *w)
{
	const struct failover_cost *c = &t->f->cost;
	for (uint32_t i = 0; i < FAILOVER_DEAREST; i++)
		if (5 * c->seen[i].times >= 3 * c->looks) {
			failover_act(t, ACTION_BYPASS, w->id, c->seen[i].instance);
			failover_tell(t, (struct us_note){.kind = US_NOTE_DEAREST,
			                                  .id = w->id,
			                                  .slot = w->slot,
			                                  .detail = c->seen[i].instance,
			                                  .ns = 100 * c->seen[i].times / c->looks});
		}
}

void failover_note_cost(struct failover_turn *t, const struct failover_worker *w, uint64_t crumb)
{
	struct failover_cost *c = &t->f->cost;
	const struct failover_slot *s = &t->samples->slot[w->slot];
	if (c->id != w->id || !c->since_ns || t->now_ns - c->since_ns > 2 * WINDOW_NS)
		begin(t, w, s);
	c->looks++;
	if (us_crumb_phase(crumb) == US_PHASE_MODULE)
		count(c, us_crumb_instance(crumb));
	if (t->now_ns - c->since_ns < WINDOW_NS)
		return;
	if (is_late_for_long(t, s))
		bypass_dearest(t, w);
	begin(t, w, s);
}
