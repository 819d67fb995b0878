/* pitch.h — the one convention of pitch: 0 octaves is c4, everywhere. Where oscillators rest, what a root and a scale
 * are called, and which notes they have. For modules, the language and whoever shows a key. [any, rt] */
#ifndef UNDERSTUDY_PITCH_H
#define UNDERSTUDY_PITCH_H

#include <stdbool.h>
#include <stdint.h>
#include <understudy/module.h>

#define US_C4_HZ 261.625565f /* a4 is 440 Hz */
enum { US_C4_KEY = 60 };     /* as a MIDI number */

/* Roots and scales by their numbers. A module has one choice more behind the last: what the song's key says. */
enum { US_ROOTS = 12, US_SCALES = 13 };
#define US_ROOT_NAMES "c|c#|d|d#|e|f|f#|g|g#|a|a#|b"
#define US_SCALE_NAMES                                                                                                 \
	"chromatic|major|minor|harmonic|dorian|phrygian|lydian|mixolydian|pentatonic|minor_penta|blues|whole|locrian"
enum { US_SCALE_CHROMATIC, US_SCALE_MINOR_PENTA = 9 };

/* One bit for each semitone above the root. */
static const uint16_t us_scales[US_SCALES] = {
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
    1 | 1 << 1 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 10, /* locrian */
};

/* Semitones of a scale's degree above its root; degrees go on in the octaves above and below. */
static inline int us_scale_semitones(uint32_t scale, int degree)
{
	const uint32_t notes = us_scales[scale < US_SCALES ? scale : 0];
	const int count = __builtin_popcount(notes);
	const int octave = degree >= 0 ? degree / count : -((count - 1 - degree) / count);
	uint32_t rest = notes;
	for (int n = degree - octave * count; n > 0; n--)
		rest &= rest - 1;
	return 12 * octave + __builtin_ctz(rest);
}

/* The song's root and scale at a frame of the block. */
static inline uint32_t us_key_root(const struct us_block *b, int frame)
{
	return frame < (int)b->key.from ? b->key.root_before : b->key.root;
}
static inline uint32_t us_key_scale(const struct us_block *b, int frame)
{
	return frame < (int)b->key.from ? b->key.scale_before : b->key.scale;
}

/* "d", "F#", "bb": semitones above c, 0 to 11; -1: it is no note's name. */
static inline int us_root_read(const char *text)
{
	static const int8_t semitone[] = {9, 11, 0, 2, 4, 5, 7}; /* a to g */
	const char letter = (char)(text[0] | 0x20);
	if (letter < 'a' || letter > 'g')
		return -1;
	int root = semitone[letter - 'a'];
	for (text++; *text == '#' || *text == 'b'; text++)
		root += *text == '#' ? 1 : US_ROOTS - 1;
	return *text ? -1 : root % US_ROOTS;
}

#endif
