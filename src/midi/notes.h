/* notes.h — the notes that are held: which key on which channel of which port plays what, so that each note that was
 * begun is ended, by its key, its pedal, the end of its port or the end of this program. [one thread] */
#ifndef US_MIDI_NOTES_H
#define US_MIDI_NOTES_H

#include "message.h"

#include <understudy/command.h>
#include <understudy/record.h>

enum { US_MIDI_HELD = 256, US_MIDI_PORTS = 16, US_MIDI_ANY = -1 };

struct us_midi_target {
	char instance[US_NAME_BYTES];       /* empty: nobody plays it */
	bool chords;                        /* tells notes apart; else it plays the last one that is held */
	bool has_velocity;                  /* of a drum */
	char trigger[US_MODULE_NAME_BYTES]; /* a drum: the input that strikes it; empty: it is played by /note */
};

/* Begin with zeros but for the first three. */
struct us_midi_notes {
	us_command_sink *sink;
	/* Who plays a key of a channel. */
	void (*route)(void *context, uint8_t channel, uint8_t key, struct us_midi_target *target);
	void *context; /* of both */
	uint32_t count;
	struct us_midi_held { /* in the order in which they were struck */
		uint8_t port, channel, key, velocity;
		bool kept; /* its key is up, its pedal is down */
		struct us_midi_target target;
	} held[US_MIDI_HELD];
	uint16_t pedals[US_MIDI_PORTS]; /* a bit per channel */
};

/* A note on or off. */
void us_midi_notes_play(struct us_midi_notes *notes, uint8_t port, const struct us_midi_message *message);
void us_midi_notes_pedal(struct us_midi_notes *notes, uint8_t port, uint8_t channel, bool down);
/* Ends all of a port and a channel, or of each (US_MIDI_ANY), and lets their pedals go. */
void us_midi_notes_end(struct us_midi_notes *notes, int port, int channel);
/* All notes off: as if all keys of the channel were let go, so what its pedal holds stays. With `sound`, all sound off:
 * that ends, too. The pedal stays where it is. */
void us_midi_notes_off(struct us_midi_notes *notes, uint8_t port, uint8_t channel, bool sound);
/* Forgets them: something else has silenced them. */
void us_midi_notes_forget(struct us_midi_notes *notes);

#endif
