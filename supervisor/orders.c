/* orders.c — what arbiter_table.c has decided, told to the workers: who leads, who takes which slot. The arbiter's. */
#include "ipc/clock.h"
#include "ipc/futex.h"
#include "ipc/histogram.h"
#include "ipc/process.h"
#include "stage.h"

static void promote(struct us_stage *h, uint32_t slot, uint64_t noticed_ns)
{
	struct us_clock *c = h->session.clock;
	uint64_t role = atomic_load_explicit(&c->role, memory_order_relaxed);
	uint64_t next = ((role >> 1) + 1) << 1 | slot;
	atomic_store_explicit(&c->role, next, memory_order_release); /* pairs with primary_slot() in the workers */
	atomic_fetch_add_explicit(&c->cue, 1, memory_order_release);
	us_futex_wake(&c->cue);
	uint64_t now = us_now_ns();
	atomic_store_explicit(&c->board.last_promotion_mono_ns, now, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->board.promotions, 1, memory_order_relaxed);
	us_histogram_add(&c->board.failover, now - noticed_ns);
	us_priority_set(h, atomic_load(&c->board.worker[slot].process.pid), US_RUNG_PRIMARY);
	us_note_put(h, &(struct us_note){.kind = US_NOTE_PROMOTED,
	                                 .slot = (int)slot,
	                                 .block = atomic_load(&h->session.slot[slot]->published),
	                                 .ns = now - noticed_ns});
}

void us_orders_write(struct us_clock *c, uint32_t slot, uint64_t id)
{
	struct us_desk *desk = &c->desk[id % US_DESKS];
	atomic_store_explicit(&desk->orders, id << 8 | (slot + 1), memory_order_release); /* pairs with the desk */
	atomic_fetch_add_explicit(&desk->bell, 1, memory_order_release);
	us_futex_wake(&desk->bell);
}

/* The slot's memory changes hands: its former owner is dead for certain. */
static void assign(struct us_stage *h, uint32_t slot, uint64_t id)
{
	struct us_clock *c = h->session.clock;
	struct us_actor *a = &h->actor[id % US_DESKS];
	a->slot = (int)slot;
	atomic_store_explicit(&c->board.worker[slot].id, id, memory_order_release);
	us_process_note(&c->board.worker[slot].process, a->pid);
	us_process_note(&c->board.spare.process, 0);
	atomic_store_explicit(&c->board.spare_ready, 0, memory_order_relaxed);
	us_orders_write(c, slot, id);
}

void us_orders_carry_out(struct us_stage *h, const struct us_cast_orders *orders, uint64_t noticed_ns)
{
	atomic_store_explicit(&h->session.clock->live_mask, us_cast_live_mask(&h->cast), memory_order_release);
	if (orders->promote)
		promote(h, orders->promote_slot, noticed_ns);
	if (orders->assign)
		assign(h, orders->assign_slot, orders->assign_id);
}
