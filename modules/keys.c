/* keys — notes as voltages. Which voice plays which note is the engine's decision (see US_NOTE_PORT in module.h); this
 * turns its decisions into pitch, gate, velocity and place, each at its frame. */
#include <understudy/dsp.h>

enum { MODE, STEAL, UNISON, DETUNE, SPREAD, GLIDE, BEND, TUNE, LEVEL };
enum { PITCH, GATE, VELOCITY, PAN };

#define LONGEST_MS 60000

struct keys {
	struct us_note_port notes; /* first: the engine looks for it there */
	us_vec key;                /* where the pitch is or glides to, as a MIDI number */
	us_vec step, left;         /* semitones a frame, frames to go */
	us_vec velocity, place;
	us_ivec on;     /* masks: the key is down, */
	us_ivec open;   /* the gate was on in the last frame, */
	us_ivec played; /* it has a pitch to glide from */
};

/* Returns whether the gate has to fall for this one frame, because the voice is struck while it sounds. */
US_REALTIME static int take(struct keys *s, int l, const struct us_note_change *c, float glide_frames)
{
	s->on[l] = c->flags & US_NOTE_ON ? -1 : 0;
	if (!s->on[l])
		return 0;
	const float way = c->key - (s->key[l] - s->step[l] * s->left[l]);
	const int glides = s->played[l] && glide_frames >= 1;
	s->step[l] = glides ? way / glide_frames : 0;
	s->left[l] = glides ? glide_frames : 0;
	s->key[l] = c->key;
	s->place[l] = c->place;
	s->played[l] = -1;
	if (!(c->flags & US_NOTE_STRUCK))
		return 0;
	s->velocity[l] = c->velocity;
	return s->open[l];
}

/* All changes up to this frame; a mask of the gates that fall for it. */
US_REALTIME static us_ivec take_due(struct keys *s, uint32_t next[US_LANES], int i, us_vec glide)
{
	us_ivec falls = {0};
	for (int l = 0; l < US_LANES; l++)
		for (; next[l] < s->notes.lane[l].changes && next[l] < US_NOTE_CHANGES; next[l]++) {
			const struct us_note_change *c = &s->notes.lane[l].change[next[l]];
			if (c->frame > i)
				break;
			falls[l] |= take(s, l, c, glide[l]);
		}
	return falls;
}

/* One voice alone: what comes out is the same in all lanes. */
US_REALTIME static void copy_changes(struct us_note_port *n)
{
	for (int l = 1; l < US_LANES; l++) {
		n->lane[l].changes = n->lane[0].changes;
		for (int c = 0; c < US_NOTE_CHANGES; c++)
			n->lane[l].change[c] = n->lane[0].change[c];
	}
}

US_REALTIME static us_vec glide_frames(us_vec ms, const struct us_block *b)
{
	return us_round(us_clamp(ms, 0, LONGEST_MS) * (0.001f * b->rate));
}

/* 1 V/oct from the key that tune names. */
US_REALTIME static us_vec octaves(const struct keys *s, const us_vec *const in[], int i)
{
	const us_vec gliding = s->key - s->step * s->left;
	const us_vec width =
	    us_clamp(in[DETUNE][i], -1200, 1200) * 0.005f; /* cents of the whole, semitones of a half */
	return (gliding - us_clamp(in[TUNE][i], 0, 127) + us_clamp(in[BEND][i], -120, 120) + s->place * width) / 12;
}

US_REALTIME static int is_steady(const struct keys *s, const struct us_block *b)
{
	const uint64_t heard = 1ull << DETUNE | 1ull << SPREAD | 1ull << BEND | 1ull << TUNE;
	uint32_t changes = 0;
	for (int l = 0; l < US_LANES; l++)
		changes |= s->notes.lane[l].changes;
	return !changes && (b->constant & heard) == heard && !us_any((s->left > 0) | (s->on ^ s->open));
}

US_REALTIME static void process(void *state, const us_vec *const in[], us_vec *const out[], const struct us_block *b)
{
	struct keys *s = state;
	uint32_t next[US_LANES] = {0};
	if (b->lanes == 1)
		copy_changes(&s->notes);
	const int steady = is_steady(s, b);
	for (int i = 0; i < US_BLOCK; i++) {
		if (steady && i) {
			for (int o = PITCH; o <= PAN; o++)
				out[o][i] = out[o][0];
			continue;
		}
		const us_ivec falls = steady ? (us_ivec){0} : take_due(s, next, i, glide_frames(in[GLIDE][i], b));
		s->open = s->on & ~falls;
		out[PITCH][i] = octaves(s, in, i);
		out[GATE][i] = us_select(s->open, us_splat(1), us_splat(0));
		out[VELOCITY][i] = s->velocity;
		out[PAN][i] = s->place * us_clamp(in[SPREAD][i], -1, 1);
		s->left = us_max(s->left - 1, us_splat(0));
	}
	const us_vec level = us_clamp(in[LEVEL][US_BLOCK - 1], 0, 1e9f);
	for (int l = 0; l < US_LANES; l++) {
		s->notes.lane[l].level = level[l];
		s->notes.lane[l].changes = 0;
	}
}

US_MODULE(
    keys, "notes, chords and melodies: pitch, gate and velocity for as many voices as you like",
    .also = "midi_in|keyboard|notes|midi",
    .help =
	"k = keys voices=16, then k.pitch into an oscillator's pitch, k.gate and k.velocity into an adsr: all that "
	"hangs\n"
	"on it has 16 voices, and /note k c4 100 plays one of them. Pitch is 0 at tune, which is c4, where\n"
	"oscillators rest and what a sampler plays counts as recorded; bend and detune move all of it.\n"
	"When all voices are busy steal decides: the oldest note goes, or the quietest (plug the envelope into level), "
	"or\n"
	"the new one is not played; a voice that still fades out is taken before. unison plays each note on several\n"
	"voices, detuned and, with k.pan into a pan, spread. mono plays the last of the held keys and goes back to the "
	"one\n"
	"before, legato does so without a new stroke. mode, steal and unison count as their knobs stand when a note "
	"comes;\n"
	"cables do not reach them. Everything happens at its frame; a voice that is struck while its gate is on closes "
	"it\n"
	"for one frame, and a glide is over after exactly its time.",
    .flags = US_NOTE_PORT, .state_size = sizeof(struct keys), .process = process,
    .inputs = {[MODE] = {"mode", US_CHOICE, US_NOTES_POLY, US_NOTES_POLY, US_NOTES_LEGATO, US_STEP,
                         "chords or melodies", "poly|mono|legato"},
               [STEAL] = {"steal", US_CHOICE, US_STEAL_OLDEST, US_STEAL_OLDEST, US_STEAL_NONE, US_STEP,
                          "who makes room for a new note", "oldest|quietest|none"},
               [UNISON] = {"unison", US_COUNT, 1, 1, US_NOTE_UNISON, US_STEP, "voices for each note"},
               [DETUNE] = {"detune", US_RATIO, 12, -1200, 1200, US_LIN,
                           "cents from the lowest to the highest of a unison"},
               [SPREAD] = {"spread", US_RATIO, 1, -1, 1, US_LIN, "how far the voices of a unison lie apart in pan"},
               [GLIDE] = {"glide", US_MS, 0, 0, 10000, US_LIN, "time from a voice's last pitch to the next",
                          .also = "portamento|porta"},
               [BEND] = {"bend", US_SEMITONE, 0, -48, 48, US_LIN, "added to all pitches", .also = "bendrange"},
               [TUNE] = {"tune", US_SEMITONE, US_C4_KEY, 0, 127, US_LIN, "the key at which pitch is 0",
                         .also = "transpose|offset"},
               [LEVEL] = {"level", US_RATIO, 0, 0, 1, US_LIN,
                          "how loud each voice is, for quietest: plug in its envelope"}},
    .outputs = {[PITCH] = {"pitch", "octaves from tune (1 V/oct)"},
                [GATE] = {"gate", "1 while the key is down"},
                [VELOCITY] = {"velocity", "0 to 1, from stroke to stroke"},
                [PAN] = {"pan", "-1 to 1: the voice's place in its unison, times spread"}});
