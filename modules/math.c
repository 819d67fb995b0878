/* math — sums, products and more of two signals, all at once. */
#include <understudy/dsp.h>

enum { A, B };
enum { SUM, DIFFERENCE, PRODUCT, QUOTIENT, LESS, MORE, SIZE, POWER };

/* Below this a divisor is nothing, and the quotient silence instead of an explosion. */
#define NOTHING 1e-6f

US_REALTIME static us_vec divided(us_vec a, us_vec b)
{
	const us_ivec nothing = us_abs(b) < NOTHING;
	return us_select(nothing, us_splat(0), a / us_select(nothing, us_splat(1), b));
}

/* |a| to the power b, with the sign of a. */
US_REALTIME static us_vec powered(us_vec a, us_vec b)
{
	const us_vec size = us_max(us_abs(a), us_splat(1e-12f));
	const us_vec power = us_exp2(us_clamp(us_clamp(b, -10, 10) * us_log2(size), -30, 30));
	return us_select(us_abs(a) < 1e-12f, us_splat(0), us_select(a < 0, -power, power));
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec x = us_bound(in[A][i]), y = us_bound(in[B][i]);
		out[SUM][i] = us_bound(x + y);
		out[DIFFERENCE][i] = us_bound(x - y);
		out[PRODUCT][i] = us_bound(x * y);
		out[QUOTIENT][i] = us_bound(divided(x, y));
		out[LESS][i] = us_min(x, y);
		out[MORE][i] = us_max(x, y);
		out[SIZE][i] = us_abs(x);
	}
	for (int i = 0; i < US_BLOCK && !us_is_unread(b, POWER); i++)
		out[POWER][i] = powered(us_bound(in[A][i]), us_bound(in[B][i]));
}

US_MODULE(
    math, "two signals added, subtracted, multiplied, divided, compared, raised",
    .help =
	"All results at once, each an output. b is a knob while nothing is plugged into it: product is then a gain,\n"
	"sum an offset. product of two oscillators is a ring modulator, more of two envelopes the one that is ahead,\n"
	"size a full-wave rectifier, an octave up. quotient is 0 where b is next to nothing. power keeps the sign of\n"
	"a: with b above 1 a soft curve, below 1 a steep one.",
    .process = process,
    .inputs = {[A] = {"a", US_SIGNAL, 0, -10, 10, US_LIN, "a signal"},
               [B] = {"b", US_SIGNAL, 1, -10, 10, US_LIN, "another one, or a number"}},
    .outputs = {[SUM] = {"sum", "a + b"},
                [DIFFERENCE] = {"difference", "a - b"},
                [PRODUCT] = {"product", "a * b"},
                [QUOTIENT] = {"quotient", "a / b, or 0"},
                [LESS] = {"less", "the lower of the two"},
                [MORE] = {"more", "the higher of the two"},
                [SIZE] = {"size", "a without its sign"},
                [POWER] = {"power", "a to the power b, with the sign of a"}});
