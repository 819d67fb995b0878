/* load.c — see load.h. dlopen wants a file of its own for each module, so its bytes are copied from the pack to a
 * memory file that is closed again when it is mapped: one descriptor at a time, 77 modules in some 6 ms. */
#include "load.h"

#include <string.h>
#include <unistd.h>

static int load(struct us_library *library, const struct us_code *code, uint32_t n, struct us_err *err)
{
	char path[US_FD_PATH_BYTES];
	const struct us_code_entry *e = &code->entry[n];
	const void *bytes = us_code_bytes(code, e);
	if (!bytes)
		return us_fail(err, "module %s is not what the session began with: its bytes have another hash",
		               e->name);
	int fd = us_code_file(e->name, bytes, e->bytes, 0, err);
	if (fd < 0)
		return US_FAILED;
	int failed = us_library_add(library, us_fd_path(path, fd, n), e->name, err);
	close(fd);
	return failed;
}

int us_code_library(struct us_library **library, int code_fd, char now[US_CODE_NAME_BYTES], struct us_err *err)
{
	struct us_code code;
	struct us_library *made = NULL;
	if (us_code_open(&code, code_fd, err))
		return US_FAILED;
	int failed = us_library_begin(&made, code.count, err);
	for (uint32_t i = 0; i < code.count && !failed; i++)
		if (code.entry[i].kind == US_CODE_MODULE) {
			if (now)
				memcpy(now, code.entry[i].name, US_CODE_NAME_BYTES);
			failed = load(made, &code, i, err);
		}
	us_code_close(&code);
	if (failed || us_library_finish(made, err)) {
		us_library_close(made);
		return US_FAILED;
	}
	*library = made;
	return US_OK;
}
