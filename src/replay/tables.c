/* tables.c — a log's tables, back on a shelf when they are wanted. See replay.h. */
#include "replay.h"

#include "engine/shelf.h"

static void put_back(struct us_replay *r, uint32_t number)
{
	const float *value;
	const struct us_log_table *t = us_log_table(r->log, number, &value);
	if (t)
		us_shelf_put_back(r->shelf, &t->entry, value, NULL);
}

void us_replay_table(struct us_replay *r, const struct us_record *record)
{
	struct us_shelf_entry e;
	if (r->shelf && record->type == US_REC_TABLE && !us_shelf_entry(r->shelf, record->table.number, &e))
		put_back(r, record->table.number);
}

/* In the order in which they were named last: what has gone by then lies where a later one lies. */
void us_replay_tables(struct us_replay *r, uint64_t applied)
{
	const struct us_record *record = r->log->record;
	uint64_t last[US_TABLES] = {0};
	if (!r->shelf)
		return;
	applied = applied < r->log->records ? applied : r->log->records;
	for (uint64_t i = 0; i < applied; i++)
		if (record[i].type == US_REC_TABLE)
			last[record[i].table.number % US_TABLES] = i;
	for (uint64_t i = 0; i < applied; i++)
		if (record[i].type == US_REC_TABLE && last[record[i].table.number % US_TABLES] == i)
			put_back(r, record[i].table.number);
}
