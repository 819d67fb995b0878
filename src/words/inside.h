/* inside.h — private to src/words: the table, the patch that is meant, a sentence being understood. */
#ifndef US_WORDS_INSIDE_H
#define US_WORDS_INSIDE_H

#include "words.h"

#include <stdbool.h>
#include <stdint.h>
#include <understudy/module.h>
#include <understudy/record.h>

enum { WORD_BYTES = 40, CHANGES = 24, ENTRIES = 512, STEP_BYTES = 24, KNOB_BYTES = 160 };

enum entry_kind { WORD_CHANGES, WORD_ALIAS, WORD_LIKE, WORD_INSERT, WORD_MODULATE, WORD_RHYTHM };

struct change {
	char module[US_MODULE_NAME_BYTES], input[US_MODULE_NAME_BYTES]; /* or "gain", "tempo" and "" */
	char step[STEP_BYTES];                                          /* "*0.7", "+2st", "80ms" */
};
struct entry {
	enum entry_kind kind;
	char name[WORD_BYTES]; /* without the word that tells the kind: echo, flute, four on the floor */
	bool less;             /* ALIAS: the opposite of it */
	char text[KNOB_BYTES]; /* ALIAS: of what; INSERT, MODULATE: module and knobs; RHYTHM: the pattern */
	char input[US_MODULE_NAME_BYTES], amount[STEP_BYTES]; /* MODULATE */
	uint32_t changes;
	struct change change[CHANGES];
};

struct us_words {
	struct entry *entry;
	uint32_t entries;
	char it[US_NAME_BYTES], before[US_SENTENCE_BYTES];
};

/* --- table.c --- */
const struct entry *us_words_find(const struct us_words *words, const char *name, enum entry_kind least,
                                  enum entry_kind most);

/* --- band.c: the patch, as far as words need it --- */
enum { BAND_CABLES = US_MAX_CABLES };
struct player {
	char name[US_NAME_BYTES];
	const struct us_module *module;
	bool poly; /* it has several voices, as far as the patch says */
};
struct wire {
	uint16_t from, to;                                              /* players */
	char output[US_MODULE_NAME_BYTES], input[US_MODULE_NAME_BYTES]; /* "": the first, or `in` */
	char amount[STEP_BYTES];                                        /* "": 1 */
};
struct band {
	struct player player[US_MAX_INSTANCES];
	struct wire wire[BAND_CABLES];
	uint32_t players, wires;
	const struct us_lang_catalogue *catalogue;
};
int us_band_read(struct band *band, const struct us_lang_text *patch, const struct us_lang_catalogue *catalogue,
                 struct us_err *err);
/* Index, or -1. */
int us_band_find(const struct band *band, const char *name);
/* The first that is of this module: itself, or along the cables down to the loudspeakers, or up to the sources. -1. */
int us_band_near(const struct band *band, int from, const char *module);

/* The cable through which all of a player's sound goes to where it is mixed with others, or out; -1: there is no one.
 */
int us_band_fader(const struct band *band, int player);

/* The cable at the end of all that makes a player's voices: behind its envelope, where they are mixed with others or go
 * out; -1: it is not one cable, and *last is the player behind whose cables the sound goes several ways. */
int us_band_end(const struct band *band, int player, int *last);
/* Does the cable carry sound, and not a control? */
bool us_band_sounds(const struct band *band, const struct wire *wire);

/* --- a sentence --- */
struct sentence {
	struct us_words *words;
	const struct band *band;
	int target;    /* player, or -1: all of it */
	float amount;  /* 1; below 0: the opposite */
	float percent; /* 0: not said */
	char *lines;   /* US_WORDS_LINES_BYTES */
	size_t used;
	struct us_err *err;
};
__attribute__((format(printf, 2, 3))) int us_sentence_add(struct sentence *s, const char *format, ...);

/* --- change.c --- */
int us_words_change(struct sentence *s, const struct entry *e);
/* --- add.c --- */
int us_words_add(struct sentence *s, const struct entry *e);
int us_words_remove(struct sentence *s, const char *what);
int us_words_rhythm(struct sentence *s, const struct entry *e);

#endif
