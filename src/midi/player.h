/* player.h — who in the patch plays what comes from a keyboard. Read from the model of the synth. [one thread] */
#ifndef US_MIDI_PLAYER_H
#define US_MIDI_PLAYER_H

#include "map.h"
#include "notes.h"

#include "engine/engine.h"

/* The first instance that takes notes: one that tells them apart, else one with a gate; empty if there is none. */
void us_player_first(const struct us_engine *model, char instance[static US_NAME_BYTES]);

/* How this instance is played; target->instance is set. */
void us_player_describe(const struct us_engine *model, struct us_midi_target *target);

/* The input that bends what it plays: `bend` of what tells notes apart, in semitones, else the `pitch` of an
 * oscillator, in octaves. False if there is none. */
struct us_player_bend {
	char instance[US_NAME_BYTES];
	const char *input;
	bool octaves;
	float now;
};
bool us_player_bend(const struct us_engine *model, const char *instance, struct us_player_bend *bend);

/* Where an input stands; false if there is none of this name. */
bool us_player_input(const struct us_engine *model, const char *instance, const char *input,
                     const struct us_input **row, float *value);

#endif
