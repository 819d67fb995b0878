/* follow_rt.c — see replica.h. No allocation, lock or system call. */
#include "replica.h"

static void note_struck(struct us_replica *r, const struct us_amendment *a)
{
	if (a->type != US_AMEND_TOMBSTONE || a->seq < r->applied || a->seq - r->applied >= US_JOURNAL)
		return;
	uint64_t *word = &r->struck[a->seq % US_JOURNAL / 64];
	r->strikes += !(*word >> a->seq % 64 & 1);
	*word |= 1ull << a->seq % 64;
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

static void amend(struct us_replica *r, const struct us_source_of_song *song, uint64_t block)
{
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++) {
		const struct us_amendment *a;
		for (; (a = song->amendment(song->context, l, r->amended[l])) && a->block <= block; r->amended[l]++) {
			note_struck(r, a);
			us_engine_amend(r->engine, a);
		}
	}
}

void us_replica_follow(struct us_replica *r, const struct us_source_of_song *song, uint64_t block)
{
	amend(r, song, block);
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
