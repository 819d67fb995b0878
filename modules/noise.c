/* noise — white, pink and brown at once. */
#include <understudy/dsp.h>

enum { AMP };
enum { OUT, PINK, BROWN };
enum { POLES = 6 };

struct noise {
	us_uvec counter;
	us_vec pole[POLES]; /* of the pink filter */
	us_vec late, brown;
};

/* Kellet's refined pinking filter, music-dsp list, 1999: six one-pole filters in parallel. Its slope does not depend on
 * the rate, only where it begins: about 9 Hz at 44.1 kHz. */
static const float feedback[POLES] = {0.99886f, 0.99332f, 0.96900f, 0.86650f, 0.55000f, -0.7616f};
static const float gain[POLES] = {0.0555179f, 0.0750759f, 0.1538520f, 0.3104856f, 0.5329522f, -0.0168980f};

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct noise s = *(struct noise *)state;
	const us_vec leak = us_splat(1 - 6.2831853f * 20 * b->seconds_per_frame); /* brown is flat below 20 Hz */
	for (int i = 0; i < US_BLOCK; i++) {
		const us_vec white = us_random(&s.counter);
		us_vec pink = s.late + 0.5362f * white;
		for (int p = 0; p < POLES; p++) {
			s.pole[p] = feedback[p] * s.pole[p] + gain[p] * white;
			pink += s.pole[p];
		}
		s.late = 0.115926f * white;
		s.brown = leak * s.brown + 0.05f * white;
		out[OUT][i] = us_bound(in[AMP][i] * white);
		out[PINK][i] = us_bound(in[AMP][i] * 0.2f * pink);
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
	"every instance has its own stream, and replay gives the same noise again. Source of pink: P. Kellet 1999.",
    .flags = US_SEEDED, .state_size = sizeof(struct noise), .init = init, .process = process,
    .inputs = {[AMP] = {"amp", US_RATIO, 1, 0, 1, US_LIN, "level", .also = "gain|level|volume|amplitude"}},
    .outputs = {[OUT] = {"out", "white, -1 to 1"},
                [PINK] = {"pink", "-3 dB per octave"},
                [BROWN] = {"brown", "-6 dB per octave above 20 Hz"}});
