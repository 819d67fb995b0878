/* Replicas: the same records make the same bytes, in this process and in another; a checkpoint taken anywhere goes on
 * as if nothing had happened; damaged checkpoints are refused. */
#include "engine_kit.h"

#include <unistd.h>

/* --- random records ------------------------------------------------------------------------------------------ */

static uint64_t dice;

static uint32_t roll(uint32_t sides)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (uint32_t)(dice >> 33) % sides;
}

enum { SEATS_IN_PLAY = 28 };

static float any_value(void)
{
	static const float odd[] = {NAN, INFINITY, -INFINITY, 1e9f, -1e9f, 1e-40f, 0, 1};
	return roll(12) ? (float)roll(2001) / 1000 - 1 : odd[roll(8)];
}

static uint16_t any_instance(void)
{
	return (uint16_t)(roll(60) ? roll(SEATS_IN_PLAY) : roll(65536));
}

static struct us_record any_record(const struct us_engine *e, uint64_t seq)
{
	static const uint8_t often[] = {US_REC_CREATE, US_REC_CREATE, US_REC_CONNECT, US_REC_CONNECT,    US_REC_CONNECT,
	                                US_REC_SET,    US_REC_SET,    US_REC_SET,     US_REC_DISCONNECT, US_REC_DELETE,
	                                US_REC_NAME,   US_REC_COMMIT, US_REC_ABORT};
	struct us_record r = {.seq = seq, .instance = any_instance()};
	r.type = roll(40) ? often[roll(sizeof often)] : (uint8_t)roll(US_REC_TYPES + 2);
	r.flags = roll(3) ? 0 : US_STAGED;
	if (!roll(4))
		r.at = us_engine_block(e) * US_BLOCK + roll(400) - (roll(20) ? 0 : 100);
	switch (r.type) {
	case US_REC_GAIN:
		r.set.value = 1 + any_value();
		break;
	case US_REC_CREATE:
		strcpy(r.create.module, r.instance % 7 == 0 ? "out" : roll(30) ? kit[roll(KIT)]->name : "nothing");
		r.create.seed = roll(1000);
		r.create.voices = (uint16_t)(roll(3) ? 0 : roll(40) ? roll(28) : 1025);
		break;
	case US_REC_NAME:
		snprintf(r.name, sizeof r.name, "n%u", roll(60));
		break;
	case US_REC_CONNECT:
	case US_REC_DISCONNECT:
		r.cable.source = any_instance();
		r.instance = (uint16_t)(roll(3) ? r.instance : 7 * roll(4)); /* what nobody hears proves little */
		r.cable.output = (uint8_t)(roll(8) ? 0 : roll(4));
		r.cable.input = (uint8_t)roll(3);
		r.cable.amount = roll(3) ? any_value() : 1;
		break;
	default:
		r.set.input = (uint16_t)roll(4);
		r.set.value = any_value();
		r.set.ramp_frames = roll(3) ? 0 : roll(500);
	}
	return r;
}

/* Cables back to where they came from, so that a random disconnect hits now and then. */
static void aim_at_a_cable(const struct us_engine *e, struct us_record *r)
{
	struct us_cable_view view;
	struct us_engine_counts counts;
	us_engine_counts(e, &counts);
	if (r->type == US_REC_DISCONNECT && counts.cables && us_engine_cable(e, roll(counts.cables), &view)) {
		r->instance = view.instance;
		r->cable.source = view.source;
		r->cable.output = view.output;
		r->cable.input = view.input;
	}
}

static void amend_at_random(struct us_engine *e[], int count)
{
	struct us_amendment a = {.type = roll(2) ? US_AMEND_BYPASS : US_AMEND_RESTORE,
	                         .instance = any_instance(),
	                         .cause = roll(2) ? US_CAUSE_USER : US_CAUSE_HANG};
	for (int i = 0; i < count; i++)
		us_engine_amend(e[i], &a);
}

/* Applies to all alike, and says how many were accepted. */
static int apply_at_random(struct us_engine *e[], int count, uint64_t seq)
{
	struct us_record r = any_record(e[0], seq);
	aim_at_a_cable(e[0], &r);
	int result = us_engine_apply(e[0], &r, NULL);
	for (int i = 1; i < count; i++) {
		struct us_err err;
		if (us_engine_apply(e[i], &r, &err) != result)
			fail_msg("record %llu of type %u is accepted by one replica only", (unsigned long long)seq,
			         r.type);
	}
	return result == US_OK;
}

static uint64_t mix_in(uint64_t hash, const void *bytes, size_t count)
{
	for (const uint8_t *b = bytes; count--; b++)
		hash = (hash ^ *b) * 0x100000001b3u;
	return hash;
}

/* --- promises ----------------------------------------------------------------------------------------------- */

static void ten_thousand_random_edits_leave_replicas_equal(void **state)
{
	(void)state;
	enum { RECORDS = 10000, REPLICAS = 3 };
	struct us_engine *e[REPLICAS];
	float sound[REPLICAS][FRAMES];
	int accepted = 0, blocks = 0, loud = 0;
	dice = 0x9e3779b97f4a7c15u;
	for (int i = 0; i < REPLICAS; i++)
		e[i] = kit_open();
	for (uint64_t seq = 0; seq < RECORDS;) {
		for (uint32_t n = roll(5); n > 0; n--)
			accepted += apply_at_random(e, REPLICAS, seq++);
		if (!roll(100))
			amend_at_random(e, REPLICAS);
		if (!roll(7)) { /* the third dies and goes on from the first one's checkpoint */
			copy_engine(e[2], e[0]);
			assert_equal_arenas(e[2], e[0]);
		}
		for (int i = 0; i < REPLICAS; i++)
			us_engine_render(e[i], sound[i]);
		for (int i = 1; i < REPLICAS; i++)
			if (memcmp(sound[0], sound[i], sizeof sound[0]))
				fail_msg("replica %d differs at block %llu", i,
				         (unsigned long long)us_engine_block(e[0]));
		if (!roll(50)) {
			assert_equal_arenas(e[0], e[1]);
			assert_equal_arenas(e[0], e[2]);
		}
		for (int i = 0; i < FRAMES; i++)
			assert_true(sound[0][i] >= -1 && sound[0][i] <= 1);
		blocks++;
		loud += sound[0][0] != 0;
	}
	assert_in_range(loud, blocks / 2, blocks);             /* and there was something to compare */
	assert_in_range(accepted, RECORDS / 3, RECORDS - 500); /* both kinds were tried */
	for (int i = 0; i < REPLICAS; i++)
		us_engine_close(e[i]);
}

static void assert_equal_views(const struct us_engine *a, const struct us_engine *b)
{
	struct us_instance_view x, y;
	struct us_cable_view c, d;
	for (uint16_t i = 0; i < US_INDICES; i++) {
		bool there = us_engine_instance(a, i, &x);
		assert_int_equal(there, us_engine_instance(b, i, &y));
		if (!there)
			continue;
		assert_string_equal(x.name, y.name);
		assert_ptr_equal(x.module, y.module);
		for (uint16_t k = 0; k < 4; k++)
			assert_true(us_engine_knob(a, i, k) == us_engine_knob(b, i, k));
	}
	for (uint32_t n = 0; us_engine_cable(a, n, &c); n++) {
		assert_true(us_engine_cable(b, n, &d));
		assert_true(c.source == d.source && c.output == d.output && c.instance == d.instance &&
		            c.input == d.input && c.amount == d.amount);
	}
	assert_int_equal(us_engine_free_index(a), us_engine_free_index(b));
}

static void a_model_that_never_renders_accepts_and_shows_the_same(void **state)
{
	(void)state;
	struct us_engine *e[] = {kit_open(), kit_open()}; /* a worker and a model */
	float sound[FRAMES];
	dice = 77;
	for (uint64_t seq = 0; seq < 6000;) {
		for (uint32_t n = roll(6); n > 0; n--)
			apply_at_random(e, 2, seq++);
		us_engine_render(e[0], sound);
		us_engine_skip_to(e[1], us_engine_block(e[0]));
		if (!roll(20))
			assert_equal_views(e[0], e[1]);
	}
	us_engine_close(e[0]);
	us_engine_close(e[1]);
}

/* A run of the same records that ends in one number: over all that was heard and the last arena. */
static uint64_t fingerprint(uint64_t seed)
{
	struct us_engine *e = kit_open();
	float sound[FRAMES];
	uint64_t hash = 0xcbf29ce484222325u;
	dice = seed;
	for (uint64_t seq = 0; seq < 2000;) {
		for (uint32_t n = roll(4); n > 0; n--)
			apply_at_random(&e, 1, seq++);
		us_engine_render(e, sound);
		hash = mix_in(hash, sound, sizeof sound);
	}
	void *bytes = malloc(us_engine_save_bytes(e));
	hash = mix_in(hash, bytes, us_engine_save(e, bytes));
	free(bytes);
	us_engine_close(e);
	return hash;
}

static void another_process_makes_the_same_bytes(void **state)
{
	(void)state;
	char self[4096], command[4200], line[64];
	ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
	assert_true(length > 0);
	self[length] = 0;
	for (unsigned seed = 1; seed <= 2; seed++) {
		snprintf(command, sizeof command, "'%s' %u", self, seed);
		FILE *child = popen(command, "r");
		assert_non_null(child);
		assert_non_null(fgets(line, sizeof line, child));
		pclose(child);
		assert_true(strtoull(line, NULL, 16) == fingerprint(seed));
	}
}

/* Everything at once: ramps under way, timed records, a staged batch, a loop, voices, an amount that moves. */
static void busy_patch(struct us_engine *e)
{
	must(e, rec_create(0, "voices", 12));
	create(e, 1, "ramp");
	create(e, 2, "wire");
	create(e, 3, "echo");
	create(e, 4, "out");
	create(e, 5, "broken");
	connect(e, 0, 0, 2, 2, .001f);
	connect(e, 1, 0, 2, 0, 1);
	connect(e, 2, 0, 3, 0, .5f);
	connect(e, 3, 0, 2, 1, .3f); /* closes a loop */
	connect(e, 3, 0, 4, 0, .1f);
	connect(e, 5, 0, 4, 0, .1f);
	connect(e, 2, 0, 4, 0, .05f);
	run(e, 30);
	set(e, 5, 0, 1);
	run(e, 1);
	set(e, 5, 0, 0);
	set(e, 1, 0, 3000);
	connect(e, 2, 0, 4, 0, .9f);
	for (unsigned i = 0; i < 9; i++)
		must(e, at(rec_set(1, 0, (float)(100 * i)), us_engine_block(e) * US_BLOCK + 77 * i));
	must(e, staged(rec_create(6, "ramp", 0)));
	must(e, staged(rec_cable(US_REC_CONNECT, 6, 0, 4, 0, .2f)));
	must(e, staged(rec_set(2, 1, 0)));
	must(e, staged(rec_of(US_REC_DELETE, 5)));
	must(e, staged(rec_name(4, "loud")));
	must(e, at(rec_of(US_REC_COMMIT, US_NOBODY), us_engine_block(e) * US_BLOCK + 500));
	must(e, at(rec_of(US_REC_PANIC, US_NOBODY), us_engine_block(e) * US_BLOCK + 2000));
}

static void a_checkpoint_goes_on_with_equal_bits_from_any_block(void **state)
{
	(void)state;
	for (int blocks = 0; blocks < 45; blocks++) {
		struct us_engine *e = kit_open(), *loaded = kit_open();
		busy_patch(e);
		busy_patch(loaded); /* something else lies there before */
		run(e, blocks);
		copy_engine(loaded, e);
		assert_they_go_on_alike(e, loaded, 60);
		us_engine_close(e);
		us_engine_close(loaded);
	}
}

/* Five of whom the sum depends on the order; the first ones are deleted, in a cross-fade of so many frames. */
static struct us_engine *in_a_cross_fade(int first, int gone, uint32_t frames)
{
	struct us_engine *e = kit_open();
	create(e, 9, "wire");
	create(e, 10, "out");
	connect(e, 9, 0, 10, 0, 1);
	for (int i = first; i < first + 5; i++) {
		create(e, i, "ramp");
		set(e, i, 0, 311.7f * (float)(i + 1));
		connect(e, i, 0, 9, 0, .1f + .037f * (float)i);
	}
	run(e, 20);
	for (int i = first; i < first + gone; i++)
		must(e, staged(rec_of(US_REC_DELETE, i)));
	must(e, staged(rec_create(0, "ramp", 0)));
	must(e, staged(rec_cable(US_REC_CONNECT, 0, 0, 9, 0, .2f)));
	struct us_record commit = rec_of(US_REC_COMMIT, US_NOBODY);
	commit.set.ramp_frames = frames;
	must(e, commit);
	return e;
}

/* The plan that plays a fade was made before it. An heir that comes to another order sums in another order. */
static void a_checkpoint_within_a_cross_fade_goes_on_with_equal_bits(void **state)
{
	(void)state;
	for (int gone = 1; gone < 5; gone++) {
		for (int blocks = 0; blocks < 12; blocks++) {
			struct us_engine *e = in_a_cross_fade(3, gone, 8 * US_BLOCK), *heir = kit_open();
			run(e, blocks);
			copy_engine(heir, e);
			assert_they_go_on_alike(e, heir, 2);
			create(e, 3, "ramp"); /* the index of one who may still sound */
			connect(e, 3, 0, 9, 0, .3f);
			copy_engine(heir, e);
			assert_they_go_on_alike(e, heir, 18);
			us_engine_close(e);
			us_engine_close(heir);
		}
	}
}

/* What moves a knob within a block is over with the block, also when panic or a deletion has come after it. */
static void an_heir_of_a_block_in_which_moves_were_cancelled_has_equal_bits(void **state)
{
	(void)state;
	for (int deleted = 0; deleted < 2; deleted++) {
		struct us_engine *e = kit_open(), *heir = kit_open();
		busy_patch(e);
		run(e, 60);
		set(e, 3, 0, 0);
		run(e, 10);
		const uint64_t frame = us_engine_block(e) * US_BLOCK;
		must(e, at(rec_set(1, 0, 700), frame + 5));
		must(e, at(rec_of(deleted ? US_REC_DELETE : US_REC_PANIC, deleted ? 1 : US_NOBODY), frame + 10));
		run(e, 1);
		copy_engine(heir, e);
		assert_they_go_on_alike(e, heir, 12);
		us_engine_close(e);
		us_engine_close(heir);
	}
}

/* A model that skips has the song where those who render have it. */
static void who_skips_has_the_same_song(void **state)
{
	(void)state;
	struct us_engine *plays = kit_open(), *skips = kit_open();
	struct us_engine *both[] = {plays, skips};
	struct us_song_view song[2];
	for (int i = 0; i < 2; i++) {
		struct us_record tempo = rec_of(US_REC_TEMPO, US_NOBODY), song_record = rec_of(US_REC_SONG, US_NOBODY);
		tempo.set.value = 200;
		must(both[i], at(tempo, 10 * US_BLOCK + 5));
		song_record.set.input = US_SONG_LOCATE;
		song_record.set.value = 16;
		must(both[i], at(song_record, 20 * US_BLOCK + 5));
		tempo.set.value = 77;
		must(both[i], at(tempo, 20 * US_BLOCK + 9));
	}
	run(plays, 40);
	us_engine_skip_to(skips, 40);
	for (int i = 0; i < 2; i++)
		us_engine_song(both[i], &song[i]);
	assert_true(song[0].beat > 16);
	assert_memory_equal(&song[0].beat, &song[1].beat, sizeof song[0].beat);
	us_engine_close(plays);
	us_engine_close(skips);
}

static void a_small_patch_makes_a_small_checkpoint(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	for (int i = 0; i < 4; i++)
		create(e, i, i < 3 ? "wire" : "out");
	for (int i = 0; i < 3; i++)
		connect(e, i, 0, i + 1, 0, 1);
	assert_in_range(us_engine_save_bytes(e), 500, 4096);
	assert_in_range(us_engine_save_max(e), us_arena_bytes(48000) / 2, us_arena_bytes(48000));
	us_engine_close(e);
}

static void prefaulting_changes_no_byte(void **state)
{
	(void)state;
	struct us_engine *e = kit_open(), *touched = kit_open();
	busy_patch(e);
	busy_patch(touched);
	us_engine_prefault(touched);
	assert_equal_arenas(e, touched);
	us_engine_close(e);
	us_engine_close(touched);
}

static void other_libraries_rates_and_sizes_have_another_layout(void **state)
{
	(void)state;
	struct us_library *fewer;
	struct us_err err;
	assert_int_equal(us_library_of(&fewer, kit, KIT - 1, &err), US_OK);
	const struct us_engine_config configs[] = {
	    {.rate = 48000}, {.rate = 44100}, {.rate = 48000, .arena_bytes = 16 << 20}, {.rate = 48000}};
	struct us_engine *e[4];
	for (int i = 0; i < 4; i++)
		assert_int_equal(us_engine_open(&e[i], &configs[i], i < 3 ? kit_library() : fewer, &err), US_OK);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++) {
			uint8_t bytes[4096];
			assert_true(us_engine_layout_id(e[i]) != us_engine_layout_id(e[j]));
			assert_int_equal(us_engine_load(e[i], bytes, us_engine_save(e[j], bytes), &err), US_FAILED);
			assert_non_null(strstr(err.text, "other modules"));
		}
	struct us_engine *same = kit_open();
	assert_true(us_engine_layout_id(same) == us_engine_layout_id(e[0]));
	us_engine_close(same);
	for (int i = 0; i < 4; i++)
		us_engine_close(e[i]);
	us_library_close(fewer);
}

/* Any byte may be wrong. Either the load says so, and the engine is empty, or the wrong byte was sound or a number
 * that may well be: then it plays on. It never crashes, which the sanitizers watch; nor when it is taken as it is. */
static void a_damaged_checkpoint_is_refused_or_harmless(void **state)
{
	(void)state;
	struct us_engine *e = kit_open(), *victim = kit_open();
	struct us_err err;
	float sound[FRAMES];
	busy_patch(e);
	size_t bytes = us_engine_save_bytes(e), refused = 0, tables = 4 << 10;
	uint8_t *good = malloc(bytes), *bad = malloc(bytes);
	us_engine_save(e, good);
	dice = 42;
	for (int i = 0; i < 6000; i++) {
		memcpy(bad, good, bytes);
		for (uint32_t n = 1 + roll(3); n > 0; n--)
			bad[roll(4) ? roll((uint32_t)tables) : roll((uint32_t)bytes)] ^= (uint8_t)(1 << roll(8));
		if (us_engine_load(victim, bad, bytes, &err)) {
			refused++;
			assert_int_equal(us_engine_block(victim), 0);
			assert_int_equal(us_engine_find(victim, "4"), US_NOBODY);
		}
		for (int k = 0; k < 2; k++)
			us_engine_render(victim, sound);
		if (us_engine_load_as_it_is(victim, bad, bytes, &err))
			assert_int_equal(us_engine_block(victim), 0);
		for (int k = 0; k < 2; k++)
			us_engine_render(victim, sound);
	}
	assert_in_range(refused, 1000, 6000);
	for (size_t cut = 0; cut < bytes; cut += cut < 20000 ? 61 : 9973) {
		memcpy(bad, good, bytes);
		assert_int_equal(us_engine_load(victim, bad, cut, &err), US_FAILED);
	}
	assert_int_equal(us_engine_load(victim, good, bytes, &err), US_OK);
	assert_equal_arenas(victim, e);
	free(good);
	free(bad);
	us_engine_close(e);
	us_engine_close(victim);
}

/* A module has written into the heap's map. What counts as used and is not is lost: whoever must, takes such a state as
 * it is, and is the same as who lives on it. What is in use and counts as free is refused by both. */
static void a_state_with_lost_memory_is_taken_only_as_it_is(void **state)
{
	(void)state;
	enum { MAP = 4, WORDS = 1024 };
	struct us_engine *e = kit_open(), *heir = kit_open();
	struct us_piece piece[US_PIECES];
	struct us_err err;
	busy_patch(e);
	us_engine_portion(e, 0, piece); /* which begins where the map does */
	uint64_t *last = (uint64_t *)(uintptr_t)piece[MAP].bytes + WORDS;
	while (!*last)
		last--;
	const uint64_t was = *last, lost = was & -was, beyond = 1ull << 63;
	assert_false(was & beyond); /* of the patch that is used here */
	*last = was | beyond;
	uint8_t *bytes = malloc(us_engine_save_bytes(e));
	size_t size = us_engine_save(e, bytes);
	assert_int_equal(us_engine_load(heir, bytes, size, &err), US_FAILED);
	assert_non_null(strstr(err.text, "heap"));
	assert_int_equal(us_engine_load_as_it_is(heir, bytes, size, &err), US_OK);
	assert_equal_arenas(heir, e);
	*last = was & ~lost;
	size = us_engine_save(e, bytes);
	assert_int_equal(us_engine_load(heir, bytes, size, &err), US_FAILED);
	assert_int_equal(us_engine_load_as_it_is(heir, bytes, size, &err), US_FAILED);
	free(bytes);
	us_engine_close(e);
	us_engine_close(heir);
}

/* Nobody compares memory that is not in use yet. So a bit may have flipped there, long before the one that is noticed,
 * and the checkpoint that shall tell who is right must load all the same. */
static void a_bit_that_flips_in_unused_memory_is_in_no_checkpoints_way(void **state)
{
	(void)state;
	enum { MAP = 4, FAR = 4096 };
	struct us_engine *e = kit_open(), *flipped = kit_open();
	struct us_piece piece[US_PIECES];
	struct us_err err = {""};
	busy_patch(e);
	busy_patch(flipped);
	uint8_t *bytes = malloc(us_engine_save_bytes(e));
	size_t size = us_engine_save(e, bytes);
	us_engine_portion(flipped, 0, piece); /* which begins where the map of the heap does */
	((uint8_t *)(uintptr_t)piece[MAP].bytes)[FAR] ^= 2;
	if (us_engine_load(flipped, bytes, size, &err))
		fail_msg("%s", err.text);
	assert_equal_arenas(flipped, e);
	free(bytes);
	us_engine_close(e);
	us_engine_close(flipped);
}

static bool is_bypassed(const struct us_engine *e, uint16_t instance)
{
	struct us_instance_view view;
	return us_engine_instance(e, instance, &view) && view.bypassed;
}

static void a_module_that_writes_past_its_state_is_left_out_at_once(void **state)
{
	(void)state;
	struct us_engine *e = kit_open();
	float sound[FRAMES];
	uint16_t who = US_NOBODY;
	create(e, 0, "wire");
	create(e, 1, "broken");
	create(e, 2, "wire");
	us_engine_render(e, sound);
	assert_false(is_bypassed(e, 1));
	set(e, 1, 0, 4);
	us_engine_render(e, sound);
	assert_true(is_bypassed(e, 1));
	assert_false(is_bypassed(e, 0) || is_bypassed(e, 2));
	assert_true(us_engine_guards_ok(e, &who)); /* mended, and the neighbours were out of reach */
	set(e, 1, 0, 0);
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_RESTORE, .instance = 1});
	us_engine_render(e, sound);
	assert_false(is_bypassed(e, 1));
	us_engine_close(e);
}

static void the_crumb_says_who_is_at_work(void **state)
{
	(void)state;
	static _Atomic uint64_t crumb;
	struct us_engine *e;
	float sound[FRAMES];
	assert_int_equal(
	    us_engine_open(&e, &(struct us_engine_config){.rate = RATE, .crumb = &crumb}, kit_library(), NULL), 0);
	create(e, 3, "wire");
	assert_int_equal(us_crumb_phase(crumb), US_PHASE_APPLY);
	assert_int_equal(us_crumb_instance(crumb), 3);
	us_engine_amend(e, &(struct us_amendment){.type = US_AMEND_RESTORE, .instance = 3});
	assert_int_equal(us_crumb_phase(crumb), US_PHASE_DUE); /* no record's fault */
	us_engine_render(e, sound);
	assert_int_equal(us_crumb_phase(crumb), US_PHASE_IDLE);
	assert_int_equal(us_crumb_block(crumb), 1);
	us_engine_close(e);
}

int main(int argc, char **argv)
{
	if (argc > 1) { /* the other process */
		printf("%llx\n", (unsigned long long)fingerprint(strtoull(argv[1], NULL, 10)));
		return 0;
	}
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ten_thousand_random_edits_leave_replicas_equal),
	    cmocka_unit_test(a_model_that_never_renders_accepts_and_shows_the_same),
	    cmocka_unit_test(another_process_makes_the_same_bytes),
	    cmocka_unit_test(a_checkpoint_goes_on_with_equal_bits_from_any_block),
	    cmocka_unit_test(a_checkpoint_within_a_cross_fade_goes_on_with_equal_bits),
	    cmocka_unit_test(an_heir_of_a_block_in_which_moves_were_cancelled_has_equal_bits),
	    cmocka_unit_test(who_skips_has_the_same_song),
	    cmocka_unit_test(a_small_patch_makes_a_small_checkpoint),
	    cmocka_unit_test(prefaulting_changes_no_byte),
	    cmocka_unit_test(other_libraries_rates_and_sizes_have_another_layout),
	    cmocka_unit_test(a_damaged_checkpoint_is_refused_or_harmless),
	    cmocka_unit_test(a_state_with_lost_memory_is_taken_only_as_it_is),
	    cmocka_unit_test(a_bit_that_flips_in_unused_memory_is_in_no_checkpoints_way),
	    cmocka_unit_test(a_module_that_writes_past_its_state_is_left_out_at_once),
	    cmocka_unit_test(the_crumb_says_who_is_at_work),
	};
	return cmocka_run_group_tests_name("engine replicas", tests, NULL, NULL);
}
