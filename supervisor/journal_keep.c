/* journal_keep.c — how far the journal may be overwritten: what no checkpoint and no log needs any more. Once a turn of
 * the main loop; keep.c decides when a log that stands still is given up. */
#include "ipc/amend.h"
#include "ipc/clock.h"
#include "ipc/journal_rt.h"
#include "ipc/say.h"
#include "ipc/vault_rt.h"
#include "stage.h"

#include <stdio.h>

static bool is_logging(const struct us_stage *h)
{
	return h->session.clock->log_dir[0] &&
	       !atomic_load_explicit(&h->session.clock->log_given_up, memory_order_relaxed) &&
	       !atomic_load_explicit(&h->session.recorder->log_failed, memory_order_acquire);
}

/* The show goes on without a log that does not get on. Its recorder writes down that it ends, as soon as it can. */
static void watch_log(struct us_stage *h, uint64_t logged)
{
	const uint64_t tail = us_journal_tail(h->session.journal);
	if (!us_log_watch_step(&h->log_watch, logged, tail, US_JOURNAL, us_now_ns()))
		return;
	fprintf(stderr,
	        US_SAY_ERROR
	        "understudy: the log stands still and is given up, at command %llu: the recorder does not write it\n",
	        (unsigned long long)logged);
	atomic_store_explicit(&h->session.clock->log_given_up, 1, memory_order_release); /* pairs with is_wanted() */
}

void us_journal_keep_turn(struct us_stage *h)
{
	struct us_clock *c = h->session.clock;
	uint32_t place, times;
	const struct us_amendment *afresh = us_amend_afresh(c, &place, &times);
	uint64_t keep = us_vault_keep(h->session.slot, h->session.house);
	if (keep > us_journal_tail(h->session.journal)) /* nothing whole, or a head that has been spoilt */
		keep = 0;
	if (afresh && keep < afresh->seq) /* what was before leads nowhere any more */
		keep = afresh->seq;
	if (is_logging(h)) {
		uint64_t logged = atomic_load_explicit(&h->session.recorder->log_records, memory_order_acquire);
		keep = keep < logged ? keep : logged;
		watch_log(h, logged);
	}
	if (keep > atomic_load_explicit(&c->keep, memory_order_relaxed))
		atomic_store_explicit(&c->keep, keep, memory_order_release); /* pairs with us_journal_room */
}
