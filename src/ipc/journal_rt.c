/* journal_rt.c — see journal_rt.h. */
#include "journal_rt.h"

#include "hash.h"

#include <string.h>

uint32_t us_record_crc(const struct us_record *record)
{
	struct us_record r = *record;
	r.crc = 0;
	return us_crc32c(0, &r, sizeof r);
}

uint64_t us_journal_room(const struct us_journal *journal, const struct us_clock *clock)
{
	uint64_t tail = atomic_load_explicit(&journal->tail, memory_order_relaxed);
	uint64_t keep =
	    atomic_load_explicit(&clock->keep, memory_order_acquire); /* pairs with the main loop's release */
	return US_JOURNAL - (tail - keep);
}

bool us_journal_append(struct us_journal *journal, const struct us_clock *clock, struct us_record *records,
                       uint32_t count)
{
	if (us_journal_room(journal, clock) < count)
		return false;
	uint64_t tail = atomic_load_explicit(&journal->tail, memory_order_relaxed);
	for (uint32_t i = 0; i < count; i++) {
		records[i].seq = tail + i;
		records[i].crc = us_record_crc(&records[i]);
		journal->record[(tail + i) % US_JOURNAL] = records[i];
	}
	atomic_store_explicit(&journal->tail, tail + count,
	                      memory_order_release); /* [order]; pairs with us_journal_tail */
	return true;
}

US_REALTIME uint64_t us_journal_tail(const struct us_journal *journal)
{
	return atomic_load_explicit(&journal->tail, memory_order_acquire); /* pairs with us_journal_append */
}

US_REALTIME bool us_journal_read(const struct us_journal *journal, uint64_t seq, struct us_record *record)
{
	*record = journal->record[seq % US_JOURNAL];
	return record->seq == seq && us_record_crc(record) == record->crc;
}
