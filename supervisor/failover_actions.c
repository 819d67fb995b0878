/* failover_actions.c — what the failover has decided, carried out: signals, the role, orders to workers, amendments,
 * notes for people. [arbiter]; before its thread runs, the main thread that adopts; and the simulation.
 *
 * Order of stores at a promotion [amend]: amendment, amendments.count (release), role (release), cue. */
#include "event.h"
#include "ipc/amend.h"
#include "ipc/clock.h"
#include "ipc/futex.h"
#include "ipc/histogram.h"
#include "ipc/process.h"
#include "stage.h"

#include <signal.h>

static void amend(struct us_stage *h, const struct us_amendment *amendment)
{
	struct us_amendments *list = &h->session.clock->amendments[US_BY_ARBITER];
	uint32_t count = atomic_load_explicit(&list->count, memory_order_relaxed);
	if (count >= US_AMENDMENTS)
		return;
	list->list[count] = *amendment;
	atomic_store_explicit(&list->count, count + 1, memory_order_release); /* pairs with the workers' amend() */
}

static void promote(struct us_stage *h, uint32_t slot, uint64_t noticed_ns)
{
	struct us_clock *c = h->session.clock;
	uint64_t role = atomic_load_explicit(&c->role, memory_order_relaxed);
	uint64_t next = ((role >> 1) + 1) << 1 | slot;
	atomic_store_explicit(&c->role, next, memory_order_release); /* pairs with primary_slot() in the workers */
	atomic_fetch_add_explicit(&c->cue, 1, memory_order_release);
	us_futex_wake(&c->cue);
	/* A standby waits for one word only: its sandbox names it. */
	for (uint32_t s = 0; s < US_SLOTS; s++) {
		atomic_fetch_add_explicit(&h->session.slot[s]->published_bell, 1, memory_order_release);
		us_futex_wake(&h->session.slot[s]->published_bell);
	}
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

/* The slot's memory changes hands: its former owner is dead for certain. Who it was is said with the orders, so that
 * the slot is claimed from that one only, and once. To give the same orders again is harmless. */
static void assign(struct us_stage *h, uint32_t slot, uint64_t id)
{
	struct us_clock *c = h->session.clock;
	struct us_desk *desk = &c->desk[id % US_DESKS];
	const uint64_t owner = atomic_load_explicit(&h->session.slot[slot]->owner, memory_order_acquire);
	atomic_store_explicit(&c->board.worker[slot].id, id, memory_order_release);
	us_process_note(&c->board.worker[slot].process, h->actor[id % US_DESKS].pid);
	us_process_note(&c->board.spare.process, 0);
	atomic_store_explicit(&desk->former_owner, owner, memory_order_relaxed);
	atomic_store_explicit(&desk->orders, id << 8 | (slot + 1), memory_order_release); /* pairs with the desk */
	atomic_fetch_add_explicit(&desk->bell, 1, memory_order_release);
	us_futex_wake(&desk->bell);
}

static void show_spares(struct us_stage *h, uint64_t ready_id, uint32_t spares)
{
	struct us_board *b = &h->session.clock->board;
	if (ready_id)
		us_process_note(&b->spare.process, h->actor[ready_id % US_DESKS].pid);
	atomic_store_explicit(&b->spare_ready, spares > 0, memory_order_relaxed);
}

static void count(struct us_stage *h, struct us_note *note, uint64_t now)
{
	struct us_board *b = &h->session.clock->board;
	const uint64_t played = atomic_load_explicit(&h->session.clock->played, memory_order_acquire);
	switch (note->kind) {
	case US_NOTE_DIED:
		atomic_store_explicit(&b->last_death_mono_ns, now, memory_order_relaxed);
		atomic_fetch_add_explicit(&b->crashes, 1, memory_order_relaxed);
		if (note->block)
			atomic_fetch_add_explicit(&b->divergences, 1, memory_order_relaxed);
		break;
	case US_NOTE_PAIR:
		us_histogram_add(&b->rebuild, note->ns);
		atomic_store_explicit(&b->last_rearm_mono_ns, now, memory_order_relaxed);
		atomic_fetch_add_explicit(&b->replacements, 1, memory_order_relaxed);
		break;
	case US_NOTE_DEPOSED:
		note->detail = played > note->block ? (int64_t)(played - note->block) : 0;
		atomic_fetch_add_explicit(&b->divergences, 1, memory_order_relaxed);
		break;
	default:
		break;
	}
}

static void tell(struct us_stage *h, const struct us_note *told, uint64_t now)
{
	struct us_note note = *told;
	count(h, &note, now);
	us_note_put(h, &note);
	us_event_raise(h->main_fd);
}

static void rank(struct us_stage *h, pid_t pid, uint32_t place)
{
	if (place > 1)
		us_priority_drop(pid);
	else
		us_priority_set(h, pid, place ? US_RUNG_STANDBY : US_RUNG_PRIMARY);
}

/* From a block that is not granted yet. Without room the failover was told so, and a bypass is decided anew. */
static void plan(struct us_stage *h, uint16_t type, uint32_t instance, uint16_t cause)
{
	const struct us_amendment a = {.type = type, .instance = (uint16_t)instance, .cause = cause};
	if (us_amend_may_restore(h->session.clock))
		us_player_plan(&h->player, &a);
}

static void carry_out(struct us_stage *h, const struct failover_action *a, uint64_t now_ns)
{
	const struct us_actor *actor = &h->actor[a->id % US_DESKS];
	switch (a->kind) {
	case ACTION_PROBE:
		us_process_signal(actor->pidfd, SIGUSR1);
		break;
	case ACTION_INTERRUPT:
		us_process_signal(actor->pidfd, SIGXCPU);
		break;
	case ACTION_KILL:
		us_process_signal(actor->pidfd, SIGKILL);
		break;
	case ACTION_DISCARD:
		atomic_store_explicit(&h->session.clock->spoilt[a->slot], a->id, memory_order_release); /* see take() */
		break;
	case ACTION_AMEND:
		amend(h, &a->amendment);
		break;
	case ACTION_PROMOTE:
		promote(h, a->slot, now_ns);
		break;
	case ACTION_ASSIGN:
		assign(h, a->slot, a->id);
		break;
	case ACTION_VACATE:
		us_process_note(&h->session.clock->board.worker[a->slot].process, 0);
		break;
	case ACTION_SPARES:
		show_spares(h, a->id, a->slot);
		break;
	case ACTION_RANK:
		rank(h, actor->pid, a->slot);
		break;
	case ACTION_SPAWN:
		atomic_fetch_add_explicit(&h->spawns_asked, 1, memory_order_release);
		us_event_raise(h->main_fd);
		break;
	case ACTION_CHILD_START:
		atomic_fetch_add_explicit(&h->child[a->slot].starts_asked, 1, memory_order_release);
		us_event_raise(h->main_fd);
		break;
	case ACTION_CHILD_KILL:
		atomic_fetch_add_explicit(&h->child[a->slot].kills_asked, 1, memory_order_release);
		us_event_raise(h->main_fd);
		break;
	case ACTION_BYPASS:
		plan(h, US_AMEND_BYPASS, a->slot, US_CAUSE_SLOW);
		break;
	case ACTION_RESTORE:
		plan(h, US_AMEND_RESTORE, a->slot, US_CAUSE_USER);
		break;
	case ACTION_TELL:
		tell(h, &a->note, now_ns);
		break;
	}
}

uint64_t us_failover_event(struct us_stage *h, struct failover_event event)
{
	struct failover_samples samples;
	struct failover_actions actions;
	us_failover_sample(h, event.kind == FAILOVER_EXITED, &samples);
	event.samples = &samples;
	event.now_ns = us_now_ns(); /* not before what was read */
	failover_step(&h->failover, &event, &actions);
	atomic_store_explicit(&h->session.clock->live_mask, failover_live_mask(&h->failover), memory_order_release);
	for (uint32_t i = 0; i < FAILOVER_CHILDREN; i++)
		atomic_store_explicit(&h->child[i].idle_ns, h->failover.child[i].idle_ns, memory_order_relaxed);
	for (uint32_t i = 0; i < actions.count; i++)
		carry_out(h, &actions.list[i], event.now_ns);
	return actions.wait_ns;
}
