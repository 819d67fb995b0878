/* switch — one of eight signals, chosen by a clock or by a value. */
#include <understudy/dsp.h>

enum { WAYS = 8 };
enum { IN_1, CLOCK = WAYS, RESET, STEPS, CHOOSE, FADE };
enum { OUT, STEP };

struct ways {
	struct us_stepper stepper;
	us_vec share[WAYS]; /* of each input in the output */
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
		const us_vec now = choose(&s, in, i);
		const us_vec step = 1 / us_max(us_clamp(in[FADE][i], 0, 10000) * (0.001f * b->rate), us_splat(1));
		us_vec sum = us_splat(0);
		for (int w = 0; w < WAYS; w++) {
			const us_vec goal = us_select(now == (float)w, us_splat(1), us_splat(0));
			const us_vec moved = us_max(us_min(s.share[w] + step, goal), s.share[w] - step);
			s.share[w] = us_select(s.has_begun, moved, goal);
			sum += s.share[w] * us_bound(in[IN_1 + w][i]);
		}
		s.has_begun = (us_ivec)(now >= 0);
		out[OUT][i] = us_bound(sum);
		out[STEP][i] = now;
	}
	*(struct ways *)state = s;
}

#define IN(N) [IN_1 + N - 1] = {"in" #N, US_SIGNAL, 0, -10, 10, US_LIN, "signal " #N}

US_MODULE(
    switch, "one of eight signals: the next one at each clock, or by number", .also = "selector|sequential_switch",
    .help =
	"A sequencer of anything: constants into in1 to in8 and a clock make a melody, oscillators a timbre that\n"
	"steps. choose is added to where the clock has come to, so without a clock it selects by value (an lfo, a\n"
	"random), and with one it begins elsewhere. steps is after how many it begins again, fade how long the old\n"
	"one takes to give way. The way back is route.",
    .state_size = sizeof(struct ways), .process = process,
    .inputs =
	{IN(1), IN(2), IN(3), IN(4), IN(5), IN(6), IN(7),
         IN(8), [CLOCK] = {"clock", US_TRIGGER, 0, 0, 1, US_STEP, "one step for each rise", .also = "clk|trigger|trig"},
         [RESET] = {"reset", US_TRIGGER, 0, 0, 1, US_STEP, "back to the first", .also = "rst|sync"},
         [STEPS] = {"steps", US_COUNT, 8, 1, WAYS, US_STEP, "how many of them take part"},
         [CHOOSE] = {"choose", US_RATIO, 0, 0, WAYS - 1, US_LIN, "which one, from 0; counted from the clock's"},
         [FADE] = {"fade", US_MS, 1, 0, 10000, US_LIN, "from one to the next"}},
    .outputs = {[OUT] = {"out", "the one that is chosen"}, [STEP] = {"step", "its number, from 0"}});
