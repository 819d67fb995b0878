/* measure_silence.c — what is left a minute after the last sound: nothing, no constant part, no denormals. */
#include "measure.h"

enum { SECOND = RATE / US_BLOCK, MINUTE = 60 * SECOND };

static uint32_t counted, silent, steady, sources, offsets, restless, denormal;

/* What an output does in the last second. */
struct rest {
	float least, most;
	bool subnormal;
};

static bool is_silent(const struct rest *x)
{
	return x->least > -1e-6f && x->most < 1e-6f;
}

/* A second of noise in every signal, gates and triggers that come and go; then a minute of nothing. */
static struct rest rest_of(const struct us_module *m, bool excited)
{
	struct rest rest = {INFINITY, -INFINITY, false};
	struct rig *r = rig_open_at(m, RATE, 1);
	struct dice d = {3};
	for (int block = 0; block < SECOND + MINUTE; block++) {
		for (uint32_t k = 0; k < r->inputs && block <= SECOND; k++) {
			const enum us_unit unit = m->inputs[k].unit;
			if (m->inputs[k].value != 0 || (unit != US_SIGNAL && unit != US_GATE && unit != US_TRIGGER))
				continue;
			if (block < SECOND && excited)
				rig_stir(r, k, &d);
			else
				rig_hold(r, (int)k, (us_vec){0});
		}
		rig_run(r);
		for (uint32_t o = 0; o < r->outputs && block >= MINUTE; o++)
			for (int i = 0; i < US_BLOCK; i++) {
				const float x = r->out[o][i][0];
				rest.least = fminf(rest.least, x);
				rest.most = fmaxf(rest.most, x);
				rest.subnormal |= fpclassify(x) == FP_SUBNORMAL;
			}
	}
	rig_close(r);
	return rest;
}

static bool takes_anything(const struct us_module *m)
{
	for (uint32_t k = 0; k < rig_inputs(m); k++)
		if (m->inputs[k].value == 0 &&
		    (m->inputs[k].unit == US_SIGNAL || m->inputs[k].unit == US_GATE || m->inputs[k].unit == US_TRIGGER))
			return true;
	return false;
}

static void listen(const struct us_module *m)
{
	if (!takes_anything(m) || !strcmp(m->name, "fault"))
		return;
	counted++;
	if (m->tape_frames_at) { /* a loop goes on until it is cleared */
		sources++;
		return;
	}
	const struct rest rest = rest_of(m, true);
	denormal += rest.subnormal;
	if (is_silent(&rest)) {
		silent++;
	} else if (m->flags & US_THROUGH) { /* an effect: what it holds now is a constant part of the sound */
		offsets += rest.most - rest.least < 1e-6f;
		restless += rest.most - rest.least >= 1e-6f;
		fprintf(stderr, "%s gives %g to %g after a minute of silence\n", m->name, (double)rest.least,
		        (double)rest.most);
	} else {
		const struct rest never = rest_of(m, false);
		const bool moves = rest.most - rest.least >= 1e-3f, source = never.most - never.least >= 1e-3f;
		sources += moves && source;
		steady += !moves;
		restless += moves && !source;
		if (moves && !source)
			fprintf(stderr, "%s gives %g to %g after a minute of silence\n", m->name, (double)rest.least,
			        (double)rest.most);
	}
}

void silence_rows(void)
{
	rig_every_module(listen);
	row("modules that take a signal, gate or trigger: a minute of silence in", "silence out", restless == 0,
	    "%u of %u silent, %u hold a level, %u sound by themselves, %u do not rest", silent, counted, steady,
	    sources, restless);
	row("  constant part in what an effect gives", "none", offsets == 0, "%u", offsets);
	row("  denormals among their outputs", "none", denormal == 0, "%u", denormal);
}
