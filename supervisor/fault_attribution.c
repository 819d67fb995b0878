/* fault_attribution.c — why a worker died, and whether anything is to blame; whether a late one hangs or merely does
 * not run. Pure; called by the failover after certain death, or for three glances at a living worker.
 *
 *   it was ended by a fault, a forbidden call or a hang, or it left, inside an instance's process()  → that instance
 *   the same while a record was applied, or carried out at its frame                                 → that record
 *   the same between them: an amendment, a pattern, the plan                                         → fault_search.c
 *   SIGKILL by the supervisor or from outside, OOM, the kernel's limit for who never waits           → nothing
 *
 * What a worker says of its end is never a reason not to blame: a module can write each word that its worker can. What
 * counts is what the supervisor did, and what the kernel reports.
 *
 * Only the worker that leads is believed: what kills it in block n the other has not met. A follower that dies of a
 * block which the primary survived has met no fault of the patch. */
#include "failover.h"

#include <signal.h>

enum { EXIT_BY_A_SIGNAL = 128 };
#define LIVED_THROUGH_NS 200000000ull

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The signal that its own handler has announced; 0: none. */
static int announced(const struct failover_worker *w, const struct failover_slot *s)
{
	return s && s->death >> 63 && (s->death >> 16 & 0x7fffffffffffull) == w->id ? (int)(s->death & 0xffff) : 0;
}

static uint16_t cause_of(const struct failover_worker *w, int signal, bool exited)
{
	static const int fault[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
	if (w->interrupted)
		return US_CAUSE_HANG;
	if (w->killed)
		return 0;
	for (uint32_t i = 0; i < sizeof fault / sizeof fault[0]; i++)
		if (fault[i] == signal)
			return (uint16_t)signal;
	/* Real-time computing without a pause, which a slow machine reaches, is no fault. */
	return exited && signal != SIGXCPU ? US_CAUSE_EXIT : 0;
}

/* Was it at a record, and which? Behind the last that was granted for its block the slot names the next one, which
 * nobody has begun. */
static bool is_at_record(const struct failover_slot *s, uint64_t *seq)
{
	const enum us_phase phase = us_crumb_phase(s->crumb);
	*seq = phase == US_PHASE_TIMED ? s->timed : s->applied;
	return (phase == US_PHASE_APPLY || phase == US_PHASE_TIMED) && *seq < s->granted_records;
}

struct fault fault_attribute(const struct failover_worker *w, const struct failover_samples *samples, bool is_primary,
                             int signal, int status)
{
	const struct failover_slot *s = w->slot >= 0 ? &samples->slot[w->slot] : NULL;
	const bool begun = s && s->epoch == w->id;
	const int word = announced(w, s);
	struct fault f = {.instance = US_NOBODY, .status = word ? 0 : status, .young = true};
	f.signal = word ? word : signal;
	if (!f.signal && !begun && status > EXIT_BY_A_SIGNAL) /* its handler had no slot yet to say so */
		f.signal = status - EXIT_BY_A_SIGNAL;
	if (begun) {
		f.young = s->blocks < US_CHECKPOINT_BLOCKS;
		f.diverged = s->divergences ? s->diverged_block : 0;
	}
	f.cause = cause_of(w, f.signal, word || !signal);
	const uint64_t block = begun ? us_crumb_block(s->crumb) : 0;
	/* Who computes without end in a block that nobody has published has met what everybody will. */
	const bool believed = is_primary || (w->interrupted && block >= samples->ever_published);
	if (!f.cause || !begun || !believed ||
	    block >= samples->granted) /* nobody was there yet: a spoilt breadcrumb */
		return f;
	f.block = failover_block_of(s->crumb, s->published);
	f.believed = true;
	if (us_crumb_phase(s->crumb) == US_PHASE_MODULE && us_crumb_instance(s->crumb) < US_INDICES) {
		f.blame = BLAME_INSTANCE;
		f.instance = us_crumb_instance(s->crumb);
	} else if (is_at_record(s, &f.seq)) {
		f.blame = BLAME_RECORD;
	}
	return f;
}

bool fault_settle(struct fault *f, const struct failover_samples *samples)
{
	if (f->blame == BLAME_STATE) {
		f->block = samples->open_block;
		f->seq = samples->open_records;
		return true;
	}
	const uint64_t first = larger(f->block, samples->ever_published);
	/* Only a record that nobody has lived through: what sounds in a published block is not struck out. */
	if (f->blame == BLAME_NONE || ((f->blame == BLAME_RECORD || f->trial) && first != f->block))
		return false;
	f->block = first;
	return true;
}

struct failover_glance failover_glance_of(const struct failover_slot *s)
{
	return (struct failover_glance){.published = s->published,
	                                .applied = s->applied,
	                                .crumb = s->crumb,
	                                .probes = s->probes,
	                                .cpu_ns = s->probe_cpu_ns};
}

/* A block's own CPU time before it counts as a hang: half a block, or four times what is usual here. What is usual may
 * have grown slowly: two blocks' time in one call is too much, whatever it was before. A block that somebody has
 * published ends: who renders it again, and has nothing usual yet to go by, is slow there as everybody was. To call it
 * a hang would be to kill, at the same place, each worker that comes after. */
static uint64_t budget_ns(const struct failover_slot *s, const struct failover_samples *samples, uint64_t block)
{
	const uint64_t usual = s->blocks ? s->busy_ns / s->blocks : 0;
	const uint64_t relative = larger(samples->block_ns / 2, 4 * usual);
	if (block < samples->ever_published)
		return LIVED_THROUGH_NS;
	return relative < 2 * samples->block_ns ? relative : 2 * samples->block_ns;
}

static bool has_moved(const struct failover_glance *from, const struct failover_glance *to)
{
	return to->published != from->published || to->applied != from->applied || to->crumb != from->crumb;
}

enum failover_look failover_compare(const struct failover_worker *w, const struct failover_samples *samples)
{
	const struct failover_slot *s = &samples->slot[w->slot];
	const struct failover_glance *first = &w->glance[0], *middle = &w->glance[1], *last = &w->glance[2];
	if (has_moved(first, middle) || has_moved(middle, last))
		return LOOK_FINE;
	/* While it waits for a grant or a bell there is nothing to be late with. */
	const enum us_phase phase = us_crumb_phase(last->crumb);
	if (phase == US_PHASE_IDLE && last->published >= samples->granted)
		return LOOK_FINE;
	if (last->probes == first->probes)
		return LOOK_STALLED;
	/* Between its two answers it was here, and did not wait for a core of the machine: it computed. */
	const bool here = middle->probes > first->probes && last->probes > middle->probes &&
	                  last->cpu_ns - middle->cpu_ns > FAILOVER_GLANCE_NS / 2;
	const bool in_a_place = phase == US_PHASE_MODULE || phase == US_PHASE_APPLY || phase == US_PHASE_DUE ||
	                        phase == US_PHASE_TIMED || phase == US_PHASE_MIX;
	const uint64_t budget = budget_ns(s, samples, us_crumb_block(last->crumb));
	return here && in_a_place && last->cpu_ns - s->cpu_ns > budget ? LOOK_HUNG : LOOK_FINE;
}
