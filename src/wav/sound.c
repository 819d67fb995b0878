/* sound.c — see sound.h. libsndfile decodes; it reads the file through our hands, which put its lengths right
 * (lengths.h), and is asked for frames until there are none, whatever it says how many there are. */
#include "sound.h"

#include "lengths.h"

#include <sndfile.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_CHANNELS = 2, FIRST_FRAMES = 1 << 16 };

/* --- the file, as libsndfile sees it ----------------------------------------------------------------------------- */

struct view {
	int fd;
	sf_count_t at, bytes;
	struct us_length length;
};

static sf_count_t view_bytes(void *context)
{
	const struct view *v = context;
	return v->bytes;
}

static sf_count_t view_seek(sf_count_t to, int whence, void *context)
{
	struct view *v = context;
	const sf_count_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? v->at : v->bytes;
	if (to < -from)
		return -1;
	return v->at = from + to;
}

static sf_count_t view_read(void *to, sf_count_t count, void *context)
{
	struct view *v = context;
	if (lseek(v->fd, v->at, SEEK_SET) < 0 && v->at > 0)
		return 0;
	const ssize_t n = count > 0 ? read(v->fd, to, (size_t)count) : 0;
	if (n <= 0)
		return 0;
	us_length_lay(&v->length, v->at, to, (size_t)n);
	v->at += n;
	return n;
}

static sf_count_t view_write(const void *from, sf_count_t count, void *context)
{
	(void)from, (void)count, (void)context;
	return 0;
}

static sf_count_t view_tell(void *context)
{
	const struct view *v = context;
	return v->at;
}

static SNDFILE *open_view(struct view *v, SF_INFO *info)
{
	SF_VIRTUAL_IO io = {view_bytes, view_seek, view_read, view_write, view_tell};
	struct stat st;
	v->bytes = fstat(v->fd, &st) == 0 ? st.st_size : 0;
	v->length = us_length_mend(v->fd, v->bytes);
	return sf_open_virtual(&io, SFM_READ, info, v);
}

/* --- its frames -------------------------------------------------------------------------------------------------- */

struct reading {
	const char *path;
	size_t most;
	sf_count_t said, bytes; /* so many frames there should be, in a file of so many bytes */
};

/* Is it known without reading it? Of what is not packed no more frames are said than there are bytes: see lengths.h. */
static bool is_too_long(const struct reading *r, size_t each)
{
	return r->said > 0 && r->said <= r->bytes && (size_t)r->said > r->most / each;
}

static int too_long(const struct reading *r, size_t each, struct us_err *err)
{
	if (is_too_long(r, each))
		return us_fail(err, "%s takes %zu kB as floats, %zu kB are free", r->path,
		               (size_t)r->said * each / 1024, r->most / 1024);
	return us_fail(err, "%s takes more as floats than the %zu kB that are free", r->path, r->most / 1024);
}

/* Room for twice as many frames, as far as there is room. */
static int grow(struct us_sound *s, size_t *room, const struct reading *r, struct us_err *err)
{
	const size_t each = s->channels * sizeof(float),
		     limit = r->most / each < INT32_MAX ? r->most / each : INT32_MAX;
	const size_t wanted = *room ? *room * 2 : FIRST_FRAMES, frames = wanted < limit ? wanted : limit;
	if (frames <= *room)
		return too_long(r, each, err);
	float *value = realloc(s->value, frames * each);
	if (!value)
		return us_fail(err, "no memory for %s", r->path);
	s->value = value;
	*room = frames;
	return US_OK;
}

static int read_frames(struct us_sound *s, SNDFILE *file, const struct reading *r, struct us_err *err)
{
	size_t room = 0, frames = 0;
	float one_more[MOST_CHANNELS];
	if (is_too_long(r, s->channels * sizeof(float)))
		return too_long(r, s->channels * sizeof(float), err);
	for (;;) {
		if (frames == room && grow(s, &room, r, err)) /* it may have been the last one */
			return room && sf_readf_float(file, one_more, 1) == 0 ? US_OK : US_FAILED;
		const sf_count_t n = sf_readf_float(file, s->value + frames * s->channels, (sf_count_t)(room - frames));
		if (n <= 0)
			break;
		frames += (size_t)n;
		s->frames = (uint32_t)frames;
	}
	return frames ? US_OK : us_fail(err, "%s could not be decoded: %s", r->path, sf_strerror(file));
}

int us_sound_read(struct us_sound *sound, int fd, const char *path, size_t most, struct us_err *err)
{
	SF_INFO info = {0};
	struct view view = {.fd = fd};
	*sound = (struct us_sound){0};
	SNDFILE *file = open_view(&view, &info);
	if (!file)
		return us_fail(err, "cannot read %s as a sound file: %s", path, sf_strerror(NULL));
	int failed = US_FAILED;
	if (info.channels < 1 || info.channels > MOST_CHANNELS) {
		us_fail(err, "%s has %d channels; expected 1 or 2", path, info.channels);
	} else {
		sound->channels = (uint32_t)info.channels;
		sound->rate = (float)info.samplerate;
		failed = read_frames(sound, file, &(struct reading){path, most, info.frames, view.bytes}, err);
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
