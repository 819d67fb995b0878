/* pluck — plucked string: a burst of noise runs around a delay line as long as one period and loses its treble on the
 * way. Karplus and Strong, Computer Music Journal 7(2), 1983; tuning and decay after Jaffe and Smith in the same issue.
 */
#include <understudy/dsp.h>

enum { TRIGGER, FREQ, PITCH, DECAY, DAMP, TONE, VELOCITY };
enum { TAPS = 4, MOST_HOLD = 4 };

#define LOWEST_HZ 20
#define STILL_HZ 10

struct pluck {
	us_uvec counter;
	us_vec left;  /* frames of the burst that are still to come */
	us_vec soft;  /* the burst's low-pass */
	us_vec force; /* velocity, as it was at the stroke */
	us_ivec was_on;
	us_vec before[MOST_HOLD]; /* what left the line in the last frames, the last one first */
	us_vec still; /* what does not swing: a burst's mean would run around for as long as the string rings */
	uint32_t write;
	uint32_t unused[7];
	us_vec line[];
};

US_REALTIME static uint32_t length(float rate)
{
	uint32_t n = 64;
	while ((float)n < rate / LOWEST_HZ + 2 * TAPS)
		n *= 2;
	return n;
}

static size_t state_size(float rate)
{
	return sizeof(struct pluck) + length(rate) * sizeof(us_vec);
}

/* Between b and c by Lagrange's cubic: of all with four points, its delay is the most exact at low frequencies. */
US_REALTIME static us_vec lagrange(us_vec a, us_vec b, us_vec c, us_vec d, us_vec f)
{
	const us_vec slope = c - 0.5f * b - (1 / 3.f) * a - (1 / 6.f) * d, bend = 0.5f * (a + c) - b;
	return b + f * (slope + f * (bend + f * ((1 / 6.f) * (d - a) + 0.5f * (b - c))));
}

US_REALTIME static us_vec read_line(const us_vec *line, uint32_t write, us_vec back, uint32_t frames)
{
	const us_vec whole = us_floor(back);
	const us_uvec newest = write + 1 - (us_uvec)us_to_int(whole);
	float at[TAPS][US_LANES];
	for (int k = 0; k < TAPS; k++) {
		const us_uvec n = (newest - (uint32_t)k) & (frames - 1);
		for (int l = 0; l < US_LANES; l++)
			at[k][l] = line[n[l]][l];
	}
	return lagrange(us_gathered(at[0]), us_gathered(at[1]), us_gathered(at[2]), us_gathered(at[3]), back - whole);
}

struct string {
	us_vec period, loss, blur, delay; /* delay: by the blur, in frames */
};

/* blur is the weight of the frame before, or of that `hold` frames ago: a low-pass of one zero, which is the same at
 * every sample rate, and a delay by nearly as much. The cube is the second term of arctan(blur sin w / (1 - blur + blur
 * cos w)). */
US_REALTIME static struct string tune(const us_vec *const in[], int i, uint32_t hold, const struct us_block *b)
{
	const us_vec hz = us_clamp(in[FREQ][i] * us_exp2(in[PITCH][i]), LOWEST_HZ, 0.2f * b->rate);
	const us_vec period = b->rate / hz;
	const us_vec frames = us_clamp(in[DECAY][i], 1, 1e6f) * (0.001f * b->rate);
	const us_vec blur = 0.5f * us_clamp(in[DAMP][i], 0, 1), w = 6.2831853f * (float)hold / period;
	const us_vec delay = (float)hold * blur * (1 - (1 - blur) * (1 - 2 * blur) * (w * w) * (1 / 6.f));
	return (struct string){period, us_exp2(-9.9657843f * period / frames), blur, delay};
}

/* One period of noise from the stroke on. */
US_REALTIME static us_vec burst(struct pluck *s, const us_vec *const in[], int i, us_vec period, uint32_t hold,
                                const struct us_block *b)
{
	const us_ivec struck = us_rise(&s->was_on, in[TRIGGER][i]);
	s->left = us_select(struck, us_round(period), s->left);
	s->force = us_select(struck, us_clamp(in[VELOCITY][i], 0, 1), s->force);
	const us_ivec sounding = s->left > 0;
	if (!us_any(sounding))
		return us_splat(0);
	if (us_hiss_is_new(hold, i, b))
		s->soft += us_clamp(in[TONE][i], 0.01f, 1) * (us_random(&s->counter) - s->soft);
	s->left = us_select(sounding, s->left - 1, s->left);
	return us_select(sounding, s->soft * s->force, us_splat(0));
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct pluck *s = state;
	const uint32_t frames = length(b->rate);
	const uint64_t knobs = 1ull << FREQ | 1ull << PITCH | 1ull << DECAY | 1ull << DAMP;
	const float slow = STILL_HZ * 6.2831853f * b->seconds_per_frame;
	const uint32_t hold = us_hiss_hold(b->rate);
	struct string t = tune(in, 0, hold, b);
	for (int i = 0; i < US_BLOCK; i++, s->write++) {
		if ((b->constant & knobs) != knobs)
			t = tune(in, i, hold, b);
		const us_vec struck = burst(s, in, i, t.period, hold, b);
		const us_vec now = read_line(s->line, s->write, us_max(t.period - t.delay, us_splat(2)), frames);
		const us_vec kept = us_clamp(t.loss * (now + t.blur * (s->before[hold - 1] - now)), -4, 4);
		for (int n = MOST_HOLD - 1; n > 0; n--)
			s->before[n] = s->before[n - 1];
		s->before[0] = now;
		const us_vec sound = struck + kept;
		s->line[s->write & (frames - 1)] = sound;
		s->still += slow * (sound - s->still);
		out[0][i] = sound - s->still;
	}
}

static void init(void *state, const struct us_setup *setup)
{
	struct pluck *s = state;
	s->counter = us_seed_voices(setup, 0);
}

US_MODULE(
    pluck, "plucked string", .also = "karplus|karplus_strong",
    .help =
	"Guitar, harp, koto and clavinet. Plug a melody into pitch and its gate into trigger. tone is how\n"
	"hard the plectrum is, damp how fast the treble dies, decay how long the string rings (60 dB). Each stroke\n"
	"is a little different, as it should be. Source: Karplus and Strong 1983, Jaffe and Smith 1983.",
    .version = 3, .flags = US_SEEDED, .state_size_at = state_size, .init = init, .process = process,
    .inputs = {[TRIGGER] = {"trigger", US_TRIGGER, 0, 0, 1, US_STEP, "plucks at each rise", .also = "trig"},
               [FREQ] = {"freq", US_HZ, US_C4_HZ, LOWEST_HZ, 8000, US_EXP, "frequency", .also = "frequency"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"},
               [DECAY] = {"decay", US_MS, 3000, 50, 30000, US_EXP, "time to fade by 60 dB; damp shortens it",
                          .also = "dec"},
               [DAMP] = {"damp", US_RATIO, 0.4f, 0, 1, US_LIN, "how much faster the treble fades", .also = "damping"},
               [TONE] = {"tone", US_RATIO, 0.6f, 0.01f, 1, US_EXP, "0 soft finger, 1 hard plectrum"},
               [VELOCITY] = {"velocity", US_RATIO, 1, 0, 1, US_LIN, "strength, read at the stroke",
                             .also = "vel|accent"}},
    .outputs = {{"out", "audio"}});
