/* replay.c — see replay.h. */
#include "replay.h"

#include <string.h>

/* The lists lie in one file, mixed. */
static const struct us_amendment *amendment(void *context, uint32_t list, uint32_t place)
{
	struct us_replay *r = context;
	for (struct us_replay_list *l = &r->list[list]; l->at < r->log->amendments; l->at++)
		if (r->log->amendment[l->at].list == list && l->before++ == place) {
			l->before--;
			return &r->log->amendment[l->at].amendment;
		}
	return NULL;
}

static uint64_t granted(void *context, uint64_t block)
{
	struct us_replay *r = context;
	return us_log_granted(r->log, &r->grant, block);
}

static bool record(void *context, uint64_t seq, struct us_record *to)
{
	struct us_replay *r = context;
	*to = r->log->record[seq];
	us_replay_table(r, to);
	return true;
}

static bool heard(void *context, uint64_t block, float samples[US_SAMPLES])
{
	const struct us_log *log = ((const struct us_replay *)context)->log;
	if (log->head.ear)
		memcpy(samples, log->ear[block].samples, US_SAMPLES * sizeof *samples);
	return log->head.ear;
}

static bool was_gap(struct us_replay *r, uint64_t block)
{
	while (r->log->play[r->play].first + r->log->play[r->play].count <= block)
		r->play++;
	return r->log->play[r->play].kind == US_PLAY_GAP;
}

/* The block behind a gap that `block` is in, or `block`. */
static uint64_t end_of_gap(const struct us_replay *r, uint64_t block)
{
	for (uint64_t p = r->play; p < r->log->plays && r->log->play[p].kind == US_PLAY_GAP; p++)
		block = r->log->play[p].first + r->log->play[p].count;
	return block;
}

/* Where nobody could play until all began afresh, the blocks before that lead to nothing, and may be what killed
 * everybody: they are passed over. */
static void forget_what_leads_to_nothing(struct us_replay *r, uint64_t block)
{
	const uint64_t end = end_of_gap(r, block);
	for (uint64_t i = r->list[US_BY_ARBITER].at; end > block && i < r->log->amendments; i++) {
		struct us_amendment a = r->log->amendment[i].amendment;
		if (a.type != US_AMEND_AFRESH || a.block <= block || a.block > end || a.seq < r->replica.applied)
			continue;
		a.block = block;
		us_engine_amend(r->replica.engine, &a);
		r->replica.applied = a.seq;
	}
}

void us_replay_block(struct us_replay *r, float samples[US_SAMPLES])
{
	const struct us_source_of_song song = {r, amendment, granted, record, heard};
	const uint64_t block = us_engine_block(r->replica.engine);
	const bool gap = was_gap(r, block);
	if (gap)
		forget_what_leads_to_nothing(r, block);
	us_replica_render(&r->replica, &song, samples);
	if (gap) {
		memset(samples, 0, US_SAMPLES * sizeof *samples);
		r->gaps++;
	}
}
