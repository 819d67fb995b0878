/* wav.h — 32-bit float stereo WAV files, written so that the same samples always give the same bytes. [setup, may
 * block] The recorder writes what was played, replay and render write what should have been: `cmp` may compare the
 * files.
 *
 * The header is right after every write: a file whose writer was killed opens like any other. A WAV file ends at 4 GB
 * (3 h 6 min at 48 kHz); the recording goes on, without a frame between, in NAME-2.wav, NAME-3.wav … */
#ifndef US_WAV_H
#define US_WAV_H

#include <stdbool.h>
#include <stdint.h>
#include <understudy/error.h>

struct us_wav;

enum us_wav_mode {
	US_WAV_NEW,     /* fails if the file exists */
	US_WAV_REPLACE, /* a file of this name is overwritten */
};
int us_wav_create(struct us_wav **wav, const char *path, uint32_t rate, enum us_wav_mode mode, struct us_err *err);
/* A new file that lies in `directory` or below, whatever `path` says: all parts of it. */
int us_wav_create_beneath(struct us_wav **wav, const char *directory, const char *path, uint32_t rate,
                          struct us_err *err);

/* Goes on with a file that us_wav_create made and that was not closed. `frames` is how many were written at least;
 * us_wav_frames says how many are there. */
int us_wav_resume(struct us_wav **wav, const char *path, uint32_t rate, uint64_t frames, struct us_err *err);
int us_wav_resume_beneath(struct us_wav **wav, const char *directory, const char *path, uint32_t rate, uint64_t frames,
                          struct us_err *err);

/* After a failure the file holds what went through; only us_wav_close may follow. */
int us_wav_write(struct us_wav *wav, const float *samples, uint64_t frames, struct us_err *err);
uint64_t us_wav_frames(const struct us_wav *wav);

/* Fails when the last bytes did not reach the disk. NULL is closed already. */
int us_wav_close(struct us_wav *wav, struct us_err *err);

#endif
