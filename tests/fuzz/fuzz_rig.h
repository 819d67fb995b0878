/* fuzz_rig.h — what the fuzzers of engine, checkpoints and log share. */
#ifndef FUZZ_RIG_H
#define FUZZ_RIG_H

#include "engine/engine.h"
#include "engine/library.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void demand(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static inline struct us_library *fuzz_library(void)
{
	static struct us_library *library;
	const char *modules = getenv("UNDERSTUDY_MODULES");
	struct us_err err;
	if (!library && us_library_open(&library, modules ? modules : "build/modules", &err))
		demand(false, err.text);
	return library;
}

static inline struct us_engine *fuzz_engine(void)
{
	const struct us_engine_config config = {.rate = 48000, .arena_bytes = 1 << 20};
	struct us_engine *e;
	struct us_err err;
	if (us_engine_open(&e, &config, fuzz_library(), &err))
		demand(false, err.text);
	return e;
}

/* An engine as it was saved; the first call saves it as it is. */
struct fuzz_start {
	void *bytes;
	size_t count;
};
static inline void fuzz_start_again(struct us_engine *e, struct fuzz_start *start)
{
	struct us_err err;
	if (!start->bytes) {
		start->bytes = malloc(us_engine_save_max(e));
		start->count = us_engine_save(e, start->bytes);
	}
	if (us_engine_load(e, start->bytes, start->count, &err))
		demand(false, err.text);
}

/* The module that breaks on purpose is not what is looked for, nor is a block that takes seconds. */
static inline bool fuzz_may_play(const struct us_record *r)
{
	return r->type != US_REC_CREATE || (strncmp(r->create.module, "fault", 5) && r->create.voices <= 32);
}

static inline void fuzz_render(struct us_engine *e, float samples[US_BLOCK * US_CHANNELS])
{
	us_engine_render(e, samples);
	for (int i = 0; i < US_BLOCK * US_CHANNELS; i++)
		demand(samples[i] >= -1 && samples[i] <= 1, "a sample that is no number, or too loud");
}

struct fuzz_input {
	const uint8_t *at;
	size_t left;
};
/* The next bytes of the input, zeros when it is over. */
static inline void fuzz_take(struct fuzz_input *in, void *to, size_t count)
{
	const size_t n = count < in->left ? count : in->left;
	memset(to, 0, count);
	memcpy(to, in->at, n);
	in->at += n;
	in->left -= n;
}
static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
	uint8_t byte;
	fuzz_take(in, &byte, 1);
	return byte;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#endif
