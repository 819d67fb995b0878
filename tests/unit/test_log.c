/* test_log.c — promises of the log and of WAV files, in a directory of its own. */
#include "ipc/journal_rt.h"
#include "ipc/log.h"
#include "wav/wav.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
/* after the standard headers */
#include <cmocka.h>

enum { RECORDS = 100, BLOCKS = 40 };

struct place {
	char directory[64], log[80], path[120];
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	strcpy(p->directory, "/tmp/understudy-log-XXXXXX");
	if (!p || !mkdtemp(p->directory))
		return -1;
	snprintf(p->log, sizeof p->log, "%s/log", p->directory);
	*state = p;
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;
	char command[100];
	snprintf(command, sizeof command, "rm -rf '%s'", p->directory);
	int result = system(command);
	free(p);
	return result;
}

static char *in(struct place *p, const char *directory, const char *name)
{
	snprintf(p->path, sizeof p->path, "%s/%s", directory, name);
	return p->path;
}

static const struct us_log_head head = {.nonce = 77, .arena_bytes = 4096, .rate = 48000, .ear = 1};

static void append_records(struct us_log_writer *log, uint64_t first, uint64_t count)
{
	for (uint64_t i = first; i < first + count; i++) {
		struct us_record r = {.seq = i, .type = US_REC_SET, .instance = 3, .set = {.value = (float)i}};
		r.crc = us_record_crc(&r);
		assert_int_equal(us_log_append(log, US_LOG_JOURNAL, &r, 1, NULL), US_OK);
	}
}

static void append_grants(struct us_log_writer *log, uint64_t first, uint64_t count)
{
	for (uint64_t i = first; i < first + count; i++) {
		uint64_t tail = i * RECORDS / BLOCKS;
		assert_int_equal(us_log_append_grants(log, &tail, 1, NULL), US_OK);
	}
}

/* Two tables, of one and of two values. */
static void append_tables(struct us_log_writer *log)
{
	static struct {
		_Alignas(8) struct us_shelf shelf;
		float value[3];
	} s;
	us_shelf_format(&s.shelf, sizeof s);
	for (uint32_t i = 0; i < 2; i++) {
		const uint32_t number = US_TABLES * (9 - 8 * i) + i;
		s.shelf.entry[i] = (struct us_shelf_entry){.offset = offsetof(__typeof__(s), value[i]),
		                                           .frames = 1 + i,
		                                           .channels = 1,
		                                           .number = number,
		                                           .mark = 7};
		s.value[i] = (float)(i + 1);
		atomic_store(&s.shelf.now[i], number);
		assert_int_equal(us_log_append_table(log, &s.shelf, number, NULL), US_OK);
	}
	assert_int_equal(us_log_append_table(log, &s.shelf, 5 * US_TABLES, NULL), US_OK); /* it has gone */
}

/* 40 blocks, 100 records, one gap from block 10 to 12. */
static void write_log(const struct place *p)
{
	struct us_log_writer log;
	struct us_amendment a = {.block = 7, .type = US_AMEND_BYPASS, .instance = 3, .cause = 11};
	assert_int_equal(us_log_create(&log, p->log, &head, NULL), US_OK);
	append_records(&log, 0, RECORDS);
	append_grants(&log, 0, BLOCKS);
	assert_int_equal(us_log_append_amendment(&log, US_BY_ARBITER, &a, NULL), US_OK);
	append_tables(&log);
	for (int b = 0; b < BLOCKS + 2; b++)
		assert_int_equal(us_log_append_ear(&log, (float[US_SAMPLES]){(float)b}, NULL), US_OK);
	assert_int_equal(us_log_append_play(&log, 0, 10, US_PLAY_HEARD, NULL), US_OK);
	assert_int_equal(us_log_append_play(&log, 10, 3, US_PLAY_GAP, NULL), US_OK);
	assert_int_equal(us_log_append_play(&log, 13, BLOCKS - 13, US_PLAY_HEARD, NULL), US_OK);
	assert_int_equal(us_log_set_layout(&log, 99, NULL), US_OK);
	us_log_close(&log);
}

static void a_log_reads_as_it_was_written(void **state)
{
	struct place *p = *state;
	struct us_log log;
	char notice[US_LOG_NOTICE_BYTES];
	write_log(p);
	assert_int_equal(us_log_open(&log, p->log, notice, NULL), US_OK);
	assert_string_equal(notice, "");
	assert_int_equal(log.head.layout_id, 99);
	assert_int_equal(log.head.rate, 48000);
	assert_int_equal(log.records, RECORDS);
	assert_int_equal(log.grants, BLOCKS - 1); /* that of block 0 is 0 */
	assert_int_equal(log.blocks, BLOCKS);
	assert_int_equal(log.amendments, 1);
	assert_int_equal(log.amendment[0].list, US_BY_ARBITER);
	assert_int_equal(log.amendment[0].amendment.block, 7);
	assert_int_equal(log.play[1].kind, US_PLAY_GAP);
	for (uint64_t i = 0; i < RECORDS; i++)
		assert_true(log.record[i].set.value == (float)i);
	const float *value;
	assert_int_equal(log.tables, 2);
	assert_true(us_log_table(&log, US_TABLES + 1, &value)->entry.frames == 2 && value[0] == 2);
	assert_true(us_log_table(&log, 9 * US_TABLES, &value)->entry.frames == 1 && value[0] == 1);
	assert_null(us_log_table(&log, 5 * US_TABLES, &value));
	us_log_release(&log);
}

/* The machine went down, and the end of tables.us did not reach the disk: what needs it is left out. A writer that goes
 * on writes over half a table. */
static void blocks_without_their_table_are_left_out(void **state)
{
	struct place *p = *state;
	struct us_log_writer writer;
	struct us_log log;
	char notice[US_LOG_NOTICE_BYTES];
	struct us_record r = {.seq = RECORDS, .type = US_REC_TABLE, .table = {.number = US_TABLES + 1, .mark = 7}};
	const uint64_t tail = RECORDS + 1;
	r.crc = us_record_crc(&r);
	write_log(p);
	assert_int_equal(us_log_continue(&writer, p->log, head.nonce, NULL), US_OK);
	assert_int_equal(us_log_append(&writer, US_LOG_JOURNAL, &r, 1, NULL), US_OK);
	assert_int_equal(us_log_append_grants(&writer, &tail, 1, NULL), US_OK);
	assert_int_equal(us_log_append_play(&writer, BLOCKS, 1, US_PLAY_HEARD, NULL), US_OK);
	us_log_close(&writer);
	assert_int_equal(us_log_open(&log, p->log, notice, NULL), US_OK);
	assert_int_equal(log.blocks, BLOCKS + 1);
	us_log_release(&log);
	struct stat st;
	assert_int_equal(stat(in(p, p->log, us_log_file_name(US_LOG_TABLES)), &st), 0);
	assert_int_equal(truncate(p->path, st.st_size - 1), 0);
	assert_int_equal(us_log_open(&log, p->log, notice, NULL), US_OK);
	assert_string_not_equal(notice, "");
	assert_int_equal(log.blocks, BLOCKS);
	us_log_release(&log);
	assert_int_equal(us_log_continue(&writer, p->log, head.nonce, NULL), US_OK);
	assert_int_equal(writer.entries[US_LOG_TABLES], sizeof(struct us_log_table) + sizeof(float));
	us_log_close(&writer);
}

static void a_torn_tail_is_dropped_with_a_notice(void **state)
{
	struct place *p = *state;
	struct us_log log;
	struct stat st;
	char notice[US_LOG_NOTICE_BYTES];
	write_log(p);
	assert_int_equal(stat(in(p, p->log, us_log_file_name(US_LOG_PLAYS)), &st), 0);
	assert_int_equal(truncate(p->path, st.st_size - 5), 0);
	assert_int_equal(us_log_open(&log, p->log, notice, NULL), US_OK);
	assert_string_not_equal(notice, "");
	assert_int_equal(log.plays, 2);
	assert_int_equal(log.blocks, 13);
	us_log_release(&log);
}

/* The machine went down: plays.bin reached the disk, the end of the journal did not. */
static void blocks_without_their_records_are_left_out(void **state)
{
	struct place *p = *state;
	struct us_log log;
	char notice[US_LOG_NOTICE_BYTES];
	write_log(p);
	assert_int_equal(truncate(in(p, p->log, us_log_file_name(US_LOG_JOURNAL)),
	                          sizeof(struct us_log_head) + 50 * sizeof(struct us_record)),
	                 0);
	assert_int_equal(us_log_open(&log, p->log, notice, NULL), US_OK);
	assert_int_equal(log.blocks, 50 * BLOCKS / RECORDS + 1);
	us_log_release(&log);
}

static void flip_byte(const char *path, off_t at)
{
	char byte;
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte = (char)(byte ^ 0x40);
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* But for the last run, which grows in its place: as if it were half-written, it is left out with a notice. */
static void every_flipped_byte_is_refused_in_words(void **state)
{
	struct place *p = *state;
	struct us_log log;
	struct stat st;
	char notice[US_LOG_NOTICE_BYTES];
	write_log(p);
	for (int k = 0; k < US_LOG_FILES; k++) {
		in(p, p->log, us_log_file_name(k));
		assert_int_equal(stat(p->path, &st), 0);
		for (off_t at = 0; at < st.st_size; at++) {
			struct us_err err = {""};
			flip_byte(p->path, at);
			const bool opened = us_log_open(&log, p->log, notice, &err) == US_OK;
			const bool growing = k == US_LOG_PLAYS && at >= st.st_size - (off_t)sizeof(struct us_log_play);
			if (growing ? !opened || !notice[0] || log.blocks != 13 : opened || !err.text[0])
				fail_msg("byte %ld of %s", (long)at, p->path);
			if (opened)
				us_log_release(&log);
			flip_byte(p->path, at);
		}
	}
	assert_int_equal(us_log_open(&log, p->log, notice, NULL), US_OK);
	us_log_release(&log);
}

/* What a full disk or a pulled plug leaves, at any byte: fewer blocks, or a refusal; never others. */
static void a_log_that_is_cut_anywhere_is_shorter_or_refused(void **state)
{
	struct place *p = *state;
	struct us_log log;
	struct stat st;
	char notice[US_LOG_NOTICE_BYTES];
	write_log(p);
	for (int k = 0; k < US_LOG_FILES; k++) {
		in(p, p->log, us_log_file_name(k));
		assert_int_equal(stat(p->path, &st), 0);
		for (off_t size = st.st_size - 1; size >= 0; size -= 3) {
			struct us_err err = {""};
			assert_int_equal(truncate(p->path, size), 0);
			if (us_log_open(&log, p->log, notice, &err)) {
				assert_true(size < (off_t)sizeof(struct us_log_head) && err.text[0]);
				continue;
			}
			assert_true(log.blocks <= BLOCKS);
			uint64_t place = 0;
			for (uint64_t b = 0; b < log.blocks; b++) {
				const uint64_t tail = us_log_granted(&log, &place, b);
				assert_true(tail <= log.records && tail == b * RECORDS / BLOCKS);
			}
			us_log_release(&log);
		}
		assert_int_equal(unlink(p->path), 0);
		remove_place(state);
		make_place(state);
		p = *state;
		write_log(p);
	}
}

static void a_log_is_not_written_over_by_another_session(void **state)
{
	struct place *p = *state;
	struct us_log_writer log;
	struct us_err err;
	write_log(p);
	assert_int_equal(us_log_create(&log, p->log, &head, &err), US_FAILED);
	assert_non_null(strstr(err.text, "another session"));
	assert_int_equal(us_log_continue(&log, p->log, head.nonce + 1, &err), US_FAILED);
	assert_non_null(strstr(err.text, "another session"));
}

static void a_log_goes_on_where_a_killed_writer_left_it(void **state)
{
	struct place *p = *state;
	struct us_log_writer log;
	struct us_log read;
	struct stat st;
	char notice[US_LOG_NOTICE_BYTES];
	write_log(p);
	assert_int_equal(stat(in(p, p->log, us_log_file_name(US_LOG_JOURNAL)), &st), 0);
	assert_int_equal(truncate(p->path, st.st_size - 10), 0); /* killed in the middle of the last record */
	assert_int_equal(us_log_continue(&log, p->log, head.nonce, NULL), US_OK);
	assert_int_equal(log.entries[US_LOG_JOURNAL], RECORDS - 1);
	append_records(&log, RECORDS - 1, 11);
	append_grants(&log, BLOCKS, 2);
	assert_int_equal(us_log_append_play(&log, BLOCKS, 2, US_PLAY_HEARD, NULL), US_OK);
	us_log_close(&log);
	assert_int_equal(us_log_open(&read, p->log, notice, NULL), US_OK);
	assert_string_equal(notice, "");
	assert_int_equal(read.records, RECORDS + 10);
	assert_int_equal(read.blocks, BLOCKS + 2);
	us_log_release(&read);
}

/* An hour of ten commands a second, in chunks as the recorder takes them: the entries, and what they say. */
static void grants_and_runs_are_written_where_they_change(void **state)
{
	enum { HOUR = 3600 * 750, CHUNK = 8, RARELY = 75 };
	struct place *p = *state;
	struct us_log_writer log;
	struct us_log read;
	char notice[US_LOG_NOTICE_BYTES];
	uint64_t tail[CHUNK], place = 0;
	const struct us_log_head deaf = {.nonce = 77, .arena_bytes = 4096, .rate = 48000};
	assert_int_equal(us_log_create(&log, p->log, &deaf, NULL), US_OK);
	append_records(&log, 0, HOUR / RARELY + 1);
	for (uint64_t b = 0; b < HOUR; b += CHUNK) {
		for (uint64_t i = 0; i < CHUNK; i++)
			tail[i] = (b + i) / RARELY;
		assert_int_equal(us_log_append_grants(&log, tail, CHUNK, NULL), US_OK);
		assert_int_equal(us_log_append_play(&log, b, CHUNK, US_PLAY_HEARD, NULL), US_OK);
	}
	us_log_append_end(&log, US_PLAY_END, NULL);
	us_log_close(&log);
	assert_int_equal(us_log_open(&read, p->log, notice, NULL), US_OK);
	assert_int_equal(read.blocks, HOUR);
	assert_int_equal(read.end, US_PLAY_END);
	size_t bytes = 0;
	for (int k = 0; k < US_LOG_FILES; k++)
		bytes += read.map[k].bytes;
	if (bytes > 3400000)
		fail_msg("%zu bytes", bytes);
	for (uint64_t b = 0; b < HOUR; b++)
		assert_int_equal(us_log_granted(&read, &place, b), b / RARELY);
	us_log_release(&read);
}

/* Whatever lay between two writers: the second one writes the grants that the first one had not. */
static void grants_go_on_after_any_writer(void **state)
{
	struct place *p = *state;
	const struct us_log_head deaf = {.nonce = 77, .arena_bytes = 4096, .rate = 48000};
	struct us_log_writer log;
	struct us_log read;
	char notice[US_LOG_NOTICE_BYTES];
	uint64_t tail[BLOCKS], place = 0;
	for (uint64_t b = 0; b < BLOCKS; b++)
		tail[b] = b < 5 ? 0 : b / 4 * 2;
	assert_int_equal(us_log_create(&log, p->log, &deaf, NULL), US_OK);
	append_records(&log, 0, RECORDS);
	for (uint64_t played = 0, seed = 1; played < BLOCKS; seed = seed * 69069 + 5) {
		const uint64_t granted = played + 3 < BLOCKS ? played + 3 : BLOCKS;
		if (granted > log.granted)
			assert_int_equal(us_log_append_grants(&log, tail + log.granted, granted - log.granted, NULL),
			                 US_OK);
		if (seed >> 8 & 1) /* killed between the two */
			assert_int_equal(us_log_append_play(&log, played++, 1, US_PLAY_HEARD, NULL), US_OK);
		us_log_close(&log);
		assert_int_equal(us_log_continue(&log, p->log, 77, NULL), US_OK);
	}
	us_log_close(&log);
	assert_int_equal(us_log_open(&read, p->log, notice, NULL), US_OK);
	assert_int_equal(read.blocks, BLOCKS);
	for (uint64_t b = 0; b < BLOCKS; b++)
		assert_int_equal(us_log_granted(&read, &place, b), tail[b]);
	us_log_release(&read);
}

static void deleted_files_are_noticed_and_an_end_is_read(void **state)
{
	struct place *p = *state;
	struct us_log_writer log;
	struct us_log read;
	char notice[US_LOG_NOTICE_BYTES];
	write_log(p);
	assert_int_equal(us_log_continue(&log, p->log, head.nonce, NULL), US_OK);
	assert_true(us_log_is_there(&log));
	assert_int_equal(us_log_append_end(&log, US_PLAY_GIVEN_UP, NULL), US_OK);
	assert_int_equal(us_log_open(&read, p->log, notice, NULL), US_OK);
	assert_int_equal(read.end, US_PLAY_GIVEN_UP);
	assert_int_equal(read.blocks, BLOCKS);
	us_log_release(&read);
	assert_int_equal(unlink(in(p, p->log, us_log_file_name(US_LOG_GRANTS))), 0);
	assert_false(us_log_is_there(&log));
	us_log_close(&log);
}

static void what_is_no_log_is_refused_in_words(void **state)
{
	struct place *p = *state;
	struct us_log log;
	struct us_err err;
	char notice[US_LOG_NOTICE_BYTES];
	assert_int_equal(us_log_open(&log, p->directory, notice, &err), US_FAILED);
	assert_non_null(strstr(err.text, "is not a log"));
	assert_int_equal(us_log_open(&log, "/nonexistent", notice, &err), US_FAILED);
}

static void set_version(const char *path, uint32_t version)
{
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, offsetof(struct us_log_head, version), SEEK_SET), 0);
	assert_int_equal(fwrite(&version, sizeof version, 1, f), 1);
	assert_int_equal(fclose(f), 0);
}

/* Records, patterns in them among others, have changed their meaning from version to version: those of another one are
 * never read. Up to version 11 the files had another ending. */
static void a_log_of_another_version_is_refused_by_its_number(void **state)
{
	struct place *p = *state;
	static const char *const names[] = {"journal", "grants", "amendments", "plays"};
	char notice[US_LOG_NOTICE_BYTES], wanted[80], bin[US_PATH_BYTES], old[US_PATH_BYTES];
	struct us_log log;
	struct us_err err;
	write_log(p);
	for (uint32_t version = 0; version <= US_LAYOUT_VERSION + 1; version++) {
		if (version == US_LAYOUT_VERSION)
			continue;
		snprintf(wanted, sizeof wanted, "was written by version %u of the log, this program reads version %d",
		         version, US_LAYOUT_VERSION);
		for (int i = 0; i < 4; i++) {
			snprintf(bin, sizeof bin, "%s/%s.bin", p->log, names[i]);
			snprintf(old, sizeof old, "%s/%s.us", p->log, names[i]);
			for (int renamed = 0; renamed < 2; renamed++) {
				set_version(bin, version);
				if (renamed)
					assert_int_equal(rename(bin, old), 0);
				assert_int_equal(us_log_open(&log, p->log, notice, &err), US_FAILED);
				if (!strstr(err.text, wanted) || !strstr(err.text, names[i]))
					fail_msg("%s of version %u: %s", names[i], version, err.text);
				if (renamed)
					assert_int_equal(rename(old, bin), 0);
				set_version(bin, US_LAYOUT_VERSION);
			}
		}
	}
	assert_int_equal(us_log_open(&log, p->log, notice, &err), US_OK);
	us_log_release(&log);
}

/* --- WAV -------------------------------------------------------------------------------------------------- */

static float wave[50 * US_SAMPLES];

static void fill_wave(void)
{
	for (size_t i = 0; i < sizeof wave / sizeof *wave; i++)
		wave[i] = (float)(i % 1000) / 1000 - .5f;
}

static void assert_same_bytes(const char *a, const char *b)
{
	char command[300];
	snprintf(command, sizeof command, "cmp -s '%s' '%s'", a, b);
	assert_int_equal(system(command), 0);
}

static void the_same_samples_give_the_same_file_however_they_are_cut(void **state)
{
	struct place *p = *state;
	struct us_wav *wav;
	char whole[120];
	fill_wave();
	strcpy(whole, in(p, p->directory, "whole.wav"));
	assert_int_equal(us_wav_create(&wav, whole, 48000, US_WAV_NEW, NULL), US_OK);
	assert_int_equal(us_wav_write(wav, wave, 50 * US_BLOCK, NULL), US_OK);
	assert_int_equal(us_wav_close(wav, NULL), US_OK);
	sleep(1); /* a time of day in the file would show */
	assert_int_equal(us_wav_create(&wav, in(p, p->directory, "cut.wav"), 48000, US_WAV_NEW, NULL), US_OK);
	for (int i = 0; i < 50; i++)
		assert_int_equal(us_wav_write(wav, wave + i * US_SAMPLES, US_BLOCK, NULL), US_OK);
	assert_int_equal(us_wav_close(wav, NULL), US_OK);
	assert_same_bytes(whole, p->path);
}

/* A writer that is killed after `blocks` blocks, in the middle of the next. */
static void write_and_die(const char *path, uint64_t blocks)
{
	struct us_wav *wav;
	pid_t pid = fork();
	if (pid == 0) {
		if (us_wav_create(&wav, path, 48000, US_WAV_NEW, NULL) == US_OK &&
		    us_wav_write(wav, wave, blocks * US_BLOCK + 20, NULL) == US_OK)
			raise(SIGKILL);
		_exit(1);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void a_recording_whose_writer_was_killed_opens_and_goes_on(void **state)
{
	struct place *p = *state;
	struct us_wav *wav;
	SF_INFO info = {0};
	char whole[120];
	fill_wave();
	strcpy(whole, in(p, p->directory, "whole.wav"));
	assert_int_equal(us_wav_create(&wav, whole, 48000, US_WAV_NEW, NULL), US_OK);
	assert_int_equal(us_wav_write(wav, wave, 50 * US_BLOCK, NULL), US_OK);
	assert_int_equal(us_wav_close(wav, NULL), US_OK);
	write_and_die(in(p, p->directory, "killed.wav"), 20);
	SNDFILE *file = sf_open(p->path, SFM_READ, &info);
	assert_non_null(file);
	assert_int_equal(info.frames, 20 * US_BLOCK + 20);
	sf_close(file);
	assert_int_equal(us_wav_resume(&wav, p->path, 48000, &(struct us_wav_place){19 * US_BLOCK, 0}, NULL), US_OK);
	assert_int_equal(us_wav_place(wav).frames, 20 * US_BLOCK);
	assert_int_equal(us_wav_write(wav, wave + 20 * US_SAMPLES, 30 * US_BLOCK, NULL), US_OK);
	assert_int_equal(us_wav_close(wav, NULL), US_OK);
	assert_same_bytes(whole, p->path);
}

/* Makes the file claim, and be (with a hole), `frames` long. */
static void stretch(const char *path, uint32_t frames)
{
	enum { HEADER = 80, FRAME_BYTES = 8 };
	uint32_t riff = HEADER - 8 + frames * FRAME_BYTES, data = frames * FRAME_BYTES;
	int fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, &riff, sizeof riff, 4), sizeof riff);
	assert_int_equal(pwrite(fd, &frames, sizeof frames, HEADER - 12), sizeof frames);
	assert_int_equal(pwrite(fd, &data, sizeof data, HEADER - 4), sizeof data);
	assert_int_equal(ftruncate(fd, HEADER + (off_t)frames * FRAME_BYTES), 0);
	close(fd);
}

static void a_recording_of_more_than_4_gb_goes_on_in_a_second_file(void **state)
{
	struct place *p = *state;
	struct us_wav *wav;
	SF_INFO info = {0};
	const uint32_t most = (UINT32_MAX - 4096) / 8 / US_BLOCK * US_BLOCK;
	float block[US_SAMPLES];
	fill_wave();
	assert_int_equal(us_wav_create(&wav, in(p, p->directory, "long.wav"), 48000, US_WAV_NEW, NULL), US_OK);
	assert_int_equal(us_wav_close(wav, NULL), US_OK);
	stretch(p->path, most - US_BLOCK);
	assert_int_equal(us_wav_resume(&wav, p->path, 48000, &(struct us_wav_place){most - 5 * US_BLOCK, 0}, NULL),
	                 US_OK);
	assert_int_equal(us_wav_place(wav).frames, most - US_BLOCK);
	assert_int_equal(us_wav_write(wav, wave, 3 * US_BLOCK, NULL), US_OK);
	assert_int_equal(us_wav_place(wav).frames, most + 2 * US_BLOCK);
	assert_int_equal(us_wav_close(wav, NULL), US_OK);
	SNDFILE *file = sf_open(p->path, SFM_READ, &info);
	assert_non_null(file);
	assert_int_equal(info.frames, most);
	assert_int_equal(sf_seek(file, most - US_BLOCK, SEEK_SET), most - US_BLOCK);
	assert_int_equal(sf_readf_float(file, block, US_BLOCK), US_BLOCK);
	assert_memory_equal(block, wave, sizeof block);
	sf_close(file);
	file = sf_open(in(p, p->directory, "long-2.wav"), SFM_READ, &info);
	assert_non_null(file);
	assert_int_equal(info.frames, 2 * US_BLOCK);
	assert_int_equal(sf_readf_float(file, block, US_BLOCK), US_BLOCK);
	assert_memory_equal(block, wave + US_SAMPLES, sizeof block);
	sf_close(file);
}

/* Whatever lies where the second part should be, by chance or by somebody's hand, it stays as it is; the recording
 * takes the next number, also after a death; and nothing waits for a pipe. A recording that was named, and replaces a
 * file, has named that one alone. */
static void what_lies_in_the_way_of_a_second_part_is_left_alone(void **state)
{
	enum way { A_LINK, A_FILE, A_PIPE, A_LINK_TO_NOTHING, WAYS };
	struct place *p = *state;
	const uint32_t most = (UINT32_MAX - 4096) / 8 / US_BLOCK * US_BLOCK;
	char victim[sizeof p->path], second[sizeof p->path], nothing[sizeof p->path], part[sizeof p->path];
	strcpy(victim, in(p, p->directory, "victim"));
	strcpy(nothing, in(p, p->directory, "nothing"));
	strcpy(second, in(p, p->directory, "long-2.wav"));
	fill_wave();
	for (int way = 0; way < WAYS; way++) {
		struct us_wav *wav;
		struct us_err err;
		struct stat st;
		FILE *f = fopen(victim, "w");
		assert_int_equal(fputs("precious", f) < 0 || fclose(f), 0);
		assert_int_equal(us_wav_create(&wav, in(p, p->directory, "long.wav"), 48000, US_WAV_NEW, NULL), US_OK);
		assert_int_equal(us_wav_close(wav, NULL), US_OK);
		stretch(p->path, most - US_BLOCK);
		if (way == A_FILE)
			assert_int_equal(link(victim, second), 0);
		else if (way == A_PIPE)
			assert_int_equal(mkfifo(second, 0600), 0);
		else
			assert_int_equal(symlink(way == A_LINK ? victim : nothing, second), 0);
		assert_int_equal(
		    us_wav_resume(&wav, p->path, 48000, &(struct us_wav_place){most - 5 * US_BLOCK, 0}, NULL), US_OK);
		assert_int_equal(us_wav_write(wav, wave, 3 * US_BLOCK, &err), US_OK);
		assert_int_equal(us_wav_place(wav).skipped, 1);
		us_wav_part_path(wav, part, sizeof part);
		assert_string_equal(part, in(p, p->directory, "long-3.wav"));
		const struct us_wav_place place = us_wav_place(wav);
		us_wav_close(wav, NULL);
		assert_int_equal(stat(part, &st), 0);
		assert_int_equal(st.st_size, 80 + 2 * US_BLOCK * 8);
		assert_int_equal(us_wav_resume(&wav, in(p, p->directory, "long.wav"), 48000, &place, &err), US_OK);
		assert_int_equal(us_wav_write(wav, wave, US_BLOCK, &err), US_OK);
		us_wav_close(wav, NULL);
		assert_int_equal(stat(part, &st), 0);
		assert_int_equal(st.st_size, 80 + 3 * US_BLOCK * 8);
		assert_int_equal(stat(victim, &st), 0);
		assert_int_equal(st.st_size, 8);
		assert_int_equal(stat(nothing, &st), -1);
		assert_int_equal(unlink(second) || unlink(part) || unlink(p->path), 0);
	}
}

static void a_directory_that_everybody_may_write_to_takes_no_log(void **state)
{
	struct place *p = *state;
	struct us_log_writer log;
	struct us_err err;
	const struct us_log_head begin = {.nonce = 1, .rate = 48000};
	assert_int_equal(mkdir(in(p, p->directory, "open"), 0700) || chmod(p->path, 0777), 0);
	assert_int_equal(us_log_create(&log, p->path, &begin, &err), US_FAILED);
	assert_non_null(strstr(err.text, "everybody may write"));
}

static void an_earlier_take_is_not_written_over(void **state)
{
	struct place *p = *state;
	struct us_wav *wav;
	struct us_err err;
	assert_int_equal(us_wav_create(&wav, in(p, p->directory, "take.wav"), 48000, US_WAV_NEW, NULL), US_OK);
	assert_int_equal(us_wav_close(wav, NULL), US_OK);
	assert_int_equal(us_wav_create(&wav, p->path, 48000, US_WAV_NEW, &err), US_FAILED);
	assert_non_null(strstr(err.text, "exists already"));
	assert_null(wav);
	assert_int_equal(us_wav_create(&wav, p->path, 48000, US_WAV_REPLACE, NULL), US_OK);
	assert_int_equal(us_wav_close(wav, NULL), US_OK);
}

static void a_full_disk_is_said_in_words(void **state)
{
	(void)state;
	struct us_wav *wav;
	struct us_err err;
	assert_int_equal(us_wav_create(&wav, "/nonexistent/take.wav", 48000, US_WAV_NEW, &err), US_FAILED);
	assert_non_null(strstr(err.text, "No such file or directory"));
	if (us_wav_create(&wav, "/dev/full", 48000, US_WAV_REPLACE, &err) == US_OK) {
		assert_int_equal(us_wav_write(wav, wave, US_BLOCK, &err), US_FAILED);
		us_wav_close(wav, NULL);
	}
	assert_non_null(strstr(err.text, "/dev/full"));
}

#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_A_PLACE(a_log_reads_as_it_was_written),
	    IN_A_PLACE(a_torn_tail_is_dropped_with_a_notice),
	    IN_A_PLACE(blocks_without_their_records_are_left_out),
	    IN_A_PLACE(blocks_without_their_table_are_left_out),
	    IN_A_PLACE(every_flipped_byte_is_refused_in_words),
	    IN_A_PLACE(a_log_that_is_cut_anywhere_is_shorter_or_refused),
	    IN_A_PLACE(a_log_is_not_written_over_by_another_session),
	    IN_A_PLACE(a_log_goes_on_where_a_killed_writer_left_it),
	    IN_A_PLACE(grants_and_runs_are_written_where_they_change),
	    IN_A_PLACE(grants_go_on_after_any_writer),
	    IN_A_PLACE(deleted_files_are_noticed_and_an_end_is_read),
	    IN_A_PLACE(what_is_no_log_is_refused_in_words),
	    IN_A_PLACE(a_log_of_another_version_is_refused_by_its_number),
	    IN_A_PLACE(the_same_samples_give_the_same_file_however_they_are_cut),
	    IN_A_PLACE(a_recording_whose_writer_was_killed_opens_and_goes_on),
	    IN_A_PLACE(a_recording_of_more_than_4_gb_goes_on_in_a_second_file),
	    IN_A_PLACE(an_earlier_take_is_not_written_over),
	    IN_A_PLACE(what_lies_in_the_way_of_a_second_part_is_left_alone),
	    IN_A_PLACE(a_directory_that_everybody_may_write_to_takes_no_log),
	    cmocka_unit_test(a_full_disk_is_said_in_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
