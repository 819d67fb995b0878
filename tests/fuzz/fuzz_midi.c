/* fuzz_midi.c — libFuzzer over the bytes of a MIDI cable: what is passed on is a message, and a note behind whatever
 * came before is heard. */
#include "midi/message.h"
#include "midi/stream.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const uint8_t note[] = {0x90, 0x3c, 0x64};
	struct us_midi_stream stream = {0};
	struct us_midi_message m;
	const uint8_t *message = NULL;
	size_t n = 0;
	for (size_t i = 0; i < bytes; i++) {
		n = us_midi_stream_take(&stream, data[i], &message);
		if (n > 3 || (n && !us_midi_read(&m, message, n)))
			abort();
	}
	for (size_t i = 0; i < sizeof note; i++)
		n = us_midi_stream_take(&stream, note[i], &message);
	if (n != sizeof note || memcmp(message, note, sizeof note) != 0)
		abort();
	return 0;
}
