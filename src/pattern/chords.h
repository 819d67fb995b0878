/* chords.h — names of chords and their tones, for chord.c. [any] */
#ifndef US_CHORDS_H
#define US_CHORDS_H

#include <stdint.h>

/* Semitones above the root, the root (0) first, ended by another 0. NULL: there is no such chord. */
const int8_t *us_chord(const char *name);
/* All names, for a message. */
const char *us_chord_names(void);

#endif
