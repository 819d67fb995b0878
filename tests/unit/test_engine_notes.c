/* test_engine_notes.c — promises about notes: which voice plays which, and when. The modules are keys itself and a
 * probe that looks at its voices. */
#include "engine_kit.h"

enum { KEYS, PROBE };
enum { PITCH, GATE, VELOCITY, PAN, SEEN };
enum { VOICES_MOST = 1024 };

/* What the probe has seen in the last block, by voice. */
static float seen[VOICES_MOST][SEEN][US_BLOCK];
static float loud[VOICES_MOST];

static void probe_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	for (uint32_t l = 0; l < US_LANES; l++)
		for (int i = 0; i < US_BLOCK; i++) {
			const uint32_t v = b->group * US_LANES + l;
			for (int k = 0; k < SEEN; k++)
				seen[v][k][i] = in[k][i][l];
			out[0][i][l] = loud[v];
		}
}
static const struct us_module probe_module = {.abi = US_ABI,
                                              .version = 1,
                                              .name = "probe",
                                              .doc = "looks",
                                              .process = probe_process,
                                              .inputs = {{"pitch", US_OCTAVE, 0, -20, 20, US_LIN, "", NULL},
                                                         {"gate", US_RATIO, 0, 0, 1, US_LIN, "", NULL},
                                                         {"velocity", US_RATIO, 0, 0, 1, US_LIN, "", NULL},
                                                         {"pan", US_RATIO, 0, -1, 1, US_LIN, "", NULL}},
                                              .outputs = {{"level", ""}}};

static const struct us_module *keys_module(void)
{
	static struct us_library *all;
	const char *directory = getenv("UNDERSTUDY_MODULES");
	struct us_err err;
	if (!directory)
		fail_msg("UNDERSTUDY_MODULES must name the directory of the modules");
	if (!all && us_library_open(&all, directory, &err))
		fail_msg("%s", err.text);
	return us_library_find(all, "keys");
}

static int input(const char *name)
{
	const struct us_module *m = keys_module();
	for (int k = 0; m->inputs[k].name; k++)
		if (!strcmp(m->inputs[k].name, name))
			return k;
	fail_msg("keys has no %s", name);
	return -1;
}

static struct us_engine *open_keys(void)
{
	static struct us_library *library;
	struct us_engine *e;
	struct us_err err;
	const struct us_module *const modules[] = {keys_module(), &probe_module, &wire_module, &out_module};
	if (!library && us_library_of(&library, modules, sizeof modules / sizeof modules[0], &err))
		fail_msg("%s", err.text);
	if (us_engine_open(&e, &(struct us_engine_config){.rate = RATE}, library, &err))
		fail_msg("%s", err.text);
	return e;
}

static struct us_engine *open_voices(uint16_t voices)
{
	struct us_engine *e = open_keys();
	memset(loud, 0, sizeof loud);
	must(e, rec_create(KEYS, "keys", voices));
	create(e, PROBE, "probe");
	for (int k = 0; k < SEEN; k++)
		connect(e, KEYS, k, PROBE, k, 1);
	connect(e, PROBE, 0, KEYS, input("level"), 1);
	return e;
}

static struct us_record rec_note(float key, float velocity, uint32_t id)
{
	struct us_record r = {.type = US_REC_NOTE, .instance = KEYS};
	r.note.key = key;
	r.note.velocity = velocity;
	r.note.id = id;
	return r;
}
static void on(struct us_engine *e, float key)
{
	must(e, rec_note(key, 0.5f, 0));
}
static void off(struct us_engine *e, float key)
{
	must(e, rec_note(key, 0, 0));
}
static void turn(struct us_engine *e, const char *name, float value)
{
	set(e, KEYS, input(name), value);
}
static float key_of(uint32_t v, int frame)
{
	return seen[v][PITCH][frame] * 12 + 60;
}
static bool gate(uint32_t v)
{
	return seen[v][GATE][US_BLOCK - 1] > 0.5f;
}
/* Voices that sound this key at the end of the last block. */
static uint32_t playing(float key, uint32_t voices)
{
	uint32_t count = 0;
	for (uint32_t v = 0; v < voices; v++)
		count += gate(v) && fabsf(key_of(v, US_BLOCK - 1) - key) < 1e-3f;
	return count;
}
static uint32_t sounding(uint32_t voices)
{
	uint32_t count = 0;
	for (uint32_t v = 0; v < voices; v++)
		count += gate(v);
	return count;
}

/* --- poly ---------------------------------------------------------------------------------------------------- */

static void a_chord_sounds_each_key_once_with_its_velocity(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(16);
	must(e, rec_note(60, 0.25f, 0));
	must(e, rec_note(64, 0.5f, 0));
	must(e, rec_note(67.5f, 1, 0));
	run(e, 1);
	assert_int_equal(sounding(16), 3);
	assert_true(playing(60, 16) == 1 && playing(64, 16) == 1 && playing(67.5f, 16) == 1);
	for (uint32_t v = 0; v < 16; v++)
		if (gate(v) && fabsf(key_of(v, 0) - 60) < 1e-3f)
			assert_true(seen[v][VELOCITY][0] == 0.25f);
	off(e, 64);
	run(e, 1);
	assert_true(sounding(16) == 2 && playing(64, 16) == 0);
	us_engine_close(e);
}

static void the_oldest_note_is_stolen_first(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(4);
	for (int k = 60; k < 64; k++)
		on(e, (float)k);
	run(e, 1);
	on(e, 64);
	run(e, 1);
	assert_true(playing(60, 4) == 0 && playing(61, 4) == 1 && playing(64, 4) == 1);
	on(e, 65);
	run(e, 1);
	assert_true(playing(61, 4) == 0 && playing(62, 4) == 1 && playing(65, 4) == 1);
	us_engine_close(e);
}

static void a_voice_that_is_free_is_taken_before_any_is_stolen(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(4);
	for (int k = 60; k < 64; k++)
		on(e, (float)k);
	off(e, 63);
	on(e, 64);
	run(e, 1);
	assert_true(sounding(4) == 4 && playing(60, 4) == 1 && playing(64, 4) == 1);
	us_engine_close(e);
}

static void the_quietest_voice_is_stolen_when_that_is_asked_for(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(4);
	turn(e, "steal", US_STEAL_QUIETEST);
	for (int k = 60; k < 64; k++)
		on(e, (float)k);
	run(e, 1);
	uint32_t quiet = 0;
	for (uint32_t v = 0; v < 4; v++) {
		loud[v] = 0.5f;
		if (fabsf(key_of(v, 0) - 62) < 1e-3f)
			quiet = v;
	}
	loud[quiet] = 0.1f;
	run(e, 3);
	on(e, 70);
	on(e, 71); /* who was just struck is not the quietest, although its envelope has not begun */
	run(e, 1);
	assert_true(playing(62, 4) == 0 && playing(70, 4) == 1 && playing(71, 4) == 1 && playing(60, 4) == 0);
	us_engine_close(e);
}

static void without_stealing_a_note_too_many_is_not_played(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(2);
	turn(e, "steal", US_STEAL_NONE);
	on(e, 60);
	on(e, 61);
	on(e, 62);
	run(e, 1);
	assert_true(playing(60, 2) == 1 && playing(61, 2) == 1 && playing(62, 2) == 0);
	off(e, 62); /* and its end ends nothing */
	run(e, 1);
	assert_int_equal(sounding(2), 2);
	on(e, 60); /* a key that sounds can be struck again */
	run(e, 1);
	assert_true(playing(60, 2) == 1 && playing(61, 2) == 1);
	us_engine_close(e);
}

static void an_end_with_a_number_ends_only_its_own_note(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(4);
	must(e, rec_note(60, 1, 7));
	must(e, rec_note(60, 1, 8)); /* struck anew: the end of the first must not cut it */
	must(e, rec_note(64, 1, 9));
	must(e, rec_note(60, 0, 7));
	run(e, 1);
	assert_true(playing(60, 4) == 1 && playing(64, 4) == 1);
	must(e, rec_note(60, 0, 8));
	run(e, 1);
	assert_true(playing(60, 4) == 0 && playing(64, 4) == 1);
	off(e, 64); /* without a number the key counts */
	run(e, 1);
	assert_int_equal(sounding(4), 0);
	us_engine_close(e);
}

/* --- unison ------------------------------------------------------------------------------------------------------ */

static void unison_plays_a_note_on_so_many_voices_and_frees_them_together(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(8);
	turn(e, "unison", 4);
	turn(e, "detune", 20);
	on(e, 60);
	on(e, 72);
	run(e, 1);
	assert_int_equal(sounding(8), 8);
	float low = 1000, high = 0, left = 0, right = 0;
	for (uint32_t v = 0; v < 8; v++)
		if (key_of(v, 0) < 66) {
			low = fminf(low, key_of(v, 0));
			high = fmaxf(high, key_of(v, 0));
			left = fminf(left, seen[v][PAN][0]);
			right = fmaxf(right, seen[v][PAN][0]);
		}
	assert_true(fabsf(low - 59.9f) < 1e-3f && fabsf(high - 60.1f) < 1e-3f);
	assert_true(left == -1 && right == 1);
	off(e, 60);
	run(e, 1);
	assert_int_equal(sounding(8), 4);
	on(e, 48);
	on(e, 36); /* robs the note on 72 of all its voices */
	run(e, 1);
	turn(e, "detune", 0);
	run(e, 10);
	assert_true(playing(48, 8) == 4 && playing(36, 8) == 4 && playing(72, 8) == 0);
	us_engine_close(e);
}

static void a_note_that_loses_one_voice_ends_as_a_whole(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(4);
	turn(e, "detune", 0);
	turn(e, "unison", 4);
	on(e, 60);
	turn(e, "unison", 1);
	on(e, 72);
	run(e, 1);
	assert_true(playing(72, 4) == 1 && sounding(4) == 1);
	turn(e, "unison", 16); /* of more voices than there are: all */
	on(e, 50);
	run(e, 1);
	assert_int_equal(playing(50, 4), 4);
	us_engine_close(e);
}

/* --- mono and legato ---------------------------------------------------------------------------------------------- */

static void mono_plays_the_last_held_key_and_goes_back_to_the_one_before(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(4);
	turn(e, "mode", US_NOTES_MONO);
	for (int k = 60; k < 64; k++)
		on(e, (float)k);
	run(e, 1);
	assert_true(playing(63, 4) == 1 && sounding(4) == 1);
	off(e, 61); /* not the one that sounds */
	run(e, 1);
	assert_int_equal(playing(63, 4), 1);
	off(e, 63);
	run(e, 1);
	assert_int_equal(playing(62, 4), 1);
	off(e, 62);
	run(e, 1);
	assert_int_equal(playing(60, 4), 1);
	off(e, 60);
	run(e, 1);
	assert_int_equal(sounding(4), 0);
	us_engine_close(e);
}

static uint32_t frames_closed(uint32_t v)
{
	uint32_t count = 0;
	for (int i = 0; i < US_BLOCK; i++)
		count += seen[v][GATE][i] < 0.5f;
	return count;
}

static void legato_moves_on_without_a_stroke_and_mono_closes_the_gate_for_a_frame(void **state)
{
	(void)state;
	static const uint32_t closed[] = {[US_NOTES_MONO] = 1, [US_NOTES_LEGATO] = 0};
	for (int mode = US_NOTES_MONO; mode <= US_NOTES_LEGATO; mode++) {
		struct us_engine *e = open_voices(1);
		turn(e, "mode", (float)mode);
		on(e, 60);
		run(e, 2);
		must(e, at(rec_note(67, 1, 0), us_engine_block(e) * US_BLOCK + 20));
		run(e, 1);
		assert_int_equal(frames_closed(0), closed[mode]);
		assert_true(mode == US_NOTES_LEGATO || seen[0][GATE][20] == 0);
		assert_true(fabsf(key_of(0, 19) - 60) < 1e-3f && fabsf(key_of(0, 20) - 67) < 1e-3f);
		assert_true(seen[0][VELOCITY][63] == (mode == US_NOTES_LEGATO ? 0.5f : 1));
		off(e, 67);
		run(e, 1);
		assert_int_equal(frames_closed(0), closed[mode]);
		off(e, 60);
		on(e, 60); /* in the same frame: a stroke in either mode */
		run(e, 1);
		assert_int_equal(frames_closed(0), 1);
		us_engine_close(e);
	}
}

/* --- time ------------------------------------------------------------------------------------------------------- */

static void a_note_begins_and_ends_at_any_frame(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(1);
	for (uint32_t from = 0; from < 2 * US_BLOCK; from += 7) {
		const uint32_t until = from + 1 + from % 5;
		const uint64_t start = us_engine_block(e) * US_BLOCK;
		must(e, at(rec_note(0, 0, 0), start + until));
		must(e, at(rec_note(0, 1, 0), start + from));
		for (uint32_t block = 0; block < 3; block++) {
			run(e, 1);
			for (uint32_t i = 0; i < US_BLOCK; i++) {
				const uint32_t frame = block * US_BLOCK + i;
				assert_true(seen[0][GATE][i] == (frame >= from && frame < until));
			}
		}
	}
	us_engine_close(e);
}

static void a_voice_struck_in_the_last_frame_of_a_block_closes_just_for_it(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(1);
	on(e, 60);
	run(e, 1);
	must(e, at(rec_note(60, 1, 0), us_engine_block(e) * US_BLOCK + US_BLOCK - 1));
	run(e, 1);
	assert_true(frames_closed(0) == 1 && seen[0][GATE][US_BLOCK - 1] == 0);
	run(e, 1);
	assert_int_equal(frames_closed(0), 0);
	us_engine_close(e);
}

static void more_strokes_than_a_block_can_tell_end_as_the_last_one_says(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(1);
	for (uint32_t i = 0; i < 40; i++)
		must(e, at(rec_note((float)(40 + i), i % 2 ? 0 : 1, 0), US_BLOCK + i));
	must(e, at(rec_note(90, 1, 0), US_BLOCK + 50));
	run(e, 2);
	assert_int_equal(playing(90, 1), 1);
	must(e, rec_note(91, 1, 0));
	for (int i = 0; i < 9; i++)
		on(e, (float)(92 + i));
	off(e, 100);
	run(e, 1);
	assert_int_equal(sounding(1), 0);
	us_engine_close(e);
}

static void a_tie_to_a_stroke_that_found_no_place_is_a_stroke(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(1);
	turn(e, "mode", US_NOTES_LEGATO);
	on(e, 60);
	off(e, 60);
	on(e, 61);
	off(e, 61);
	must(e, at(rec_note(62, 0.875f, 0), 10)); /* a fifth change */
	must(e, at(rec_note(63, 0.125f, 0), 20));
	run(e, 1);
	assert_true(playing(63, 1) == 1 && seen[0][VELOCITY][US_BLOCK - 1] == 0.875f);
	us_engine_close(e);
}

static void a_glide_arrives_exactly_when_it_should(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(1);
	turn(e, "glide", 10); /* 480 frames */
	turn(e, "mode", US_NOTES_LEGATO);
	run(e, 8); /* the knob has arrived */
	on(e, 60);
	run(e, 1);
	const float start = seen[0][PITCH][0], end = (72 - 60) / 12.0f;
	assert_true(fabsf(start - 0) < 1e-6f); /* the first note has nothing to glide from */
	const uint64_t from = us_engine_block(e) * US_BLOCK + 5;
	must(e, at(rec_note(72, 1, 0), from));
	float before = start;
	for (int block = 0; block < 10; block++) {
		const uint64_t first = us_engine_block(e) * US_BLOCK;
		run(e, 1);
		for (uint32_t i = 0; i < US_BLOCK; i++) {
			const float pitch = seen[0][PITCH][i];
			if (first + i > from && first + i < from + 480)
				assert_true(pitch > before && pitch < end);
			if (first + i >= from + 480)
				assert_true(pitch == end);
			before = pitch;
		}
	}
	us_engine_close(e);
}

/* --- the whole -------------------------------------------------------------------------------------------------- */

static uint32_t dice_state = 1;
static uint32_t dice(uint32_t sides)
{
	dice_state = dice_state * 1664525 + 1013904223;
	return (dice_state >> 8) % sides;
}

static void a_copy_made_in_the_middle_of_a_chord_goes_on_with_equal_bits(void **state)
{
	(void)state;
	struct us_engine *a = open_voices(100), *b = open_keys();
	turn(a, "unison", 3);
	turn(a, "glide", 20);
	for (int k = 40; k < 80; k++)
		must(a, at(rec_note((float)k, 0.7f, (uint32_t)k), (uint64_t)(k - 40) * 37));
	run(a, 10);
	on(a, 30); /* told, and not yet rendered */
	copy_engine(b, a);
	float x[FRAMES], y[FRAMES];
	for (int i = 0; i < 50; i++) {
		const struct us_record r = rec_note((float)(30 + dice(60)), dice(2) ? 0.5f : 0, 0);
		must(a, r);
		must(b, r);
		us_engine_render(a, x);
		us_engine_render(b, y);
		assert_memory_equal(x, y, sizeof x);
		assert_equal_arenas(a, b);
	}
	us_engine_close(a);
	us_engine_close(b);
}

/* Where every module has a wide form the states hold twice as many voices; the probe has none, and narrows the rest. */
static void the_wide_form_plays_the_same_bits(void **state)
{
	(void)state;
	struct us_engine *wide = open_keys(), *narrow = open_keys();
	for (int n = 0; n < 2; n++) {
		struct us_engine *e = n ? narrow : wide;
		must(e, rec_create(KEYS, "keys", 37));
		create(e, 9, "out");
		connect(e, KEYS, PITCH, 9, 0, 0.003f);
		connect(e, KEYS, GATE, 9, 0, 0.003f);
		if (n) {
			create(e, PROBE, "probe");
			connect(e, KEYS, PAN, PROBE, PAN, 1);
		}
		turn(e, "unison", 3);
		turn(e, "glide", 20);
	}
	float x[FRAMES], y[FRAMES], loudest = 0;
	for (int i = 0; i < 200; i++) {
		const struct us_record r = at(rec_note((float)(30 + dice(60)), dice(2) ? 0.5f : 0, 0),
		                              us_engine_block(wide) * US_BLOCK + dice(100));
		must(wide, r);
		must(narrow, r);
		us_engine_render(wide, x);
		us_engine_render(narrow, y);
		assert_memory_equal(x, y, sizeof x);
		for (int k = 0; k < FRAMES; k++)
			loudest = fmaxf(loudest, fabsf(x[k]));
	}
	assert_true(loudest > 0.05f);
	us_engine_close(wide);
	us_engine_close(narrow);
}

static void a_checkpoint_with_damaged_books_is_refused(void **state)
{
	(void)state;
	struct us_engine *a = open_voices(1), *b = open_keys();
	struct us_err err;
	must(a, rec_note(61.25f, 0.375f, 0xabcdef01));
	const size_t bytes = us_engine_save_bytes(a);
	uint8_t *copy = malloc(bytes);
	us_engine_save(a, copy);
	struct us_note_port *port = NULL; /* found by the change that waits in its lane */
	for (size_t at = 0; at + sizeof *port <= bytes && !port; at += US_STATE_ALIGN) {
		struct us_note_port *p = (struct us_note_port *)(copy + at);
		if (p->lane[0].change[0].key == 61.25f && p->lane[0].change[0].velocity == 0.375f)
			port = p;
	}
	assert_non_null(port);
	const struct us_note_port good = *port;
	for (int damage = 0; damage < 6; damage++) {
		*port = good;
		if (damage == 0)
			port->lane[0].changes = US_NOTE_CHANGES + 1;
		if (damage == 1)
			port->lane[0].change[0].frame = US_BLOCK;
		if (damage == 2)
			port->lane[0].change[0].key = NAN;
		if (damage == 3)
			port->held_count = US_NOTE_HELD + 1;
		if (damage == 4)
			port->lane[0].on = 2;
		if (damage == 5)
			port->lane[0].level = INFINITY;
		assert_int_equal(us_engine_load(b, copy, bytes, &err), US_FAILED);
	}
	*port = good;
	assert_int_equal(us_engine_load(b, copy, bytes, &err), US_OK);
	free(copy);
	us_engine_close(a);
	us_engine_close(b);
}

static void no_key_ever_has_two_voices_and_no_gate_hangs_when_all_keys_are_up(void **state)
{
	(void)state;
	static const uint16_t voices[] = {1, 5, 16, VOICES_MOST};
	for (size_t n = 0; n < sizeof voices / sizeof voices[0]; n++) {
		struct us_engine *e = open_voices(voices[n]);
		bool down[128] = {false};
		for (int i = 0; i < 1000; i++) {
			const uint32_t key = 20 + dice(40);
			turn(e, "steal", (float)dice(3));
			if (dice(50) == 0)
				turn(e, "mode", (float)dice(3));
			down[key] = dice(2);
			must(e, at(rec_note((float)key, down[key] ? 0.5f : 0, 0),
			           us_engine_block(e) * US_BLOCK + dice(US_BLOCK)));
			if (dice(3))
				continue;
			run(e, 1);
			for (uint32_t k = 20; k < 60; k++)
				assert_true(playing((float)k, voices[n]) <= 1);
		}
		run(e, 1);
		for (uint32_t k = 20; k < 60; k++)
			off(e, (float)k);
		run(e, 1);
		assert_int_equal(sounding(voices[n]), 0);
		us_engine_close(e);
	}
}

static void panic_ends_every_note(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(16);
	turn(e, "mode", US_NOTES_MONO);
	on(e, 60);
	on(e, 62);
	turn(e, "mode", US_NOTES_POLY);
	on(e, 64);
	run(e, 1);
	must(e, rec_of(US_REC_PANIC, US_NOBODY));
	run(e, 1);
	assert_int_equal(sounding(16), 0);
	run(e, 20);
	turn(e, "mode", US_NOTES_MONO);
	on(e, 70);
	off(e, 70); /* the keys that were held are forgotten */
	run(e, 1);
	assert_int_equal(sounding(16), 0);
	us_engine_close(e);
}

static void what_cannot_be_played_is_refused_in_words(void **state)
{
	(void)state;
	struct us_engine *e = open_voices(4);
	must_not(e, rec_note(NAN, 1, 0), "from 0 to 127");
	must_not(e, rec_note(-1, 1, 0), "from 0 to 127");
	must_not(e, rec_note(127.5f, 1, 0), "from 0 to 127");
	must_not(e, rec_note(60, NAN, 0), "velocity");
	must_not(e, rec_note(60, 1.5f, 0), "velocity");
	must_not(e, at(rec_note(128, 1, 0), 1000), "from 0 to 127");
	struct us_record r = rec_note(60, 1, 0);
	r.instance = PROBE;
	must_not(e, r, "plays no notes");
	r.instance = 77;
	must_not(e, r, "no instance 77");
	must_not(e, rec_create(9, "keys", VOICES_MOST + 1), "1024");
	us_engine_close(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_chord_sounds_each_key_once_with_its_velocity),
	    cmocka_unit_test(the_oldest_note_is_stolen_first),
	    cmocka_unit_test(a_voice_that_is_free_is_taken_before_any_is_stolen),
	    cmocka_unit_test(the_quietest_voice_is_stolen_when_that_is_asked_for),
	    cmocka_unit_test(without_stealing_a_note_too_many_is_not_played),
	    cmocka_unit_test(an_end_with_a_number_ends_only_its_own_note),
	    cmocka_unit_test(unison_plays_a_note_on_so_many_voices_and_frees_them_together),
	    cmocka_unit_test(a_note_that_loses_one_voice_ends_as_a_whole),
	    cmocka_unit_test(mono_plays_the_last_held_key_and_goes_back_to_the_one_before),
	    cmocka_unit_test(legato_moves_on_without_a_stroke_and_mono_closes_the_gate_for_a_frame),
	    cmocka_unit_test(a_note_begins_and_ends_at_any_frame),
	    cmocka_unit_test(a_voice_struck_in_the_last_frame_of_a_block_closes_just_for_it),
	    cmocka_unit_test(more_strokes_than_a_block_can_tell_end_as_the_last_one_says),
	    cmocka_unit_test(a_tie_to_a_stroke_that_found_no_place_is_a_stroke),
	    cmocka_unit_test(a_glide_arrives_exactly_when_it_should),
	    cmocka_unit_test(a_copy_made_in_the_middle_of_a_chord_goes_on_with_equal_bits),
	    cmocka_unit_test(the_wide_form_plays_the_same_bits),
	    cmocka_unit_test(a_checkpoint_with_damaged_books_is_refused),
	    cmocka_unit_test(no_key_ever_has_two_voices_and_no_gate_hangs_when_all_keys_are_up),
	    cmocka_unit_test(panic_ends_every_note),
	    cmocka_unit_test(what_cannot_be_played_is_refused_in_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
