/* seek.c — see seek.h. Nothing in the file is believed: the sums are checked here, the engine's bytes by
 * us_engine_load. */
#include "seek.h"

#include "ipc/hash.h"
#include "ipc/log_checkpoint.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { MOST_PACKED = 256 << 20 };

/* The newest that begins at `from` or before, and before `below`; 0: there is none. */
static uint64_t newest(const char *directory, uint64_t from, uint64_t below)
{
	uint64_t best = 0;
	DIR *d = opendir(directory);
	for (struct dirent *e; d && (e = readdir(d));) {
		unsigned long long block;
		char name[64];
		if (sscanf(e->d_name, "checkpoint-%20llu.bin", &block) != 1)
			continue;
		snprintf(name, sizeof name, US_LOG_CHECKPOINT_NAME, block);
		if (strcmp(name, e->d_name) == 0 && block <= from && block < below && block > best)
			best = block;
	}
	if (d)
		closedir(d);
	return best;
}

/* The file's bytes behind the head, to be freed; NULL: it is not what was written. */
static void *read_packed(const char *path, struct us_log_checkpoint *head)
{
	struct stat st;
	void *packed = NULL;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool sound = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	             read(fd, head, sizeof *head) == sizeof *head && head->magic == US_MAGIC &&
	             head->version == US_LAYOUT_VERSION && head->packed <= MOST_PACKED &&
	             (uint64_t)st.st_size == sizeof *head + head->packed;
	if (sound && (packed = malloc(head->packed + 1))) {
		struct us_log_checkpoint h = *head;
		h.crc = 0;
		sound = read(fd, packed, head->packed) == (ssize_t)head->packed &&
		        us_crc32c(us_crc32c(0, &h, sizeof h), packed, head->packed) == head->crc;
	}
	if (fd >= 0)
		close(fd);
	if (sound)
		return packed;
	free(packed);
	return NULL;
}

/* The tables first. After a checkpoint that does not load the shelf holds those of another time: the records put back
 * what they name. */
static bool load(struct us_replay *r, const struct us_log_checkpoint *head, const void *packed)
{
	uLongf bytes = head->bytes;
	if (head->nonce != r->log->head.nonce || head->layout_id != us_engine_layout_id(r->replica.engine) ||
	    head->applied > r->log->records || head->bytes > us_engine_save_max(r->replica.engine))
		return false;
	us_replay_tables(r, head->applied);
	void *raw = malloc(head->bytes + 1);
	const bool loaded = raw && uncompress(raw, &bytes, packed, head->packed) == Z_OK && bytes == head->bytes &&
	                    us_engine_load(r->replica.engine, raw, bytes, NULL) == US_OK &&
	                    us_engine_block(r->replica.engine) == head->block;
	free(raw);
	return loaded;
}

void us_replay_seek(struct us_replay *r, const char *directory, uint64_t from)
{
	char path[US_PATH_BYTES + 64];
	struct us_log_checkpoint head;
	if (from > r->log->blocks)
		from = r->log->blocks;
	for (uint64_t block = newest(directory, from, UINT64_MAX); block; block = newest(directory, from, block)) {
		snprintf(path, sizeof path, "%s/" US_LOG_CHECKPOINT_NAME, directory, (unsigned long long)block);
		void *packed = read_packed(path, &head);
		const bool loaded = packed && head.block == block && load(r, &head, packed);
		free(packed);
		if (!loaded)
			continue;
		r->replica.applied = head.applied;
		memcpy(r->replica.amended, head.amended, sizeof r->replica.amended);
		return;
	}
}
