/* inside.h — private to src/words: the table, the patch that is meant, a sentence being understood. */
#ifndef US_WORDS_INSIDE_H
#define US_WORDS_INSIDE_H

#include "words.h"

#include <stdbool.h>
#include <stdint.h>
#include <understudy/module.h>
#include <understudy/record.h>

enum { WORD_BYTES = 40, CHANGES = 24, ENTRIES = 512, STEP_BYTES = 24, KNOB_BYTES = 160 };

enum entry_kind { WORD_CHANGES, WORD_ALIAS, WORD_LIKE, WORD_INSERT, WORD_MODULATE, WORD_RHYTHM, WORD_PATTERN };

struct change {
	char module[US_MODULE_NAME_BYTES], input[US_MODULE_NAME_BYTES]; /* or "gain", "tempo" and "" */
	char step[STEP_BYTES];                                          /* "*0.7", "+2st", "80ms" */
};
struct entry {
	enum entry_kind kind;
	char name[WORD_BYTES]; /* without the word that tells the kind: echo, flute, four on the floor */
	bool less;             /* ALIAS: the opposite of it */
	char text[KNOB_BYTES]; /* ALIAS: of what; INSERT, MODULATE: module and knobs; RHYTHM: the pattern; PATTERN: what
	                          changes one */
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
	bool poly;  /* it has several voices, as far as the patch says */
	char *play; /* the pattern that it plays; NULL: none */
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
void us_band_free(struct band *band);
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

/* The cables that one would turn to make a player louder: its fader, or all through which its sound leaves, or those of
 * the players that it drives if it makes none. Returns how many. */
enum { FADERS = 16 };
/* Itself, or those that sound and are driven by it: struck, where it strikes any. */
uint32_t us_band_sounding(const struct band *band, int player, uint16_t sounding[static FADERS]);
uint32_t us_band_faders(const struct band *band, int player, uint16_t wire[static FADERS]);

/* --- a sentence --- */
enum { TOKENS = 32, OVER_BYTES = 32 };
enum desk_verb { DESK_NONE, DESK_MUTE, DESK_UNMUTE, DESK_SOLO, DESK_UNSOLO, DESK_FADE_OUT, DESK_FADE_IN };
enum { WORDS_NOT_MINE = 1 };
struct clause {
	char *token[TOKENS];
	uint32_t count;
};
struct sentence {
	struct us_words *words;
	const struct band *band;
	int target;            /* player, or -1: all of it */
	bool by_it;            /* it was called `it` */
	float amount;          /* 1; below 0: the opposite */
	float percent;         /* 0: not said */
	char over[OVER_BYTES]; /* "4 bars": how long it takes; "": not said */
	uint32_t every;        /* every 4 bars; 0: not said */
	enum desk_verb carry;  /* mute the kick and the hat */
	char *lines;           /* US_WORDS_LINES_BYTES */
	size_t used;
	struct us_err *err;
};
__attribute__((format(printf, 2, 3))) int us_sentence_add(struct sentence *s, const char *format, ...);

/* --- change.c --- */
int us_words_change(struct sentence *s, const struct entry *e);
/* Adds " over 4 bars" to a line that can take it. */
int us_sentence_add_over(struct sentence *s, const char *line);
/* --- desk.c --- */
bool us_words_is_one_of(const char *word, const char *const list[]);
void us_clause_drop(struct clause *c, uint32_t at);
/* Takes "over 4 bars", "in two seconds", "slowly" out of the clause. */
void us_clause_take_over(struct clause *c, char over[static OVER_BYTES]);
/* WORDS_NOT_MINE: the clause is none of the desk's. */
int us_words_desk(struct sentence *s, struct clause *c);
/* Does it name players and say nothing about them? */
bool us_words_only_names(const struct sentence *s, const struct clause *c);
/* --- add.c --- */
/* Another change of the pattern that is meant, or of all; `every`: only in each of so many cycles, 0: always. */
int us_words_pattern(struct sentence *s, const struct entry *e, uint32_t every);
/* echo, echo2, echo3 … */
void us_words_free_name(const struct sentence *s, const char *wanted, char name[static US_NAME_BYTES]);
int us_words_add(struct sentence *s, const struct entry *e);
int us_words_remove(struct sentence *s, const char *what);
int us_words_rhythm(struct sentence *s, const struct entry *e);

#endif
