/* constant — eight knobs. */
#include <understudy/dsp.h>

enum { KNOBS = 8 };

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)state, (void)b;
	for (int k = 0; k < KNOBS; k++)
		for (int i = 0; i < US_BLOCK; i++)
			out[k][i] = us_bound(in[k][i]);
}

#define KNOB(NAME)                                                                                                     \
	{                                                                                                              \
		NAME, US_RATIO, 0, -10, 10, US_LIN, "what " NAME " gives"                                              \
	}
US_MODULE(
    constant, "eight knobs: one place for what many cables carry", .also = "dc|offset|macro",
    .help =
	"Each output gives what its knob of the same name says. Cabled to several inputs, with an amount each, one\n"
	"knob becomes a macro; as the whole control panel of a patch it is what a fader box is mapped to. What is\n"
	"plugged into a knob is added to it, so it is a bank of offsets, too.",
    .process = process,
    .inputs = {KNOB("a"), KNOB("b"), KNOB("c"), KNOB("d"), KNOB("e"), KNOB("f"), KNOB("g"), KNOB("h")},
    .outputs = {{"a", "knob a"},
                {"b", "knob b"},
                {"c", "knob c"},
                {"d", "knob d"},
                {"e", "knob e"},
                {"f", "knob f"},
                {"g", "knob g"},
                {"h", "knob h"}});
