/* module_corners.h — a module at its wits' end: the corners of all its inputs, noise on every one of them, cables that
 * bring no number. For test_modules (eight lanes) and test_modules_wide (sixteen). */
#ifndef MODULE_CORNERS_H
#define MODULE_CORNERS_H

#include "module_harness.h"

static inline bool is_saboteur(const struct us_module *m)
{
	return !strcmp(m->name, "fault");
}

static inline void assert_finite(const struct rig *r, float limit, const char *when)
{
	for (uint32_t o = 0; o < r->outputs; o++)
		for (int i = 0; i < US_BLOCK; i++)
			for (int l = 0; l < US_LANES; l++) {
				float x = r->out[o][i][l];
				if (!isfinite(x) || fabsf(x) > limit || fpclassify(x) == FP_SUBNORMAL)
					fail_msg("%s -> %s: %g in frame %d, lane %d, %s", r->module->name,
					         r->module->outputs[o].name, (double)x, i, l, when);
			}
}

/* A cable of noise within ±size, in every frame and lane. */
static inline void corners_noise(struct rig *r, uint32_t k, float size, struct dice *d)
{
	r->block.constant &= ~(1ull << k);
	r->block.connected |= 1ull << k;
	for (int i = 0; i < US_BLOCK; i++)
		for (int l = 0; l < US_LANES; l++)
			r->in[k][i][l] = dice_between(d, -size, size);
}

static inline void corners_choose(struct rig *r, uint32_t k, struct dice *d)
{
	const struct us_input *in = &r->module->inputs[k];
	const float corner[] = {in->min, in->max, in->value, 0, -0.f, 1e9f, -1e9f, 3e38f, -3e38f, 1e-30f};
	enum { CORNERS = sizeof corner / sizeof corner[0] };
	const uint32_t what = dice_throw(d) % (CORNERS + 3);
	if (what < CORNERS)
		rig_hold(r, (int)k, (us_vec){0} + corner[what]);
	else if (what == CORNERS)
		rig_stir(r, k, d);
	else
		corners_noise(r, k, what == CORNERS + 1 ? 1e9f : 2 * (in->max - in->min), d);
}

static inline void corners_look(struct rig *r, const char *when)
{
	rig_run(r);
	assert_finite(r, 1e12f, when);
	if (!rig_is_fenced(r))
		fail_msg("%s writes outside its state or its outputs %s", r->module->name, when);
}

static const float corners_rate[] = {8000, 48000, 192000};
enum { CORNERS_RATES = sizeof corners_rate / sizeof corners_rate[0] };

/* Each input at some corner, again and again. */
static inline void corners_visit(const struct us_module *m)
{
	for (uint32_t at = 0; at < CORNERS_RATES && !is_saboteur(m); at++) {
		struct rig *r = rig_open_at(m, corners_rate[at], 21);
		struct dice d = {0xab0 + at};
		for (int trial = 0; trial < 400; trial++) {
			for (uint32_t k = 0; k < r->inputs; k++)
				corners_choose(r, k, &d);
			for (int n = 0; n < 3; n++)
				corners_look(r, "under abuse");
		}
		rig_close(r);
	}
}

/* Noise on every input at once: within its range, twice as far, and as loud as a cable can be. */
static inline void corners_storm(const struct us_module *m)
{
	for (uint32_t at = 0; at < CORNERS_RATES && !is_saboteur(m); at++) {
		struct rig *r = rig_open_at(m, corners_rate[at], 22);
		struct dice d = {0x5708 + at};
		for (int n = 0; n < 300; n++) {
			for (uint32_t k = 0; k < r->inputs; k++)
				if (n % 3 == 0)
					rig_stir(r, k, &d);
				else
					corners_noise(
					    r, k, n % 3 == 1 ? 2 * (m->inputs[k].max - m->inputs[k].min) : 1e9f, &d);
			corners_look(r, "with noise on every input");
		}
		rig_close(r);
	}
}

/* One cable after the other brings what is no number or infinite, in some frames or in all. The engine takes that from
 * no module, but sums and amounts may come to it. The module goes on, bounded, within its own memory. */
static inline void corners_poison(const struct us_module *m)
{
	const float poison[] = {NAN, INFINITY, -INFINITY};
	struct dice d = {4};
	if (is_saboteur(m))
		return;
	struct rig *r = rig_open_at(m, 48000, 23);
	for (uint32_t k = 0; k < r->inputs; k++)
		for (int p = 0; p < 6; p++) {
			for (uint32_t j = 0; j < r->inputs; j++)
				rig_stir(r, j, &d);
			for (int i = 0; i < US_BLOCK; i += 1 + (int)(dice_throw(&d) % 5))
				r->in[k][i] = (us_vec){0} + poison[p / 2];
			if (p % 2)
				rig_hold(r, (int)k, (us_vec){0} + poison[p / 2]);
			corners_look(r, m->inputs[k].name);
		}
	rig_close(r);
}

#endif
