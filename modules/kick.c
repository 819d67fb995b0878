/* kick — bass drum: a sine that falls in pitch while it fades. */
#include <understudy/dsp.h>

enum { TRIGGER, FREQ, SWEEP, SWEEP_TIME, DECAY, DRIVE, VELOCITY };

struct kick {
	us_uvec phase;
	us_vec level; /* 1 at the stroke, exponentially to 0 */
	us_vec bend;  /* of the pitch, likewise */
	us_vec velocity;
	us_ivec was_on;
	struct us_carry carry;
};

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct kick s = *(struct kick *)state;
	const int steady = us_is_constant(b, DECAY) && us_is_constant(b, SWEEP_TIME) && us_is_constant(b, DRIVE);
	us_vec keep_level = us_splat(0), keep_bend = keep_level, drive = keep_level;
	for (int i = 0; i < US_BLOCK; i++) {
		if (i == 0 || !steady) {
			keep_level = us_fade(in[DECAY][i], b->rate), keep_bend = us_fade(in[SWEEP_TIME][i], b->rate);
			drive = us_db_to_gain(us_clamp(in[DRIVE][i], 0, 48));
		}
		const us_ivec struck = us_rise(&s.was_on, in[TRIGGER][i]);
		s.phase &= (us_uvec)~struck;
		s.level = us_select(struck, us_splat(1), s.level);
		s.bend = us_select(struck, us_splat(1), s.bend);
		s.velocity = us_select(struck, us_clamp(in[VELOCITY][i], 0, 1), s.velocity);
		const us_vec sound = us_tanh(us_sin_phase(s.phase) * s.level * drive) * s.velocity;
		out[0][i] = us_clamp(us_carried(&s.carry, struck, sound, b), -1, 1);
		s.phase += us_phase_step(in[FREQ][i] * us_exp2(in[SWEEP][i] * s.bend) * b->seconds_per_frame);
		s.level *= keep_level;
		s.bend *= keep_bend;
	}
	*(struct kick *)state = s;
}

US_MODULE(
    kick, "bass drum", .also = "bassdrum",
    .help = "Plug a clock or euclid into trigger. A short sweep_time is a click, a longer one a tom; a long decay with "
	    "low\n"
	    "drive is the deep drum of the 808, a short one with more drive that of the 909. freq is where the pitch\n"
	    "comes to rest: tune it to the song. Struck while it still sounds, it does not click.",
    .version = 2, .state_size = sizeof(struct kick), .process = process,
    .inputs = {[TRIGGER] = {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "strikes at each rise", .also = "trig"},
               [FREQ] = {"freq", US_HZ, 48, 20, 400, US_EXP, "pitch at rest", .also = "frequency"},
               [SWEEP] = {"sweep", US_OCTAVE, 3.2f, 0, 7, US_LIN, "how far above that it begins", .also = "bend"},
               [SWEEP_TIME] = {"sweep_time", US_MS, 120, 1, 1000, US_EXP, "time for the pitch to settle"},
               [DECAY] = {"decay", US_MS, 600, 20, 5000, US_EXP, "time to fade by 60 dB", .also = "dec"},
               [DRIVE] = {"drive", US_DB, 6, 0, 36, US_LIN, "into the saturation"},
               [VELOCITY] = {"velocity", US_RATIO, 1, 0, 1, US_LIN, "level, read at the stroke", .also = "vel|accent"}},
    .outputs = {{"out", "audio, -1 to 1"}});
