/* log_write.c — the writing half of log.h. An append goes to the kernel at once, at the place that follows from the
 * count of whole entries: no buffer that a crash could lose, and half an entry is written over by the next try. */
#include "hash.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const file_names[US_LOG_FILES] = {
    [US_LOG_JOURNAL] = "journal.bin", [US_LOG_GRANTS] = "grants.bin", [US_LOG_AMENDMENTS] = "amendments.bin",
    [US_LOG_PLAYS] = "plays.bin",     [US_LOG_EAR] = "ear.bin",       [US_LOG_TABLES] = "tables.bin",
};

static const size_t entry_bytes[US_LOG_FILES] = {
    [US_LOG_JOURNAL] = sizeof(struct us_record),
    [US_LOG_GRANTS] = sizeof(struct us_log_grant),
    [US_LOG_AMENDMENTS] = sizeof(struct us_log_amendment),
    [US_LOG_PLAYS] = sizeof(struct us_log_play),
    [US_LOG_EAR] = sizeof(struct us_log_ear),
    [US_LOG_TABLES] = 1, /* they are as long as they are */
};

const char *us_log_file_name(enum us_log_kind kind)
{
	return file_names[kind];
}

/* "checkpoint-" and a number, then ".bin"; "table-" in older logs */
static bool is_numbered(const char *name, const char *kind)
{
	const size_t n = strlen(kind), digits = strncmp(name, kind, n) == 0 ? strspn(name + n, "0123456789") : 0;
	return digits > 0 && strcmp(name + n + digits, ".bin") == 0;
}

bool us_log_owns(const char *name)
{
	for (int k = 0; k < US_LOG_FILES; k++)
		if (strcmp(name, file_names[k]) == 0)
			return true;
	return strcmp(name, "code.bin") == 0 || is_numbered(name, "table-") || is_numbered(name, "checkpoint-");
}

uint32_t us_log_head_crc(const struct us_log_head *head)
{
	struct us_log_head h = *head;
	h.crc = 0;
	return us_crc32c(0, &h, sizeof h);
}

uint32_t us_log_grant_crc(const struct us_log_grant *grant)
{
	struct us_log_grant g = *grant;
	g.crc = 0;
	return us_crc32c(0, &g, sizeof g);
}

uint32_t us_log_play_crc(const struct us_log_play *play)
{
	struct us_log_play p = *play;
	p.crc = 0;
	return us_crc32c(0, &p, sizeof p);
}

static void start_empty(struct us_log_writer *log)
{
	*log = (struct us_log_writer){0};
	for (int k = 0; k < US_LOG_FILES; k++)
		log->fd[k] = -1;
}

static int open_file(const char *directory, int kind, int flags, struct us_err *err)
{
	char path[US_PATH_BYTES + 32];
	snprintf(path, sizeof path, "%s/%s", directory, file_names[kind]);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0600);
	if (fd < 0 && errno == EEXIST)
		us_fail(err, "%s holds the log of another session already; give --log an empty directory", directory);
	else if (fd < 0)
		us_fail(err, "cannot write the log %s: %s", path, strerror(errno));
	return fd;
}

int us_log_create(struct us_log_writer *log, const char *directory, const struct us_log_head *head, struct us_err *err)
{
	start_empty(log);
	struct stat st;
	if ((mkdir(directory, 0700) && errno != EEXIST) || stat(directory, &st))
		return us_fail(err, "cannot make the log directory %s: %s", directory, strerror(errno));
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || st.st_mode & S_IWOTH)
		return us_fail(err, "%s is not a directory of this user, or everybody may write to it", directory);
	for (int k = 0; k < US_LOG_FILES; k++) {
		struct us_log_head h = {.magic = US_MAGIC,
		                        .version = US_LAYOUT_VERSION,
		                        .kind = (uint32_t)k,
		                        .nonce = head->nonce,
		                        .arena_bytes = head->arena_bytes,
		                        .tape_bytes = head->tape_bytes,
		                        .rate = head->rate,
		                        .ear = head->ear};
		h.crc = us_log_head_crc(&h);
		log->fd[k] = open_file(directory, k, O_CREAT | O_EXCL, err);
		if (log->fd[k] >= 0 && write(log->fd[k], &h, sizeof h) == sizeof h)
			continue;
		if (log->fd[k] >= 0)
			us_fail(err, "cannot write the log in %s: %s", directory, strerror(errno));
		us_log_close(log);
		return US_FAILED;
	}
	return US_OK;
}

static bool read_entry(const struct us_log_writer *log, int kind, uint64_t index, void *entry)
{
	const size_t bytes = entry_bytes[kind];
	return pread(log->fd[kind], entry, bytes, (off_t)(sizeof(struct us_log_head) + index * bytes)) ==
	       (ssize_t)bytes;
}

/* The last run may have been growing when the machine went down. */
static uint64_t sound_plays(struct us_log_writer *log)
{
	uint64_t n = log->entries[US_LOG_PLAYS];
	while (n > 0 &&
	       !(read_entry(log, US_LOG_PLAYS, n - 1, &log->last) && us_log_play_crc(&log->last) == log->last.crc))
		n--;
	return n;
}

static int continue_file(struct us_log_writer *log, int kind, const char *directory, uint64_t nonce, struct us_err *err)
{
	struct us_log_head head;
	struct stat st;
	int fd = log->fd[kind] = open_file(directory, kind, 0, err);
	if (fd < 0)
		return US_FAILED;
	if (fstat(fd, &st) || pread(fd, &head, sizeof head, 0) != sizeof head || head.magic != US_MAGIC ||
	    head.version != US_LAYOUT_VERSION || head.kind != (uint32_t)kind || head.nonce != nonce)
		return us_fail(err, "%s holds the log of another session already; give --log an empty directory",
		               directory);
	log->entries[kind] = ((uint64_t)st.st_size - sizeof head) / entry_bytes[kind];
	if (kind == US_LOG_PLAYS)
		log->entries[kind] = sound_plays(log);
	if (kind == US_LOG_TABLES)
		log->entries[kind] = us_log_whole_tables(fd, log->entries[kind]);
	if (ftruncate(fd, (off_t)(sizeof head + log->entries[kind] * entry_bytes[kind])))
		return us_fail(err, "cannot repair %s/%s: %s", directory, file_names[kind], strerror(errno));
	return US_OK;
}

int us_log_continue(struct us_log_writer *log, const char *directory, uint64_t nonce, struct us_err *err)
{
	struct us_log_grant g;
	start_empty(log);
	for (int k = 0; k < US_LOG_FILES; k++)
		if (continue_file(log, k, directory, nonce, err)) {
			us_log_close(log);
			return US_FAILED;
		}
	/* Grants up to the last run are there for certain, and up to the last entry: no later block has another one. */
	if (log->entries[US_LOG_PLAYS])
		log->granted = log->last.first + log->last.count;
	if (log->entries[US_LOG_GRANTS] && read_entry(log, US_LOG_GRANTS, log->entries[US_LOG_GRANTS] - 1, &g)) {
		log->tail = g.tail;
		if (log->granted <= g.block)
			log->granted = g.block + 1;
	}
	return US_OK;
}

int us_log_set_layout(struct us_log_writer *log, uint64_t layout_id, struct us_err *err)
{
	for (int k = 0; k < US_LOG_FILES; k++) {
		struct us_log_head head;
		bool bad = pread(log->fd[k], &head, sizeof head, 0) != sizeof head;
		head.layout_id = layout_id;
		head.crc = us_log_head_crc(&head);
		if (bad || pwrite(log->fd[k], &head, sizeof head, 0) != sizeof head)
			return us_fail(err, "cannot write the log's head (%s): %s", file_names[k], strerror(errno));
	}
	return US_OK;
}

static int write_at(struct us_log_writer *log, enum us_log_kind kind, uint64_t index, const void *entries,
                    uint64_t count, struct us_err *err)
{
	size_t bytes = count * entry_bytes[kind];
	off_t begin = (off_t)(sizeof(struct us_log_head) + index * entry_bytes[kind]);
	for (size_t done = 0; done < bytes;) {
		ssize_t n = pwrite(log->fd[kind], (const char *)entries + done, bytes - done, begin + (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return us_fail(err, "cannot write the log any further (%s): %s", file_names[kind],
			               strerror(errno));
		done += (size_t)n;
	}
	log->entries[kind] = index + count;
	return US_OK;
}

int us_log_append(struct us_log_writer *log, enum us_log_kind kind, const void *entries, uint64_t count,
                  struct us_err *err)
{
	return write_at(log, kind, log->entries[kind], entries, count, err);
}

int us_log_append_grants(struct us_log_writer *log, const uint64_t *tails, uint64_t count, struct us_err *err)
{
	for (uint64_t i = 0; i < count; i++, log->granted++) {
		if (tails[i] == log->tail)
			continue;
		struct us_log_grant g = {.block = log->granted, .tail = tails[i]};
		g.crc = us_log_grant_crc(&g);
		if (us_log_append(log, US_LOG_GRANTS, &g, 1, err))
			return US_FAILED;
		log->tail = tails[i];
	}
	return US_OK;
}

int us_log_append_amendment(struct us_log_writer *log, enum us_amendment_list list,
                            const struct us_amendment *amendment, struct us_err *err)
{
	struct us_log_amendment a = {
	    .list = list, .crc = us_crc32c(0, amendment, sizeof *amendment), .amendment = *amendment};
	return us_log_append(log, US_LOG_AMENDMENTS, &a, 1, err);
}

static int write_play(struct us_log_writer *log, uint64_t index, struct us_log_play p, struct us_err *err)
{
	p.grants = log->entries[US_LOG_GRANTS];
	p.amendments = log->entries[US_LOG_AMENDMENTS];
	p.crc = us_log_play_crc(&p);
	if (write_at(log, US_LOG_PLAYS, index, &p, 1, err))
		return US_FAILED;
	log->last = p;
	return US_OK;
}

int us_log_append_play(struct us_log_writer *log, uint64_t first, uint64_t count, enum us_log_play_kind kind,
                       struct us_err *err)
{
	const uint64_t index = log->entries[US_LOG_PLAYS];
	const struct us_log_play *last = &log->last;
	struct us_log_play p = {.first = first, .count = count, .kind = kind};
	if (index && last->kind == kind && last->first + last->count == first && last->count + count <= US_LOG_RUN &&
	    last->amendments == log->entries[US_LOG_AMENDMENTS]) {
		p.first = last->first;
		p.count += last->count;
		return write_play(log, index - 1, p, err);
	}
	return write_play(log, index, p, err);
}

int us_log_append_end(struct us_log_writer *log, enum us_log_play_kind kind, struct us_err *err)
{
	const struct us_log_play p = {.first = log->entries[US_LOG_PLAYS] ? log->last.first + log->last.count : 0,
	                              .kind = kind};
	return write_play(log, log->entries[US_LOG_PLAYS], p, err);
}

bool us_log_is_there(const struct us_log_writer *log)
{
	struct stat st;
	for (int k = 0; k < US_LOG_FILES; k++)
		if (log->fd[k] >= 0 && fstat(log->fd[k], &st) == 0 && st.st_nlink == 0)
			return false;
	return true;
}

int us_log_append_ear(struct us_log_writer *log, const float samples[US_SAMPLES], struct us_err *err)
{
	struct us_log_ear e = {.crc = us_crc32c(0, samples, sizeof e.samples)};
	memcpy(e.samples, samples, sizeof e.samples);
	return us_log_append(log, US_LOG_EAR, &e, 1, err);
}

void us_log_close(struct us_log_writer *log)
{
	for (int k = 0; k < US_LOG_FILES; k++)
		if (log->fd[k] >= 0)
			close(log->fd[k]);
	start_empty(log);
}
