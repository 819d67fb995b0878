/* follow_rt.c — see replica.h. No allocation, lock or system call. */
#include "replica.h"

static void note_struck(struct us_replica *r, const struct us_amendment *a)
{
	for (uint64_t i = 0; i <= a->more; i++) {
		const uint64_t seq = a->seq + i;
		if (seq < r->applied || seq - r->applied >= US_JOURNAL)
			continue;
		uint64_t *word = &r->struck[seq % US_JOURNAL / 64];
		r->strikes += !(*word >> seq % 64 & 1);
		*word |= 1ull << seq % 64;
	}
}

/* Asked once for each record. */
static bool is_struck(struct us_replica *r, uint64_t seq)
{
	uint64_t *word = &r->struck[seq % US_JOURNAL / 64];
	if (!r->strikes || !(*word >> seq % 64 & 1))
		return false;
	*word &= ~(1ull << seq % 64);
	r->strikes--;
	return true;
}

static void pass_over(struct us_replica *r, uint64_t until)
{
	for (; r->strikes && r->applied < until; r->applied++)
		is_struck(r, r->applied);
	if (r->applied < until)
		r->applied = until;
}

static void amend(struct us_replica *r, const struct us_amendment *a)
{
	if (a->type == US_AMEND_TOMBSTONE)
		note_struck(r, a);
	if (a->type == US_AMEND_AFRESH)
		pass_over(r, a->seq);
	us_engine_amend(r->engine, a);
}

static bool is_trial(const struct us_amendment *a)
{
	return a->type == US_AMEND_TRY_BYPASS || a->type == US_AMEND_TRY_TOMBSTONE || a->type == US_AMEND_TRY_NOTHING;
}

/* A trial counts only while nothing comes behind it, and then as what it tries. */
static void try(struct us_replica *r, const struct us_amendment *a)
{
	struct us_amendment tried = *a;
	r->on_trial = a->type != US_AMEND_TRY_NOTHING;
	tried.type = a->type == US_AMEND_TRY_BYPASS ? US_AMEND_BYPASS : US_AMEND_TOMBSTONE;
	if (r->on_trial)
		amend(r, &tried);
}

static void amend_all(struct us_replica *r, const struct us_source_of_song *song, uint64_t block)
{
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++) {
		const struct us_amendment *a, *next = song->amendment(song->context, l, r->amended[l]);
		while ((a = next) && a->block <= block) {
			next = song->amendment(song->context, l, ++r->amended[l]);
			if (!is_trial(a))
				amend(r, a);
			else if (!next)
				try(r, a);
		}
	}
}

void us_replica_follow(struct us_replica *r, const struct us_source_of_song *song, uint64_t block)
{
	r->on_trial = false;
	amend_all(r, song, block);
	const uint64_t until = song->granted(song->context, block);
	for (; r->applied < until; r->applied++) {
		struct us_record record;
		const bool struck = is_struck(r, r->applied);
		if (!song->record(song->context, r->applied, &record))
			continue;
		if (struck)
			us_engine_strike(r->engine, &record);
		else
			us_engine_apply(r->engine, &record, NULL);
	}
}

void us_replica_render(struct us_replica *r, const struct us_source_of_song *song, float samples[US_SAMPLES])
{
	const uint64_t block = us_engine_block(r->engine);
	us_replica_follow(r, song, block);
	if (song->heard(song->context, block, samples))
		us_engine_hear(r->engine, samples);
	us_engine_render(r->engine, samples);
}
