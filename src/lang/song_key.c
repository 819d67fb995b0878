/* song_key.c — key d dorian: what patterns and quantize use where they say neither root nor scale. See song_key.h. */
#include "song_key.h"

#include "compiler.h"
#include "spelling.h"

#include <stdio.h>
#include <string.h>
#include <understudy/pitch.h>

/* The n-th of the names between bars; false past the end. */
static bool name_at(const char *names, uint32_t n, char to[static US_SONG_KEY_BYTES])
{
	for (; n > 0; n--) {
		names = strchr(names, '|');
		if (!names++)
			return false;
	}
	snprintf(to, US_SONG_KEY_BYTES, "%.*s", (int)strcspn(names, "|"), names);
	return true;
}

bool us_song_key_is_off(const char *word)
{
	return strcmp(word, "off") == 0;
}

int us_song_key_root(const char *word, uint32_t *root, struct us_err *err)
{
	const int read = us_root_read(word);
	if (read < 0)
		return us_fail(err, "'%.40s' is no note; right would be c, c#, db, d and so on to b, or off", word);
	*root = (uint32_t)read;
	return US_OK;
}

int us_song_key_scale(const char *word, uint32_t *scale, struct us_err *err)
{
	struct us_spelling spelling = {.wanted = word};
	char name[US_SCALES][US_SONG_KEY_BYTES];
	for (uint32_t n = 0; n < US_SCALES && name_at(US_SCALE_NAMES, n, name[n]); n++) {
		us_spelling_offer(&spelling, name[n]);
		if (strcmp(name[n], word) == 0) {
			*scale = n;
			return US_OK;
		}
	}
	const char *near = us_spelling_best(&spelling);
	return us_fail(err, "'%.40s' is no scale%s%s%s; right would be %s", word, near ? "; did you mean '" : "",
	               near ? near : "", near ? "'" : "", US_SCALE_NAMES);
}

int us_song_key_parse(const char *text, uint32_t *root, uint32_t *scale, struct us_err *err)
{
	char note[41], rest[41], more[2];
	const int words = sscanf(text, " %40s %40s %1s", note, rest, more);
	if (words == 1 && us_song_key_is_off(note)) {
		*root = *scale = 0;
		return US_OK;
	}
	if (words == 1 && us_song_key_root(note, root, err))
		return US_FAILED;
	if (words != 2)
		return us_fail(err, "a key is a note and a scale, as in d dorian, or off; scales are %s",
		               US_SCALE_NAMES);
	return us_song_key_root(note, root, err) || us_song_key_scale(rest, scale, err) ? US_FAILED : US_OK;
}

const char *us_song_key_print(char text[static US_SONG_KEY_BYTES], uint32_t root, uint32_t scale)
{
	char note[US_SONG_KEY_BYTES], name[US_SONG_KEY_BYTES];
	if ((root == 0 && scale == US_SCALE_CHROMATIC) || !name_at(US_ROOT_NAMES, root, note) ||
	    !name_at(US_SCALE_NAMES, scale, name))
		return strcpy(text, "off");
	snprintf(text, US_SONG_KEY_BYTES, "%.3s %.16s", note, name);
	return text;
}

/* --- the statement ----------------------------------------------------------------------------------------------- */

/* [at] now|beat|bar|cycle. What a patch says counts as soon as it plays. */
static int read_when(struct us_compiler *c, const char **when)
{
	static const char right[] = "now, beat, bar or cycle would be right, as in key d dorian at beat";
	const struct us_word *word;
	*when = c->text->whole ? "now" : "bar";
	if (strcmp(us_word_next(c)->text, "at") == 0)
		us_word_take(c);
	else if (us_word_is(c, US_WORD_END))
		return US_OK;
	if (us_word_text(c, &word, right))
		return US_FAILED;
	*when = word->text;
	return strcmp(*when, "now") && strcmp(*when, "beat") && strcmp(*when, "bar") && strcmp(*when, "cycle")
	           ? us_word_refuse(c, word, right)
	           : us_line_end(c);
}

int us_say_key(struct us_compiler *c)
{
	static const char right[] = "right would be key d dorian, key d dorian now or key off";
	const struct us_word *note, *name = NULL;
	const char *when;
	uint32_t root, scale;
	if (us_word_is(c, US_WORD_END) && !c->text->whole)
		return us_give(c, &(struct us_command){.address = "/key"});
	if (us_word_text(c, &note, right))
		return US_FAILED;
	if (!us_song_key_is_off(note->text) && (us_song_key_root(note->text, &root, c->err) ||
	                                        us_word_text(c, &name, "a scale would be right: " US_SCALE_NAMES) ||
	                                        us_song_key_scale(name->text, &scale, c->err)))
		return US_FAILED;
	if (read_when(c, &when))
		return US_FAILED;
	struct us_command command = {.address = "/key", .argc = 1, .arg = {us_text_arg(note->text)}};
	if (name)
		command.arg[command.argc++] = us_text_arg(name->text);
	command.arg[command.argc++] = us_text_arg(when);
	return us_give(c, &command);
}
