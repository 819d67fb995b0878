/* euclid — spreads a number of hits as evenly as they will go over a number of steps. Toussaint, The Euclidean
 * Algorithm Generates Traditional Musical Rhythms, 2005; in the closed form of Bresenham's line. */
#include <understudy/dsp.h>

enum { CLOCK, HITS, STEPS, ROTATE, RESET };
enum { OUT, REST };

struct euclid {
	us_vec next;       /* step that the next clock plays */
	us_vec now;        /* step that is being played */
	us_ivec was_clock; /* masks */
	us_ivec was_reset;
};

/* x modulo n for whole numbers, n > 0: the half keeps rounding away from the borders. */
US_REALTIME static us_vec modulo(us_vec x, us_vec n)
{
	return x - n * us_floor((x + 0.5f) / n);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)b;
	struct euclid s = *(struct euclid *)state;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec steps = us_round(us_clamp(in[STEPS][i], 1, 64)),
			     hits = us_round(us_clamp(in[HITS][i], 0, 64));
		const us_vec rotate = us_round(us_clamp(in[ROTATE][i], -64, 64));
		s.next = us_select(us_rise(&s.was_reset, in[RESET][i]), us_splat(0), s.next);
		const us_ivec tick = us_rise(&s.was_clock, in[CLOCK][i]);
		s.now = us_select(tick, modulo(s.next, steps), s.now);
		s.next = us_select(tick, s.now + 1, s.next);
		const us_ivec hit = modulo(modulo(s.now - rotate, steps) * us_min(hits, steps), steps) < hits;
		out[OUT][i] = us_select(hit & s.was_clock, us_splat(1), us_splat(0));
		out[REST][i] = us_select(~hit & s.was_clock, us_splat(1), us_splat(0));
	}
	*(struct euclid *)state = s;
}

US_MODULE(
    euclid, "Euclidean rhythm: hits spread evenly over steps", .also = "euclidean",
    .help =
	"3 in 8 is the tresillo, 5 in 8 the cinquillo, 7 in 16 a samba, 4 in 16 a kick drum. Plug a clock into clock;\n"
	"out opens with those clocks that are hits, rest with the others: two drums that answer each other. rotate\n"
	"begins later in the figure. Source: Toussaint 2005.",
    .state_size = sizeof(struct euclid), .process = process,
    .inputs = {[CLOCK] = {"clock", US_TRIGGER, 0, 0, 1, US_STEP, "one step for each rise", .also = "clk|trigger|trig"},
               [HITS] = {"hits", US_COUNT, 3, 0, 64, US_STEP, "how many of the steps sound", .also = "pulses|fills|k"},
               [STEPS] = {"steps", US_COUNT, 8, 1, 64, US_STEP, "length of the figure", .also = "length|n"},
               [ROTATE] = {"rotate", US_COUNT, 0, -64, 64, US_STEP, "begins so many steps later",
                           .also = "rotation|offset"},
               [RESET] = {"reset", US_TRIGGER, 0, 0, 1, US_STEP, "the next clock is the first step",
                          .also = "rst|sync"}},
    .outputs = {[OUT] = {"out", "gate: the clock where there is a hit"},
                [REST] = {"rest", "gate: the clock where there is none"}});
