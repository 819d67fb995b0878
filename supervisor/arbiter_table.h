/* arbiter_table.h — who plays, who stands by, who takes an empty slot: the decisions as a pure table, without system
 * calls, clocks or shared memory. The arbiter thread carries them out; the simulation runs the same code.
 *
 *                 JOINED   DIED                                 STALLED               LOST
 *   EMPTY         -        -                                    -                     -
 *   LOADING       → LIVE   → EMPTY, hand over if primary, fill  -                     → LOST, hand over if primary
 *   LIVE          -        → EMPTY, hand over if primary, fill  hand over if primary  → LOST, hand over if primary
 *                                                               and the other is LIVE
 *   LOST          -        → EMPTY, hand over if primary, fill  -                     -
 *
 * hand over: the other slot becomes primary if somebody is in it who is live or still loading.
 * fill:      a ready spare takes an empty slot and loads. If both are empty it takes the primary's, so that it is not
 *            gated by nobody; for the same reason it leads if the primary is lost. A lost worker keeps its slot: as
 * long as it is not dead for certain nobody else may write there. */
#ifndef US_ARBITER_TABLE_H
#define US_ARBITER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum { US_CAST_SLOTS = 2, US_CAST_SPARES = 8 };

enum us_seat_state { US_SEAT_EMPTY, US_SEAT_LOADING, US_SEAT_LIVE, US_SEAT_LOST, US_SEAT_STATES };
enum us_cast_event {
	US_CAST_JOINED,  /* the worker in `slot` has caught up */
	US_CAST_DIED,    /* the worker in `slot` is dead for certain */
	US_CAST_STALLED, /* the worker in `slot` does not run, through no fault of what it renders */
	US_CAST_LOST, /* the worker in `slot` was killed and is not gone: it will never write again, but nobody knows */
	US_CAST_EVENTS,
};

struct us_seat {
	enum us_seat_state state;
	uint64_t id; /* of the worker, 0 when empty */
};
struct us_cast {
	struct us_seat seat[US_CAST_SLOTS];
	uint32_t primary;               /* slot */
	uint64_t spare[US_CAST_SPARES]; /* ready and waiting, oldest first; normally one */
	uint32_t spares;
};

/* What to do, in this order: first promote, then assign. */
struct us_cast_orders {
	bool promote;
	uint32_t promote_slot;
	bool assign;
	uint32_t assign_slot;
	uint64_t assign_id;
};

/* [any] Something happened in `slot`. */
struct us_cast_orders us_cast_step(struct us_cast *cast, enum us_cast_event event, uint32_t slot);
/* [any] A spare is ready. */
struct us_cast_orders us_cast_spare_ready(struct us_cast *cast, uint64_t id);
/* [any] A spare died before it had a slot. */
void us_cast_spare_died(struct us_cast *cast, uint64_t id);
/* [any] Bit s: the worker in slot s is LIVE. */
uint32_t us_cast_live_mask(const struct us_cast *cast);

#endif
