/* tape.c — what tape_rt.c needs, before the first block. [setup] */
#include "worker.h"

#include <stdlib.h>

int us_worker_tape_open(struct us_worker *w, struct us_err *err)
{
	struct us_worker_tape *t = &w->tape;
	t->reels = us_engine_reels(w->replica.engine);
	if (!t->reels)
		return US_OK;
	const size_t words = t->reels * sizeof(uint64_t);
	t->marks = calloc(1, words);
	t->hash = calloc(64, words);
	bool there = t->marks && t->hash;
	for (uint32_t v = 0; v < US_VAULT; v++)
		there &= (t->stale[v] = calloc(1, words)) != NULL;
	if (!there)
		return us_fail(err, "no memory for the lists of %u reels of tape", t->reels);
	us_memory_prefault(t->marks, words, US_WRITE);
	us_memory_prefault(t->hash, 64 * words, US_WRITE);
	for (uint32_t v = 0; v < US_VAULT; v++)
		us_memory_prefault(t->stale[v], words, US_WRITE);
	return US_OK;
}
