/* wav.c — see wav.h. libsndfile does the format. No PEAK chunk (it holds the time of day), no RF64 (libsndfile gives it
 * a PEAK chunk, and reopens it with another header). */
#include "wav.h"

#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <understudy/module.h>
#include <unistd.h>

enum { PATH_BYTES = 1024, FRAME_BYTES = US_CHANNELS * sizeof(float), HEADER_ROOM = 4096 };
#define PART_FRAMES ((UINT32_MAX - HEADER_ROOM) / FRAME_BYTES / US_BLOCK * US_BLOCK)

struct us_wav {
	SNDFILE *file;
	uint64_t frames; /* in all parts */
	uint32_t rate;
	enum us_wav_mode mode;
	char *directory;       /* all parts lie in it; NULL: anywhere */
	char path[PATH_BYTES]; /* as it was asked for: the first part */
};

/* "take.wav", "take-2.wav", … */
static void part_path(const struct us_wav *w, uint64_t part, char path[static PATH_BYTES + 32])
{
	size_t stem = strlen(w->path);
	const char *ending = "";
	if (stem > 4 && strcmp(w->path + stem - 4, ".wav") == 0)
		stem -= 4, ending = ".wav";
	if (part == 0)
		strcpy(path, w->path);
	else
		snprintf(path, PATH_BYTES + 32, "%.*s-%llu%s", (int)stem, w->path, (unsigned long long)part + 1,
		         ending);
}

/* The first part lies where its name says, be it through a link: somebody has asked for it. Those that follow do not:
 * what lies in their place is left alone, or removed with the recording that is replaced. */
static int open_file(const struct us_wav *w, uint64_t part, const char *path, int flags, struct us_err *err)
{
	if (w->directory) {
		const char *below = us_file_below(w->directory, path);
		return below ? us_file_open_beneath(w->directory, below, O_RDWR | flags, err)
		             : us_fail(err, "%s does not lie in %s", path, w->directory);
	}
	if (part == 0 && w->mode == US_WAV_REPLACE) {
		const int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0666);
		if (fd < 0)
			us_fail(err, "cannot write %s: %s", path, strerror(errno));
		return fd;
	}
	if (w->mode == US_WAV_REPLACE && flags & O_CREAT)
		unlink(path);
	return us_file_open(path, O_RDWR | O_NOFOLLOW | flags | (flags & O_CREAT ? O_EXCL : 0), err);
}

static int open_part(struct us_wav *w, uint64_t part, int flags, struct us_err *err)
{
	char path[PATH_BYTES + 32];
	part_path(w, part, path);
	bool again = !(flags & O_CREAT);
	SF_INFO info = {0};
	if (!again)
		info = (SF_INFO){
		    .samplerate = (int)w->rate, .channels = US_CHANNELS, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
	int fd = open_file(w, part, path, flags, err);
	if (fd < 0)
		return US_FAILED;
	w->file = sf_open_fd(fd, again ? SFM_RDWR : SFM_WRITE, &info, SF_TRUE);
	if (!w->file)
		return us_fail(err, "cannot write %s: %s", path, sf_strerror(NULL));
	if (info.channels != US_CHANNELS || info.samplerate != (int)w->rate)
		return us_fail(err, "%s is not the recording that was begun", path);
	sf_command(w->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
	sf_command(w->file, SFC_SET_UPDATE_HEADER_AUTO, NULL, SF_TRUE);
	if (!again)
		return US_OK;
	sf_count_t whole = info.frames / US_BLOCK * US_BLOCK; /* a writer that was killed may have left half a block */
	if (sf_seek(w->file, whole, SEEK_SET | SFM_WRITE) != whole)
		return us_fail(err, "cannot go on at the end of %s: %s", path, sf_strerror(w->file));
	w->frames = part * PART_FRAMES + (uint64_t)whole;
	return US_OK;
}

static int open_first(struct us_wav **wav, const char *directory, const char *path, uint32_t rate, uint64_t part,
                      enum us_wav_mode mode, int flags, struct us_err *err)
{
	struct us_wav *w = calloc(1, sizeof *w);
	*wav = NULL;
	if (!w)
		return us_fail(err, "no memory for a recording");
	w->rate = rate;
	w->mode = mode;
	if (directory && !(w->directory = strdup(directory))) {
		free(w);
		return us_fail(err, "no memory for a recording");
	}
	int failed =
	    strlen(path) >= sizeof w->path ? us_fail(err, "a path longer than %zu bytes", sizeof w->path - 1) : 0;
	if (!failed) {
		strcpy(w->path, path);
		failed = open_part(w, part, flags, err);
	}
	if (failed) {
		us_wav_close(w, NULL);
		return US_FAILED;
	}
	*wav = w;
	return US_OK;
}

int us_wav_create(struct us_wav **wav, const char *path, uint32_t rate, enum us_wav_mode mode, struct us_err *err)
{
	return open_first(wav, NULL, path, rate, 0, mode, O_CREAT | (mode == US_WAV_NEW ? O_EXCL : O_TRUNC), err);
}

int us_wav_create_beneath(struct us_wav **wav, const char *directory, const char *path, uint32_t rate,
                          struct us_err *err)
{
	return open_first(wav, directory, path, rate, 0, US_WAV_NEW, O_CREAT | O_EXCL, err);
}

int us_wav_resume_beneath(struct us_wav **wav, const char *directory, const char *path, uint32_t rate, uint64_t frames,
                          struct us_err *err)
{
	return open_first(wav, directory, path, rate, frames ? (frames - 1) / PART_FRAMES : 0, US_WAV_NEW, 0, err);
}

int us_wav_resume(struct us_wav **wav, const char *path, uint32_t rate, uint64_t frames, struct us_err *err)
{
	return us_wav_resume_beneath(wav, NULL, path, rate, frames, err);
}

static int begin_part(struct us_wav *w, uint64_t part, struct us_err *err)
{
	int failed = sf_close(w->file);
	w->file = NULL;
	if (failed)
		return us_fail(err, "cannot finish a part of %s: %s", w->path, sf_error_number(failed));
	return open_part(w, part, O_CREAT, err);
}

int us_wav_write(struct us_wav *w, const float *samples, uint64_t frames, struct us_err *err)
{
	while (frames > 0) {
		uint64_t part = w->frames / PART_FRAMES, room = PART_FRAMES - w->frames % PART_FRAMES;
		if (room == PART_FRAMES && part > 0 && begin_part(w, part, err))
			return US_FAILED;
		sf_count_t n = (sf_count_t)(frames < room ? frames : room);
		errno = 0;
		sf_count_t done = sf_writef_float(w->file, samples, n);
		w->frames += (uint64_t)done;
		if (done != n)
			return us_fail(err, "cannot write %s any further: %s", w->path,
			               errno ? strerror(errno) : sf_strerror(w->file));
		samples += n * US_CHANNELS;
		frames -= (uint64_t)n;
	}
	return US_OK;
}

uint64_t us_wav_frames(const struct us_wav *w)
{
	return w->frames;
}

int us_wav_close(struct us_wav *w, struct us_err *err)
{
	if (!w)
		return US_OK;
	int failed = w->file ? sf_close(w->file) : 0;
	int result = failed ? us_fail(err, "cannot finish %s: %s", w->path, sf_error_number(failed)) : US_OK;
	free(w->directory);
	free(w);
	return result;
}
