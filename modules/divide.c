/* divide — a clock made slower, faster, or both: some of its ticks, and new ones in between. */
#include <understudy/dsp.h>

enum { CLOCK, DIVIDE, MULTIPLY, RESET, WIDTH };
enum { OUT, COUNT };

struct divide {
	us_vec count; /* ticks since the one that was let through */
	us_vec since; /* frames since the last tick, and between the last two; 0: not known */
	us_vec interval;
	us_vec wait;                         /* frames until the next tick of ours */
	us_vec left;                         /* so many of them, up to the next that is let through */
	us_vec on;                           /* frames until out falls */
	us_ivec was_clock, was_reset, first; /* masks; first: the next tick is let through */
	us_ivec follows;                     /* out is as the clock is: how long a tick is cannot be known yet */
	us_ivec has_ticked;
};

static void init(void *state, const struct us_setup *setup)
{
	(void)setup;
	struct divide *s = state;
	s->first = (us_ivec)(us_splat(0) < 1);
}

US_REALTIME static void tick(struct divide *s, us_ivec who, us_vec by)
{
	s->interval = us_select(who & s->has_ticked, s->since, s->interval);
	s->since = us_select(who, us_splat(0), s->since);
	s->has_ticked |= who;
	s->count =
	    us_select(who, us_select(s->first | (us_ivec)(s->count + 1 >= by), us_splat(0), s->count + 1), s->count);
	s->first &= ~who;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	(void)b;
	struct divide s = *(struct divide *)state;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec by = us_round(us_clamp(in[DIVIDE][i], 1, 64)),
			     times = us_round(us_clamp(in[MULTIPLY][i], 1, 64));
		s.first |= us_rise(&s.was_reset, in[RESET][i]);
		const us_ivec ticks = us_rise(&s.was_clock, in[CLOCK][i]);
		tick(&s, ticks, by);
		const us_vec period = s.interval * by / times;
		const us_ivec passes = ticks & (us_ivec)(s.count < 0.5f), known = (us_ivec)(s.interval > 0.5f);
		const us_ivec between = ~passes & (us_ivec)(s.left > 0.5f) & (us_ivec)(s.wait < 0.5f);
		s.left =
		    us_select(passes, us_select(known, times - 1, us_splat(0)), us_select(between, s.left - 1, s.left));
		s.wait = us_select(passes, period, us_select(between, s.wait + period, s.wait)) - 1;
		const us_vec length = us_max(us_round(us_clamp(in[WIDTH][i], 0.01f, 0.99f) * period), us_splat(1));
		s.on = us_select((passes & known) | between, length, s.on);
		s.follows = (s.follows & s.was_clock & ~ticks) | (passes & ~known);
		out[OUT][i] = us_select((us_ivec)(s.on > 0.5f) | s.follows, us_splat(1), us_splat(0));
		out[COUNT][i] = s.count;
		s.on = us_max(s.on - 1, us_splat(0));
		s.since = us_min(s.since + 1, us_splat(1 << 23));
	}
	*(struct divide *)state = s;
}

US_MODULE(
    divide, "a clock divided, multiplied, or both", .also = "clock_divider|divider",
    .help =
	"divide 4 lets every fourth tick through, the first one with it; multiply 3 makes three ticks of each, evenly\n"
	"after the time that the last one took. Both together are polyrhythms: divide 4, multiply 3 is three against\n"
	"four. Exact to the frame; works with any gates, also uneven ones. After a reset the next tick is the first.",
    .state_size = sizeof(struct divide), .init = init, .process = process,
    .inputs = {[CLOCK] = {"clock", US_TRIGGER, 0, 0, 1, US_STEP, "a tick for each rise", .also = "clk|trigger|trig"},
               [DIVIDE] = {"divide", US_COUNT, 2, 1, 64, US_STEP, "of so many ticks one"},
               [MULTIPLY] = {"multiply", US_COUNT, 1, 1, 64, US_STEP, "so many for each of these"},
               [RESET] = {"reset", US_TRIGGER, 0, 0, 1, US_STEP, "the next tick is the first", .also = "rst|sync"},
               [WIDTH] = {"width", US_RATIO, 0.5f, 0.01f, 0.99f, US_LIN, "share of the time in which out is on",
                          .also = "pw|duty"}},
    .outputs = {[OUT] = {"out", "gate"}, [COUNT] = {"count", "ticks since the one that was let through"}});
