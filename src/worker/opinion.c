/* opinion.c — who is right when two workers differ: a third computation decides. The standby goes back to a checkpoint
 * and renders once more, in silence, what has led to the block in question.
 *
 * Each bit of the arena is compared once in US_PORTIONS blocks. So what has just been found was not yet there that many
 * blocks ago, in neither of the two, and a checkpoint of that age is a witness that depends on nobody. It takes as long
 * as rendering up to twice US_CHECKPOINT_BLOCKS; the primary plays on meanwhile. */
#include "worker.h"

_Static_assert((int)US_PORTIONS <= (int)US_CHECKPOINT_BLOCKS, "the second newest checkpoint is old enough");

static bool same(const struct us_digest *a, const struct us_digest *b)
{
	return a->sound == b->sound && a->state == b->state;
}

enum us_opinion us_worker_reconsider(struct us_worker *w, uint64_t block, const struct us_digest *mine,
                                     const struct us_digest *theirs, float samples[US_SAMPLES])
{
	struct us_digest third;
	if (block < US_PORTIONS || us_worker_load(w, block - US_PORTIONS) != US_CHECKPOINT_LOADED)
		return US_NO_OPINION;
	us_worker_tape_begin(w);
	for (uint64_t b = us_engine_block(w->engine); b <= block; b++)
		us_worker_compute(w, b, samples, &third);
	return same(&third, mine) ? US_I_AM_RIGHT : same(&third, theirs) ? US_THEY_ARE_RIGHT : US_NO_OPINION;
}
