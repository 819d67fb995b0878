/* quantize — moves a pitch to the nearest note of a scale. */
#include <understudy/dsp.h>

enum { IN, SCALE, ROOT };
enum { OUT, CHANGED };
enum { NOTES = US_ROOTS, SCALES = US_SCALES };

#define CREEP (0.25f / NOTES) /* what comes in and moves further than this in a frame has stepped */

struct quantize {
	us_vec last, in; /* of the last frame: what went out, what came in */
};

US_REALTIME static int has(int scale, int note)
{
	return us_scales[scale] >> (note % NOTES + NOTES) % NOTES & 1;
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

/* A choice, or the one behind the last: what the song's key says. */
US_REALTIME static us_vec chosen(us_vec knob, int choices, uint32_t key)
{
	const us_vec choice = us_round(us_clamp(knob, 0, (float)choices));
	return us_select(choice == (float)choices, us_splat((float)key), choice);
}

/* A cable into root counts from c, where the knob does not say more than the key. */
US_REALTIME static us_vec root_at(const us_vec *const in[], const struct us_block *b, int i)
{
	us_vec root = in[ROOT][i];
	if (b->connected & 1ull << ROOT)
		root = us_min(us_select(root >= NOTES, root - NOTES, root), us_splat(NOTES - 1));
	return chosen(root, NOTES, us_key_root(b, i));
}

US_REALTIME static us_vec quantized(us_vec octaves, us_vec scale, us_vec root)
{
	const us_vec semitones = NOTES * us_clamp(octaves, -50, 50) - root;
	const us_ivec which = us_to_int(scale);
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
		if (i == 0 || i == (int)b->key.from || us_any(news)) {
			const us_vec root = root_at(in, b, i), scale = chosen(in[SCALE][i], SCALES, us_key_scale(b, i));
			y = next_note(&s, in[IN][i], scale, root, tuning);
		}
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
	"noise on it does no harm; a step goes to the nearest note. scale and root are those of the song's key unless\n"
	"they are said, and without a key every semitone is allowed. Equal temperament, or any other: q = quantize\n"
	"file=slendro.scl takes its pitches from a tuning in the Scala format, and scale does not count any more.",
    .version = 2, .flags = US_TABLE, .state_size = sizeof(struct quantize), .process = process,
    .inputs = {[IN] = {"in", US_SIGNAL, 0, -10, 10, US_LIN, "pitch in octaves", .also = "input"},
               [SCALE] = {"scale", US_CHOICE, SCALES, 0, SCALES, US_STEP,
                          "allowed notes; key: what the song's key says", US_SCALE_NAMES "|key"},
               [ROOT] = {"root", US_CHOICE, NOTES, 0, NOTES, US_STEP,
                         "the scale's first note; key: what the song's key says", US_ROOT_NAMES "|key",
                         .also = "key|tonic"}},
    .outputs = {[OUT] = {"out", "pitch in octaves"}, [CHANGED] = {"changed", "trigger, one frame long"}});
