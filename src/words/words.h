/* words.h — musical words into lines of the patch language: "the bass a bit darker" becomes bass_vcf.cutoff *0.84. A
 * table that users edit (words/words.txt) and a small grammar; no guessing: what is not understood is said so. For
 * `understudy say` and the REPL. [one thread], allocates.
 *
 *   sentence:  [make] [the TARGET] [a bit|much|less|not so …] WORD [by 20%|by a lot]   also "darker and louder"
 *              mute, unmute, solo, pan left, fade out, kick +3db, 140 bpm, sidechain: see desk.c · every 4 bars reverse
 *              add THING [to TARGET] · remove THING · [TARGET] more like a THING · a rhythm's name · again
 *   TARGET:    an instance, a module, or `it`, the one that was meant last */
#ifndef US_WORDS_H
#define US_WORDS_H

#include "lang/lang.h"

#include <stdbool.h>
#include <stddef.h>

enum { US_WORDS_LINES_BYTES = 4096, US_SENTENCE_BYTES = 200 };

struct us_words;

/* Called for each line of a table that is wrong, with "file:line:column: what would be right". */
typedef void us_words_complaint(void *context, const char *text);

int us_words_open(struct us_words **words, struct us_err *err);
void us_words_close(struct us_words *words);

/* Adds a table; its entries take the place of those that have the same name. What is wrong is left out. Fails if the
 * file cannot be read. */
int us_words_read(struct us_words *words, const char *path, us_words_complaint *complain, void *context,
                  struct us_err *err);

/* What a sentence means for the patch that plays (as /patch/text gives it): lines of the patch language. Fails with
 * words, and the nearest ones that it knows. The TARGET that was meant is remembered as `it`. */
int us_words_say(struct us_words *words, const char *sentence, const struct us_lang_text *patch,
                 const struct us_lang_catalogue *catalogue, char lines[static US_WORDS_LINES_BYTES],
                 struct us_err *err);

/* What a word of the table means, as the table says it; false: it is not in it. */
bool us_words_describe(const struct us_words *words, const char *name, char text[static US_WORDS_LINES_BYTES]);

/* Name n of the table, for completion; NULL when there is no more. */
const char *us_words_name(const struct us_words *words, uint32_t n);

#endif
