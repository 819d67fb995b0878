/* stream.h — bytes as they come over a wire, or out of a JACK port, to messages. [one thread] A system exclusive
 * message is left out, and ends at any status byte below F8, whether its F7 has come or not: a cable that was pulled in
 * the middle of one costs nothing that follows. Real-time bytes (F8 and up) may stand anywhere, also within another
 * message. */
#ifndef US_MIDI_STREAM_H
#define US_MIDI_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct us_midi_stream {
	uint8_t bytes[3]; /* the message that is under way; its status stays for those that leave it out */
	uint8_t count, whole;
};

/* Takes one byte. Returns the bytes of the message that it completes, which lie at *message until the next one; 0: none
 * yet. */
size_t us_midi_stream_take(struct us_midi_stream *stream, uint8_t byte, const uint8_t **message);

#endif
