/* address.c — a broken module: what it puts out depends on where its state lies, which no two workers have in common.
 */
#include <stdint.h>
#include <understudy/dsp.h>

struct address {
	us_vec unused;
};

static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)b;
	const us_vec by = us_splat((float)((uintptr_t)state >> 12 & 0xffff) * 1e-6f);
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = in[0][i] + by;
}

US_MODULE(address, "adds a little of its own address", .flags = US_THROUGH, .state_size = sizeof(struct address),
          .process = process, .inputs = {{"in", US_SIGNAL, 0, -1, 1, US_LIN, "passes through"}},
          .outputs = {{"out", "in, and a little"}});
