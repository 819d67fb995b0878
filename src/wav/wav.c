/* wav.c — see wav.h. */
#include "wav.h"

#include "beneath.h"
#include "riff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <understudy/module.h>
#include <unistd.h>

enum { PATH_BYTES = 1024, FRAME_BYTES = US_RIFF_FRAME_BYTES, MOST_SKIPPED = 1000 };
_Static_assert(FRAME_BYTES == US_CHANNELS * sizeof(float), "a frame is all channels as floats");
#define PART_FRAMES (US_RIFF_MOST_FRAMES / US_BLOCK * US_BLOCK)

struct us_wav {
	int fd;
	bool stream;     /* nothing can be put right afterwards: a pipe, a terminal, standard output */
	uint64_t frames; /* in all parts */
	uint32_t rate, skipped;
	enum us_wav_mode mode;
	char *directory;       /* all parts lie in it; NULL: anywhere */
	char path[PATH_BYTES]; /* as it was asked for: the first part */
};

/* "take.wav", "take-2.wav", …; numbers at which something lay already are left out. */
static void part_path(const struct us_wav *w, uint64_t part, char path[static PATH_BYTES + 32])
{
	size_t stem = strlen(w->path);
	const char *ending = "";
	if (stem > 4 && strcmp(w->path + stem - 4, ".wav") == 0)
		stem -= 4, ending = ".wav";
	if (part == 0)
		strcpy(path, w->path);
	else
		snprintf(path, PATH_BYTES + 32, "%.*s-%llu%s", (int)stem, w->path,
		         (unsigned long long)part + 1 + w->skipped, ending);
}

/* --- bytes ------------------------------------------------------------------------------------------------------- */

static bool write_all(int fd, const void *bytes, size_t count)
{
	for (const char *from = bytes; count;) {
		const ssize_t n = write(fd, from, count);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		from += n;
		count -= (size_t)n;
	}
	return true;
}

static uint64_t frames_of_part(const struct us_wav *w)
{
	const uint64_t frames = w->frames % PART_FRAMES;
	return frames || !w->frames ? frames : PART_FRAMES;
}

static bool write_header(const struct us_wav *w, uint64_t frames)
{
	unsigned char header[US_RIFF_BYTES];
	us_riff_write(header, w->rate, frames);
	return w->stream ? write_all(w->fd, header, sizeof header)
	                 : pwrite(w->fd, header, sizeof header, 0) == sizeof header;
}

/* --- files ------------------------------------------------------------------------------------------------------- */

/* The first part lies where its name says, be it through a link: somebody has asked for it. Those that follow do not:
 * what lies in their place is left alone. */
static int open_file(const struct us_wav *w, uint64_t part, const char *path, int flags, struct us_err *err)
{
	if (w->directory) {
		const char *below = us_file_below(w->directory, path);
		return below ? us_file_open_beneath(w->directory, below, O_RDWR | flags, err)
		             : us_fail(err, "%s does not lie in %s", path, w->directory);
	}
	if (part == 0 && w->mode == US_WAV_REPLACE) {
		struct stat st;
		const bool pipe = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
		const int fd = open(path, pipe ? O_WRONLY | O_CLOEXEC : O_RDWR | O_CLOEXEC | flags, 0666);
		if (fd < 0)
			us_fail(err, "cannot write %s: %s", path, strerror(errno));
		return fd;
	}
	return us_file_open(path, O_RDWR | O_NOFOLLOW | flags | (flags & O_CREAT ? O_EXCL : 0), err);
}

/* The frames of a file that is gone on with, which a writer that was killed may have left in mid-block. Its lengths are
 * older than its sound, perhaps: the file's own is taken. */
static int go_on(struct us_wav *w, uint64_t part, const char *path, struct us_err *err)
{
	unsigned char here[US_RIFF_BYTES], ours[US_RIFF_BYTES];
	struct stat st;
	us_riff_write(ours, w->rate, 0);
	if (fstat(w->fd, &st) || pread(w->fd, here, sizeof here, 0) != sizeof here || st.st_size < US_RIFF_BYTES)
		return us_fail(err, "%s is not the recording that was begun", path);
	memcpy(here + 4, ours + 4, 4);
	memcpy(here + US_RIFF_BYTES - 12, ours + US_RIFF_BYTES - 12, 4); /* fact */
	memcpy(here + US_RIFF_BYTES - 4, ours + US_RIFF_BYTES - 4, 4);
	if (memcmp(here, ours, sizeof here) != 0)
		return us_fail(err, "%s is not the recording that was begun", path);
	const uint64_t there = (uint64_t)(st.st_size - US_RIFF_BYTES) / FRAME_BYTES / US_BLOCK * US_BLOCK;
	const off_t end = US_RIFF_BYTES + (off_t)there * FRAME_BYTES;
	if (ftruncate(w->fd, end) || lseek(w->fd, end, SEEK_SET) != end)
		return us_fail(err, "cannot go on at the end of %s: %s", path, strerror(errno));
	w->frames = part * PART_FRAMES + there;
	return US_OK;
}

static int begin_file(struct us_wav *w, const char *path, struct us_err *err)
{
	struct stat st;
	w->stream = fstat(w->fd, &st) || !S_ISREG(st.st_mode);
	if (!write_header(w, w->stream ? US_RIFF_UNKNOWN : 0) ||
	    (!w->stream && lseek(w->fd, US_RIFF_BYTES, SEEK_SET) != US_RIFF_BYTES))
		return us_fail(err, "cannot write %s: %s", path, strerror(errno));
	return US_OK;
}

static int open_part(struct us_wav *w, uint64_t part, int flags, struct us_err *err)
{
	char path[PATH_BYTES + 32];
	part_path(w, part, path);
	w->fd = open_file(w, part, path, flags, err);
	while (w->fd < 0 && errno == EEXIST && part > 0 && flags & O_CREAT && w->skipped < MOST_SKIPPED) {
		w->skipped++; /* nobody has named that one: the next number */
		part_path(w, part, path);
		w->fd = open_file(w, part, path, flags, err);
	}
	if (w->fd < 0)
		return US_FAILED;
	return flags & O_CREAT ? begin_file(w, path, err) : go_on(w, part, path, err);
}

static struct us_wav *new_wav(uint32_t rate, struct us_err *err)
{
	struct us_wav *w = calloc(1, sizeof *w);
	if (!w) {
		us_fail(err, "no memory for a recording");
		return NULL;
	}
	w->rate = rate;
	w->fd = -1;
	return w;
}

struct first {
	const char *directory, *path;
	enum us_wav_mode mode;
	int flags;
	uint64_t part;
	uint32_t skipped;
};

static int open_first(struct us_wav **wav, const struct first *f, uint32_t rate, struct us_err *err)
{
	struct us_wav *w = *wav = new_wav(rate, err);
	if (!w)
		return US_FAILED;
	w->mode = f->mode;
	w->skipped = f->skipped;
	int failed = US_OK;
	if (f->directory && !(w->directory = strdup(f->directory)))
		failed = us_fail(err, "no memory for a recording");
	else if (strlen(f->path) >= sizeof w->path)
		failed = us_fail(err, "a path longer than %zu bytes", sizeof w->path - 1);
	if (!failed) {
		strcpy(w->path, f->path);
		failed = open_part(w, f->part, f->flags, err);
	}
	if (!failed)
		return US_OK;
	us_wav_close(w, NULL);
	*wav = NULL;
	return US_FAILED;
}

int us_wav_create(struct us_wav **wav, const char *path, uint32_t rate, enum us_wav_mode mode, struct us_err *err)
{
	const struct first f = {.path = path, .mode = mode, .flags = O_CREAT | (mode == US_WAV_NEW ? O_EXCL : O_TRUNC)};
	return open_first(wav, &f, rate, err);
}

int us_wav_create_beneath(struct us_wav **wav, const char *directory, const char *path, uint32_t rate,
                          struct us_err *err)
{
	const struct first f = {.directory = directory, .path = path, .mode = US_WAV_NEW, .flags = O_CREAT | O_EXCL};
	return open_first(wav, &f, rate, err);
}

int us_wav_resume_beneath(struct us_wav **wav, const char *directory, const char *path, uint32_t rate,
                          const struct us_wav_place *place, struct us_err *err)
{
	const struct first f = {.directory = directory,
	                        .path = path,
	                        .mode = US_WAV_NEW,
	                        .part = place->frames ? (place->frames - 1) / PART_FRAMES : 0,
	                        .skipped = place->skipped};
	return open_first(wav, &f, rate, err);
}

int us_wav_resume(struct us_wav **wav, const char *path, uint32_t rate, const struct us_wav_place *place,
                  struct us_err *err)
{
	return us_wav_resume_beneath(wav, NULL, path, rate, place, err);
}

int us_wav_stream(struct us_wav **wav, int fd, const char *name, uint32_t rate, uint64_t frames, struct us_err *err)
{
	struct us_wav *w = *wav = new_wav(rate, err);
	if (!w)
		return US_FAILED;
	snprintf(w->path, sizeof w->path, "%s", name);
	w->stream = true;
	w->fd = fd;
	if (write_header(w, frames))
		return US_OK;
	us_fail(err, "cannot write %s: %s", name, strerror(errno));
	us_wav_close(w, NULL);
	*wav = NULL;
	return US_FAILED;
}

/* --- frames ------------------------------------------------------------------------------------------------------ */

static int begin_part(struct us_wav *w, uint64_t part, struct us_err *err)
{
	const int failed = close(w->fd);
	w->fd = -1;
	if (failed)
		return us_fail(err, "cannot finish a part of %s: %s", w->path, strerror(errno));
	return open_part(w, part, O_CREAT, err);
}

/* The whole frames that went through count, and the header says so. */
static int stopped(struct us_wav *w, int why, struct us_err *err)
{
	const off_t end = w->stream ? 0 : lseek(w->fd, 0, SEEK_CUR);
	if (end >= US_RIFF_BYTES) {
		const uint64_t there = (uint64_t)(end - US_RIFF_BYTES) / FRAME_BYTES;
		w->frames += there - (w->frames % PART_FRAMES);
		if (ftruncate(w->fd, US_RIFF_BYTES + (off_t)there * FRAME_BYTES) == 0)
			write_header(w, there);
	}
	return us_fail(err, "cannot write %s any further: %s", w->path, strerror(why ? why : EIO));
}

int us_wav_write(struct us_wav *w, const float *samples, uint64_t frames, struct us_err *err)
{
	while (frames > 0) {
		const uint64_t part = w->frames / PART_FRAMES, room = PART_FRAMES - w->frames % PART_FRAMES;
		if (!w->stream && room == PART_FRAMES && part > 0 && begin_part(w, part, err))
			return US_FAILED;
		const uint64_t n = w->stream || frames < room ? frames : room;
		errno = 0;
		if (!write_all(w->fd, samples, n * FRAME_BYTES))
			return stopped(w, errno, err);
		w->frames += n;
		if (!w->stream && !write_header(w, frames_of_part(w)))
			return us_fail(err, "cannot write %s any further: %s", w->path, strerror(errno));
		samples += n * US_CHANNELS;
		frames -= n;
	}
	return US_OK;
}

struct us_wav_place us_wav_place(const struct us_wav *w)
{
	return (struct us_wav_place){w->frames, w->skipped};
}

void us_wav_part_path(const struct us_wav *w, char *path, size_t bytes)
{
	char whole[PATH_BYTES + 32];
	part_path(w, w->frames ? (w->frames - 1) / PART_FRAMES : 0, whole);
	snprintf(path, bytes, "%s", whole);
}

int us_wav_close(struct us_wav *w, struct us_err *err)
{
	if (!w)
		return US_OK;
	const int failed = w->fd >= 0 ? close(w->fd) : 0;
	const int result = failed ? us_fail(err, "cannot finish %s: %s", w->path, strerror(errno)) : US_OK;
	free(w->directory);
	free(w);
	return result;
}
