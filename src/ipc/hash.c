/* hash.c — see hash.h. */
#include "hash.h"

#include <stdbool.h>
#include <string.h>

static uint64_t rotate(uint64_t x, int by)
{
	return (x << by) | (x >> (64 - by));
}

static uint64_t mix(uint64_t lane, uint64_t word)
{
	return rotate((lane ^ word) * 0x9e3779b97f4a7c15u, 29);
}

US_REALTIME uint64_t us_hash(const void *bytes, size_t count)
{
	const unsigned char *p = bytes;
	uint64_t lane[4] = {1, 2, 3, 4};
	size_t left = count;
	for (; left >= 32; left -= 32, p += 32) {
		uint64_t word[4];
		memcpy(word, p, 32);
		for (int i = 0; i < 4; i++)
			lane[i] = mix(lane[i], word[i]);
	}
	uint64_t rest[4] = {0};
	memcpy(rest, p, left);
	uint64_t hash = count;
	for (int i = 0; i < 4; i++)
		hash = mix(mix(hash, lane[i]), rest[i]);
	hash ^= hash >> 32;
	return hash * 0xd6e8feb86659fd93u;
}

/* Four bits at a time: a record costs 120 steps, and the table needs no set-up. Reflected polynomial 0x82f63b78. */
static const uint32_t nibble[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

US_REALTIME uint32_t us_crc32c(uint32_t crc, const void *bytes, size_t count)
{
	const unsigned char *p = bytes;
	crc = ~crc;
#ifdef __SSE4_2__
	for (; count >= 8; count -= 8, p += 8) {
		uint64_t word;
		memcpy(&word, p, 8);
		crc = (uint32_t)__builtin_ia32_crc32di(crc, word);
	}
#endif
	for (; count > 0; count--, p++) {
		crc = (crc >> 4) ^ nibble[(crc ^ *p) & 15];
		crc = (crc >> 4) ^ nibble[(crc ^ (*p >> 4)) & 15];
	}
	return ~crc;
}
