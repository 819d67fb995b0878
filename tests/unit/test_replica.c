/* test_replica.c — promises of src/replica: what a block's grant says, from shared memory and from a log alike. The
 * expectation is written down record by record in a song of its own. */
#include "replica/replica.h"

#include "engine_kit.h"

enum { RECORDS = 1024, BLOCKS = 64, AMENDMENTS = 512 };

/* A song as a table: what `granted` says of each block, and the lists of amendments. */
struct song {
	struct us_record record[RECORDS];
	bool damaged[RECORDS];
	uint64_t records, grant[BLOCKS];
	struct us_amendment amendment[US_AMENDMENT_LISTS][AMENDMENTS];
	uint32_t amendments[US_AMENDMENT_LISTS];
};

static const struct us_amendment *amendment(void *context, uint32_t list, uint32_t place)
{
	struct song *s = context;
	return place < s->amendments[list] ? &s->amendment[list][place] : NULL;
}
static uint64_t granted(void *context, uint64_t block)
{
	return ((struct song *)context)->grant[block];
}
static bool record(void *context, uint64_t seq, struct us_record *to)
{
	struct song *s = context;
	*to = s->record[seq];
	return !s->damaged[seq];
}
static bool heard(void *context, uint64_t block, float samples[US_SAMPLES])
{
	(void)context, (void)block, (void)samples;
	return false;
}

static void add(struct song *s, uint64_t block, struct us_record r)
{
	assert_true(s->records < RECORDS);
	r.seq = s->records;
	s->record[s->records++] = r;
	for (uint64_t b = block; b < BLOCKS; b++)
		s->grant[b] = s->records;
}

static void amend(struct song *s, enum us_amendment_list list, struct us_amendment a)
{
	assert_true(s->amendments[list] < AMENDMENTS);
	s->amendment[list][s->amendments[list]++] = a;
}

static struct us_record gain(float value, uint64_t frame)
{
	return (struct us_record){.type = US_REC_GAIN, .at = frame, .instance = US_NOBODY, .set.value = value};
}

/* begun: how often a state of it has begun. */
static uint32_t begun;
static void begin(void *state, const struct us_setup *setup)
{
	(void)state, (void)setup;
	begun++;
}
static const struct us_module begun_module = {.abi = US_ABI,
                                              .version = 1,
                                              .name = "begun",
                                              .doc = "counts",
                                              .state_size = sizeof(struct ramp),
                                              .init = begin,
                                              .process = ramp_process,
                                              .inputs = {{"freq", US_HZ, 100, 0, 20000, US_LIN, "", NULL}},
                                              .outputs = {{"out", ""}}};

struct stage {
	struct us_library *library;
	struct us_replica replica;
	struct song song;
};

static int set_up(void **state)
{
	static const struct us_module *const modules[] = {&ramp_module, &wire_module, &begun_module};
	const struct us_engine_config config = {.rate = RATE, .arena_bytes = 1 << 20};
	struct stage *s = *state = calloc(1, sizeof *s);
	struct us_err err;
	return us_library_of(&s->library, modules, 3, &err) ||
	       us_engine_open(&s->replica.engine, &config, s->library, &err);
}

static int tear_down(void **state)
{
	struct stage *s = *state;
	us_engine_close(s->replica.engine);
	us_library_close(s->library);
	free(s);
	return 0;
}

static void render(struct stage *s, uint64_t blocks)
{
	const struct us_source_of_song song = {&s->song, amendment, granted, record, heard};
	float samples[US_SAMPLES];
	while (blocks--)
		us_replica_render(&s->replica, &song, samples);
}

static uint64_t refused(const struct stage *s)
{
	struct us_engine_counts counts;
	us_engine_counts(s->replica.engine, &counts);
	return counts.refused;
}

/* Records that would be refused, and are counted when they are: who is struck out is not even tried. */
static void any_number_of_records_of_one_block_may_be_struck_out(void **state)
{
	struct stage *s = *state;
	for (uint32_t i = 0; i < US_GRANT_RECORDS; i++)
		add(&s->song, 3, gain((float)NAN, US_NOW));
	for (uint32_t i = 0; i < US_GRANT_RECORDS; i++)
		if (i % 5)
			amend(&s->song, i % 2 ? US_BY_ARBITER : US_BY_CALLBACK,
			      (struct us_amendment){.type = US_AMEND_TOMBSTONE, .block = 3, .seq = i});
	render(s, 3);
	assert_int_equal(refused(s), 0);
	render(s, 1);
	assert_int_equal(refused(s), (US_GRANT_RECORDS + 4) / 5);
	assert_int_equal(s->replica.applied, US_GRANT_RECORDS);
}

/* What waits for its frame was accepted before; the amendment takes it away in its own block, not earlier. */
static void a_record_that_waits_for_its_frame_is_struck_in_the_block_of_its_amendment(void **state)
{
	struct stage *s = *state;
	const struct us_record make = {.type = US_REC_CREATE, .flags = US_STAGED, .create.module = "ramp"};
	const struct us_record commit = {.type = US_REC_COMMIT, .at = 9 * US_BLOCK, .instance = US_NOBODY};
	struct us_instance_view view;
	add(&s->song, 1, commit);
	add(&s->song, 2, make); /* it waits for the commit, and dies with it */
	amend(&s->song, US_BY_ARBITER, (struct us_amendment){.type = US_AMEND_TOMBSTONE, .block = 9, .seq = 0});
	add(&s->song, 12, (struct us_record){.type = US_REC_COMMIT, .instance = US_NOBODY});
	render(s, 14);
	assert_false(us_engine_instance(s->replica.engine, 0, &view));
}

static void amendments_come_before_the_records_of_their_block_and_not_before_it(void **state)
{
	struct stage *s = *state;
	struct us_instance_view view;
	const struct us_record make = {.type = US_REC_CREATE, .create.module = "ramp"};
	add(&s->song, 4, make);
	amend(&s->song, US_BY_ARBITER,
	      (struct us_amendment){.type = US_AMEND_BYPASS, .block = 4, .cause = 11}); /* too early */
	amend(&s->song, US_BY_ARBITER, (struct us_amendment){.type = US_AMEND_BYPASS, .block = 6, .cause = 11});
	amend(&s->song, US_BY_CALLBACK, (struct us_amendment){.type = US_AMEND_RESTORE, .block = 8});
	for (uint64_t block = 0; block < 10; block++) {
		render(s, 1);
		assert_int_equal(us_engine_instance(s->replica.engine, 0, &view), block >= 4);
		if (block >= 4)
			assert_int_equal(view.bypassed, block == 6 || block == 7);
	}
	assert_int_equal(s->replica.amended[US_BY_ARBITER], 2);
	assert_int_equal(s->replica.amended[US_BY_CALLBACK], 1);
}

/* Whoever died of its fresh state is bypassed in the very block in which it was restored: its successor does not make
 * that state again. */
static void who_is_bypassed_where_it_was_restored_does_not_begin(void **state)
{
	struct stage *s = *state;
	add(&s->song, 1, (struct us_record){.type = US_REC_CREATE, .create.module = "begun"});
	amend(&s->song, US_BY_ARBITER, (struct us_amendment){.type = US_AMEND_BYPASS, .block = 3, .cause = 11});
	amend(&s->song, US_BY_CALLBACK, (struct us_amendment){.type = US_AMEND_RESTORE, .block = 5});
	amend(&s->song, US_BY_ARBITER, (struct us_amendment){.type = US_AMEND_BYPASS, .block = 5, .cause = 11});
	amend(&s->song, US_BY_CALLBACK, (struct us_amendment){.type = US_AMEND_RESTORE, .block = 7});
	begun = 0;
	render(s, 5);
	const uint32_t at_first = begun;
	assert_true(at_first > 0);
	render(s, 2);
	assert_int_equal(begun, at_first);
	render(s, 1);
	assert_true(begun > at_first);
}

static void a_record_that_cannot_be_read_is_passed_over(void **state)
{
	struct stage *s = *state;
	add(&s->song, 0, gain((float)NAN, US_NOW));
	add(&s->song, 0, gain((float)NAN, US_NOW));
	s->song.damaged[0] = true;
	render(s, 1);
	assert_int_equal(refused(s), 1);
	assert_int_equal(s->replica.applied, 2);
}

static void a_trial_counts_only_at_the_end_of_its_list(void **state)
{
	struct stage *s = *state;
	for (uint32_t i = 0; i < 8; i++)
		add(&s->song, 2, gain((float)NAN, US_NOW));
	amend(&s->song, US_BY_ARBITER, (struct us_amendment){.type = US_AMEND_TRY_TOMBSTONE, .block = 2, .more = 7});
	amend(&s->song, US_BY_ARBITER,
	      (struct us_amendment){.type = US_AMEND_TRY_TOMBSTONE, .block = 2, .seq = 1, .more = 3});
	render(s, 2);
	assert_false(s->replica.on_trial);
	render(s, 1);
	assert_true(s->replica.on_trial);
	assert_int_equal(refused(s), 4);
}

static void behind_a_trial_only_the_verdict_counts(void **state)
{
	struct stage *s = *state;
	for (uint32_t i = 0; i < 8; i++)
		add(&s->song, 2, gain((float)NAN, US_NOW));
	amend(&s->song, US_BY_ARBITER, (struct us_amendment){.type = US_AMEND_TRY_TOMBSTONE, .block = 2, .more = 7});
	amend(&s->song, US_BY_ARBITER,
	      (struct us_amendment){.type = US_AMEND_TOMBSTONE, .block = 2, .seq = 5, .more = 1});
	render(s, 3);
	assert_false(s->replica.on_trial);
	assert_int_equal(refused(s), 6);
}

/* As a session that begins in this block, but for its number. */
static void what_begins_afresh_knows_nothing_of_before(void **state)
{
	struct stage *s = *state;
	struct us_instance_view view;
	const struct us_record make = {.type = US_REC_CREATE, .create.module = "ramp"};
	add(&s->song, 1, make);
	add(&s->song, 1, gain(.5f, US_NOW));
	add(&s->song, 9, gain((float)NAN, US_NOW)); /* granted, and passed over */
	amend(&s->song, US_BY_ARBITER, (struct us_amendment){.type = US_AMEND_AFRESH, .block = 9, .seq = 3});
	add(&s->song, 9, gain(.25f, US_NOW));
	render(s, 9);
	assert_true(us_engine_instance(s->replica.engine, 0, &view));
	render(s, 1);
	assert_false(us_engine_instance(s->replica.engine, 0, &view));
	assert_float_equal(us_engine_gain(s->replica.engine), .25f, 0);
	assert_int_equal(refused(s), 0);
	assert_int_equal(us_engine_block(s->replica.engine), 10);
	assert_int_equal(s->replica.applied, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(any_number_of_records_of_one_block_may_be_struck_out, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_record_that_waits_for_its_frame_is_struck_in_the_block_of_its_amendment,
	                                    set_up, tear_down),
	    cmocka_unit_test_setup_teardown(amendments_come_before_the_records_of_their_block_and_not_before_it, set_up,
	                                    tear_down),
	    cmocka_unit_test_setup_teardown(who_is_bypassed_where_it_was_restored_does_not_begin, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_record_that_cannot_be_read_is_passed_over, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_trial_counts_only_at_the_end_of_its_list, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(behind_a_trial_only_the_verdict_counts, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_begins_afresh_knows_nothing_of_before, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
