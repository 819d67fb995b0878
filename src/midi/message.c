/* message.c — see message.h. After the MIDI 1.0 detailed specification, table I to V. */
#include "message.h"

enum { STATUS = 0x80, SYSTEM = 0xf0 };

/* How many data bytes follow this status byte; -1: as many as there are. */
static int data_bytes(uint8_t status)
{
	switch (status < SYSTEM ? status & 0xf0 : status) {
	case 0xf0:
		return -1;
	case 0xc0:
	case 0xd0:
	case 0xf1:
	case 0xf3:
		return 1;
	case 0x80:
	case 0x90:
	case 0xa0:
	case 0xb0:
	case 0xe0:
	case 0xf2:
		return 2;
	default:
		return 0;
	}
}

static enum us_midi_kind kind_of(uint8_t status)
{
	static const enum us_midi_kind voice[] = {US_MIDI_NOTE_OFF, US_MIDI_NOTE_ON, US_MIDI_KEY_PRESSURE,
	                                          US_MIDI_CONTROL,  US_MIDI_PROGRAM, US_MIDI_PRESSURE,
	                                          US_MIDI_BEND};
	static const enum us_midi_kind system[16] = {
	    [0x2] = US_MIDI_POSITION, [0x8] = US_MIDI_CLOCK, [0xa] = US_MIDI_START,
	    [0xb] = US_MIDI_CONTINUE, [0xc] = US_MIDI_STOP,  [0xf] = US_MIDI_RESET};
	return status >= SYSTEM ? system[status & 15] : voice[(status >> 4) & 7];
}

bool us_midi_read(struct us_midi_message *m, const uint8_t *bytes, size_t count)
{
	*m = (struct us_midi_message){.kind = US_MIDI_OTHER};
	if (!count || bytes[0] < STATUS)
		return false;
	const int wanted = data_bytes(bytes[0]);
	if (wanted < 0)
		return true;
	if (count != (size_t)wanted + 1)
		return false;
	for (size_t i = 1; i < count; i++)
		if (bytes[i] >= STATUS)
			return false;
	m->kind = kind_of(bytes[0]);
	if (bytes[0] < SYSTEM)
		m->channel = bytes[0] & 15;
	if (m->kind == US_MIDI_BEND || m->kind == US_MIDI_POSITION)
		m->value = (uint16_t)(bytes[1] | bytes[2] << 7);
	else if (wanted == 2) {
		m->number = bytes[1];
		m->value = bytes[2];
	} else if (m->kind == US_MIDI_PRESSURE)
		m->value = bytes[1];
	else if (wanted == 1)
		m->number = bytes[1];
	if (m->kind == US_MIDI_NOTE_ON && m->value == 0)
		m->kind = US_MIDI_NOTE_OFF;
	return true;
}
