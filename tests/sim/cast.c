/* cast.c — the modules of the simulation: small, with state that remembers for long, so that a wrong block, a lost
 * record or a stale checkpoint is still heard hundreds of blocks later. */
#include "world.h"

#include <string.h>

struct osc {
	us_uvec phase;
};

static void render_osc(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)b;
	struct osc *s = state;
	for (int i = 0; i < US_BLOCK; i++) {
		for (int l = 0; l < US_LANES; l++) {
			s->phase[l] += (uint32_t)(in[0][i][l] * 89478.485f); /* 2^32 / 48000 */
			out[0][i][l] = (float)(int32_t)s->phase[l] * 0x1p-31f;
		}
	}
}

enum { ECHO_FRAMES = 1000 };
struct echo {
	uint32_t at, pad[7];
	us_vec line[ECHO_FRAMES];
};

static void render_echo(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct echo *s = state;
	for (int i = 0; i < US_BLOCK; i++) {
		us_vec y = in[0][i] * 0.3f + s->line[s->at] * 0.7f + (b->input ? b->input[2 * i] * 0.05f : 0);
		s->line[s->at] = y;
		s->at = (s->at + 1) % ECHO_FRAMES;
		out[0][i] = y;
	}
}

/* Passes its input on. While `trigger` is on it writes where it may not, and no guard stands: the sound is as before,
 * and what is saved from then on does not load. */
static void render_scribble(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)b;
	if (in[1][0][0] > 0.5f)
		sim_scribbled();
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = in[0][i];
}

/* Passes its input on, and takes its time. */
static void render_crawl(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)b;
	if (in[1][0][0] > 0)
		sim_crawled((uint64_t)((double)in[1][0][0] * (double)SIM_CRAWL_NS));
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = in[0][i];
}

/* Passes its input on, until `trigger` is on: then the worker dies in here. */
static void render_poison(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)b;
	if (in[1][0][0] > 0.5f)
		sim_poisoned();
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = in[0][i];
}

static void begin_poison(void *state, const struct us_setup *setup)
{
	(void)state, (void)setup;
	sim_begun();
}

static void begin_stillborn(void *state, const struct us_setup *setup)
{
	(void)state, (void)setup;
	sim_poisoned();
}

static void render_out(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)b;
	memcpy(out[0], in[0], US_BLOCK * sizeof(us_vec));
}

#define INPUT_IN                                                                                                       \
	{                                                                                                              \
		"in", US_SIGNAL, 0, -1, 1, US_LIN, "signal", NULL                                                      \
	}
static const struct us_module osc = {.abi = US_ABI,
                                     .version = 1,
                                     .name = "osc",
                                     .doc = "sawtooth",
                                     .state_size = sizeof(struct osc),
                                     .process = render_osc,
                                     .inputs = {{"freq", US_HZ, 110, 1, 10000, US_EXP, "frequency", NULL}},
                                     .outputs = {{"out", "signal"}}};
static const struct us_module echo = {.abi = US_ABI,
                                      .version = 1,
                                      .name = "echo",
                                      .doc = "feedback echo",
                                      .state_size = sizeof(struct echo),
                                      .process = render_echo,
                                      .inputs = {INPUT_IN},
                                      .outputs = {{"out", "signal"}}};
static const struct us_module poison = {
    .abi = US_ABI,
    .version = 1,
    .flags = US_THROUGH,
    .name = "poison",
    .doc = "dies on command",
    .state_size = 0,
    .init = begin_poison,
    .process = render_poison,
    .inputs = {INPUT_IN, {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "dies above 0.5", NULL}},
    .outputs = {{"out", "signal"}}};
static const struct us_module scribble = {
    .abi = US_ABI,
    .version = 1,
    .flags = US_THROUGH,
    .name = "scribble",
    .doc = "spoils the heap's map on command",
    .state_size = 0,
    .process = render_scribble,
    .inputs = {INPUT_IN, {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "writes above 0.5", NULL}},
    .outputs = {{"out", "signal"}}};
static const struct us_module crawl = {
    .abi = US_ABI,
    .version = 1,
    .flags = US_THROUGH,
    .name = "crawl",
    .doc = "takes time on command",
    .state_size = 0,
    .process = render_crawl,
    .inputs = {INPUT_IN, {"time", US_TRIGGER, 0, 0, 1, US_LIN, "of a block; 1: 10 ms", NULL}},
    .outputs = {{"out", "signal"}}};
static const struct us_module out = {.abi = US_ABI,
                                     .version = 1,
                                     .flags = US_SINK | US_MIXDOWN,
                                     .name = "out",
                                     .doc = "what is heard",
                                     .state_size = 0,
                                     .process = render_out,
                                     .inputs = {INPUT_IN},
                                     .outputs = {{"out", "signal"}}};

static const struct us_module stillborn = {.abi = US_ABI,
                                           .version = 1,
                                           .name = "stillborn",
                                           .doc = "dies when it is made",
                                           .init = begin_stillborn,
                                           .process = render_out,
                                           .inputs = {INPUT_IN},
                                           .outputs = {{"out", "signal"}}};

const struct us_module *const sim_modules[] = {&crawl, &echo, &osc, &out, &poison, &scribble, &stillborn};
const uint32_t sim_module_count = sizeof sim_modules / sizeof sim_modules[0];
