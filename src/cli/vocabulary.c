/* vocabulary.c — see vocabulary.h. */
#include "vocabulary.h"

#include "fetch.h"
#include "ipc/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void complain(void *context, const char *text)
{
	(void)context;
	fprintf(stderr, "understudy: %s\n", text);
}

static bool users_table(char path[static US_PATH_BYTES])
{
	return us_rig_config(path, "words.txt") && access(path, F_OK) == 0;
}

int us_vocabulary_open(struct us_words **words, struct us_err *err)
{
	char path[US_PATH_BYTES];
	if (us_rig_words(path, err) || us_words_open(words, err))
		return US_FAILED;
	if (us_words_read(*words, path, complain, NULL, err) == US_OK &&
	    (!users_table(path) || us_words_read(*words, path, complain, NULL, err) == US_OK))
		return US_OK;
	us_words_close(*words);
	*words = NULL;
	return US_FAILED;
}

static const struct us_module *find(void *library, const char *name)
{
	return us_library_find(library, name);
}
static const char *nearest(void *library, const char *name)
{
	return us_library_nearest(library, name);
}

int us_vocabulary_explain(struct us_words *words, struct us_talk *talk, const char *sentence,
                          char lines[static US_WORDS_LINES_BYTES], struct us_err *err)
{
	const struct us_lang_catalogue catalogue = {.find = find, .nearest = nearest, .context = talk->library};
	struct us_lang_text patch = {.file = "what plays", .whole = true};
	char *text;
	if (us_patch_fetch(talk->sender, &text, &patch.bytes, err))
		return US_FAILED;
	patch.text = text;
	const int failed = us_words_say(words, sentence, &patch, &catalogue, lines, err);
	free(text);
	return failed;
}
