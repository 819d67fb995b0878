/* kill_stamps.c — kill_stamps SESSION COUNT primary|any [GAP_MS]: kills workers of a running session with SIGKILL, at
 * random instants within GAP_MS (30) after the pair is whole, and measures from outside: from just before the signal to
 * the promotion, and to a full pair again, on CLOCK_MONOTONIC, which the supervisor stamps too. Prints
 *   kills N, promotion_ms p50 p95 max, rearm_ms p50 p95 max */
#include "ipc/clock.h"
#include "ipc/process.h"
#include "ipc/shm.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 5000, MOST = 100000 };

struct stamps {
	uint32_t count;
	double ms[MOST];
};

static int by_size(const void *a, const void *b)
{
	double d = *(const double *)a - *(const double *)b;
	return (d > 0) - (d < 0);
}

static double percentile(struct stamps *s, double p)
{
	qsort(s->ms, s->count, sizeof *s->ms, by_size);
	return s->count ? s->ms[(uint32_t)(p / 100 * (s->count - 1) + .5)] : 0;
}

static void add(struct stamps *s, uint64_t from_ns, uint64_t to_ns)
{
	if (s->count < MOST)
		s->ms[s->count++] = (double)(to_ns - from_ns) / 1e6;
}

static bool wait_for_pair(const struct us_clock *c, uint64_t rearmed_after_ns)
{
	for (int i = 0; i < PATIENCE_MS * 5; i++) {
		if (atomic_load(&c->live_mask) == (1u << US_SLOTS) - 1 && atomic_load(&c->board.spare_ready) &&
		    atomic_load(&c->board.last_rearm_mono_ns) >= rearmed_after_ns)
			return true;
		usleep(200);
	}
	return false;
}

/* Kills the worker in `slot`; false when the pair does not become whole again. */
static bool kill_one(const struct us_clock *c, uint32_t slot, struct stamps *promotion, struct stamps *rearm)
{
	bool leads = (atomic_load(&c->role) & 1) == slot;
	uint64_t promotions = atomic_load(&c->board.promotions);
	int pidfd = us_process_open(&c->board.worker[slot].process);
	if (pidfd < 0)
		return true; /* it has just gone by itself */
	uint64_t killed_ns = us_now_ns();
	us_process_signal(pidfd, SIGKILL);
	close(pidfd);
	if (!wait_for_pair(c, killed_ns))
		return false;
	add(rearm, killed_ns, atomic_load(&c->board.last_rearm_mono_ns));
	if (leads && atomic_load(&c->board.promotions) > promotions)
		add(promotion, killed_ns, atomic_load(&c->board.last_promotion_mono_ns));
	return true;
}

int main(int argc, char **argv)
{
	static struct stamps promotion, rearm;
	struct us_session session;
	struct us_err err;
	if (argc < 4) {
		fprintf(stderr, "usage: kill_stamps SESSION COUNT primary|any [GAP_MS]\n");
		return 2;
	}
	if (us_session_open(&session, argv[1], 0, &err)) {
		fprintf(stderr, "kill_stamps: %s\n", err.text);
		return 1;
	}
	const struct us_clock *c = session.clock;
	uint32_t count = (uint32_t)atoi(argv[2]), kills = 0, gap_ms = argc > 4 ? (uint32_t)atoi(argv[4]) : 30;
	bool any = strcmp(argv[3], "any") == 0;
	srand(1);
	while (kills < count && wait_for_pair(c, 0) && !atomic_load(&c->stop)) {
		usleep((uint32_t)rand() % (gap_ms * 1000 + 1));
		uint32_t primary = (uint32_t)(atomic_load(&c->role) & 1);
		if (!kill_one(c, any && rand() % 2 ? 1 - primary : primary, &promotion, &rearm))
			break;
		kills++;
	}
	printf("kills %u, promotion_ms %.3f %.3f %.3f, rearm_ms %.2f %.2f %.2f\n", kills, percentile(&promotion, 50),
	       percentile(&promotion, 95), percentile(&promotion, 100), percentile(&rearm, 50), percentile(&rearm, 95),
	       percentile(&rearm, 100));
	return kills == count ? 0 : 1;
}
