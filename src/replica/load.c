/* load.c — see load.h. */
#include "load.h"

#include "ipc/amend.h"
#include "ipc/vault_rt.h"

#include <string.h>

/* Hashed before, so that the engine only ever sees bytes that some worker wrote, and after: a checkpoint is overwritten
 * by the next but one, which a loader that was kept waiting may live to see. */
bool us_replica_take(struct us_engine *engine, const struct us_found *found, enum us_load_trust trust)
{
	if (!us_vault_intact(found, found->bytes) ||
	    (trust == US_LOAD_AS_IT_IS ? us_engine_load_as_it_is : us_engine_load)(engine, found->bytes,
	                                                                           found->head.bytes, NULL))
		return false;
	atomic_thread_fence(memory_order_acquire); /* what is hashed now is not older than what was copied */
	return us_vault_intact(found, found->bytes) && us_engine_block(engine) == found->head.block;
}

/* The callback's amendments of that block come before it, and are lost with all the rest. */
static uint32_t planned_until(const struct us_clock *c, uint64_t block)
{
	const struct us_amendments *a = &c->amendments[US_BY_CALLBACK];
	uint32_t count = atomic_load_explicit(&a->count, memory_order_acquire); /* [amend] */
	count = count < US_AMENDMENTS ? count : US_AMENDMENTS;
	while (count && a->list[count - 1].block > block)
		count--;
	return count;
}

bool us_replica_begin(struct us_replica *r, const struct us_session *s, uint64_t earliest)
{
	const struct us_clock *c = s->clock;
	uint32_t place, times;
	const struct us_amendment *afresh = us_amend_afresh(c, &place, &times);
	us_engine_load(r->engine, NULL, 0, NULL);
	*r = (struct us_replica){.engine = r->engine};
	if (afresh) {
		us_engine_amend(r->engine, afresh);
		r->applied = afresh->seq;
		r->amended[US_BY_ARBITER] = place + 1;
		r->amended[US_BY_CALLBACK] = planned_until(c, afresh->block);
	}
	return us_engine_block(r->engine) >= earliest &&
	       r->applied >= atomic_load_explicit(&c->keep, memory_order_acquire);
}

bool us_replica_load(struct us_replica *r, const struct us_session *s, const struct us_load *load,
                     struct us_found *found)
{
	const uint64_t layout = us_engine_layout_id(r->engine);
	const struct us_vault_room room = us_vault_room(s->clock);
	uint32_t place, times;
	const struct us_amendment *afresh = us_amend_afresh(s->clock, &place, &times);
	for (uint32_t n = 0;
	     (load->trust == US_LOAD_DOUBTED ? us_vault_find_doubted : us_vault_find)(s->slot, room, layout, n, found);
	     n++) {
		if (found->head.block > load->latest || found->head.block < load->earliest ||
		    found->head.applied < load->applied || (afresh && found->head.block <= afresh->block))
			continue;
		if (!us_replica_take(r->engine, found, load->trust) ||
		    (load->also && !load->also(load->context, found)))
			continue;
		*r = (struct us_replica){.engine = r->engine, .applied = found->head.applied};
		memcpy(r->amended, found->head.amended, sizeof r->amended);
		return true;
	}
	us_engine_load(r->engine, NULL, 0, NULL); /* empty again, whatever was begun */
	*r = (struct us_replica){.engine = r->engine};
	return false;
}
