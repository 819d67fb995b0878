/* chords.c — see chords.h. */
#include "chords.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	int8_t tones[8];
} chords[] = {
    {"maj", {0, 4, 7}},
    {"major", {0, 4, 7}},
    {"min", {0, 3, 7}},
    {"minor", {0, 3, 7}},
    {"m", {0, 3, 7}},
    {"dim", {0, 3, 6}},
    {"aug", {0, 4, 8}},
    {"sus2", {0, 2, 7}},
    {"sus4", {0, 5, 7}},
    {"five", {0, 7, 12}},
    {"six", {0, 4, 7, 9}},
    {"m6", {0, 3, 7, 9}},
    {"maj7", {0, 4, 7, 11}},
    {"dom7", {0, 4, 7, 10}},
    {"min7", {0, 3, 7, 10}},
    {"m7", {0, 3, 7, 10}},
    {"dim7", {0, 3, 6, 9}},
    {"m7b5", {0, 3, 6, 10}},
    {"maj9", {0, 4, 7, 11, 14}},
    {"dom9", {0, 4, 7, 10, 14}},
    {"min9", {0, 3, 7, 10, 14}},
    {"m11", {0, 3, 7, 10, 14, 17}},
};

const int8_t *us_chord(const char *name)
{
	for (size_t i = 0; i < sizeof chords / sizeof chords[0]; i++)
		if (strcmp(chords[i].name, name) == 0)
			return chords[i].tones;
	return NULL;
}

const char *us_chord_names(void)
{
	return "maj min dim aug sus2 sus4 five six m6 maj7 dom7 min7 dim7 m7b5 maj9 dom9 min9 m11";
}
