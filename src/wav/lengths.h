/* lengths.h — what a sound file's header says about its length, put right. [setup, may block on a disk] sound.c calls
 * it. Recorders that were killed, streams and pipes leave lengths of nothing, of all ones, or of what was there a while
 * ago; libsndfile believes most of them. The file itself is not touched: the bytes are laid over what is read of it. */
#ifndef US_LENGTHS_H
#define US_LENGTHS_H

#include <stddef.h>
#include <stdint.h>

/* `bytes` bytes that stand at `at` of the file instead of what is there; 0: it is right as it is. */
struct us_length {
	int64_t at;
	size_t bytes;
	unsigned char value[8];
};

/* For WAV, RF64, AIFF, AU and CAF the length of the sound is what lies between its beginning and the end of the file,
 * or the chunks behind it, if these are chunks; for FLAC it is unknown, which its decoder takes as "to the end". */
struct us_length us_length_mend(int fd, int64_t file_bytes);

/* Lays it over `count` bytes that were read at `at`. */
void us_length_lay(const struct us_length *length, int64_t at, unsigned char *read, size_t count);

#endif
