/* test_song_key.c — promises of the song's key: what patterns and quantize use that say no other changes at its frame,
 * and at no other; of several changes that wait the last said counts; it is undone, saved, kept in scenes; a checkpoint
 * has it. */
#include "spoken_rig.h"

#include "engine/arena.h"
#include "lang/script.h"
#include <understudy/limiter.h>
#include <understudy/pitch.h>

/* c chromatic: degree 2 is 2 semitones, and d# stays. d dorian: degree 2 is f, and d# moves to a neighbour. */
static const char patch[] =
    "understudy 2\ntempo 119\nout = out\np = pattern play=\"2\" cycle=0.5\nc = constant a=0.25\n"
    "q = quantize\nc.a -> q\np.pitch -> out.left *0.5\nq -> out.right *0.5\n";

static int hear(void *context, const struct us_command *command, struct us_err *err)
{
	struct rig *r = context;
	r->answers = 0;
	take(r, command, err);
	forget_unheard(r);
	return r->answers ? us_fail(err, "%.200s", r->answer[0]) : US_OK;
}

static int compile(struct rig *r, const char *text, bool whole, struct us_err *err)
{
	return compile_text(text, whole ? "p.us" : NULL, whole, hear, r, err);
}

static void tell(struct rig *r, const char *text)
{
	struct us_err err = {""};
	if (compile(r, text, false, &err))
		fail_msg("%s: %s", text, err.text);
}

static void load(struct rig *r, const char *text)
{
	struct us_err err = {""};
	say(r, "/patch/begin", "");
	say(r, "/patch/clear", "");
	if (compile(r, text, true, &err))
		fail_msg("%s: %s", text, err.text);
	say(r, "/patch/commit", "");
	forget_unheard(r);
	expect_silence(r);
}

static void asked(struct rig *r, const char *wanted)
{
	r->answers = 0;
	say(r, "/key", "");
	expect_answer(r, wanted, "");
	assert_int_equal(r->answers, 1);
	if (strlen(r->answer[0]) != strlen(wanted) && wanted[strlen(wanted) - 1] != ' ')
		fail_msg("'%s', not '%s'", r->answer[0], wanted);
	r->answers = 0;
}

static int with_patch(void **state)
{
	struct rig *r = *state = open_rig_at(false, 0);
	load(r, patch);
	forget(r);
	go_to(r, 200);
	return 0;
}
#define on_song(test) cmocka_unit_test_setup_teardown(test, with_patch, tear_down)

static void pass_a_bar(struct rig *r)
{
	go_to(r, r->block + 3 * 48000 / US_BLOCK);
}

/* --- what sounds ---------------------------------------------------------------------------------------------------
 */

static struct us_engine *replica_of(const struct us_engine *other)
{
	struct us_engine *e;
	struct us_err err = {""};
	const struct us_engine_config config = {.rate = 48000, .master = true};
	void *bytes = malloc(us_engine_save_max(other));
	assert_int_equal(us_engine_open(&e, &config, library, &err), US_OK);
	if (us_engine_load(e, bytes, us_engine_save(other, bytes), &err))
		fail_msg("%s", err.text);
	free(bytes);
	return e;
}

static bool is_about(float value, float octaves)
{
	return fabsf(value - octaves / 2) < 1e-3f;
}

/* The frames, from `until` back, in which the two notes are those of d dorian. */
static void render_to(struct us_engine *e, uint64_t until, uint64_t first[2])
{
	float sound[US_BLOCK * US_CHANNELS];
	first[0] = first[1] = 0;
	while (us_engine_block(e) * US_BLOCK < until) {
		const uint64_t frame = us_engine_block(e) * US_BLOCK - US_LIMITER_FRAMES; /* of what is heard */
		us_engine_render(e, sound);
		for (uint64_t i = 0; i < US_BLOCK; i++) {
			const float left = sound[i * US_CHANNELS], right = sound[i * US_CHANNELS + 1];
			const bool now[2] = {is_about(left, 5 / 12.f),
			                     is_about(right, 2 / 12.f) || is_about(right, 4 / 12.f)};
			assert_true(now[0] || is_about(left, 2 / 12.f));
			assert_true(now[1] || is_about(right, 0.25f));
			for (int k = 0; k < 2; k++) {
				assert_true(now[k] || !first[k]);
				first[k] = now[k] && !first[k] ? frame + i : first[k];
			}
		}
	}
}

/* Quantize at that very frame, a pattern with the note that begins in it, or the next one. */
static void follows(const char *line, double bpm, double unit)
{
	void *rig;
	uint64_t heard[2];
	float settle[US_BLOCK * US_CHANNELS];
	with_patch(&rig);
	struct rig *r = rig;
	say(r, "/tempo", "d", bpm);
	r->out.count = 0;
	struct us_engine *e = replica_of(us_commander_model(r->commander));
	for (int i = 0; i < 450; i++) /* into a note */
		us_engine_render(e, settle);
	go_to(r, us_engine_block(e) - LOOKAHEAD);
	tell(r, line);
	assert_int_equal(r->out.count, 1);
	const uint64_t now = us_engine_block(e) * US_BLOCK, frame = r->record[0].at;
	const double beat = us_engine_beat_at(e, frame ? frame : now);
	if (unit > 0)
		assert_true(frame > now && fabs(beat / unit - round(beat / unit)) < 1e-3);
	uint64_t note = now;
	while (us_engine_beat_at(e, note) < ceil(beat * 2 - 1e-4) / 2 - 1e-4 * bpm / 60 / 48000)
		note++;
	assert_int_equal(us_engine_apply(e, &r->record[0], NULL), US_OK);
	render_to(e, (frame ? frame : now) + 48000, heard);
	assert_int_equal(heard[0], note);
	assert_int_equal(heard[1], frame ? frame : now);
	if (unit > 0)
		assert_int_equal(note, frame);
	us_engine_close(e);
	tear_down(&rig);
}

static void what_sounds_follows_at_the_very_frame(void **state)
{
	static const double tempos[] = {119, 97.3, 120, 133.333, 61.7, 187};
	(void)state;
	for (size_t k = 0; k < sizeof tempos / sizeof tempos[0]; k++) {
		follows("key d dorian", tempos[k], 4);
		follows("key d dorian beat", tempos[k], 1);
		follows("key d dorian at bar", tempos[k], 4);
		follows("key d dorian cycle", tempos[k], 4);
		follows("key d dorian now", tempos[k], 0);
	}
}

static void a_checkpoint_at_any_block_goes_on_alike(void **state)
{
	struct rig *r = *state;
	float a[US_BLOCK * US_CHANNELS], b[US_BLOCK * US_CHANNELS];
	tell(r, "key d dorian at beat");
	struct us_engine *e = replica_of(us_commander_model(r->commander)), *other = NULL;
	const uint64_t block = r->record[0].at / US_BLOCK;
	for (uint64_t n = us_engine_block(e); n < block + 40; n++) {
		if (n + 2 >= block && n <= block + 2) {
			us_engine_close(other);
			other = replica_of(e);
		}
		us_engine_render(e, a);
		if (other) {
			us_engine_render(other, b);
			assert_memory_equal(a, b, sizeof a);
		}
	}
	const size_t bytes = us_engine_save_bytes(e);
	void *left = calloc(1, us_engine_save_max(e)), *right = calloc(1, us_engine_save_max(e));
	assert_int_equal(us_engine_save(e, left), us_engine_save(other, right));
	assert_memory_equal(left, right, bytes);
	const struct us_key_view key = us_engine_key(other);
	assert_true(key.root == 2 && key.scale == 4 && key.frame == r->record[0].at);
	((struct us_head *)left)->key.scale = US_SCALES;
	assert_int_equal(us_engine_load(e, left, bytes, NULL), US_FAILED);
	free(left);
	free(right);
	us_engine_close(e);
	us_engine_close(other);
}

static void two_changes_in_one_block_end_with_the_later(void **state)
{
	struct rig *r = *state;
	struct us_engine *e = replica_of(us_commander_model(r->commander));
	const uint64_t first = us_engine_block(e) * US_BLOCK;
	float sound[US_BLOCK * US_CHANNELS];
	struct us_record change = {.type = US_REC_KEY, .instance = US_NOBODY, .at = first + 5, .key = {7, 1, {0}}};
	assert_int_equal(us_engine_apply(e, &change, NULL), US_OK);
	change = (struct us_record){
	    .type = US_REC_KEY, .instance = US_NOBODY, .seq = 1, .at = first + 20, .key = {2, 4, {0}}};
	assert_int_equal(us_engine_apply(e, &change, NULL), US_OK);
	us_engine_render(e, sound);
	const struct us_key_view key = us_engine_key(e);
	assert_true(key.root == 2 && key.scale == 4 && key.frame == first + 20);
	us_engine_close(e);
}

static void a_record_of_no_key_is_refused(void **state)
{
	struct rig *r = *state;
	struct us_engine *e = us_commander_model(r->commander);
	struct us_err err = {""};
	for (int k = 0; k < 4; k++) {
		const struct us_record bad = {.type = US_REC_KEY,
		                              .instance = US_NOBODY,
		                              .at = k < 2 ? US_NOW : us_engine_block(e) * US_BLOCK + 999,
		                              .key = {k % 2 ? US_ROOTS : 0, k % 2 ? 0 : US_SCALES, {0}}};
		assert_int_equal(us_engine_apply(e, &bad, &err), US_FAILED);
		assert_non_null(strstr(err.text, "12 roots and 13 scales"));
	}
	asked(r, "/key off");
}

/* --- what is said --------------------------------------------------------------------------------------------------
 */

static void every_root_and_scale_is_said_and_asked(void **state)
{
	struct rig *r = *state;
	static const char roots[] = US_ROOT_NAMES, scales[] = US_SCALE_NAMES;
	for (const char *root = roots; *root; root += strcspn(root, "|") + (root[strcspn(root, "|")] != 0))
		for (const char *scale = scales; *scale;
		     scale += strcspn(scale, "|") + (scale[strcspn(scale, "|")] != 0)) {
			char line[64], wanted[96];
			snprintf(line, sizeof line, "%.*s %.*s", (int)strcspn(root, "|"), root,
			         (int)strcspn(scale, "|"), scale);
			snprintf(wanted, sizeof wanted, "/key %s", strcmp(line, "c chromatic") ? line : "off");
			say(r, "/key", "ss", line, "now");
			asked(r, wanted);
			say(r, "/key", "ss", "off", "now");
			asked(r, "/key off");
			snprintf(line + strlen(line), sizeof line - strlen(line), " now");
			char statement[80];
			snprintf(statement, sizeof statement, "key %s", line);
			tell(r, statement);
			asked(r, wanted);
			forget(r);
		}
	tell(r, "key bb minor now");
	asked(r, "/key a# minor");
}

static void the_one_that_comes_is_told_too_and_the_last_said_counts(void **state)
{
	struct rig *r = *state;
	say(r, "/key", "ss", "d", "dorian");
	asked(r, "/key off d dorian ");
	say(r, "/key", "ss", "e", "minor"); /* for the same bar */
	asked(r, "/key off e minor ");
	pass_a_bar(r);
	asked(r, "/key e minor");
	say(r, "/key", "ss", "g", "major");
	say(r, "/key", "ss", "off", "now"); /* what waited was said before */
	asked(r, "/key off");
	pass_a_bar(r);
	asked(r, "/key off");
}

static void what_is_no_key_is_refused_in_words(void **state)
{
	struct rig *r = *state;
	static const struct {
		const char *line, *words;
	} wrong[] = {{"key h minor", "'h' is no note; right would be c, c#"},
	             {"key d dorain", "did you mean 'dorian'"},
	             {"key d blah", "chromatic|major|minor"},
	             {"key d", "a scale would be right: chromatic|major"},
	             {"key d dorian soon", "now, beat, bar or cycle"},
	             {"key d dorian bar 3", "the statement ends before it"},
	             {"scene a key=\"d dorain\"", "did you mean 'dorian'"},
	             {"scene a key=d", "d dorian, or off"}};
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct us_err err = {""};
		assert_int_equal(compile(r, wrong[i].line, false, &err), US_FAILED);
		if (!strstr(err.text, wrong[i].words))
			fail_msg("%s: %s", wrong[i].line, err.text);
	}
	say(r, "/key", "ss", "h", "minor");
	expect_refusal(r, "/key", "'h' is no note");
	say(r, "/key", "ss", "d", "dorain");
	expect_refusal(r, "/key", "did you mean 'dorian'");
	say(r, "/key", "s", "d");
	expect_refusal(r, "/key", "a note and a scale");
	say(r, "/key", "sss", "d", "dorian", "soon");
	expect_refusal(r, "/key", "now, beat, bar and cycle");
	say(r, "/key", "sss", "off", "now", "now");
	expect_refusal(r, "/key", "too many arguments");
	say(r, "/scene/set", "sss", "a", "key", "d dorain");
	expect_refusal(r, "/scene/set", "did you mean 'dorian'");
}

/* --- undo, scenes, files -------------------------------------------------------------------------------------------
 */

static void it_is_undone_and_redone(void **state)
{
	struct rig *r = *state;
	tell(r, "key e minor now");
	tell(r, "key d dorian");
	pass_a_bar(r);
	asked(r, "/key d dorian");
	say(r, "/undo", "");
	asked(r, "/key e minor");
	say(r, "/redo", "");
	asked(r, "/key d dorian");
	say(r, "/undo", "");
	say(r, "/undo", "");
	asked(r, "/key off");
}

static void what_waits_is_undone_before_it_comes(void **state)
{
	struct rig *r = *state;
	tell(r, "key d dorian");
	tell(r, "key e minor now"); /* instead of it */
	asked(r, "/key e minor");
	say(r, "/undo", "");
	asked(r, "/key off d dorian ");
	say(r, "/undo", "");
	asked(r, "/key off");
	pass_a_bar(r);
	asked(r, "/key off");
}

static void scenes_bring_it_at_their_frame(void **state)
{
	struct rig *r = *state;
	say(r, "/scene/save", "s", "plain"); /* there was no key yet: it says nothing about one */
	tell(r, "key d dorian now");
	say(r, "/scene/save", "s", "verse");
	tell(r, "key off now");
	say(r, "/scene/save", "s", "free");
	tell(r, "key g major now");
	forget(r);
	say(r, "/scene/recall", "ss", "plain", "now");
	go_to(r, r->block + 100);
	asked(r, "/key g major");
	say(r, "/scene/recall", "s", "verse");
	asked(r, "/key g major d dorian ");
	go_to(r, r->block + 1);
	pass_a_bar(r);
	asked(r, "/key d dorian");
	say(r, "/undo", "");
	asked(r, "/key g major");
	say(r, "/scene/recall", "ss", "free", "now");
	go_to(r, r->block + 100);
	asked(r, "/key off");
	say(r, "/scene/set", "sss", "free", "key", "f# blues");
	say(r, "/scene/recall", "ss", "free", "now");
	go_to(r, r->block + 100);
	asked(r, "/key f# blues");
	r->answers = 0;
	say(r, "/patch/text", "");
	expect_answer(r, "/patch/text ", " key=\"f# blues\"");
	expect_answer(r, "/patch/text ", "key f# blues");
}

static void a_file_brings_its_key_at_once_or_none(void **state)
{
	struct rig *r = *state;
	char with[512];
	snprintf(with, sizeof with, "%skey d dorian\nscene a key=\"e minor\"\n", patch);
	load(r, with);
	asked(r, "/key d dorian");
	tell(r, "key g major"); /* waits */
	load(r, patch);
	asked(r, "/key off");
	pass_a_bar(r);
	asked(r, "/key off");
}

static void a_watched_file_brings_it_with_the_next_bar(void **state)
{
	struct rig *r = *state;
	const struct us_lang_catalogue catalogue = catalogue_of_all();
	static const char *const texts[] = {"", "key d dorian\n", "key e minor\n", ""};
	static const char *const waits[] = {"/key off d dorian ", "/key d dorian e minor ", "/key e minor off "};
	for (int k = 0; k < 3; k++) {
		struct us_script script[2] = {0};
		struct us_err err = {""};
		for (int i = 0; i < 2; i++) {
			char text[512];
			snprintf(text, sizeof text, "%s%s", patch, texts[k + i]);
			const struct us_lang_text t = {
			    .text = text, .bytes = strlen(text), .file = "p.us", .whole = true};
			assert_int_equal(us_lang_compile(&t, &catalogue, us_script_add, &script[i], &err), US_OK);
		}
		assert_int_equal(us_script_difference(&script[0], &script[1], &catalogue, hear, r, &err), US_OK);
		asked(r, waits[k]);
		pass_a_bar(r);
		us_script_free(&script[0]);
		us_script_free(&script[1]);
	}
	asked(r, "/key off");
}

/* All that the model is, as records: who begins afresh has the key. */
static void who_begins_afresh_has_it(void **state)
{
	struct rig *r = *state;
	static struct us_record whole[US_OUTBOX_RECORDS];
	struct us_engine *e;
	tell(r, "key d dorian"); /* waits */
	const uint32_t count = us_commander_whole(r->commander, whole, US_OUTBOX_RECORDS);
	assert_true(count > 0);
	assert_int_equal(us_engine_open(&e, &(struct us_engine_config){.rate = 48000, .master = true}, library, NULL),
	                 US_OK);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(us_engine_apply(e, &whole[i], NULL), US_OK);
	const struct us_key_view key = us_engine_key(e);
	assert_true(key.root == 2 && key.scale == 4);
	us_engine_close(e);
}

/* Nor tempo, gain and limiter, which no batch stages either. */
static void a_batch_that_fails_changes_nothing_of_the_song(void **state)
{
	struct rig *r = *state;
	const struct us_engine *e = us_commander_model(r->commander);
	say(r, "/key", "ss", "e", "minor"); /* waits */
	const float tempo = us_engine_tempo(e), gain = us_engine_gain(e);
	struct us_song_view before, after;
	us_engine_song(e, &before);
	forget(r);
	say(r, "/patch/begin", "");
	say(r, "/key", "sss", "d", "dorian", "now");
	say(r, "/key", "sss", "g", "major", "now");
	say(r, "/tempo", "d", 77.);
	say(r, "/engine/gain", "d", 0.25);
	say(r, "/engine/limiter", "s", "off");
	say(r, "/transport/locate", "d", 12.);
	say(r, "/transport/stop", "");
	say(r, "/patch/connect", "ss", "nobody", "out");
	say(r, "/patch/commit", "");
	assert_int_equal(r->out.count, 0);
	expect_answer(r, "/error", "nobody");
	asked(r, "/key off e minor ");
	assert_true(us_engine_tempo(e) == tempo && us_engine_gain(e) == gain && us_engine_limiter(e));
	us_engine_song(e, &after);
	assert_true(after.plays == before.plays && after.beat == before.beat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_sounds_follows_at_the_very_frame),
	    on_song(a_checkpoint_at_any_block_goes_on_alike),
	    on_song(two_changes_in_one_block_end_with_the_later),
	    on_song(a_record_of_no_key_is_refused),
	    on_song(every_root_and_scale_is_said_and_asked),
	    on_song(the_one_that_comes_is_told_too_and_the_last_said_counts),
	    on_song(what_is_no_key_is_refused_in_words),
	    on_song(it_is_undone_and_redone),
	    on_song(what_waits_is_undone_before_it_comes),
	    on_song(scenes_bring_it_at_their_frame),
	    on_song(a_file_brings_its_key_at_once_or_none),
	    on_song(a_watched_file_brings_it_with_the_next_bar),
	    on_song(who_begins_afresh_has_it),
	    on_song(a_batch_that_fails_changes_nothing_of_the_song),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
