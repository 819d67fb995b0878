/* opinion.c — who is right when two workers differ: a third computation decides. The standby goes back to a checkpoint
 * and renders once more, in silence, what has led to the block in question.
 *
 * Each bit of the arena is compared once in US_PORTIONS blocks. So what has just been found was not yet there that many
 * blocks ago, in neither of the two, and a checkpoint of that age is a witness that depends on nobody. A worker that
 * has not yet agreed for so long may have inherited it from the checkpoint that it began with: its witness must be
 * older than that one. It takes as long as rendering up to twice US_CHECKPOINT_BLOCKS; the primary plays on meanwhile.
 */
#include "ipc/vault_rt.h"
#include "worker.h"

_Static_assert((int)US_PORTIONS <= (int)US_CHECKPOINT_BLOCKS, "the second newest checkpoint is old enough");

static bool same(const struct us_digest *a, const struct us_digest *b)
{
	return a->sound == b->sound && a->state == b->state;
}

static enum us_opinion ask_witness(struct us_worker *w, uint64_t block, const struct us_digest *mine,
                                   const struct us_digest *theirs, float samples[US_SAMPLES])
{
	const bool inherited = w->compared < US_PORTIONS;
	struct us_digest third;
	if (block < US_PORTIONS || !w->live || (inherited && !w->origin))
		return US_NO_OPINION;
	uint64_t latest = block - US_PORTIONS;
	if (inherited && w->origin <= latest)
		latest = w->origin - 1;
	if (us_worker_load(w, latest, US_LOAD_SOUND) != US_CHECKPOINT_LOADED)
		return US_NO_OPINION;
	us_worker_tape_begin(w);
	const uint64_t witness = us_engine_block(w->replica.engine);
	for (uint64_t b = witness; b <= block; b++)
		us_worker_compute(w, b, samples, &third);
	if (same(&third, mine))
		return US_I_AM_RIGHT;
	if (!same(&third, theirs))
		return US_NO_OPINION;
	us_vault_doubt(w->slot, witness + 1);
	return US_THEY_ARE_RIGHT;
}

enum us_opinion us_worker_reconsider(struct us_worker *w, uint64_t block, const struct us_digest *mine,
                                     const struct us_digest *theirs, float samples[US_SAMPLES])
{
	/* seq_cst: before any table is looked for, as in us_worker_begin(). Pairs with somebody_loads() in control. */
	atomic_store_explicit(&w->slot->looks_back, 1, memory_order_seq_cst);
	enum us_opinion opinion = ask_witness(w, block, mine, theirs, samples);
	atomic_store_explicit(&w->slot->looks_back, 0, memory_order_release);
	/* Nobody is to begin from there again, as long as somebody lives: the primary, alone, makes a new one. */
	if (opinion == US_NO_OPINION && w->compared < US_PORTIONS)
		us_vault_doubt(w->slot, w->origin);
	return opinion;
}
