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

void us_replay_block(struct us_replay *r, float samples[US_SAMPLES])
{
	const struct us_source_of_song song = {r, amendment, granted, record, heard};
	const uint64_t block = us_engine_block(r->replica.engine);
	us_replica_render(&r->replica, &song, samples);
	if (was_gap(r, block)) {
		memset(samples, 0, US_SAMPLES * sizeof *samples);
		r->gaps++;
	}
}
