/* offline.h — what replay and render share: they need no running synth, but the same engine in one process, as fast as
 * it goes. */
#ifndef US_OFFLINE_H
#define US_OFFLINE_H

#include "engine/engine.h"
#include "wav/out.h"

enum { US_OFFLINE_TAPE_SECONDS = 600 };

/* An engine as a worker has it, over the modules of the pack at `code_fd` (ipc/code.h), or this machine's: to play
 * them, or their mere descriptions at the usual rate, for who only asks what fits. */
enum { US_OFFLINE_HERE = -1, US_OFFLINE_DESCRIBED = -2 };
struct us_offline {
	struct us_library *library;
	struct us_shelf *shelf;
	struct us_engine *engine;
};
int us_offline_open(struct us_offline *offline, int code_fd, float rate, size_t arena_bytes, size_t tape_bytes,
                    struct us_err *err);
void us_offline_close(struct us_offline *offline);

/* Blocks on their way to a file, many at a time: each writing costs several system calls. Begin with zeros but for
 * .out, which finish closes. */
struct us_offline_file {
	struct us_out *out;
	uint32_t blocks;
	float samples[64][US_BLOCK * US_CHANNELS];
};
int us_offline_write(struct us_offline_file *file, const float samples[US_BLOCK * US_CHANNELS], struct us_err *err);
int us_offline_finish(struct us_offline_file *file, struct us_err *err);

/* "12.5", at least `least`; false if `text` is no such number. */
bool us_offline_number(const char *text, double least, double *value);

#endif
