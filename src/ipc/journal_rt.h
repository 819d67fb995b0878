/* journal_rt.h — the one ordered list of command records, in shared memory.
 * Writer: control. Readers: workers, recorder, control at its restart. Wait-free on both sides. */
#ifndef US_JOURNAL_RT_H
#define US_JOURNAL_RT_H

#include "layout.h"

#include <stdbool.h>

/* [any] CRC-32C over the record with crc taken as 0. */
uint32_t us_record_crc(const struct us_record *record);

/* [control] Records that can be appended before one would be overwritten that a checkpoint or the log still needs. */
uint64_t us_journal_room(const struct us_journal *journal, const struct us_clock *clock);

/* [control] Appends `count` records and publishes them together. Sets seq and crc in `records`. False, and
 * nothing written, when there is no room: the sender is told to try again. */
bool us_journal_append(struct us_journal *journal, const struct us_clock *clock, struct us_record *records,
                       uint32_t count);

/* [rt] Records below it are complete. */
US_REALTIME uint64_t us_journal_tail(const struct us_journal *journal);

/* [rt] Copies record `seq` (below the tail, not below clock.keep). False if what lies there is damaged. */
US_REALTIME bool us_journal_read(const struct us_journal *journal, uint64_t seq, struct us_record *record);

#endif
