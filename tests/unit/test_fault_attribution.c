/* test_fault_attribution.c — promises of supervisor/fault_attribution.c and failover_samples.c: what is taken for
 * heard, and what is to blame for a death. */
#include "../../supervisor/stage.h"
#include "ipc/hash.h"
#include "ipc/slot_rt.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ID = 7, BLOCK = 100 };

static struct us_stage stage;
static struct failover_worker worker;
static bool leads;

static void *blank(size_t bytes)
{
	bytes = (bytes + 4095) / 4096 * 4096;
	return memset(aligned_alloc(4096, bytes), 0, bytes);
}

/* Worker 7 leads in slot 1 and has published all blocks below 100. */
static int open_stage(void **state)
{
	(void)state;
	memset(&stage, 0, sizeof stage);
	stage.session.clock = blank(sizeof(struct us_clock));
	stage.session.house = blank(sizeof(struct us_house));
	stage.session.recorder = blank(sizeof(struct us_recorder));
	stage.session.clock->rate = 48000;
	for (uint32_t s = 0; s < US_SLOTS; s++)
		stage.session.slot[s] = blank(sizeof(struct us_slot));
	worker = (struct failover_worker){.id = ID, .slot = 1, .state = WORKER_LIVE, .was_live = true};
	leads = true;
	atomic_store(&stage.session.slot[1]->epoch, ID);
	atomic_store(&stage.session.slot[1]->published, BLOCK);
	atomic_store(&stage.session.clock->granted, BLOCK + 4);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	free(stage.session.clock);
	free(stage.session.house);
	free(stage.session.recorder);
	for (uint32_t s = 0; s < US_SLOTS; s++)
		free(stage.session.slot[s]);
	return 0;
}

/* What is decided of it, as its process ended by a signal or with an exit code, in words of its own or without. */
static struct fault ends(uint64_t word, int signal, int status, enum us_phase phase, uint16_t instance, uint64_t block)
{
	struct us_slot *s = stage.session.slot[1];
	struct failover_samples samples;
	atomic_store(&s->crumb, us_crumb(phase, instance, block));
	atomic_store(&s->death, word ? 1ull << 63 | (uint64_t)ID << 16 | word : 0);
	us_failover_sample(&stage, true, &samples);
	struct fault fault = fault_attribute(&worker, &samples, leads, signal, status);
	if (!fault_settle(&fault, &samples))
		fault.blame = BLAME_NONE;
	return fault;
}

static struct fault dies(int signal, enum us_phase phase, uint16_t instance, uint64_t block)
{
	return ends((uint64_t)signal, 0, 0, phase, instance, block);
}

/* All of a block but its count, which the worker did not live to raise. */
static void put_into_ring(uint32_t slot, uint64_t block)
{
	const float samples[US_SAMPLES] = {0.25f};
	const uint64_t before = atomic_load(&stage.session.slot[slot]->published);
	const struct us_digest digest = {.sound = us_hash(samples, sizeof samples)};
	us_slot_publish(stage.session.slot[slot], block, ID, 0, &digest, samples);
	atomic_store(&stage.session.slot[slot]->published, before);
}

static void the_module_at_work_is_to_blame(void **state)
{
	(void)state;
	struct fault v = dies(SIGSEGV, US_PHASE_MODULE, 3, BLOCK);
	assert_int_equal(v.blame, BLAME_INSTANCE);
	assert_int_equal(v.instance, 3);
	assert_int_equal(v.cause, SIGSEGV);
	assert_int_equal(v.block, BLOCK);
}

/* The worker that leads is in a block for which the journal was granted below `until`. */
static void reaches(uint64_t applied, uint64_t until)
{
	atomic_store(&stage.session.clock->grant[BLOCK % US_GRANTS], until);
	atomic_store(&stage.session.slot[1]->applied, applied);
}

static void the_record_at_work_is_to_blame(void **state)
{
	(void)state;
	reaches(35, 36);
	struct fault v = dies(SIGSEGV, US_PHASE_APPLY, US_NOBODY, BLOCK);
	assert_int_equal(v.blame, BLAME_RECORD);
	assert_int_equal(v.seq, 35);
	assert_int_equal(v.block, BLOCK);
}

/* Its frame has come, blocks after it was applied. */
static void the_timed_record_at_work_is_to_blame(void **state)
{
	(void)state;
	reaches(36, 36);
	atomic_store(&stage.session.slot[1]->timed, 20);
	struct fault v = dies(SIGSEGV, US_PHASE_TIMED, 3, BLOCK);
	assert_int_equal(v.blame, BLAME_RECORD);
	assert_int_equal(v.seq, 20);
	assert_int_equal(v.block, BLOCK);
	atomic_store(&stage.session.slot[1]->timed, 36); /* nobody has been granted that one */
	assert_int_equal(dies(SIGSEGV, US_PHASE_TIMED, 3, BLOCK).blame, BLAME_NONE);
}

/* Whoever has applied all records of a block names the next one: it may be anybody's, and nobody has met it. */
static void a_record_that_nobody_has_begun_is_not_to_blame(void **state)
{
	(void)state;
	reaches(36, 36);
	assert_int_equal(dies(SIGSEGV, US_PHASE_APPLY, US_NOBODY, BLOCK).blame, BLAME_NONE);
	worker.interrupted = true;
	assert_int_equal(dies(SIGXCPU, US_PHASE_APPLY, US_NOBODY, BLOCK).blame, BLAME_NONE);
	worker.interrupted = false;
	reaches(35, 36); /* amendments come before the records of the block */
	assert_int_equal(dies(SIGSEGV, US_PHASE_DUE, 3, BLOCK).blame, BLAME_NONE);
}

static void a_kill_is_nobodys_fault(void **state)
{
	(void)state;
	assert_int_equal(ends(0, SIGKILL, 0, US_PHASE_MODULE, 3, BLOCK).blame, BLAME_NONE);
	worker.killed = true;
	assert_int_equal(ends(0, SIGKILL, 0, US_PHASE_MODULE, 3, BLOCK).blame, BLAME_NONE);
}

/* A module may leave with any word that its worker can say, and write any into the slot. */
static void who_leaves_unasked_is_a_fault_of_its_breadcrumb_whatever_it_says(void **state)
{
	(void)state;
	for (int status = 0; status < 256; status++) {
		assert_int_equal(ends(0, 0, status, US_PHASE_MODULE, 3, BLOCK).blame, BLAME_INSTANCE);
		assert_int_equal(ends(0, 0, status, US_PHASE_MIX, US_NOBODY, BLOCK).blame, BLAME_NONE);
	}
	for (uint64_t word = 1; word < 65536; word += word < 256 ? 1 : 255)
		if (word != SIGXCPU) /* the kernel's limit, which a slow machine reaches */
			assert_int_equal(ends(word, 0, 0, US_PHASE_MODULE, 3, BLOCK).blame, BLAME_INSTANCE);
}

/* It was relieved as it did not run; but it did, without end, and so does its successor in the same block. */
static void who_computes_without_end_is_believed_in_a_block_that_nobody_has_published(void **state)
{
	(void)state;
	leads = false;
	worker.interrupted = worker.killed = true;
	assert_int_equal(ends(0, SIGKILL, 0, US_PHASE_MODULE, 3, BLOCK).blame, BLAME_INSTANCE);
	assert_int_equal(ends(0, SIGKILL, 0, US_PHASE_MODULE, 3, BLOCK - 1).blame, BLAME_NONE);
}

/* It comes to who computes for long without a rest, as a whole patch that is too much for the machine does. */
static void the_kernels_limit_for_real_time_is_nobodys_fault(void **state)
{
	(void)state;
	assert_int_equal(dies(SIGXCPU, US_PHASE_MODULE, 3, BLOCK).blame, BLAME_NONE);
	worker.interrupted = true; /* the same signal from us, who have looked */
	assert_int_equal(dies(SIGXCPU, US_PHASE_MODULE, 3, BLOCK).blame, BLAME_INSTANCE);
}

/* Three glances at a primary in block 100, in a module of instance 3, that answers each probe 125 µs of CPU time later.
 */
static enum failover_look compared(const struct failover_glance glance[FAILOVER_GLANCES])
{
	struct failover_samples samples;
	stage.player.block_ns = 1333333;
	us_failover_sample(&stage, false, &samples);
	memcpy(worker.glance, glance, sizeof worker.glance);
	return failover_compare(&worker, &samples);
}

static void look(struct failover_glance glance[FAILOVER_GLANCES])
{
	for (uint32_t i = 0; i < FAILOVER_GLANCES; i++)
		glance[i] = (struct failover_glance){.published = BLOCK,
		                                     .crumb = us_crumb(US_PHASE_MODULE, 3, BLOCK),
		                                     .probes = i,
		                                     .cpu_ns = 5000000 + i * FAILOVER_GLANCE_NS};
}

static void who_computes_in_one_place_hangs_and_nobody_else(void **state)
{
	(void)state;
	struct failover_glance glance[FAILOVER_GLANCES];
	look(glance);
	assert_int_equal(compared(glance), LOOK_HUNG);

	look(glance); /* another eight of its voices */
	glance[2].crumb = us_crumb_of_group(glance[2].crumb, 1);
	assert_int_equal(compared(glance), LOOK_FINE);

	look(glance); /* another record of many */
	glance[0].crumb = glance[1].crumb = glance[2].crumb = us_crumb(US_PHASE_APPLY, US_NOBODY, BLOCK);
	assert_int_equal(compared(glance), LOOK_HUNG);
	glance[2].applied = 1;
	assert_int_equal(compared(glance), LOOK_FINE);

	look(glance); /* it answered, and then another process had its core */
	glance[2].cpu_ns = glance[1].cpu_ns;
	assert_int_equal(compared(glance), LOOK_FINE);
	glance[2].probes = glance[1].probes;
	assert_int_equal(compared(glance), LOOK_FINE);

	look(glance); /* it does not run at all */
	glance[2].probes = glance[1].probes = glance[0].probes;
	assert_int_equal(compared(glance), LOOK_STALLED);
}

/* What is usual may have grown block by block: two blocks' time in one call is a hang for all that. */
static void who_grows_slower_bit_by_bit_has_an_end(void **state)
{
	(void)state;
	struct failover_glance glance[FAILOVER_GLANCES];
	atomic_store(&stage.session.slot[1]->blocks, 1000);
	atomic_store(&stage.session.slot[1]->busy_ns, 1000 * 1200000ull);
	look(glance);
	for (uint32_t i = 0; i < FAILOVER_GLANCES; i++)
		glance[i].cpu_ns -= 3000000;
	assert_int_equal(compared(glance), LOOK_FINE);
	look(glance);
	assert_int_equal(compared(glance), LOOK_HUNG);
}

static void a_follower_blames_nobody(void **state)
{
	(void)state;
	leads = false;
	assert_int_equal(dies(SIGSEGV, US_PHASE_MODULE, 3, BLOCK).blame, BLAME_NONE);
}

static void a_block_in_the_ring_counts_even_if_its_writer_died_before_counting_it(void **state)
{
	(void)state;
	for (uint32_t slot = 0; slot < US_SLOTS; slot++) {
		close_stage(state);
		open_stage(state);
		assert_int_equal(us_ever_published(&stage), BLOCK);
		put_into_ring(slot, BLOCK);
		assert_int_equal(us_ever_published(&stage), BLOCK + 1);
		/* Its successor dies in the same block: what has been heard is neither bypassed nor struck out. */
		assert_int_equal(dies(SIGSEGV, US_PHASE_APPLY, US_NOBODY, BLOCK).blame, BLAME_NONE);
		assert_int_equal(dies(SIGSEGV, US_PHASE_MODULE, 3, BLOCK).block, BLOCK + 1);
	}
}

static void a_spoilt_block_in_the_ring_does_not_count(void **state)
{
	(void)state;
	put_into_ring(1, BLOCK);
	atomic_fetch_xor(&stage.session.slot[1]->ring[BLOCK % US_RING].word[9], 1);
	assert_int_equal(us_ever_published(&stage), BLOCK);
}

/* Whoever writes wild may spoil its own words, and should harm no later verdict. */
static void a_count_beyond_what_was_granted_is_not_believed(void **state)
{
	(void)state;
	put_into_ring(1, BLOCK - 1);
	atomic_store(&stage.session.slot[1]->published, 1ull << 40);
	assert_int_equal(us_ever_published(&stage), BLOCK);
	assert_int_equal(dies(SIGSEGV, US_PHASE_MODULE, 3, BLOCK).block, BLOCK);
}

static void a_breadcrumb_of_a_block_that_was_not_granted_blames_nobody(void **state)
{
	(void)state;
	assert_int_equal(dies(SIGSEGV, US_PHASE_MODULE, 3, BLOCK + 4).blame, BLAME_NONE);
	assert_int_equal(dies(SIGSEGV, US_PHASE_MODULE, 3, BLOCK + 3).blame, BLAME_INSTANCE);
}

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)
int main(void)
{
	const struct CMUnitTest tests[] = {
	    PROMISE(the_module_at_work_is_to_blame),
	    PROMISE(the_record_at_work_is_to_blame),
	    PROMISE(the_timed_record_at_work_is_to_blame),
	    PROMISE(a_record_that_nobody_has_begun_is_not_to_blame),
	    PROMISE(a_kill_is_nobodys_fault),
	    PROMISE(who_leaves_unasked_is_a_fault_of_its_breadcrumb_whatever_it_says),
	    PROMISE(who_computes_without_end_is_believed_in_a_block_that_nobody_has_published),
	    PROMISE(who_grows_slower_bit_by_bit_has_an_end),
	    PROMISE(the_kernels_limit_for_real_time_is_nobodys_fault),
	    PROMISE(who_computes_in_one_place_hangs_and_nobody_else),
	    PROMISE(a_follower_blames_nobody),
	    PROMISE(a_block_in_the_ring_counts_even_if_its_writer_died_before_counting_it),
	    PROMISE(a_spoilt_block_in_the_ring_does_not_count),
	    PROMISE(a_count_beyond_what_was_granted_is_not_believed),
	    PROMISE(a_breadcrumb_of_a_block_that_was_not_granted_blames_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
