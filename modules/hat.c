/* hat — hi-hat: six square waves that no key has in common, high-passed. The closed hat chokes the open one, because
 * they are one pair of cymbals. */
#include <understudy/dsp.h>

enum { TRIGGER, OPEN, FREQ, DECAY, OPEN_DECAY, COLOR, NOISE, VELOCITY };
enum { SQUARES = 6 };

/* The Schmitt triggers of the TR-808 run at 205, 304, 370, 523, 540 and 800 Hz. */
static const float ratio[SQUARES] = {1, 1.4827f, 1.8003f, 2.546f, 2.6303f, 3.8967f};

struct hat {
	us_uvec phase[SQUARES];
	us_uvec counter;
	us_vec level;
	us_ivec is_open; /* how the cymbals were struck last */
	us_vec velocity;
	us_ivec was_closed_on, was_open_on;
	struct us_svf high, higher;
};

/* A square is two saws half a cycle apart, one upside down. Its corners are as round at every sample rate: what lies
 * above hearing would change what the saturation does. */
US_REALTIME static us_vec square(us_uvec phase, us_vec step)
{
	const us_vec at = us_to_float((us_ivec)(phase >> 1)) * 0x1p-31f;
	const us_vec opposite = us_to_float((us_ivec)((phase + 0x80000000u) >> 1)) * 0x1p-31f;
	const us_vec naive = us_select((us_ivec)phase < 0, us_splat(-1), us_splat(1));
	return naive - us_polyblep(at, step) + us_polyblep(opposite, step);
}

US_REALTIME static us_vec clang(struct hat *s, us_vec cycles, uint32_t hold)
{
	us_vec sum = us_splat(0);
	for (int k = 0; k < SQUARES; k++) {
		const us_vec step = us_clamp(cycles * ratio[k], 1e-6f, 0.45f);
		sum += square(s->phase[k], us_min(step * (float)hold, us_splat(0.45f)));
		s->phase[k] += us_phase_step(step);
	}
	return sum * (1.0f / SQUARES);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct hat s = *(struct hat *)state;
	const uint32_t hold = us_hiss_hold(b->rate);
	const int steady = us_is_constant(b, DECAY) && us_is_constant(b, OPEN_DECAY) && us_is_constant(b, COLOR);
	us_vec keep_closed = us_splat(0), keep_open = keep_closed;
	struct us_svf_knobs color = {keep_closed, keep_closed, keep_closed};
	for (int i = 0; i < US_BLOCK; i++) {
		if (i == 0 || !steady) {
			keep_closed = us_fade(in[DECAY][i], b->rate), keep_open = us_fade(in[OPEN_DECAY][i], b->rate);
			color = us_svf_tune(in[COLOR][i] * b->seconds_per_frame, 0.9f);
		}
		const us_ivec closed = us_rise(&s.was_closed_on, in[TRIGGER][i]);
		const us_ivec opened = us_rise(&s.was_open_on, in[OPEN][i]) & ~closed;
		s.is_open = (s.is_open | opened) & ~closed;
		s.level = us_select(closed | opened, us_splat(1), s.level);
		s.velocity = us_select(closed | opened, us_clamp(in[VELOCITY][i], 0, 1), s.velocity);

		const us_vec metal = clang(&s, us_clamp(in[FREQ][i], 0, 1e5f) * b->seconds_per_frame, hold);
		const us_vec hiss = us_hiss(&s.counter, hold, i, b), share = us_clamp(in[NOISE][i], 0, 1);
		const us_vec raw = 3 * (metal + share * (0.35f * hiss - metal));
		const us_vec thin = us_svf_frame(&s.higher, color, us_svf_frame(&s.high, color, raw).high).high;
		out[0][i] = us_tanh(thin * s.level) * s.velocity;
		s.level *= us_select(s.is_open, keep_open, keep_closed);
	}
	*(struct hat *)state = s;
}

static void init(void *state, const struct us_setup *setup)
{
	struct hat *s = state;
	s->counter = us_seed_voices(setup, 0);
	for (int k = 0; k < SQUARES; k++)
		s->phase[k] = us_seed_voices(setup, 0x51ed270bu * (uint32_t)(k + 1));
}

US_MODULE(
    hat, "hi-hat, closed and open", .also = "hihat",
    .help =
	"A clock of 0.25 or 0.5 beats into trigger, another one or a euclid into open. A closed stroke cuts off an\n"
	"open one: it is the same pair of cymbals. With a high color it is a shaker, with a low one and a long\n"
	"open_decay a ride. noise takes the metal away. velocity from a random makes it breathe.\n"
	"After the six oscillators of the TR-808.",
    .flags = US_SEEDED, .state_size = sizeof(struct hat), .init = init, .process = process,
    .inputs = {[TRIGGER] = {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "strikes it closed at each rise", .also = "trig"},
               [OPEN] = {"open", US_TRIGGER, 0, 0, 1, US_STEP, "strikes it open at each rise"},
               [FREQ] = {"freq", US_HZ, 205, 60, 1000, US_EXP, "of the lowest of six squares", .also = "frequency"},
               [DECAY] = {"decay", US_MS, 90, 5, 2000, US_EXP, "time for the closed hat to fade by 60 dB",
                          .also = "dec"},
               [OPEN_DECAY] = {"open_decay", US_MS, 700, 20, 8000, US_EXP, "the same of the open hat"},
               [COLOR] = {"color", US_HZ, 7000, 500, 16000, US_EXP, "what lies below is taken away", .also = "colour"},
               [NOISE] = {"noise", US_RATIO, 0.25f, 0, 1, US_LIN, "0 metal alone, 1 hiss alone"},
               [VELOCITY] = {"velocity", US_RATIO, 1, 0, 1, US_LIN, "level, read at the stroke", .also = "vel|accent"}},
    .outputs = {{"out", "audio, -1 to 1"}});
