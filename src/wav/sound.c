/* sound.c — see sound.h. */
#include "sound.h"

#include <sndfile.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHANNELS = 2 };

static int check(const SF_INFO *info, const char *path, size_t most, struct us_err *err)
{
	if (info->channels < 1 || info->channels > MOST_CHANNELS)
		return us_fail(err, "%s has %d channels; right are 1 or 2", path, info->channels);
	if (info->frames < 1 || info->frames > UINT32_MAX / 2)
		return us_fail(err, "%s holds no sound that fits: it says it has %lld frames", path,
		               (long long)info->frames);
	if ((size_t)info->frames > most / ((size_t)info->channels * sizeof(float)))
		return us_fail(err, "%s takes %lld kB as floats, %zu kB are free", path,
		               (long long)info->frames * info->channels * (long long)sizeof(float) / 1024, most / 1024);
	return US_OK;
}

int us_sound_read(struct us_sound *sound, int fd, const char *path, size_t most, struct us_err *err)
{
	SF_INFO info = {0};
	*sound = (struct us_sound){0};
	SNDFILE *file = sf_open_fd(fd, SFM_READ, &info, SF_FALSE);
	if (!file)
		return us_fail(err, "cannot read %s as a sound file: %s", path, sf_strerror(NULL));
	int failed = check(&info, path, most, err);
	if (!failed) {
		sound->value = calloc((size_t)info.frames * (size_t)info.channels, sizeof(float));
		if (!sound->value)
			failed = us_fail(err, "no memory for %s", path);
	}
	if (!failed) {
		const sf_count_t frames = sf_readf_float(file, sound->value, info.frames);
		sound->frames = frames > 0 ? (uint32_t)frames : 0;
		sound->channels = (uint32_t)info.channels;
		sound->rate = (float)info.samplerate;
		if (!sound->frames)
			failed = us_fail(err, "%s could not be decoded: %s", path, sf_strerror(file));
	}
	sf_close(file);
	if (failed)
		us_sound_release(sound);
	return failed;
}

void us_sound_release(struct us_sound *sound)
{
	free(sound->value);
	*sound = (struct us_sound){0};
}
