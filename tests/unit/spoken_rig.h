/* spoken_rig.h — a commander on the real modules (command_rig.h) that is told sentences of the patch language. */
#ifndef SPOKEN_RIG_H
#define SPOKEN_RIG_H

#include "command_rig.h"
#include "lang/lang.h"

static inline const struct us_module *find_module(void *context, const char *name)
{
	return us_library_find(context, name);
}

static inline const char *nearest_module(void *context, const char *name)
{
	return us_library_nearest(context, name);
}

/* The modules of the library; it reads no files. */
static inline struct us_lang_catalogue catalogue_of_all(void)
{
	return (struct us_lang_catalogue){.find = find_module, .nearest = nearest_module, .context = library};
}

static inline int read_text(void *context, const char *path, char **text, size_t *bytes, struct us_err *err)
{
	enum { MOST = 1 << 19 };
	FILE *f = fopen(path, "r");
	(void)context;
	if (!f)
		return us_fail(err, "cannot read %s", path);
	*text = calloc(1, MOST);
	*bytes = *text ? fread(*text, 1, MOST - 1, f) : 0;
	fclose(f);
	return US_OK;
}

/* What a sentence, or a whole text, says to `sink`. `file`: what errors call it, or NULL. */
static inline int compile_text(const char *text, const char *file, bool whole, us_command_sink *sink, void *context,
                               struct us_err *err)
{
	const struct us_lang_catalogue catalogue = catalogue_of_all();
	const struct us_lang_text t = {.text = text, .bytes = strlen(text), .file = file, .whole = whole};
	return us_lang_compile(&t, &catalogue, sink, context, err);
}

/* All modules, and the files that a patch includes are read. */
static inline struct us_lang_catalogue catalogue_of_files(void)
{
	struct us_lang_catalogue catalogue = catalogue_of_all();
	catalogue.read = read_text;
	return catalogue;
}

/* A sink for commands: the commander has each; what it answers is noted; the test judges it. */
static inline int take(void *context, const struct us_command *command, struct us_err *err)
{
	struct rig *r = context;
	const struct us_message m = {.client = r->client,
	                             .from = sender,
	                             .command = command,
	                             .out = &r->out,
	                             .reply = note_answer,
	                             .reply_context = r};
	(void)err;
	us_commander_take(r->commander, &m);
	return US_OK;
}

#endif
