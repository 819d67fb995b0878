/* test_ipc.c — the parts that two processes meet in, one promise at a time. */
#include "ipc/hash.h"
#include "ipc/histogram.h"
#include "ipc/journal_rt.h"
#include "ipc/report.h"
#include "ipc/shm.h"
#include "ipc/slot_rt.h"
#include "ipc/tap_rt.h"
#include "ipc/vault_rt.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { ARENA = 64 << 10 };
#define ROOM ((struct us_vault_room){ARENA, 0})

static void *zeroed(size_t bytes)
{
	void *memory = aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
	assert_non_null(memory);
	memset(memory, 0, bytes);
	return memory;
}

static void fill(float samples[US_SAMPLES], uint64_t block)
{
	for (uint32_t i = 0; i < US_SAMPLES; i++)
		samples[i] = (float)((block * 131 + i * 7) % 200) / 100.0f - 1.0f;
}

static void publish(struct us_slot *slot, uint64_t block, uint64_t id)
{
	float samples[US_SAMPLES];
	fill(samples, block);
	us_slot_publish(slot, block, id, 0, &(struct us_digest){.sound = us_hash(samples, sizeof samples)}, samples);
}

static void crc_is_castagnoli(void **state)
{
	(void)state;
	assert_int_equal(us_crc32c(0, "123456789", 9), 0xe3069283); /* RFC 3720, B.4 */
	unsigned char zeros[32] = {0};
	assert_int_equal(us_crc32c(0, zeros, 32), 0x8a9136aa);
}

static void hash_sees_every_single_bit(void **state)
{
	(void)state;
	unsigned char bytes[512] = {0};
	uint64_t clean = us_hash(bytes, sizeof bytes);
	for (uint32_t bit = 0; bit < 8 * sizeof bytes; bit++) {
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_int_not_equal(us_hash(bytes, sizeof bytes), clean);
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	assert_int_equal(us_hash(bytes, sizeof bytes), clean);
	assert_int_not_equal(us_hash(bytes, 511), clean);
}

static void journal_gives_back_what_was_appended_in_order(void **state)
{
	(void)state;
	struct us_journal *journal = zeroed(sizeof *journal);
	struct us_clock *clock = zeroed(sizeof *clock);
	struct us_record records[3] = {{.type = US_REC_GAIN}, {.type = US_REC_SET}, {.type = US_REC_PANIC}}, got;
	assert_true(us_journal_append(journal, clock, records, 3));
	assert_int_equal(us_journal_tail(journal), 3);
	for (uint64_t seq = 0; seq < 3; seq++) {
		assert_true(us_journal_read(journal, seq, &got));
		assert_int_equal(got.type, records[seq].type);
	}
	free(journal);
	free(clock);
}

static void journal_never_overwrites_what_is_still_needed(void **state)
{
	(void)state;
	struct us_journal *journal = zeroed(sizeof *journal);
	struct us_clock *clock = zeroed(sizeof *clock);
	struct us_record record = {.type = US_REC_NOP}, got;
	for (uint32_t i = 0; i < US_JOURNAL; i++)
		assert_true(us_journal_append(journal, clock, &record, 1));
	assert_false(us_journal_append(journal, clock, &record, 1));
	assert_int_equal(us_journal_tail(journal), US_JOURNAL);
	assert_true(us_journal_read(journal, 0, &got));
	atomic_store(&clock->keep, 10);
	assert_int_equal(us_journal_room(journal, clock), 10);
	assert_true(us_journal_append(journal, clock, &record, 1));
	assert_false(us_journal_read(journal, 0, &got));
	assert_true(us_journal_read(journal, US_JOURNAL, &got));
	free(journal);
	free(clock);
}

static void journal_does_not_hand_out_a_damaged_record(void **state)
{
	(void)state;
	struct us_journal *journal = zeroed(sizeof *journal);
	struct us_clock *clock = zeroed(sizeof *clock);
	struct us_record record = {.type = US_REC_SET, .set = {.value = 440}}, got;
	assert_true(us_journal_append(journal, clock, &record, 1));
	journal->record[0].set.value = 441;
	assert_false(us_journal_read(journal, 0, &got));
	free(journal);
	free(clock);
}

static void callback_takes_only_blocks_that_pass(void **state)
{
	(void)state;
	struct us_slot *slot = zeroed(us_slot_bytes(ROOM));
	float samples[US_SAMPLES], wanted[US_SAMPLES];
	assert_int_equal(us_slot_take(slot, 0, 7, samples), US_TAKE_MISSING);
	publish(slot, 0, 7);
	fill(wanted, 0);
	assert_int_equal(us_slot_take(slot, 0, 7, samples), US_TAKE_OK);
	assert_memory_equal(samples, wanted, sizeof wanted);
	assert_int_equal(us_slot_take(slot, 0, 9, samples), US_TAKE_OK);  /* a dead predecessor's work counts */
	assert_int_equal(us_slot_take(slot, 0, 6, samples), US_TAKE_BAD); /* a stranger's does not */
	assert_int_equal(us_slot_take(slot, US_RING, 7, samples), US_TAKE_MISSING);
	publish(slot, US_RING, 7);
	assert_int_equal(us_slot_take(slot, 0, 7, samples), US_TAKE_MISSING); /* overtaken */
	free(slot);
}

static void callback_rejects_garbage_even_with_the_right_hash(void **state)
{
	(void)state;
	static const float garbage[] = {NAN, INFINITY, -INFINITY, 1.5f, -1.0001f};
	struct us_slot *slot = zeroed(us_slot_bytes(ROOM));
	float samples[US_SAMPLES];
	for (uint64_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
		fill(samples, i);
		samples[i * 25] = garbage[i];
		us_slot_publish(slot, i, 7, 0, &(struct us_digest){.sound = us_hash(samples, sizeof samples)}, samples);
		assert_int_equal(us_slot_take(slot, i, 7, samples), US_TAKE_BAD);
	}
	publish(slot, 9, 7);
	atomic_fetch_xor(&slot->ring[9].word[3], 1);
	assert_int_equal(us_slot_take(slot, 9, 7, samples), US_TAKE_BAD);
	free(slot);
}

static void write_checkpoint(struct us_slot *slot, uint64_t block, uint64_t applied)
{
	void *bytes;
	struct us_checkpoint *c = us_vault_begin(slot, 0, NULL, ROOM, &bytes);
	memset(bytes, (int)block, 1000);
	c->block = block;
	c->applied = applied;
	c->layout_id = 5;
	c->bytes = 1000;
	us_vault_commit(c, bytes);
}

static void loader_finds_the_newest_checkpoint_first(void **state)
{
	(void)state;
	struct us_slot *slot[US_SLOTS] = {zeroed(us_slot_bytes(ROOM)), zeroed(us_slot_bytes(ROOM))};
	static struct us_house house = {.proven_applied = 25};
	struct us_found found;
	assert_false(us_vault_find(slot, ROOM, 5, 0, &found));
	write_checkpoint(slot[0], 64, 10);
	write_checkpoint(slot[1], 128, 20);
	write_checkpoint(slot[0], 192, 30);
	static const uint64_t order[] = {192, 128, 64};
	for (uint32_t n = 0; n < 3; n++) {
		assert_true(us_vault_find(slot, ROOM, 5, n, &found));
		assert_int_equal(found.head.block, order[n]);
		assert_true(us_vault_intact(&found, found.bytes));
	}
	assert_false(us_vault_find(slot, ROOM, 5, 3, &found));
	assert_false(us_vault_find(slot, ROOM, 6, 0, &found)); /* another layout */
	assert_int_equal(us_vault_keep(slot, &house), 20);     /* one to fall back on */
	free(slot[0]);
	free(slot[1]);
}

static void a_death_in_the_middle_of_a_copy_costs_no_good_checkpoint(void **state)
{
	(void)state;
	struct us_slot *slot[US_SLOTS] = {zeroed(us_slot_bytes(ROOM)), zeroed(us_slot_bytes(ROOM))};
	struct us_found found;
	void *bytes;
	write_checkpoint(slot[0], 64, 10);
	write_checkpoint(slot[0], 128, 20);
	for (uint32_t tries = 0; tries < 3; tries++) { /* dies again and again before the commit */
		struct us_checkpoint *c = us_vault_begin(slot[0], 0, NULL, ROOM, &bytes);
		memset(bytes, 0xaa, 500);
		c->block = 192;
		assert_true(us_vault_find(slot, ROOM, 5, 0, &found));
		assert_int_equal(found.head.block, 128);
		assert_true(us_vault_intact(&found, found.bytes));
	}
	free(slot[0]);
	free(slot[1]);
}

static void a_scribbled_checkpoint_is_seen(void **state)
{
	(void)state;
	struct us_slot *slot[US_SLOTS] = {zeroed(us_slot_bytes(ROOM)), zeroed(us_slot_bytes(ROOM))};
	struct us_found found;
	write_checkpoint(slot[0], 64, 10);
	assert_true(us_vault_find(slot, ROOM, 5, 0, &found));
	((char *)(uintptr_t)found.bytes)[999] ^= 4;
	assert_false(us_vault_intact(&found, found.bytes));
	free(slot[0]);
	free(slot[1]);
}

/* One whose block is a lie would be the newest for ever, and hold the journal back. */
static void who_takes_a_slot_throws_away_what_is_not_whole(void **state)
{
	(void)state;
	struct us_slot *slot[US_SLOTS] = {zeroed(us_slot_bytes(ROOM)), zeroed(us_slot_bytes(ROOM))};
	struct us_found found;
	write_checkpoint(slot[0], 64, 10);
	write_checkpoint(slot[0], 128, 20);
	slot[0]->vault[0].block = UINT64_MAX - 1;
	us_vault_sweep(slot[0], ROOM);
	assert_true(us_vault_find(slot, ROOM, 5, 0, &found));
	assert_int_equal(found.head.block, 128);
	assert_false(us_vault_find(slot, ROOM, 5, 1, &found));
	slot[0]->vault[1].bytes = UINT64_MAX;
	us_vault_sweep(slot[0], ROOM);
	assert_false(us_vault_find(slot, ROOM, 5, 0, &found));
	free(slot[0]);
	free(slot[1]);
}

/* Of another build, another kind, another session, too short, or not ours at all. */
static void a_segment_that_is_not_what_it_should_be_is_refused_in_words(void **state)
{
	(void)state;
	char name[US_SESSION_BYTES], path[96];
	void *made, *opened;
	struct us_err err = {""};
	snprintf(name, sizeof name, "test-ipc-%d", (int)getpid());
	assert_int_equal(us_shm_create(&made, name, US_SEG_TAP, ROOM, 42, &err), US_OK);
	assert_int_equal(us_shm_create(&opened, name, US_SEG_TAP, ROOM, 42, &err), US_FAILED);
	assert_non_null(strstr(err.text, "not ours to take away"));
	assert_int_equal(us_shm_open(&opened, name, US_SEG_TAP, 43, US_READ, &err), US_FAILED);
	assert_non_null(strstr(err.text, "another session"));
	struct us_segment *s = made, was = *s;
	s->version++;
	assert_int_equal(us_shm_open(&opened, name, US_SEG_TAP, 42, US_READ, &err), US_FAILED);
	assert_non_null(strstr(err.text, "use the same build"));
	*s = was;
	s->kind = US_SEG_EAR;
	assert_int_equal(us_shm_open(&opened, name, US_SEG_TAP, 42, US_READ, &err), US_FAILED);
	assert_non_null(strstr(err.text, "not one of understudy's"));
	*s = was;
	s->bytes += US_PAGE;
	assert_int_equal(us_shm_open(&opened, name, US_SEG_TAP, 42, US_READ, &err), US_FAILED);
	*s = was;
	assert_int_equal(us_shm_open(&opened, name, US_SEG_TAP, 42, US_READ, &err), US_OK);
	us_shm_close(opened);
	us_shm_close(made);
	int fd = shm_open(us_segment_path(path, name, US_SEG_TAP), O_RDWR | O_CLOEXEC, 0);
	assert_int_equal(ftruncate(fd, 8), 0);
	close(fd);
	assert_int_equal(us_shm_open(&opened, name, US_SEG_TAP, 42, US_READ, &err), US_FAILED);
	us_shm_unlink(name, US_SEG_TAP, 0);
	assert_int_equal(us_shm_open(&opened, name, US_SEG_TAP, 42, US_READ, &err), US_FAILED);
	assert_non_null(strstr(err.text, "no session"));
}

static void tap_overtakes_a_slow_reader_and_says_so(void **state)
{
	(void)state;
	struct us_tap *tap = zeroed(sizeof *tap);
	float samples[US_SAMPLES], got[US_SAMPLES];
	uint32_t flags;
	assert_int_equal(us_tap_read(tap, 0, got, &flags), US_TAP_NOT_YET);
	for (uint64_t block = 0; block < US_TAP + 5; block++) {
		fill(samples, block);
		us_tap_write(tap, block == 7 ? NULL : samples, block == 7 ? US_TAP_GAP : 0);
	}
	assert_int_equal(us_tap_read(tap, 4, got, &flags), US_TAP_OVERTAKEN);
	assert_int_equal(us_tap_read(tap, 7, got, &flags), US_TAP_OK);
	assert_int_equal(flags, US_TAP_GAP);
	assert_true(got[0] == 0.0f);
	uint64_t oldest = us_tap_oldest(tap);
	assert_true(oldest > 5);
	assert_int_equal(us_tap_read(tap, oldest, got, &flags), US_TAP_OK);
	fill(samples, oldest);
	assert_memory_equal(samples, got, sizeof got);
	free(tap);
}

static void a_report_trusts_no_byte_that_another_process_wrote(void **state)
{
	(void)state;
	struct us_house *house = zeroed(sizeof *house);
	struct us_slot *slot = zeroed(sizeof *slot);
	char text[US_REPORT_BYTES], cause[32];
	assert_string_equal(us_report_who(text, house, 3), "instance 3");
	us_report_credit(house, 3, "lead", "saw");
	assert_string_equal(us_report_who(text, house, 3), "lead (module saw)");
	memset(house->credit[3].instance, '\x1b', sizeof house->credit[3].instance);
	us_report_who(text, house, 3);
	assert_null(strchr(text, '\x1b'));
	assert_string_equal(us_report_who(text, house, US_NOBODY), "instance 65535");

	assert_false(us_report_where(text, slot, 9));
	memset(&slot->trace[1], 0xff, sizeof slot->trace[1]); /* of worker 9 or 17, and insane */
	atomic_store(&slot->trace[1].id, 9);
	assert_true(us_report_where(text, slot, 9));
	assert_true(strlen(text) < sizeof text);
	assert_false(us_report_where(text, slot, 17));
	slot->trace[1].count = 2;
	slot->trace[1].frame[0] = (struct us_trace_frame){.object = "saw.so", .offset = 0x1a0};
	slot->trace[1].frame[1] = (struct us_trace_frame){.offset = 0x7f00};
	assert_true(us_report_where(text, slot, 9));
	assert_string_equal(text, "saw.so+0x1a0 < 0x7f00");
	assert_string_equal(us_report_cause(cause, 11), "SIGSEGV");
	assert_string_equal(us_report_cause(cause, US_CAUSE_HANG), "a hang");
	assert_string_equal(us_report_cause(cause, 9999), "signal 9999");
	free(house);
	free(slot);
}

static void percentiles_are_right_within_a_quarter_octave(void **state)
{
	(void)state;
	struct us_histogram *h = zeroed(sizeof *h);
	assert_int_equal(us_histogram_percentile(h, 95), 0);
	for (uint64_t us = 1; us <= 1000; us++)
		us_histogram_add(h, us * 1000);
	static const double p[] = {5, 50, 95, 99, 100};
	for (size_t i = 0; i < sizeof p / sizeof p[0]; i++) {
		double got = (double)us_histogram_percentile(h, p[i]), exact = p[i] * 10000;
		assert_true(got >= exact * 0.999 && got <= exact * 1.26);
	}
	free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(crc_is_castagnoli),
	    cmocka_unit_test(hash_sees_every_single_bit),
	    cmocka_unit_test(journal_gives_back_what_was_appended_in_order),
	    cmocka_unit_test(journal_never_overwrites_what_is_still_needed),
	    cmocka_unit_test(journal_does_not_hand_out_a_damaged_record),
	    cmocka_unit_test(callback_takes_only_blocks_that_pass),
	    cmocka_unit_test(callback_rejects_garbage_even_with_the_right_hash),
	    cmocka_unit_test(loader_finds_the_newest_checkpoint_first),
	    cmocka_unit_test(a_death_in_the_middle_of_a_copy_costs_no_good_checkpoint),
	    cmocka_unit_test(a_scribbled_checkpoint_is_seen),
	    cmocka_unit_test(who_takes_a_slot_throws_away_what_is_not_whole),
	    cmocka_unit_test(a_segment_that_is_not_what_it_should_be_is_refused_in_words),
	    cmocka_unit_test(tap_overtakes_a_slow_reader_and_says_so),
	    cmocka_unit_test(a_report_trusts_no_byte_that_another_process_wrote),
	    cmocka_unit_test(percentiles_are_right_within_a_quarter_octave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
