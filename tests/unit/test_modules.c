/* test_modules.c — what every module promises, over every shared object in the modules' directory. */
#include "module_corners.h"
#include "module_hashes.h"

#include <ctype.h>

/* --- the descriptor ------------------------------------------------------------------------------------ */

static bool is_name(const char *name)
{
	if (!islower((unsigned char)name[0]) || strlen(name) > 15)
		return false;
	for (const char *c = name; *c; c++)
		if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
			return false;
	return true;
}

static int count_choices(const char *choices)
{
	int n = 1;
	for (; *choices; choices++)
		n += *choices == '|';
	return n;
}

static void check_input(const struct us_module *m, const struct us_input *in)
{
	if (!is_name(in->name))
		fail_msg("%s.%s: name", m->name, in->name);
	if (!in->doc || !*in->doc)
		fail_msg("%s.%s has no doc", m->name, in->name);
	if (!(in->min <= in->value && in->value <= in->max && in->min < in->max))
		fail_msg("%s.%s: %g is not in %g..%g", m->name, in->name, in->value, in->min, in->max);
	if (in->curve == US_EXP && !(in->min > 0))
		fail_msg("%s.%s: an exponential range begins above 0", m->name, in->name);
	if ((unsigned)in->unit >= US_UNITS || (in->unit == US_CHOICE) != (in->choices != NULL))
		fail_msg("%s.%s: unit", m->name, in->name);
	if (in->choices && (in->min != 0 || (int)in->max != count_choices(in->choices) - 1))
		fail_msg("%s.%s: %s does not fit 0..%g", m->name, in->name, in->choices, in->max);
	if (in->unit == US_HZ && (strcmp(in->name, "rate") && in->curve != US_EXP))
		fail_msg("%s.%s: frequencies are heard on a logarithmic scale", m->name, in->name);
}

static void describe(const struct us_module *m)
{
	assert_int_equal(m->abi, US_ABI);
	if (!is_name(m->name) || !m->doc || !*m->doc || !m->process)
		fail_msg("%s: name, doc or process", m->name);
	if (!m->help || strlen(m->help) < 80)
		fail_msg("%s has no reference text worth the name", m->name);
	for (uint32_t k = 0; k < rig_inputs(m); k++) {
		check_input(m, &m->inputs[k]);
		for (uint32_t j = 0; j < k; j++)
			if (!strcmp(m->inputs[j].name, m->inputs[k].name))
				fail_msg("%s.%s twice", m->name, m->inputs[k].name);
	}
	if (!rig_outputs(m))
		fail_msg("%s gives nothing", m->name);
	for (uint32_t k = 0; k < rig_outputs(m); k++)
		if (!is_name(m->outputs[k].name) || !m->outputs[k].doc || !*m->outputs[k].doc)
			fail_msg("%s -> %s: name or doc", m->name, m->outputs[k].name);
}
static void every_module_describes_itself(void **state)
{
	(void)state;
	rig_every_module(describe);
}

/* --- a session of any module ---------------------------------------------------------------------------- */

/* Knobs at rest but for signals and gates: what a patch does. */
static void play_gently(struct rig *r, struct dice *d)
{
	for (uint32_t k = 0; k < r->inputs; k++) {
		enum us_unit unit = r->module->inputs[k].unit;
		if (is_saboteur(r->module) && k > 0)
			continue;
		if (unit == US_SIGNAL || unit == US_GATE || unit == US_TRIGGER)
			rig_stir(r, k, d);
	}
	rig_run(r);
}

/* Everything moves in every frame. */
static void play_wildly(struct rig *r, struct dice *d)
{
	for (uint32_t k = 0; k < r->inputs; k++)
		if (!is_saboteur(r->module) || k == 0)
			rig_stir(r, k, d);
	rig_run(r);
}

static void play(struct rig *r, struct dice *d, int block)
{
	block % 40 < 20 ? play_gently(r, d) : play_wildly(r, d);
}

/* --- state ------------------------------------------------------------------------------------------------ */

static void start_alike(const struct us_module *m)
{
	struct rig *a = rig_open_at(m, 44100, 7), *b = rig_open_at(m, 44100, 7);
	if (memcmp(a->state, b->state, a->state_bytes))
		fail_msg("%s: two fresh states differ", m->name);
	struct dice d = {99};
	for (int n = 0; n < 30; n++)
		play(a, &d, n);
	rig_reset(a, 7);
	if (memcmp(a->state, b->state, a->state_bytes))
		fail_msg("%s: init depends on something outside the state", m->name);
	assert_true(rig_is_fenced(a));
	rig_close(a);
	rig_close(b);
}
static void a_fresh_state_is_always_the_same_bytes(void **state)
{
	(void)state;
	rig_every_module(start_alike);
}

static void go_on_elsewhere(const struct us_module *m)
{
	enum { CUTS = 4, BLOCKS = 60 };
	struct dice d = {31}, cut = {77};
	for (int c = 0; c < CUTS; c++) {
		struct rig *a = rig_open_at(m, 48000, 3), *b = rig_open_at(m, 48000, 3);
		struct dice da = d, db;
		int at = 1 + (int)(dice_throw(&cut) % (BLOCKS - 2));
		for (int n = 0; n < at; n++)
			play(a, &da, n);
		memcpy(b->state, a->state, a->state_bytes);
		memcpy(b->in, a->in, sizeof *a->in * a->inputs);
		b->block = a->block;
		b->block.tape = b->tape.frames ? &b->tape : NULL;
		for (uint32_t n = 0; n < a->tape.frames; n++) /* of a tape, what it says it has touched */
			if (a->tape.touched[n / US_TAPE_REEL] >> n % US_TAPE_REEL / US_TAPE_CHUNK & 1)
				memcpy(b->tape.frame[n], a->tape.frame[n], sizeof a->tape.frame[n]);
		db = da;
		for (int n = at; n < BLOCKS; n++) {
			play(a, &da, n);
			play(b, &db, n);
			if (!rig_sounds_like(a, b) || memcmp(a->state, b->state, a->state_bytes))
				fail_msg("%s: copied at block %d, differs at block %d", m->name, at, n);
		}
		rig_close(a);
		rig_close(b);
	}
}
static void a_copied_state_goes_on_with_equal_bits(void **state)
{
	(void)state;
	rig_every_module(go_on_elsewhere);
}

static void stay_at_home(const struct us_module *m)
{
	struct rig *r = rig_open_at(m, 48000, 5);
	struct dice d = {5};
	for (int n = 0; n < 80; n++) {
		play(r, &d, n);
		assert_finite(r, 1e12f, "in ordinary use");
		if (!rig_is_fenced(r))
			fail_msg("%s writes outside its state or its outputs", m->name);
	}
	rig_close(r);
}
static void a_module_writes_all_of_its_outputs_and_nothing_else(void **state)
{
	(void)state;
	rig_every_module(stay_at_home);
}

/* --- constant inputs ---------------------------------------------------------------------------------------- */

static void take_both_paths(const struct us_module *m)
{
	struct rig *fast = rig_open_at(m, 48000, 9), *slow = rig_open_at(m, 48000, 9);
	struct dice df = {12}, ds = {12}, knobs = {44};
	for (int n = 0; n < 200; n++) {
		if (n % 10 == 9) {
			uint32_t k = dice_throw(&knobs) % fast->inputs;
			const struct us_input *in = &m->inputs[k];
			float x = dice_between(&knobs, in->min, in->max);
			x = in->curve == US_STEP ? roundf(x) : x;
			if (!is_saboteur(m)) {
				rig_hold(fast, (int)k, (us_vec){0} + x);
				rig_hold(slow, (int)k, (us_vec){0} + x);
			}
		}
		slow->block.constant = 0;
		play_gently(fast, &df);
		play_gently(slow, &ds);
		for (uint32_t o = 0; o < fast->outputs; o++)
			for (int i = 0; i < US_BLOCK; i++)
				for (int l = 0; l < US_LANES; l++)
					if (memcmp((float *)&fast->out[o][i] + l, (float *)&slow->out[o][i] + l,
					           sizeof(float)))
						fail_msg("%s -> %s: block %d frame %d lane %d: %.9g by the fast path, "
						         "%.9g by the general one",
						         m->name, m->outputs[o].name, n, i, l, fast->out[o][i][l],
						         slow->out[o][i][l]);
	}
	rig_close(fast);
	rig_close(slow);
}
static void the_fast_path_for_constant_inputs_gives_the_same_bits(void **state)
{
	(void)state;
	rig_every_module(take_both_paths);
}

/* --- abuse ------------------------------------------------------------------------------------------------------ */

static void every_module_stays_finite_and_bounded_at_all_corners(void **state)
{
	(void)state;
	rig_every_module(corners_visit);
}

static void every_module_stays_finite_and_bounded_with_noise_on_every_input(void **state)
{
	(void)state;
	rig_every_module(corners_storm);
}

static void every_module_outlives_what_is_no_number(void **state)
{
	(void)state;
	rig_every_module(corners_poison);
}

/* --- no direct part ----------------------------------------------------------------------------------------------- */

/* 20 s of what calls its first output audio, struck twice a second if it can be struck. */
static void swing(const struct us_module *m)
{
	enum { SECOND = 48000 / US_BLOCK };
	if (strncmp(m->outputs[0].doc, "audio", 5) && strncmp(m->outputs[0].doc, "stereo", 6))
		return;
	struct rig *r = rig_open_at(m, 48000, 1);
	double sum = 0, square = 0;
	for (int n = 0; n < 20 * SECOND; n++) {
		for (uint32_t k = 0; k < r->inputs; k++)
			if (m->inputs[k].unit == US_TRIGGER)
				rig_plug(r, m->inputs[k].name)[0] = (us_vec){0} + (n % (SECOND / 2) == 0 ? 1.f : 0.f);
		rig_run(r);
		for (int i = 0; i < US_BLOCK && n >= SECOND; i++) {
			sum += (double)r->out[0][i][0];
			square += (double)r->out[0][i][0] * (double)r->out[0][i][0];
		}
	}
	const double count = 19.0 * SECOND * US_BLOCK;
	if (fabs(sum / count) > 0.01 * sqrt(square / count))
		fail_msg("%s: a mean of %g, RMS %g", m->name, sum / count, sqrt(square / count));
	rig_close(r);
}
static void what_sounds_swings_around_zero(void **state)
{
	(void)state;
	rig_every_module(swing);
}

/* --- silence ------------------------------------------------------------------------------------------------------ */

/* An effect is what has a signal input `in` that rests at 0. */
static bool is_effect(const struct us_module *m)
{
	return rig_inputs(m) > 0 && !strcmp(m->inputs[0].name, "in") && m->inputs[0].unit == US_SIGNAL &&
	       m->inputs[0].value == 0;
}

/* 60 s after its input it gives what it gives who never had any: silence, but for those whose answer to 0 is a value,
 * such as compare. */
static void fall_silent(const struct us_module *m)
{
	if (!is_effect(m))
		return;
	struct rig *r = rig_open_at(m, 48000, 1), *never = rig_open_at(m, 48000, 1);
	struct dice d = {1};
	enum { SECOND = 48000 / US_BLOCK };
	for (int n = 0; n < 60 * SECOND; n++) {
		if (n < SECOND)
			rig_stir(r, 0, &d);
		else if (n == SECOND)
			rig_hold(r, 0, (us_vec){0});
		rig_run(r);
		if (n % SECOND == 0)
			assert_finite(r, 1e3f, "after a second of noise");
	}
	rig_plug(never, "in");
	rig_hold(never, 0, (us_vec){0});
	rig_run(never);
	for (uint32_t o = 0; o < r->outputs; o++)
		for (int i = 0; i < US_BLOCK; i++)
			r->out[o][i] -= never->out[o][i];
	assert_finite(r, 1e-7f, "60 s after a second of noise");
	const bool sounds = m->flags & US_THROUGH;
	assert_finite(never, sounds ? 1e-7f : 1e3f, "without any input");
	rig_close(r);
	rig_close(never);
}
static void an_effect_falls_silent_after_its_input(void **state)
{
	(void)state;
	rig_every_module(fall_silent);
}

/* --- the same bits from every compiler
 * -------------------------------------------------------------------------------- */

static uint64_t sound_of(const struct us_module *m)
{
	struct rig *r = rig_open_at(m, 48000, 4711);
	struct dice d = {4711};
	uint64_t hash = RIG_HASH_START;
	for (int n = 0; n < 200; n++) {
		play(r, &d, n);
		hash = rig_hash(hash, r->out, sizeof *r->out * r->outputs);
	}
	rig_close(r);
	return hash;
}

static void compare_sound(const struct us_module *m)
{
	const uint64_t hash = sound_of(m);
	if (getenv("UNDERSTUDY_PRINT_HASHES")) {
		printf("    {\"%s\", 0x%016llx},\n", m->name, (unsigned long long)hash);
		return;
	}
	for (size_t i = 0; i < sizeof module_hashes / sizeof module_hashes[0]; i++)
		if (!strcmp(module_hashes[i].name, m->name) && module_hashes[i].hash != hash)
			fail_msg("%s sounds different: %016llx. If that is meant, raise .version when its state "
			         "changed, and run "
			         "scripts/update-module-hashes",
			         m->name, (unsigned long long)hash);
}
static void every_known_module_gives_the_bits_that_it_always_gave(void **state)
{
	(void)state;
	rig_every_module(compare_sound);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_module_describes_itself),
	    cmocka_unit_test(a_fresh_state_is_always_the_same_bytes),
	    cmocka_unit_test(a_copied_state_goes_on_with_equal_bits),
	    cmocka_unit_test(a_module_writes_all_of_its_outputs_and_nothing_else),
	    cmocka_unit_test(the_fast_path_for_constant_inputs_gives_the_same_bits),
	    cmocka_unit_test(every_module_stays_finite_and_bounded_at_all_corners),
	    cmocka_unit_test(every_module_stays_finite_and_bounded_with_noise_on_every_input),
	    cmocka_unit_test(every_module_outlives_what_is_no_number),
	    cmocka_unit_test(what_sounds_swings_around_zero),
	    cmocka_unit_test(an_effect_falls_silent_after_its_input),
	    cmocka_unit_test(every_known_module_gives_the_bits_that_it_always_gave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
