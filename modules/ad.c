/* ad — envelope of two stages: up, and down again, however long the trigger lasts. Level as a function of the frames
 * since the stage began: each time is exact to the frame. */
#include <understudy/dsp.h>

enum { IN, TRIGGER, ATTACK, DECAY, CURVE, LOOP, VELOCITY };
enum { OUT, ENV, END };

#define LONGEST_MS 60000

struct ad {
	us_vec frames; /* since the stage began */
	us_vec start;  /* level when the attack began */
	us_vec peak;   /* velocity, as it was at the trigger */
	us_vec level;
	us_ivec was_on, rising, falling; /* masks; neither: at rest */
};

US_REALTIME static us_vec frames_of(us_vec ms, const struct us_block *b)
{
	return us_round(us_clamp(ms, 0, LONGEST_MS) * (0.001f * b->rate));
}

/* From 0 to 1 with x, as bent as `bend` is far from 1. */
US_REALTIME static us_vec along(us_vec x, us_vec bend)
{
	return x / (x + (1 - x) * bend);
}

US_REALTIME static us_vec share(us_vec frames, us_vec span)
{
	return us_clamp(frames / us_max(span, us_splat(1)), 0, 1);
}

/* Returns the mask of those that have just come to their end. */
US_REALTIME static us_ivec turn(struct ad *s, us_ivec struck, us_vec attack, us_vec decay, us_ivec loop)
{
	s->rising |= struck;
	s->falling &= ~struck;
	s->start = us_select(struck, s->level, s->start);
	s->frames = us_select(struck, us_splat(0), s->frames);
	const us_ivec top = s->rising & (s->frames >= attack);
	s->rising &= ~top;
	s->falling |= top;
	s->frames = us_select(top, us_splat(0), s->frames);
	const us_ivec end = s->falling & (s->frames >= decay), again = end & loop;
	s->falling &= ~end;
	s->rising |= again;
	s->start = us_select(again, us_splat(0), s->start);
	s->frames = us_select(again, us_splat(0), s->frames);
	return end;
}

US_REALTIME static us_vec level(const struct ad *s, us_vec attack, us_vec decay, us_vec bend)
{
	const us_vec up = s->start + (s->peak - s->start) * (1 - along(1 - share(s->frames, attack), bend));
	const us_vec down = s->peak * along(1 - share(s->frames, decay), bend);
	return us_select(s->rising, up, us_select(s->falling, down, us_splat(0)));
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct ad s = *(struct ad *)state;
	us_vec bend = us_exp2(4 * us_clamp(in[CURVE][0], -1, 1));
	for (int i = 0; i < US_BLOCK; i++) {
		if (!us_is_constant(b, CURVE))
			bend = us_exp2(4 * us_clamp(in[CURVE][i], -1, 1));
		const us_vec attack = frames_of(in[ATTACK][i], b), decay = frames_of(in[DECAY][i], b);
		const us_ivec struck = us_rise(&s.was_on, in[TRIGGER][i]);
		s.peak = us_select(struck, us_clamp(in[VELOCITY][i], 0, 1), s.peak);
		const us_ivec end = turn(&s, struck, attack, decay, (us_ivec)(in[LOOP][i] >= 0.5f));
		s.level = level(&s, attack, decay, bend);
		s.frames += 1;
		out[ENV][i] = s.level;
		out[END][i] = us_select(end, us_splat(1), us_splat(0));
		out[OUT][i] = us_bound(us_bound(in[IN][i]) * s.level);
	}
	*(struct ad *)state = s;
}

US_MODULE(
    ad, "envelope: attack and decay, for what is struck; with a VCA inside", .also = "perc|decay_env",
    .help =
	"For drums, plucks and sweeps: a rise of trigger starts it, and its length is its own, however long the gate\n"
	"is. With loop on it begins again at its end, as an lfo whose rise and fall are times; end fires each time it\n"
	"comes down, and can start the next one. curve above 0 falls fast and then slowly, as a string does, below 0\n"
	"slowly and then fast. Times are exact to the frame.",
    .state_size = sizeof(struct ad), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 1, -1, 1, US_LIN, "what to shape; 1 while nothing is plugged in",
                       .also = "input"},
               [TRIGGER] = {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "starts at each rise", .also = "trig"},
               [ATTACK] = {"attack", US_MS, 2, 0, 20000, US_LIN, "time to the peak", .also = "att"},
               [DECAY] = {"decay", US_MS, 300, 0, 20000, US_LIN, "time from the peak to silence", .also = "dec"},
               [CURVE] = {"curve", US_RATIO, 0.6f, -1, 1, US_LIN, "0 straight, above 0 as a string fades"},
               [LOOP] = {"loop", US_CHOICE, 0, 0, 1, US_STEP, "begins again at its end", "off|on"},
               [VELOCITY] = {"velocity", US_RATIO, 1, 0, 1, US_LIN, "peak level, read at the trigger",
                             .also = "vel|accent"}},
    .outputs = {[OUT] = {"out", "in, shaped"},
                [ENV] = {"env", "the envelope alone, 0 to 1"},
                [END] = {"end", "trigger when it has come down"}});
