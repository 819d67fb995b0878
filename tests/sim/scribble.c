/* scribble.c — writes into an engine where no module may, and no guard stands: a bit of the heap's map, of a unit that
 * nobody owns. The sound is as before, and no checkpoint of it loads. A file of its own, for the engine's inside. */
#include "engine/inside.h"

bool sim_scribble_into(struct us_engine *e);

bool sim_scribble_into(struct us_engine *e)
{
	const uint32_t unit = e->head->heap_end;
	if (unit % 64 == 0) /* beyond the last used word nothing is saved */
		return false;
	e->heap_map[unit / 64] |= 1ull << unit % 64;
	return true;
}
