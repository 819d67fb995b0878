/* plain.c — see plain.h. */
#include "plain.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 4 << 20 };

size_t us_plain_text(char *text, size_t bytes)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t from = bytes >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0, to = 0;
	for (; from < bytes; from++) {
		const bool ends = text[from] == '\r';
		if (ends && from + 1 < bytes && text[from + 1] == '\n')
			continue; /* the \n comes next */
		text[to++] = ends ? '\n' : text[from];
	}
	return to;
}

static FILE *give(char *text, size_t bytes)
{
	FILE *memory = fmemopen(NULL, bytes + 1, "w+"); /* which frees it with itself */
	if (memory && fwrite(text, 1, bytes, memory) == bytes && fflush(memory) == 0) {
		rewind(memory);
		return memory;
	}
	if (memory)
		fclose(memory);
	errno = ENOMEM;
	return NULL;
}

FILE *us_plain_open(const char *path)
{
	FILE *file = fopen(path, "re"), *memory = NULL;
	char *text = file ? malloc(FILE_BYTES) : NULL;
	int why = file ? ENOMEM : errno;
	if (text) {
		const size_t bytes = us_plain_text(text, fread(text, 1, FILE_BYTES, file));
		why = ferror(file) ? errno : 0;
		memory = why ? NULL : give(text, bytes);
	}
	free(text);
	if (file)
		fclose(file);
	errno = memory ? 0 : why ? why : errno;
	return memory;
}

const char *us_plain_path(const char *path, char *to, size_t bytes)
{
	const char *home = path[0] == '~' && path[1] == '/' ? getenv("HOME") : NULL;
	const int n = snprintf(to, bytes, "%s%s", home ? home : "", home ? path + 1 : path);
	return n >= 0 && (size_t)n < bytes ? to : path;
}
