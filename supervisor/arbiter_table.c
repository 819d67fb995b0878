/* arbiter_table.c — see arbiter_table.h. */
#include "arbiter_table.h"

#include <stddef.h>

typedef void transition(struct us_cast *cast, uint32_t slot, struct us_cast_orders *orders);

static void hand_over(struct us_cast *cast, struct us_cast_orders *orders)
{
	uint32_t other = 1 - cast->primary;
	if (cast->seat[other].state == US_SEAT_EMPTY || cast->seat[other].state == US_SEAT_LOST)
		return;
	cast->primary = other;
	orders->promote = true;
	orders->promote_slot = other;
}

static void forget_spare(struct us_cast *cast, uint64_t id)
{
	uint32_t kept = 0;
	for (uint32_t i = 0; i < cast->spares; i++)
		if (cast->spare[i] != id)
			cast->spare[kept++] = cast->spare[i];
	cast->spares = kept;
}

static void fill(struct us_cast *cast, struct us_cast_orders *orders)
{
	uint32_t slot = cast->primary;
	if (cast->seat[slot].state != US_SEAT_EMPTY)
		slot = 1 - slot;
	if (!cast->spares || cast->seat[slot].state != US_SEAT_EMPTY)
		return;
	uint64_t id = cast->spare[0];
	cast->seat[slot] = (struct us_seat){.state = US_SEAT_LOADING, .id = id};
	orders->assign = true;
	orders->assign_slot = slot;
	orders->assign_id = id;
	forget_spare(cast, id);
	if (cast->seat[cast->primary].state == US_SEAT_LOST)
		hand_over(cast, orders);
}

static void nothing(struct us_cast *cast, uint32_t slot, struct us_cast_orders *orders)
{
	(void)cast, (void)slot, (void)orders;
}

static void joined(struct us_cast *cast, uint32_t slot, struct us_cast_orders *orders)
{
	(void)orders;
	cast->seat[slot].state = US_SEAT_LIVE;
}

static void died(struct us_cast *cast, uint32_t slot, struct us_cast_orders *orders)
{
	cast->seat[slot] = (struct us_seat){.state = US_SEAT_EMPTY};
	if (slot == cast->primary)
		hand_over(cast, orders);
	fill(cast, orders);
}

static void stalled(struct us_cast *cast, uint32_t slot, struct us_cast_orders *orders)
{
	if (slot == cast->primary && cast->seat[1 - slot].state == US_SEAT_LIVE)
		hand_over(cast, orders);
}

static void lost(struct us_cast *cast, uint32_t slot, struct us_cast_orders *orders)
{
	cast->seat[slot].state = US_SEAT_LOST;
	if (slot == cast->primary)
		hand_over(cast, orders);
}

static transition *const table[US_SEAT_STATES][US_CAST_EVENTS] = {
    [US_SEAT_EMPTY] =
	{[US_CAST_JOINED] = nothing, [US_CAST_DIED] = nothing, [US_CAST_STALLED] = nothing, [US_CAST_LOST] = nothing},
    [US_SEAT_LOADING] =
	{[US_CAST_JOINED] = joined, [US_CAST_DIED] = died, [US_CAST_STALLED] = nothing, [US_CAST_LOST] = lost},
    [US_SEAT_LIVE] =
	{[US_CAST_JOINED] = nothing, [US_CAST_DIED] = died, [US_CAST_STALLED] = stalled, [US_CAST_LOST] = lost},
    [US_SEAT_LOST] =
	{[US_CAST_JOINED] = nothing, [US_CAST_DIED] = died, [US_CAST_STALLED] = nothing, [US_CAST_LOST] = nothing},
};

struct us_cast_orders us_cast_step(struct us_cast *cast, enum us_cast_event event, uint32_t slot)
{
	struct us_cast_orders orders = {0};
	table[cast->seat[slot].state][event](cast, slot, &orders);
	return orders;
}

struct us_cast_orders us_cast_spare_ready(struct us_cast *cast, uint64_t id)
{
	struct us_cast_orders orders = {0};
	if (cast->spares < US_CAST_SPARES)
		cast->spare[cast->spares++] = id;
	fill(cast, &orders);
	return orders;
}

void us_cast_spare_died(struct us_cast *cast, uint64_t id)
{
	forget_spare(cast, id);
}

uint32_t us_cast_live_mask(const struct us_cast *cast)
{
	uint32_t mask = 0;
	for (uint32_t s = 0; s < US_CAST_SLOTS; s++)
		if (cast->seat[s].state == US_SEAT_LIVE)
			mask |= 1u << s;
	return mask;
}
