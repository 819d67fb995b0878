/* verdict.c — why a worker died, and whether anybody is to blame; whether a late one hangs or merely does not run.
 * Called by the arbiter, after certain death, or for a look at a living worker from outside.
 *
 *   a fatal signal, a forbidden call, an exit or a hang inside an instance's process()  → that instance
 *   the same while a record was applied, or carried out at its frame                    → that record
 *   the same between them: an amendment, a pattern, the plan                            → nobody
 *   SIGKILL from outside, OOM, the kernel's limit for who never waits, everything else  → nobody
 *
 * Only the worker that leads is believed: what kills it in block n the other has not met. A follower that dies of a
 * block which the primary survived has met no fault of the patch. */
#include "ipc/clock.h"
#include "ipc/slot_rt.h"
#include "stage.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum { EXIT_BY_A_SIGNAL = 128 };

static int signal_of(const struct us_stage *h, const struct us_actor *a, int *status)
{
	*status = 0;
	if (a->slot >= 0) {
		uint64_t death = atomic_load_explicit(&h->session.slot[a->slot]->death, memory_order_acquire);
		if (death >> 63 && (death >> 16 & 0x7fffffffffffull) == a->id)
			return (int)(death & 0xffff);
	}
	siginfo_t info;
	memset(&info, 0, sizeof info);
	if (waitid(P_PIDFD, (id_t)a->pidfd, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid)
		return SIGKILL; /* not our child (adopted), or not reaped yet: nobody is blamed */
	if (info.si_code == CLD_EXITED) {
		*status = info.si_status;
		return info.si_status > EXIT_BY_A_SIGNAL ? info.si_status - EXIT_BY_A_SIGNAL : 0;
	}
	return info.si_status;
}

static uint16_t cause_of(const struct us_actor *a, int signal)
{
	static const int guilty[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
	if (a->hung)
		return US_CAUSE_HANG;
	if (signal ==
	    SIGXCPU) /* not from us: the kernel's limit for real-time processes, which a slow machine reaches */
		return 0;
	if (!signal)
		return US_CAUSE_EXIT;
	for (size_t i = 0; i < sizeof guilty / sizeof guilty[0]; i++)
		if (guilty[i] == signal)
			return (uint16_t)signal;
	return 0;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What a slot counts as published. A worker that has written wild may have spoilt its count, which would put off every
 * bypass of this session for ever: more than was granted is no count. The ring then tells, as it tells the callback. */
static uint64_t published_by(const struct us_stage *h, const struct us_slot *slot)
{
	float samples[US_SAMPLES];
	uint64_t granted = atomic_load_explicit(&h->session.clock->granted, memory_order_acquire);
	uint64_t count = atomic_load_explicit(&slot->published, memory_order_acquire);
	if (count <= granted)
		return count;
	for (uint64_t n = granted; n > 0 && n + US_RING > granted; n--)
		if (us_slot_take(slot, n - 1, UINT64_MAX, samples) == US_TAKE_OK)
			return n;
	return 0;
}

/* No block that anybody has published is rewritten: the callback may have taken it from either slot. A worker that was
 * relieved may have published more than its successor, and a slot's own count goes back when a new worker takes it.
 * What was merely counted (a gap) does not matter: nobody has heard it, and whoever renders it later may die of it. */
uint64_t us_ever_published(const struct us_stage *h)
{
	uint64_t most = atomic_load_explicit(&h->session.clock->ever_published, memory_order_relaxed);
	float samples[US_SAMPLES];
	for (uint32_t s = 0; s < US_SLOTS; s++)
		most = max(most, published_by(h, h->session.slot[s]));
	/* Who died between a block and its count has published it: the callback goes by the ring. */
	for (uint32_t s = 0; s < US_SLOTS; s++)
		most += us_slot_take(h->session.slot[s], most, UINT64_MAX, samples) == US_TAKE_OK;
	return most;
}

/* What the slot says of its worker, before the next one takes it. */
static void read_farewell(const struct us_stage *h, const struct us_actor *a, struct us_verdict *v)
{
	v->young = true;
	if (a->slot < 0)
		return;
	const struct us_slot *s = h->session.slot[a->slot];
	if (atomic_load_explicit(&s->epoch, memory_order_acquire) != a->id)
		return; /* it died before it had begun */
	v->young = atomic_load_explicit(&s->blocks, memory_order_relaxed) < US_CHECKPOINT_BLOCKS;
	if (atomic_load_explicit(&s->divergences, memory_order_acquire) > 0) /* pairs with agrees_with_primary */
		v->diverged = atomic_load_explicit(&s->diverged_block, memory_order_relaxed);
}

/* Was it at a record, and which? Behind the last that was granted for its block the slot names the next one, which
 * nobody has begun. */
static bool is_at_record(const struct us_stage *h, const struct us_slot *s, uint64_t crumb, uint64_t *seq)
{
	const uint64_t block = us_crumb_block(crumb);
	const enum us_phase phase = us_crumb_phase(crumb);
	*seq = atomic_load_explicit(phase == US_PHASE_TIMED ? &s->timed : &s->applied, memory_order_acquire);
	return (phase == US_PHASE_APPLY || phase == US_PHASE_TIMED) &&
	       *seq < atomic_load_explicit(&h->session.clock->grant[block % US_GRANTS], memory_order_relaxed);
}

struct us_verdict us_verdict_of(const struct us_stage *h, const struct us_actor *a)
{
	struct us_verdict v = {.blame = US_BLAME_NOBODY, .instance = US_NOBODY};
	v.signal = signal_of(h, a, &v.status);
	read_farewell(h, a, &v);
	v.cause = cause_of(a, v.signal);
	if (!v.cause || a->slot < 0 || (uint32_t)a->slot != h->cast.primary)
		return v;
	const struct us_slot *s = h->session.slot[a->slot];
	uint64_t crumb = atomic_load_explicit(&s->crumb, memory_order_acquire);
	if (us_crumb_block(crumb) >= atomic_load_explicit(&h->session.clock->granted, memory_order_acquire))
		return v; /* nobody was there yet: the breadcrumb is spoilt */
	v.block = max(us_crumb_block(crumb), us_ever_published(h));
	uint64_t seq;
	if (us_crumb_phase(crumb) == US_PHASE_MODULE && us_crumb_instance(crumb) < US_INDICES) {
		v.blame = US_BLAME_INSTANCE;
		v.instance = us_crumb_instance(crumb);
	} else if (is_at_record(h, s, crumb, &seq) && us_crumb_block(crumb) == v.block) {
		/* Only a record that nobody has lived through: what sounds in a published block is not struck out. */
		v.blame = US_BLAME_RECORD;
		v.seq = seq;
	}
	return v;
}

void us_glance_take(const struct us_stage *h, const struct us_actor *a, struct us_glance *g)
{
	const struct us_slot *s = h->session.slot[a->slot];
	g->published = atomic_load_explicit(&s->published, memory_order_acquire);
	g->applied = atomic_load_explicit(&s->applied, memory_order_acquire);
	g->crumb = atomic_load_explicit(&s->crumb, memory_order_acquire);
	g->probes = atomic_load_explicit(&s->probes, memory_order_acquire); /* pairs with on_probe */
	g->cpu_ns = atomic_load_explicit(&s->probe_cpu_ns, memory_order_relaxed);
	g->taken_ns = us_now_ns();
}

/* A block's own CPU time before it counts as a hang: half a block, or four times what is usual here. */
static uint64_t budget_ns(const struct us_stage *h, const struct us_slot *s)
{
	uint64_t blocks = atomic_load_explicit(&s->blocks, memory_order_relaxed);
	uint64_t usual = blocks ? atomic_load_explicit(&s->busy_ns, memory_order_relaxed) / blocks : 0;
	return max(h->player.block_ns / 2, 4 * usual);
}

static bool has_moved(const struct us_glance *from, const struct us_glance *to)
{
	return to->published != from->published || to->applied != from->applied || to->crumb != from->crumb;
}

enum us_look us_glance_compare(const struct us_stage *h, const struct us_actor *a,
                               const struct us_glance glance[US_GLANCES])
{
	const struct us_slot *s = h->session.slot[a->slot];
	const struct us_glance *first = &glance[0], *middle = &glance[1], *last = &glance[2];
	if (has_moved(first, middle) || has_moved(middle, last))
		return US_LOOK_FINE;
	/* While it waits for a grant or a bell there is nothing to be late with. */
	enum us_phase phase = us_crumb_phase(last->crumb);
	if (phase == US_PHASE_IDLE &&
	    last->published >= atomic_load_explicit(&h->session.clock->granted, memory_order_acquire))
		return US_LOOK_FINE;
	if (last->probes == first->probes)
		return US_LOOK_STALLED;
	/* Between its two answers it was here, and did not wait for a core of the machine: it computed. */
	bool here = middle->probes > first->probes && last->probes > middle->probes &&
	            last->cpu_ns - middle->cpu_ns > US_LOOK_AGAIN_NS / 2;
	uint64_t used = last->cpu_ns - atomic_load_explicit(&s->cpu_ns, memory_order_acquire);
	bool in_a_place =
	    phase == US_PHASE_MODULE || phase == US_PHASE_APPLY || phase == US_PHASE_DUE || phase == US_PHASE_TIMED;
	return here && in_a_place && used > budget_ns(h, s) ? US_LOOK_HUNG : US_LOOK_FINE;
}
