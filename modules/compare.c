/* compare — a signal against a level: gates for above, below and near. */
#include <understudy/dsp.h>

enum { IN, LEVEL, HYSTERESIS, WIDTH };
enum { ABOVE, BELOW, NEAR };

struct compare {
	us_ivec above; /* mask */
};

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)b;
	us_ivec above = ((struct compare *)state)->above;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec over = us_bound(in[IN][i]) - us_bound(in[LEVEL][i]);
		const us_vec half = 0.5f * us_clamp(in[HYSTERESIS][i], 0, 10);
		above = (over > half) | (above & (over > -half));
		out[ABOVE][i] = us_select(above, us_splat(1), us_splat(0));
		out[BELOW][i] = us_select(above, us_splat(0), us_splat(1));
		out[NEAR][i] = us_select(us_abs(over) <= us_clamp(in[WIDTH][i], 0, 10), us_splat(1), us_splat(0));
	}
	((struct compare *)state)->above = above;
}

US_MODULE(
    compare, "is a signal above, below or near a level: gates", .also = "comparator",
    .help =
	"Makes a gate of anything: of an lfo, whose level then sets how long it is on; of a follower, so that a loud\n"
	"sound triggers a drum; of noise, for gates at random. hysteresis keeps a signal that trembles around the\n"
	"level from chattering: it must go half of it beyond the level to turn. near is a window of both sides.",
    .state_size = sizeof(struct compare), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -10, 10, US_LIN, "what is looked at", .also = "input"},
               [LEVEL] = {"level", US_RATIO, 0, -10, 10, US_LIN, "what it is held against", .also = "threshold"},
               [HYSTERESIS] = {"hysteresis", US_RATIO, 0, 0, 10, US_LIN,
                               "how far it must go beyond, both ways together"},
               [WIDTH] = {"width", US_RATIO, 0.1f, 0, 10, US_LIN, "how far from the level is still near",
                          .also = "window"}},
    .outputs = {[ABOVE] = {"above", "gate: higher than the level"},
                [BELOW] = {"below", "gate: not so"},
                [NEAR] = {"near", "gate: within width of the level"}});
