/* scribble.c — writes into an engine where no module may, and no guard stands. The sound is as before, and no
 * checkpoint of it loads: a bit of the heap's map, of a unit that nobody owns, with which it can be taken as it is; or,
 * deeper, the number of instances, with which it cannot. A file of its own, for the engine's inside. */
#include "engine/inside.h"

bool sim_scribble_into(struct us_engine *e, bool deep);

bool sim_scribble_into(struct us_engine *e, bool deep)
{
	const uint32_t unit = e->head->heap_end;
	if (deep) {
		e->head->instances |= US_MAX_INSTANCES / 2;
		return true;
	}
	if (unit % 64 == 0) /* beyond the last used word nothing is saved */
		return false;
	e->heap_map[unit / 64] |= 1ull << unit % 64;
	return true;
}
