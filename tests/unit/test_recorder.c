/* test_recorder.c — the recorder process in a session without sound: the test plays the callback and control. */
#include "ipc/clock.h"
#include "ipc/journal_rt.h"
#include "ipc/log.h"
#include "ipc/process.h"
#include "ipc/shm.h"
#include "ipc/tap_rt.h"

#include <setjmp.h>
#include <signal.h>
#include <sndfile.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
/* after the standard headers */
#include <cmocka.h>

enum { ARENA = 4096, PATIENCE_MS = 5000 };
#define ROOM ((struct us_vault_room){ARENA, 0})

struct stage {
	struct us_session s;
	char directory[64], wav[US_PATH_BYTES];
	pid_t recorder;
	bool gap[2 * US_TAP]; /* blocks that were not played */
};

static int make_stage(void **state)
{
	struct stage *t = calloc(1, sizeof *t);
	*state = t;
	strcpy(t->directory, "/tmp/understudy-rec-XXXXXX");
	if (!mkdtemp(t->directory))
		return -1;
	snprintf(t->s.name, sizeof t->s.name, "test-rec-%d", (int)getpid());
	t->s.nonce = 12345;
	for (uint32_t k = 0; k < US_SEGMENTS; k++)
		if (us_shm_create(us_segment_place(&t->s, k), t->s.name, k, ROOM, t->s.nonce, NULL))
			return -1;
	t->s.clock->rate = 48000;
	t->s.clock->arena_bytes = ARENA;
	us_process_note(&t->s.clock->board.supervisor, getpid());
	snprintf(t->s.clock->log_dir, US_PATH_BYTES, "%s/log", t->directory);
	snprintf(t->wav, sizeof t->wav, "%s/played.wav", t->directory);
	snprintf(t->s.clock->record_path, US_PATH_BYTES, "%s", t->wav);
	return 0;
}

static int clear_stage(void **state)
{
	struct stage *t = *state;
	char command[100];
	if (t->recorder) {
		kill(t->recorder, SIGKILL);
		waitpid(t->recorder, NULL, 0);
	}
	for (uint32_t k = 0; k < US_SEGMENTS; k++)
		us_shm_unlink(t->s.name, k, 0);
	us_session_close(&t->s);
	snprintf(command, sizeof command, "rm -rf '%s'", t->directory);
	int result = system(command);
	free(t);
	return result;
}

/* --- what a supervisor and a callback do ---------------------------------------------------------------------- */

static void start_recorder(struct stage *t)
{
	char path[US_PATH_BYTES];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 40);
	assert_true(n > 0);
	path[n] = 0;
	strcpy(strrchr(path, '/'), "/../understudy-recorder");
	char *const argv[] = {"understudy-recorder", t->s.name, NULL};
	char *const environment[] = {NULL};
	assert_int_equal(posix_spawn(&t->recorder, path, NULL, NULL, argv, environment), 0);
}

static void kill_recorder(struct stage *t)
{
	kill(t->recorder, SIGKILL);
	waitpid(t->recorder, NULL, 0);
	t->recorder = 0;
}

static void end_recorder(struct stage *t)
{
	int status;
	atomic_store(&t->s.clock->stop, 1);
	assert_int_equal(waitpid(t->recorder, &status, 0), t->recorder);
	t->recorder = 0;
	assert_int_equal(status, 0);
}

static float sample_of(uint64_t block, uint32_t i)
{
	return (float)((block * 131 + i) % 2000) / 2000;
}

static void play(struct stage *t, uint64_t count, bool gap)
{
	struct us_clock *c = t->s.clock;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t block = atomic_load(&c->played);
		float samples[US_SAMPLES];
		for (uint32_t k = 0; k < US_SAMPLES; k++)
			samples[k] = sample_of(block, k);
		struct us_record r = {.type = US_REC_NOP, .instance = (uint16_t)(block % 1000)};
		atomic_store(&c->keep, atomic_load(&t->s.recorder->log_records));
		us_journal_append(t->s.journal, c, &r, 1);
		atomic_store(&c->grant[block % US_GRANTS], us_journal_tail(t->s.journal));
		atomic_store(&c->granted, block + 1);
		t->gap[block] = gap;
		us_tap_write(t->s.tap, gap ? NULL : samples, gap ? US_TAP_GAP : 0);
		atomic_store(&c->played, block + 1);
	}
}

static void wait_until_taken(struct stage *t)
{
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (atomic_load(&t->s.recorder->tap_position) == atomic_load(&t->s.clock->played))
			return;
		usleep(1000);
	}
	fail_msg("the recorder does not keep up");
}

static void request(struct stage *t, enum us_record_request what, const char *path)
{
	snprintf(t->s.house->request_path, US_PATH_BYTES, "%s", path);
	atomic_store(&t->s.house->request, what);
	uint32_t count = atomic_fetch_add(&t->s.house->request_count, 1) + 1;
	for (int ms = 0; atomic_load(&t->s.recorder->done_count) != count; ms++) {
		assert_true(ms < PATIENCE_MS);
		usleep(1000);
	}
}

/* Blocks [first, first + count) are in the file; those that were not played, or lost below `lost`, are silent. */
static void check_wav(struct stage *t, uint64_t first, uint64_t count, uint64_t lost)
{
	SF_INFO info = {0};
	SNDFILE *file = sf_open(t->wav, SFM_READ, &info);
	assert_non_null(file);
	assert_int_equal(info.frames, count * US_BLOCK);
	assert_int_equal(info.format, SF_FORMAT_WAVEX | SF_FORMAT_FLOAT);
	for (uint64_t b = first; b < first + count; b++) {
		float samples[US_SAMPLES];
		assert_int_equal(sf_readf_float(file, samples, US_BLOCK), US_BLOCK);
		for (uint32_t i = 0; i < US_SAMPLES; i++)
			assert_true(samples[i] == (t->gap[b] || b < lost ? 0 : sample_of(b, i)));
	}
	sf_close(file);
}

static void check_log(struct stage *t, uint64_t blocks)
{
	struct us_log log;
	char notice[US_LOG_NOTICE_BYTES];
	struct us_err err;
	if (us_log_open(&log, t->s.clock->log_dir, notice, &err))
		fail_msg("%s", err.text);
	assert_string_equal(notice, "");
	assert_int_equal(log.blocks, blocks);
	assert_int_equal(log.records, us_journal_tail(t->s.journal));
	us_log_release(&log);
}

/* --- promises --------------------------------------------------------------------------------------------------- */

static void every_block_is_in_the_wav_and_in_the_log(void **state)
{
	struct stage *t = *state;
	start_recorder(t);
	play(t, 500, false);
	play(t, 20, true);
	play(t, 480, false);
	end_recorder(t);
	check_wav(t, 0, 1000, 0);
	check_log(t, 1000);
}

static void a_recorder_that_is_killed_costs_no_block(void **state)
{
	struct stage *t = *state;
	start_recorder(t);
	for (int i = 0; i < 40; i++) {
		play(t, 50, i % 7 == 3);
		if (i % 4 == 0)
			wait_until_taken(t);
		if (i % 4 != 1)
			continue;
		kill_recorder(t);
		play(t, 10, false);
		start_recorder(t);
	}
	uint64_t played = atomic_load(&t->s.clock->played);
	end_recorder(t);
	assert_int_equal(atomic_load(&t->s.recorder->dropped_blocks), 0);
	check_log(t, played);
	check_wav(t, 0, played, 0);
}

static void a_recording_starts_and_stops_on_request(void **state)
{
	struct stage *t = *state;
	t->s.clock->record_path[0] = 0;
	snprintf(t->s.clock->record_dir, US_PATH_BYTES, "%s", t->directory);
	start_recorder(t);
	request(t, US_RECORD_START, "/tmp/understudy-elsewhere.wav");
	assert_int_equal(atomic_load(&t->s.recorder->state), US_RECORDER_FAILED);
	assert_int_equal(access("/tmp/understudy-elsewhere.wav", F_OK), -1);
	play(t, 100, false);
	wait_until_taken(t);
	request(t, US_RECORD_START, t->wav);
	assert_int_equal(atomic_load(&t->s.recorder->state), US_RECORDER_ON);
	play(t, 300, false);
	wait_until_taken(t);
	request(t, US_RECORD_STOP, "");
	assert_int_equal(atomic_load(&t->s.recorder->state), US_RECORDER_IDLE);
	assert_int_equal(atomic_load(&t->s.recorder->first_block), 100);
	play(t, 100, false);
	check_wav(t, 100, 300, 0);
	request(t, US_RECORD_START, t->wav); /* the take that is there already is kept */
	assert_int_equal(atomic_load(&t->s.recorder->state), US_RECORDER_FAILED);
	assert_non_null(strstr(t->s.recorder->message, "exists already"));
	check_wav(t, 100, 300, 0);
	end_recorder(t);
	check_log(t, 500);
}

static void blocks_that_the_tap_lost_are_silent_and_counted(void **state)
{
	struct stage *t = *state;
	play(t, US_TAP + 1000, false); /* before anybody listens */
	start_recorder(t);
	wait_until_taken(t);
	end_recorder(t);
	uint64_t dropped = atomic_load(&t->s.recorder->dropped_blocks);
	assert_true(dropped >= 1000 && dropped <= US_TAP);
	assert_non_null(strstr(t->s.recorder->message, "silent in the recording"));
	check_wav(t, 0, US_TAP + 1000, dropped);
	check_log(t, US_TAP + 1000);
}

static void a_recording_that_cannot_be_written_leaves_the_log_alone(void **state)
{
	struct stage *t = *state;
	strcpy(t->s.clock->record_path, "/nonexistent/a.wav");
	start_recorder(t);
	play(t, 100, false);
	wait_until_taken(t);
	assert_int_equal(atomic_load(&t->s.recorder->state), US_RECORDER_FAILED);
	assert_non_null(strstr(t->s.recorder->message, "cannot write /nonexistent/a.wav"));
	assert_int_equal(atomic_load(&t->s.recorder->log_failed), 0);
	end_recorder(t);
	check_log(t, 100);
}

static void a_log_that_cannot_be_written_leaves_the_recording_alone(void **state)
{
	struct stage *t = *state;
	strcpy(t->s.clock->log_dir, "/nonexistent/log");
	start_recorder(t);
	play(t, 100, false);
	wait_until_taken(t);
	assert_int_equal(atomic_load(&t->s.recorder->log_failed), 1);
	assert_non_null(strstr(t->s.recorder->message, "/nonexistent/log"));
	end_recorder(t);
	check_wav(t, 0, 100, 0);
}

/* A limit on the size of its files stands for a disk that fills up. */
static void a_full_disk_ends_the_recording_with_words(void **state)
{
	struct stage *t = *state;
	struct rlimit limit = {100000, 100000};
	t->s.clock->log_dir[0] = 0;
	start_recorder(t);
	assert_int_equal(prlimit(t->recorder, RLIMIT_FSIZE, &limit, NULL), 0);
	play(t, 1000, false);
	wait_until_taken(t);
	assert_int_equal(atomic_load(&t->s.recorder->state), US_RECORDER_FAILED);
	assert_non_null(strstr(t->s.recorder->message, "cannot write"));
	end_recorder(t);
	SF_INFO info = {0};
	SNDFILE *file = sf_open(t->wav, SFM_READ, &info); /* what went through can be heard */
	assert_non_null(file);
	assert_true(info.frames > 10000);
	sf_close(file);
}

#define ON_A_STAGE(test) cmocka_unit_test_setup_teardown(test, make_stage, clear_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    ON_A_STAGE(every_block_is_in_the_wav_and_in_the_log),
	    ON_A_STAGE(a_recorder_that_is_killed_costs_no_block),
	    ON_A_STAGE(a_recording_starts_and_stops_on_request),
	    ON_A_STAGE(blocks_that_the_tap_lost_are_silent_and_counted),
	    ON_A_STAGE(a_recording_that_cannot_be_written_leaves_the_log_alone),
	    ON_A_STAGE(a_log_that_cannot_be_written_leaves_the_recording_alone),
	    ON_A_STAGE(a_full_disk_ends_the_recording_with_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
