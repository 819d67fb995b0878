/* arbiter_access.c — the supervisor's arbiter without its thread: the same functions, called by the simulation. */
#include "../../supervisor/arbiter.c"

#include "world.h"

void sim_arbiter_mourn(struct us_stage *stage, struct us_actor *actor)
{
	mourn(stage, actor);
}
void sim_arbiter_hear(struct us_stage *stage, struct us_actor *actor)
{
	hear(stage, actor);
}

bool sim_arbiter_stall(struct us_stage *stage, struct us_actor *actor)
{
	struct us_cast_orders orders = us_cast_step(&stage->cast, US_CAST_STALLED, (uint32_t)actor->slot);
	us_orders_carry_out(stage, &orders, us_now_ns());
	return orders.promote;
}
