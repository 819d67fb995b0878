/* room.c — recordings that were begun over OSC do not fill the disk: together they take no more than run --record-most
 * allows in the directory that is theirs, and leave some of the disk to everybody else. What the session's user began
 * with run --record is not bounded. */
#include "ipc/clock.h"
#include "recorder.h"
#include "wav/beneath.h"

#include <ftw.h>
#include <string.h>
#include <sys/statvfs.h>

enum { DEPTH = 8 };
#define DISK_RESERVE (256ull << 20)
#define LOOK_NS 1000000000ull

static uint64_t total; /* nftw hands on no context */

static int add(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)path, (void)at;
	if (type == FTW_F)
		total += (uint64_t)st->st_blocks * 512;
	return 0;
}

static uint64_t bytes_below(const char *directory)
{
	total = 0;
	nftw(directory, add, DEPTH, FTW_PHYS | FTW_MOUNT);
	return total;
}

const char *us_take_directory(const struct us_recorder_process *r, const char *path)
{
	const char *directory = r->clock->record_dir;
	return directory[0] && path[0] == '/' && us_file_below(directory, path) ? directory : NULL;
}

/* UINT64_MAX: it cannot be told, and writing will tell. */
static uint64_t left_on_disk(const char *path)
{
	char directory[US_PATH_BYTES];
	struct statvfs fs;
	snprintf(directory, sizeof directory, "%s", path);
	char *slash = strrchr(directory, '/');
	strcpy(slash && slash != directory ? slash : directory, slash == directory ? "/" : slash ? "" : ".");
	return statvfs(directory, &fs) ? UINT64_MAX : (uint64_t)fs.f_bavail * fs.f_frsize;
}

static bool has_room(const struct us_recorder_process *r, uint64_t own, struct us_err *err)
{
	const uint64_t most = r->clock->record_most;
	const char *path = r->board->path;
	if (r->room.directory && most && r->room.others + own >= most) {
		us_fail(
		    err,
		    "no room for a recording: %.1f GB lie in %.120s, as many as run --record-most allows; remove some",
		    (double)(r->room.others + own) / 1e9, r->room.directory);
		return false;
	}
	if (left_on_disk(path) > DISK_RESERVE)
		return true;
	us_fail(err, "no room for %.120s: less than %llu MB of the disk are left", path, DISK_RESERVE >> 20);
	return false;
}

bool us_take_may_begin(struct us_recorder_process *r, const char *path, struct us_err *err)
{
	r->room = (struct us_take_room){.directory = us_take_directory(r, path),
	                                .watched = strcmp(path, r->clock->record_path) != 0,
	                                .looked_ns = us_now_ns()};
	if (r->room.watched && r->room.directory && r->clock->record_most)
		r->room.others = bytes_below(r->room.directory);
	return !r->room.watched || has_room(r, 0, err);
}

static uint64_t own_bytes(const struct us_recorder_process *r)
{
	return us_wav_place(r->wav).frames * US_CHANNELS * sizeof(float);
}

void us_take_may_resume(struct us_recorder_process *r, const char *path)
{
	struct us_err err;
	us_take_may_begin(r, path, &err); /* what it has written lies there already */
	r->room.others -= r->room.others < own_bytes(r) ? r->room.others : own_bytes(r);
}

bool us_take_may_go_on(struct us_recorder_process *r, struct us_err *err)
{
	const uint64_t now = us_now_ns();
	if (!r->room.watched || now - r->room.looked_ns < LOOK_NS)
		return true;
	r->room.looked_ns = now;
	return has_room(r, own_bytes(r), err);
}
