/* test_pitch.c — promises of the one convention of pitch: what has a pitch rests at c4, and a root means that note, for
 * whatever has a scale. */
#include "module_harness.h"
#include "pattern/read.h"

#include <understudy/pitch.h>

enum { RATE = 48000, FRAMES = RATE };

static float sound[FRAMES];

static int input_of(const struct us_module *m, const char *name)
{
	for (int k = 0; k < US_MAX_INPUTS && m->inputs[k].name; k++)
		if (!strcmp(m->inputs[k].name, name))
			return k;
	return -1;
}

static void set_if(struct rig *r, const char *input, float value)
{
	if (input_of(r->module, input) >= 0)
		rig_set(r, input, value);
}

/* Struck, if it must be; unisons are one. */
static void render(struct rig *r)
{
	us_vec *in = input_of(r->module, "in") >= 0 && strcmp(r->module->name, "grain") ? rig_plug(r, "in") : NULL;
	const int trigger = input_of(r->module, "trigger");
	set_if(r, "detune", 0);
	set_if(r, "scatter", 0);
	set_if(r, "decay", 20000);
	set_if(r, "feedback", 0.99f);
	set_if(r, "damp", 0);
	if (!strcmp(r->module->name, "grain")) { /* one alone */
		rig_set(r, "size", 1000);
		rig_set(r, "density", 0.1f);
		rig_set(r, "jitter", 0);
	}
	for (int at = 0; at < FRAMES; at += US_BLOCK) {
		if (trigger >= 0)
			rig_hold(r, trigger, (us_vec){0} + (at < 1000 ? 1.f : 0.f));
		for (int i = 0; in && i < US_BLOCK; i++) /* what rings is struck, what multiplies is told 1 */
			in[i] = (us_vec){0} + (strcmp(r->module->name, "ring") ? (at == 0 && i == 0) : 1.f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK; i++)
			sound[at + i] = r->out[0][i][0];
	}
}

struct part {
	double size, phase;
};

/* How much of this frequency there is in half a second from a frame on, and its phase. */
static struct part part_of(double hz, int from)
{
	double re = 0, im = 0;
	for (int i = from; i < from + RATE / 2; i++) {
		const double window = 0.5 - 0.5 * cos(4 * M_PI * (i - from) / RATE);
		re += window * (double)sound[i] * cos(2 * M_PI * hz * i / RATE);
		im -= window * (double)sound[i] * sin(2 * M_PI * hz * i / RATE);
	}
	return (struct part){.size = hypot(re, im), .phase = atan2(im, re)};
}

/* Cents that the partial near c4 is away from it; how much louder it is than what lies an octave below, in *above. */
static double cents_off(double *above)
{
	const double c4 = 440 * exp2(-9 / 12.);
	const struct part first = part_of(c4, RATE / 8), second = part_of(c4, RATE / 8 * 3);
	*above = first.size / (part_of(c4 / 2, RATE / 8).size + 1e-9);
	const double turns = remainder(second.phase - first.phase, 2 * M_PI) / (2 * M_PI);
	return 1200 * log2(1 + turns * 4 / c4); /* in a quarter of a second */
}

static uint32_t measured, excused;

/* Its knob moves what pitch is added to: it rests at c4 and sounds there, or its help says why it does not. */
static void judge(const struct us_module *m)
{
	const int pitch = input_of(m, "pitch"), freq = input_of(m, "freq");
	if (pitch < 0 || m->inputs[pitch].unit != US_OCTAVE)
		return;
	assert_true(m->inputs[pitch].value == 0);
	if (freq < 0) {
		if (!strstr(m->help, "c4") && !strstr(m->inputs[pitch].doc, "c4"))
			fail_msg("%s does not rest at c4, and does not say why", m->name);
		excused++;
		return;
	}
	assert_true(m->inputs[freq].value == US_C4_HZ);
	struct rig *r = rig_open(m->name);
	double above;
	render(r);
	const double off = cents_off(&above);
	print_message("%-10s %+.3f cents\n", m->name, off);
	if (fabs(off) > 1 || above < 10)
		fail_msg("%s: pitch 0 is %.2f cents off c4, %.1f times as loud as an octave below", m->name, off,
		         above);
	measured++;
	rig_close(r);
}

static void what_has_a_pitch_rests_at_c4(void **state)
{
	(void)state;
	assert_true(fabs(1200 * log2((double)US_C4_HZ / (440 * exp2(-9 / 12.)))) < 1e-3);
	rig_every_module(judge);
	if (US_LANES == 8)
		assert_true(measured >= 11 && excused >= 5);
}

/* Whatever turns keys into pitches has c4 as its 0. */
static void keys_count_from_c4(const struct us_module *m)
{
	const int tune = input_of(m, "tune");
	if (tune >= 0 && m->inputs[tune].unit == US_SEMITONE)
		assert_true(m->inputs[tune].value == US_C4_KEY);
}

static void what_names_a_key_for_pitch_0_names_c4(void **state)
{
	(void)state;
	rig_every_module(keys_count_from_c4);
}

/* --- roots and scales -------------------------------------------------------------------------------------------- */

static int choice(const struct us_module *m, const char *input, const char *name, size_t bytes)
{
	int index = 0;
	for (const char *p = m->inputs[input_of(m, input)].choices;; index++) {
		if (strcspn(p, "|") == bytes && !memcmp(p, name, bytes))
			return index;
		p += strcspn(p, "|");
		if (!*p++)
			return -1;
	}
}

/* Scale n of the table, by its name, in a module. */
static int scale_of(const struct us_module *m, int n)
{
	const char *name = US_SCALE_NAMES;
	for (; n > 0; n--)
		name += strcspn(name, "|") + 1;
	const size_t bytes = strcspn(name, "|");
	const int index = choice(m, "scale", name, bytes);
	return index < 0 && !strncmp(name, "chromatic", bytes) ? choice(m, "scale", "semitones", 9) : index;
}

static struct rig *pattern_of(const char *text)
{
	static struct us_pattern *playing;
	struct rig *r = rig_open("pattern");
	struct us_err err;
	uint32_t column;
	free(playing);
	playing = us_pattern_new(text, &column, &err);
	if (!playing)
		fail_msg("%s", err.text);
	playing->serial = 1;
	playing->start = US_START_NOW;
	r->block.pattern = playing;
	r->block.voices = r->block.lanes = 1;
	r->block.beat_step = 1 / 64.; /* a beat a block */
	return r;
}

/* Semitones above c4 of each step of a cycle of `steps` beats. */
static void play(struct rig *r, int steps, double semitones[])
{
	rig_set(r, "cycle", (float)steps);
	for (int i = 0; i < steps; i++) {
		rig_run(r);
		semitones[i] = 12 * (double)r->out[rig_output(r, "pitch")][US_BLOCK - 1][0];
	}
}

/* In one of the two ways: by its own knobs, or by the song's key. */
static void tell(struct rig *r, int scale, int root, bool by_key)
{
	if (by_key)
		r->block.key = (struct us_key){.root = (uint32_t)root & 15, .scale = (uint32_t)scale & 15};
	else {
		rig_set(r, "scale", (float)scale_of(r->module, scale));
		rig_set(r, "root", (float)root);
	}
}

static void a_pattern_counts_from(int scale, int root, bool by_key)
{
	double heard[8];
	struct rig *r = pattern_of("0 1 2 3 4 5 -1 c4");
	tell(r, scale, root, by_key);
	play(r, 8, heard);
	for (int n = 0, semitone = 0; n < 6; n++, semitone++) {
		while (!(us_scales[scale] >> semitone % 12 & 1))
			semitone++;
		if (fabs(heard[n] - root - semitone) > 1e-4)
			fail_msg("scale %d root %d: %d is %g, not %d", scale, root, n, heard[n], root + semitone);
	}
	assert_true(heard[6] < root - 0.5 && heard[6] > root - 3.5);
	assert_true(fabs(heard[7]) < 1e-4); /* a note is what it says */
	rig_close(r);
}

static void quantize_gives_the_notes_of(int scale, int root, bool by_key)
{
	struct rig *r = rig_open("quantize");
	us_vec *in = rig_plug(r, "in");
	uint32_t heard = 0;
	tell(r, scale, root, by_key);
	for (int semitone = -24; semitone < 24; semitone++) {
		for (int i = 0; i < US_BLOCK; i++)
			in[i] = (us_vec){0} + ((float)semitone + 0.1f) / 12;
		rig_run(r);
		const double y = 12 * (double)r->out[0][US_BLOCK - 1][0];
		assert_true(fabs(y - round(y)) < 1e-3);
		heard |= 1u << ((int)round(y) - root + 48) % 12;
		if (semitone == root) /* the root belongs to it, and is where it says */
			assert_true(fabs(y - root) < 1e-3);
	}
	assert_int_equal(heard, us_scales[scale]);
	rig_close(r);
}

static void a_root_is_that_note(void **state)
{
	(void)state;
	for (int scale = 0; scale < US_SCALES; scale++)
		for (int root = 0; root < US_ROOTS; root++)
			for (int by_key = 0; by_key < 2; by_key++) {
				a_pattern_counts_from(scale, root, by_key);
				quantize_gives_the_notes_of(scale, root, by_key);
			}
}

/* The key that comes in mid-block counts from its frame on. */
static void a_key_counts_from_its_frame(void **state)
{
	(void)state;
	const struct us_key key = {.root = 2, .scale = 0, .root_before = 5, .scale_before = 1, .from = 20};
	struct rig *q = rig_open("quantize"), *p = pattern_of("0 0");
	q->block.key = p->block.key = key;
	rig_run(q);
	for (int i = 0; i < US_BLOCK; i++)
		assert_true(fabsf(q->out[0][i][0] * 12 - 0) < 1e-4f); /* c is in f major, and in all semitones */
	rig_set(q, "in", 1 / 12.f);
	rig_run(q);
	for (int i = 0; i < US_BLOCK; i++)
		assert_true(fabsf(q->out[0][i][0] * 12 - (i < 20 ? 0 : 1)) < 1e-4f);
	rig_close(q);
	rig_set(p, "cycle", 1); /* a cycle a block: two events in it */
	rig_run(p);
	const int pitch = rig_output(p, "pitch");
	assert_true(fabsf(p->out[pitch][10][0] * 12 - 5) < 1e-4f);
	assert_true(fabsf(p->out[pitch][40][0] * 12 - 2) < 1e-4f);
	rig_close(p);
}

static void roots_are_read(void **state)
{
	static const struct {
		const char *text;
		int root;
	} known[] = {{"c", 0},   {"D", 2},  {"eb", 3}, {"f#", 6},  {"a", 9}, {"bb", 10},    {"b", 11},
	             {"cb", 11}, {"b#", 0}, {"h", -1}, {"c4", -1}, {"", -1}, {"dorian", -1}};
	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		assert_int_equal(us_root_read(known[i].text), known[i].root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_has_a_pitch_rests_at_c4),
	    cmocka_unit_test(what_names_a_key_for_pitch_0_names_c4),
	    cmocka_unit_test(a_root_is_that_note),
	    cmocka_unit_test(a_key_counts_from_its_frame),
	    cmocka_unit_test(roots_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
