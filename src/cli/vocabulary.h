/* vocabulary.h — words for who talks to the running synth: the table that is installed and the user's own, and the
 * patch that they are about. [one thread] */
#ifndef US_VOCABULARY_H
#define US_VOCABULARY_H

#include "talk.h"
#include "words/words.h"

/* Reads the tables; what is wrong in them is said on stderr, and left out. */
int us_vocabulary_open(struct us_words **words, struct us_err *err);
/* What a sentence means for what plays now. */
int us_vocabulary_explain(struct us_words *words, struct us_talk *talk, const char *sentence,
                          char lines[static US_WORDS_LINES_BYTES], struct us_err *err);

#endif
