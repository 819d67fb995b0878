/* lfo — low-frequency oscillator: free, reset by a trigger, or tied to the song's beat. */
#include <understudy/dsp.h>

enum { FREQ, BEATS, PHASE, SHAPE, WIDTH, RESET };
enum { OUT, POSITIVE };
enum { SINE, TRIANGLE, RISE, FALL, SQUARE, STEPS, WANDER };

struct lfo {
	us_uvec phase; /* 2^32 is one cycle */
	us_uvec counter;
	us_vec from, to; /* the random value of the last cycle and of this one */
	us_vec at;       /* place in the cycle at the last frame */
	us_ivec was_set; /* mask: reset was above 0.5 */
};

/* Place in the cycle, 0 to 1, and one frame on. With beats it follows from the song position alone, so that whoever
 * comes late or changes the tempo is in place at once. */
US_REALTIME static us_vec advance(struct lfo *s, const us_vec *const in[], int i, const struct us_block *b)
{
	s->phase &= (us_uvec)~us_rise(&s->was_set, in[RESET][i]);
	us_vec at = us_to_float((us_ivec)(s->phase >> 1)) * 0x1p-31f;
	s->phase += us_phase_step(in[FREQ][i] * b->seconds_per_frame);
	const us_vec beats = us_clamp(in[BEATS][i], 0, 1024);
	if (us_any(beats > 0))
		at = us_select(beats > 0, us_song_phase(us_max(beats, us_splat(1 / 64.f)), i, b), at);
	return us_wrap(at + us_clamp(in[PHASE][i], -1, 1));
}

US_REALTIME static us_vec shape(const struct lfo *s, us_vec shape, us_vec width, us_vec x)
{
	const us_vec rise = 2 * x - 1;
	const us_vec eased = x * x * (3 - 2 * x);
	us_vec y = us_sin_cycles(x);
	y = us_select(shape > 0.5f, 1 - 4 * us_abs(us_wrap(x + 0.25f) - 0.5f), y);
	y = us_select(shape > 1.5f, rise, y);
	y = us_select(shape > 2.5f, -rise, y);
	y = us_select(shape > 3.5f, us_select(x < width, us_splat(1), us_splat(-1)), y);
	y = us_select(shape > 4.5f, s->to, y);
	return us_select(shape > 5.5f, s->from + (s->to - s->from) * eased, y);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct lfo s = *(struct lfo *)state;
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec at = advance(&s, in, i, b);
		const us_ivec over = us_abs(at - s.at) > 0.5f; /* a new cycle: a new random value */
		s.at = at;
		if (us_any(over)) {
			us_uvec counter = s.counter;
			const us_vec next = us_random(&counter);
			s.counter = (us_uvec)us_select(over, (us_vec)counter, (us_vec)s.counter);
			s.from = us_select(over, s.to, s.from);
			s.to = us_select(over, next, s.to);
		}
		out[OUT][i] = shape(&s, in[SHAPE][i], us_clamp(in[WIDTH][i], 0, 1), at);
		out[POSITIVE][i] = 0.5f + 0.5f * out[OUT][i];
	}
	*(struct lfo *)state = s;
}

static void init(void *state, const struct us_setup *setup)
{
	struct lfo *s = state;
	s->counter = us_seed_voices(setup, 0);
	s->from = us_random(&s->counter);
	s->to = us_random(&s->counter);
}

US_MODULE(
    lfo, "low-frequency oscillator for modulation", .also = "simple_lfo|lfnoise shape=steps|low_freq_osc|wobble|vclfo",
    .help =
	"Plug out into a pitch with an amount of 0.02 for vibrato, into a cutoff with some hundred Hz for a wah, into "
	"a\n"
	"vca's level for tremolo (use positive there). steps is a new random value in every cycle, wander glides from\n"
	"one to the next. With beats above 0 the cycle lasts that many quarter notes and is locked to the song's\n"
	"position; freq and reset are then ignored. Several lfos stay together by their phase.",
    .flags = US_SEEDED, .state_size = sizeof(struct lfo), .init = init, .process = process,
    .inputs = {[FREQ] = {"freq", US_HZ, 1, 0.001f, 200, US_EXP, "cycles per second, when beats is 0",
                         .also = "frequency|rate|speed"},
               [BEATS] = {"beats", US_BEAT, 0, 0, 64, US_LIN, "length of a cycle in quarter notes; 0 is free",
                          .also = "division"},
               [PHASE] = {"phase", US_RATIO, 0, -1, 1, US_LIN, "added to the place in the cycle, in cycles"},
               [SHAPE] = {"shape", US_CHOICE, SINE, SINE, WANDER, US_STEP, "waveform",
                          "sine|triangle|rise|fall|square|steps|wander", .also = "waveform|wave"},
               [WIDTH] = {"width", US_RATIO, 0.5f, 0, 1, US_LIN, "share of the cycle in which square is high",
                          .also = "pw|pulsewidth|duty"},
               [RESET] = {"reset", US_TRIGGER, 0, 0, 1, US_STEP, "starts the cycle anew, when beats is 0",
                          .also = "rst|sync"}},
    .outputs = {[OUT] = {"out", "-1 to 1"}, [POSITIVE] = {"positive", "the same from 0 to 1"}});
