/* failover_pool.c — how many workers there are, and how soon the next one is started: a pair and a spare; at once after
 * a death, more slowly when they keep dying young or cannot be started. Pure; called by failover.c. */
#include "failover.h"

#include <signal.h>

enum { POOL = US_SLOTS + 1, FREE_EARLY_DEATHS = 3 };
#define BACKOFF_FIRST_NS 50000000ull
#define BACKOFF_MOST_NS 5000000000ull
#define STEADY_NS 5000000000ull  /* without such a death for so long, the next one is the first */
#define ANSWER_NS 10000000000ull /* the main loop starts processes; it answers, or asks were lost with it */

static void wait_longer(struct failover *f, uint64_t now_ns)
{
	f->spawn_after_ns = now_ns + f->backoff_ns;
	f->backoff_ns = f->backoff_ns ? f->backoff_ns * 2 : BACKOFF_FIRST_NS;
	if (f->backoff_ns > BACKOFF_MOST_NS)
		f->backoff_ns = BACKOFF_MOST_NS;
}

/* Who died of itself when it had hardly begun, or one after the other before they arrive (as the OOM killer has it).
 * Where something was found to blame, it is bypassed: the next one will not die of that. */
void failover_note_early_death(struct failover_turn *t, const struct failover_worker *w, const struct fault *fault)
{
	struct failover *f = t->f;
	const bool arrived = w->was_live || w->state == WORKER_SPARE;
	if (fault->blame != BLAME_NONE)
		return;
	if (!arrived)
		f->early_deaths++;
	if ((fault->signal != SIGKILL && fault->young) || (!arrived && f->early_deaths > FREE_EARLY_DEATHS))
		wait_longer(f, t->now_ns);
}

void failover_spawn_failed(struct failover_turn *t)
{
	t->f->spawning = false;
	if (!t->f->backoff_ns)
		t->f->backoff_ns = BACKOFF_FIRST_NS;
	wait_longer(t->f, t->now_ns);
}

static bool counts(const struct failover_worker *w)
{
	return w->id && w->state != WORKER_DEAD && !(w->state == WORKER_UNKILLABLE && w->slot < 0);
}

uint64_t failover_keep_pool(struct failover_turn *t)
{
	struct failover *f = t->f;
	uint32_t pool = 0;
	for (uint32_t i = 0; i < US_DESKS; i++)
		pool += counts(&f->worker[i]);
	if (f->backoff_ns && t->now_ns > f->spawn_after_ns + STEADY_NS)
		f->backoff_ns = 0;
	if (pool >= POOL)
		return UINT64_MAX;
	if (f->spawning && t->now_ns - f->spawn_asked_ns < ANSWER_NS)
		return ANSWER_NS;
	if (t->now_ns < f->spawn_after_ns)
		return f->spawn_after_ns - t->now_ns;
	f->spawning = true;
	f->spawn_asked_ns = t->now_ns;
	failover_act(t, ACTION_SPAWN, 0, 0);
	return ANSWER_NS;
}
