/* test_mono.c — a mono signal stays mono: what has one voice sounds alike left and right, to the bit, for each module
 * that does not say US_STEREO, at many settings of its knobs; and for each instance of each patch that comes along. */
#include "spoken_rig.h"

#include <dirent.h>
#include <understudy/names.h>

enum { TRIALS = 8, BLOCKS = 300 };

static uint32_t drawn = 1;
static uint32_t draw(uint32_t below)
{
	drawn = drawn * 1664525u + 1013904223u;
	return (drawn >> 8) % below;
}

static struct rig *open_at_the_start(void)
{
	struct us_err err = {""};
	struct rig *r = calloc(1, sizeof *r);
	const struct us_commander_config config = {48000, 0, us_tape_bytes(70, 48000), library};
	assert_non_null(r);
	if (us_commander_open(&r->commander, &config, &err))
		fail_msg("%s", err.text);
	r->out = (struct us_outbox){.record = r->record, .room = US_OUTBOX_RECORDS};
	return r;
}

static void close_rig(struct rig *r)
{
	us_commander_close(r->commander);
	free(r);
}

/* Renders, and compares the two sides. Returns the loudest sample, or -1 where they differ. */
static float listen(struct rig *r, uint32_t blocks)
{
	float samples[US_BLOCK * US_CHANNELS], peak = 0;
	for (uint32_t n = 0; n < blocks; n++) {
		us_engine_render(us_commander_model(r->commander), samples);
		for (int i = 0; i < US_BLOCK; i++) {
			if (memcmp(&samples[2 * i], &samples[2 * i + 1], sizeof samples[0]) != 0)
				return -1;
			peak = fmaxf(peak, fabsf(samples[2 * i]));
		}
	}
	return peak;
}

/* --- modules ------------------------------------------------------------------------------------------------------ */

static float draw_value(const struct us_input *in)
{
	const float x = (float)draw(1001) / 1000;
	const float value =
	    in->curve == US_EXP ? in->min * powf(in->max / in->min, x) : in->min + (in->max - in->min) * x;
	const bool whole = in->curve == US_STEP || in->unit == US_CHOICE || in->unit == US_COUNT;
	return whole ? roundf(value) : value;
}

/* Gates into gates and triggers, a saw into signals, chance and noise into every other one here and there. */
static void plug(struct rig *r, const struct us_module *m)
{
	static const char *const sources[] = {"saw", "noise", "dice", "wob", "dice.gate"};
	for (uint32_t k = 0; m->inputs[k].name; k++) {
		char to[64], address[64];
		const struct us_input *in = &m->inputs[k];
		snprintf(to, sizeof to, "m.%s", in->name);
		snprintf(address, sizeof address, "/mod/m/%s", in->name);
		if (in->unit == US_GATE || in->unit == US_TRIGGER)
			say(r, "/patch/connect", "ss", draw(3) ? "clock" : "dice.gate", to);
		else if (in->unit == US_SIGNAL)
			say(r, "/patch/connect", "ss", sources[draw(4)], to);
		else if (draw(2))
			say(r, address, "d", (double)draw_value(in));
		else if (draw(4) == 0)
			say(r, "/patch/connect", "ssd", sources[draw(4)], to, (double)(in->max - in->min) / 4);
	}
}

static struct rig *with_module(const struct us_module *m, const char *output)
{
	struct rig *r = open_at_the_start();
	char from[64];
	say(r, "/patch/create", "ss", "clock", "clock");
	say(r, "/mod/clock/beats", "d", 0.125);
	say(r, "/patch/create", "ss", "saw", "saw");
	say(r, "/patch/create", "ss", "noise", "noise");
	say(r, "/patch/create", "ss", "dice", "random");
	say(r, "/mod/dice/change", "d", 1.0);
	say(r, "/patch/connect", "ss", "clock", "dice.clock");
	say(r, "/patch/create", "ss", "wob", "lfo");
	say(r, "/mod/wob/shape", "s", "steps");
	say(r, "/patch/create", "ss", "m", m->name);
	say(r, "/patch/create", "ss", "out", "out");
	plug(r, m);
	snprintf(from, sizeof from, "m.%s", output);
	say(r, "/patch/connect", "ss", from, "out");
	if (m->flags & US_PATTERN)
		say(r, "/pattern", "sss", "m", "c4*2 [e4? g4]", "now");
	if (m->flags & US_NOTE_PORT)
		say(r, "/note", "sid", "m", 60, 100.0);
	return r;
}

/* And `fault` breaks, as its knob says. */
static bool may_differ(const struct us_module *m)
{
	return m->flags & US_STEREO || strcmp(m->name, "fault") == 0;
}

static void what_is_not_stereo_keeps_a_mono_signal_mono(void **state)
{
	const struct us_module *m;
	uint32_t heard = 0, tried = 0;
	(void)state;
	for (uint32_t i = 0; (m = us_library_at(library, i)); i++)
		for (uint32_t o = 0; m->outputs[o].name && !may_differ(m); o++)
			for (uint32_t t = 0; t < TRIALS; t++, tried++) {
				drawn = 7919 * (t + 1);
				struct rig *r = with_module(m, m->outputs[o].name);
				const float peak = listen(r, BLOCKS);
				if (peak < 0)
					fail_msg("%s.%s differs between left and right, trial %u", m->name,
					         m->outputs[o].name, t);
				heard += peak > 0;
				close_rig(r);
			}
	assert_true(heard > tried / 2);
}

/* The flag says something: each of them makes two sides of one, at some setting. */
static void what_is_stereo_can_be_heard_to_be(void **state)
{
	static const char *const passive[] = {"in", "out", "merge", "midside", "split", "width", "looper", "sampler"};
	const struct us_module *m;
	(void)state;
	for (uint32_t i = 0; (m = us_library_at(library, i)); i++) {
		bool differs = !(m->flags & US_STEREO);
		for (size_t p = 0; p < sizeof passive / sizeof passive[0]; p++)
			differs |= strcmp(m->name, passive[p]) == 0; /* what comes in is what goes out */
		for (uint32_t t = 0; t < 40 && !differs; t++) {
			drawn = 104729 * (t + 1);
			struct rig *r = with_module(m, m->outputs[0].name);
			differs = listen(r, BLOCKS) < 0;
			close_rig(r);
		}
		if (!differs)
			fail_msg("%s says that it is stereo, and is not", m->name);
	}
}

/* Voices have chances of their own, also those that an instance gets later. */
static void many_voices_are_not_one(void **state)
{
	static const char *const seeded[] = {"noise", "random", "hat", "snare", "pluck", "metal", "clap"};
	(void)state;
	for (size_t i = 0; i < sizeof seeded / sizeof seeded[0]; i++) {
		struct rig *r = with_module(us_library_find(library, seeded[i]), "out");
		assert_true(us_library_find(library, seeded[i])->flags & US_SEEDED);
		listen(r, 50);
		say(r, "/patch/create", "ssi", "many", "keys", 2);
		say(r, "/patch/create", "ss", "place", "pan");
		say(r, "/patch/disconnect", "ss", "m", "out");
		const struct us_module *m = us_library_find(library, seeded[i]);
		char to[64];
		snprintf(to, sizeof to, "m.%s", m->inputs[0].name);
		say(r, "/patch/connect", "ssd", "many.pan", to, 0.0);
		say(r, "/patch/connect", "ss", "m", "place");
		say(r, "/patch/connect", "ss", "many.pan", "place.pan");
		say(r, "/patch/connect", "ss", "m", "out");
		assert_int_equal(view_of(r, "m").voices, 2);
		close_rig(r);
	}
}

/* --- patches ------------------------------------------------------------------------------------------------------ */

static struct rig *load(const char *path)
{
	const struct us_lang_catalogue catalogue = catalogue_of_files();
	struct us_err err = {""};
	char *text = NULL;
	size_t bytes = 0;
	if (read_text(NULL, path, &text, &bytes, &err))
		fail_msg("%s", err.text);
	const struct us_lang_text patch = {.text = text, .bytes = bytes, .file = path, .whole = true};
	struct rig *r = open_at_the_start();
	say(r, "/patch/begin", "");
	if (us_lang_compile(&patch, &catalogue, take, r, &err))
		fail_msg("%s", err.text);
	say(r, "/patch/commit", "");
	forget(r);
	free(text);
	return r;
}

/* What has something stereo before it, or is it. */
static void find_stereo(const struct us_engine *e, bool stereo[US_INDICES])
{
	struct us_instance_view v;
	struct us_cable_view c;
	for (uint16_t i = 0; i < US_INDICES; i++)
		stereo[i] = us_engine_instance(e, i, &v) && v.module->flags & US_STEREO;
	for (bool more = true; more;) {
		more = false;
		for (uint32_t place = 0; us_engine_next_cable(e, &place, &c);)
			if (stereo[c.source] && !stereo[c.instance])
				stereo[c.instance] = more = true;
	}
}

/* Only this output is heard. */
static bool hear_alone(struct rig *r, const char *name, const char *output)
{
	const struct us_engine *e = us_commander_model(r->commander);
	struct us_cable_view c;
	struct us_instance_view from, to;
	char source[96], sink[96];
	uint16_t out = us_engine_find(e, "out");
	for (bool more = true; more && out != US_NOBODY;) {
		more = false;
		for (uint32_t place = 0; !more && us_engine_next_cable(e, &place, &c);) {
			if (c.instance != out)
				continue;
			us_engine_instance(e, c.source, &from);
			us_engine_instance(e, c.instance, &to);
			snprintf(source, sizeof source, "%s.%s", from.name, from.module->outputs[c.output].name);
			snprintf(sink, sizeof sink, "out.%s", to.module->inputs[c.input].name);
			say(r, "/patch/disconnect", "ss", source, sink);
			more = r->answers == 0;
			break;
		}
	}
	snprintf(source, sizeof source, "%s.%s", name, output);
	say(r, "/patch/connect", "ss", source, "out");
	return r->answers == 0;
}

static uint32_t try_patch(const char *path)
{
	struct rig *r = load(path);
	bool stereo[US_INDICES];
	uint32_t tried = 0;
	find_stereo(us_commander_model(r->commander), stereo);
	for (uint16_t i = 0; i < US_INDICES; i++) {
		struct us_instance_view v;
		if (!us_engine_instance(us_commander_model(r->commander), i, &v) || stereo[i] || v.voices > 1 ||
		    !v.module->outputs[0].name || !hear_alone(r, v.name, v.module->outputs[0].name))
			continue;
		const float peak = listen(r, 150);
		if (peak < 0)
			fail_msg("%s: %s (%s) differs between left and right", path, v.name, v.module->name);
		tried += peak > 0;
	}
	close_rig(r);
	return tried;
}

static void in_every_patch_what_is_mono_sounds_alike_on_both_sides(void **state)
{
	uint32_t tried = 0;
	char path[512];
	DIR *directory = opendir("patches");
	(void)state;
	assert_non_null(directory);
	for (const struct dirent *d; (d = readdir(directory));)
		if (strstr(d->d_name, ".us")) {
			snprintf(path, sizeof path, "patches/%.200s", d->d_name);
			tried += try_patch(path);
		}
	closedir(directory);
	assert_true(tried > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_not_stereo_keeps_a_mono_signal_mono),
	    cmocka_unit_test(what_is_stereo_can_be_heard_to_be),
	    cmocka_unit_test(many_voices_are_not_one),
	    cmocka_unit_test(in_every_patch_what_is_mono_sounds_alike_on_both_sides),
	};
	return cmocka_run_group_tests(tests, open_library, close_library);
}
