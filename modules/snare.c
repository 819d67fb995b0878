/* snare — snare drum: a skin that rings in two modes and wires that rattle. */
#include <understudy/dsp.h>

enum { TRIGGER, FREQ, DECAY, WIRES, WIRE_DECAY, COLOR, DRIVE, VELOCITY };

#define SECOND_MODE 1.833f /* the second mode of the skin: 330 Hz over 180 in the 808 */
#define BEND_MS 30.0f      /* the skin is tighter while it is bent far: so long the pitch takes to settle */
#define BEND_OCTAVES 0.6f

struct snare {
	us_uvec first, second; /* phases */
	us_uvec counter;       /* of the noise */
	us_vec skin, wires, bend;
	us_vec velocity;
	us_ivec was_on;
	struct us_svf color;
	struct us_carry carry; /* of the skin */
};

struct knobs {
	us_vec keep_skin, keep_wires, keep_bend, drive;
	struct us_svf_knobs color;
};

US_REALTIME static struct knobs turn(const us_vec *const in[], int i, const struct us_block *b)
{
	return (struct knobs){us_fade(in[DECAY][i], b->rate), us_fade(in[WIRE_DECAY][i], b->rate),
	                      us_fade(us_splat(BEND_MS), b->rate), us_db_to_gain(us_clamp(in[DRIVE][i], 0, 48)),
	                      us_svf_tune(in[COLOR][i] * b->seconds_per_frame, 0.8f)};
}

US_REALTIME static void strike(struct snare *s, us_ivec struck, us_vec velocity)
{
	s->first &= (us_uvec)~struck;
	s->second &= (us_uvec)~struck;
	s->skin = us_select(struck, us_splat(1), s->skin);
	s->wires = us_select(struck, us_splat(1), s->wires);
	s->bend = us_select(struck, us_splat(BEND_OCTAVES), s->bend);
	s->velocity = us_select(struck, us_clamp(velocity, 0, 1), s->velocity);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct snare s = *(struct snare *)state;
	const uint32_t hold = us_hiss_hold(b->rate);
	const uint64_t knobs = 1ull << DECAY | 1ull << WIRE_DECAY | 1ull << COLOR | 1ull << DRIVE;
	struct knobs k = turn(in, 0, b);
	for (int i = 0; i < US_BLOCK; i++) {
		if ((b->constant & knobs) != knobs)
			k = turn(in, i, b);
		const us_ivec struck = us_rise(&s.was_on, in[TRIGGER][i]);
		strike(&s, struck, in[VELOCITY][i]);
		const us_vec share = us_clamp(in[WIRES][i], 0, 1);
		const us_vec skin =
		    us_carried(&s.carry, struck, (us_sin_phase(s.first) + 0.6f * us_sin_phase(s.second)) * s.skin, b);
		const us_vec wires = us_svf_frame(&s.color, k.color, us_hiss(&s.counter, hold, i, b)).high * s.wires;
		out[0][i] = us_tanh(k.drive * (skin * (1 - share) + 1.4f * share * wires)) * s.velocity;

		const us_vec cycles = in[FREQ][i] * us_exp2(s.bend) * b->seconds_per_frame;
		s.first += us_phase_step(cycles);
		s.second += us_phase_step(SECOND_MODE * cycles);
		s.skin *= k.keep_skin;
		s.wires *= k.keep_wires;
		s.bend *= k.keep_bend;
	}
	*(struct snare *)state = s;
}

static void init(void *state, const struct us_setup *setup)
{
	struct snare *s = state;
	s->counter = us_seed_voices(setup, 0);
}

US_MODULE(
    snare, "snare drum", .also = "snaredrum",
    .help =
	"Plug a clock with phase 0.5, or the rest of a euclid, into trigger. wires is what lies under the skin: at 0\n"
	"the drum is a small tom, at 1 a burst of noise. color thins the noise out. A short wire_decay is a tight\n"
	"snare, a long one a brush. velocity makes ghost notes. Every stroke rattles differently; replay brings the\n"
	"same again. After the voice of the TR-808, whose skin has modes at 180 and 330 Hz.",
    .version = 2, .flags = US_SEEDED, .state_size = sizeof(struct snare), .init = init, .process = process,
    .inputs = {[TRIGGER] = {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "strikes at each rise", .also = "trig"},
               [FREQ] = {"freq", US_HZ, 180, 60, 600, US_EXP, "pitch of the skin", .also = "frequency"},
               [DECAY] = {"decay", US_MS, 160, 10, 2000, US_EXP, "time for the skin to fade by 60 dB", .also = "dec"},
               [WIRES] = {"wires", US_RATIO, 0.55f, 0, 1, US_LIN, "0 skin alone, 1 rattle alone"},
               [WIRE_DECAY] = {"wire_decay", US_MS, 240, 10, 4000, US_EXP, "time for the rattle to fade by 60 dB"},
               [COLOR] = {"color", US_HZ, 1800, 200, 12000, US_EXP, "what lies below is taken from the rattle",
                          .also = "colour"},
               [DRIVE] = {"drive", US_DB, 4, 0, 36, US_LIN, "into the saturation"},
               [VELOCITY] = {"velocity", US_RATIO, 1, 0, 1, US_LIN, "level, read at the stroke", .also = "vel|accent"}},
    .outputs = {{"out", "audio, -1 to 1"}});
