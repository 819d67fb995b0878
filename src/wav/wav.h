/* wav.h — 32-bit float stereo WAV files, written so that the same samples always give the same bytes. [setup, may
 * block] The recorder writes what was played, replay and render write what should have been: `cmp` may compare the
 * files.
 *
 * The header is right after every write: a file whose writer was killed opens like any other. A WAV file ends at 4 GB
 * (3 h 6 min at 48 kHz); the recording goes on, without a frame between, in NAME-2.wav, NAME-3.wav … Nobody has named
 * these: where one exists it is left alone, and the next number is taken. */
#ifndef US_WAV_H
#define US_WAV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <understudy/error.h>

struct us_wav;

enum us_wav_mode {
	US_WAV_NEW,     /* fails if the file exists */
	US_WAV_REPLACE, /* a file of this name is overwritten; a pipe or a device is written to */
};
int us_wav_create(struct us_wav **wav, const char *path, uint32_t rate, enum us_wav_mode mode, struct us_err *err);
/* A new file that lies in `directory` or below, whatever `path` says: all parts of it. */
int us_wav_create_beneath(struct us_wav **wav, const char *directory, const char *path, uint32_t rate,
                          struct us_err *err);
/* To a descriptor, which us_wav_close closes, in one go: `frames` are what its header says (US_RIFF_UNKNOWN: to the
 * end). */
int us_wav_stream(struct us_wav **wav, int fd, const char *name, uint32_t rate, uint64_t frames, struct us_err *err);

/* How far a recording is: frames, and numbers that were left out because something lay there. */
struct us_wav_place {
	uint64_t frames;
	uint32_t skipped;
};
struct us_wav_place us_wav_place(const struct us_wav *wav);
/* The file that the last frame lies in. */
void us_wav_part_path(const struct us_wav *wav, char *path, size_t bytes);

/* Goes on with a file that us_wav_create made and that was not closed. `place`: how far it was at least; us_wav_place
 * says what is there. */
int us_wav_resume(struct us_wav **wav, const char *path, uint32_t rate, const struct us_wav_place *place,
                  struct us_err *err);
int us_wav_resume_beneath(struct us_wav **wav, const char *directory, const char *path, uint32_t rate,
                          const struct us_wav_place *place, struct us_err *err);

/* After a failure the file holds what went through; only us_wav_close may follow. */
int us_wav_write(struct us_wav *wav, const float *samples, uint64_t frames, struct us_err *err);

/* Fails when the last bytes did not reach the disk. NULL is closed already. */
int us_wav_close(struct us_wav *wav, struct us_err *err);

#endif
