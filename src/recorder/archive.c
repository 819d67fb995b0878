/* archive.c — the log of a session: records, grants, amendments, then the blocks that were made of them. A log that
 * cannot be written any further is given up and says so; nothing else stops for it. */
#include "ipc/clock.h"
#include "ipc/ear_rt.h"
#include "ipc/journal_rt.h"
#include "recorder.h"

#include <inttypes.h>

enum { RECORDS_AT_ONCE = 512, GRANT_MARGIN = 4096 };
#define LOOK_NS 1000000000ull

static void give_up(struct us_recorder_process *r, const struct us_err *err)
{
	us_recorder_say(r, err->text);
	us_log_append_end(&r->log, US_PLAY_GIVEN_UP, NULL);                    /* if that can still be written */
	atomic_store_explicit(&r->board->log_failed, 1, memory_order_release); /* the journal need not be kept for us */
	us_log_close(&r->log);
	r->logging = false;
}

/* What a recorder before us has written of this session. */
static int find_end(struct us_recorder_process *r, struct us_err *err)
{
	char notice[US_LOG_NOTICE_BYTES];
	struct us_log log;
	if (us_log_open(&log, r->clock->log_dir, notice, err))
		return US_FAILED;
	for (uint64_t i = 0; i < log.amendments; i++)
		r->amended[log.amendment[i].list]++;
	for (uint64_t i = 0; i < log.tables; i++) { /* none that was numbered later has gone */
		const uint32_t number = log.place[i].number;
		r->table[number % US_TABLES] = number;
	}
	r->log_next = log.blocks;
	r->layout_known = log.head.layout_id != 0;
	us_log_release(&log);
	return US_OK;
}

static void publish(struct us_recorder_process *r)
{
	/* Pair with the acquires in the supervisor: what is in the log, the rings need not keep. */
	atomic_store_explicit(&r->board->log_records, r->log.entries[US_LOG_JOURNAL], memory_order_release);
	atomic_store_explicit(&r->board->log_grants, r->log.granted, memory_order_release);
}

/* A log begins where the session begins. Who comes later goes on with what there is, or not at all: a log that began in
 * its middle would play something else. */
static int open_log(struct us_recorder_process *r, struct us_err *err)
{
	const struct us_clock *c = r->clock;
	const struct us_log_head head = {.nonce = r->session.nonce,
	                                 .arena_bytes = c->arena_bytes,
	                                 .tape_bytes = c->tape_bytes,
	                                 .rate = c->rate,
	                                 .ear = r->session.ear->on};
	struct us_err why;
	if (us_log_continue(&r->log, c->log_dir, r->session.nonce, &why) == US_OK)
		return find_end(r, err);
	if (!atomic_load_explicit(&r->board->ready, memory_order_relaxed))
		return us_log_create(&r->log, c->log_dir, &head, err) ||
		               (r->code.head && us_log_write_code(c->log_dir, &r->code, err))
		           ? US_FAILED
		           : US_OK;
	return us_fail(err, "the log has ended with the recorder that wrote it: %s", why.text);
}

void us_archive_start(struct us_recorder_process *r)
{
	struct us_err err;
	if (!r->clock->log_dir[0] || atomic_load_explicit(&r->board->log_failed, memory_order_relaxed))
		return;
	r->logging = true;
	if (open_log(r, &err))
		give_up(r, &err);
	else
		publish(r);
}

static int note_layout(struct us_recorder_process *r, struct us_err *err)
{
	for (uint32_t s = 0; s < US_SLOTS && !r->layout_known; s++)
		for (uint32_t v = 0; v < US_VAULT && !r->layout_known; v++) {
			const struct us_checkpoint *p = &r->session.slot[s]->vault[v];
			/* Pairs with us_vault_commit. All checkpoints of a session have the same layout id. */
			if (atomic_load_explicit(&p->state, memory_order_acquire) != US_CHECKPOINT_VALID)
				continue;
			if (us_log_set_layout(&r->log, p->layout_id, err))
				return US_FAILED;
			r->layout_known = true;
		}
	return US_OK;
}

static int log_amendments(struct us_recorder_process *r, struct us_err *err)
{
	for (uint32_t l = 0; l < US_AMENDMENT_LISTS; l++) {
		const struct us_amendments *list = &r->clock->amendments[l];
		uint32_t count = atomic_load_explicit(&list->count, memory_order_acquire); /* [amend], [planned] */
		for (; r->amended[l] < count; r->amended[l]++)
			if (us_log_append_amendment(&r->log, l, &list->list[r->amended[l]], err))
				return US_FAILED;
	}
	return US_OK;
}

/* A record that is damaged is one that no worker can have applied. */
static void take_record(const struct us_journal *journal, uint64_t seq, struct us_record *record)
{
	if (us_journal_read(journal, seq, record))
		return;
	*record = (struct us_record){.seq = seq, .type = US_REC_NOP, .instance = US_NOBODY};
	record->crc = us_record_crc(record);
}

static int log_records(struct us_recorder_process *r, uint64_t tail, struct us_err *err)
{
	struct us_record record[RECORDS_AT_ONCE];
	while (r->log.entries[US_LOG_JOURNAL] < tail) {
		uint64_t first = r->log.entries[US_LOG_JOURNAL];
		uint64_t n = tail - first < RECORDS_AT_ONCE ? tail - first : RECORDS_AT_ONCE;
		for (uint64_t i = 0; i < n; i++)
			take_record(r->session.journal, first + i, &record[i]);
		if (us_log_append(&r->log, US_LOG_JOURNAL, record, n, err))
			return US_FAILED;
	}
	return US_OK;
}

/* Before the records that name them: the journal's tail was read before, and no table goes before its records are in
 * the log. */
static int log_tables(struct us_recorder_process *r, struct us_err *err)
{
	const struct us_shelf *shelf = &r->session.shelf->shelf;
	for (uint32_t i = 0; i < US_TABLES; i++) {
		const uint32_t number = atomic_load_explicit(&shelf->now[i], memory_order_acquire);
		if (number == US_NO_TABLE || number == r->table[i])
			continue;
		if (number % US_TABLES != i || us_log_append_table(&r->log, shelf, number, err))
			return number % US_TABLES == i ? US_FAILED
			                               : us_fail(err, "the shelf of the session is damaged");
		r->table[i] = number;
	}
	return US_OK;
}

/* `granted` was read before the journal's tail: the log never holds a grant of a record that it lacks. */
static int log_grants(struct us_recorder_process *r, uint64_t granted, struct us_err *err)
{
	uint64_t grant[RECORDS_AT_ONCE];
	if (granted > r->log.granted && granted - r->log.granted > US_GRANTS - GRANT_MARGIN)
		return us_fail(err, "the log ends at block %" PRIu64 ": the disk was too slow for too long",
		               r->log.granted);
	while (r->log.granted < granted) {
		uint64_t first = r->log.granted;
		uint64_t n = granted - first < RECORDS_AT_ONCE ? granted - first : RECORDS_AT_ONCE;
		for (uint64_t i = 0; i < n; i++)
			grant[i] = atomic_load_explicit(&r->clock->grant[(first + i) % US_GRANTS],
			                                memory_order_relaxed); /* [when]: below granted */
		if (us_log_append_grants(&r->log, grant, n, err))
			return US_FAILED;
	}
	return US_OK;
}

static int log_ear(struct us_recorder_process *r, uint64_t granted, struct us_err *err)
{
	float heard[US_SAMPLES];
	while (r->session.ear->on && r->log.entries[US_LOG_EAR] < granted) {
		if (!us_ear_read(r->session.ear, r->log.entries[US_LOG_EAR], heard))
			return us_fail(err, "the log ends at block %" PRIu64 ": the disk was too slow for the input",
			               r->log.entries[US_LOG_EAR]);
		if (us_log_append_ear(&r->log, heard, err))
			return US_FAILED;
	}
	return US_OK;
}

static int log_plays(struct us_recorder_process *r, struct us_err *err)
{
	const struct us_chunk *k = &r->chunk;
	uint32_t i = r->log_next > k->first ? (uint32_t)(r->log_next - k->first) : 0;
	while (i < k->count) {
		uint32_t run = 1;
		while (i + run < k->count && k->gap[i + run] == k->gap[i])
			run++;
		if (us_log_append_play(&r->log, k->first + i, run, k->gap[i] ? US_PLAY_GAP : US_PLAY_HEARD, err))
			return US_FAILED;
		i += run;
		r->log_next = k->first + i;
	}
	return US_OK;
}

/* Things outside of this process that end a log: its files are deleted, or the supervisor could not wait for it. */
static int is_wanted(struct us_recorder_process *r, struct us_err *err)
{
	const uint64_t now = us_now_ns();
	if (atomic_load_explicit(&r->clock->log_given_up, memory_order_acquire))
		return us_fail(err, "the log ends at block %" PRIu64 ": it did not get on while commands came",
		               r->log_next);
	if (now - r->looked_ns < LOOK_NS)
		return US_OK;
	r->looked_ns = now;
	return us_log_is_there(&r->log)
	           ? US_OK
	           : us_fail(err, "the log ends at block %" PRIu64 ": its files in %s have been deleted", r->log_next,
	                     r->clock->log_dir);
}

void us_archive_chunk(struct us_recorder_process *r)
{
	struct us_err err;
	if (!r->logging)
		return;
	uint64_t granted = atomic_load_explicit(&r->clock->granted, memory_order_acquire); /* [when] */
	const uint64_t tail = us_journal_tail(r->session.journal);
	if (is_wanted(r, &err) || (!r->layout_known && note_layout(r, &err)) || log_amendments(r, &err) ||
	    log_tables(r, &err) || log_records(r, tail, &err) || log_grants(r, granted, &err) ||
	    log_ear(r, granted, &err) || log_plays(r, &err)) {
		give_up(r, &err);
		return;
	}
	publish(r);
	us_checkpoints_turn(r);
}

void us_archive_end(struct us_recorder_process *r)
{
	struct us_err err;
	if (r->logging && us_log_append_end(&r->log, US_PLAY_END, &err))
		us_recorder_say(r, err.text);
	us_log_close(&r->log);
	r->logging = false;
}
