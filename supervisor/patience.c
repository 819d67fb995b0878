/* patience.c — who does not move: the arbiter asks here before each wait, how long it may be.
 *
 *   a relieved primary   that has not moved since is killed after STALLED_FOR_GOOD_NS
 *   a standby            that publishes nothing for STILL_NS while the primary does, and does not answer, is killed
 *   who is on its way    (a spare that is not ready, a worker with a slot that has not caught up) and gets nowhere for
 *                        STUCK_NS is killed
 *   who was killed       and is not gone after UNDYING_NS is lost: SIGKILL waits for who sleeps uninterruptibly or in
 *                        a frozen cgroup
 *
 * A lost worker counts as live no more, so that the other one knows that it is alone and makes the checkpoints; else
 * the journal would fill and every sender hear "busy". Its slot stays its own until it is dead for certain: there are
 * never two writers in one. It is mourned then as anybody else. */
#include "event.h"
#include "ipc/clock.h"
#include "ipc/process.h"
#include "stage.h"

#include <signal.h>

#define LISTEN_NS 1000000000ull          /* how long a word may go unheard whose hint was lost */
#define UNREACHED_NS 1000000ull          /* the same, of who cannot ring: sooner than a spoilt block is played */
#define STALLED_FOR_GOOD_NS 200000000ull /* also the time between two looks at somebody who is in doubt */
#define STILL_NS 1000000000ull
#define UNDYING_NS 1000000000ull
enum { STILL_BLOCKS = 64 };     /* and it is behind by so many */
#define STUCK_NS 10000000000ull /* however slow the machine is, a process gets some time of it within that */

void us_patience_kill(struct us_actor *a)
{
	if (us_process_signal(a->pidfd, SIGKILL) == 0 && !a->killed_ns)
		a->killed_ns = us_now_ns();
}

void us_patience_lose(struct us_stage *h, struct us_actor *a)
{
	const uint64_t now = us_now_ns();
	if (h->cast.seat[a->slot].state == US_SEAT_LOST)
		return;
	struct us_cast_orders orders = us_cast_step(&h->cast, US_CAST_LOST, (uint32_t)a->slot);
	us_orders_carry_out(h, &orders, now);
	if (!h->incomplete_since_ns)
		h->incomplete_since_ns = now;
	us_note_put(h, &(struct us_note){.kind = US_NOTE_LOST, .id = a->id, .slot = a->slot});
	us_event_raise(h->main_fd);
}

static uint64_t published(const struct us_stage *h, uint32_t slot)
{
	return atomic_load_explicit(&h->session.slot[slot]->published, memory_order_acquire);
}

/* The primary is missed by the callback, the standby by nobody. True: it is in doubt. */
static bool stands_still(struct us_stage *h, struct us_actor *a, uint64_t now)
{
	const struct us_cast *cast = &h->cast;
	const uint32_t slot = (uint32_t)a->slot;
	if (slot == cast->primary || cast->seat[slot].state != US_SEAT_LIVE)
		return false;
	const uint64_t mine = published(h, slot);
	const uint64_t probes = atomic_load_explicit(&h->session.slot[slot]->probes, memory_order_acquire);
	/* Where the primary does not get far either, the machine is slow. */
	if (mine != a->still.at || !a->still.since_ns || published(h, cast->primary) <= mine + STILL_BLOCKS) {
		a->still = (struct us_still){.at = mine, .since_ns = now};
		return false;
	}
	if (now - a->still.since_ns < STILL_NS)
		return false;
	if (!a->still.probed_ns) {
		a->still.probes = probes;
		a->still.probed_ns = now;
		us_process_signal(a->pidfd, SIGUSR1);
	} else if (probes != a->still.probes) { /* it runs: it may ask for a third opinion */
		a->still = (struct us_still){.at = mine, .since_ns = now};
	} else if (now - a->still.probed_ns >= STALLED_FOR_GOOD_NS) {
		us_note_put(h, &(struct us_note){.kind = US_NOTE_STILL, .id = a->id, .slot = a->slot});
		us_patience_kill(a);
	}
	return true;
}

static bool is_on_its_way(const struct us_stage *h, const struct us_actor *a)
{
	return a->slot < 0 ? !a->ready : h->cast.seat[a->slot].state == US_SEAT_LOADING;
}

/* How far it has come: in blocks, or before its first one in the time that it has computed. */
static uint64_t way_of(const struct us_stage *h, const struct us_actor *a)
{
	if (a->slot >= 0 && atomic_load_explicit(&h->session.slot[a->slot]->epoch, memory_order_acquire) == a->id)
		return published(h, (uint32_t)a->slot);
	return us_process_cpu_ns(a->pid);
}

/* It is nobody's partner yet, so there is no hurry. Time in which we ourselves did not look does not count: the whole
 * machine may have stood still. */
static void watch_its_way(struct us_stage *h, struct us_actor *a, uint64_t passed)
{
	const uint64_t at = way_of(h, a);
	a->stuck_ns = at == a->way ? a->stuck_ns + passed : 0;
	a->way = at;
	if (a->stuck_ns < STUCK_NS)
		return;
	us_note_put(h, &(struct us_note){.kind = US_NOTE_STUCK, .id = a->id, .slot = a->slot});
	us_patience_kill(a);
}

/* True: to be looked at again soon. */
static bool is_in_doubt(struct us_stage *h, struct us_actor *a, uint64_t now)
{
	if (a->killed_ns) {
		if (now - a->killed_ns >= UNDYING_NS)
			us_patience_lose(h, a);
		return h->cast.seat[a->slot].state != US_SEAT_LOST;
	}
	if (!a->stalled_ns)
		return stands_still(h, a, now);
	if (published(h, (uint32_t)a->slot) != a->stalled_at)
		a->stalled_ns = 0; /* it moved again and keeps its place, as standby */
	else if (now - a->stalled_ns >= STALLED_FOR_GOOD_NS)
		us_patience_kill(a);
	return true;
}

uint64_t us_patience_look(struct us_stage *h)
{
	const uint64_t now = us_now_ns(), passed = now - h->looked_ns < LISTEN_NS ? now - h->looked_ns : LISTEN_NS;
	bool doubt = false, unreached = false;
	for (uint32_t i = 0; i < US_DESKS; i++) {
		struct us_actor *a = &h->actor[i];
		if (atomic_load_explicit(&a->state, memory_order_acquire) != US_ACTOR_WATCHED || a->mourned)
			continue;
		if (!a->killed_ns && is_on_its_way(h, a))
			watch_its_way(h, a, passed);
		else if (a->slot >= 0)
			doubt |= is_in_doubt(h, a, now);
		unreached |= a->slot >= 0 && a->unreached;
	}
	h->looked_ns = now;
	if (unreached)
		return UNREACHED_NS;
	return doubt ? STALLED_FOR_GOOD_NS : LISTEN_NS;
}
