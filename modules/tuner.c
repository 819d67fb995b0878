/* tuner — the pitch of what it hears. McLeod and Wyvill, A Smarter Way to Find Pitch, ICMC 2005: the normalised square
 * difference of the signal with itself, and the first of its peaks that comes near the highest. One look takes 32
 * blocks: each of them does a part of the work, so that none does much. */
#include <understudy/dsp.h>

enum { IN, CLARITY_MIN, TUNE };
enum { PITCH, FREQ, CLARITY, GATE };
enum {
	THIN = 4,          /* frames of the signal to one that is looked at */
	WINDOW = 1024,     /* of those: 85 ms at 48 kHz */
	LAGS = WINDOW / 2, /* down to 24 Hz */
	FIRST = 6,         /* up to 2 kHz */
	BLOCKS = 32,       /* in which one look is done */
};

#define NEAR 0.9f /* of the highest peak: what is as good as it */

struct tuner {
	float heard[WINDOW]; /* a ring */
	float look[WINDOW];  /* what is being looked at, in order */
	float likeness[LAGS + 1];
	float sum[2]; /* two poles against what the thinning would fold down */
	uint32_t write, part;
	float pitch, freq, clarity;
};

US_REALTIME static void listen(struct tuner *s, const us_vec *in, const struct us_block *b)
{
	const float weight = 1 - us_exp2(us_splat(2500 * -9.0647203f * b->seconds_per_frame))[0];
	for (int i = 0; i < US_BLOCK; i++) {
		const float x = us_bound(0.5f * (in[i] + us_splat(in[i][1])))[0];
		s->sum[0] += weight * (x - s->sum[0]);
		s->sum[1] += weight * (s->sum[0] - s->sum[1]);
		if (i % THIN == 0)
			s->heard[s->write++ % WINDOW] = s->sum[1];
	}
}

/* How like itself the signal is, `lag` later: 1 is the same. */
US_REALTIME static float likeness(const float *x, int lag)
{
	float both = 0, energy = 0;
	for (int i = 0; i < WINDOW - LAGS; i++) {
		both += x[i] * x[i + lag];
		energy += x[i] * x[i] + x[i + lag] * x[i + lag];
	}
	return energy > 1e-7f ? 2 * both / energy : 0;
}

US_REALTIME static int is_peak(const float *y, int lag)
{
	return y[lag] > 0 && y[lag] >= y[lag - 1] && y[lag] > y[lag + 1];
}

/* The top of the parabola through a peak and its neighbours. */
US_REALTIME static float top(const float *y, int lag)
{
	const float bend = y[lag - 1] - 2 * y[lag] + y[lag + 1];
	return bend < 0 ? (float)lag + 0.5f * (y[lag - 1] - y[lag + 1]) / bend : (float)lag;
}

US_REALTIME static void conclude(struct tuner *s, const struct us_block *b, float least, us_vec tune)
{
	const float *y = s->likeness;
	int lag = FIRST;
	float highest = 0;
	while (lag < LAGS && y[lag] > 0) /* past the peak at no lag at all */
		lag++;
	const int begin = lag > FIRST ? lag : FIRST + 1;
	for (lag = begin; lag < LAGS; lag++)
		highest = is_peak(y, lag) && y[lag] > highest ? y[lag] : highest;
	for (lag = begin; lag < LAGS && !(is_peak(y, lag) && y[lag] >= NEAR * highest); lag++)
		;
	s->clarity = lag < LAGS ? us_clamp(us_splat(y[lag]), 0, 1)[0] : 0;
	if (lag >= LAGS || s->clarity < least)
		return; /* the last pitch stays */
	s->freq = b->rate / (THIN * top(y, lag));
	const us_vec below_a4 = (69 - us_clamp(tune, 0, 127)) / 12;
	s->pitch = us_log2(us_clamp(us_splat(s->freq), 1, 20000) * (1 / 440.f) * us_exp2(below_a4))[0];
}

US_REALTIME static void work(struct tuner *s, const struct us_block *b, float least, us_vec tune)
{
	const int each = (LAGS + BLOCKS - 1) / BLOCKS, from = (int)s->part * each;
	if (s->part == 0)
		for (uint32_t i = 0; i < WINDOW; i++)
			s->look[i] = s->heard[(s->write + i) % WINDOW];
	for (int lag = from; lag < from + each && lag <= LAGS; lag++)
		s->likeness[lag] = likeness(s->look, lag < LAGS ? lag : LAGS - 1);
	if (++s->part < BLOCKS)
		return;
	s->part = 0;
	conclude(s, b, least, tune);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct tuner *s = state;
	const float least = us_clamp(in[CLARITY_MIN][0], 0, 1)[0];
	s->part %= BLOCKS;
	listen(s, in[IN], b);
	work(s, b, least, in[TUNE][0]);
	for (int i = 0; i < US_BLOCK; i++) {
		out[PITCH][i] = us_splat(s->pitch);
		out[FREQ][i] = us_splat(s->freq);
		out[CLARITY][i] = us_splat(s->clarity);
		out[GATE][i] = us_splat(s->clarity >= least && s->clarity > 0 ? 1 : 0);
	}
}

US_MODULE(
    tuner, "finds the pitch of what it hears",
    .help =
	"For one voice at a time, 25 Hz to 2 kHz, some 40 times a second; below `least` clarity the last pitch stays.\n"
	"in -> tuner, tuner.pitch -> saw.pitch and tuner.gate -> adsr.gate: a synth that sings after you, with\n"
	"quantize in between in tune. Source: McLeod and Wyvill 2005.",
    .flags = US_MIXDOWN, .state_size = sizeof(struct tuner), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "one voice", .also = "input"},
               [CLARITY_MIN] = {"least", US_RATIO, 0.8f, 0, 1, US_LIN, "clarity below which nothing is believed"},
               [TUNE] = {"tune", US_SEMITONE, US_C4_KEY, 0, 127, US_LIN, "the key at which pitch is 0"}},
    .outputs = {[PITCH] = {"pitch", "octaves from tune (1 V/oct)"},
                [FREQ] = {"freq", "in Hz"},
                [CLARITY] = {"clarity", "0 noise, 1 a clear tone"},
                [GATE] = {"gate", "on while it hears a tone"}});
