/* log.h — the archive of a session: what `understudy replay` needs to render the same bytes again.
 * Writer: the recorder process. Reader: replay. [setup, may block] A log is a directory:
 *
 *   journal.bin     struct us_log_head, then struct us_record, by seq from 0
 *   grants.bin      struct us_log_head, then struct us_log_grant: from which block on which journal tail applied
 *   amendments.bin  struct us_log_head, then struct us_log_amendment, in the order they were seen
 *   plays.bin       struct us_log_head, then struct us_log_play: runs of blocks, played or skipped, and the end
 *   ear.bin         struct us_log_head, then struct us_log_ear: what each block heard; none without an input
 *   code.bin        which modules and programs played it, with their hashes (see code.h); written at the beginning
 *   tables.bin      struct us_log_head, then each table that modules read, before the records that name it: a struct
 *                   us_log_table and its values
 *   checkpoint-….bin where a replay may begin, too: see log_checkpoint.h
 *
 * All little-endian, fixed size, append-only but for the last run of plays.bin, which grows in its place. A run of
 * blocks is written only after the records, grants and amendments that it depends on, and says how many these are:
 * whatever plays.bin names can be rendered, whenever the writer died. A half-written last entry is what a crash leaves
 * and is dropped with a notice; damage before the end (a bad CRC, a seq out of order, grants that go back) is refused.
 */
#ifndef US_LOG_H
#define US_LOG_H

#include "code.h"
#include "layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <understudy/error.h>

enum us_log_kind {
	US_LOG_JOURNAL,
	US_LOG_GRANTS,
	US_LOG_AMENDMENTS,
	US_LOG_PLAYS,
	US_LOG_EAR,
	US_LOG_TABLES,
	US_LOG_FILES
};

struct us_log_head {
	uint64_t magic; /* US_MAGIC */
	uint32_t version, kind;
	uint64_t nonce;
	uint64_t layout_id; /* us_engine_layout_id of the workers; 0 when none was known */
	uint64_t arena_bytes;
	uint32_t rate;
	uint32_t ear; /* 1: blocks hear something, and all of it is in ear.bin */
	uint64_t tape_bytes;
	uint32_t crc, pad; /* CRC-32C of the head with crc 0 */
};
_Static_assert(sizeof(struct us_log_head) == 64, "log head layout");

struct us_log_grant {
	uint64_t block, tail; /* from this block on, to the next entry's; 0 before the first entry */
	uint32_t crc, pad;    /* CRC-32C of the entry with crc 0 */
};
_Static_assert(sizeof(struct us_log_grant) == 24, "log grant layout");

struct us_log_amendment {
	uint32_t list; /* enum us_amendment_list */
	uint32_t crc;  /* CRC-32C of the amendment */
	struct us_amendment amendment;
};
_Static_assert(sizeof(struct us_log_amendment) == 40, "log amendment layout");

/* The last two name no blocks: the session is over; or the log was given up, and the session went on. */
enum us_log_play_kind { US_PLAY_HEARD, US_PLAY_GAP, US_PLAY_END, US_PLAY_GIVEN_UP };
struct us_log_play {
	uint64_t first, count;
	uint64_t grants, amendments; /* entries of these files that its blocks depend on */
	uint32_t kind, crc;          /* CRC-32C of the entry with crc 0 */
};
_Static_assert(sizeof(struct us_log_play) == 40, "log play layout");
enum { US_LOG_RUN = 7500 }; /* blocks: a run that grows ends there */

struct us_log_ear {
	uint32_t crc, pad; /* CRC-32C of the samples; 0 */
	float samples[US_SAMPLES];
};
_Static_assert(sizeof(struct us_log_ear) == 8 + 4 * US_SAMPLES, "log ear layout");

/* A table: frames × channels floats follow. It lay at entry.offset of the shelf, where no other one lay as long as it
 * was wanted. */
struct us_log_table {
	uint32_t crc;      /* CRC-32C of the values */
	uint32_t head_crc; /* CRC-32C of the entry, begun with crc */
	struct us_shelf_entry entry;
};
_Static_assert(sizeof(struct us_log_table) == 264, "log table layout");

/* The sums that stand in heads, grants and runs. */
uint32_t us_log_head_crc(const struct us_log_head *head);
uint32_t us_log_grant_crc(const struct us_log_grant *grant);
uint32_t us_log_play_crc(const struct us_log_play *play);

const char *us_log_file_name(enum us_log_kind kind);
/* [any] Is a file of this name in a log's directory part of the log? */
bool us_log_owns(const char *name);

/* --- writing ---------------------------------------------------------------------------------------------- */

struct us_log_writer {
	int fd[US_LOG_FILES];
	uint64_t entries[US_LOG_FILES]; /* whole ones in each file; bytes of US_LOG_TABLES */
	uint64_t granted, tail;         /* blocks whose grants are in the log, and the last of these grants */
	struct us_log_play last;        /* the last entry of plays.bin, if there is one */
};

/* Makes the directory if there is none, and all files. Of `head` it takes nonce, arena_bytes and rate. Fails if the
 * directory holds a log. */
int us_log_create(struct us_log_writer *log, const char *directory, const struct us_log_head *head, struct us_err *err);
/* Goes on with the log of this very session, at the end of its whole entries; fails if it is another session's. */
int us_log_continue(struct us_log_writer *log, const char *directory, uint64_t nonce, struct us_err *err);
/* The workers' layout id, as soon as one is known. */
int us_log_set_layout(struct us_log_writer *log, uint64_t layout_id, struct us_err *err);
/* The entries survive the death of this process. */
int us_log_append(struct us_log_writer *log, enum us_log_kind kind, const void *entries, uint64_t count,
                  struct us_err *err);
/* The grants of the next blocks: only where they change something is written. */
int us_log_append_grants(struct us_log_writer *log, const uint64_t *tails, uint64_t count, struct us_err *err);
int us_log_append_amendment(struct us_log_writer *log, enum us_amendment_list list,
                            const struct us_amendment *amendment, struct us_err *err);
int us_log_append_play(struct us_log_writer *log, uint64_t first, uint64_t count, enum us_log_play_kind kind,
                       struct us_err *err);
int us_log_append_ear(struct us_log_writer *log, const float samples[US_SAMPLES], struct us_err *err);
/* A table that is on the shelf now; US_OK if it has gone meanwhile: then no record of the log names it. */
int us_log_append_table(struct us_log_writer *log, const struct us_shelf *shelf, uint32_t number, struct us_err *err);
/* What the session is played with; see code.bin above. */
int us_log_write_code(const char *directory, const struct us_code *code, struct us_err *err);
/* Why the log ends where it ends: US_PLAY_END or US_PLAY_GIVEN_UP. */
int us_log_append_end(struct us_log_writer *log, enum us_log_play_kind kind, struct us_err *err);
/* False: somebody has deleted its files; nobody will ever read what is written. */
bool us_log_is_there(const struct us_log_writer *log);
void us_log_close(struct us_log_writer *log);

/* --- reading ---------------------------------------------------------------------------------------------- */

struct us_log_place {
	uint32_t number;
	const struct us_log_table *table;
};

/* The whole log mapped and checked; a log that is being written may be read, up to what is there now. */
struct us_log {
	struct us_log_head head;
	const struct us_record *record;
	const struct us_log_grant *grant;
	const struct us_log_amendment *amendment;
	const struct us_log_play *play;
	const struct us_log_ear *ear;
	uint64_t records, grants, amendments, plays, ears;
	struct us_log_place *place; /* of the tables, by number */
	uint64_t tables;
	uint64_t blocks;           /* played or skipped: the first block that plays.bin does not name */
	enum us_log_play_kind end; /* US_PLAY_END, US_PLAY_GIVEN_UP; else it is being written, or nobody closed it */
	struct {
		void *memory;
		size_t bytes;
	} map[US_LOG_FILES];
};

enum { US_LOG_NOTICE_BYTES = 256 };
/* `notice` gets a sentence when a half-written tail was dropped, else stays empty. */
int us_log_open(struct us_log *log, const char *directory, char notice[static US_LOG_NOTICE_BYTES], struct us_err *err);
void us_log_release(struct us_log *log);
/* The table with this number, and its values; NULL: it is not in the log. */
const struct us_log_table *us_log_table(const struct us_log *log, uint32_t number, const float **value);
/* log_tables.c: finds the tables in what is mapped; `cut`: the last one is half-written. */
int us_log_find_tables(struct us_log *log, bool *cut, struct us_err *err);
/* Bytes of whole tables among the first `bytes` behind the head of an open file. */
uint64_t us_log_whole_tables(int fd, uint64_t bytes);
/* Opens code.bin. Where there is none it is US_OK, too, and code->head is NULL. */
int us_log_open_code(struct us_code *code, const char *directory, struct us_err *err);
/* The grant of a block. Blocks are asked for in ascending order; *place begins as 0. */
static inline uint64_t us_log_granted(const struct us_log *log, uint64_t *place, uint64_t block)
{
	while (*place < log->grants && log->grant[*place].block <= block)
		++*place;
	return *place ? log->grant[*place - 1].tail : 0;
}

#endif
