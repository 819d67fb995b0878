/* ramp — envelope of up to six stages, each with its level and its time; it can hold at one of them, or go round. */
#include <understudy/dsp.h>

enum { STAGES = 6 };
enum { GATE, COUNT, HOLD, LOOP, CURVE, LEVEL_1, TIME_1 = LEVEL_1 + STAGES };
enum { OUT, END };

#define LONGEST_MS 60000

struct ramp {
	us_vec stage;  /* 1 to STAGES, 0 at rest */
	us_vec frames; /* since it began */
	us_vec start;  /* level when it began */
	us_vec level;
	us_ivec was_on; /* mask */
};

/* One of the six inputs from `first` on, for each lane that of its stage. */
US_REALTIME static us_vec of_stage(const us_vec *const in[], int first, int i, us_vec stage)
{
	us_vec x = in[first][i];
	for (int k = 1; k < STAGES; k++)
		x = us_select(stage > (float)k + 0.5f, in[first + k][i], x);
	return x;
}

US_REALTIME static us_vec frames_of(us_vec ms, const struct us_block *b)
{
	return us_round(us_clamp(ms, 0, LONGEST_MS) * (0.001f * b->rate));
}

US_REALTIME static void go_to(struct ramp *s, us_ivec who, us_vec stage)
{
	s->stage = us_select(who, stage, s->stage);
	s->start = us_select(who, s->level, s->start);
	s->frames = us_select(who, us_splat(0), s->frames);
}

/* Who has come to the end of a stage goes on: through several at once if they take no time, but
 * only once round. Returns who has come to the
 * end of the last. */
US_REALTIME static us_ivec go_on(struct ramp *s, const us_vec *const in[], int i, const struct us_block *b,
                                 us_vec count, us_vec hold)
{
	const us_ivec loops = s->was_on & (us_ivec)(in[LOOP][i] >= 0.5f);
	us_ivec ended = (us_ivec)(s->stage < 0);
	for (int n = 0; n <= 2 * STAGES; n++) {
		const us_vec time = frames_of(of_stage(in, TIME_1, i, s->stage), b);
		const us_ivec holds = s->was_on & (us_ivec)(s->stage == hold);
		const us_ivec done = (us_ivec)(s->stage > 0.5f) & (us_ivec)(s->frames >= time);
		s->level = us_select(done, us_clamp(of_stage(in, LEVEL_1, i, s->stage), -10, 10), s->level);
		const us_ivec is_last = (us_ivec)(s->stage >= count), goes = done & ~holds & ~(ended & is_last);
		if (!us_any(goes))
			break;
		go_to(s, goes & ~is_last, s->stage + 1);
		go_to(s, goes & is_last, us_select(loops, us_splat(1), us_splat(0)));
		ended |= goes & is_last;
	}
	return ended;
}

US_REALTIME static us_vec level(const struct ramp *s, const us_vec *const in[], int i, const struct us_block *b,
                                us_vec bend)
{
	const us_vec time = frames_of(of_stage(in, TIME_1, i, s->stage), b);
	const us_vec x = us_clamp(s->frames / us_max(time, us_splat(1)), 0, 1);
	const us_vec goal = us_clamp(of_stage(in, LEVEL_1, i, s->stage), -10, 10);
	const us_vec moving = s->start + (goal - s->start) * (x / (x + (1 - x) * bend));
	const us_vec there = us_select(s->frames >= time, goal, moving);
	return us_select(s->stage > 0.5f, there, s->level);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct ramp s = *(struct ramp *)state;
	us_vec bend = us_exp2(-4 * us_clamp(in[CURVE][0], -1, 1));
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, CURVE))
			bend = us_exp2(-4 * us_clamp(in[CURVE][i], -1, 1));
		const us_vec count = us_round(us_clamp(in[COUNT][i], 1, STAGES)),
			     hold = us_round(us_clamp(in[HOLD][i], 0, STAGES));
		const us_ivec before = s.was_on, rise = us_rise(&s.was_on, in[GATE][i]), fall = before & ~s.was_on;
		go_to(&s, rise, us_splat(1));
		const us_ivec held = fall & (us_ivec)(s.stage > 0.5f) & (us_ivec)(s.stage <= hold);
		go_to(&s, held, us_select(hold < count, hold + 1, us_splat(0)));
		const us_ivec ended = go_on(&s, in, i, b, count, hold);
		s.level = level(&s, in, i, b, bend);
		s.frames += 1;
		out[OUT][i] = s.level;
		out[END][i] = us_select(ended, us_splat(1), us_splat(0));
	}
	*(struct ramp *)state = s;
}

#define LEVEL(N, VALUE) [LEVEL_1 + N - 1] = {"level" #N, US_RATIO, VALUE, -10, 10, US_LIN, "where stage " #N " goes"}
#define TIME(N, MS) [TIME_1 + N - 1] = {"time" #N, US_MS, MS, 0, LONGEST_MS, US_LIN, "how long stage " #N " takes"}

US_MODULE(
    ramp, "envelope of up to six stages, each with a level and a time", .also = "envgen|multi_env",
    .help =
	"A rise of gate begins at stage 1, from wherever the level is. hold is the stage at whose end it waits while\n"
	"the gate is on; when the gate falls, before or then, the stage behind it follows. With hold 0 it runs "
	"through\n"
	"by itself. With loop on and hold 0 it goes round as long as the gate is on: an lfo of any shape. It rests at\n"
	"the last level that it came to; end fires there. curve above 0 begins each stage fast, below 0 slowly.",
    .state_size = sizeof(struct ramp), .process = process,
    .inputs = {[GATE] = {"gate", US_GATE, 0, 0, 1, US_STEP, "begins when it rises"},
               [COUNT] = {"stages", US_COUNT, 4, 1, STAGES, US_STEP, "how many there are"},
               [HOLD] = {"hold", US_COUNT, 3, 0, STAGES, US_STEP, "waits at the end of this one, 0: nowhere"},
               [LOOP] = {"loop", US_CHOICE, 0, 0, 1, US_STEP, "begins again at its end, while the gate is on",
                         "off|on"},
               [CURVE] = {"curve", US_RATIO, 0.3f, -1, 1, US_LIN, "0 straight, above 0 fast at first"},
               LEVEL(1, 1),
               LEVEL(2, 0.5f),
               LEVEL(3, 0.7f),
               LEVEL(4, 0),
               LEVEL(5, 0),
               LEVEL(6, 0),
               TIME(1, 10),
               TIME(2, 150),
               TIME(3, 300),
               TIME(4, 400),
               TIME(5, 100),
               TIME(6, 100)},
    .outputs = {[OUT] = {"out", "the level"}, [END] = {"end", "trigger when the last stage is over"}});
