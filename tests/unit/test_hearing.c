/* test_hearing.c — promises of mute and solo: who is silent, who is heard exactly as without the others, that nothing
 * clicks, that undo, saving, and a checkpoint keep it. On real modules, through the commander, by what is rendered. */
#include "spoken_rig.h"

#include "command/turn.h"

enum { BLOCKS = 400, SETTLE = 60, SAMPLES = BLOCKS * US_BLOCK * US_CHANNELS };

static void tell(struct rig *r, const char *text, bool whole)
{
	struct us_err err = {""};
	if (compile_text(text, NULL, whole, take, r, &err))
		fail_msg("%s: %s", text, err.text);
}

static struct rig *play(const char *patch)
{
	struct us_err err = {""};
	struct rig *r = calloc(1, sizeof *r);
	const struct us_commander_config config = {.rate = 48000, .library = library};
	if (us_commander_open(&r->commander, &config, &err))
		fail_msg("%s", err.text);
	r->out = (struct us_outbox){.record = r->record, .room = US_OUTBOX_RECORDS};
	say(r, "/patch/begin", "");
	tell(r, "limiter off\n", true);
	tell(r, patch, true);
	say(r, "/patch/commit", "");
	forget_unheard(r);
	if (r->answers)
		fail_msg("%s", r->answer[0]);
	forget(r);
	return r;
}

static void stop(struct rig *r)
{
	us_commander_close(r->commander);
	free(r);
}

static void render(struct rig *r, float *to, uint32_t blocks)
{
	for (uint32_t i = 0; i < blocks; i++)
		us_engine_render(us_commander_model(r->commander), to + (size_t)i * US_BLOCK * US_CHANNELS);
}

static float peak(const float *x, size_t n)
{
	float most = 0;
	for (size_t i = 0; i < n; i++)
		most = fmaxf(most, fabsf(x[i]));
	return most;
}

/* After `line` the patch sounds as `like` does, sample by sample: those that are heard do not know of the others. */
static void sounds_like(const char *patch, const char *line, const char *like)
{
	static float a[SAMPLES], b[SAMPLES];
	struct rig *one = play(patch), *two = play(like);
	char text[256];
	snprintf(text, sizeof text, "%s\n", line);
	tell(one, text, false);
	for (uint32_t i = 0; i < one->answers; i++)
		if (strstr(one->answer[i], "/error"))
			fail_msg("%s: %s", line, one->answer[i]);
	render(one, a, BLOCKS);
	render(two, b, BLOCKS);
	const size_t from = (size_t)SETTLE * US_BLOCK * US_CHANNELS;
	for (size_t i = from; i < SAMPLES; i++)
		if (fabsf(a[i] - b[i]) > 1e-6f)
			fail_msg("%s: sample %zu is %g, not %g", line, i, (double)a[i], (double)b[i]);
	if (!strstr(like, "*0\n") && peak(b + from, SAMPLES - from) < 0.01f)
		fail_msg("%s: what it is compared with is silent", line);
	stop(one);
	stop(two);
}

static const char band[] =
    "drums = pattern play=\"bd*8 sn*4\"\nk = kick\ns = snare\ndrums.bd -> k.trigger\n"
    "drums.sn -> s.trigger\nosc = saw freq=110hz\nvcf = ladder cutoff=900hz\nwob = lfo freq=3hz\n"
    "wob -> vcf.cutoff *300hz\nosc -> vcf\npad = sine freq=300hz\nmix = mixer\nk -> mix.in1 *0.4\n"
    "s -> mix.in2 *0.3\nvcf -> mix.in3 *0.2\npad -> mix.in4 *0.1\nmix -> out *0.5\nnz = noise\n"
    "nz -> out *0.02\n";
#define DRUMS "drums = pattern play=\"bd*8 sn*4\"\n"
#define KICK "k = kick\ndrums.bd -> k.trigger\n"
#define SNARE "s = snare\ndrums.sn -> s.trigger\n"
#define BASS                                                                                                           \
	"osc = saw freq=110hz\nvcf = ladder cutoff=900hz\nwob = lfo freq=3hz\nwob -> vcf.cutoff *300hz\nosc -> vcf\n"
#define MIX "mix = mixer\nmix -> out *0.5\n"

static void solo_is_exact_silence_elsewhere(void **state)
{
	static const char *const cases[][2] = {
	    {"solo k", DRUMS KICK MIX "k -> mix.in1 *0.4\n"},
	    {"solo drums", DRUMS KICK SNARE MIX "k -> mix.in1 *0.4\ns -> mix.in2 *0.3\n"},
	    {"solo osc", BASS MIX "vcf -> mix.in3 *0.2\n"},
	    {"solo vcf", BASS MIX "vcf -> mix.in3 *0.2\n"},
	    {"solo wob", BASS MIX "vcf -> mix.in3 *0.2\n"},
	    {"solo out", band},
	    {"solo pad", "pad = sine freq=300hz\n" MIX "pad -> mix.in4 *0.1\n"},
	    {"solo k pad", DRUMS KICK MIX "pad = sine freq=300hz\nk -> mix.in1 *0.4\npad -> mix.in4 *0.1\n"},
	    {"solo mix", DRUMS KICK SNARE BASS MIX "pad = sine freq=300hz\nk -> mix.in1 *0.4\ns -> mix.in2 *0.3\n"
	                                           "vcf -> mix.in3 *0.2\npad -> mix.in4 *0.1\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		sounds_like(band, cases[i][0], cases[i][1]);
}

static void mute_is_exact_silence_of_one(void **state)
{
	(void)state;
	sounds_like(band, "mute osc s pad nz", DRUMS KICK MIX "k -> mix.in1 *0.4\n");
	sounds_like(band, "mute drums vcf nz", "pad = sine freq=300hz\n" MIX "pad -> mix.in4 *0.1\n");
	sounds_like(band, "mute mix", "nz = noise\nnz -> out *0.02\n");
	sounds_like(band, "mute out", "x = sine\nx -> out *0\n");
	sounds_like(band, "mute wob k s pad nz",
	            "osc = saw freq=110hz\nvcf = ladder cutoff=900hz\nosc -> vcf\n" MIX "vcf -> mix.in3 *0.2\n");
}

/* A carrier, a level, a side chain from elsewhere is no sound of its own: without it the way would be silent. */
static void what_steers_the_way_stays(void **state)
{
	static const char patch[] = "osc = saw freq=110hz\nenv = lfo freq=2hz\namp = vca\nother = saw freq=700hz\n"
				    "r = ring\nosc -> r\nother -> r.carrier\nr -> amp\nenv -> amp.level *0.5\n"
				    "amp -> out *0.3\nother -> out *0.1\n";
	static const char alone[] = "osc = saw freq=110hz\nenv = lfo freq=2hz\namp = vca\nother = saw freq=700hz\n"
				    "r = ring\nosc -> r\nother -> r.carrier\nr -> amp\nenv -> amp.level *0.5\n"
				    "amp -> out *0.3\n";
	(void)state;
	sounds_like(patch, "solo osc", alone);
	sounds_like("a = sine freq=200hz\nb = sine freq=300hz\nv = reverb mix=1\na -> v\nb -> v\na -> out *0.2\n"
	            "b -> out *0.2\nv -> out *0.2\n",
	            "solo a", "a = sine freq=200hz\nv = reverb mix=1\na -> v\na -> out *0.2\nv -> out *0.2\n");
	/* Its dry sound goes another way than through the one that is solo. */
	sounds_like("a = saw freq=200hz\nf = filter\na -> f -> out *0.2\na -> out *0.3\n", "solo f",
	            "a = saw freq=200hz\nf = filter\na -> f -> out *0.2\n");
}

/* Closing and opening is no step: the greatest difference of second order stays small, and there is none of a block. */
static void nothing_clicks(void **state)
{
	static float a[SAMPLES];
	static const char *const lines[] = {"mute lo",  "unmute lo", "solo hi",           "unsolo",
	                                    "mute out", "unmute",    "mute lo over 100ms"};
	struct rig *r = play("lo = sine freq=100hz\nhi = sine freq=150hz\nlo -> out *0.4\nhi -> out *0.4\n");
	(void)state;
	render(r, a, 10);
	for (size_t k = 0; k < sizeof lines / sizeof lines[0]; k++) {
		tell(r, lines[k], false);
		render(r, a, 100);
		for (size_t i = 4; i < (size_t)100 * US_BLOCK * US_CHANNELS; i += 2) {
			const float bend = a[i] - 2 * a[i - 2] + a[i - 4];
			if (fabsf(bend) > 0.005f)
				fail_msg("%s: a bend of %g at frame %zu", lines[k], (double)bend, i / 2);
		}
	}
	stop(r);
}

/* The arena says all of it: another engine goes on with the same bits from a checkpoint in mid-fade. */
static void a_checkpoint_in_mid_fade_goes_on_alike(void **state)
{
	static float a[SAMPLES], b[SAMPLES];
	struct rig *r = play(band), *other = play("x = sine\n");
	struct us_engine *e = us_commander_model(r->commander), *copy = us_commander_model(other->commander);
	struct us_err err = {""};
	(void)state;
	render(r, a, 20);
	tell(r, "mute k over 1s\nsolo drums over 300ms\n", false);
	render(r, a, 10);
	void *bytes = malloc(us_engine_save_max(e));
	assert_non_null(bytes);
	const size_t n = us_engine_save(e, bytes);
	if (us_engine_load(copy, bytes, n, &err))
		fail_msg("%s", err.text);
	free(bytes);
	us_commander_forget(other->commander);
	for (int i = 0; i < 4; i++) {
		static const char *const later[] = {"unmute\n", "pad -> mix.in5\n", "osc -/> vcf\n", "delete drums\n"};
		tell(r, later[i], false);
		tell(other, later[i], false);
		render(r, a, 30);
		render(other, b, 30);
		assert_memory_equal(a, b, (size_t)30 * US_BLOCK * US_CHANNELS * sizeof *a);
	}
	stop(r);
	stop(other);
}

static bool is_marked(struct rig *r, const char *name, bool solo)
{
	const struct us_instance_view v = view_of(r, name);
	return solo ? v.solo : v.muted;
}

static void it_is_undone_and_done_again(void **state)
{
	struct rig *r = play(band);
	(void)state;
	go_to(r, 1000);
	tell(r, "mute k\n", false);
	assert_true(is_marked(r, "k", false));
	say(r, "/undo", "");
	assert_false(is_marked(r, "k", false));
	say(r, "/redo", "");
	assert_true(is_marked(r, "k", false));
	tell(r, "solo pad\n", false);
	say(r, "/unsolo", "");
	assert_false(is_marked(r, "pad", true));
	say(r, "/undo", "");
	assert_true(is_marked(r, "pad", true));
	/* Deleted and brought back, it is what it was. */
	tell(r, "delete pad\n", false);
	say(r, "/undo", "");
	assert_true(is_marked(r, "pad", true));
	tell(r, "unmute\n", false);
	assert_false(is_marked(r, "k", false));
	say(r, "/undo", "");
	assert_true(is_marked(r, "k", false));
	/* In a batch with what sounds already. */
	say(r, "/patch/begin", "");
	tell(r, "mute s\nnew = sine\nnew -> out\nmute new\n", false);
	say(r, "/patch/commit", "");
	assert_true(is_marked(r, "s", false) && is_marked(r, "new", false));
	say(r, "/undo", "");
	assert_false(is_marked(r, "s", false));
	stop(r);
}

static void questions_and_refusals(void **state)
{
	struct rig *r = play("a = sine\nb = lfo\na -> out\n");
	(void)state;
	tell(r, "mute\n", false);
	assert_string_equal(r->answer[0], "/mute 0");
	forget(r);
	tell(r, "mute a\nmute\n", false);
	assert_string_equal(r->answer[0], "/mute a");
	assert_string_equal(r->answer[1], "/mute 1");
	forget(r);
	tell(r, "solo b\n", false);
	assert_non_null(strstr(r->answer[0], "does not reach the loudspeakers"));
	forget(r);
	tell(r, "mute aa\n", false);
	assert_non_null(strstr(r->answer[0], "/error /mute there is no"));
	forget(r);
	say(r, "/mute", "sd", "a", 0.0); /* a button of TouchOSC */
	assert_false(is_marked(r, "a", false));
	stop(r);
}

/* What is muted when it is loaded is not heard for a moment before. */
static void a_patch_begins_muted(void **state)
{
	static float a[SAMPLES];
	struct rig *r = play("k = saw\nl = sine freq=50hz\nk -> out\nl -> out *0\nmute k\n");
	(void)state;
	render(r, a, 50);
	assert_true(peak(a, (size_t)50 * US_BLOCK * US_CHANNELS) == 0);
	stop(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(solo_is_exact_silence_elsewhere),
	    cmocka_unit_test(mute_is_exact_silence_of_one),
	    cmocka_unit_test(what_steers_the_way_stays),
	    cmocka_unit_test(nothing_clicks),
	    cmocka_unit_test(a_checkpoint_in_mid_fade_goes_on_alike),
	    cmocka_unit_test(it_is_undone_and_done_again),
	    cmocka_unit_test(questions_and_refusals),
	    cmocka_unit_test(a_patch_begins_muted),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
