/* load.c — see load.h. */
#include "load.h"

#include "ipc/vault_rt.h"

#include <string.h>

/* Hashed before, so that the engine only ever sees bytes that some worker wrote, and after: a checkpoint is overwritten
 * by the next but one, which a loader that was kept waiting may live to see. */
bool us_replica_take(struct us_engine *engine, const struct us_found *found)
{
	if (!us_vault_intact(found, found->bytes) || us_engine_load(engine, found->bytes, found->head.bytes, NULL))
		return false;
	atomic_thread_fence(memory_order_acquire); /* what is hashed now is not older than what was copied */
	return us_vault_intact(found, found->bytes) && us_engine_block(engine) == found->head.block;
}

bool us_replica_load(struct us_replica *r, const struct us_session *s, const struct us_load *load,
                     struct us_found *found)
{
	const uint64_t layout = us_engine_layout_id(r->engine);
	const struct us_vault_room room = us_vault_room(s->clock);
	for (uint32_t n = 0; (load->doubted ? us_vault_find_doubted : us_vault_find)(s->slot, room, layout, n, found);
	     n++) {
		if (found->head.block > load->latest || found->head.applied < load->applied)
			continue;
		if (!us_replica_take(r->engine, found) || (load->also && !load->also(load->context, found)))
			continue;
		*r = (struct us_replica){.engine = r->engine, .applied = found->head.applied};
		memcpy(r->amended, found->head.amended, sizeof r->amended);
		return true;
	}
	us_engine_load(r->engine, NULL, 0, NULL); /* empty again, whatever was begun */
	*r = (struct us_replica){.engine = r->engine};
	return false;
}
