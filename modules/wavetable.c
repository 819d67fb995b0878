/* wavetable — eight waves in a row, and a place between them. Each wave is kept once for every octave, with as many
 * harmonics as fit there; they are computed from harmonics at the start, and again, an octave a block, when the bank
 * is changed. Two octaves are blended, so that a glide never steps. */
#include <string.h>
#include <understudy/dsp.h>

enum { FREQ, PITCH, POSITION, BANK, PHASE };
enum { WAVES = 8, PAIRS = WAVES / 2, LEVELS = 9, BANKS = 4 };
enum { MOST_HARMONICS = 1 << (LEVELS - 1), FRAMES_PER_HARMONIC = 8, LEAST_FRAMES = 32, MARGIN = 3 };

#define LOUDNESS 0.35f /* RMS of every wave */

/* Level n holds 2^n harmonics in at least LEAST_FRAMES frames, and its first frames once more behind its end. */
enum { LEAST_LOG = 5, ROWS = 3 * LEAST_FRAMES + FRAMES_PER_HARMONIC * (2 * MOST_HARMONICS - 8) + LEVELS * MARGIN };

/* One frame of all waves. While the table is computed, waves 0 to 3 are the real and 4 to 7 the imaginary part of four
 * complex sequences: one transform makes two real waves. */
typedef float pairs __attribute__((vector_size(PAIRS * sizeof(float))));
struct row {
	pairs real, imaginary;
};

struct wavetable {
	us_uvec phase;
	uint32_t bank[LEVELS]; /* that each level holds */
	uint32_t unused[7];
	struct row row[ROWS];
};

US_REALTIME static uint32_t level_frames(int level)
{
	return 1u << (level + 3 > LEAST_LOG ? level + 3 : LEAST_LOG);
}

US_REALTIME static uint32_t level_start(int level)
{
	uint32_t at = 0;
	for (int n = 0; n < level; n++)
		at += level_frames(n) + MARGIN;
	return at;
}

/* --- the waves ------------------------------------------------------------------------------------------- */

/* Formants of sung vowels, u o a e i: frequencies over 110 Hz, after Fant, Acoustic Theory of Speech Production. */
static const float formant[WAVES][3] = {{2.7f, 5.9f, 20}, {3.4f, 7, 22}, {4.5f, 7.8f, 22}, {6.2f, 10, 23},
                                        {5.3f, 14, 23},   {4, 17, 24},   {3.2f, 19, 26},   {2.5f, 21, 28}};
/* Drawbars 16', 8', 5 1/3', 4', 2 2/3', 2', 1 1/3', 1': harmonics of the lowest. */
static const uint16_t drawbar[9] = {1, 2, 3, 4, 6, 8, 12, 16, 24};

static inline float bump(float x)
{
	return 1 / (1 + x * x);
}

/* Strength of harmonic h, 1 and up, of one wave of a bank. All are sines, so that blends do not cancel. */
US_REALTIME static float harmonic(uint32_t bank, int wave, int h)
{
	const float w = (float)wave / (WAVES - 1), n = (float)h;
	float a = 0;
	switch (bank) {
	case 0: /* a low-pass opens over a saw; the even harmonics then go: a square */
		if (wave < 4)
			return h == 1 ? 1 : (float)wave / (3 * n) / (1 + 0.001f * n * n * n);
		return h & 1 ? 1 / n : (float)(WAVES - 1 - wave) / 3 / n;
	case 1: /* somebody sings */
		for (int k = 0; k < 3; k++)
			a += bump((n - formant[wave][k]) * (1.1f - 0.25f * (float)k)) / (float)(1 + k);
		return a / (1 + 0.02f * n) + (h == 1 ? 0.25f : 0);
	case 2: /* an organ draws one stop after the other */
		for (int k = 0; k < 9; k++)
			if (h == drawbar[k])
				a = k > wave + 1 ? 0 : 1 / (1 + 0.25f * (float)k);
		return a;
	default: /* a peak of resonance climbs up a thin pulse */
		return (0.15f + 3 * bump((n - (1 + 30 * w * w)) * 0.6f)) / (1 + 0.12f * n);
	}
}

/* Bits of x in reverse, x < 2^bits. */
US_REALTIME static uint32_t reversed(uint32_t x, int bits)
{
	uint32_t y = 0;
	for (int k = 0; k < bits; k++)
		y |= (x >> k & 1) << (bits - 1 - k);
	return y;
}

/* Places harmonics in the order that the transform wants. Σ a sin(2π h x) is -i a/2 at h and i a/2 at -h; i times
 * that of the second wave of a pair is added. */
US_REALTIME static void place(struct row *row, uint32_t bank, int harmonics, int bits)
{
	float scale[WAVES];
	for (int wave = 0; wave < WAVES; wave++) {
		float power = 0;
		for (int h = 1; h <= 64; h++)
			power += harmonic(bank, wave, h) * harmonic(bank, wave, h);
		scale[wave] = 0.5f * LOUDNESS / us_sqrt(us_splat(0.5f * power))[0]; /* half of it at -h */
	}
	for (int h = 1; h <= harmonics; h++) {
		const float x = (float)h / (float)(1u << bits);
		const float sinc = us_sin_cycles(us_splat(0.5f * x))[0] / (3.14159265f * x);
		const float lift = 1 / (sinc * sinc * sinc * sinc); /* what the spline takes away */
		pairs first, second;
		for (int k = 0; k < PAIRS; k++) {
			first[k] = lift * scale[k] * harmonic(bank, k, h);
			second[k] = lift * scale[k + PAIRS] * harmonic(bank, k + PAIRS, h);
		}
		row[reversed((uint32_t)h, bits)] = (struct row){second, -first};
		row[reversed((1u << bits) - (uint32_t)h, bits)] = (struct row){-second, first};
	}
}

/* The inverse discrete Fourier transform in place, of 2^bits rows in reversed order: Cooley and Tukey, 1965. */
US_REALTIME static void transform(struct row *row, int bits)
{
	for (uint32_t half = 1; half < 1u << bits; half *= 2)
		for (uint32_t j = 0; j < half; j++) {
			const us_uvec turn = (us_uvec){0} + j * (0x80000000u / half);
			const float s = us_sin_phase(turn)[0], c = us_sin_phase(turn + 0x40000000u)[0];
			for (uint32_t k = j; k < 1u << bits; k += 2 * half) {
				const struct row a = row[k], b = row[k + half];
				const pairs re = c * b.real - s * b.imaginary, im = c * b.imaginary + s * b.real;
				row[k] = (struct row){a.real + re, a.imaginary + im};
				row[k + half] = (struct row){a.real - re, a.imaginary - im};
			}
		}
}

US_REALTIME static void build(struct wavetable *s, int level, uint32_t bank)
{
	const uint32_t frames = level_frames(level);
	struct row *row = s->row + level_start(level);
	const int bits = __builtin_ctz(frames);
	memset(row, 0, frames * sizeof *row);
	place(row, bank, 1 << level, bits);
	transform(row, bits);
	memcpy(row + frames, row, MARGIN * sizeof *row);
	s->bank[level] = bank;
}

static void init(void *state, const struct us_setup *setup)
{
	(void)setup;
	for (int level = 0; level < LEVELS; level++)
		build(state, level, 0);
}

/* --- the sound ------------------------------------------------------------------------------------------- */

/* Between the second and third of four: the cubic B-spline. It lets the least through of what is not there (Unser,
 * Splines, 1999); the treble that it takes is given to the harmonics beforehand. */
US_REALTIME static us_vec spline(const us_vec at[4], us_vec f)
{
	const us_vec g = 1 - f, ff = f * f, gg = g * g, sixth = us_splat(1.0f / 6);
	const us_vec second = 0.66666667f - ff + 0.5f * ff * f, third = 0.66666667f - gg + 0.5f * gg * g;
	return sixth * (gg * g * at[0] + ff * f * at[3]) + second * at[1] + third * at[2];
}

/* One level at a phase, lane by lane: four frames around it of two neighbouring waves, blended. */
US_REALTIME static us_vec read_level(const struct wavetable *s, us_ivec level, us_uvec phase, us_ivec wave,
                                     us_vec blend)
{
	float lower[4][US_LANES], upper[4][US_LANES];
	us_uvec part;
	for (int l = 0; l < US_LANES; l++) {
		const uint32_t frames = level_frames(level[l]), bits = (uint32_t)__builtin_ctz(frames);
		const uint32_t before = ((phase[l] >> (32 - bits)) - 1) & (frames - 1);
		const struct row *row = s->row + level_start(level[l]) + before;
		part[l] = phase[l] << bits;
		for (int k = 0; k < 4; k++) {
			const float *waves = (const float *)(row + k) + wave[l];
			lower[k][l] = waves[0], upper[k][l] = waves[1];
		}
	}
	us_vec at[4];
	for (int k = 0; k < 4; k++)
		at[k] = us_gathered(lower[k]) + blend * (us_gathered(upper[k]) - us_gathered(lower[k]));
	return spline(at, us_to_float((us_ivec)(part >> 1)) * 0x1p-31f);
}

/* Harmonics up to 2/3 of the rate fold down no further than to 1/3 of it, and there the richer level is faded out. */
US_REALTIME static us_vec frame(const struct wavetable *s, us_uvec phase, us_vec cycles, us_vec position)
{
	const us_vec octave = us_clamp(us_log2(0.6666667f / us_max(cycles, us_splat(1e-6f))), 0, LEVELS - 0.001f);
	const us_ivec rich = us_to_int(octave), poor = rich - ((rich > 0) & 1);
	const us_vec place = us_clamp(position, 0, 1) * (WAVES - 1);
	const us_ivec wave = us_to_int(us_min(place, us_splat(WAVES - 2)));
	const us_vec blend = place - us_to_float(wave);
	const us_vec dark = read_level(s, poor, phase, wave, blend);
	return dark + (octave - us_to_float(rich)) * (read_level(s, rich, phase, wave, blend) - dark);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct wavetable *s = state;
	const uint32_t bank = (uint32_t)us_to_int(us_round(us_clamp(in[BANK][0], 0, BANKS - 1)))[0];
	int stale = 0;
	while (stale < LEVELS && s->bank[stale] == bank)
		stale++;
	if (stale < LEVELS)
		build(s, stale, bank);

	us_uvec phase = s->phase;
	us_vec cycles = us_splat(0);
	for (int i = 0; i < US_BLOCK; i++) {
		if (i == 0 || !us_is_constant(b, FREQ) || !us_is_constant(b, PITCH))
			cycles = us_clamp(in[FREQ][i] * us_exp2(in[PITCH][i]) * b->seconds_per_frame, 0, 0.49f);
		out[0][i] = frame(s, phase + us_phase(in[PHASE][i]), cycles, in[POSITION][i]);
		phase += us_phase_step(cycles);
	}
	s->phase = phase;
}

US_MODULE(
    wavetable, "eight waves in a row, and a place between them", .also = "wt|osc_wavetable",
    .help =
	"Move position with an lfo or an envelope and the timbre moves: pads that never stand still, and basses that\n"
	"speak. The banks: analog goes from a sine over a saw to a square; voice sings the vowels u o a e i at 110 "
	"Hz;\n"
	"organ draws one stop after the other; peak is a thin pulse with a resonance that climbs. All waves are\n"
	"equally loud. phase takes another oscillator for phase modulation. A new bank takes nine blocks, and is the\n"
	"same for all voices. Source: tables by octave after Chamberlin, Musical Applications of Microprocessors,\n"
	"1985; vowels after Fant 1960.",
    /* a group of voices has one bank, so groups must not be joined */
    .flags = US_NARROW, .state_size = sizeof(struct wavetable), .init = init, .process = process,
    .inputs = {[FREQ] = {"freq", US_HZ, US_C4_HZ, 0.01f, 20000, US_EXP, "frequency", .also = "frequency"},
               [PITCH] = {"pitch", US_OCTAVE, 0, -10, 10, US_LIN, "added to freq, in octaves (1 V/oct)"},
               [POSITION] = {"position", US_RATIO, 0.35f, 0, 1, US_LIN, "from the first wave to the last",
                             .also = "pos"},
               [BANK] = {"bank", US_CHOICE, 0, 0, BANKS - 1, US_STEP, "which eight waves", "analog|voice|organ|peak"},
               [PHASE] = {"phase", US_SIGNAL, 0, -1, 1, US_LIN, "added to the place in the cycle, in cycles"}},
    .outputs = {{"out", "audio, RMS 0.35; thin waves peak above 1"}});
