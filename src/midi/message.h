/* message.h — one MIDI message, read from its bytes. [any] */
#ifndef US_MIDI_MESSAGE_H
#define US_MIDI_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum us_midi_kind {
	US_MIDI_OTHER, /* system exclusive, time code, active sensing */
	US_MIDI_NOTE_OFF,
	US_MIDI_NOTE_ON,
	US_MIDI_KEY_PRESSURE,
	US_MIDI_CONTROL,
	US_MIDI_PROGRAM,
	US_MIDI_PRESSURE,
	US_MIDI_BEND,
	US_MIDI_POSITION,
	US_MIDI_CLOCK,
	US_MIDI_START,
	US_MIDI_CONTINUE,
	US_MIDI_STOP,
	US_MIDI_RESET,
};

enum { US_MIDI_CHANNELS = 16, US_MIDI_KEYS = 128, US_MIDI_BEND_CENTRE = 8192, US_MIDI_TICKS = 24 /* in a beat */ };

/* Controllers with a meaning of their own. */
enum us_midi_controller {
	US_MIDI_CC_DATA_HIGH = 6,
	US_MIDI_CC_DATA_LOW = 38,
	US_MIDI_CC_SUSTAIN = 64,
	US_MIDI_CC_NRPN_LOW = 98,
	US_MIDI_CC_NRPN_HIGH = 99,
	US_MIDI_CC_RPN_LOW = 100,
	US_MIDI_CC_RPN_HIGH = 101,
	US_MIDI_CC_SOUND_OFF = 120,
	US_MIDI_CC_RESET = 121,
	US_MIDI_CC_NOTES_OFF = 123, /* and up: they all end notes as well */
};

struct us_midi_message {
	enum us_midi_kind kind;
	uint8_t channel; /* 0 to 15; 0 for what has none */
	uint8_t number;  /* key, controller or program */
	uint16_t value;  /* velocity, 7 bits; bend and song position, 14 bits */
};

/* False for bytes that are no whole message: no status byte (running status belongs to the wire; MIDI interfaces undo
 * it), a data byte missing, or one too large. A note on with velocity 0 is a note off. */
bool us_midi_read(struct us_midi_message *message, const uint8_t *bytes, size_t count);

#endif
