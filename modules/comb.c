/* comb — a short echo fed back on itself until it has a pitch. The low-pass in the loop delays a little too: the line
 * is shortened by what it delays at the pitch, so that the comb stays in tune when it is damped. */
#include <understudy/tap.h>

enum { IN, FREQ, PITCH, FEEDBACK, DAMP, MIX };
enum { TAPS = 4 };

#define LOWEST_HZ 20
#define LOUDEST_LOOP 4 /* 12 dB above full scale; what cubic interpolation adds cannot grow beyond it */

struct comb {
	us_vec damped;
	struct us_swing echo;
	uint32_t write;
	uint32_t unused[7];
	us_vec line[];
};

US_REALTIME static uint32_t length(float rate)
{
	return (uint32_t)(rate / LOWEST_HZ) + 2 * TAPS;
}

static size_t state_size(float rate)
{
	return sizeof(struct comb) + length(rate) * sizeof(us_vec);
}

struct tuning {
	us_vec back, keep; /* frames; what the low-pass holds of its last value */
};

US_REALTIME static struct tuning tune(const us_vec *const in[], int i, const struct us_block *b, uint32_t frames)
{
	const us_vec hz = us_clamp(in[FREQ][i] * us_exp2(in[PITCH][i]), LOWEST_HZ, 0.25f * b->rate);
	const us_vec keep = us_clamp(in[DAMP][i], 0, 1) * 0.9f, cycles = hz * b->seconds_per_frame;
	/* how late y += (1 - keep)(x - y) is at the pitch: the angle of 1 - keep e^-jw, its tangent k sin / (1 - k
	 * cos), here by an arctangent that is right within 0.0003 of a cycle between 0 and an eighth and mirrored
	 * beyond */
	const us_vec above = keep * us_sin_cycles(cycles), below = 1 - keep * us_sin_cycles(cycles + 0.25f);
	const us_ivec steep = above > below;
	const us_vec r = us_select(steep, below, above) / us_select(steep, above, below);
	const us_vec turn = r * (0.15915494f + r * r * (-0.0529f + r * r * (0.0286f - 0.0098f * r * r)));
	const us_vec late = us_select(steep, 0.25f - turn, turn) / cycles;
	return (struct tuning){us_clamp(1 / cycles - late, 2, (float)(frames - TAPS)), keep};
}

US_REALTIME static us_vec echo_at(const us_vec *line, uint32_t write, us_vec wanted, uint32_t frames)
{
	const us_vec floor = us_floor(wanted);
	const us_ivec whole = us_to_int(floor);
	us_vec at[TAPS];
	for (int l = 0; l < US_LANES; l++) {
		uint32_t n = write + frames - (uint32_t)whole[l] + 1;
		for (int k = 0; k < TAPS; k++, n--)
			at[k][l] = line[n >= frames ? n - frames : n][l];
	}
	return us_between(at[0], at[1], at[2], at[3], wanted - floor);
}

US_REALTIME static us_vec next_echo(struct comb *s, us_vec to, uint32_t write, uint32_t frames,
                                    const struct us_block *b)
{
	us_swing_follow(&s->echo, to, us_splat(0), b->seconds_per_frame);
	const us_vec now = echo_at(s->line, write, s->echo.stand, frames);
	return us_swing_fades(&s->echo)
	           ? us_swing_mix(s->echo.fade, now, echo_at(s->line, write, s->echo.old_stand, frames))
	           : now;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct comb *s = state;
	const uint32_t frames = length(b->rate);
	const int steady = us_is_constant(b, FREQ) && us_is_constant(b, PITCH) && us_is_constant(b, DAMP);
	struct tuning t = tune(in, 0, b, frames);
	const int settled = steady && us_swing_rests(&s->echo, t.back, us_splat(0));
	us_vec damped = s->damped;
	uint32_t write = s->write;
	for (int i = 0; i < US_BLOCK; i++) {
		if (!steady)
			t = tune(in, i, b, frames);
		const us_vec dry = us_bound(in[IN][i]);
		const us_vec echo =
		    settled ? echo_at(s->line, write, t.back, frames) : next_echo(s, t.back, write, frames, b);
		damped = echo + t.keep * (damped - echo);
		const us_vec wet = dry + us_clamp(in[FEEDBACK][i], -1, 1) * 0.998f * damped;
		s->line[write] = us_clamp(wet, -LOUDEST_LOOP, LOUDEST_LOOP);
		write = write + 1 == frames ? 0 : write + 1;
		out[0][i] = dry + us_clamp(in[MIX][i], 0, 1) * (wet - dry);
	}
	s->damped = damped, s->write = write;
}

US_MODULE(
    comb, "comb filter: a short echo fed back until it has a pitch",
    .help = "Noise or a click goes in, a string or a tube comes out; a voice becomes a robot. freq is the pitch of\n"
	    "the ringing, in tune at any damp. Positive feedback has all harmonics, negative the odd ones an octave\n"
	    "below: a clarinet's. damp makes high partials die first. Play it through pitch like an oscillator, one\n"
	    "comb for each voice. Source: Moorer 1979; Jaffe and Smith 1983 for the tuning.",
    .version = 2, .flags = US_THROUGH, .state_size_at = state_size, .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio", .also = "input"},
               [FREQ] = {"freq", US_HZ, US_C4_HZ, LOWEST_HZ, 10000, US_EXP, "pitch of the ringing",
                         .also = "frequency"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"},
               [FEEDBACK] = {"feedback", US_RATIO, 0.8f, -1, 1, US_LIN, "how long it rings, and its colour",
                             .also = "fb|regen"},
               [DAMP] = {"damp", US_RATIO, 0.2f, 0, 1, US_LIN, "how much sooner high partials die", .also = "damping"},
               [MIX] = {"mix", US_RATIO, 1, 0, 1, US_LIN, "0 dry, 1 comb alone", .also = "wet"}},
    .outputs = {{"out", "ringing"}});
