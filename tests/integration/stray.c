/* stray.c — a module that writes beyond its state and beyond the guard behind it, where it says: a number that is none.
 * What it hits belongs to another instance. */
#include <string.h>
#include <understudy/dsp.h>

enum { BYTES = 64, GUARD = 256, NAN_BITS = 0x7fc00000 };
enum in { IN, AT, TRIGGER };

static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)b;
	const unsigned bits = NAN_BITS;
	if (in[TRIGGER][0][0] > 0.5f)
		memcpy((char *)state + BYTES + GUARD + 4 * (int)in[AT][0][0], &bits, sizeof bits);
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = in[IN][i];
}

US_MODULE(stray, "writes where it may not", .state_size = BYTES, .process = process,
          .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "signal"},
                     [AT] = {"at", US_RATIO, 0, 0, 1000, US_STEP, "words beyond the guard"},
                     [TRIGGER] = {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "writes"}},
          .outputs = {{"out", "its input"}});
