/* test_looper.c — a loop is what was recorded, to the frame, at any speed; what is laid on top stays; tapes are given
 * out once, and refused with the sizes. */
#include "engine_kit.h"
#include "module_harness.h"

struct desk {
	struct rig *r;
	us_vec *in;
	int wet;
	uint32_t heard; /* frames so far */
};

static float tone(uint32_t frame)
{
	return (float)(frame % 1000 + 1) / 2048;
}

static struct desk desk_open(void)
{
	struct desk d = {.r = rig_open("looper")};
	d.r->block.lanes = 2;
	d.in = rig_plug(d.r, "in");
	d.wet = rig_output(d.r, "wet");
	rig_set(d.r, "seam", 0);
	return d;
}

static void desk_run(struct desk *d, bool sings)
{
	for (int i = 0; i < US_BLOCK; i++, d->heard++) {
		d->in[i] = (us_vec){0};
		if (sings) {
			d->in[i][0] = tone(d->heard);
			d->in[i][1] = -tone(d->heard);
		}
	}
	rig_run(d->r);
}

/* Records so many blocks from frame 0 on, then closes the loop. */
static void desk_record(struct desk *d, int blocks)
{
	rig_set(d->r, "record", 1);
	for (int b = 0; b < blocks; b++)
		desk_run(d, true);
	rig_set(d->r, "record", 0);
}

static void the_loop_is_what_was_recorded_to_the_frame(void **state)
{
	(void)state;
	enum { BLOCKS = 37 };
	struct desk d = desk_open();
	desk_record(&d, BLOCKS);
	for (uint32_t n = 0, b = 0; b < 3 * BLOCKS; b++) {
		desk_run(&d, false);
		for (int i = 0; i < US_BLOCK; i++, n++) {
			const float wanted = n ? tone(n % (BLOCKS * US_BLOCK)) : d.r->out[d.wet][i][0];
			if (n > 300 && (d.r->out[d.wet][i][0] != wanted || d.r->out[d.wet][i][1] != -wanted))
				fail_msg("frame %u of the loop is %g, not %g", n, (double)d.r->out[d.wet][i][0],
				         (double)wanted);
		}
	}
	rig_close(d.r);
}

static void it_runs_backwards_and_at_half_speed(void **state)
{
	(void)state;
	enum { BLOCKS = 32, LENGTH = BLOCKS * US_BLOCK };
	struct desk d = desk_open();
	desk_record(&d, BLOCKS);
	rig_set(d.r, "speed", -1);
	for (uint32_t n = 0, b = 0; b < BLOCKS; b++) {
		desk_run(&d, false);
		for (int i = 0; i < US_BLOCK; i++, n++)
			if (n > 300 && d.r->out[d.wet][i][0] != tone(LENGTH - n))
				fail_msg("backwards, frame %u is %g", n, (double)d.r->out[d.wet][i][0]);
	}
	rig_set(d.r, "speed", 0.5f);
	for (uint32_t n = 0, b = 0; b < BLOCKS; b++) {
		desk_run(&d, false);
		for (int i = 0; i < US_BLOCK; i++, n++)
			if (n % 2 == 0 && d.r->out[d.wet][i][0] != tone(n / 2))
				fail_msg("at half speed, frame %u is %g", n, (double)d.r->out[d.wet][i][0]);
	}
	rig_close(d.r);
}

static void what_is_laid_on_top_stays_there(void **state)
{
	(void)state;
	enum { BLOCKS = 16, LENGTH = BLOCKS * US_BLOCK };
	struct desk d = desk_open();
	desk_record(&d, BLOCKS);
	for (int b = 0; b < BLOCKS; b++)
		desk_run(&d, false); /* past the fade-in */
	rig_set(d.r, "overdub", 1);
	rig_set(d.r, "feedback", 0.5f);
	d.heard = 0;
	for (int b = 0; b < BLOCKS; b++)
		desk_run(&d, true);
	rig_set(d.r, "overdub", 0);
	for (uint32_t n = 0, b = 0; b < BLOCKS; b++) {
		desk_run(&d, false);
		for (int i = 0; i < US_BLOCK; i++, n++)
			if (n > 300) /* where it began and ended, it was faded */
				assert_true(fabsf(d.r->out[d.wet][i][0] - 1.5f * tone(n)) < 1e-6f);
	}
	rig_close(d.r);
}

static void a_full_tape_closes_the_loop_by_itself(void **state)
{
	(void)state;
	struct desk d = desk_open();
	rig_set(d.r, "record", 1);
	for (uint32_t n = 0; n < d.r->tape.frames / US_BLOCK + 10; n++)
		desk_run(&d, true);
	assert_true(rig_is_fenced(d.r));
	assert_true(fabsf(d.r->out[d.wet][US_BLOCK - 1][0]) > 0);
	rig_close(d.r);
}

static uint32_t minute(float rate)
{
	return (uint32_t)(60 * rate);
}
static void hold_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)in;
	static const float one[US_CHANNELS] = {1, 1};
	if (b->tape)
		us_tape_put(b->tape, 5, one);
	memset(out[0], 0, sizeof(us_vec) * US_BLOCK);
}
static const struct us_module hold_module = {.abi = US_ABI,
                                             .version = 1,
                                             .name = "holder",
                                             .doc = "has a tape",
                                             .flags = US_MIXDOWN,
                                             .tape_frames_at = minute,
                                             .process = hold_process,
                                             .outputs = {{"out", ""}}};

static void tapes_are_given_out_once_and_refused_with_the_sizes(void **state)
{
	(void)state;
	static const struct us_module *const modules[] = {&hold_module};
	struct us_library *library;
	struct us_engine *e;
	struct us_err err;
	float out[FRAMES];
	assert_int_equal(us_library_of(&library, modules, 1, &err), US_OK);
	const struct us_engine_config config = {.rate = RATE, .tape_bytes = us_tape_bytes(130, RATE)};
	assert_int_equal(us_engine_open(&e, &config, library, &err), US_OK);
	for (uint16_t i = 0; i < 3; i++) {
		const struct us_record r = {.type = US_REC_CREATE, .instance = i, .create = {.module = "holder"}};
		assert_int_equal(us_engine_apply(e, &r, &err), i < 2 ? US_OK : US_FAILED);
	}
	assert_non_null(strstr(err.text, "run --tape"));
	us_engine_render(e, out);
	uint64_t marks[256] = {0};
	us_engine_tape_marks(e, marks);
	uint32_t marked = 0;
	for (uint32_t r = 0; r < us_engine_reels(e); r++)
		marked += (uint32_t)__builtin_popcountll(marks[r]);
	assert_int_equal(marked, 2); /* one chunk of each: they do not overlap */

	void *bytes = malloc(us_engine_save_max(e));
	const size_t n = us_engine_save(e, bytes);
	assert_int_equal(us_engine_load(e, bytes, n, &err), US_OK);
	assert_int_equal(us_engine_reels_used(e), 2 * ((60 * RATE + US_TAPE_REEL - 1) / US_TAPE_REEL));
	const struct us_record gone = {.type = US_REC_DELETE, .instance = 0};
	assert_int_equal(us_engine_apply(e, &gone, &err), US_OK);
	for (int b = 0; b < 10; b++) /* it fades first */
		us_engine_render(e, out);
	const struct us_record again = {.type = US_REC_CREATE, .instance = 7, .create = {.module = "holder"}};
	assert_int_equal(us_engine_apply(e, &again, &err), US_OK);
	free(bytes);
	us_engine_close(e);
	us_library_close(library);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_loop_is_what_was_recorded_to_the_frame),
	    cmocka_unit_test(it_runs_backwards_and_at_half_speed),
	    cmocka_unit_test(what_is_laid_on_top_stays_there),
	    cmocka_unit_test(a_full_tape_closes_the_loop_by_itself),
	    cmocka_unit_test(tapes_are_given_out_once_and_refused_with_the_sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
