/* stream.c — see stream.h. */
#include "stream.h"

enum { SYSTEM = 0xf0, REAL_TIME = 0xf8, STATUS = 0x80, SENSING = 0xfe };

/* Bytes of a message that begins with this; 0: it is left out, with all data behind it. */
static uint8_t whole_bytes(uint8_t status)
{
	static const uint8_t of_channel[] = {3, 3, 3, 3, 2, 2, 3}, of_system[] = {0, 2, 3, 2, 0, 0, 1, 0};
	return status < SYSTEM ? of_channel[(status >> 4) - 8] : of_system[status & 7];
}

static size_t complete(struct us_midi_stream *s, const uint8_t **message)
{
	const size_t bytes = s->count;
	*message = s->bytes;
	s->count = s->bytes[0] < SYSTEM; /* running status */
	s->whole = s->count ? s->whole : 0;
	return bytes;
}

size_t us_midi_stream_take(struct us_midi_stream *s, uint8_t byte, const uint8_t **message)
{
	static const uint8_t real_time[] = {0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff};
	if (byte >= REAL_TIME) {
		*message = &real_time[byte - REAL_TIME];
		return byte != SENSING;
	}
	if (byte >= STATUS) {
		s->bytes[0] = byte;
		s->whole = whole_bytes(byte);
		s->count = s->whole > 0;
	} else if (s->count) {
		s->bytes[s->count++] = byte;
	}
	return s->count && s->count == s->whole ? complete(s, message) : 0;
}
