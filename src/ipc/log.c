/* log.c — the reading half of log.h: map, check everything once, then trust. */
#include "log.h"

#include "hash.h"
#include "journal_rt.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse_version(const char *path, uint32_t version, struct us_err *err)
{
	return us_fail(err, "%s was written by version %u of the log, this program reads version %d", path, version,
	               US_LAYOUT_VERSION);
}

/* There is no such file: an older log, whose files had another ending, is told from what is no log. */
static int refuse_missing(const char *directory, const char *name, struct us_err *err)
{
	char path[US_PATH_BYTES + 32];
	struct us_log_head head = {0};
	snprintf(path, sizeof path, "%s/%.*s.us", directory, (int)strcspn(name, "."), name);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? -1 : read(fd, &head, sizeof head);
	if (fd >= 0)
		close(fd);
	if (n == sizeof head && head.magic == US_MAGIC && head.version != US_LAYOUT_VERSION)
		return refuse_version(path, head.version, err);
	return us_fail(err, "%s is not a log: it has no %s (run --log DIR makes one)", directory, name);
}

static int map_file(struct us_log *log, const char *directory, int kind, struct us_err *err)
{
	const char *name = us_log_file_name(kind);
	char path[US_PATH_BYTES + 32];
	struct stat st = {0};
	snprintf(path, sizeof path, "%s/%s", directory, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return refuse_missing(directory, name, err);
	if (fd < 0 || fstat(fd, &st)) {
		int why = errno;
		if (fd >= 0)
			close(fd);
		return us_fail(err, "cannot read %s: %s", path, strerror(why));
	}
	size_t bytes = (size_t)st.st_size;
	void *m = bytes >= sizeof(struct us_log_head) ? mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	close(fd);
	if (m == MAP_FAILED)
		return us_fail(err, "%s is not a log file: it is too short", path);
	log->map[kind].memory = m;
	log->map[kind].bytes = bytes;
	const struct us_log_head *head = m;
	if (head->magic != US_MAGIC || head->kind != (uint32_t)kind)
		return us_fail(err, "%s is not a log file", path);
	if (head->version != US_LAYOUT_VERSION)
		return refuse_version(path, head->version, err);
	if (us_log_head_crc(head) != head->crc)
		return us_fail(err, "the log is damaged: the head of %s is not what was written", path);
	return US_OK;
}

static uint64_t whole_entries(const struct us_log *log, int kind, size_t size, const void **first, bool *cut)
{
	size_t bytes = log->map[kind].bytes - sizeof(struct us_log_head);
	*first = (const char *)log->map[kind].memory + sizeof(struct us_log_head);
	*cut |= bytes % size != 0;
	return bytes / size;
}

static bool same_session(const struct us_log *log)
{
	for (int k = 0; k < US_LOG_FILES; k++) {
		const struct us_log_head *head = log->map[k].memory;
		if (head->nonce != log->head.nonce || head->rate != log->head.rate)
			return false;
	}
	return log->head.rate > 0;
}

static int check_entries(const struct us_log *log, struct us_err *err)
{
	for (uint64_t i = 0; i < log->records; i++)
		if (log->record[i].seq != i || us_record_crc(&log->record[i]) != log->record[i].crc)
			return us_fail(err, "the log is damaged at record %" PRIu64 " of %" PRIu64, i, log->records);
	for (uint64_t i = 0; i < log->grants; i++)
		if (us_log_grant_crc(&log->grant[i]) != log->grant[i].crc ||
		    (i &&
		     (log->grant[i].block <= log->grant[i - 1].block || log->grant[i].tail < log->grant[i - 1].tail)))
			return us_fail(err, "the log is damaged at grant %" PRIu64 " of %" PRIu64, i, log->grants);
	for (uint64_t i = 0; i < log->amendments; i++) {
		const struct us_log_amendment *a = &log->amendment[i];
		if (a->list >= US_AMENDMENT_LISTS || us_crc32c(0, &a->amendment, sizeof a->amendment) != a->crc)
			return us_fail(err, "the log is damaged at amendment %" PRIu64 " of %" PRIu64, i,
			               log->amendments);
	}
	for (uint64_t i = 0; i < log->ears; i++)
		if (log->ear[i].pad || us_crc32c(0, log->ear[i].samples, sizeof log->ear[i].samples) != log->ear[i].crc)
			return us_fail(err, "the log is damaged at block %" PRIu64 " of %" PRIu64 " that were heard", i,
			               log->ears);
	uint64_t end = 0;
	for (uint64_t i = 0; i < log->plays; i++) {
		const struct us_log_play *p = &log->play[i];
		if (us_log_play_crc(p) != p->crc || p->first != end || p->count > UINT64_MAX - end)
			return us_fail(err, "the log is damaged at run %" PRIu64 " of %" PRIu64, i, log->plays);
		end += p->count;
	}
	return US_OK;
}

/* The last run grows in its place, and the machine may have gone down meanwhile. */
static void drop_torn_run(struct us_log *log, bool *cut)
{
	const struct us_log_play *last = log->plays ? &log->play[log->plays - 1] : NULL;
	if (!last || us_log_play_crc(last) == last->crc)
		return;
	log->plays--;
	*cut = true;
}

/* Records before the first one that names a table which is not there. */
static uint64_t covered_records(const struct us_log *log)
{
	const float *value;
	for (uint64_t i = 0; i < log->records; i++)
		if (log->record[i].type == US_REC_TABLE && log->record[i].table.number != US_NO_TABLE &&
		    !us_log_table(log, log->record[i].table.number, &value))
			return i;
	return log->records;
}

/* Blocks that grants, amendments, records and tables cover: all, unless the machine itself went down and lost what was
 * written last. */
static uint64_t covered_blocks(const struct us_log *log)
{
	uint64_t plays = log->plays;
	while (plays > 0 &&
	       (log->play[plays - 1].grants > log->grants || log->play[plays - 1].amendments > log->amendments))
		plays--;
	uint64_t blocks = plays ? log->play[plays - 1].first + log->play[plays - 1].count : 0;
	if (log->head.ear && blocks > log->ears)
		blocks = log->ears;
	const uint64_t records = covered_records(log);
	for (uint64_t g = log->grants; g > 0 && log->grant[g - 1].tail > records; g--)
		if (blocks > log->grant[g - 1].block)
			blocks = log->grant[g - 1].block;
	return blocks;
}

int us_log_open(struct us_log *log, const char *directory, char notice[static US_LOG_NOTICE_BYTES], struct us_err *err)
{
	const void *first[US_LOG_FILES];
	bool cut = false;
	*log = (struct us_log){0};
	notice[0] = 0;
	static const int order[] = {US_LOG_PLAYS,  US_LOG_EAR,     US_LOG_AMENDMENTS,
	                            US_LOG_GRANTS, US_LOG_JOURNAL, US_LOG_TABLES};
	_Static_assert(sizeof order / sizeof order[0] == US_LOG_FILES, "every file once");
	for (int i = 0; i < US_LOG_FILES; i++) /* plays first: what is mapped later covers them, also in a living log */
		if (map_file(log, directory, order[i], err)) {
			us_log_release(log);
			return US_FAILED;
		}
	log->head = *(const struct us_log_head *)log->map[US_LOG_JOURNAL].memory;
	log->records = whole_entries(log, US_LOG_JOURNAL, sizeof *log->record, &first[US_LOG_JOURNAL], &cut);
	log->grants = whole_entries(log, US_LOG_GRANTS, sizeof *log->grant, &first[US_LOG_GRANTS], &cut);
	log->amendments =
	    whole_entries(log, US_LOG_AMENDMENTS, sizeof *log->amendment, &first[US_LOG_AMENDMENTS], &cut);
	log->plays = whole_entries(log, US_LOG_PLAYS, sizeof *log->play, &first[US_LOG_PLAYS], &cut);
	log->ears = whole_entries(log, US_LOG_EAR, sizeof *log->ear, &first[US_LOG_EAR], &cut);
	log->ear = first[US_LOG_EAR];
	log->record = first[US_LOG_JOURNAL];
	log->grant = first[US_LOG_GRANTS];
	log->amendment = first[US_LOG_AMENDMENTS];
	log->play = first[US_LOG_PLAYS];
	drop_torn_run(log, &cut);
	int failed = same_session(log) ? check_entries(log, err) || us_log_find_tables(log, &cut, err)
	                               : us_fail(err, "the files in %s belong to different sessions", directory);
	if (failed) {
		us_log_release(log);
		return US_FAILED;
	}
	log->blocks = covered_blocks(log);
	log->end = log->plays ? log->play[log->plays - 1].kind : US_PLAY_HEARD;
	if (cut)
		snprintf(notice, US_LOG_NOTICE_BYTES,
		         "the log ends in the middle of an entry, as a crash leaves it; that entry is left out");
	return US_OK;
}

void us_log_release(struct us_log *log)
{
	for (int k = 0; k < US_LOG_FILES; k++)
		if (log->map[k].memory)
			munmap(log->map[k].memory, log->map[k].bytes);
	free(log->place);
	*log = (struct us_log){0};
}
