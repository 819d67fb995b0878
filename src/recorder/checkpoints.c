/* checkpoints.c — now and then a worker's checkpoint goes into the log, see log_checkpoint.h. One that cannot be
 * written is done without: the log is whole all the same. */
#include "ipc/hash.h"
#include "ipc/log_checkpoint.h"
#include "ipc/vault_rt.h"
#include "recorder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* A copy of the newest checkpoint of a block that is in the log already. NULL: there is none. */
static void *copy_newest(const struct us_recorder_process *r, struct us_found *found)
{
	const struct us_vault_room room = us_vault_room(r->clock);
	for (uint32_t n = 0; us_vault_find(r->session.slot, room, 0, n, found); n++) {
		if (found->head.block > r->log_next || found->head.block < r->checkpoint_due ||
		    found->head.applied > r->log.entries[US_LOG_JOURNAL])
			continue;
		void *copy = malloc(found->head.bytes);
		if (copy) {
			memcpy(copy, found->bytes, found->head.bytes);
			if (us_vault_intact(found, copy))
				return copy;
		}
		free(copy);
	}
	return NULL;
}

static bool write_all(int fd, const void *bytes, size_t count)
{
	for (size_t done = 0; done < count;) {
		const ssize_t n = write(fd, (const char *)bytes + done, count - done);
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

/* The early ones lie close together; each goes when the next one is there, so that an hour has six. */
static void forget_early(struct us_recorder_process *r, uint64_t block)
{
	char path[US_PATH_BYTES + 64];
	if (r->checkpoint_early) {
		snprintf(path, sizeof path, "%s/" US_LOG_CHECKPOINT_NAME, r->clock->log_dir,
		         (unsigned long long)r->checkpoint_early);
		unlink(path);
	}
	r->checkpoint_early = block < 600ull * r->clock->rate / US_BLOCK ? block : 0;
}

static void write_file(struct us_recorder_process *r, const struct us_log_checkpoint *head, const void *packed)
{
	char path[US_PATH_BYTES + 64], beside[US_PATH_BYTES + 64];
	snprintf(path, sizeof path, "%s/" US_LOG_CHECKPOINT_NAME, r->clock->log_dir, (unsigned long long)head->block);
	snprintf(beside, sizeof beside, "%s/checkpoint.new", r->clock->log_dir);
	unlink(beside);
	const int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	const bool whole = write_all(fd, head, sizeof *head) && write_all(fd, packed, head->packed);
	if (close(fd) || !whole || rename(beside, path))
		unlink(beside);
	else
		forget_early(r, head->block);
}

static void pack(struct us_recorder_process *r, const struct us_found *found, const void *bytes)
{
	uLongf packed = compressBound(found->head.bytes);
	Bytef *to = malloc(packed);
	if (to && compress2(to, &packed, bytes, found->head.bytes, Z_BEST_SPEED) == Z_OK) {
		struct us_log_checkpoint head = {.magic = US_MAGIC,
		                                 .version = US_LAYOUT_VERSION,
		                                 .nonce = r->session.nonce,
		                                 .layout_id = found->head.layout_id,
		                                 .block = found->head.block,
		                                 .applied = found->head.applied,
		                                 .bytes = found->head.bytes,
		                                 .packed = packed};
		memcpy(head.amended, found->head.amended, sizeof head.amended);
		head.crc = us_crc32c(us_crc32c(0, &head, sizeof head), to, packed);
		write_file(r, &head, to);
	}
	free(to);
}

void us_checkpoints_turn(struct us_recorder_process *r)
{
	struct us_found found;
	if (r->clock->tape_bytes || r->log_next < r->checkpoint_due)
		return;
	if (!r->checkpoint_due) /* a successor does not know when the last one was */
		r->checkpoint_due = us_log_checkpoint_after(r->log_next, r->clock->rate);
	void *copy = r->log_next >= r->checkpoint_due ? copy_newest(r, &found) : NULL;
	if (!copy)
		return; /* the next turn may find one: they come every 64 blocks */
	pack(r, &found, copy);
	free(copy);
	r->checkpoint_due = us_log_checkpoint_after(r->log_next, r->clock->rate);
}
