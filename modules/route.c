/* route — one signal to one of eight places, chosen by a clock or by a value. */
#include <understudy/dsp.h>

enum { WAYS = 8 };
enum { IN, CLOCK, RESET, STEPS, CHOOSE, FADE };

struct ways {
	struct us_stepper stepper;
	us_vec share[WAYS]; /* of the input in each output */
	us_ivec has_begun;  /* mask: the first choice is not faded to */
};

US_REALTIME static us_vec choose(struct ways *s, const us_vec *const in[], int i)
{
	return us_step(&s->stepper, in[CLOCK][i], in[RESET][i], us_round(us_clamp(in[STEPS][i], 1, WAYS)),
	               us_round(us_clamp(in[CHOOSE][i], 0, WAYS - 1)));
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct ways s = *(struct ways *)state;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec now = choose(&s, in, i), x = us_bound(in[IN][i]);
		const us_vec step = 1 / us_max(us_clamp(in[FADE][i], 0, 10000) * (0.001f * b->rate), us_splat(1));
		for (int w = 0; w < WAYS; w++) {
			const us_vec goal = us_select(now == (float)w, us_splat(1), us_splat(0));
			const us_vec moved = us_max(us_min(s.share[w] + step, goal), s.share[w] - step);
			s.share[w] = us_select(s.has_begun, moved, goal);
			out[w][i] = us_bound(s.share[w] * x);
		}
		s.has_begun = (us_ivec)(now >= 0);
	}
	*(struct ways *)state = s;
}

US_MODULE(
    route, "one signal to one of eight places: the next one at each clock, or by number", .also = "demux",
    .help =
	"A gate that goes round eight drums, a voice that walks from echo to echo. choose is added to where the clock\n"
	"has come to, so without a clock it selects by value. steps is after how many places it begins again, fade\n"
	"how long the old place takes to fall silent: 1 ms or more for a sound, none for a gate. The way back is "
	"switch.",
    .state_size = sizeof(struct ways), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -10, 10, US_LIN, "what goes somewhere", .also = "input"},
               [CLOCK] = {"clock", US_TRIGGER, 0, 0, 1, US_STEP, "one step for each rise", .also = "clk|trigger|trig"},
               [RESET] = {"reset", US_TRIGGER, 0, 0, 1, US_STEP, "back to the first", .also = "rst|sync"},
               [STEPS] = {"steps", US_COUNT, 8, 1, WAYS, US_STEP, "how many places take part"},
               [CHOOSE] = {"choose", US_RATIO, 0, 0, WAYS - 1, US_LIN, "which one, from 0; counted from the clock's"},
               [FADE] = {"fade", US_MS, 0, 0, 10000, US_LIN, "from one to the next"}},
    .outputs = {{"out1", "the first place"},
                {"out2", "the second place"},
                {"out3", "the third place"},
                {"out4", "the fourth place"},
                {"out5", "the fifth place"},
                {"out6", "the sixth place"},
                {"out7", "the seventh place"},
                {"out8", "the eighth place"}});
