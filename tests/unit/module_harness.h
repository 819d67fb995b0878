/* module_harness.h — plays one module without an engine: knobs in, frames out. For the tests and the benchmark of
 * modules. A rig owns one state at an odd place in memory, fenced by bytes that nobody may touch. */
#ifndef MODULE_HARNESS_H
#define MODULE_HARNESS_H

#include "engine/float_mode.h"

#include <dirent.h>
#include <dlfcn.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/module.h>
#include <understudy/pattern.h>
#include <understudy/pitch.h>

#include <cmocka.h>

enum { RIG_FENCE = 4096, RIG_FENCE_BYTE = 0x5c };

struct rig {
	const struct us_module *module;
	unsigned char *memory; /* fence, state, fence */
	unsigned char *state;
	size_t state_bytes;
	us_vec (*in)[US_BLOCK], (*out)[US_BLOCK];
	struct us_tape tape;
	struct us_block block;
	uint32_t inputs, outputs;
};

static inline const struct us_module *rig_module(const char *name)
{
	const char *directory = getenv("UNDERSTUDY_MODULES");
	char path[4096];
	snprintf(path, sizeof path, "%s/%s.so", directory ? directory : "build/modules", name);
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		fail_msg("%s", dlerror());
	const struct us_module *module = dlsym(handle, "us_module");
	if (!module)
		fail_msg("%s: no symbol us_module", path);
	return module;
}

/* Calls `each` with every module in the directory, by name; of a test in sixteen lanes, with those that have such a
 * form. */
static inline void rig_every_module(void (*each)(const struct us_module *))
{
	const char *directory = getenv("UNDERSTUDY_MODULES");
	struct dirent **entry;
	int n = scandir(directory ? directory : "build/modules", &entry, NULL, alphasort), seen = 0;
	for (int i = 0; i < n; i++) {
		char *dot = strrchr(entry[i]->d_name, '.');
		if (dot && !strcmp(dot, ".so")) {
			*dot = 0;
			const struct us_module *module = rig_module(entry[i]->d_name);
			module = US_LANES == 8 ? module : module->wide;
			if (module)
				each(module);
			seen++;
		}
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	assert_true(seen > 0);
}

static inline uint32_t rig_inputs(const struct us_module *m)
{
	uint32_t n = 0;
	while (m->inputs[n].name)
		n++;
	return n;
}

static inline uint32_t rig_outputs(const struct us_module *m)
{
	uint32_t n = 0;
	while (m->outputs[n].name)
		n++;
	return n;
}

static inline int rig_input(const struct rig *r, const char *name)
{
	for (uint32_t k = 0; k < r->inputs; k++)
		if (!strcmp(r->module->inputs[k].name, name))
			return (int)k;
	fail_msg("%s has no input %s", r->module->name, name);
	return -1;
}

static inline int rig_output(const struct rig *r, const char *name)
{
	for (uint32_t k = 0; k < r->outputs; k++)
		if (!strcmp(r->module->outputs[k].name, name))
			return (int)k;
	fail_msg("%s has no output %s", r->module->name, name);
	return -1;
}

static inline void rig_hold(struct rig *r, int k, us_vec value)
{
	for (int i = 0; i < US_BLOCK; i++)
		r->in[k][i] = value;
	r->block.constant |= 1ull << k;
}

/* Turns a knob: the input holds this value until told otherwise. */
static inline void rig_set(struct rig *r, const char *input, float value)
{
	rig_hold(r, rig_input(r, input), (us_vec){0} + value);
}

/* The buffer of an input that moves: fill it before each rig_run. */
static inline us_vec *rig_plug(struct rig *r, const char *input)
{
	int k = rig_input(r, input);
	r->block.constant &= ~(1ull << k);
	r->block.connected |= 1ull << k;
	return r->in[k];
}

static inline void rig_reset(struct rig *r, uint32_t seed)
{
	memset(r->memory, RIG_FENCE_BYTE, r->state_bytes + 2 * RIG_FENCE);
	memset(r->state, 0, r->state_bytes);
	r->block.frame = 0;
	r->block.beat = 0;
	struct us_setup setup = {.rate = r->block.rate, .seed = seed};
	us_float_mode_set(US_FLOAT_MODE);
	if (r->module->init)
		r->module->init(r->state, &setup);
}

/* What modules that read a table get, unless a test gives them another one: a short rising ramp, which is a sound and a
 * tuning of 64 degrees as well. */
static inline const struct us_table *rig_table(void)
{
	static float value[64];
	static struct us_table table = {.value = value, .frames = 64, .channels = 1, .rate = 44100};
	for (int i = 0; i < 64; i++)
		value[i] = (float)(i + 1) / 64;
	return &table;
}

/* And what modules that play a pattern get: "k*3 7 [12, x]". */
static inline const struct us_pattern *rig_pattern(void)
{
	enum { NODES = 7 };
	static union {
		struct us_pattern head;
		struct {
			unsigned char head[US_PATTERN_HEAD];
			struct us_pattern_node node[NODES];
			char names[4], text[16];
		} all;
	} pattern = {.all.node = {{.op = US_PAT_SEQ, .children = 3, .first = 1, .num = 3},
	                          {.op = US_PAT_FAST, .children = 1, .first = 4, .weight = 1, .num = 3, .den = 1},
	                          {.op = US_PAT_ATOM, .value = 7, .from = 1, .weight = 1, .velocity = 0.8f},
	                          {.op = US_PAT_STACK, .children = 2, .first = 5, .from = 2, .weight = 1},
	                          {.op = US_PAT_ATOM, .name = 1, .velocity = 0.8f},
	                          {.op = US_PAT_ATOM, .value = 12, .velocity = 0.8f},
	                          {.op = US_PAT_ATOM, .name = 2, .velocity = 0.5f}},
	             .all.names = "k\0x",
	             .all.text = "k*3 7 [12, x]"};
	pattern.head.serial = 1;
	pattern.head.bytes = sizeof pattern.all;
	pattern.head.nodes = NODES;
	pattern.head.names = 2;
	pattern.head.text_at = offsetof(__typeof__(pattern.all), text) / 4;
	pattern.head.ticks = 9;
	return &pattern.head;
}

static inline struct rig *rig_open_at(const struct us_module *module, float rate, uint32_t seed)
{
	struct rig *r = calloc(1, sizeof *r);
	r->module = module;
	r->inputs = rig_inputs(module);
	r->outputs = rig_outputs(module);
	r->state_bytes = module->state_size_at ? module->state_size_at(rate) : module->state_size;
	r->state_bytes = (r->state_bytes + US_STATE_ALIGN - 1) / US_STATE_ALIGN * US_STATE_ALIGN;
	r->memory = aligned_alloc(US_STATE_ALIGN, r->state_bytes + 2 * RIG_FENCE);
	r->state = r->memory + RIG_FENCE;
	r->in = aligned_alloc(64, sizeof *r->in * (r->inputs + 1));
	r->out = aligned_alloc(64, sizeof *r->out * (r->outputs + 1));
	r->block = (struct us_block){.rate = rate,
	                             .seconds_per_frame = 1 / rate,
	                             .lanes = US_LANES,
	                             .beats_per_frame = 120.f / 60 / rate,
	                             .beat_step = 2 / (double)rate};
	if (module->flags & US_TABLE)
		r->block.table = rig_table();
	if (module->flags & US_PATTERN)
		r->block.pattern = rig_pattern();
	r->block.voices = US_LANES;
	if (module->tape_frames_at) {
		const uint32_t reels = (module->tape_frames_at(rate) + US_TAPE_REEL - 1) / US_TAPE_REEL;
		r->tape.frames = reels * US_TAPE_REEL;
		r->tape.frame = calloc(r->tape.frames, sizeof *r->tape.frame);
		r->tape.touched = calloc(reels, sizeof *r->tape.touched);
		r->block.tape = &r->tape;
	}
	for (uint32_t k = 0; k < r->inputs; k++)
		rig_hold(r, (int)k, (us_vec){0} + module->inputs[k].value);
	rig_reset(r, seed);
	return r;
}

static inline struct rig *rig_open(const char *name)
{
	struct rig *r = rig_open_at(rig_module(name), 48000, 1);
	r->block.table = NULL; /* who tests one by name gives it the table that it wants */
	return r;
}

static inline void rig_close(struct rig *r)
{
	free(r->memory);
	free(r->tape.frame);
	free(r->tape.touched);
	free(r->in);
	free(r->out);
	free(r);
}

/* One block; the outputs begin as not-a-number, so that whatever is not written shows. */
static inline void rig_run(struct rig *r)
{
	const us_vec *in[US_MAX_INPUTS + 1];
	us_vec *out[US_MAX_OUTPUTS + 1];
	for (uint32_t k = 0; k < r->inputs; k++)
		in[k] = r->in[k];
	for (uint32_t k = 0; k < r->outputs; k++)
		out[k] = r->out[k];
	memset(r->out, 0xff, sizeof *r->out * (r->outputs + 1));
	us_float_mode_set(US_FLOAT_MODE);
	r->module->process(r->state, in, out, &r->block);
	r->block.frame += US_BLOCK;
	r->block.beat += r->block.beat_step * US_BLOCK;
}

/* True if nobody wrote outside the state, nor beyond the last output. */
static inline bool rig_is_fenced(const struct rig *r)
{
	for (size_t i = 0; i < RIG_FENCE; i++)
		if (r->memory[i] != RIG_FENCE_BYTE || r->state[r->state_bytes + i] != RIG_FENCE_BYTE)
			return false;
	const unsigned char *beyond = (const unsigned char *)r->out[r->outputs];
	for (size_t i = 0; i < sizeof *r->out; i++)
		if (beyond[i] != 0xff)
			return false;
	return true;
}

/* Same bits in all outputs of the last block. */
static inline bool rig_sounds_like(const struct rig *a, const struct rig *b)
{
	return !memcmp(a->out, b->out, sizeof *a->out * a->outputs);
}

static inline uint64_t rig_hash(uint64_t hash, const void *bytes, size_t count)
{
	const unsigned char *p = bytes; /* FNV-1a */
	for (size_t i = 0; i < count; i++)
		hash = (hash ^ p[i]) * 0x100000001b3ull;
	return hash;
}
enum { RIG_HASH_START = 0x811c9dc5 };

/* The test's own chance: xorshift64*, the same on every machine. */
struct dice {
	uint64_t x;
};
static inline uint32_t dice_throw(struct dice *d)
{
	d->x ^= d->x >> 12;
	d->x ^= d->x << 25;
	d->x ^= d->x >> 27;
	return (uint32_t)(d->x * 0x2545f4914f6cdd1dull >> 32);
}
static inline float dice_between(struct dice *d, float low, float high)
{
	return low + (high - low) * ((float)(dice_throw(d) >> 8) * 0x1p-24f);
}

/* Fills input k with something in its range that moves in every frame, different in every lane: what a cable brings. */
static inline void rig_stir(struct rig *r, uint32_t k, struct dice *d)
{
	const struct us_input *in = &r->module->inputs[k];
	r->block.constant &= ~(1ull << k);
	r->block.connected |= 1ull << k;
	for (int i = 0; i < US_BLOCK; i++)
		for (int l = 0; l < US_LANES; l++) {
			float x = dice_between(d, in->min, in->max);
			if (in->curve == US_STEP || in->unit == US_CHOICE || in->unit == US_COUNT)
				x = roundf(x);
			if (in->unit == US_GATE || in->unit == US_TRIGGER)
				x = dice_throw(d) % 29 == 0 ? 1 - (i ? r->in[k][i - 1][l] : 0)
				    : i                     ? r->in[k][i - 1][l]
				                            : 0;
			r->in[k][i][l] = x;
		}
}

#endif
