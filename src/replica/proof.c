/* proof.c — see proof.h. */
#include "proof.h"

#include "ipc/vault_rt.h"
#include "load.h"

/* The older of the two names gives way. */
static _Atomic uint64_t *older(struct us_house *h)
{
	const uint64_t a = atomic_load_explicit(&h->proven[0], memory_order_relaxed),
		       b = atomic_load_explicit(&h->proven[1], memory_order_relaxed);
	return a >> 2 <= b >> 2 ? &h->proven[0] : &h->proven[1];
}

/* First the name, then a look whether its writer has begun to overwrite it: see us_vault_begin(). */
static bool publish(const struct us_session *s, const struct us_found *found, uint64_t place)
{
	_Atomic uint64_t *name = older(s->house);
	const struct us_checkpoint *c = &s->slot[found->slot]->vault[found->index];
	atomic_store_explicit(name, place, memory_order_seq_cst);
	if (atomic_load_explicit(&c->state, memory_order_seq_cst) != US_CHECKPOINT_VALID ||
	    c->block != found->head.block || c->hash != found->head.hash) {
		atomic_store_explicit(name, 0, memory_order_seq_cst);
		return false;
	}
	atomic_store_explicit(&s->house->proven_applied, found->head.applied,
	                      memory_order_release); /* pairs with us_vault_keep() */
	return true;
}

/* Nobody can go on any more from what was proven before that: it is in the way of its writer, and the journal would be
 * kept for it until it is full. */
static void forget_before(struct us_house *h, uint64_t earliest)
{
	bool known = earliest == 0; /* the beginning */
	for (uint32_t i = 0; i < 2; i++) {
		const uint64_t after = atomic_load_explicit(&h->proven[i], memory_order_relaxed) >> 2; /* block + 1 */
		known |= after > earliest;
		if (after && after <= earliest)
			atomic_store_explicit(&h->proven[i], 0, memory_order_seq_cst);
	}
	if (!known)
		atomic_store_explicit(&h->proven_applied, UINT64_MAX, memory_order_release);
}

enum us_proof us_prove(struct us_prover *p, const struct us_session *s)
{
	struct us_found found;
	const struct us_house *h = s->house;
	forget_before(s->house, us_session_reach(s));
	const uint64_t applied = atomic_load_explicit(&h->proven_applied, memory_order_relaxed);
	if (!us_vault_find(s->slot, us_vault_room(s->clock), 0, 0, &found))
		return US_PROOF_NOTHING_NEW;
	const uint64_t place = us_vault_place(found.head.block, found.slot, found.index);
	if (place == p->refused || (applied != UINT64_MAX && found.head.applied < applied))
		return US_PROOF_NOTHING_NEW;
	for (uint32_t i = 0; i < 2; i++)
		if (place == atomic_load_explicit(&h->proven[i], memory_order_relaxed))
			return US_PROOF_NOTHING_NEW;
	/* What our engine cannot judge is not held against it: the journal would be kept for ever. */
	const bool judges = p->engine && found.head.layout_id == us_engine_layout_id(p->engine);
	if (judges ? us_replica_take(p->engine, &found, US_LOAD_SOUND) : us_vault_intact(&found, found.bytes))
		return publish(s, &found, place) ? US_PROOF_PROVEN : US_PROOF_NOTHING_NEW;
	if (!us_vault_intact(&found, found.bytes)) /* it is being overwritten, or torn */
		return US_PROOF_NOTHING_NEW;
	p->refused = place;
	return US_PROOF_REFUSED;
}

uint64_t us_proof_age(const struct us_session *s)
{
	const uint64_t a = atomic_load_explicit(&s->house->proven[0], memory_order_relaxed) >> 2,
		       b = atomic_load_explicit(&s->house->proven[1], memory_order_relaxed) >> 2,
		       newest = a > b ? a : b, /* block + 1 */
	    played = atomic_load_explicit(&s->clock->played, memory_order_relaxed) + 1;
	return played > newest ? played - newest : 0;
}
