/* sound.h — sound files of any kind that libsndfile knows (WAV, AIFF, FLAC, OGG, MP3), read whole. [setup, may block]
 */
#ifndef US_SOUND_H
#define US_SOUND_H

#include <stddef.h>
#include <stdint.h>
#include <understudy/error.h>

struct us_sound {
	float *value; /* frames × channels, interleaved; us_sound_release frees it */
	uint32_t frames, channels;
	float rate;
};

/* `fd` is read from its beginning, and stays open; `path` is what it is called in words. Fails when it is no sound, has
 * more than two channels, or more than `most` bytes as floats. It is read to its end: what its header says about
 * lengths is not believed. */
int us_sound_read(struct us_sound *sound, int fd, const char *path, size_t most, struct us_err *err);
void us_sound_release(struct us_sound *sound);

#endif
