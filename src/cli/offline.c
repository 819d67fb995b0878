/* offline.c — see offline.h. */
#include "offline.h"

#include "code.h"
#include "code/load.h"
#include "ipc/rig.h"
#include "shelf/shelve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int open_library(struct us_library **library, int code_fd, struct us_err *err)
{
	char directory[US_PATH_BYTES];
	if (code_fd >= 0)
		return us_code_library(library, code_fd, NULL, err);
	if (code_fd == US_OFFLINE_DESCRIBED)
		return us_code_modules_here(library, err);
	return us_rig_modules(directory, err) ? US_FAILED : us_library_open(library, directory, err);
}

int us_offline_open(struct us_offline *offline, int code_fd, float rate, size_t arena_bytes, size_t tape_bytes,
                    struct us_err *err)
{
	struct us_engine_config config = us_engine_of_session(rate, arena_bytes, tape_bytes, NULL);
	*offline = (struct us_offline){0};
	config.shelf = offline->shelf = us_shelf_open(err);
	if (!offline->shelf || open_library(&offline->library, code_fd, err) ||
	    us_engine_open(&offline->engine, &config, offline->library, err)) {
		us_offline_close(offline);
		return US_FAILED;
	}
	return US_OK;
}

void us_offline_close(struct us_offline *offline)
{
	if (offline->engine)
		us_engine_close(offline->engine);
	if (offline->library)
		us_library_close(offline->library);
	us_shelf_close(offline->shelf);
	*offline = (struct us_offline){0};
}

static int flush(struct us_offline_file *f, struct us_err *err)
{
	const uint32_t blocks = f->blocks;
	f->blocks = 0;
	return blocks ? us_out_write(f->out, f->samples[0], (uint64_t)blocks * US_BLOCK, err) : US_OK;
}

int us_offline_write(struct us_offline_file *f, const float samples[US_BLOCK * US_CHANNELS], struct us_err *err)
{
	memcpy(f->samples[f->blocks++], samples, sizeof f->samples[0]);
	return f->blocks == sizeof f->samples / sizeof f->samples[0] ? flush(f, err) : US_OK;
}

int us_offline_finish(struct us_offline_file *f, struct us_err *err)
{
	const int failed = flush(f, err);
	struct us_out *out = f->out;
	f->out = NULL;
	return us_out_close(out, failed ? NULL : err) || failed ? US_FAILED : US_OK;
}

bool us_offline_number(const char *text, double least, double *value)
{
	char *end;
	*value = strtod(text, &end);
	return end != text && !*end && isfinite(*value) && *value >= least;
}
