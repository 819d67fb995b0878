/* metal — gongs, cymbals and cowbells: six sines in a ring, each bending the phase of the next. Weakly bound they are a
 * chord of iron, strongly bound they are noise that remembers where it came from. */
#include <understudy/dsp.h>

enum { TRIGGER, CHOKE, FREQ, CLASH, SWELL, DECAY, COLOR, VELOCITY };
enum { SINES = 6 };

/* Square roots of the first primes over that of the first: no two have a common period. */
static const float ratio[SINES] = {1, 1.2247449f, 1.5811388f, 1.8708287f, 2.3452079f, 2.5495098f};

#define CHOKE_MS 60.0f
#define CONTACT_MS 5.0f /* a mallet, not a switch */
#define MOST_BEND 0.36f /* cycles; where 2π of it passes 1, order ends */

struct metal {
	us_uvec phase[SINES];
	us_vec sine[SINES]; /* of the last frame: what bends the next one */
	us_vec level;
	us_vec heard; /* the level, as the mallet lets it come */
	us_vec calm;  /* 1 at the stroke; the treble is there when it is gone */
	us_ivec is_choked;
	us_vec velocity;
	us_ivec was_on, was_choked;
	struct us_svf color;
};

struct knobs {
	us_vec keep_level, keep_choked, keep_calm, keep_heard;
	struct us_svf_knobs color;
};

US_REALTIME static struct knobs turn(const us_vec *const in[], int i, const struct us_block *b)
{
	return (struct knobs){us_fade(in[DECAY][i], b->rate), us_fade(us_splat(CHOKE_MS), b->rate),
	                      us_fade(in[SWELL][i], b->rate), us_fade(us_splat(CONTACT_MS), b->rate),
	                      us_svf_tune(in[COLOR][i] * b->seconds_per_frame, 0.7f)};
}

/* A hand on the rim ends what rings; the next stroke takes it away. */
US_REALTIME static void strike(struct metal *s, const us_vec *const in[], int i)
{
	const us_ivec struck = us_rise(&s->was_on, in[TRIGGER][i]), choked = us_rise(&s->was_choked, in[CHOKE][i]);
	s->is_choked = (s->is_choked | choked) & ~struck;
	s->level = us_select(struck, us_splat(1), s->level);
	s->calm = us_select(struck, us_splat(1), s->calm);
	s->velocity = us_select(struck, us_clamp(in[VELOCITY][i], 0, 1), s->velocity);
}

/* A sine that is high already is bent less, so that little folds down. */
US_REALTIME static us_vec ring(struct metal *s, us_vec cycles, us_vec clash)
{
	us_vec sine[SINES], sum = us_splat(0);
	for (int k = 0; k < SINES; k++) {
		const us_vec step = us_min(cycles * ratio[k], us_splat(0.45f));
		const us_vec bend = MOST_BEND * clash * (1 - 2 * step) * s->sine[(k + 1) % SINES];
		sine[k] = us_sin_phase(s->phase[k] + us_phase(bend));
		s->phase[k] += us_phase_step(step);
		sum += sine[k];
	}
	for (int k = 0; k < SINES; k++)
		s->sine[k] = sine[k];
	return sum * (1.0f / SINES);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct metal s = *(struct metal *)state;
	const uint64_t knobs = 1ull << DECAY | 1ull << SWELL | 1ull << COLOR;
	struct knobs k = turn(in, 0, b);
	for (int i = 0; i < US_BLOCK; i++) {
		if ((b->constant & knobs) != knobs)
			k = turn(in, i, b);
		strike(&s, in, i);
		/* a hard stroke is bright, and what fades grows dark */
		const us_vec bright = (1 - s.calm) * s.velocity * us_sqrt(s.level);
		const us_vec cycles = us_clamp(in[FREQ][i] * b->seconds_per_frame, 0, 1);
		const us_vec iron = ring(&s, cycles, us_clamp(in[CLASH][i], 0, 1) * bright);
		const us_vec thin = us_svf_frame(&s.color, k.color, iron).high;
		const us_vec level = s.level * s.velocity;
		s.heard = level + k.keep_heard * (s.heard - level);
		out[0][i] = us_tanh(2.5f * thin * s.heard);
		s.level *= us_select(s.is_choked, k.keep_choked, k.keep_level);
		s.calm *= k.keep_calm;
	}
	*(struct metal *)state = s;
}

static void init(void *state, const struct us_setup *setup)
{
	struct metal *s = state;
	for (int k = 0; k < SINES; k++)
		s->phase[k] = us_seed_voices(setup, 0x51ed270bu * (uint32_t)k);
}

US_MODULE(
    metal, "gongs, cymbals and cowbells",
    .help =
	"freq 400 and up with much clash and a high color is a cymbal, freq 100 with a swell of a second a gong whose\n"
	"treble blooms after the stroke, freq 560 with little clash and a short decay a cowbell or an anvil. What\n"
	"bends is stronger for strong strokes, so velocity changes the colour too. choke is a hand on the rim. No two\n"
	"strokes are alike; replay brings the same again. A ring of phase modulation, after Chowning 1973.",
    .flags = US_SEEDED, .state_size = sizeof(struct metal), .init = init, .process = process,
    .inputs = {[TRIGGER] = {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "strikes at each rise", .also = "trig"},
               [CHOKE] = {"choke", US_TRIGGER, 0, 0, 1, US_STEP, "stops the ringing at each rise"},
               [FREQ] = {"freq", US_HZ, 420, 30, 4000, US_EXP, "of the lowest of six sines", .also = "frequency"},
               [CLASH] = {"clash", US_RATIO, 0.6f, 0, 1, US_LIN, "0 a chord of sines, 1 noise"},
               [SWELL] = {"swell", US_MS, 20, 0.1f, 4000, US_EXP, "time for the treble to come"},
               [DECAY] = {"decay", US_MS, 2500, 20, 30000, US_EXP, "time to fade by 60 dB", .also = "dec"},
               [COLOR] = {"color", US_HZ, 1500, 20, 12000, US_EXP, "what lies below is taken away", .also = "colour"},
               [VELOCITY] = {"velocity", US_RATIO, 1, 0, 1, US_LIN, "strength, read at the stroke",
                             .also = "vel|accent"}},
    .outputs = {{"out", "audio, -1 to 1"}});
