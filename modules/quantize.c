/* quantize — moves a pitch to the nearest note of a scale. */
#include <understudy/dsp.h>

enum { IN, SCALE, ROOT };
enum { OUT, CHANGED };
enum { NOTES = 12, SCALES = 12 };

#define SCALE_NAMES                                                                                                    \
	"chromatic|major|minor|harmonic|dorian|phrygian|lydian|mixolydian|pentatonic|minor_penta|blues|whole"

/* One bit for each semitone above the root. */
static const uint16_t scales[SCALES] = {
    0xfff,                                                    /* chromatic */
    1 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 9 | 1 << 11, /* major */
    1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 10, /* natural minor */
    1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 11, /* harmonic minor */
    1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 9 | 1 << 10, /* dorian */
    1 | 1 << 1 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 10, /* phrygian */
    1 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 7 | 1 << 9 | 1 << 11, /* lydian */
    1 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 9 | 1 << 10, /* mixolydian */
    1 | 1 << 2 | 1 << 4 | 1 << 7 | 1 << 9,                    /* major pentatonic */
    1 | 1 << 3 | 1 << 5 | 1 << 7 | 1 << 10,                   /* minor pentatonic */
    1 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 10,          /* blues */
    1 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 8 | 1 << 10,          /* whole tones */
};

#define CREEP (0.25f / NOTES) /* what comes in and moves further than this in a frame has stepped */

struct quantize {
	us_vec last, in; /* of the last frame: what went out, what came in */
};

US_REALTIME static int has(int scale, int note)
{
	return scales[scale] >> (note % NOTES + NOTES) % NOTES & 1;
}

/* The nearest note of the scale, in semitones above the root. Half way it goes down. */
US_REALTIME static float nearest(float semitones, int scale)
{
	int below = (int)(semitones + 1200) - 1200, above; /* |semitones| is at most 1200: truncation is floor */
	for (above = below + 1; !has(scale, above);)
		above++;
	while (!has(scale, below))
		below--;
	return semitones - (float)below <= (float)above - semitones ? (float)below : (float)above;
}

/* The nearest pitch of a tuning: degrees rise to the period, which is the last of them. The root belongs to it. */
US_REALTIME static float nearest_of(const struct us_table *t, float octaves)
{
	const float period = t->value[t->frames - 1];
	const float rounds = __builtin_floorf(octaves / period), x = octaves - rounds * period;
	uint32_t low = 0, high = t->frames - 1; /* the first degree that is not below x */
	while (low < high) {
		const uint32_t middle = (low + high) / 2;
		if (t->value[middle] < x)
			low = middle + 1;
		else
			high = middle;
	}
	const float above = t->value[low], below = low ? t->value[low - 1] : 0;
	return rounds * period + (x - below <= above - x ? below : above);
}

US_REALTIME static us_vec tuned(us_vec octaves, us_vec root, const struct us_table *t)
{
	us_vec y = root / NOTES;
	const us_vec x = us_clamp(octaves, -50, 50) - y;
	for (int l = 0; l < US_LANES; l++)
		y[l] += nearest_of(t, x[l]);
	return y;
}

/* A table that is no tuning, such as a sample, has no period to go round in. */
US_REALTIME static int is_tuning(const struct us_table *t)
{
	return t && t->channels == 1 && t->value[t->frames - 1] > 1e-3f;
}

US_REALTIME static us_vec quantized(us_vec octaves, us_vec scale, us_vec root)
{
	const us_vec semitones = NOTES * us_clamp(octaves, -50, 50) - root;
	const us_ivec which = us_to_int(us_round(us_clamp(scale, 0, SCALES - 1)));
	us_vec y = root;
	for (int l = 0; l < US_LANES; l++)
		y[l] += nearest(semitones[l], which[l]);
	return y / NOTES;
}

US_REALTIME static us_vec nearest_note(us_vec octaves, us_vec scale, us_vec root, const struct us_table *tuning)
{
	return tuning ? tuned(octaves, root, tuning) : quantized(octaves, scale, root);
}

/* A note stays until what comes in has crept past the middle to the next by a tenth of the interval: noise on a slow
 * pitch would else play both in turn. A step goes to the nearest at once, and so does all from a note that the scale no
 * longer has. */
US_REALTIME static us_vec next_note(const struct quantize *s, us_vec in, us_vec scale, us_vec root,
                                    const struct us_table *tuning)
{
	const us_vec near = nearest_note(in, scale, root, tuning);
	const us_vec past = us_abs(in - s->last) - us_abs(in - near);
	const us_ivec stays = (us_abs(in - s->in) < CREEP) & (past < 0.2f * us_abs(near - s->last));
	if (!us_any(stays))
		return near;
	return us_select(stays & (nearest_note(s->last, scale, root, tuning) == s->last), s->last, near);
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	const struct us_table *const tuning = is_tuning(b->table) ? b->table : NULL;
	struct quantize s = *(struct quantize *)state;
	us_vec y = us_splat(0);
	for (int i = 0; i < US_BLOCK; i++) {
		/* what comes in mostly moves in steps: look for the note only when there is news */
		const int last = i ? i - 1 : 0;
		const us_ivec news =
		    (in[IN][i] != in[IN][last]) | (in[SCALE][i] != in[SCALE][last]) | (in[ROOT][i] != in[ROOT][last]);
		const us_vec root = us_round(us_clamp(in[ROOT][i], 0, NOTES - 1));
		if (i == 0 || us_any(news))
			y = next_note(&s, in[IN][i], in[SCALE][i], root, tuning);
		out[OUT][i] = y;
		out[CHANGED][i] = us_select(y != s.last, us_splat(1), us_splat(0));
		s.last = y;
		s.in = in[IN][i];
	}
	*(struct quantize *)state = s;
}

US_MODULE(
    quantize, "moves a pitch to the nearest note of a scale", .also = "quantizer",
    .help =
	"Between random, hold or an lfo and an oscillator's pitch: whatever comes in, it is in tune when it comes "
	"out.\n"
	"One octave in is one octave out; use the cable's amount for the range. changed fires with every new note:\n"
	"plug it into an envelope's gate. A slow pitch must pass the middle between two notes by a tenth to change, "
	"so\n"
	"noise on it does no harm; a step goes to the nearest note. Equal temperament, or any other: q = quantize "
	"file=slendro.scl takes its\n"
	"pitches from a tuning in the Scala format, and scale does not count any more.",
    .version = 2, .flags = US_TABLE, .state_size = sizeof(struct quantize), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -10, 10, US_LIN, "pitch in octaves", .also = "input"},
               [SCALE] = {"scale", US_CHOICE, 9, 0, SCALES - 1, US_STEP, "allowed notes", SCALE_NAMES},
               [ROOT] = {"root", US_COUNT, 0, 0, NOTES - 1, US_STEP, "semitones by which the scale is higher",
                         .also = "key|tonic"}},
    .outputs = {[OUT] = {"out", "pitch in octaves"}, [CHANGED] = {"changed", "trigger, one frame long"}});
