/* formant — three resonances that make a vowel of anything. Frequencies and levels: the men's averages of Peterson and
 * Barney, Control Methods Used in a Study of the Vowels, JASA 24(2), 1952. */
#include <understudy/dsp.h>

enum { IN, VOWEL, SIZE, SHARP, MIX };
enum { VOWELS = 5, FORMANTS = 3 };

/* As octaves above 1 Hz, so that between two vowels the ear is half way: log2 of the hertz beside it. */
static const struct vowel {
	float octave[FORMANTS], db[FORMANTS];
} vowels[VOWELS] = {{{9.5118f, 10.0902f, 11.2527f}, {-1, -5, -28}},  /* a, as in father: 730, 1090, 2440 */
                    {{9.0498f, 10.8455f, 11.2761f}, {-2, -17, -24}}, /* e, as in bed: 530, 1840, 2480 */
                    {{8.0768f, 11.1611f, 11.5555f}, {-4, -24, -28}}, /* i, as in see: 270, 2290, 3010 */
                    {{9.1548f, 9.7142f, 11.2348f}, {0, -7, -34}},    /* o, as in law: 570, 840, 2410 */
                    {{8.2288f, 9.7649f, 11.1293f}, {-3, -19, -43}}}; /* u, as in boot: 300, 870, 2240 */

struct formant {
	struct us_svf resonance[FORMANTS];
};

struct tuning {
	us_vec g, k, scale, level;
};

/* A vowel counts the more, the nearer the knob is to its number: two neighbours share. */
US_REALTIME static void tune(struct tuning t[FORMANTS], const us_vec *const in[], int i, const struct us_block *b)
{
	const us_vec at = us_clamp(in[VOWEL][i], 0, VOWELS - 1), sharp = us_clamp(in[SHARP][i], 0, 1);
	for (int f = 0; f < FORMANTS; f++) {
		us_vec octave = us_clamp(in[SIZE][i], -4, 4), db = us_splat(0);
		for (int v = 0; v < VOWELS; v++) {
			const us_vec share = us_max(1 - us_abs(at - (float)v), us_splat(0));
			octave += share * vowels[v].octave[f];
			db += share * vowels[v].db[f];
		}
		const us_vec g = us_tan_prewarp(us_exp2(octave) * b->seconds_per_frame);
		const us_vec k =
		    (0.25f + 0.05f * (float)f) * us_exp2(-3 * sharp); /* Q 4 to 32, the first the highest */
		t[f] = (struct tuning){g, k, 1 / (1 + g * (g + k)), us_db_to_gain(db * (1 - 0.5f * sharp))};
	}
}

US_REALTIME static us_vec band(struct us_svf *s, const struct tuning *t, us_vec x)
{
	const struct us_svf_knobs knobs = {t->g, t->k, t->scale};
	return t->level * us_svf_frame(s, knobs, x).band;
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct formant s = *(struct formant *)state;
	const int steady = us_is_constant(b, VOWEL) && us_is_constant(b, SIZE) && us_is_constant(b, SHARP);
	struct tuning t[FORMANTS];
	tune(t, in, 0, b);
	for (int i = 0; i < US_BLOCK; i++) {
		if (!steady)
			tune(t, in, i, b);
		const us_vec dry = us_bound(in[IN][i]), mix = us_clamp(in[MIX][i], 0, 1);
		us_vec wet = us_splat(0);
		for (int f = 0; f < FORMANTS; f++)
			wet += band(&s.resonance[f], &t[f], dry);
		out[0][i] = us_bound((1 - mix) * dry + mix * wet);
	}
	*(struct formant *)state = s;
}

US_MODULE(
    formant, "vowels: three resonances that make anything speak",
    .help = "Feed it something with many harmonics: a saw, a narrow pulse, noise for whispering. vowel goes from a\n"
	    "over e, i and o to u, and everything between: an lfo there is a choir that cannot decide, random into\n"
	    "it babbles. size moves all resonances, in octaves: up for a child, down for a giant. sharp rings longer\n"
	    "and lifts the high ones. Turn it up after: vowels take much away.\n"
	    "Source: Peterson and Barney, JASA 24(2), 1952.",
    .flags = US_THROUGH, .state_size = sizeof(struct formant), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "audio with many harmonics", .also = "input"},
               [VOWEL] = {"vowel", US_RATIO, 0, 0, VOWELS - 1, US_LIN, "0 a, 1 e, 2 i, 3 o, 4 u"},
               [SIZE] = {"size", US_OCTAVE, 0, -2, 2, US_LIN, "moves all resonances; up is a smaller mouth"},
               [SHARP] = {"sharp", US_RATIO, 0.4f, 0, 1, US_LIN, "how narrow they are"},
               [MIX] = {"mix", US_RATIO, 1, 0, 1, US_LIN, "0 dry, 1 vowels alone", .also = "wet"}},
    .outputs = {{"out", "a vowel"}});
