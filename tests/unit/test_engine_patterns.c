/* test_engine_patterns.c — a pattern that waits for a beat or a bar: until then the old one plays on in all its cycles,
 * through a checkpoint too; a later one overtakes it; and it begins in its very frame. */
#include "command_rig.h"

#include <understudy/pattern.h>

enum { BEAT = 24000 }; /* frames, at 120 beats per minute */

/* `steps` plays a number per cycle of half a beat; its value is heard on both sides. */
static struct rig *open_steps(struct us_engine **engine, const char *pattern)
{
	struct us_err err;
	struct rig *r = open_rig_at(false, 0);
	say(r, "/patch/begin", "");
	say(r, "/patch/create", "ss", "out", "out");
	say(r, "/patch/create", "ss", "steps", "pattern");
	say(r, "/mod/steps/cycle", "d", 0.5);
	say(r, "/pattern", "sss", "steps", pattern, "now");
	say(r, "/patch/connect", "ssd", "steps.value", "out", 0.01);
	say(r, "/patch/commit", "");
	if (r->answers)
		fail_msg("%s", r->answer[0]);
	if (us_engine_open(engine, &(struct us_engine_config){.rate = 48000}, library, &err))
		fail_msg("%s", err.text);
	return r;
}

/* The engine gets what the commander has written. */
static void deliver(struct rig *r, struct us_engine *e)
{
	for (uint32_t i = 0; i < r->out.count; i++)
		assert_int_equal(us_engine_apply(e, &r->record[i], NULL), US_OK);
	forget(r);
}

/* Renders up to a frame; the last value of each sample that differs from the one before goes to `heard`. */
struct heard {
	uint64_t frame[64];
	int value[64], count;
};
static void listen(struct rig *r, struct us_engine *e, uint64_t until, struct heard *h)
{
	float sound[US_BLOCK * US_CHANNELS];
	while (us_engine_block(e) * US_BLOCK < until) {
		const uint64_t block = us_engine_block(e);
		us_engine_render(e, sound);
		for (uint64_t i = 0; i < US_BLOCK; i++) {
			const int value = (int)lroundf(sound[i * US_CHANNELS] * 100);
			if (h->count < 64 && (!h->count || h->value[h->count - 1] != value)) {
				h->frame[h->count] = block * US_BLOCK + i;
				h->value[h->count++] = value;
			}
		}
		go_to(r, block + 1);
	}
}

static void until_its_time_the_old_one_plays_on(void **state)
{
	(void)state;
	static const struct {
		const char *when;
		uint64_t begins; /* told a little after beat 1.1 */
	} cases[] = {{"cycle", BEAT * 3 / 2}, {"beat", 2 * BEAT}, {"bar", 4 * BEAT}};
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		struct us_engine *e;
		struct heard h = {.count = 0};
		struct rig *r = open_steps(&e, "<1 2 3>");
		deliver(r, e);
		listen(r, e, BEAT * 11 / 10, &h);
		say(r, "/pattern", "sss", "steps", "<7 8 9>", cases[k].when);
		assert_int_equal(r->answers, 0);
		deliver(r, e);
		listen(r, e, 5 * BEAT, &h);
		for (int i = 0; i < h.count; i++) {
			const uint64_t cycle = (h.frame[i] + BEAT / 4) / (BEAT / 2);
			const bool young = h.frame[i] >= cases[k].begins;
			if (h.frame[i] < US_BLOCK * 8)
				continue; /* it fades in */
			if (h.frame[i] != cycle * BEAT / 2 || h.value[i] != (int)(cycle % 3) + (young ? 7 : 1))
				fail_msg("%s: %d at frame %llu", cases[k].when, h.value[i],
				         (unsigned long long)h.frame[i]);
		}
		assert_true(h.value[h.count - 1] >= 7 && h.count >= 10);
		us_engine_close(e);
		us_commander_close(r->commander);
		free(r);
	}
}

static void one_that_waits_is_in_the_checkpoint_and_can_be_overtaken(void **state)
{
	(void)state;
	struct us_engine *e, *copy;
	struct heard h = {.count = 0};
	float a[US_BLOCK * US_CHANNELS], b[US_BLOCK * US_CHANNELS];
	struct rig *r = open_steps(&e, "1");
	deliver(r, e);
	listen(r, e, BEAT / 2, &h);
	say(r, "/pattern", "sss", "steps", "7", "bar");
	deliver(r, e);
	assert_string_equal(us_pattern_text(us_engine_pattern(e, us_engine_find(e, "steps"))), "1");
	void *bytes = malloc(us_engine_save_max(e));
	assert_int_equal(us_engine_open(&copy, &(struct us_engine_config){.rate = 48000}, library, NULL), US_OK);
	assert_int_equal(us_engine_load(copy, bytes, us_engine_save(e, bytes), NULL), US_OK);
	free(bytes);
	while (us_engine_block(e) * US_BLOCK < 5 * BEAT) {
		us_engine_render(e, a);
		us_engine_render(copy, b);
		assert_memory_equal(a, b, sizeof a);
	}
	assert_string_equal(us_pattern_text(us_engine_pattern(copy, us_engine_find(copy, "steps"))), "7");
	go_to(r, us_engine_block(e));
	assert_string_equal(us_pattern_text(us_engine_pattern(us_commander_model(r->commander), find(r, "steps"))),
	                    "7");
	say(r, "/pattern", "sss", "steps", "8", "bar");
	say(r, "/pattern", "sss", "steps", "9", "now");
	deliver(r, e);
	while (us_engine_block(e) * US_BLOCK < 9 * BEAT)
		us_engine_render(e, a);
	assert_string_equal(us_pattern_text(us_engine_pattern(e, us_engine_find(e, "steps"))), "9");
	us_engine_close(copy);
	us_engine_close(e);
	us_commander_close(r->commander);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(until_its_time_the_old_one_plays_on),
	    cmocka_unit_test(one_that_waits_is_in_the_checkpoint_and_can_be_overtaken),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
