/* out.c — see out.h. WAV is written by wav.c, the others by libsndfile: 24 bits for FLAC, floats for AIFF (AIFC),
 * Vorbis for OGG. They are finished only at their end, so what goes to standard output lies in a nameless file until
 * then. */
#include "out.h"

#include "riff.h"
#include "wav.h"

#include <errno.h>
#include <fcntl.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <understudy/letters.h>
#include <understudy/module.h>
#include <unistd.h>

struct us_out {
	struct us_wav *wav;
	SNDFILE *file;
	int nameless; /* holds what goes to standard output; -1: there is none */
	uint64_t frames;
	const char *path;
	char part[1200]; /* the last file that was said to be begun */
};

static const struct kind {
	const char *name, *ending, *other;
	enum us_out_format format;
	int sndfile;
} kinds[] = {
    {"wav", ".wav", ".wave", US_OUT_WAV, 0},
    {"flac", ".flac", ".fla", US_OUT_FLAC, SF_FORMAT_FLAC | SF_FORMAT_PCM_24},
    {"aiff", ".aiff", ".aif", US_OUT_AIFF, SF_FORMAT_AIFF | SF_FORMAT_FLOAT},
    {"ogg", ".ogg", ".oga", US_OUT_OGG, SF_FORMAT_OGG | SF_FORMAT_VORBIS},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* --- which ------------------------------------------------------------------------------------------------------- */

static bool is_stream(const char *path)
{
	struct stat st;
	return strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

int us_out_format(const char *path, const char *named, enum us_out_format *format, struct us_err *err)
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path, *ending = strrchr(file, '.');
	*format = US_OUT_UNKNOWN;
	for (size_t i = 0; i < KINDS; i++)
		if (named ? us_same_word(named, kinds[i].name)
		          : ending && (us_same_word(ending, kinds[i].ending) || us_same_word(ending, kinds[i].other)))
			*format = kinds[i].format;
	if (*format == US_OUT_UNKNOWN && !named && is_stream(path))
		*format = US_OUT_WAV;
	if (*format != US_OUT_UNKNOWN)
		return US_OK;
	if (named)
		return us_fail(err, "--format %s: expected wav, flac, aiff or ogg", named);
	return us_fail(err, "-o %s: the ending says what is written: expected .wav, .flac, .aiff or .ogg (or --format)",
	               path);
}

/* --- where ------------------------------------------------------------------------------------------------------- */

static int open_nameless(void)
{
	const char *directory = getenv("TMPDIR");
	const int fd = open(directory && *directory ? directory : "/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	return fd >= 0 ? fd : memfd_create("understudy-out", MFD_CLOEXEC);
}

static int open_other(struct us_out *o, const struct kind *kind, bool to_stdout, uint32_t rate, struct us_err *err)
{
	SF_INFO info = {.samplerate = (int)rate, .channels = US_CHANNELS, .format = kind->sndfile};
	if (!sf_format_check(&info))
		return us_fail(err, "%s: there is no %s of %u frames per second", o->path, kind->name, rate);
	const int fd = to_stdout ? open_nameless() : open(o->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return us_fail(err, "cannot write %s: %s", o->path, strerror(errno));
	if (to_stdout)
		o->nameless = dup(fd);
	o->file = sf_open_fd(fd, SFM_WRITE, &info, SF_TRUE);
	if (!o->file) {
		close(fd);
		return us_fail(err, "cannot write %s: %s", o->path, sf_strerror(NULL));
	}
	sf_command(o->file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE); /* it holds the time of day */
	sf_command(o->file, SFC_SET_CLIPPING, NULL, SF_TRUE);
	return US_OK;
}

int us_out_open(struct us_out **out, const char *path, enum us_out_format format, uint32_t rate, uint64_t frames,
                struct us_err *err)
{
	const bool to_stdout = strcmp(path, "-") == 0;
	struct us_out *o = *out = calloc(1, sizeof *o);
	const struct kind *kind = kinds;
	if (!o)
		return us_fail(err, "no memory for %s", path);
	while (kind->format != format)
		kind++;
	*o = (struct us_out){.nameless = -1, .path = to_stdout ? "standard output" : path};
	int failed;
	if (to_stdout && isatty(STDOUT_FILENO))
		failed = us_fail(err, "standard output is a terminal, which does not want to show a sound; send it "
		                      "elsewhere: | aplay, > FILE");
	else if (format != US_OUT_WAV)
		failed = open_other(o, kind, to_stdout, rate, err);
	else
		failed = to_stdout ? us_wav_stream(&o->wav, dup(STDOUT_FILENO), o->path, rate, frames, err)
		                   : us_wav_create(&o->wav, path, rate, US_WAV_REPLACE, err);
	if (!failed)
		return US_OK;
	us_out_close(o, NULL);
	*out = NULL;
	return US_FAILED;
}

/* --- frames ------------------------------------------------------------------------------------------------------ */

/* A part that begins, of a file beyond 4 GB. */
static void say_part(struct us_out *o)
{
	char part[sizeof o->part];
	us_wav_part_path(o->wav, part, sizeof part);
	if (o->part[0] && strcmp(o->part, part) != 0)
		fprintf(stderr, "understudy: %s is full and goes on in %s\n", o->part, part);
	strcpy(o->part, part);
}

int us_out_write(struct us_out *o, const float *samples, uint64_t frames, struct us_err *err)
{
	if (o->wav) {
		const int failed = us_wav_write(o->wav, samples, frames, err);
		say_part(o);
		return failed;
	}
	errno = 0;
	if (sf_writef_float(o->file, samples, (sf_count_t)frames) == (sf_count_t)frames)
		return US_OK;
	return us_fail(err, "cannot write %s any further: %s", o->path, errno ? strerror(errno) : sf_strerror(o->file));
}

static int pass_on(int from, struct us_err *err)
{
	char bytes[1 << 16];
	for (off_t at = 0;;) {
		const ssize_t n = pread(from, bytes, sizeof bytes, at);
		if (n == 0)
			return US_OK;
		const ssize_t done = n < 0 ? -1 : write(STDOUT_FILENO, bytes, (size_t)n);
		if (done < 0 && errno != EINTR)
			return us_fail(err, "cannot write standard output: %s", strerror(errno));
		at += done > 0 ? done : 0;
	}
}

int us_out_close(struct us_out *o, struct us_err *err)
{
	int failed = US_OK;
	if (!o)
		return US_OK;
	if (o->wav)
		failed = us_wav_close(o->wav, err);
	const int why = o->file ? sf_close(o->file) : 0;
	if (why)
		failed = us_fail(err, "cannot finish %s: %s", o->path, sf_error_number(why));
	if (o->nameless >= 0 && !failed && err) /* without `err` it is given up */
		failed = pass_on(o->nameless, err);
	if (o->nameless >= 0)
		close(o->nameless);
	free(o);
	return failed;
}
