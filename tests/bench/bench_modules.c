/* bench_modules.c — what one block of one module costs, over every module in the directory:
 *	UNDERSTUDY_MODULES=build/modules build/tests/bench_modules [NAME…]
 * Two figures: all inputs constant (knobs), and all signal, pitch and frequency inputs moving in every frame, each as
 *the median of many runs in nanoseconds per block of 64 frames and 8 lanes; then how many such instances fill a core at
 * 48 kHz. Last, the voice of design: two saws, filter swept per frame, two envelopes, vca, pan, in voices per core. */
#include "../unit/module_harness.h"

#include <time.h>

enum { ROUNDS = 31, BLOCKS_PER_ROUND = 200 };

static char **wanted;
static int wanted_count;

static double now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Like rig_run, without the marks that tests need. */
static inline void block(struct rig *r, const us_vec *const *in, us_vec *const *out)
{
	r->module->process(r->state, in, out, &r->block);
	r->block.frame += US_BLOCK;
}

static double measure(struct rig *r)
{
	const us_vec *in[US_MAX_INPUTS + 1];
	us_vec *out[US_MAX_OUTPUTS + 1];
	double ns[ROUNDS];
	for (uint32_t k = 0; k < r->inputs; k++)
		in[k] = r->in[k];
	for (uint32_t k = 0; k < r->outputs; k++)
		out[k] = r->out[k];
	us_float_mode_set(US_FLOAT_MODE);
	for (int n = 0; n < ROUNDS; n++) {
		double begin = now_ns();
		for (int i = 0; i < BLOCKS_PER_ROUND; i++)
			block(r, in, out);
		ns[n] = (now_ns() - begin) / BLOCKS_PER_ROUND;
	}
	qsort(ns, ROUNDS, sizeof ns[0], by_size);
	return ns[ROUNDS / 2];
}

/* Voices spread over three octaves, so that their events do not coincide. */
static void spread(struct rig *r)
{
	for (uint32_t k = 0; k < r->inputs; k++)
		if (r->module->inputs[k].unit == US_OCTAVE)
			rig_hold(r, (int)k, (us_vec){-2, -1.6f, -1.2f, -0.9f, -0.5f, -0.1f, 0.4f, 0.8f});
		else if (r->module->inputs[k].unit == US_GATE)
			rig_hold(r, (int)k, (us_vec){1, 1, 1, 1, 1, 1, 1, 1});
}

static void stir(struct rig *r)
{
	struct dice d = {1};
	for (uint32_t k = 0; k < r->inputs; k++) {
		enum us_unit unit = r->module->inputs[k].unit;
		if (unit == US_SIGNAL) {
			rig_stir(r, k, &d);
		} else if (unit == US_OCTAVE || unit == US_HZ) {
			r->block.constant &= ~(1ull << k);
			for (int i = 0; i < US_BLOCK; i++)
				r->in[k][i] *= 1 + 0.001f * (float)i;
		}
	}
}

static void bench(const struct us_module *m)
{
	bool chosen = wanted_count == 0;
	for (int i = 0; i < wanted_count; i++)
		chosen |= !strcmp(wanted[i], m->name);
	if (!chosen)
		return;
	struct rig *r = rig_open_at(m, 48000, 1);
	struct dice d = {1};
	spread(r);
	if (r->inputs && m->inputs[0].unit == US_SIGNAL)
		rig_stir(r, 0, &d);
	double steady = measure(r);
	stir(r);
	double moving = measure(r);
	printf("%-14s %8.0f ns steady %8.0f ns moving %9.0f instances per core\n", m->name, steady, moving,
	       US_BLOCK / 48000.0 * 1e9 / moving);
	rig_close(r);
}

/* The voice as a chain of calls through shared buffers, as an engine plays it, without the engine. */
enum part { SAW1, SAW2, ENV1, FILTER, ENV2, VCA, PAN, PARTS };

static us_vec buffer[PARTS][US_MAX_OUTPUTS][US_BLOCK], both[US_BLOCK], sweep[US_BLOCK];

/* Input `k` reads `cable` if it is given, all others their knobs. Outputs go to the part's buffers. */
static const us_vec *play_part(struct rig *r, enum part part, const us_vec *first, int k, const us_vec *cable)
{
	const us_vec *in[US_MAX_INPUTS + 1];
	us_vec *out[US_MAX_OUTPUTS + 1];
	for (uint32_t n = 0; n < r->inputs; n++)
		in[n] = r->in[n];
	for (uint32_t n = 0; n < r->outputs; n++)
		out[n] = buffer[part][n];
	const uint64_t was = r->block.constant;
	if (first) {
		in[0] = first;
		r->block.constant &= ~1ull;
	}
	if (cable) {
		in[k] = cable;
		r->block.constant &= ~(1ull << k);
	}
	block(r, in, out);
	r->block.constant = was;
	return out[0];
}

static void play_voice(struct rig **v, us_vec *left, us_vec *right)
{
	enum { CUTOFF = 1, LEVEL = 1, ENV = 1, PAN_LEFT = 1, PAN_RIGHT = 2 };
	const us_vec *one = play_part(v[SAW1], SAW1, NULL, 0, NULL), *two = play_part(v[SAW2], SAW2, NULL, 0, NULL);
	play_part(v[ENV1], ENV1, NULL, 0, NULL);
	for (int i = 0; i < US_BLOCK; i++) {
		both[i] = one[i] + two[i];
		sweep[i] = 200 + 4000 * buffer[ENV1][ENV][i];
	}
	const us_vec *filtered = play_part(v[FILTER], FILTER, both, CUTOFF, sweep);
	play_part(v[ENV2], ENV2, NULL, 0, NULL);
	const us_vec *shaped = play_part(v[VCA], VCA, filtered, LEVEL, buffer[ENV2][ENV]);
	play_part(v[PAN], PAN, shaped, 0, NULL);
	for (int i = 0; i < US_BLOCK; i++) {
		left[i] += buffer[PAN][PAN_LEFT][i];
		right[i] += buffer[PAN][PAN_RIGHT][i];
	}
}

static void bench_voice(const char *filter, int groups)
{
	static const char *const names[PARTS] = {"saw", "saw", "adsr", "filter", "adsr", "vca", "pan"};
	struct rig **v = calloc((size_t)groups * PARTS, sizeof *v);
	static us_vec left[US_BLOCK], right[US_BLOCK];
	for (int g = 0; g < groups * PARTS; g++)
		v[g] = rig_open(g % PARTS == FILTER ? filter : names[g % PARTS]);
	for (int g = 0; g < groups; g++)
		for (int s = SAW1; s <= SAW2; s++) {
			us_vec freq;
			for (int l = 0; l < US_LANES; l++)
				freq[l] = 55 * powf(1.01f, (float)((g * US_LANES + l) % 200)) * (s ? 1.006f : 1);
			rig_hold(v[g * PARTS + s], 0, freq);
		}
	us_float_mode_set(US_FLOAT_MODE);
	enum { BLOCKS = 1500 };
	double begin = now_ns();
	for (int n = 0; n < BLOCKS; n++) {
		const bool turn = n % 375 == 0 || n % 375 == 225;
		for (int g = 0; g < groups; g++) {
			for (int e = ENV1; turn && e <= ENV2; e += ENV2 - ENV1)
				rig_set(v[g * PARTS + e], "gate", n % 375 == 0);
			play_voice(v + g * PARTS, left, right);
		}
	}
	double ns = (now_ns() - begin) / BLOCKS;
	printf("bench voice with %-7s %4d voices: %6.0f voices per core\n", filter, groups * US_LANES,
	       groups * US_LANES * (US_BLOCK / 48000.0 * 1e9) / ns);
	for (int g = 0; g < groups * PARTS; g++)
		rig_close(v[g]);
	free(v);
}

int main(int argc, char **argv)
{
	wanted = argv + 1;
	wanted_count = argc - 1;
	rig_every_module(bench);
	if (argc > 1)
		return 0;
	bench_voice("filter", 2);
	bench_voice("filter", 32);
	bench_voice("filter", 128);
	bench_voice("ladder", 32);
	return 0;
}
