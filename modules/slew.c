/* slew — lets a signal move only so fast: glide, lag, soft edges. */
#include <understudy/dsp.h>

enum { IN, RISE, FALL, SHAPE };

struct slew {
	us_vec level;
	us_ivec awake; /* mask: has seen its first frame, where it jumps instead of gliding from 0 */
};

/* Share of the way per frame after which an exponential glide has done 99 % of it in `ms`. */
US_REALTIME static us_vec share(us_vec ms, const struct us_block *b)
{
	const us_vec frames = us_clamp(ms, 0, 60000) * (0.001f * b->rate);
	const us_vec share = 1 - us_exp2(-6.6438562f / us_max(frames, us_splat(1e-3f)));
	return us_select(frames < 1, us_splat(1), share);
}

/* Greatest move per frame of a linear glide that takes `ms` for a way of 1. */
US_REALTIME static us_vec pace(us_vec ms, const struct us_block *b)
{
	const us_vec frames = us_clamp(ms, 0, 60000) * (0.001f * b->rate);
	return us_select(frames < 1e-3f, us_splat(4 * US_LOUDEST), 1 / us_max(frames, us_splat(1e-3f)));
}

struct limits {
	us_vec share_up, share_down, pace_up, pace_down;
};

US_REALTIME static struct limits limits(const us_vec *const in[], int i, const struct us_block *b)
{
	return (struct limits){share(in[RISE][i], b), share(in[FALL][i], b), pace(in[RISE][i], b),
	                       pace(in[FALL][i], b)};
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct slew s = *(struct slew *)state;
	const int steady = us_is_constant(b, RISE) && us_is_constant(b, FALL);
	struct limits t = limits(in, 0, b);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!steady)
			t = limits(in, i, b);
		const us_vec x = us_bound(in[IN][i]);
		s.level = us_select(s.awake, s.level, x);
		s.awake = (us_ivec){0} - 1;
		const us_vec way = x - s.level;
		const us_vec eased = way * us_select(way > 0, t.share_up, t.share_down);
		const us_vec even = us_max(us_min(way, t.pace_up), -t.pace_down);
		s.level += us_select(in[SHAPE][i] < 0.5f, eased, even);
		out[0][i] = s.level;
	}
	*(struct slew *)state = s;
}

US_MODULE(
    slew, "glide: limits how fast a signal moves", .also = "glide|portamento|lag|slew_limiter",
    .help =
	"Between a melody and an oscillator's pitch it is portamento; behind a step sequencer it rounds the steps; "
	"with\n"
	"rise 0 and a long fall it is a simple decay envelope for a trigger. ease comes quickly and settles slowly\n"
	"(99 % of any way in the given time); even moves at constant speed (the time is for a way of 1).",
    .flags = US_THROUGH, .state_size = sizeof(struct slew), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -10, 10, US_LIN, "signal to follow", .also = "input"},
               [RISE] = {"rise", US_MS, 50, 0, 10000, US_LIN, "time on the way up", .also = "up|attack"},
               [FALL] = {"fall", US_MS, 50, 0, 10000, US_LIN, "time on the way down", .also = "down|release"},
               [SHAPE] = {"shape", US_CHOICE, 0, 0, 1, US_STEP, "course", "ease|even", .also = "curve"}},
    .outputs = {{"out", "in, unhurried"}});
