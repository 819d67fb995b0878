/* print_rt.c — a hash of what each instance puts out, so that two replicas can tell which one was the first to differ.
 * Not of every block: it takes as long as a simple module. */
#include "inside.h"

void us_engine_print_to(struct us_engine *e, uint64_t *prints)
{
	e->prints = prints;
}

uint32_t us_engine_prints(const struct us_engine *e)
{
	return e->plan.count;
}

static uint64_t hash(uint64_t h, const us_vec *signal, uint32_t width)
{
	const uint64_t *word = (const void *)signal;
	for (size_t i = 0; i < US_BLOCK * width * sizeof(us_vec) / sizeof *word; i++) {
		uint64_t w;
		memcpy(&w, word + i, sizeof w);
		h = (h ^ w) * 0x9e3779b97f4a7c15u;
		h ^= h >> 29;
	}
	return h;
}

void us_print(struct us_engine *e, uint32_t seat, uint32_t group, us_vec *const out[])
{
	const struct us_node *n = &e->node[seat];
	uint64_t *print = &e->prints[n->position];
	uint64_t h = group ? *print : 0;
	for (uint64_t read = n->read; read; read &= read - 1)
		h = hash(h, out[__builtin_ctzll(read)], n->width);
	*print = (uint64_t)e->seat[seat].crumb << 48 | (h & 0xffffffffffffu);
}
