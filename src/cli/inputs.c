/* inputs.c — see inputs.h. */
#include "inputs.h"

#include "lang/plain.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void us_inputs_note(struct us_inputs *in, const char *path)
{
	char home[PATH_MAX];
	struct stat st;
	if (in->count == US_INPUTS || strcmp(path, "-") == 0 || stat(us_plain_path(path, home, sizeof home), &st))
		return;
	struct us_input_file *f = &in->file[in->count++];
	const size_t n = strlen(path);
	*f = (struct us_input_file){.device = st.st_dev, .number = st.st_ino};
	snprintf(f->name, sizeof f->name, "%s", n < sizeof f->name ? path : path + n - sizeof f->name + 1);
}

void us_inputs_note_command(struct us_inputs *in, const struct us_command *command)
{
	if (strcmp(command->address, "/patch/file") == 0 && command->argc > 1 && command->arg[1].type == 's')
		us_inputs_note(in, command->arg[1].s);
}

int us_inputs_check(const struct us_inputs *in, const char *option, const char *output, struct us_err *err)
{
	struct stat st;
	if (strcmp(output, "-") == 0 ? fstat(1, &st) : stat(output, &st))
		return US_OK; /* it is not there yet */
	if (!S_ISREG(st.st_mode))
		return US_OK;
	for (uint32_t i = 0; i < in->count; i++)
		if (in->file[i].device == st.st_dev && in->file[i].number == st.st_ino)
			return us_fail(err,
			               "%s %s is read by this patch (%s) and would be overwritten; take another name",
			               option, output, in->file[i].name);
	return US_OK;
}

static const struct us_module *find(void *context, const char *name)
{
	const struct us_inputs *in = context;
	return in->inner.find(in->inner.context, name);
}

static const char *nearest(void *context, const char *name)
{
	const struct us_inputs *in = context;
	return in->inner.nearest(in->inner.context, name);
}

static int read_file(void *context, const char *path, char **text, size_t *bytes, struct us_err *err)
{
	struct us_inputs *in = context;
	us_inputs_note(in, path);
	return in->inner.read(in->inner.context, path, text, bytes, err);
}

struct us_lang_catalogue us_inputs_catalogue(struct us_inputs *in, const struct us_lang_catalogue *inner)
{
	in->inner = *inner;
	return (struct us_lang_catalogue){.find = find, .nearest = nearest, .read = read_file, .context = in};
}
