/* gates — what can be done to a gate: late, longer, several times, perhaps. All of it exact to the frame. */
#include <understudy/dsp.h>

enum { GATE, DELAY, LENGTH, BURST, SPACE, CHANCE };
enum { OUT, SKIPPED };

#define LONGEST_MS 10000

struct gates {
	us_uvec random; /* one for each lane */
	us_ivec was_on;
	us_ivec wait; /* frames until the next stroke of a burst, if any is left */
	us_ivec left; /* strokes of the burst, with the next */
	us_ivec on;   /* frames until out falls */
	us_ivec skipped;
};

US_REALTIME static us_ivec frames_of(us_vec ms, const struct us_block *b)
{
	return us_to_int(us_round(us_clamp(ms, 0, LONGEST_MS) * (0.001f * b->rate)));
}

US_REALTIME static us_ivec at_least(us_ivec x, int32_t least)
{
	const us_ivec less = (us_ivec)(x < least);
	return (~less & x) | (less & least);
}

/* A number from 0 to 1 for each lane. */
US_REALTIME static us_vec throw(struct gates * s)
{
	s->random = s->random * 1664525u + 1013904223u;
	return us_to_float((us_ivec)(s->random >> 8)) * (1.f / 16777216);
}

static void init(void *state, const struct us_setup *setup)
{
	struct gates *s = state;
	for (uint32_t l = 0; l < US_LANES; l++)
		s->random[l] = (setup->seed ^ (setup->mono ? 0 : l) * 0x9e3779b9u) * 0x85ebca6bu + 1;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct gates s = *(struct gates *)state;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_ivec rise = us_rise(&s.was_on, in[GATE][i]);
		if (us_any(rise)) {
			const us_ivec lucky = throw(&s) < us_clamp(in[CHANCE][i], 0, 1);
			const us_ivec begins = rise & lucky;
			s.wait = (begins & frames_of(in[DELAY][i], b)) | (~begins & s.wait);
			s.left = (begins & us_to_int(us_round(us_clamp(in[BURST][i], 1, 64)))) | (~begins & s.left);
			s.skipped = (rise & ~lucky) | (~rise & s.skipped);
		}
		const us_ivec strikes = (us_ivec)(s.wait == 0) & (us_ivec)(s.left > 0);
		if (us_any(strikes)) {
			const us_ivec space = frames_of(in[SPACE][i], b), length = frames_of(in[LENGTH][i], b);
			s.on = (strikes & at_least(length, 1)) | (~strikes & s.on);
			s.left -= strikes & 1;
			s.wait = (strikes & at_least(space, 2)) | (~strikes & s.wait);
		}
		s.wait -= (us_ivec)(s.wait > 0) & 1;
		out[OUT][i] = us_select((us_ivec)(s.on > 0), us_splat(1), us_splat(0));
		s.on -= (us_ivec)(s.on > 0) & 1;
		s.skipped &= (us_ivec)(in[GATE][i] > 0.5f);
		out[SKIPPED][i] = us_select(s.skipped, us_splat(1), us_splat(0));
	}
	*(struct gates *)state = s;
}

US_MODULE(
    gates, "delays a gate, stretches it, repeats it, or lets it pass by chance",
    .help =
	"Each rise of gate is one stroke at out: delay later, length long, burst strokes space apart. chance below 1\n"
	"lets only some of them through, by a seeded die, and skipped opens for the others while the gate lasts: two\n"
	"drums that share a rhythm. A burst of 8 with a short space is a roll, one with delay an echo of the rhythm.\n"
	"A gate that rises during a burst begins a new one.",
    .flags = US_SEEDED, .state_size = sizeof(struct gates), .init = init, .process = process,
    .inputs = {[GATE] = {"gate", US_GATE, 0, 0, 1, US_STEP, "each rise counts"},
               [DELAY] = {"delay", US_MS, 0, 0, LONGEST_MS, US_LIN, "from the rise to the first stroke",
                          .also = "time"},
               [LENGTH] = {"length", US_MS, 20, 0, LONGEST_MS, US_LIN, "of each stroke"},
               [BURST] = {"burst", US_COUNT, 1, 1, 64, US_STEP, "strokes for each gate"},
               [SPACE] = {"space", US_MS, 100, 0, LONGEST_MS, US_LIN, "from stroke to stroke of a burst"},
               [CHANCE] = {"chance", US_RATIO, 1, 0, 1, US_LIN, "probability that a gate passes",
                           .also = "probability|prob"}},
    .outputs = {[OUT] = {"out", "the strokes"}, [SKIPPED] = {"skipped", "the gates that did not pass"}});
