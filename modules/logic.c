/* logic — what two gates are together. */
#include <understudy/dsp.h>

enum { A, B };
enum { AND, OR, XOR, NAND, NOR, XNOR, TOGGLE, LATCH };

struct logic {
	us_ivec was_a, was_b; /* masks, all of them */
	us_ivec toggle, latch;
};

US_REALTIME static us_vec gate(us_ivec on)
{
	return us_select(on, us_splat(1), us_splat(0));
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[],
                                const struct us_block *block)
{
	(void)block;
	struct logic s = *(struct logic *)state;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_ivec set = us_rise(&s.was_a, in[A][i]), reset = us_rise(&s.was_b, in[B][i]);
		const us_ivec a = s.was_a, b = s.was_b;
		s.toggle ^= set;
		s.latch = (s.latch | set) & ~reset;
		out[AND][i] = gate(a & b);
		out[OR][i] = gate(a | b);
		out[XOR][i] = gate(a ^ b);
		out[NAND][i] = gate(~(a & b));
		out[NOR][i] = gate(~(a | b));
		out[XNOR][i] = gate(~(a ^ b));
		out[TOGGLE][i] = gate(s.toggle);
		out[LATCH][i] = gate(s.latch);
	}
	*(struct logic *)state = s;
}

US_MODULE(
    logic, "two gates together: and, or, xor and their opposites, toggle, latch",
    .help =
	"Rhythms out of rhythms: two clocks of 3 and 4 in xor are a figure that neither plays, and gives the\n"
	"meeting points, nor fills the holes. toggle changes with every rise of a, half as often; latch is set by a\n"
	"and reset by b (which wins when both rise). With nothing in b, nor is the opposite of a.",
    .state_size = sizeof(struct logic), .process = process,
    .inputs = {[A] = {"a", US_GATE, 0, 0, 1, US_STEP, "on above 0.5"},
               [B] = {"b", US_GATE, 0, 0, 1, US_STEP, "on above 0.5"}},
    .outputs = {[AND] = {"and", "both"},
                [OR] = {"or", "one or both"},
                [XOR] = {"xor", "one, not both"},
                [NAND] = {"nand", "not both"},
                [NOR] = {"nor", "none"},
                [XNOR] = {"xnor", "both or none"},
                [TOGGLE] = {"toggle", "changes at each rise of a"},
                [LATCH] = {"latch", "on from a rise of a to a rise of b"}});
