/* matrix — six signals to six places, each crosspoint a knob. */
#include <understudy/dsp.h>

enum { WAYS = 6 };

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state;
	const us_vec *const *point = in + WAYS; /* a row for each input */
	for (int o = 0; o < WAYS; o++) {
		for (int i = 0; i < US_BLOCK; i++)
			out[o][i] = us_splat(0);
		for (int k = 0; k < WAYS; k++) {
			const int knob = WAYS + k * WAYS + o;
			if (us_is_constant(b, knob) && !us_any(in[knob][0] != 0))
				continue;
			for (int i = 0; i < US_BLOCK; i++)
				out[o][i] =
				    us_bound(out[o][i] + us_bound(in[k][i]) * us_clamp(point[k * WAYS + o][i], -4, 4));
		}
	}
}

#define SIGNAL(NAME)                                                                                                   \
	{                                                                                                              \
		NAME, US_SIGNAL, 0, -1, 1, US_LIN, "signal " NAME                                                      \
	}
#define POINT(FROM, TO)                                                                                                \
	{                                                                                                              \
		FROM TO, US_RATIO, 0, -4, 4, US_LIN, "how much of " FROM " goes to " TO                                \
	}
#define ROW(FROM)                                                                                                      \
	POINT(FROM, "1"), POINT(FROM, "2"), POINT(FROM, "3"), POINT(FROM, "4"), POINT(FROM, "5"), POINT(FROM, "6")

US_MODULE(
    matrix, "six signals to six places: each crosspoint a knob",
    .help =
	"Everything to everything: modulators in a to f, destinations at 1 to 6, and b3 is how much of b goes to 3. A\n"
	"crosspoint can be modulated like any knob, so a routing can breathe. Cables from its outputs back into its\n"
	"inputs make feedback networks, a block late.",
    .process = process,
    .inputs = {SIGNAL("a"), SIGNAL("b"), SIGNAL("c"), SIGNAL("d"), SIGNAL("e"), SIGNAL("f"), ROW("a"), ROW("b"),
               ROW("c"), ROW("d"), ROW("e"), ROW("f")},
    .outputs = {{"out1", "sum of its column"},
                {"out2", "sum of its column"},
                {"out3", "sum of its column"},
                {"out4", "sum of its column"},
                {"out5", "sum of its column"},
                {"out6", "sum of its column"}});
