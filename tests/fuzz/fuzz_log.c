/* fuzz_log.c — libFuzzer over the log that `understudy replay` reads: six files of any bytes.
 *
 *   UNDERSTUDY_MODULES=build/modules fuzz_log -max_len=8192 tests/fuzz/corpus/log
 *
 * The input is, for each file, its size in two bytes and its bytes. With the first byte odd, heads and sums are put
 * right before, so that what lies behind them is met as well. What is left of the input is a checkpoint file, whose
 * head and sums are put right as well, around a state that the engine really had. Checked: no crash; a log is refused
 * in words, or rendered: as many blocks as it says it has (up to BLOCKS), every sample a number within [-1, 1]. */
#include "fuzz_rig.h"
#include "ipc/hash.h"
#include "ipc/journal_rt.h"
#include "ipc/log.h"
#include "ipc/log_checkpoint.h"
#include "replay/replay.h"
#include "replay/seek.h"
#include "shelf/shelve.h"

#include <unistd.h>
#include <zlib.h>

enum { BLOCKS = 48, FILE_BYTES = 8192 };

struct rig {
	struct us_engine *engine;
	struct fuzz_start start;
	struct us_shelf *shelf; /* not the engine's, which has none: what is put there must be harmless */
	char directory[64];
};

static void remove_directory(void);
static struct rig rig;

static void open_rig(void)
{
	rig.engine = fuzz_engine();
	rig.shelf = us_shelf_open(NULL);
	demand(rig.shelf != NULL, "no room for a shelf");
	strcpy(rig.directory, access("/dev/shm", W_OK) == 0 ? "/dev/shm/fuzz-log-XXXXXX" : "/tmp/fuzz-log-XXXXXX");
	demand(mkdtemp(rig.directory) != NULL, "no directory for a log");
	atexit(remove_directory);
}

static const char *file_path(int kind)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/%s", rig.directory, us_log_file_name((enum us_log_kind)kind));
	return path;
}

static const char *checkpoint_path(void)
{
	static char path[128];
	snprintf(path, sizeof path, "%s/" US_LOG_CHECKPOINT_NAME, rig.directory, 1ull);
	return path;
}

static void remove_directory(void)
{
	unlink(checkpoint_path());
	for (int k = 0; k < US_LOG_FILES; k++)
		unlink(file_path(k));
	rmdir(rig.directory);
}

struct file {
	size_t bytes;
	_Alignas(64) uint8_t byte[FILE_BYTES];
};

/* --- what the recorder would have seen to ------------------------------------------------------------------------- */

static void mend_journal(struct us_record *r, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		r[i].seq = i;
		r[i].crc = us_record_crc(&r[i]);
	}
}
static void mend_grants(struct us_log_grant *g, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		g[i].tail = g[i].tail % 8 + (i ? g[i - 1].tail : 0);
		g[i].block = g[i].block % 4 + (i ? g[i - 1].block + 1 : 0);
		g[i].crc = us_log_grant_crc(&g[i]);
	}
}
static void mend_amendments(struct us_log_amendment *a, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		a[i].list %= US_AMENDMENT_LISTS;
		a[i].amendment.block %= BLOCKS;
		a[i].crc = us_crc32c(0, &a[i].amendment, sizeof a[i].amendment);
	}
}
static void mend_plays(struct us_log_play *p, size_t count)
{
	uint64_t end = 0;
	for (size_t i = 0; i < count; i++) {
		p[i].first = end;
		p[i].count %= BLOCKS;
		end += p[i].count;
		p[i].kind %= US_PLAY_GIVEN_UP + 1;
		p[i].grants %= 64;
		p[i].amendments %= 64;
		p[i].crc = us_log_play_crc(&p[i]);
	}
}
static void mend_ear(struct us_log_ear *e, size_t count)
{
	for (size_t i = 0; i < count; i++)
		e[i].crc = us_crc32c(0, e[i].samples, sizeof e[i].samples);
}

/* Tables of up to 64 values, one behind the other. */
static void mend_tables(uint8_t *first, size_t bytes)
{
	for (size_t at = 0; at + sizeof(struct us_log_table) + 256 <= bytes;) {
		struct us_log_table *t = (struct us_log_table *)(first + at);
		t->entry.frames = 1 + t->entry.frames % 32;
		t->entry.channels = 1 + t->entry.channels % 2;
		t->entry.number = t->entry.number % 4 + US_TABLES;
		t->entry.offset = us_shelf_begin() + t->entry.offset % 4 * US_SHELF_PAGE;
		const size_t values = sizeof(float) * t->entry.frames * t->entry.channels;
		t->crc = us_crc32c(0, t + 1, values);
		t->head_crc = us_crc32c(t->crc, &t->entry, sizeof t->entry);
		at += sizeof *t + values;
	}
}

static void mend(struct file file[US_LOG_FILES])
{
	for (uint32_t k = 0; k < US_LOG_FILES; k++) {
		struct us_log_head *head = (struct us_log_head *)file[k].byte;
		void *first = head + 1;
		if (file[k].bytes < sizeof *head)
			file[k].bytes = sizeof *head;
		const size_t bytes = file[k].bytes - sizeof *head;
		*head = (struct us_log_head){.magic = US_MAGIC,
		                             .version = US_LAYOUT_VERSION,
		                             .kind = k,
		                             .nonce = 1,
		                             .rate = 48000,
		                             .ear = file[US_LOG_EAR].bytes > 2 * sizeof *head};
		head->crc = us_log_head_crc(head);
		if (k == US_LOG_JOURNAL)
			mend_journal(first, bytes / sizeof(struct us_record));
		else if (k == US_LOG_GRANTS)
			mend_grants(first, bytes / sizeof(struct us_log_grant));
		else if (k == US_LOG_AMENDMENTS)
			mend_amendments(first, bytes / sizeof(struct us_log_amendment));
		else if (k == US_LOG_PLAYS)
			mend_plays(first, bytes / sizeof(struct us_log_play));
		else if (k == US_LOG_TABLES)
			mend_tables(first, bytes);
		else
			mend_ear(first, bytes / sizeof(struct us_log_ear));
	}
}

/* --------------------------------------------------------------------------------------------------------------------
 */

/* The engine after one block, packed as the recorder packs it; then the input has its way with some of the head. */
static size_t sound_checkpoint(struct fuzz_input *in, uint8_t *to, size_t room)
{
	struct us_log_checkpoint head = {.magic = US_MAGIC, .version = US_LAYOUT_VERSION, .nonce = 1, .block = 1};
	static uint8_t raw[2 << 20];
	float samples[US_BLOCK * US_CHANNELS];
	uLongf packed = room - sizeof head;
	fuzz_start_again(rig.engine, &rig.start);
	us_engine_render(rig.engine, samples);
	head.layout_id = us_engine_layout_id(rig.engine);
	head.bytes = us_engine_save_bytes(rig.engine);
	if (head.bytes > sizeof raw)
		return 0;
	us_engine_save(rig.engine, raw);
	if (compress2(to + sizeof head, &packed, raw, head.bytes, 1) != Z_OK)
		return 0;
	head.packed = packed;
	head.applied = fuzz_byte(in) % 8;
	head.amended[0] = fuzz_byte(in) % 8;
	head.amended[1] = fuzz_byte(in);
	head.bytes -= fuzz_byte(in) == 7;
	to[sizeof head + fuzz_byte(in) % packed] ^= (uint8_t)(fuzz_byte(in) % 4 == 3);
	head.crc = us_crc32c(us_crc32c(0, &head, sizeof head), to + sizeof head, packed);
	memcpy(to, &head, sizeof head);
	return sizeof head + packed;
}

static void write_checkpoint(struct fuzz_input *in, bool right)
{
	static uint8_t bytes[1 << 20];
	size_t count = right ? sound_checkpoint(in, bytes, sizeof bytes) : in->left;
	if (!right)
		fuzz_take(in, bytes, count = count < sizeof bytes ? count : sizeof bytes);
	FILE *f = fopen(checkpoint_path(), "w");
	demand(f && fwrite(bytes, 1, count, f) == count && fclose(f) == 0, "a file cannot be written");
}

static void write_log(struct fuzz_input in)
{
	static struct file file[US_LOG_FILES];
	const bool right = fuzz_byte(&in) & 1;
	for (int k = 0; k < US_LOG_FILES; k++) {
		const size_t high = fuzz_byte(&in), size = high << 8 | fuzz_byte(&in);
		memset(file[k].byte, 0, sizeof file[k].byte);
		file[k].bytes = size % (FILE_BYTES + 1);
		fuzz_take(&in, file[k].byte, file[k].bytes);
	}
	if (right)
		mend(file);
	for (int k = 0; k < US_LOG_FILES; k++) {
		FILE *f = fopen(file_path(k), "w");
		demand(f && fwrite(file[k].byte, 1, file[k].bytes, f) == file[k].bytes && fclose(f) == 0,
		       "a file cannot be written");
	}
	write_checkpoint(&in, right);
}

static bool may_play(const struct us_log *log)
{
	for (uint64_t i = 0; i < log->records; i++)
		if (!fuzz_may_play(&log->record[i]))
			return false;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char notice[US_LOG_NOTICE_BYTES];
	float samples[US_BLOCK * US_CHANNELS];
	struct us_log log;
	struct us_err err = {""};
	if (!rig.engine)
		open_rig();
	write_log((struct fuzz_input){data, bytes});
	if (us_log_open(&log, rig.directory, notice, &err)) {
		demand(err.text[0], "refused without a word");
		return 0;
	}
	fuzz_start_again(rig.engine, &rig.start);
	struct us_replay replay = {.replica.engine = rig.engine, .log = &log, .shelf = rig.shelf};
	if (bytes & 1)
		us_replay_seek(&replay, rig.directory, BLOCKS);
	for (uint64_t block = us_engine_block(rig.engine); block < log.blocks && block < BLOCKS && may_play(&log);
	     block++) {
		us_replay_block(&replay, samples);
		for (int i = 0; i < US_BLOCK * US_CHANNELS; i++)
			demand(samples[i] >= -1 && samples[i] <= 1, "a sample that is no number, or too loud");
	}
	us_log_release(&log);
	return 0;
}
