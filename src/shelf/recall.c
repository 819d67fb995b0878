/* recall.c — tables out of a log's directory, as src/ipc/log_tables.c has written them. */
#include "shelve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 1024 };

/* 1: there is no such file. */
static int recall(struct us_shelf *shelf, uint32_t number, const char *directory, struct us_err *err)
{
	char path[PATH_BYTES];
	struct us_shelf_entry e;
	struct stat st;
	uint32_t got = US_NO_TABLE;
	snprintf(path, sizeof path, "%s/table-%u.bin", directory, number);
	FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 1 : us_fail(err, "cannot read %s: %s", path, strerror(errno));
	int failed = fread(&e, sizeof e, 1, f) != 1 || fstat(fileno(f), &st) ||
	             (uint64_t)st.st_size != sizeof e + (uint64_t)e.frames * e.channels * sizeof(float);
	float *value = failed ? NULL : malloc((size_t)st.st_size);
	failed = !value || fread(value, (size_t)st.st_size - sizeof e, 1, f) != 1;
	fclose(f);
	if (!failed) {
		e.name[sizeof e.name - 1] = 0;
		failed =
		    us_shelf_add(
			shelf,
			&(struct us_goods){
			    .name = e.name, .value = value, .frames = e.frames, .channels = e.channels, .rate = e.rate},
			&got, NULL) ||
		    got != number || us_shelf_mark(shelf, got) != e.mark;
	}
	free(value);
	return failed ? us_fail(err, "%s is damaged", path) : US_OK;
}

int us_shelf_recall(struct us_shelf *shelf, const char *directory, struct us_err *err)
{
	for (uint32_t number = 1; number <= US_TABLES; number++) {
		const int result = recall(shelf, number, directory, err);
		if (result)
			return result == 1 ? US_OK : US_FAILED;
	}
	return US_OK;
}
