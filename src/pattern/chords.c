/* chords.c — see chords.h. Names and tones are Tidal's. */
#include "chords.h"

#include <string.h>

static const struct {
	const char *names; /* all that mean the same, each between blanks */
	int8_t tones[8];
} chords[] = {
    {" maj major M ", {0, 4, 7}},
    {" min minor m ", {0, 3, 7}},
    {" aug plus sharp5 ", {0, 4, 8}},
    {" dim diminished ", {0, 3, 6}},
    {" sus2 ", {0, 2, 7}},
    {" sus4 ", {0, 5, 7}},
    {" one 1 ", {0}},
    {" five 5 ", {0, 7, 12}},
    {" six 6 ", {0, 4, 7, 9}},
    {" sixNine six9 sixby9 6by9 ", {0, 4, 7, 9, 14}},
    {" m6 minor6 min6 ", {0, 3, 7, 9}},
    {" m69 min69 minor69 m6by9 mSixNine minSixNine minorSixNine ", {0, 3, 9, 7, 14}},
    {" maj7 major7 ", {0, 4, 7, 11}},
    {" maj9 major9 ", {0, 4, 7, 11, 14}},
    {" add9 major9add ", {0, 4, 7, 14}},
    {" maj11 major11 ", {0, 4, 7, 11, 14, 17}},
    {" add11 ", {0, 4, 7, 17}},
    {" maj13 major13 ", {0, 4, 7, 11, 14, 21}},
    {" add13 ", {0, 4, 7, 21}},
    {" dom7 7 ", {0, 4, 7, 10}},
    {" dom9 nine 9 ", {0, 4, 7, 10, 14}},
    {" dom11 ", {0, 4, 7, 17}},
    {" dom13 ", {0, 4, 7, 21}},
    {" eleven 11 ", {0, 4, 7, 10, 14, 17}},
    {" thirteen 13 ", {0, 4, 7, 10, 14, 17, 21}},
    {" sevenFlat5 7f5 ", {0, 4, 6, 10}},
    {" sevenSharp5 7s5 ", {0, 4, 8, 10}},
    {" sevenFlat9 7f9 ", {0, 4, 7, 10, 13}},
    {" sevenFlat10 7f10 ", {0, 4, 7, 10, 15}},
    {" nineSharp5 9sharp5 9s5 ", {0, 1, 13}},
    {" sevenSharp5flat9 7s5f9 ", {0, 4, 8, 10, 13}},
    {" sevenSus2 7sus2 ", {0, 2, 7, 10}},
    {" sevenSus4 7sus4 ", {0, 5, 7, 10}},
    {" nineSus4 ninesus4 9sus4 ", {0, 5, 7, 10, 14}},
    {" minorSharp5 msharp5 mS5 ", {0, 3, 8}},
    {" m7b5 minor7flat5 min7flat5 m7flat5 m7f5 ", {0, 3, 6, 10}},
    {" dim7 diminished7 ", {0, 3, 6, 9}},
    {" dim9 diminished9 ", {0, 3, 6, 9, 13}},
    {" min7 minor7 m7 ", {0, 3, 7, 10}},
    {" min9 minor9 m9 ", {0, 3, 7, 10, 14}},
    {" min11 minor11 m11 ", {0, 3, 7, 10, 14, 17}},
    {" min13 minor13 m13 ", {0, 3, 7, 10, 14, 17, 21}},
    {" minMaj7 minorMajor7 mmaj7 ", {0, 3, 7, 11}},
    {" minor9sharp5 minor9s5 min9sharp5 min9s5 m9sharp5 m9s5 ", {0, 1, 14}},
    {" minor7sharp9 m7sharp9 m7s9 ", {0, 3, 7, 10, 14}},
    {" elevenSharp 11s ", {0, 4, 7, 10, 14, 18}},
    {" m11sharp minor11sharp m11s ", {0, 3, 7, 10, 14, 18}},
};

const int8_t *us_chord(const char *name)
{
	const size_t n = strlen(name);
	for (size_t i = 0; i < sizeof chords / sizeof chords[0]; i++)
		for (const char *at = strstr(chords[i].names, name); n && at; at = strstr(at + 1, name))
			if (at[-1] == ' ' && at[n] == ' ')
				return chords[i].tones;
	return NULL;
}

const char *us_chord_names(void)
{
	return "maj min aug dim sus2 sus4 five six m6 maj7 dom7 min7 dim7 m7b5 mmaj7 maj9 dom9 min9 add9 m11 and more";
}
