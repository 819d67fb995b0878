/* noise — white, pink and brown at once. */
#include <understudy/dsp.h>

enum { AMP };
enum { OUT, PINK, BROWN };
enum { POLES = 6 };

struct noise {
	us_uvec counter;
	us_vec pole[POLES]; /* of the pink filter */
	us_vec late;
	us_vec white, pink, brown; /* held where the rate is twice as high or more */
};

/* Kellet's refined pinking filter, music-dsp list, 1999: six one-pole filters in parallel. Its slope does not depend on
 * the rate, only where it begins: about 9 Hz at 44.1 kHz. */
static const float feedback[POLES] = {0.99886f, 0.99332f, 0.96900f, 0.86650f, 0.55000f, -0.7616f};
static const float gain[POLES] = {0.0555179f, 0.0750759f, 0.1538520f, 0.3104856f, 0.5329522f, -0.0168980f};

US_REALTIME static us_vec pinked(struct noise *s, us_vec white)
{
	us_vec pink = s->late + 0.5362f * white;
	for (int p = 0; p < POLES; p++) {
		s->pole[p] = feedback[p] * s->pole[p] + gain[p] * white;
		pink += s->pole[p];
	}
	s->late = 0.115926f * white;
	return pink;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct noise s = *(struct noise *)state;
	const uint32_t hold = us_hiss_hold(b->rate);
	const us_vec step = us_splat((float)hold * b->seconds_per_frame);
	const us_vec leak = 1 - 6.2831853f * 20 * step; /* brown is flat below 20 Hz */
	const us_vec gather = 0.05f * us_sqrt(48000 * step);
	for (int i = 0; i < US_BLOCK; i++) {
		if (us_hiss_is_new(hold, i, b)) {
			s.white = us_random(&s.counter);
			s.pink = pinked(&s, s.white);
			s.brown = leak * s.brown + gather * s.white;
		}
		out[OUT][i] = us_bound(in[AMP][i] * s.white);
		out[PINK][i] = us_bound(in[AMP][i] * 0.2f * s.pink);
		out[BROWN][i] = us_bound(in[AMP][i] * s.brown);
	}
	*(struct noise *)state = s;
}

static void init(void *state, const struct us_setup *setup)
{
	struct noise *s = state;
	s->counter = us_seed_voices(setup, 0);
}

US_MODULE(
    noise, "white, pink and brown noise", .also = "whitenoise|noise_generator|white_noise|noise_source",
    .help =
	"out is white: the same power at every frequency, for snares, hats and wind. pink has the same power in every\n"
	"octave, as rain or a waterfall; brown falls twice as fast, like surf or distant thunder. Every voice and\n"
	"every instance has its own stream, and replay gives the same noise again. It is made 44,100 or 48,000 times "
	"a\n"
	"second at every sample rate, so that it sounds the same. Source of pink: P. Kellet 1999.",
    .version = 2, .flags = US_SEEDED, .state_size = sizeof(struct noise), .init = init, .process = process,
    .inputs = {[AMP] = {"amp", US_RATIO, 1, 0, 1, US_LIN, "level", .also = "gain|level|volume|amplitude"}},
    .outputs = {[OUT] = {"out", "white, -1 to 1"},
                [PINK] = {"pink", "-3 dB per octave"},
                [BROWN] = {"brown", "-6 dB per octave above 20 Hz"}});
