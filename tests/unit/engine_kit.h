/* engine_kit.h — small modules, and short words for records, for the tests of the engine. The modules do as little as
 * possible, so that a test can say what every sample must be. */
#ifndef ENGINE_KIT_H
#define ENGINE_KIT_H

#include "engine/engine.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RATE = 48000, FRAMES = US_BLOCK * US_CHANNELS };

/* ramp: a phase from 0 to 1 in each lane; starts where its seed says. */
struct ramp {
	us_vec phase;
};
static void ramp_init(void *state, const struct us_setup *setup)
{
	struct ramp *s = state;
	for (int l = 0; l < US_LANES; l++)
		s->phase[l] = (float)((setup->seed >> (3 * l)) & 255) / 1024;
}
static void ramp_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct ramp *s = state;
	for (int i = 0; i < US_BLOCK; i++) {
		out[0][i] = s->phase;
		s->phase += in[0][i] * b->seconds_per_frame;
		us_ivec over = s->phase >= 1;
		s->phase -= (us_vec)((us_ivec)((us_vec){0} + 1) & over);
	}
}
static const struct us_module ramp_module = {
    .abi = US_ABI,
    .version = 1,
    .name = "ramp",
    .doc = "a phase",
    .state_size = sizeof(struct ramp),
    .init = ramp_init,
    .process = ramp_process,
    .inputs = {{"freq", US_HZ, 100, 0, 20000, US_LIN, "", NULL}, {"sync", US_TRIGGER, 0, 0, 1, US_LIN, "", NULL}},
    .outputs = {{"out", ""}}};

/* wire: gives what lies at its input, scaled by a knob and moved by another. */
static void wire_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	(void)b;
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = in[0][i] * in[1][i] + in[2][i];
}
static const struct us_module wire_module = {.abi = US_ABI,
                                             .version = 1,
                                             .name = "wire",
                                             .doc = "in x scale + add",
                                             .flags = US_THROUGH,
                                             .process = wire_process,
                                             .inputs = {{"in", US_SIGNAL, 0, -1, 1, US_LIN, "", NULL},
                                                        {"scale", US_RATIO, 1, -10, 10, US_LIN, "", NULL},
                                                        {"add", US_RATIO, 0, -10, 10, US_LIN, "", NULL},
                                                        {"gate", US_GATE, 0, 0, 1, US_LIN, "", NULL}},
                                             .outputs = {{"out", ""}}};

/* gate: gives its gate, choice and count inputs as they are. */
static void gate_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	(void)b;
	for (int o = 0; o < 3; o++)
		memcpy(out[o], in[o], sizeof(us_vec) * US_BLOCK);
}
static const struct us_module gate_module = {.abi = US_ABI,
                                             .version = 1,
                                             .name = "gate",
                                             .doc = "steps",
                                             .process = gate_process,
                                             .inputs = {{"gate", US_GATE, 0, 0, 1, US_LIN, "", NULL},
                                                        {"choice", US_CHOICE, 0, 0, 2, US_STEP, "", "a|b|c"},
                                                        {"count", US_COUNT, 1, 0, 9, US_LIN, "", NULL}},
                                             .outputs = {{"gate", ""}, {"choice", ""}, {"count", ""}}};

/* voices: lane l of group g gives g * 8 + l + 1, and says in a second output how many lanes are in use. */
static void voices_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	(void)in;
	for (int i = 0; i < US_BLOCK; i++)
		for (int l = 0; l < US_LANES; l++) {
			out[0][i][l] = (float)(b->group * US_LANES + (unsigned)l + 1);
			out[1][i][l] = (float)b->lanes;
		}
}
static const struct us_module voices_module = {.abi = US_ABI,
                                               .version = 1,
                                               .name = "voices",
                                               .doc = "numbers",
                                               .process = voices_process,
                                               .outputs = {{"number", ""}, {"lanes", ""}}};

/* echo: a delay line of a tenth of a second, for states that are large. */
struct echo {
	uint32_t at;
	uint32_t pad[7];
	us_vec line[4800];
};
static void echo_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct echo *s = state;
	(void)b;
	s->at %= 4800; /* a damaged checkpoint may say anything */
	for (int i = 0; i < US_BLOCK; i++) {
		out[0][i] = s->line[s->at];
		s->line[s->at] = in[0][i];
		s->at = (s->at + 1) % 4800;
	}
}
static const struct us_module echo_module = {.abi = US_ABI,
                                             .version = 1,
                                             .name = "echo",
                                             .doc = "a delay",
                                             .state_size = sizeof(struct echo),
                                             .process = echo_process,
                                             .inputs = {{"in", US_SIGNAL, 0, -1, 1, US_LIN, "", NULL}},
                                             .outputs = {{"out", ""}}};

/* count: how many blocks its state has lived, plus its input. */
static void count_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	float *s = state;
	(void)b;
	*s += 1;
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = in[0][i] + *s / 1024;
}
static const struct us_module count_module = {.abi = US_ABI,
                                              .version = 1,
                                              .name = "count",
                                              .doc = "its age",
                                              .state_size = sizeof(float),
                                              .process = count_process,
                                              .inputs = {{"in", US_SIGNAL, 0, -1, 1, US_LIN, "", NULL}},
                                              .outputs = {{"out", ""}}};

/* broken: gives 0.25, but NaN, infinity or an absurd value while its knob says so; writes past its state for 4. */
static void broken_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)b;
	static const float what[] = {.25f, NAN, INFINITY, 1e30f};
	float wish = in[0][0][0];
	int how = wish >= 0 && wish <= 4 ? (int)wish : 0;
	if (how == 4)
		((volatile char *)state)[64] ^= 1;
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = (us_vec){0} + (i == 7 && how < 4 ? what[how] : .25f);
}
static const struct us_module broken_module = {.abi = US_ABI,
                                               .version = 1,
                                               .name = "broken",
                                               .doc = "garbage",
                                               .state_size = 64,
                                               .process = broken_process,
                                               .inputs = {{"how", US_COUNT, 0, 0, 4, US_STEP, "", NULL}},
                                               .outputs = {{"out", ""}}};

/* mix: runs after the voices. */
static void mix_process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	(void)b;
	memcpy(out[0], in[0], sizeof(us_vec) * US_BLOCK);
}
static const struct us_module mix_module = {.abi = US_ABI,
                                            .version = 1,
                                            .name = "mix",
                                            .doc = "mixdown",
                                            .flags = US_MIXDOWN,
                                            .process = mix_process,
                                            .inputs = {{"in", US_SIGNAL, 0, -1, 1, US_LIN, "", NULL}},
                                            .outputs = {{"out", ""}}};

static const struct us_module out_module = {.abi = US_ABI,
                                            .version = 1,
                                            .name = "out",
                                            .doc = "heard",
                                            .flags = US_SINK,
                                            .process = mix_process,
                                            .inputs = {{"in", US_SIGNAL, 0, -1, 1, US_LIN, "", NULL}},
                                            .outputs = {{"out", ""}}};

static const struct us_module *const kit[] = {&ramp_module,  &wire_module,   &gate_module, &voices_module, &echo_module,
                                              &count_module, &broken_module, &mix_module,  &out_module};
enum { KIT = sizeof kit / sizeof kit[0] };

static inline struct us_library *kit_library(void)
{
	static struct us_library *library;
	struct us_err err;
	if (!library && us_library_of(&library, kit, KIT, &err))
		fail_msg("%s", err.text);
	return library;
}

static inline struct us_engine *kit_open_with(size_t arena_bytes)
{
	struct us_engine *e;
	struct us_err err;
	if (us_engine_open(&e, &(struct us_engine_config){.rate = RATE, .arena_bytes = arena_bytes}, kit_library(),
	                   &err))
		fail_msg("%s", err.text);
	return e;
}
static inline struct us_engine *kit_open(void)
{
	return kit_open_with(0);
}

/* --- records ---------------------------------------------------------------------------------------------- */

static inline struct us_record rec_create(uint16_t instance, const char *module, uint16_t voices)
{
	struct us_record r = {.type = US_REC_CREATE, .instance = instance};
	strncpy(r.create.module, module, sizeof r.create.module - 1);
	r.create.voices = voices;
	r.create.seed = instance;
	return r;
}
static inline struct us_record rec_cable(enum us_record_type type, int source, int output, int to, int input,
                                         float amount)
{
	struct us_record r = {.type = (uint8_t)type, .instance = (uint16_t)to};
	r.cable.source = (uint16_t)source;
	r.cable.output = (uint8_t)output;
	r.cable.input = (uint8_t)input;
	r.cable.amount = amount;
	return r;
}
static inline struct us_record rec_set(int instance, int input, float value)
{
	struct us_record r = {.type = US_REC_SET, .instance = (uint16_t)instance};
	r.set.input = (uint16_t)input;
	r.set.value = value;
	return r;
}
static inline struct us_record rec_name(int instance, const char *name)
{
	struct us_record r = {.type = US_REC_NAME, .instance = (uint16_t)instance};
	strncpy(r.name, name, sizeof r.name - 1);
	return r;
}
static inline struct us_record rec_of(enum us_record_type type, int instance)
{
	return (struct us_record){.type = (uint8_t)type, .instance = (uint16_t)instance};
}

static inline void must(struct us_engine *e, struct us_record r)
{
	struct us_err err = {{0}};
	if (us_engine_apply(e, &r, &err))
		fail_msg("refused: %s", err.text);
}
static inline void must_not(struct us_engine *e, struct us_record r, const char *words)
{
	struct us_err err = {{0}};
	if (us_engine_apply(e, &r, &err) == US_OK)
		fail_msg("accepted, but should be refused: %s", words);
	if (!strstr(err.text, words))
		fail_msg("refused with '%s' instead of '%s'", err.text, words);
}
static inline void create(struct us_engine *e, int instance, const char *module)
{
	must(e, rec_create((uint16_t)instance, module, 0));
}
static inline void connect(struct us_engine *e, int source, int output, int to, int input, float amount)
{
	must(e, rec_cable(US_REC_CONNECT, source, output, to, input, amount));
}
static inline void set(struct us_engine *e, int instance, int input, float value)
{
	must(e, rec_set(instance, input, value));
}
static inline struct us_record staged(struct us_record r)
{
	r.flags = US_STAGED;
	return r;
}
static inline struct us_record at(struct us_record r, uint64_t frame)
{
	r.at = frame;
	return r;
}

/* Two engines that will go on alike: equal checkpoints. */
static inline void assert_equal_arenas(const struct us_engine *a, const struct us_engine *b)
{
	size_t bytes = us_engine_save_bytes(a);
	assert_int_equal(bytes, us_engine_save_bytes(b));
	void *x = malloc(bytes), *y = malloc(bytes);
	assert_int_equal(bytes, us_engine_save(a, x));
	us_engine_save(b, y);
	assert_memory_equal(x, y, bytes);
	free(x);
	free(y);
}
static inline void run(struct us_engine *e, int blocks)
{
	float sound[FRAMES];
	while (blocks-- > 0)
		us_engine_render(e, sound);
}
/* Both go on: the same sound in each block, and in the end the same arena. */
static inline void assert_they_go_on_alike(struct us_engine *a, struct us_engine *b, int blocks)
{
	float x[FRAMES], y[FRAMES];
	while (blocks-- > 0) {
		us_engine_render(a, x);
		us_engine_render(b, y);
		assert_memory_equal(x, y, sizeof x);
	}
	assert_equal_arenas(a, b);
}
static inline void copy_engine(struct us_engine *to, const struct us_engine *from)
{
	struct us_err err = {{0}};
	size_t bytes = us_engine_save_bytes(from);
	void *x = malloc(bytes);
	us_engine_save(from, x);
	if (us_engine_load(to, x, bytes, &err))
		fail_msg("load: %s", err.text);
	free(x);
}

#endif
