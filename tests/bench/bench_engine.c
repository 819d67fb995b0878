/* bench_engine — what the engine itself costs, with modules that do next to nothing: a call, an edit, a checkpoint,
 * memory. Prints one line per figure; nothing here passes or fails. */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RATE = 48000, PATCH = 500 };

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static void gain_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	(void)b;
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = in[0][i] * in[1][i];
}

/* Nothing at all, so that what remains is the engine. */
static void idle_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	(void)in;
	(void)out;
	(void)b;
}

#define EIGHT_INPUTS                                                                                                   \
	{                                                                                                              \
		{"in", US_SIGNAL, 0, -1, 1, US_LIN, "", NULL}, {"gain", US_RATIO, 1, -10, 10, US_LIN, "", NULL},       \
		    {"a", US_RATIO, 0, -10, 10, US_LIN, "", NULL}, {"b", US_HZ, 440, 1, 20000, US_EXP, "", NULL},      \
		    {"c", US_MS, 5, 0, 1000, US_LIN, "", NULL}, {"d", US_RATIO, .5f, 0, 1, US_LIN, "", NULL},          \
		    {"e", US_OCTAVE, 0, -10, 10, US_LIN, "", NULL},                                                    \
		{                                                                                                      \
			"f", US_GATE, 0, 0, 1, US_LIN, "", NULL                                                        \
		}                                                                                                      \
	}

static const struct us_module gain = {.abi = US_ABI,
                                      .version = 1,
                                      .name = "gain",
                                      .doc = "",
                                      .state_size = 64,
                                      .process = gain_process,
                                      .inputs = EIGHT_INPUTS,
                                      .outputs = {{"out", ""}}};
static const struct us_module idle = {.abi = US_ABI,
                                      .version = 1,
                                      .name = "idle",
                                      .doc = "",
                                      .state_size = 64,
                                      .process = idle_process,
                                      .inputs = EIGHT_INPUTS,
                                      .outputs = {{"out", ""}}};
static const struct us_module sink = {
    .abi = US_ABI,
    .version = 1,
    .name = "out",
    .doc = "",
    .flags = US_SINK,
    .process = gain_process,
    .inputs = {{"in", US_SIGNAL, 0, -1, 1, US_LIN, "", NULL}, {"gain", US_RATIO, 1, -10, 10, US_LIN, "", NULL}},
    .outputs = {{"out", ""}}};

static struct us_library *library;
static float sound[US_BLOCK * US_CHANNELS];

static struct us_engine *open_engine(void)
{
	struct us_engine *e;
	struct us_err err;
	if (us_engine_open(&e, &(struct us_engine_config){.rate = RATE}, library, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	us_engine_prefault(e);
	return e;
}

static void apply(struct us_engine *e, struct us_record r)
{
	struct us_err err;
	if (us_engine_apply(e, &r, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
}

static void create(struct us_engine *e, int instance, const char *module, int voices)
{
	struct us_record r = {.type = US_REC_CREATE, .flags = US_STAGED, .instance = (uint16_t)instance};
	strcpy(r.create.module, module);
	r.create.voices = (uint16_t)voices;
	apply(e, r);
}

static struct us_record cable(int type, int source, int to, int input)
{
	return (struct us_record){.type = (uint8_t)type,
	                          .instance = (uint16_t)to,
	                          .cable = {.source = (uint16_t)source, .input = (uint8_t)input, .amount = 1}};
}

static void connect(struct us_engine *e, int source, int to, int input)
{
	struct us_record r = cable(US_REC_CONNECT, source, to, input);
	r.flags = US_STAGED;
	apply(e, r);
}

static void commit(struct us_engine *e)
{
	apply(e, (struct us_record){.type = US_REC_COMMIT});
}

/* `chains` of four, all into one sink; voices in each. */
static double cost_of_a_call(const char *module, int chains, int voices)
{
	enum { LENGTH = 4 };
	struct us_engine *e = open_engine();
	create(e, 0, "out", 0);
	for (int c = 0; c < chains; c++)
		for (int i = 0; i < LENGTH; i++) {
			int self = 1 + c * LENGTH + i;
			create(e, self, module, i ? 0 : voices);
			if (i)
				connect(e, self - 1, self, 0);
			if (i == LENGTH - 1)
				connect(e, self, 0, 0);
		}
	commit(e);
	for (int i = 0; i < 50; i++)
		us_engine_render(e, sound);
	double best = 1e9;
	for (int repeat = 0; repeat < 20; repeat++) {
		double start = now_us();
		for (int i = 0; i < 50; i++)
			us_engine_render(e, sound);
		double us = (now_us() - start) / 50;
		best = us < best ? us : best;
	}
	us_engine_close(e);
	return best * 1000 / (chains * LENGTH * ((voices + US_LANES - 1) / US_LANES));
}

static struct us_engine *large_patch(void)
{
	struct us_engine *e = open_engine();
	create(e, 0, "out", 0);
	for (int i = 1; i < PATCH; i++) {
		create(e, i, "gain", 0);
		if (i > 1) {
			connect(e, i - 1 - i % 3 * (i > 4), i, 0);
			connect(e, i / 2, i, 2 + i % 4);
		}
	}
	connect(e, PATCH - 1, 0, 0);
	connect(e, PATCH - 2, 0, 0);
	commit(e);
	us_engine_render(e, sound);
	return e;
}

struct edit {
	const char *what;
	struct us_record record, undo;
};

/* The edit and the first block after it, less a block without an edit. */
static void time_edits(struct us_engine *e)
{
	struct us_record make = {.type = US_REC_CREATE, .instance = PATCH};
	strcpy(make.create.module, "gain");
	const struct edit edits[] = {
	    {"create", make, {.type = US_REC_DELETE, .instance = PATCH}},
	    {"connect", cable(US_REC_CONNECT, 7, 400, 1), cable(US_REC_DISCONNECT, 7, 400, 1)},
	    {"connect, closing a loop", cable(US_REC_CONNECT, 450, 20, 1), cable(US_REC_DISCONNECT, 450, 20, 1)},
	    {"disconnect", cable(US_REC_DISCONNECT, 4, 9, 3), cable(US_REC_CONNECT, 4, 9, 3)},
	};
	for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
		double best_apply = 1e9, best_block = 1e9, best_plain = 1e9;
		for (int repeat = 0; repeat < 50; repeat++) {
			double t0 = now_us();
			apply(e, edits[i].record);
			double t1 = now_us();
			us_engine_render(e, sound);
			double t2 = now_us();
			for (int k = 0; k < 8; k++)
				us_engine_render(e, sound);
			double t3 = now_us();
			us_engine_render(e, sound);
			double t4 = now_us();
			apply(e, edits[i].undo);
			for (int k = 0; k < 8; k++)
				us_engine_render(e, sound);
			best_apply = t1 - t0 < best_apply ? t1 - t0 : best_apply;
			best_block = t2 - t1 < best_block ? t2 - t1 : best_block;
			best_plain = t4 - t3 < best_plain ? t4 - t3 : best_plain;
		}
		printf(
		    "edit of a %d-instance patch: %-24s %6.1f us to apply, %6.1f us more in its block (of %.1f us)\n",
		    PATCH, edits[i].what, best_apply, best_block - best_plain, best_plain);
	}
}

static void time_checkpoints(struct us_engine *e)
{
	size_t bytes = us_engine_save_bytes(e);
	void *copy = malloc(bytes);
	double t0 = now_us();
	for (int i = 0; i < 200; i++)
		us_engine_save(e, copy);
	double t1 = now_us();
	for (int i = 0; i < 200; i++)
		if (us_engine_load(e, copy, bytes, NULL))
			exit(1);
	double t2 = now_us();
	printf("checkpoint of a %d-instance patch: %zu bytes, %.1f us to save, %.1f us to load and check\n", PATCH,
	       bytes, (t1 - t0) / 200, (t2 - t1) / 200);
	free(copy);
}

static long resident_kb(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f && fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * 4;
}

int main(void)
{
	static const struct us_module *const modules[] = {&gain, &idle, &sink};
	if (us_library_of(&library, modules, 3, NULL))
		return 1;
	long before = resident_kb();
	struct us_engine *e = open_engine();
	printf("engine, prefaulted: %ld kB resident\n", resident_kb() - before);
	us_engine_close(e);
	printf("call, mono, nothing to do:       %6.1f ns\n", cost_of_a_call("idle", 100, 1));
	printf("call, mono, a multiplication:    %6.1f ns\n", cost_of_a_call("gain", 100, 1));
	printf("call, 8 of 256 voices, nothing:  %6.1f ns\n", cost_of_a_call("idle", 1, 256));
	printf("call, 8 of 256 voices, multiply: %6.1f ns\n", cost_of_a_call("gain", 1, 256));
	e = large_patch();
	time_edits(e);
	time_checkpoints(e);
	us_engine_close(e);
	us_library_close(library);
	return 0;
}
