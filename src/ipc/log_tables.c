/* log_tables.c — what lay on the shelf, in the log's directory: one file for each table. See log.h. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int us_log_write_table(const char *directory, const struct us_shelf *shelf, uint32_t number, struct us_err *err)
{
	char path[US_PATH_BYTES + 32];
	struct us_table table;
	if (!us_shelf_table(shelf, number, &table))
		return us_fail(err, "table %u of the session is damaged", number);
	snprintf(path, sizeof path, "%s/table-%u.bin", directory, number);
	const size_t values = (size_t)table.frames * table.channels;
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		us_fail(err, "cannot write %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return US_FAILED;
	}
	bool bad = fwrite(&shelf->entry[number - 1], sizeof shelf->entry[0], 1, f) != 1 ||
	           fwrite(table.value, sizeof *table.value, values, f) != values;
	bad |= fclose(f) != 0;
	return bad ? us_fail(err, "cannot write %s: %s", path, strerror(errno)) : US_OK;
}
