/* vocoder — the loudness of one sound, band by band, upon another: Dudley, The Vocoder, Bell Laboratories Record 18,
 * 1939. Twenty bands, evenly spaced for the ear; each is two state variable filters in a row for either sound. */
#include <understudy/dsp.h>

enum { IN, VOICE, LOW, HIGH, SIZE, SHARP, ATTACK, RELEASE, HISS, LEVEL };
enum { BANDS = 20, ROW = 2 };

struct band {
	struct us_svf voice[ROW], carrier[ROW];
	us_vec loud;
};

struct vocoder {
	us_uvec counter; /* of the hiss */
	us_vec hissing;  /* how much of the voice has no pitch */
	us_vec last;
	struct band band[BANDS];
};

/* Weight of a one-pole that comes within 1/e in so many milliseconds. */
US_REALTIME static us_vec weight(us_vec ms, const struct us_block *b)
{
	return 1 - us_exp2(-1.442695f / us_max(us_clamp(ms, 0.05f, 1e5f) * (0.001f * b->rate), us_splat(0.5f)));
}

US_REALTIME static us_vec pass(struct us_svf row[ROW], const struct us_svf_knobs *t, us_vec x)
{
	for (int n = 0; n < ROW; n++)
		x = us_svf_frame(&row[n], *t, x).band;
	return x;
}

US_REALTIME static struct us_svf_knobs tune(us_vec octave, us_vec k, const struct us_block *b)
{
	const us_vec g = us_tan_prewarp(us_max(us_exp2(octave) * b->seconds_per_frame, us_splat(1e-5f)));
	return (struct us_svf_knobs){g, k, 1 / (1 + g * (g + k))};
}

/* The carrier gets noise where the voice leaps from frame to frame as far as it is tall: its s and t have no pitch. */
US_REALTIME static void prepare(struct vocoder *s, const us_vec *const in[], us_vec *voice, us_vec *carrier,
                                const struct us_block *b)
{
	const us_vec slow = weight(us_splat(8), b), softest = us_splat(1e-5f);
	for (int i = 0; i < US_BLOCK; i++) {
		voice[i] = us_bound(in[VOICE][i]);
		const us_vec leap = us_abs(voice[i] - s->last) / us_max(us_abs(voice[i]), softest);
		s->hissing += slow * (us_clamp(leap - 0.7f, 0, 1) - s->hissing);
		s->last = voice[i];
		const us_vec hiss = us_random(&s->counter) * us_clamp(in[HISS][i], 0, 1) * s->hissing;
		carrier[i] = us_bound(in[IN][i]) + hiss;
	}
}

/* The knobs that shape a band count once in a block: at 64 frames nobody hears a step of a filter bank. */
US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct vocoder *s = state;
	us_vec voice[US_BLOCK], carrier[US_BLOCK];
	prepare(s, in, voice, carrier, b);
	const us_vec low = us_log2(us_clamp(in[LOW][0], 20, 1e4f)), high = us_log2(us_clamp(in[HIGH][0], 20, 2e4f));
	const us_vec step = (high - low) * (1.f / (BANDS - 1)), size = us_clamp(in[SIZE][0], -4, 4);
	/* as wide as the bands are apart at sharp 0: k is the width in octaves by about ln 2 */
	const us_vec k = us_clamp(us_abs(step), 0.05f, 2) * us_exp2(0.2f - 2 * us_clamp(in[SHARP][0], 0, 1));
	const us_vec attack = weight(in[ATTACK][0], b), release = weight(in[RELEASE][0], b);
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = us_splat(0);
	for (int n = 0; n < BANDS; n++) {
		struct band band = s->band[n];
		const struct us_svf_knobs heard = tune(low + (float)n * step, k, b);
		const struct us_svf_knobs sung = tune(low + (float)n * step + size, k, b);
		/* half way between two bands they are half a turn apart: every other one is turned over */
		const float sign = n % 2 ? -1 : 1;
		for (int i = 0; i < US_BLOCK; i++) {
			const us_vec level = us_abs(pass(band.voice, &heard, voice[i]));
			band.loud += us_select(level > band.loud, attack, release) * (level - band.loud);
			out[0][i] +=
			    sign * us_bound(band.loud) * us_clamp(pass(band.carrier, &sung, carrier[i]), -1e3f, 1e3f);
		}
		s->band[n] = band;
	}
	for (int i = 0; i < US_BLOCK; i++)
		out[0][i] = us_bound(out[0][i] * us_db_to_gain(in[LEVEL][i]));
}

static void init(void *state, const struct us_setup *setup)
{
	((struct vocoder *)state)->counter = us_seed_voices(setup, 0);
}

US_MODULE(
    vocoder, "vocoder of twenty bands: one sound speaks through another",
    .help = "Plug a chord into in and a voice into voice: the chord speaks. The voice may be the microphone (in), a\n"
	    "sampler, or drums: then the chord plays their rhythm. The chord needs treble: saws, noise. hiss puts\n"
	    "noise where the voice hisses, so that an s stays one. size moves the bands of the chord against the\n"
	    "voice's: giants and dwarfs. A long release freezes vowels. Source: Dudley, 1939.",
    .flags = US_MIXDOWN, .state_size = sizeof(struct vocoder), .init = init, .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -1, 1, US_LIN, "what is heard: chords", .also = "input"},
               [VOICE] = {"voice", US_SIGNAL, 0, -1, 1, US_LIN, "what it says: a voice, drums"},
               [LOW] = {"low", US_HZ, 90, 40, 1000, US_EXP, "the lowest band"},
               [HIGH] = {"high", US_HZ, 9000, 1000, 16000, US_EXP, "the highest band"},
               [SIZE] = {"size", US_OCTAVE, 0, -2, 2, US_LIN, "moves the bands that are heard"},
               [SHARP] = {"sharp", US_RATIO, 0.3f, 0, 1, US_LIN, "how narrow the bands are"},
               [ATTACK] = {"attack", US_MS, 3, 0.1f, 200, US_EXP, "how fast a band opens", .also = "att"},
               [RELEASE] = {"release", US_MS, 25, 1, 5000, US_EXP, "how fast it closes", .also = "rel"},
               [HISS] = {"hiss", US_RATIO, 0.3f, 0, 1, US_LIN, "noise where the voice has no pitch"},
               [LEVEL] = {"level", US_DB, 18, -24, 48, US_LIN, "after it: little is left of little", .also = "gain"}},
    .outputs = {{"out", "in, speaking"}});
