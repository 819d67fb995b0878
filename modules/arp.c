/* arp — arpeggiator: plays the keys that are held one after the other, in time with the song or with a clock of its
 * own. */
#include <understudy/dsp.h>

enum { CLOCK, BEATS, ORDER, OCTAVES, LEGATO, HOLD, TUNE };
enum { PITCH, GATE, VELOCITY, TRIGGER };
enum order { UP, DOWN, UP_DOWN, PLAYED, RANDOM };

struct arp {
	struct us_note_port notes;                       /* first: the engine keeps the held keys there */
	double step;                                     /* of the song, that was played last */
	float key[US_NOTE_HELD], velocity[US_NOTE_HELD]; /* the chord */
	uint32_t keys;
	uint32_t place;     /* steps since the chord began */
	uint32_t left;      /* frames until the gate falls */
	uint32_t was_clock; /* 1: on */
	float pitch, loud;
	uint32_t pad[2];
	us_uvec counter;
};

/* What is held is the chord; with hold on the last one stays until another begins. */
US_REALTIME static void listen(struct arp *s, int hold)
{
	const uint32_t held = s->notes.held_count < US_NOTE_HELD ? s->notes.held_count : US_NOTE_HELD;
	if (!held && hold)
		return;
	if (!s->keys)
		s->place = 0;
	s->keys = held;
	for (uint32_t k = 0; k < held; k++) {
		s->key[k] = s->notes.held[k].key;
		s->velocity[k] = s->notes.held[k].velocity;
	}
}

/* The chord's key number n from below. */
US_REALTIME static uint32_t from_below(const struct arp *s, uint32_t n)
{
	for (uint32_t k = 0; k < s->keys; k++) {
		uint32_t below = 0;
		for (uint32_t j = 0; j < s->keys; j++)
			below += s->key[j] < s->key[k] || (s->key[j] == s->key[k] && j < k);
		if (below == n)
			return k;
	}
	return 0;
}

US_REALTIME static void strike(struct arp *s, const us_vec *const in[], int i)
{
	const uint32_t octaves = (uint32_t)us_round(us_clamp(in[OCTAVES][i], 1, 8))[0], all = s->keys * octaves;
	const enum order order = (enum order)us_clamp(in[ORDER][i] + 0.5f, UP, RANDOM)[0];
	uint32_t n = s->place++ % all;
	if (order == DOWN)
		n = all - 1 - n;
	else if (order == UP_DOWN && all > 1) {
		n = (s->place - 1) % (2 * all - 2);
		n = n < all ? n : 2 * all - 2 - n;
	} else if (order == RANDOM) {
		const uint32_t drawn = (uint32_t)((us_random(&s->counter)[0] * 0.5f + 0.5f) * (float)all);
		n = drawn < all ? drawn : all - 1;
	}
	const uint32_t k = order == PLAYED ? n % s->keys : from_below(s, n % s->keys);
	s->pitch = (s->key[k] + 12 * (float)(n / s->keys) - us_clamp(in[TUNE][i], 0, 127)[0]) / 12;
	s->loud = s->velocity[k];
}

/* Is this the first frame of a step? *frames gets how long its gate is on; in time with a clock, as long as that is. */
US_REALTIME static int steps(struct arp *s, const us_vec *const in[], int i, const struct us_block *b, uint32_t *frames)
{
	if (b->connected & 1ull << CLOCK) {
		const uint32_t on = in[CLOCK][i][0] > 0.5f, rise = on && !s->was_clock;
		s->was_clock = on;
		*frames = on ? 2 : 0;
		if (!rise && s->left)
			s->left = *frames;
		return (int)rise;
	}
	const double beats = (double)us_clamp(in[BEATS][i], 1 / 64.f, 64)[0];
	const double step = __builtin_floor((b->beat + b->beat_step * (i + US_BEAT_SLACK)) / beats);
	const int begins = step != s->step && b->beat_step > 0;
	s->step = step;
	const double length =
	    (double)us_clamp(in[LEGATO][i], 0.01f, 1)[0] * beats / (b->beat_step > 0 ? b->beat_step : 1);
	*frames = length > 2 ? (length < 1e9 ? (uint32_t)length - 1 : 1000000000) : 1;
	return begins;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct arp *s = state;
	listen(s, in[HOLD][0][0] >= 0.5f);
	for (int i = 0; i < US_BLOCK; i++) {
		uint32_t frames;
		const int begins = steps(s, in, i, b, &frames) && s->keys;
		const int sounded = s->left > 0;
		if (begins) {
			strike(s, in, i);
			s->left = frames;
		}
		const int on = s->left > 0 && !(begins && sounded); /* struck anew: it falls for a frame */
		out[PITCH][i] = us_splat(s->pitch);
		out[GATE][i] = us_splat(on ? 1 : 0);
		out[VELOCITY][i] = us_splat(s->loud);
		out[TRIGGER][i] = us_splat(begins ? 1 : 0);
		s->left -= s->left > 0;
	}
	for (int l = 0; l < US_LANES; l++)
		s->notes.lane[l].changes = 0;
}

static void init(void *state, const struct us_setup *setup)
{
	struct arp *s = state;
	s->counter = us_seed_voices(setup, 0);
	s->step = -1e9;
}

US_MODULE(
    arp, "arpeggiator: the keys that are held, one after the other", .also = "arpeggiator",
    .help =
	"Hold a chord with /note arp c4 100, /note arp e4 100 and so on; pitch, gate and velocity go where those of "
	"keys\n"
	"would go. One step every `beats` quarter notes, or at each rise of clock if something is plugged in: a\n"
	"euclid, a pattern's trigger. octaves climbs on from the chord, order says which way; played is the order in\n"
	"which the keys came. With hold on the chord stays when the keys are up, until another one begins. A key "
	"counts\n"
	"from its block on; steps are exact to the frame, and the dice of random are seeded.",
    .flags = US_NOTE_PORT | US_NOTE_CHORD | US_SEEDED, .state_size = sizeof(struct arp), .init = init,
    .process = process,
    .inputs = {[CLOCK] = {"clock", US_TRIGGER, 0, 0, 1, US_STEP, "a step for each rise, instead of beats",
                          .also = "clk|trigger|trig"},
               [BEATS] = {"beats", US_BEAT, 0.25f, 0.015625f, 64, US_EXP, "quarter notes from step to step",
                          .also = "division"},
               [ORDER] = {"order", US_CHOICE, UP, UP, RANDOM, US_STEP, "which key is next",
                          "up|down|updown|played|random"},
               [OCTAVES] = {"octaves", US_COUNT, 1, 1, 8, US_STEP, "how far it climbs"},
               [LEGATO] = {"legato", US_RATIO, 0.6f, 0.01f, 1, US_LIN, "length of the gates; 1: to the next step"},
               [HOLD] = {"hold", US_CHOICE, 0, 0, 1, US_STEP, "the chord stays when the keys are up", "off|on"},
               [TUNE] = {"tune", US_SEMITONE, US_C4_KEY, 0, 127, US_LIN, "the key at which pitch is 0",
                         .also = "transpose|offset"}},
    .outputs = {[PITCH] = {"pitch", "octaves from tune (1 V/oct)"},
                [GATE] = {"gate", "on while a step lasts"},
                [VELOCITY] = {"velocity", "0 to 1, of the key"},
                [TRIGGER] = {"trigger", "one frame at each step"}});
