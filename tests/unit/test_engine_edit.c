/* Editing the graph: what is refused and in which words, what staging holds back, commits and forgets, what fits. */
#include "engine_kit.h"

static float sound[FRAMES];

static void render(struct us_engine *e, int blocks)
{
	while (blocks--)
		us_engine_render(e, sound);
}

static void what_cannot_be_done_is_refused_and_changes_nothing(void **state)
{
	(void)state;
	struct us_engine *e = kit_open(), *before = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	connect(e, 0, 0, 1, 0, 1);
	must(e, rec_name(0, "osc"));
	copy_engine(before, e);

	struct us_record unterminated = {.type = US_REC_NAME, .instance = 0};
	memset(unterminated.name, 'a', sizeof unterminated.name);
	const struct {
		struct us_record record;
		const char *words;
	} wrong[] = {
	    {rec_create(2, "wier", 0), "did you mean wire"},
	    {rec_create(2, "", 0), "there is no module"},
	    {rec_create(2048, "wire", 0), "there is no index 2048"},
	    {rec_create(0xffff, "wire", 0), "there is no index 65535"},
	    {rec_create(0, "wire", 0), "belongs to osc"},
	    {rec_create(2, "wire", 1025), "1025 voices are too many"},
	    {rec_create(2, "out", 2), "after the mixdown"},
	    {rec_name(1, "osc"), "another instance is called osc"},
	    {rec_name(1, ""), "1 to 39 bytes"},
	    {unterminated, "1 to 39 bytes"},
	    {rec_name(1, "7th"), "begins with a digit"},
	    {rec_name(1, "a/b"), "OSC address"},
	    {rec_name(1, "a b"), "OSC address"},
	    {rec_name(3, "x"), "no instance 3"},
	    {rec_name(0xffff, "x"), "no instance"},
	    {rec_of(US_REC_DELETE, 2), "no instance 2"},
	    {rec_cable(US_REC_CONNECT, 0, 1, 1, 0, 1), "osc has no output 1"},
	    {rec_cable(US_REC_CONNECT, 0, 0, 1, 1, 1), "1 has no input 1"},
	    {rec_cable(US_REC_CONNECT, 5, 0, 1, 0, 1), "no instance 5"},
	    {rec_cable(US_REC_CONNECT, 0, 0, 0xffff, 0, 1), "no instance"},
	    {rec_cable(US_REC_CONNECT, 0, 0, 1, 0, NAN), "finite"},
	    {rec_cable(US_REC_CONNECT, 0, 0, 1, 0, INFINITY), "finite"},
	    {rec_cable(US_REC_DISCONNECT, 1, 0, 0, 0, 0), "not connected"},
	    {rec_set(0, 4, 1), "osc has no input 4"},
	    {rec_set(9, 0, 1), "no instance 9"},
	    {rec_set(0, 0, NAN), "finite"},
	    {at(rec_set(0, 0, INFINITY), 1000), "finite"},
	    {at(rec_set(9, 0, 1), 1000), "no instance 9"},
	    {{.type = US_REC_GAIN, .set.value = NAN}, "finite"},
	    {{.type = US_REC_TEMPO, .at = 500, .set.value = INFINITY}, "finite"},
	    {{.type = US_REC_TYPES}, "no record type"},
	    {{.type = 255, .at = 5}, "no record type"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct us_engine_counts counts;
		must_not(e, wrong[i].record, wrong[i].words);
		assert_int_equal(us_engine_apply(before, &wrong[i].record, NULL), US_FAILED); /* without words, too */
		us_engine_counts(e, &counts);
		assert_int_equal(counts.refused, i + 1);
		assert_int_equal(counts.instances, 2);
		assert_int_equal(counts.cables, 1);
		assert_int_equal(counts.timed, 0);
	}
	assert_equal_arenas(e, before);
	us_engine_close(e);
	us_engine_close(before);
}

static void instances_are_found_by_name_and_index(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	struct us_instance_view view;
	create(e, 0, "wire");
	create(e, 12, "out");
	assert_int_equal(us_engine_find(e, "12"), 12);
	must(e, rec_name(12, "speaker"));
	assert_int_equal(us_engine_find(e, "12"), US_NOBODY);
	assert_int_equal(us_engine_find(e, "speaker"), 12);
	assert_true(us_engine_instance(e, 12, &view));
	assert_string_equal(view.name, "speaker");
	assert_ptr_equal(view.module, &out_module);
	assert_int_equal(us_engine_free_index(e), 1);
	assert_false(us_engine_instance(e, 1, &view));
	must(e, rec_of(US_REC_DELETE, 12));
	assert_int_equal(us_engine_find(e, "speaker"), US_NOBODY);
	us_engine_close(e);
}

static void cables_are_listed_in_order_of_creation(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	struct us_cable_view view;
	for (int i = 0; i < 4; i++)
		create(e, i, "wire");
	connect(e, 3, 0, 0, 0, 1);
	connect(e, 1, 0, 2, 1, 2);
	connect(e, 0, 0, 2, 2, 3);
	connect(e, 1, 0, 2, 1, 4); /* a new amount for the same cable */
	must(e, rec_cable(US_REC_DISCONNECT, 3, 0, 0, 0, 0));
	assert_true(us_engine_cable(e, 0, &view));
	assert_int_equal(view.source, 1);
	assert_int_equal(view.instance, 2);
	assert_int_equal(view.input, 1);
	assert_true(view.amount == 4);
	assert_true(us_engine_cable(e, 1, &view));
	assert_int_equal(view.source, 0);
	assert_false(us_engine_cable(e, 2, &view));
	us_engine_close(e);
}

static void a_staged_batch_is_heard_at_its_commit_and_not_before(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	connect(e, 0, 0, 1, 0, 1);
	set(e, 0, 2, .25f);
	render(e, 1);

	must(e, staged(rec_create(2, "wire", 0)));
	must(e, staged(rec_name(2, "new")));
	must(e, staged(rec_set(2, 2, .125f)));
	must(e, staged(rec_cable(US_REC_CONNECT, 2, 0, 1, 0, 1)));
	must(e, staged(rec_cable(US_REC_DISCONNECT, 0, 0, 1, 0, 0)));
	must(e, staged(rec_of(US_REC_DELETE, 0)));
	must(e, staged(rec_name(1, "speaker")));
	render(e, 10);
	assert_true(sound[0] == .25f && sound[FRAMES - 1] == .25f);

	/* What looks in sees the patch as it will be. */
	struct us_instance_view view;
	struct us_cable_view cable;
	assert_false(us_engine_instance(e, 0, &view));
	assert_true(us_engine_instance(e, 2, &view));
	assert_int_equal(us_engine_find(e, "speaker"), 1);
	assert_int_equal(us_engine_find(e, "new"), 2);
	assert_int_equal(us_engine_free_index(e), 3); /* 0 still sounds */
	assert_true(us_engine_cable(e, 0, &cable));
	assert_int_equal(cable.source, 2);
	assert_false(us_engine_cable(e, 1, &cable));

	must(e, rec_of(US_REC_COMMIT, US_NOBODY));
	render(e, 6);
	assert_true(sound[0] == .125f && sound[FRAMES - 1] == .125f);
	assert_int_equal(us_engine_free_index(e), 0);
	us_engine_close(e);
}

static void a_staged_ramp_begins_at_the_commit(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	connect(e, 0, 0, 1, 0, 1);
	render(e, 10);
	struct us_record ramp = rec_set(0, 2, .5f);
	ramp.set.ramp_frames = 2 * US_BLOCK;
	must(e, staged(ramp));
	render(e, 10);
	assert_true(sound[FRAMES - 1] == 0);
	must(e, rec_of(US_REC_COMMIT, US_NOBODY));
	render(e, 1);
	assert_true(fabsf(sound[2 * US_BLOCK - 1] - .25f) < 1e-6f);
	render(e, 1);
	assert_true(sound[2 * US_BLOCK - 1] == .5f);
	must(e, staged(rec_set(0, 2, .25f))); /* and one without a length is smoothed, as ever */
	must(e, rec_of(US_REC_COMMIT, US_NOBODY));
	render(e, 1);
	assert_true(sound[1] < .5f && sound[1] > .25f);
	render(e, 10);
	assert_true(sound[0] == .25f);
	us_engine_close(e);
}

static void an_aborted_batch_leaves_no_trace(void **state)
{
	(void)state;
	struct us_engine *e = kit_open(), *never = kit_open();
	struct us_engine *both[] = {e, never};
	for (int i = 0; i < 2; i++) {
		create(both[i], 0, "wire");
		create(both[i], 1, "out");
		connect(both[i], 0, 0, 1, 0, 1);
		set(both[i], 0, 2, .25f);
		render(both[i], 3);
	}
	must(e, staged(rec_create(2, "voices", 30)));
	must(e, staged(rec_create(3, "echo", 0)));
	must(e, staged(rec_name(0, "renamed")));
	must(e, staged(rec_set(0, 2, .75f)));
	must(e, staged(rec_cable(US_REC_CONNECT, 2, 0, 1, 0, 1)));
	must(e, staged(rec_cable(US_REC_CONNECT, 0, 0, 1, 0, .5f)));
	must(e, staged(rec_of(US_REC_DELETE, 1)));
	must(e, staged(rec_of(US_REC_DELETE, 3)));
	must(e, rec_of(US_REC_ABORT, US_NOBODY));
	render(e, 2);
	render(never, 2);
	assert_equal_arenas(e, never);
	us_engine_close(e);
	us_engine_close(never);
}

static void staged_and_unstaged_edits_do_not_tread_on_each_other(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	must(e, staged(rec_create(2, "wire", 0)));
	must_not(e, rec_cable(US_REC_CONNECT, 2, 0, 1, 0, 1), "instance 2 is staged");
	must(e, rec_set(2, 2, .5f)); /* a knob may be turned before it is heard */
	must(e, staged(rec_cable(US_REC_CONNECT, 2, 0, 1, 0, 1)));
	must_not(e, rec_name(1, ""), "1 to 39");
	must(e, staged(rec_of(US_REC_DELETE, 0)));
	must_not(e, staged(rec_set(0, 2, 1)), "no instance 0");
	must_not(e, staged(rec_cable(US_REC_CONNECT, 0, 0, 1, 0, 1)), "no instance 0");
	must(e, rec_cable(US_REC_CONNECT, 0, 0, 1, 0, 1)); /* it still sounds; this cable will go with it */
	must(e, rec_set(0, 2, .25f));
	render(e, 6);
	assert_true(sound[0] == .25f);
	must_not(e, rec_create(0, "wire", 0), "index 0 belongs");
	must_not(e, staged(rec_create(0, "wire", 0)), "index 0 belongs");
	must(e, rec_of(US_REC_COMMIT, US_NOBODY));
	render(e, 6);
	assert_true(sound[0] == .5f);
	must(e, rec_of(US_REC_COMMIT, US_NOBODY)); /* nothing is staged: nothing happens */
	us_engine_close(e);
}

static void a_struck_record_takes_its_batch_with_it(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "out");
	set(e, 0, 2, .25f);
	connect(e, 0, 0, 1, 0, 1);
	for (int commit_too = 0; commit_too < 2; commit_too++) {
		must(e, staged(rec_of(US_REC_DELETE, 0)));
		must(e, staged(rec_create(2, "wire", 0)));
		const struct us_record poison =
		    commit_too ? rec_of(US_REC_COMMIT, US_NOBODY) : staged(rec_create(3, "wire", 0));
		us_engine_strike(e, &poison);
		if (!commit_too) {
			must_not(e, staged(rec_cable(US_REC_CONNECT, 2, 0, 1, 0, 1)), "struck out");
			must_not(e, rec_of(US_REC_COMMIT, US_NOBODY), "struck out");
		}
		render(e, 6);
		assert_true(sound[FRAMES - 1] == .25f);
		struct us_instance_view view;
		assert_true(us_engine_instance(e, 0, &view));
		assert_false(us_engine_instance(e, 2, &view));
		must(e, staged(rec_create(2, "wire", 0))); /* the next batch is another one */
		must(e, rec_of(US_REC_COMMIT, US_NOBODY));
		must(e, rec_of(US_REC_DELETE, 2));
		render(e, 6);
	}
	us_engine_strike(e, &(struct us_record){.type = US_REC_SET, .instance = 0}); /* alone it concerns nobody else */
	must(e, staged(rec_create(2, "wire", 0)));
	must(e, rec_of(US_REC_COMMIT, US_NOBODY));
	us_engine_close(e);
}

static void a_tombstone_strikes_out_what_waits_for_its_frame(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	struct us_instance_view view;
	create(e, 0, "wire");
	must(e, staged(rec_create(1, "wire", 0)));
	for (uint64_t seq = 5; seq < 8; seq++) {
		const struct us_record kinds[] = {rec_of(US_REC_DELETE, 0), rec_of(US_REC_COMMIT, US_NOBODY),
		                                  rec_create(2, "wire", 0)};
		struct us_record r = at(kinds[seq - 5], 3 * US_BLOCK);
		r.seq = seq;
		must(e, r);
	}
	render(e, 2);
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_TOMBSTONE, .seq = 5});
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_TOMBSTONE, .seq = 6});  /* with its batch */
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_TOMBSTONE, .seq = 99}); /* nobody's */
	render(e, 6);
	assert_true(us_engine_instance(e, 0, &view));
	assert_false(us_engine_instance(e, 1, &view));
	assert_true(us_engine_instance(e, 2, &view));
	us_engine_close(e);
}

static void names_are_unique_before_and_after_the_commit(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	for (int i = 0; i < 3; i++)
		create(e, i, "wire");
	must(e, rec_name(0, "a"));
	must(e, staged(rec_name(0, "b")));
	must_not(e, staged(rec_name(1, "b")), "another instance is called b");
	must_not(e, rec_name(1, "b"), "another instance is called b");
	must_not(e, rec_name(1, "a"), "another instance is called a"); /* an abort would bring it back */
	must(e, staged(rec_name(1, "a")));                             /* after the commit it is free */
	must(e, rec_of(US_REC_COMMIT, US_NOBODY));
	assert_int_equal(us_engine_find(e, "b"), 0);
	assert_int_equal(us_engine_find(e, "a"), 1);
	us_engine_close(e);
}

static void a_commit_can_be_timed(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 1, "out");
	must(e, at(staged(rec_create(0, "wire", 0)), 12345)); /* staged records wait for the commit alone */
	must(e, staged(rec_set(0, 2, .5f)));
	must(e, staged(rec_cable(US_REC_CONNECT, 0, 0, 1, 0, 1)));
	must(e, at(rec_of(US_REC_COMMIT, US_NOBODY), 5 * US_BLOCK + 7));
	render(e, 5);
	assert_true(sound[FRAMES - 1] == 0);
	render(e, 6);
	assert_true(sound[0] == .5f);
	us_engine_close(e);
}

static void what_does_not_fit_is_refused_with_its_size(void **state)
{
	(void)state;
	struct us_engine *e = kit_open_with(3 << 19);
	struct us_engine_counts counts;
	int n = 0;
	/* An echo is 154 kB; 1.5 MB have room for a few. */
	for (; n < 100; n++) {
		struct us_record r = rec_create((uint16_t)n, "echo", 0);
		struct us_err err = {{0}};
		us_engine_counts(e, &counts);
		if (us_engine_apply(e, &r, &err)) {
			assert_non_null(strstr(err.text, "no room for echo: it needs 153"));
			break;
		}
	}
	assert_in_range(n, 1, 6);
	/* Voices ask for more states than there is room for: the cable is refused, and nothing is lost. */
	must(e, rec_of(US_REC_DELETE, n - 1));
	render(e, 5);
	must(e, rec_create(50, "voices", 64));
	size_t used = (us_engine_counts(e, &counts), counts.state_bytes);
	must_not(e, rec_cable(US_REC_CONNECT, 50, 0, 0, 0, 1), "no room for 0");
	us_engine_counts(e, &counts);
	assert_int_equal(counts.state_bytes, used);
	assert_int_equal(counts.cables, 0);
	must(e, staged(rec_cable(US_REC_CONNECT, 50, 0, 0, 0, 1)));
	must_not(e, rec_of(US_REC_COMMIT, US_NOBODY), "no room for 0");
	must(e, rec_of(US_REC_ABORT, US_NOBODY));
	render(e, 2);
	while (n-- > 0)
		(void)us_engine_apply(e, &(struct us_record){.type = US_REC_DELETE, .instance = (uint16_t)n}, NULL);
	must(e, rec_of(US_REC_DELETE, 50));
	render(e, 5);
	us_engine_counts(e, &counts);
	struct us_engine *empty = kit_open_with(1 << 20);
	struct us_engine_counts none;
	us_engine_counts(empty, &none);
	assert_int_equal(counts.state_bytes, none.state_bytes);
	us_engine_close(empty);
	us_engine_close(e);
}

static void tables_fill_up_to_their_limits(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	for (int i = 0; i < US_MAX_INSTANCES; i++)
		create(e, i, i ? "wire" : "out");
	assert_int_equal(us_engine_free_index(e), US_NOBODY);
	for (int i = 0; i < US_MAX_CABLES; i++)
		must(e,
		     staged(rec_cable(US_REC_CONNECT, 1 + i % 1023, 0, 1 + (i * 7 + i / 1023) % 1023, i % 4, .001f)));
	must_not(e, rec_cable(US_REC_CONNECT, 1, 0, 0, 0, 1), "at most 4096");
	must(e, rec_of(US_REC_COMMIT, US_NOBODY));
	for (int i = 1; i < US_MAX_INSTANCES; i++)
		set(e, i, 2, .001f * (float)i);
	render(e, 10);
	us_engine_close(e);
}

/* An instance that has just been deleted still fades, or has faded: the graph that is built now is the same graph.
 * Control's model fades nothing, and what is saved is loaded where nothing fades. */
static void the_order_of_a_loop_does_not_depend_on_who_fades(void **state)
{
	(void)state;
	struct us_engine *both[2];
	float other[FRAMES];
	for (int i = 0; i < 2; i++) {
		struct us_engine *e = both[i] = kit_open();
		create(e, 0, "wire");
		create(e, 1, "wire");
		create(e, 2, "out");
		connect(e, 1, 0, 2, 0, 1);
		connect(e, 0, 0, 2, 0, 1);
		render(e, 10);
		must(e, rec_of(US_REC_DELETE, 0));
		render(e, i ? 10 : 1);
		create(e, 0, "wire");
		connect(e, 0, 0, 1, 0, 1);
		connect(e, 1, 0, 0, 0, 0.5f);
		render(e, i ? 11 : 20);
		set(e, 0, 2, 0.125f);
	}
	for (int n = 0; n < 20; n++) {
		us_engine_render(both[0], sound);
		us_engine_render(both[1], other);
		assert_memory_equal(sound, other, sizeof other);
	}
	us_engine_close(both[0]);
	us_engine_close(both[1]);
}

static void stage_a_full_patch(struct us_engine *e, uint16_t index[US_MAX_INSTANCES])
{
	for (int i = 0; i < US_MAX_INSTANCES; i++) {
		index[i] = us_engine_free_index(e);
		must(e, staged(rec_create(index[i], i ? "wire" : "out", 0)));
	}
	for (int i = 0; i < US_MAX_CABLES; i++)
		must(e, staged(rec_cable(US_REC_CONNECT, index[1 + i % 1023], 0, index[1 + (i * 7 + i / 1023) % 1023],
		                         i % 4, .001f)));
	assert_int_equal(us_engine_free_index(e), US_NOBODY);
	must_not(e, staged(rec_create(2047, "wire", 0)), "at most 1024 instances");
	must_not(e, staged(rec_cable(US_REC_CONNECT, index[1], 0, index[0], 0, 1)), "at most 4096");
}

/* The old one plays, and fades, until the new one is whole: there must be room for both; and, when a third one comes
 * before the first has faded, for that. */
static void a_full_patch_gives_way_to_a_full_patch(void **state)
{
	(void)state;
	uint16_t index[US_MAX_INSTANCES];
	struct us_engine_counts counts;
	struct us_engine *e = kit_open();
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < US_MAX_INSTANCES && round; i++)
			must(e, staged(rec_of(US_REC_DELETE, index[i])));
		stage_a_full_patch(e, index);
		struct us_record commit = rec_of(US_REC_COMMIT, US_NOBODY);
		commit.set.ramp_frames = 4800;
		must(e, commit);
		render(e, 2);
		us_engine_counts(e, &counts);
		assert_int_equal(counts.instances, US_MAX_INSTANCES);
		assert_int_equal(counts.cables, US_MAX_CABLES);
		must_not(e, rec_create(2047, "wire", 0), "at most 1024 instances");
	}
	render(e, 100);
	us_engine_close(e);
}

/* A thousand signals wait at the same time for those who read them. */
static void a_graph_may_be_as_broad_as_it_likes(void **state)
{
	(void)state;
	enum { GATES = 341, WIRES = 682 };
	struct us_engine *e = kit_open();
	for (int i = 0; i < GATES; i++) {
		create(e, i, "gate");
		set(e, i, 1, 1);
	}
	for (int i = 0; i < WIRES; i++)
		create(e, GATES + i, "wire");
	create(e, GATES + WIRES, "out");
	for (int i = 0; i < 3 * GATES; i++)
		must(e, staged(rec_cable(US_REC_CONNECT, i / 3, i % 3, GATES + WIRES - 1 - i % WIRES, i / WIRES, 1)));
	for (int i = 0; i < WIRES; i++)
		must(e, staged(rec_cable(US_REC_CONNECT, GATES + i, 0, GATES + WIRES, 0, 1 / 2048.f)));
	must(e, rec_of(US_REC_COMMIT, US_NOBODY));
	render(e, 20);
	assert_true(sound[0] > 0.01f && sound[0] < 1);
	us_engine_close(e);
}

static void a_thousand_sources_share_one_input(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 0, "out");
	for (int i = 1; i < US_MAX_INSTANCES; i++) {
		create(e, i, "wire");
		set(e, i, 2, 1 / 2048.f);
		must(e, staged(rec_cable(US_REC_CONNECT, i, 0, 0, 0, 1)));
	}
	must(e, rec_of(US_REC_COMMIT, US_NOBODY));
	render(e, 1);
	assert_true(sound[0] == 1023 / 2048.f && sound[FRAMES - 1] == 1023 / 2048.f);
	us_engine_close(e);
}

/* A model follows the records without rendering and sees what a worker sees. */
static void a_model_skips_ahead(void **state)
{
	(void)state;
	struct us_engine *worker = kit_open(), *model = kit_open();
	struct us_engine *both[] = {worker, model};
	for (int i = 0; i < 2; i++) {
		struct us_engine *e = both[i];
		create(e, 0, "gate");
		create(e, 1, "wire");
		must(e, at(rec_set(0, 2, 5), 1000));
		must(e, at(rec_set(0, 2, 6), 3000));
		must(e, at(rec_of(US_REC_DELETE, 1), 2000));
	}
	render(worker, 40);
	us_engine_skip_to(model, 40);
	us_engine_skip_to(model, 10); /* never back */
	for (int i = 0; i < 2; i++) {
		struct us_instance_view view;
		struct us_engine_counts counts;
		assert_int_equal(us_engine_block(both[i]), 40);
		assert_true(us_engine_knob(both[i], 0, 2) == 5);
		assert_false(us_engine_instance(both[i], 1, &view));
		us_engine_counts(both[i], &counts);
		assert_int_equal(counts.timed, 1);
	}
	us_engine_close(worker);
	us_engine_close(model);
}

/* --- fades -------------------------------------------------------------------------------------------------- */

static void assert_line(float from, float to, int frames, int blocks, struct us_engine *e)
{
	for (int block = 0; block < blocks; block++) {
		render(e, 1);
		for (int i = 0; i < US_BLOCK; i++) {
			int frame = block * US_BLOCK + i;
			float expected = frame < frames ? from + (to - from) * (float)(frame + 1) / (float)frames : to;
			if (fabsf(sound[2 * i] - expected) > 1e-5f)
				fail_msg("frame %d: %g instead of %g", frame, (double)sound[2 * i], (double)expected);
		}
	}
}

static struct us_engine *sounding_patch(void)
{
	struct us_engine *e = kit_open();
	create(e, 0, "wire");
	create(e, 1, "wire");
	create(e, 2, "out");
	connect(e, 0, 0, 1, 0, 1);
	connect(e, 1, 0, 2, 0, 1);
	set(e, 0, 2, .25f);
	render(e, 1);
	assert_true(sound[0] == .25f);
	return e;
}

static void a_cable_that_is_taken_away_fades_out(void **state)
{
	(void)state;
	struct us_engine *e = sounding_patch();
	struct us_cable_view view;
	must(e, rec_cable(US_REC_DISCONNECT, 0, 0, 1, 0, 0));
	assert_true(us_engine_cable(e, 0, &view) && view.source == 1);
	assert_false(us_engine_cable(e, 1, &view));
	must_not(e, rec_cable(US_REC_DISCONNECT, 0, 0, 1, 0, 0), "not connected");
	assert_line(.25f, 0, 240, 6, e);
	us_engine_close(e);
}

static void taking_a_cable_away_and_back_is_not_heard(void **state)
{
	(void)state;
	struct us_engine *e = sounding_patch();
	must(e, rec_cable(US_REC_DISCONNECT, 0, 0, 1, 0, 0));
	connect(e, 0, 0, 1, 0, 1);
	assert_line(.25f, .25f, 1, 6, e);
	us_engine_close(e);
}

static void a_deleted_instance_fades_out_while_its_index_is_free(void **state)
{
	(void)state;
	struct us_engine *e = sounding_patch();
	struct us_instance_view view;
	struct us_engine_counts counts;
	must(e, rec_of(US_REC_DELETE, 0));
	assert_false(us_engine_instance(e, 0, &view));
	assert_int_equal(us_engine_free_index(e), 0);
	create(e, 0, "gate"); /* the successor is somebody else */
	us_engine_counts(e, &counts);
	assert_int_equal(counts.instances, 3);
	assert_int_equal(counts.cables, 1);
	assert_line(.25f, 0, 240, 6, e);
	us_engine_close(e);
}

static void a_chain_that_is_deleted_at_once_fades_once(void **state)
{
	(void)state;
	struct us_engine *e = sounding_patch();
	for (int i = 0; i < 3; i++)
		must(e, staged(rec_of(US_REC_DELETE, i)));
	must(e, rec_of(US_REC_COMMIT, US_NOBODY));
	assert_line(.25f, 0, 240, 6, e);
	us_engine_close(e);
}

static void a_whole_patch_fades_into_another(void **state)
{
	(void)state;
	struct us_engine *e = sounding_patch();
	for (int i = 0; i < 3; i++)
		must(e, staged(rec_of(US_REC_DELETE, i)));
	must(e, staged(rec_create(10, "wire", 0)));
	must(e, staged(rec_create(11, "out", 0)));
	must(e, staged(rec_cable(US_REC_CONNECT, 10, 0, 11, 0, 1)));
	must(e, staged(rec_set(10, 2, .75f)));
	struct us_record commit = rec_of(US_REC_COMMIT, US_NOBODY);
	commit.set.ramp_frames = 4800;
	must(e, commit);
	assert_line(.25f, .75f, 4800, 80, e);
	us_engine_close(e);
}

/* Until its last block it can be blamed for what it does, under the index that it had. */
static void a_fading_instance_can_still_be_bypassed(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	create(e, 5, "broken");
	create(e, 6, "out");
	connect(e, 5, 0, 6, 0, 1);
	render(e, 1);
	assert_true(sound[0] == .25f);
	must(e, rec_of(US_REC_DELETE, 5));
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_BYPASS, .instance = 5});
	render(e, 1);
	assert_true(sound[0] == 0 && sound[FRAMES - 1] == 0);
	us_engine_close(e);
}

static void whoever_fades_makes_room_when_it_is_needed(void **state)
{
	(void)state;
	struct us_engine *e = kit_open_with(1 << 20);
	struct us_record r = rec_create(0, "echo", 0);
	for (; us_engine_apply(e, &r, NULL) == US_OK; r.instance++)
		;
	render(e, 1);
	for (uint16_t i = 0; i < r.instance; i++)
		must(e, staged(rec_of(US_REC_DELETE, i)));
	must(e, rec_of(US_REC_COMMIT, US_NOBODY));
	for (uint16_t i = 0; i < r.instance; i++)
		create(e, i, "echo");
	render(e, 1);
	for (uint16_t i = 0; i < r.instance; i++) { /* one by one as well */
		must(e, rec_of(US_REC_DELETE, i));
		create(e, i, "echo");
	}
	us_engine_close(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_cannot_be_done_is_refused_and_changes_nothing),
	    cmocka_unit_test(instances_are_found_by_name_and_index),
	    cmocka_unit_test(cables_are_listed_in_order_of_creation),
	    cmocka_unit_test(a_staged_batch_is_heard_at_its_commit_and_not_before),
	    cmocka_unit_test(a_staged_ramp_begins_at_the_commit),
	    cmocka_unit_test(an_aborted_batch_leaves_no_trace),
	    cmocka_unit_test(a_struck_record_takes_its_batch_with_it),
	    cmocka_unit_test(a_tombstone_strikes_out_what_waits_for_its_frame),
	    cmocka_unit_test(staged_and_unstaged_edits_do_not_tread_on_each_other),
	    cmocka_unit_test(names_are_unique_before_and_after_the_commit),
	    cmocka_unit_test(a_commit_can_be_timed),
	    cmocka_unit_test(what_does_not_fit_is_refused_with_its_size),
	    cmocka_unit_test(tables_fill_up_to_their_limits),
	    cmocka_unit_test(the_order_of_a_loop_does_not_depend_on_who_fades),
	    cmocka_unit_test(a_full_patch_gives_way_to_a_full_patch),
	    cmocka_unit_test(a_graph_may_be_as_broad_as_it_likes),
	    cmocka_unit_test(a_thousand_sources_share_one_input),
	    cmocka_unit_test(a_model_skips_ahead),
	    cmocka_unit_test(a_cable_that_is_taken_away_fades_out),
	    cmocka_unit_test(taking_a_cable_away_and_back_is_not_heard),
	    cmocka_unit_test(a_deleted_instance_fades_out_while_its_index_is_free),
	    cmocka_unit_test(a_chain_that_is_deleted_at_once_fades_once),
	    cmocka_unit_test(a_whole_patch_fades_into_another),
	    cmocka_unit_test(a_fading_instance_can_still_be_bypassed),
	    cmocka_unit_test(whoever_fades_makes_room_when_it_is_needed),
	};
	return cmocka_run_group_tests_name("engine edits", tests, NULL, NULL);
}
