/* clap — hands: a few bursts of noise, not quite together, and the room's answer. */
#include <understudy/dsp.h>

enum { TRIGGER, FREQ, HANDS, GAP, DECAY, VELOCITY };

#define BURST_MS 24.0f /* a single hand fades by 60 dB in so long */

struct clap {
	us_uvec counter;
	us_vec level;
	us_vec hands; /* that are still to clap */
	us_vec wait;  /* frames until the next does */
	us_vec velocity;
	us_ivec was_on;
	struct us_svf palm, air;
};

/* The last hand is the loudest and has the room's tail; those before it are short. */
US_REALTIME static void applaud(struct clap *s, const us_vec *const in[], int i, const struct us_block *b)
{
	const us_ivec struck = us_rise(&s->was_on, in[TRIGGER][i]);
	s->hands = us_select(struck, us_round(us_clamp(in[HANDS][i], 1, 16)), s->hands);
	s->wait = us_select(struck, us_splat(0), s->wait);
	s->velocity = us_select(struck, us_clamp(in[VELOCITY][i], 0, 1), s->velocity);
	const us_ivec now = (s->hands > 0) & (s->wait <= 0);
	s->level = us_select(now, us_select(s->hands > 1, us_splat(0.8f), us_splat(1)), s->level);
	s->hands = us_select(now, s->hands - 1, s->hands);
	s->wait = us_select(now, us_round(us_clamp(in[GAP][i], 0, 1000) * (0.001f * b->rate)), s->wait) - 1;
	s->wait = us_max(s->wait, us_splat(0));
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct clap s = *(struct clap *)state;
	const uint32_t hold = us_hiss_hold(b->rate);
	const int steady = us_is_constant(b, FREQ) && us_is_constant(b, DECAY);
	const us_vec keep_burst = us_fade(us_splat(BURST_MS), b->rate);
	const struct us_svf_knobs air = us_svf_tune(us_splat(500 * b->seconds_per_frame), 0.7f);
	struct us_svf_knobs palm = air;
	us_vec keep_tail = keep_burst;
	for (int i = 0; i < US_BLOCK; i++) {
		if (i == 0 || !steady) {
			keep_tail = us_fade(in[DECAY][i], b->rate);
			palm = us_svf_tune(in[FREQ][i] * b->seconds_per_frame, 1.6f);
		}
		applaud(&s, in, i, b);
		const us_vec noise = us_hiss(&s.counter, hold, i, b);
		const us_vec hollow = us_svf_frame(&s.palm, palm, noise).band + 0.15f * noise;
		const us_vec sound = us_svf_frame(&s.air, air, hollow).high;
		out[0][i] = us_tanh(3.5f * sound * s.level) * s.velocity;
		s.level *= us_select(s.hands > 0, keep_burst, keep_tail);
	}
	*(struct clap *)state = s;
}

static void init(void *state, const struct us_setup *setup)
{
	struct clap *s = state;
	s->counter = us_seed_voices(setup, 0);
}

US_MODULE(
    clap, "hand clap", .also = "handclap",
    .help = "On the second and fourth beat: a clock of 2 beats with phase 0.5 into trigger. hands clap one after the\n"
	    "other, gap apart; more of them and a longer gap are a crowd, one hand and a short decay a rim shot. A\n"
	    "little reverb behind it is worth it. After the TR-808, whose saw-shaped envelope has three teeth and a "
	    "tail.",
    .flags = US_SEEDED, .state_size = sizeof(struct clap), .init = init, .process = process,
    .inputs = {[TRIGGER] = {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "claps at each rise", .also = "trig"},
               [FREQ] = {"freq", US_HZ, 1100, 300, 5000, US_EXP, "how hollow the hands are", .also = "frequency"},
               [HANDS] = {"hands", US_COUNT, 4, 1, 16, US_STEP, "how many clap"},
               [GAP] = {"gap", US_MS, 10, 0.1f, 100, US_EXP, "from one to the next"},
               [DECAY] = {"decay", US_MS, 350, 10, 4000, US_EXP, "time for the last to fade by 60 dB", .also = "dec"},
               [VELOCITY] = {"velocity", US_RATIO, 1, 0, 1, US_LIN, "level, read at the stroke", .also = "vel|accent"}},
    .outputs = {{"out", "audio, -1 to 1"}});
