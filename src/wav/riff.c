/* riff.c — see riff.h. */
#include "riff.h"

#include <string.h>

static unsigned char *put_name(unsigned char *at, const char name[4])
{
	memcpy(at, name, 4);
	return at + 4;
}

static unsigned char *put(unsigned char *at, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++, value >>= 8)
		*at++ = (unsigned char)value;
	return at;
}

void us_riff_write(unsigned char to[static US_RIFF_BYTES], uint32_t rate, uint64_t frames)
{
	enum { CHANNELS = 2, BITS = 32, EXTENSIBLE = 0xfffe, FLOAT = 3, FRONT_LEFT_AND_RIGHT = 3 };
	static const unsigned char guid_rest[14] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
	const uint32_t known = frames <= US_RIFF_MOST_FRAMES, count = known ? (uint32_t)frames : UINT32_MAX;
	const uint32_t bytes = known ? count * US_RIFF_FRAME_BYTES : UINT32_MAX;
	unsigned char *at = put_name(to, "RIFF");
	at = put_name(put(at, known ? bytes + US_RIFF_BYTES - 8 : UINT32_MAX, 4), "WAVE");
	at = put(put_name(at, "fmt "), 40, 4);
	at = put(put(put(at, EXTENSIBLE, 2), CHANNELS, 2), rate, 4);
	at = put(put(put(at, rate * US_RIFF_FRAME_BYTES, 4), US_RIFF_FRAME_BYTES, 2), BITS, 2);
	at = put(put(put(at, 22, 2), BITS, 2), FRONT_LEFT_AND_RIGHT, 4);
	at = put(at, FLOAT, 2);
	memcpy(at, guid_rest, sizeof guid_rest);
	at = put(put(put_name(at + sizeof guid_rest, "fact"), 4, 4), count, 4);
	put(put_name(at, "data"), bytes, 4);
}
