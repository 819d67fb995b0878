/* fuzz_fmt.c — libFuzzer over `understudy fmt`: any text.
 *
 *   UNDERSTUDY_MODULES=build/modules fuzz_fmt -max_len=4096 tests/fuzz/corpus/patch
 *
 * Checked: no crash; an error has a place; a second time changes nothing; and the formatted text compiles to the same
 * commands, up to the same error, as a whole patch and as lines for a running synth. */
#include "engine/library.h"
#include "lang/lang.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void demand(int condition, const char *what, const char *text)
{
	if (condition)
		return;
	fprintf(stderr, "fuzz_fmt: %s: %s\n", what, text);
	abort();
}

static const struct us_module *find(void *context, const char *name)
{
	return us_library_find(context, name);
}
static const char *nearest(void *context, const char *name)
{
	return us_library_nearest(context, name);
}

static struct us_library *library(void)
{
	static struct us_library *library;
	const char *modules = getenv("UNDERSTUDY_MODULES");
	struct us_err err;
	if (!library && us_library_open(&library, modules ? modules : "build/modules", &err))
		demand(0, "no modules", err.text);
	return library;
}

/* Writes a command down, so that two texts can be compared. */
static int note(void *context, const struct us_command *command, struct us_err *err)
{
	FILE *f = context;
	(void)err;
	fprintf(f, "%s", command->address);
	for (uint32_t i = 0; i < command->argc; i++) {
		const struct us_arg *a = &command->arg[i];
		if (a->type == 's')
			fprintf(f, " \"%s\"", a->s);
		else if (a->type == 'i')
			fprintf(f, " %lld", (long long)a->i);
		else
			fprintf(f, " %a", a->d);
	}
	fputc('\n', f);
	return US_OK;
}

static char *compile(const char *text, size_t bytes, bool whole)
{
	const struct us_lang_catalogue catalogue = {.find = find, .nearest = nearest, .context = library()};
	const struct us_lang_text t = {.text = text, .bytes = bytes, .file = "p.us", .whole = whole};
	struct us_err err;
	char *said;
	size_t n;
	FILE *f = open_memstream(&said, &n);
	demand(f != NULL, "no memory", "");
	if (us_lang_compile(&t, &catalogue, note, f, &err))
		fputs("refused\n", f); /* line and column may be others */
	fclose(f);
	return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	const struct us_lang_text text = {.text = (const char *)bytes, .bytes = count, .file = "p.us", .whole = true};
	struct us_lang_text again = {.file = "p.us", .whole = true};
	struct us_err err = {""};
	char *once, *twice;
	size_t bytes_twice;
	if (us_lang_format(&text, &once, &again.bytes, &err)) {
		demand(strncmp(err.text, "p.us:", 5) == 0, "an error without a place", err.text);
		return 0;
	}
	again.text = once;
	demand(us_lang_format(&again, &twice, &bytes_twice, &err) == US_OK, "cannot be formatted again", err.text);
	demand(bytes_twice == again.bytes && memcmp(once, twice, bytes_twice) == 0, "not idempotent", once);
	for (int whole = 0; whole < 2; whole++) {
		char *before = compile(text.text, count, whole), *after = compile(once, again.bytes, whole);
		demand(strcmp(before, after) == 0, "it compiles to something else", after);
		free(before);
		free(after);
	}
	free(once);
	free(twice);
	return 0;
}
