/* prove.c — control's look at what is saved: does the newest checkpoint load? See replica/proof.h. Between datagrams, a
 * few times a second. */
#include "control.h"
#include "ipc/journal_rt.h"
#include "ipc/say.h"

#define LOOK_NS 100000000ull

void us_control_open_prover(struct us_control *c, const struct us_engine_config *config)
{
	struct us_err err;
	if (us_engine_open(&c->prover.engine, config, c->library, &err) == US_OK)
		return;
	c->prover.engine = NULL; /* what is whole counts as proven then */
	fprintf(stderr, US_SAY_WARNING "understudy-control: %s: whether checkpoints load is not tried\n", err.text);
}

void us_control_prove(struct us_control *c)
{
	const uint64_t kept =
	    us_journal_tail(c->session.journal) - atomic_load_explicit(&c->clock->keep, memory_order_acquire);
	if (c->now_ns - c->proved_ns < LOOK_NS && kept < US_JOURNAL / 2)
		return;
	c->proved_ns = c->now_ns;
	const enum us_proof proof = us_prove(&c->prover, &c->session);
	if (proof == US_PROOF_PROVEN)
		c->refusals = 0;
	if (proof == US_PROOF_REFUSED && !c->refusals++)
		fprintf(
		    stderr,
		    "understudy-control: the state that the workers save does not load any more: a module writes where "
		    "it may not. The journal is kept from the last one that does\n");
}
