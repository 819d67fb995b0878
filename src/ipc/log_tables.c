/* log_tables.c — tables.bin: what lay on the shelf, one table behind the other, in the order in which they came. See
 * log.h. */
#include "hash.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t value_bytes(const struct us_shelf_entry *e)
{
	return (uint64_t)e->frames * e->channels * sizeof(float);
}

static uint32_t head_crc(const struct us_log_table *t)
{
	return us_crc32c(t->crc, &t->entry, sizeof t->entry);
}

/* The whole of one; 0: this is not the head of one. */
static uint64_t bytes_of(const struct us_log_table *t)
{
	return t->head_crc == head_crc(t) && value_bytes(&t->entry) && value_bytes(&t->entry) <= US_SHELF_BYTES &&
	               t->entry.number >= US_TABLES
	           ? sizeof *t + value_bytes(&t->entry)
	           : 0;
}

int us_log_append_table(struct us_log_writer *log, const struct us_shelf *shelf, uint32_t number, struct us_err *err)
{
	struct us_log_table t = {0};
	if (!us_shelf_entry(shelf, number, &t.entry))
		return US_OK;
	if (!us_shelf_fits(shelf, &t.entry))
		return us_fail(err, "table %u of the session is damaged", number);
	const void *value = (const char *)shelf + t.entry.offset;
	const uint64_t begin = log->entries[US_LOG_TABLES];
	t.crc = us_crc32c(0, value, value_bytes(&t.entry));
	t.head_crc = head_crc(&t);
	if (us_log_append(log, US_LOG_TABLES, &t, sizeof t, err) ||
	    us_log_append(log, US_LOG_TABLES, value, value_bytes(&t.entry), err))
		return US_FAILED;
	if (us_shelf_mark(shelf, number) != t.entry.mark) /* it went meanwhile, and is written over by the next */
		log->entries[US_LOG_TABLES] = begin;
	return US_OK;
}

uint64_t us_log_whole_tables(int fd, uint64_t bytes)
{
	struct us_log_table t;
	uint64_t at = 0;
	while (at + sizeof t <= bytes &&
	       pread(fd, &t, sizeof t, (off_t)(sizeof(struct us_log_head) + at)) == (ssize_t)sizeof t && bytes_of(&t) &&
	       bytes_of(&t) <= bytes - at)
		at += bytes_of(&t);
	return at;
}

static int by_number(const void *a, const void *b)
{
	const struct us_log_place *x = a, *y = b;
	return (x->number > y->number) - (x->number < y->number);
}

static int add(struct us_log *log, const struct us_log_table *t, struct us_err *err)
{
	if ((log->tables & (log->tables - 1)) == 0) {
		struct us_log_place *grown = realloc(log->place, (log->tables ? 2 * log->tables : 1) * sizeof *grown);
		if (!grown)
			return us_fail(err, "no memory for the tables of the log");
		log->place = grown;
	}
	log->place[log->tables++] = (struct us_log_place){t->entry.number, t};
	return US_OK;
}

int us_log_find_tables(struct us_log *log, bool *cut, struct us_err *err)
{
	const char *first = (const char *)log->map[US_LOG_TABLES].memory + sizeof(struct us_log_head);
	const uint64_t bytes = log->map[US_LOG_TABLES].bytes - sizeof(struct us_log_head);
	for (uint64_t at = 0; at < bytes;) {
		const struct us_log_table *t = (const void *)(first + at);
		const bool head = bytes - at >= sizeof *t;
		if (head && !bytes_of(t))
			return us_fail(err, "the log is damaged at table %llu", (unsigned long long)log->tables);
		if (!head || bytes_of(t) > bytes - at) {
			*cut = true;
			break;
		}
		if (us_crc32c(0, t + 1, value_bytes(&t->entry)) != t->crc)
			return us_fail(err, "the log is damaged at table %llu", (unsigned long long)log->tables);
		if (add(log, t, err))
			return US_FAILED;
		at += bytes_of(t);
	}
	if (log->tables)
		qsort(log->place, log->tables, sizeof log->place[0], by_number);
	return US_OK;
}

const struct us_log_table *us_log_table(const struct us_log *log, uint32_t number, const float **value)
{
	const struct us_log_place wanted = {.number = number};
	const struct us_log_place *p =
	    log->tables ? bsearch(&wanted, log->place, log->tables, sizeof wanted, by_number) : NULL;
	*value = p ? (const void *)(p->table + 1) : NULL;
	return p ? p->table : NULL;
}
